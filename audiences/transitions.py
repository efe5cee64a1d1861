"""The one way a run changes its state: a conditional UPDATE with its line in the history."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from audiences.models import FINAL, Run
from audiences.run_models import RunQuerySet
from organizations import audit
from users.models import User


def move(runs: RunQuerySet, run: Run, to: Run.State, *, by: User | None = None, **fields: Any) -> bool:
    """Move `run` if `runs` still selects it; False when somebody was quicker. Workers are told of it anew."""
    ending = {"finished_at": Now()} if to in FINAL else {}
    with transaction.atomic():
        changed = runs.filter(pk=run.pk).update(
            state=to, state_at=Now(), offered_at=None, **{"reason": "", **ending, **fields}
        )
        if changed:
            _record(run, to, by=by, reason=str(fields.get("reason", "")))
    return bool(changed)


def _record(run: Run, to: Run.State, *, by: User | None, reason: str) -> None:
    details = {"reason": reason} if reason else {}
    audit.record(
        f"run.{to.lower()}",
        run,
        by=by,
        organization=run.organization,
        account=run.account,
        after=to.value,
        **details,
    )
