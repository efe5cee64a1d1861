"""What LINE fills an audience by, kind by kind: what a rule says, what it may not say, how LINE words it.

Forms and REST check the shape of each entry. Here is what one entry means for another, and whose tags and
audiences a rule may name. The limits are those of LINE's Ads API; where it names none, ours are a guard.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from audiences.rule_words import AppParameter, AppTest, TagEvent, UrlTest, Visit
from linking.models import Account
from organizations.errors import Invalid
from resources.kinds import usable_kinds
from resources.models import FEW_PEOPLE, Kind, Resource, ResourceQuerySet

LONGEST_DAYS = 180
LONGEST_VIDEO_DAYS = 30  # for performance ads, which a LINE Ads account runs
HIGHEST_PERCENT = 15
FEWEST_PEOPLE = 100  # whom a lookalike is built on
MOST_CONDITIONS, MOST_WORDS, LONGEST_WORD = 10, 50, 1_000
LARGEST_NUMBER = 2**63 - 1


NUMBERS = (AppParameter.ITEM_PRICE, AppParameter.ITEM_QUANTITY)
COMPARISONS = (AppTest.GREATER, AppTest.LESS, AppTest.AT_LEAST, AppTest.AT_MOST)
LOOKALIKE_SOURCES = [kind for kind in usable_kinds(Account.Kind.ADS) if kind not in ("LOOKALIKE", "LINE_TAG")]


@dataclass(frozen=True)
class Rule(ABC):
    kind: ClassVar[Kind]
    word: ClassVar[str]  # LINE's object for it

    def check(self, account: Account) -> None:  # noqa: B027  most kinds have nothing to check
        """Raises `Invalid` at the entry that does not fit."""

    @abstractmethod
    def as_line(self) -> dict[str, Any]:
        """The object that LINE takes."""


@dataclass(frozen=True)
class Condition:
    """All conditions of a rule must hold; of the words of one, any will do. `parameter` is of app events."""

    test: str
    words: Sequence[str]
    parameter: str = ""


@dataclass(frozen=True)
class WebTraffic(Rule):
    """Without `tag`, LINE takes the ad account's own."""

    kind = Kind.WEBTRAFFIC
    word = "webtraffic"
    visits: str
    days: int
    tag: Resource | None = None
    conditions: Sequence[Condition] = ()
    event: str = ""
    custom_event: str = ""

    def check(self, account: Account) -> None:
        if self.tag and not tags_for(account).filter(pk=self.tag.pk).exists():
            raise wrong("tag", _("The ad account does not have this tag."))
        if self.tag and self.tag.owner_account_id != account.pk and self.visits == Visit.EVENT:
            raise wrong("tag", _("A shared tag tells of visits only. Choose the ad account's own tag."))
        self._check_event()
        self._check_conditions()

    def _check_event(self) -> None:
        if self.visits != Visit.EVENT and (self.event or self.custom_event):
            raise wrong("event", _("Leave the event out, or choose visitors with certain events."))
        if self.visits == Visit.EVENT and not self.event:
            raise wrong("event", _("Choose the event."))
        if (self.event == TagEvent.CUSTOM) != bool(self.custom_event):
            raise wrong("custom_event", _("A custom event needs its name, and only a custom event has one."))

    def _check_conditions(self) -> None:
        if self.visits == Visit.ALL and self.conditions:
            raise wrong("conditions", _("Leave the conditions out, or choose visitors of certain pages."))
        if self.visits == Visit.PAGES and not self.conditions:
            raise wrong("conditions", _("Say which pages: enter at least one condition."))
        if [each.test for each in self.conditions].count(UrlTest.EQUAL) > 1:
            raise wrong("conditions", TWO_ADDRESSES)
        words = [word for each in self.conditions for word in each.words]
        check_words(words, most=MOST_WORDS)
        if len(set(words)) < len(words):
            raise wrong("conditions", _("The same text stands here twice. Leave one of them out."))

    def as_line(self) -> dict[str, Any]:
        said: dict[str, Any] = {"tagId": self.tag.line_id} if self.tag else {}
        said |= {"visitType": self.visits, "retentionDays": self.days}
        if self.event:
            said |= {"tagEventType": self.event}
        if self.custom_event:
            said |= {"customEventName": self.custom_event}
        if self.visits == Visit.ALL:
            return said
        groups = [{"conditionType": each.test, "keywords": list(each.words)} for each in self.conditions]
        return said | ({"matchingType": "NORMAL", "conditionGroup": groups} if groups else NO_MATCHING)


NO_MATCHING = {"matchingType": "NONE"}
TWO_ADDRESSES = _(
    "A page has one address, so two conditions “is exactly” never hold together. "
    "Put both addresses into one condition, on a line each."
)


@dataclass(frozen=True)
class Lookalike(Rule):
    """Without `percent`, LINE chooses how many people are alike enough."""

    kind = Kind.LOOKALIKE
    word = "lookalike"
    source: Resource
    percent: int | None = None

    def check(self, account: Account) -> None:
        if not sources_for(account).filter(pk=self.source.pk).exists():
            raise wrong(
                "source",
                _("Choose an available audience of at least 100 people that the ad account sees."),
            )

    def as_line(self) -> dict[str, Any]:
        is_auto = self.percent is None
        volume = {"auto": True} if is_auto else {"auto": False, "rate": (self.percent or 0) / 100}
        return {"source": {"audienceGroupId": int(self.source.line_id or 0)}, "volumeRate": volume}


@dataclass(frozen=True)
class AppEvent(Rule):
    kind = Kind.APP_EVENT
    word = "appEvent"
    action: str
    days: int
    app: int | None = None
    conditions: Sequence[Condition] = ()

    def check(self, account: Account) -> None:
        for condition in self.conditions:
            check_words(condition.words, most=MOST_WORDS)
            is_comparison = condition.test in COMPARISONS
            if is_comparison and condition.parameter not in NUMBERS:
                raise wrong("conditions", _("Only prices and quantities can be greater or less."))
            if is_comparison and not all(word.isascii() and word.isdigit() for word in condition.words):
                raise wrong("conditions", _("Greater or less than what? Enter a whole number."))

    def as_line(self) -> dict[str, Any]:
        said: dict[str, Any] = {"mobileAppId": self.app} if self.app else {}
        said |= {"actionType": self.action, "retentionDays": self.days}
        groups = [
            {"parameterKey": each.parameter, "conditionType": each.test, "values": list(each.words)}
            for each in self.conditions
        ]
        return said | ({"matchMethod": "NORMAL", "conditionGroup": groups} if groups else NO_METHOD)


NO_METHOD = {"matchMethod": "NONE"}


@dataclass(frozen=True)
class AccountFriends(Rule):
    kind = Kind.FRIENDS
    word = "accountFriends"
    friends: str

    def as_line(self) -> dict[str, Any]:
        return {"friendStatus": self.friends}


@dataclass(frozen=True)
class VideoView(Rule):
    kind = Kind.VIDEO_VIEW
    word = "videoView"
    event: str
    video: int
    days: int

    def as_line(self) -> dict[str, Any]:
        return {"eventType": self.event, "mediaVideoId": self.video, "recency": self.days}


@dataclass(frozen=True)
class ImageClick(Rule):
    kind = Kind.IMAGE_CLICK
    word = "imageClick"
    campaign: int
    days: int

    def as_line(self) -> dict[str, Any]:
        return {"eventType": "CLICK", "campaignId": self.campaign, "recency": self.days}


def tags_for(account: Account) -> ResourceQuerySet:
    """The LINE Tags that the account may build on: its own and those shared to it."""
    seen = Resource.objects.seen_by(account).filter(kind=Kind.LINE_TAG)
    return seen.exclude(line_id=None).order_by("name", "id")


def sources_for(account: Account) -> ResourceQuerySet:
    """What a lookalike may be built on: available, and of enough people as far as is known.

    "-" is LINE's word for too few; where LINE never spoke of an audience, it says nothing.
    """
    seen = Resource.objects.seen_by(account).filter(kind__in=LOOKALIKE_SOURCES, line_id__regex=r"^\d{1,19}$")
    few = FEW_PEOPLE | Q(size="-", refreshed_at__isnull=False)
    return seen.filter(status=Resource.Status.READY).exclude(few).order_by("-created_at", "id")


def check_words(words: Sequence[str], *, most: int, field: str = "conditions") -> None:
    """LINE wants no empty texts and no spaces in them."""
    if not all(words):
        raise wrong(field, _("Enter the text, or leave the condition out."))
    if any(" " in word or not word.isprintable() or len(word) > LONGEST_WORD for word in words):
        raise wrong(field, _("Each line is one text without spaces, at most 1,000 characters."))
    if len(words) > most:
        raise wrong(field, _("At most 50 texts. Leave some out, or shorten them so that one fits more."))


def wrong(field: str, message: str | Promise) -> Invalid:
    return Invalid(fields={field: [str(message)]})


def described(rule: Rule) -> Mapping[str, Any]:
    """As the console keeps it and LINE tells it."""
    return {rule.word: rule.as_line()}
