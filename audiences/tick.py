"""Every two seconds: say that we live, offer what is due, close what is overdue, forget what must go.

It only reads and writes rows and publishes run ids. A lost message does not matter, since later ticks offer
the run again; a doubled one does not either, since only one worker can claim it. Two ticks are harmless.
"""

from __future__ import annotations

import functools
import time
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import timedelta
from uuid import UUID

import structlog
from celery import current_app
from django.db.models import Q
from django.db.models.functions import Now

from audiences import mirrors, retention
from audiences.claims import outside_transactions
from audiences.models import PLANS, Heartbeat, Run
from audiences.run_models import RunQuerySet
from audiences.transitions import move
from linking.services import expire_requests, remind
from organizations import invitations, outbox
from resources import bulk, lifecycle, share_answers
from resources.services import end_overdue_shares
from users import sessions, signups

S = Run.State
log = structlog.get_logger(__name__)
AGAIN_AFTER = timedelta(seconds=30)  # a message that nobody answered by then was lost
MOST_WAITING = 16  # messages out at a time: a full queue would make a latecomer wait behind everybody
MOST_SEEN = 2000
SELDOM_SECONDS = 60
PLAN, SEND = "audiences.tasks.plan", "audiences.tasks.send"


def tick() -> None:
    """Each duty by itself: one that fails must not keep the others from being done."""
    for duty in DUTIES:
        try:
            duty()
        except Exception:
            log.exception("tick_duty_failed", duty=duty.__name__)


def seldom(duty: Callable[[], object]) -> Callable[[], object]:
    """Once a minute in each process: soon enough for what only has to go some day."""
    due_at = 0.0

    @functools.wraps(duty)
    def inner() -> object:
        nonlocal due_at
        if time.monotonic() < due_at:
            return None
        due_at = time.monotonic() + SELDOM_SECONDS
        return duty()

    return inner


def beat() -> None:
    Heartbeat.objects.update_or_create(name="tick", defaults={"at": Now()})


def publish(task: str, run_id: UUID) -> None:
    outside_transactions()
    current_app.send_task(task, args=[str(run_id)], retry=False)


def offer_runs(tell: Callable[[str, UUID], None] = publish) -> None:
    """Tell workers of due runs, as many as they can soon take, one organization after another."""
    for states, task in ((PLANS, PLAN), (None, SEND)):
        due = Run.objects.due(states) if states else Run.objects.due().exclude(state__in=PLANS)
        told = due.filter(offered_at__gt=Now() - AGAIN_AFTER).count()
        waiting = due.filter(Q(offered_at=None) | Q(offered_at__lte=Now() - AGAIN_AFTER))
        for run_id in in_turn(waiting)[: max(0, MOST_WAITING - told)]:
            tell(task, run_id)
            Run.objects.filter(pk=run_id).unclaimed().update(offered_at=Now())


def in_turn(waiting: RunQuerySet) -> list[UUID]:
    """Oldest first within an organization; organizations by how much they already have under way."""
    busy = Run.objects.filter(lease_until__gt=Now()).values_list("connector__organization", flat=True)
    turns = Counter(busy)
    ranked = []
    oldest_first = waiting.order_by("created_at").values_list("pk", "connector__organization")
    for place, (run_id, organization) in enumerate(oldest_first[:MOST_SEEN]):
        ranked.append((turns[organization], place, run_id))
        turns[organization] += 1
    return [run_id for _turn, _place, run_id in sorted(ranked)]


def pass_planned_runs() -> None:
    """A run that sends by itself goes on when its destination is free; until then it waits its turn."""
    waiting = Run.objects.filter(state=S.PLANNED, sends_by_itself=True)
    free = waiting.exclude(destination__runs__in=Run.objects.active()).with_parties()
    for run in free.order_by("created_at")[:MOST_WAITING]:
        move(waiting, run, S.SENDING, send_started_at=Now())


DUTIES: Iterable[Callable[[], object]] = (
    beat,
    pass_planned_runs,
    offer_runs,
    mirrors.begin,
    mirrors.offer,
    expire_requests,
    remind,
    invitations.expire_invitations,
    end_overdue_shares,
    bulk.offer,
    seldom(lifecycle.expire_overdue),
    seldom(lifecycle.end_expired),
    seldom(lifecycle.tell_of_ends),
    share_answers.close_overdue,
    outbox.offer,
    seldom(outbox.forget),
    seldom(sessions.forget),
    seldom(signups.forget_unproved),
    retention.forget,
)
