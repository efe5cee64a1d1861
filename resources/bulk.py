"""Many shares at once: chosen, checked without changing anything, then done in small transactions.

Each transaction ends whole pairs together with what came of them, so that a worker that dies leaves an exact
report and the next one goes on. Small jobs are done at once by who asks; the tick offers the others.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from celery import current_app
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from linking.models import Link
from organizations import audit
from organizations.errors import DomainError, Invalid
from organizations.models import Organization
from organizations.permissions import Action, roles_with
from resources import rules, services
from resources.bulk_models import LEASE, BulkChange, BulkItem, Outcome
from resources.models import Resource, Share
from users.models import User

S, Act = BulkChange.State, BulkItem.Act
MOST_RESOURCES, MOST_LINKS, MOST_PAIRS = 5_000, 2_000, 200_000
AT_ONCE = 200  # pairs that a page or call does itself
CHUNK = 200
TASK_SECONDS = 240
MOST_OFFERED = 4
WORK = "resources.tasks.work_bulk"
NOTHING_TO_DO = (rules.IS_OWNER, rules.ALREADY_SHARED, rules.BY_RULE)
GONE = _("It no longer belongs to this organization.")
NOT_SHARED = _("It is not shared with this account.")
MAY_NOT = _("The person who started this may no longer share here.")


class NotNow(DomainError):
    code = "not_in_this_state"
    message = _("This is not possible any more: somebody has changed or started it meanwhile. Look again.")


class NothingChosen(Invalid):
    code = "nothing_chosen"
    message = _("Choose at least one resource and one account.")


class TooMany(Invalid):
    code = "too_many"
    message = _("At most 5,000 resources, 2,000 accounts and 200,000 pairs in one go. Choose fewer.")


def draft(organization: Organization, *, by: User) -> BulkChange:
    return BulkChange.objects.create(organization=organization, created_by=by)


def choose(
    change: BulkChange,
    *,
    resources: Sequence[uuid.UUID] | None = None,
    links: Sequence[uuid.UUID] | None = None,
) -> None:
    """What is chosen now; ids that are not of this organization are left out."""
    if resources is not None:
        own = Resource.objects.of_organization(change.organization).exclude(status="DELETED")
        _keep(change, resources=_ids(own.filter(pk__in=resources)), most=MOST_RESOURCES)
    if links is not None:
        open_ones = Link.objects.open().filter(organization=change.organization)
        _keep(change, links=_ids(open_ones.filter(pk__in=links)), most=MOST_LINKS)


def _ids(rows: QuerySet[Any]) -> list[str]:
    return sorted(str(pk) for pk in rows.values_list("pk", flat=True))


def _keep(change: BulkChange, *, most: int, **chosen: list[str]) -> None:
    (ids,) = chosen.values()
    if len(ids) > most:
        raise TooMany
    editable = BulkChange.objects.filter(state__in=[S.DRAFT, S.CHECKED], file_name="")
    if not editable.move(change.pk, to=S.DRAFT, **chosen):
        raise NotNow
    change.refresh_from_db()


@transaction.atomic
def start_check(change: BulkChange, *, until: datetime | None) -> None:
    """Have every pair checked; nothing is shared by that."""
    change.refresh_from_db()
    if not change.planned:
        raise NothingChosen
    if change.planned > MOST_PAIRS:
        raise TooMany
    editable = BulkChange.objects.filter(state__in=[S.DRAFT, S.CHECKED], file_name="")
    if not editable.move(change.pk, to=S.CHECKING, until=until):
        raise NotNow
    change.items.all().delete()
    change.refresh_from_db()


@transaction.atomic
def start(change: BulkChange, *, by: User) -> None:
    """Do what the check found possible."""
    if not BulkChange.objects.filter(state=S.CHECKED).move(
        change.pk, to=S.WORKING, started_at=Now(), started_by=by
    ):
        raise NotNow
    change.refresh_from_db()
    counts = change.items.counted()
    _record("started", change, by, pairs=sum(counts.values()), refused=counts[Outcome.REFUSED])


@transaction.atomic
def cancel(change: BulkChange, *, by: User) -> None:
    """Stop where it is; what was shared by then stays shared."""
    unfinished = BulkChange.objects.exclude(state__in=[S.DONE, S.CANCELLED])
    if not unfinished.move(change.pk, to=S.CANCELLED, finished_at=Now()):
        raise NotNow
    change.refresh_from_db()
    _record("cancelled", change, by)


def is_small(change: BulkChange) -> bool:
    return max(change.planned, change.items.count()) <= AT_ONCE


def work(pk: uuid.UUID) -> None:
    """Check or do as much as fits into one task; may be called any number of times."""
    change = BulkChange.objects.claim(pk)
    if change is None:
        return
    until = time.monotonic() + TASK_SECONDS
    step = _check_some if change.state == S.CHECKING else _do_some
    while time.monotonic() < until:
        if not step(change):
            return
    BulkChange.objects.held(change).update(lease_until=None, offered_at=None)


def offer(publish: Callable[[uuid.UUID], None] | None = None) -> None:
    """Tell workers of jobs that nobody holds; a message that is lost is told again."""
    tell = publish or _publish
    for pk in (
        BulkChange.objects.unoffered().order_by("created_at").values_list("pk", flat=True)[:MOST_OFFERED]
    ):
        tell(pk)
        BulkChange.objects.free().filter(pk=pk).update(offered_at=Now())


def _publish(pk: uuid.UUID) -> None:
    current_app.send_task(WORK, args=[str(pk)], retry=False)


def _renewed(change: BulkChange) -> bool:
    """The first statement of each transaction: the row is ours still, and stays so."""
    return bool(BulkChange.objects.held(change).update(lease_until=timezone.now() + LEASE))


@transaction.atomic
def _check_some(change: BulkChange) -> bool:
    """One receiver after another; False when there is nothing left for us."""
    if not _renewed(change):
        return False
    seen = change.items.order_by().values_list("to_link", flat=True).distinct()
    waiting = Link.objects.filter(pk__in=change.links).exclude(pk__in=seen)
    link = waiting.select_related("account", "organization").order_by("pk").first()
    if link is None:
        BulkChange.objects.held(change).move(change.pk, to=S.CHECKED)
        return False
    found = list(Resource.objects.filter(pk__in=change.resources))
    BulkItem.objects.bulk_create(
        [_checked(change, choice, link) for choice in services.choices_for(link, found)], batch_size=500
    )
    return True


def _checked(change: BulkChange, choice: services.Choice, link: Link) -> BulkItem:
    item = BulkItem(change=change, resource=choice.resource, to_link=link, until=change.until)
    if choice.refused:
        item.outcome, item.reason = said(choice.refused)
    return item


def said(refused: object) -> tuple[Outcome, str]:
    """What a refusal means here, and its sentence in the language that is translated from."""
    with translation.override("en"):
        outcome = Outcome.SKIPPED if refused in NOTHING_TO_DO else Outcome.REFUSED
        return outcome, str(refused)


@transaction.atomic
def _do_some(change: BulkChange) -> bool:
    """Some pairs of one receiver; False when there is nothing left for us."""
    if not _renewed(change):
        return False
    pending = change.items.filter(outcome=Outcome.PENDING)
    first = (
        pending.order_by("to_link", "act").select_related("to_link__account", "to_link__organization").first()
    )
    if first is None:
        _finish(change)
        return False
    if not _may_share(change):
        pending.update(outcome=Outcome.REFUSED, reason=said(MAY_NOT)[1])
        return True
    same = pending.filter(to_link=first.to_link, act=first.act).select_related("resource")
    items = list(same.order_by("pk")[:CHUNK])
    act = _start_shares if first.act == Act.START else _stop_shares
    act(change, first.to_link, items)
    BulkItem.objects.bulk_update(items, ["outcome", "reason"])
    return True


def _may_share(change: BulkChange) -> bool:
    seat = {"user": change.starter, "user__is_active": True, "role__in": roles_with(Action.SHARE)}
    return change.organization.memberships.filter(**seat).exists()


def _start_shares(change: BulkChange, link: Link, items: list[BulkItem]) -> None:
    own = Resource.objects.of_organization(change.organization)
    still = set(own.filter(pk__in=[item.resource_id for item in items]).values_list("pk", flat=True))
    open_link = link.ended_at is None and link.organization_id == change.organization_id
    resources = [item.resource for item in items]
    owners = services.owner_links(change.organization, resources)
    choices = services.choices_for(link, resources, owners=owners)
    for item, choice in zip(items, choices, strict=True):
        is_there = open_link and item.resource_id in still
        refused = choice.refused if is_there else GONE
        item.outcome, item.reason = said(refused) if refused else _start_one(change, item, link, owners)


def _start_one(
    change: BulkChange, item: BulkItem, link: Link, owners: services.Owners
) -> tuple[Outcome, str]:
    by = change.starter
    try:
        services.start_share(link, item.resource, by=by, until=item.until, owners=owners)
    except services.NotShareable:  # somebody else was faster
        return said(rules.ALREADY_SHARED)
    return Outcome.DONE, ""


def _stop_shares(change: BulkChange, link: Link, items: list[BulkItem]) -> None:
    shares = Share.objects.open().filter(to_link=link, resource__in=[item.resource_id for item in items])
    known = shares.select_related("resource", "to_link__account", "to_link__organization")
    by_resource = {share.resource_id: share for share in known}
    for item in items:
        share = by_resource.get(item.resource_id)
        is_done = share is not None and services.end_share(share, by=change.starter)
        skipped = (Outcome.SKIPPED, said(NOT_SHARED)[1])
        item.outcome, item.reason = (Outcome.DONE, "") if is_done else skipped


def _finish(change: BulkChange) -> None:
    if BulkChange.objects.held(change).move(change.pk, to=S.DONE, finished_at=Now()):
        counts = change.items.counted()
        told = {
            outcome.lower(): counts[outcome] for outcome in (Outcome.DONE, Outcome.SKIPPED, Outcome.REFUSED)
        }
        _record("done", change, change.starter, **told)


def _record(verb: str, change: BulkChange, by: User, **counts: Any) -> None:
    audit.record(f"bulk_change.{verb}", change, by=by, organization=change.organization, **counts)
