"""Doors for Celery. Each may be called at any time, any number of times; the claim decides."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from resources import bulk


@shared_task
def work_bulk(change_id: str) -> None:
    bulk.work(UUID(change_id))
