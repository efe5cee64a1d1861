"""Shares as a table that a spreadsheet opens, and such a table read back as a change to be looked at first.

Only the columns `resource`, `account` and `until` are read; the others tell people what the ids mean.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linking.models import Link
from organizations import storage
from organizations.errors import Invalid
from organizations.models import Organization
from organizations.storage import SealedReader, SealedUpload
from resources import bulk, services
from resources.bulk_models import BulkChange, BulkItem
from resources.models import Resource, Share
from users.models import User

HEADER = ("resource", "account", "until", "resource_name", "kind", "owner", "account_name", "shared_at")
MOST_BYTES, MOST_LINES = 5 * 1024**2, 20_000
MOST_SHOWN = 100
TOO_LONG = gettext_lazy("At most 20,000 lines and 5 MB in one file. Divide it.")
NOT_A_MOMENT = gettext_lazy("“until” is not a moment to come, written like 2027-01-31T16:00:00Z.")
Act = BulkItem.Act


class BadFile(Invalid):
    code = "bad_file"


class Fault(NamedTuple):
    """What is wrong with one line; the line's own text is not repeated."""

    line: int
    what: str | Promise


class BadLines(Invalid):
    code = "bad_lines"
    message = gettext_lazy("Nothing was changed. Mend these lines and upload the file again.")

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__()
        self.faults = faults


@dataclass(frozen=True)
class Wanted:
    """One line: this resource with this account until then."""

    resource: Resource
    link: Link
    until: datetime | None


def rows(organization: Organization) -> Iterator[tuple[object, ...]]:
    """Every share of the organization that is open, as HEADER names it."""
    shares = Share.objects.open().filter(to_link__organization=organization)
    parties = ("resource__owner_organization", "resource__owner_account", "to_link__account")
    for share in shares.select_related(*parties).order_by("to_link__account__name", "id").iterator(2000):
        resource, account = share.resource, share.to_link.account
        until = share.until.isoformat() if share.until else ""
        yield (
            resource.pk, account.public_id, until, resource.name, resource.kind, resource.owner,
            account.name, share.shared_at.isoformat(timespec="seconds"),
        )  # fmt: skip


def content_of(upload: SealedUpload) -> bytes:
    """What arrived, no longer than a table may be; the sealed copy is erased."""
    if (upload.size or 0) > MOST_BYTES:
        raise BadFile(TOO_LONG)
    name = upload.keep()
    try:
        with SealedReader(name) as source:
            return source.read()
    finally:
        storage.erase(name)


@transaction.atomic
def import_shares(
    organization: Organization, content: bytes, *, name: str, stops_others: bool, by: User
) -> BulkChange:
    """A checked change: shares that the file has and we have not; with `stops_others` also the reverse."""
    wanted = _read(organization, content)
    change = BulkChange.objects.create(
        organization=organization, created_by=by, state=BulkChange.State.CHECKED, file_name=name[:255]
    )
    items = [*_starts(change, wanted)]
    if stops_others:
        items += _stops(change, wanted)
    BulkItem.objects.bulk_create(items, batch_size=500)
    return change


def _read(organization: Organization, content: bytes) -> list[Wanted]:
    table = csv.DictReader(io.StringIO(_text(content)))
    missing = {"resource", "account"} - set(table.fieldnames or [])
    if missing:
        message = _("The first line must name the columns “resource” and “account”, as the export does.")
        raise BadFile(message)
    reader = _Reader(organization)
    try:
        found = [reader.line(table.line_num, cells) for cells in table]
    except csv.Error as error:
        raise BadFile(_("This is not a table of comma-separated values.")) from error
    if reader.faults:
        raise BadLines(reader.faults)
    return [each for each in found if each]


def _text(content: bytes) -> str:
    if content.count(b"\n") > MOST_LINES:
        raise BadFile(TOO_LONG)
    try:
        return content.decode("utf-8-sig").replace("\0", "")
    except UnicodeDecodeError as error:
        raise BadFile(_("The file is not in UTF-8. Save it again as CSV UTF-8.")) from error


class _Reader:
    """Knows every resource and account that a line may name, and collects what is wrong."""

    def __init__(self, organization: Organization) -> None:
        own = Resource.objects.of_organization(organization).exclude(status=Resource.Status.DELETED)
        self._resources: dict[str, Resource] = {}
        for resource in own.select_related("owner_account", "owner_organization"):
            self._resources[str(resource.pk)] = resource
        self._links: dict[str, Link] = {}
        links = Link.objects.open().filter(organization=organization)
        for link in links.select_related("account", "organization"):
            account = link.account
            self._links |= {str(account.pk): link, account.public_id: link, account.search_id or "-": link}
        self._seen: set[tuple[Resource | None, Link | None]] = set()
        self.faults: list[Fault] = []

    def line(self, number: int, cells: dict[str, Any]) -> Wanted | None:
        resource = self._resources.get(_cell(cells, "resource"))
        link = self._links.get(_cell(cells, "account"))
        until = _cell(cells, "until")
        moment = parse_datetime(until) if until and _is_moment(until) else None
        pair = (resource, link)
        problems: list[tuple[bool, str | Promise]] = [
            (resource is None, _("This organization has no resource with this id.")),
            (link is None, _("No account with this id is linked to this organization.")),
            (bool(until) and not _lies_ahead(moment), NOT_A_MOMENT),
            (pair in self._seen, _("This pair stands in the file twice.")),
        ]
        if found := [what for applies, what in problems if applies]:
            self.faults.append(Fault(number, found[0]))
            return None
        assert resource and link  # noqa: S101, PT018  told above
        self._seen.add(pair)
        return Wanted(resource, link, moment)


def _cell(cells: dict[str, Any], name: str) -> str:
    """As people typed it; the export marks what a spreadsheet would take for a formula with an apostrophe."""
    return str(cells.get(name) or "").strip().removeprefix("'")


def _is_moment(text: str) -> bool:
    try:
        return parse_datetime(text) is not None
    except ValueError:
        return False


def _lies_ahead(moment: datetime | None) -> bool:
    return moment is not None and timezone.is_aware(moment) and moment > timezone.now()


def _starts(change: BulkChange, wanted: list[Wanted]) -> Iterator[BulkItem]:
    by_link: dict[Link, list[Wanted]] = {}
    for each in wanted:
        by_link.setdefault(each.link, []).append(each)
    for link, lines in by_link.items():
        choices = services.choices_for(link, [each.resource for each in lines])
        for each, choice in zip(lines, choices, strict=True):
            item = BulkItem(change=change, resource=each.resource, to_link=link, until=each.until)
            if choice.refused:
                item.outcome, item.reason = bulk.said(choice.refused)
            yield item


def _stops(change: BulkChange, wanted: Iterable[Wanted]) -> list[BulkItem]:
    kept = {(each.resource.pk, each.link.pk) for each in wanted}
    shares = Share.objects.open().filter(to_link__organization=change.organization)
    return [
        BulkItem(change=change, act=Act.STOP, resource_id=resource, to_link_id=link)
        for resource, link in shares.values_list("resource_id", "to_link_id")
        if (resource, link) not in kept
    ]
