"""Nothing is kept longer than needed: lists a day, prepared parts a week, the call log half a year."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now

from audiences import datasets
from audiences.models import FINAL, Call, Dataset, Heartbeat, Run
from audiences.part_files import folder_of
from audiences.reasons import Stop
from audiences.run_models import RunQuerySet
from audiences.transitions import move
from organizations import storage

S = Run.State
PARTS_KEPT = timedelta(days=7)
CALLS_KEPT = timedelta(days=180)
SWEEP_EVERY = timedelta(hours=1)
AT_ONCE = 20


def forget() -> None:
    erase_lists()
    end_stale_runs()
    erase_parts()
    if _is_sweep_due():
        storage.sweep()
        Call.objects.filter(at__lt=Now() - CALLS_KEPT).delete()


def erase_lists() -> None:
    """A list whose day is over, or whose run was sent or discarded while no other run needs it."""
    runs = Run.objects.filter(dataset=OuterRef("pk"))
    is_used = Exists(runs.filter(state__in=(S.DONE, S.CANCELLED), is_dry=False))
    is_needed = Exists(runs.exclude(state__in=FINAL))
    over = Q(expires_at__lte=Now()) | is_used & ~is_needed
    for dataset in Dataset.objects.kept().filter(over).select_related("organization")[:AT_ONCE]:
        datasets.erase_content(dataset)


def end_stale_runs() -> None:
    """Nobody sent or resumed it for as long as its parts may be kept."""
    stale = Run.objects.filter(planned_at__lt=Now() - PARTS_KEPT)
    _end(stale.filter(state=S.PLANNED), S.CANCELLED)
    _end(stale.filter(state=S.PAUSED), S.CANCELLING)


def _end(runs: RunQuerySet, to: Run.State) -> None:
    for run in runs.with_parties()[:AT_ONCE]:
        move(runs, run, to, reason=Stop.EXPIRED)


def erase_parts() -> None:
    """Parts of ended runs: after a week, or at once if a person discarded them."""
    ended = Run.objects.filter(state__in=FINAL, erased_at=None)
    is_old = Q(finished_at__lt=Now() - PARTS_KEPT) | Q(state=S.CANCELLED, send_started_at=None)
    for run in ended.filter(is_old).unclaimed()[:AT_ONCE]:
        storage.erase_folder(folder_of(run))
        run.batches.update(sealed_name="")
        Run.objects.filter(pk=run.pk).update(erased_at=Now(), rejects_name="")


def _is_sweep_due() -> bool:
    """Once an hour over all ticks: whoever changes the row does it."""
    Heartbeat.objects.get_or_create(name="sweep", defaults={"at": Now() - SWEEP_EVERY * 2})
    return bool(Heartbeat.objects.filter(name="sweep", at__lt=Now() - SWEEP_EVERY).update(at=Now()))
