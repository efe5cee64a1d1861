"""Doors for Celery. Each may be called at any time, any number of times."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from organizations import outbox


@shared_task
def deliver(mail_id: str) -> None:
    outbox.deliver(UUID(mail_id))
