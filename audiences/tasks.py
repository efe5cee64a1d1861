"""Doors for Celery. Each may be called at any time, any number of times; the claim decides."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from audiences import mirror as mirroring
from audiences import planning, sending
from audiences import tick as ticking


@shared_task
def tick() -> None:
    ticking.tick()


@shared_task
def plan(run_id: str) -> None:
    planning.perform(UUID(run_id))


@shared_task
def send(run_id: str) -> None:
    sending.perform(UUID(run_id))


@shared_task
def mirror(mirror_id: int) -> None:
    mirroring.perform(mirror_id)
