"""When accounts are refreshed: begun when a key reaches them, offered to workers, asked for, told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from celery import current_app
from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Now

from audiences import hitches
from audiences.claims import outside_transactions
from audiences.hitches import MENDED_BY_KEYS
from audiences.mirror_models import MirrorQuerySet
from audiences.models import Mirror
from audiences.services import NoKey
from linking.models import Account, ApiKey, ApiKeyAccount, ApiKeyVersion, Link
from organizations import audit
from organizations.models import Organization
from users.models import User

REFRESH = "audiences.tasks.mirror"
AGAIN_AFTER = timedelta(seconds=30)  # a message that nobody answered by then was lost
MOST_WAITING = 4  # a hundred accounts that are due at once must not hold up all workers
MOST_BEGUN = 100
ADS = Account.Kind.ADS


def begin() -> None:
    """A row for each link whose account a key has come to reach; at once for those that a key has mended."""
    reach = _reach("account", "organization")
    missing = ~Exists(Mirror.objects.filter(link=OuterRef("pk")))
    links = Link.objects.open().filter(Exists(reach), missing, account__kind=ADS)[:MOST_BEGUN]
    Mirror.objects.bulk_create([Mirror(link=link, due_at=Now()) for link in links], ignore_conflicts=True)
    mended = Mirror.objects.of_open_links().filter(_is_mended(), error__in=MENDED_BY_KEYS)
    mended.update(due_at=Now(), error="", failed_at=None, failures=0)


def _reach(account: str, organization: str) -> models.QuerySet[ApiKeyAccount]:
    """Whether a key of the outer row's organization reaches its account."""
    reach = {"account": OuterRef(account), "api_key__organization": OuterRef(organization)}
    return ApiKeyAccount.objects.filter(**reach)


def _is_mended() -> Q:
    reach = _reach("link__account", "link__organization")
    checked = Q(api_key__check_state=ApiKey.Check.WORKS, api_key__checked_at__gt=OuterRef("failed_at"))
    renewed = Q(
        api_key__versions__state=ApiKeyVersion.State.ACTIVE,
        api_key__versions__created_at__gt=OuterRef("failed_at"),
    )
    return Q(Exists(reach), error=hitches.Hitch.NO_KEY) | Q(Exists(reach.filter(checked | renewed)))


def publish(mirror_id: int) -> None:
    outside_transactions()
    current_app.send_task(REFRESH, args=[mirror_id], retry=False)


def offer(tell: Callable[[int], None] = publish) -> None:
    """Tell workers of accounts that are due, longest waiting first, as many as they can soon take."""
    due = Mirror.objects.due()
    told = due.filter(offered_at__gt=Now() - AGAIN_AFTER).count()
    waiting = due.filter(Q(offered_at=None) | Q(offered_at__lte=Now() - AGAIN_AFTER)).order_by("due_at", "pk")
    for mirror_id in waiting.values_list("pk", flat=True)[: max(0, MOST_WAITING - told)]:
        tell(mirror_id)
        Mirror.objects.filter(pk=mirror_id).due().update(offered_at=Now())


@transaction.atomic
def ask_refresh(link: Link, *, by: User) -> Mirror:
    """Have the account refreshed now. Asking again while it waits changes nothing."""
    reached = Link.objects.open().filter(Exists(_reach("account", "organization")), account__kind=ADS)
    if not reached.filter(pk=link.pk).exists():
        raise NoKey
    mirror, is_new = Mirror.objects.get_or_create(link=link)
    if _make_due(Mirror.objects.filter(pk=mirror.pk)) or is_new:
        audit.record(
            "account.refresh_asked", link.account, by=by, organization=link.organization, account=link.account
        )
    mirror.refresh_from_db()
    return mirror


def refresh_soon(account: Account) -> None:
    """Look at LINE again, because something there is not known for sure."""
    _make_due(Mirror.objects.of_open_links().filter(link__account=account))


def _make_due(mirrors: MirrorQuerySet) -> int:
    """What a worker has begun already is done once more: it may have looked too early."""
    leased = Q(leased_until__gt=Now())
    unasked = Q(asked_at=None) | Q(asked_at__lt=F("begun_at"))
    return mirrors.filter(~leased & Q(due_at__gt=Now()) | leased & unasked).update(
        asked_at=Now(), due_at=Now(), offered_at=None
    )


@dataclass(frozen=True)
class Trouble:
    """An account that could not be refreshed, in two sentences."""

    account: Account
    what_happened: str
    what_to_do: str


@dataclass(frozen=True)
class Refreshing:
    """How far the refreshing of some accounts is, for pages and REST."""

    mirrors: Sequence[Mirror]

    @property
    def is_under_way(self) -> bool:
        return any(mirror.is_under_way for mirror in self.mirrors)

    @property
    def refreshed_at(self) -> datetime | None:
        """Since when all of them are as LINE told."""
        times = [mirror.succeeded_at for mirror in self.mirrors if mirror.succeeded_at]
        return min(times) if times and len(times) == len(self.mirrors) else None

    @property
    def left_out(self) -> int:
        return sum(mirror.left_out for mirror in self.mirrors)

    @property
    def troubles(self) -> list[Trouble]:
        return [
            Trouble(
                mirror.link.account, hitches.what_happened(mirror.error), hitches.what_to_do(mirror.error)
            )
            for mirror in self.mirrors
            if mirror.error
        ]

    @property
    def state(self) -> str:
        """One word, for programs."""
        if self.is_under_way:
            return "UNDER_WAY"
        if self.troubles:
            return "FAILED"
        return "REFRESHED" if self.refreshed_at else "NEVER"


def of_organization(organization: Organization) -> Refreshing:
    """One query."""
    own = Mirror.objects.of_open_links().filter(link__organization=organization)
    return Refreshing(list(own.select_related("link__account").order_by("link__account__name", "pk")))


def of_link(link: Link) -> Refreshing:
    return Refreshing(list(Mirror.objects.filter(link=link).select_related("link__account")))
