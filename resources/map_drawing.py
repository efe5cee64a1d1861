"""The sharing map as a picture: where everything stands, in pixels, and what each part says and leads to."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from linking.models import Account
from organizations.models import Organization
from organizations.names import plain
from organizations.templatetags.console import number
from resources.sharing_map import Cell, Head, Part, Party, SharingMap, Wanted

NAMES_WIDTH = 190  # of the heads of rows; with the most columns the picture is as wide as a page has room
WIDTH, HEIGHT = 30, 30  # of a cell
SHORTEST = 16  # the least room, for "12 without shares"
SUMS_WIDTH, GAP, BAND = 56, 12, 28
LONGEST, LETTER = 24, 7  # letters of a name that fit, a wide one counts twice; pixels of one
LEVELS = 5
KEPT = {"kind", "q"}  # of the filter, on the page behind a cell
COMPACT_FROM = 1_000


@dataclass(frozen=True)
class Name:
    """A row's or column's head: a name cut to fit, the whole one, and where it stands and leads."""

    at: str
    short: str
    whole: str
    url: str
    is_cut: bool = False
    is_many: bool = False  # stands for those that are not drawn


@dataclass(frozen=True)
class Square:
    at: str
    text: str
    says: str
    url: str
    level: int
    is_by_rule: bool


@dataclass(frozen=True)
class Band:
    """The accounts of one service."""

    at: str
    label: str
    kind: str
    width: int
    has_room: bool


@dataclass(frozen=True)
class Figure:
    at: str
    text: str
    whole: str
    url: str = ""


@dataclass(frozen=True)
class Tail:
    """A row or column for many."""

    text: str
    url: str
    has_rest: bool

    def name(self, left: int, top: int) -> Name:
        return Name(_at(left, top), self.text, self.text, self.url, is_many=True)


@dataclass(frozen=True)
class Line:
    """One pair of the table for readers."""

    owner: Name
    receiver: Name
    cell: Cell
    url: str


@dataclass
class Picture:
    width: int = 0
    height: int = 0
    names_height: int = 0  # of the heads of columns
    rows: list[Name] = field(default_factory=list)
    columns: list[Name] = field(default_factory=list)
    bands: list[Band] = field(default_factory=list)
    squares: list[Square] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)  # where a cell without shares stands
    own: list[str] = field(default_factory=list)  # where owner and receiver are the same
    sums: list[Figure] = field(default_factory=list)
    sums_head: str = ""
    sums_row: str = ""
    more_rows: list[Name] = field(default_factory=list)  # those on other pages, those without shares
    more_columns: list[Name] = field(default_factory=list)
    rests: list[Figure] = field(default_factory=list)  # what those on other pages give or receive
    lines: list[Line] = field(default_factory=list)


class Drawing:
    """Draws one map. Owners keep their order; receivers are grouped by service."""

    def __init__(self, organization: Organization, shown: SharingMap, wanted: Wanted) -> None:
        self.organization, self.shown, self.wanted = organization, shown, wanted
        services = list(Account.Kind.values)
        heads = sorted(shown.receivers.heads, key=lambda head: services.index(head.party.kind))
        lefts = _lefts(heads)
        self.top = BAND + _names_height(heads)
        self.columns = list(zip(heads, lefts, strict=True))
        self.rows = [(head, self.top + at * HEIGHT) for at, head in enumerate(shown.owners.heads)]
        self.right = lefts[-1] + WIDTH + GAP if lefts else NAMES_WIDTH
        self.bottom = self.top + len(self.rows) * HEIGHT + GAP
        self.most = max((cell.total for cell in shown.cells.values()), default=0)

    def picture(self) -> Picture:
        drawn = Picture(names_height=self.top - BAND)
        drawn.rows = [self._name(head.party, 0, top) for head, top in self.rows]
        drawn.columns = [self._name(head.party, left, self.top) for head, left in self.columns]
        drawn.bands = [
            self._band(kind) for kind in dict.fromkeys(head.party.kind for head, _x in self.columns)
        ]
        self._fill(drawn)
        self._add_more_columns(drawn)
        self._add_more_rows(drawn)
        self._add_sums(drawn)
        return drawn

    def _add_more_columns(self, drawn: Picture) -> None:
        for tail in self._tails(self.shown.receivers, "columns"):
            drawn.more_columns.append(tail.name(self.right, self.top))
            for head, top in self.rows if tail.has_rest else []:
                rest = head.total - self._shown_of(head, owner=True)
                drawn.rests.append(_figure(_at(self.right, top), rest, tail.url))
            self.right += WIDTH

    def _add_more_rows(self, drawn: Picture) -> None:
        for tail in self._tails(self.shown.owners, "rows"):
            drawn.more_rows.append(tail.name(0, self.bottom))
            for head, left in self.columns if tail.has_rest else []:
                rest = head.total - self._shown_of(head, owner=False)
                drawn.rests.append(_figure(_at(left, self.bottom), rest, tail.url))
            self.bottom += HEIGHT

    def _add_sums(self, drawn: Picture) -> None:
        middle = self.right + (SUMS_WIDTH - WIDTH) // 2
        drawn.sums = [
            Figure(_at(middle, top), number(head.total), number(head.total)) for head, top in self.rows
        ]
        drawn.sums += [_figure(_at(left, self.bottom), head.total) for head, left in self.columns]
        drawn.sums.append(
            Figure(_at(middle, self.bottom), number(self.shown.owners.total), number(self.shown.owners.total))
        )
        drawn.sums_head, drawn.sums_row = _at(middle, self.top), _at(0, self.bottom)
        drawn.width, drawn.height = self.right + SUMS_WIDTH, self.bottom + HEIGHT

    def _shown_of(self, head: Head, *, owner: bool) -> int:
        """What the picture's cells hold of a row or column."""
        place = 0 if owner else 1
        return sum(cell.total for keys, cell in self.shown.cells.items() if keys[place] == head.party.key)

    def _tails(self, part: Part, pages: str) -> list[Tail]:
        """What stands for those that are not drawn: on other pages, and without shares."""
        others = part.count - len(part.heads)
        found = []
        if part.pages > 1:
            text = ngettext("%(n)s other", "%(n)s others", others) % {"n": number(others)}
            following = {pages: part.page % part.pages + 1}
            found.append(Tail(text, self._address(**following), has_rest=True))
        if part.quiet and not self.wanted.is_all:
            text = ngettext("%(n)s without shares", "%(n)s without shares", part.quiet)
            found.append(Tail(text % {"n": number(part.quiet)}, self._address(show="all"), has_rest=False))
        return found

    def _address(self, **changes: object) -> str:
        """The map with the same filter and these changes."""
        return "?" + urlencode({**self.wanted.asked(), **changes})

    def _fill(self, drawn: Picture) -> None:
        for row, (giver, top) in zip(drawn.rows, self.rows, strict=True):
            for column, (taker, left) in zip(drawn.columns, self.columns, strict=True):
                cell = self.shown.cells.get((giver.party.key, taker.party.key))
                if cell:
                    url = self._cell_url(giver.party, taker.party)
                    drawn.squares.append(self._square(_at(left, top), row, column, cell, url))
                    drawn.lines.append(Line(row, column, cell, url))
                elif giver.party == taker.party:
                    drawn.own.append(_at(left, top))
                else:
                    drawn.empty.append(_at(left, top))

    def _square(self, at: str, row: Name, column: Name, cell: Cell, url: str) -> Square:
        names = {"owner": row.whole, "account": column.whole, "n": number(cell.total)}
        text = ngettext(
            "%(owner)s → %(account)s: %(n)s resource", "%(owner)s → %(account)s: %(n)s resources", cell.total
        )
        says = text % names
        if not cell.singly:
            says = _("%(what)s, all by standing rules") % {"what": says}
        return Square(at, _compact(cell.total), says, url, self._level(cell.total), not cell.singly)

    def _level(self, total: int) -> int:
        """1 to 5: each step multiplies, so that few stand apart from many."""
        return 1 + round((LEVELS - 1) * math.log(total) / math.log(self.most)) if self.most > 1 else 1

    def _name(self, party: Party, left: int, top: int) -> Name:
        whole = plain(party.name) or party.public_id
        short = _cut(whole)
        return Name(_at(left, top), short, whole, self._party_url(party), is_cut=short != whole)

    def _party_url(self, party: Party) -> str:
        if party.account_id:
            return reverse("resources:account", args=[self.organization.code, party.account_id])
        return reverse("resources:audience-list", args=[self.organization.code])

    def _cell_url(self, owner: Party, receiver: Party) -> str:
        address = reverse("resources:shared-between", args=[self.organization.code, receiver.account_id])
        kept = {name: value for name, value in self.wanted.asked().items() if name in KEPT}
        return f"{address}?{urlencode({**kept, 'owner': owner.key})}"

    def _band(self, kind: str) -> Band:
        lefts = [left for head, left in self.columns if head.party.kind == kind]
        label = str(Account.Kind(kind).label)
        width = lefts[-1] + WIDTH - lefts[0]
        return Band(_at(lefts[0], 0), label, kind, width - 4, _length(label) * 8 + 28 < width)


def _lefts(heads: Iterable[Head]) -> list[int]:
    lefts: list[int] = []
    left, before = NAMES_WIDTH, ""
    for head in heads:
        left += GAP if before and head.party.kind != before else 0
        lefts.append(left)
        left, before = left + WIDTH, head.party.kind
    return lefts


def _names_height(heads: Iterable[Head]) -> int:
    longest = max((_length(plain(head.party.name)) for head in heads), default=0)
    return LETTER * min(LONGEST, max(longest, SHORTEST)) + 20


def _figure(at: str, total: int, url: str = "") -> Figure:
    return Figure(at, _compact(total), number(total), url)


def _at(left: int, top: int) -> str:
    return f"translate({left} {top})"


def _compact(total: int) -> str:
    if total < COMPACT_FROM:
        return str(total)
    return f"{total / 1000:.1f}k" if total < 10 * COMPACT_FROM else f"{total // 1000}k"


def _length(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _cut(text: str) -> str:
    """As much of it as fits; marks that sit on letters take no room of their own."""
    if _length(text) <= LONGEST:
        return text
    while _length(text) >= LONGEST:
        text = text[:-1]
    return f"{text.rstrip()}…"
