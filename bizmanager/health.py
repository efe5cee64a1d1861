"""Whether the installation can work, and its figures, read from the database at the moment of asking."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import redis
from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.module_loading import import_string
from prometheus_client import CollectorRegistry, Gauge, generate_latest

from audiences.models import Heartbeat, Run
from linking.models import LinkRequest
from organizations.access import OrganizationRequest
from organizations.models import OutgoingMail

BROKER_PATIENCE_SECONDS = 0.5
WORKER_SILENCE = timedelta(minutes=1)


def reasons_not_ready() -> list[str]:
    """Empty when everything answers; otherwise one sentence each."""
    reasons = []
    for name, check in CHECKS.items():
        try:
            reason = check()
        except Exception as error:
            reason = type(error).__name__
        if reason:
            reasons.append(f"{name}: {reason}")
    return reasons


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return ""


def _broker() -> str:
    url = settings.REDIS_URL.replace("redis+socket://", "unix://")
    with redis.Redis.from_url(
        url, socket_timeout=BROKER_PATIENCE_SECONDS, socket_connect_timeout=BROKER_PATIENCE_SECONDS
    ) as broker:
        broker.ping()
    return ""


def _storage() -> str:
    settings.STORAGE_DIR.mkdir(parents=True, exist_ok=True)
    probe = settings.STORAGE_DIR / ".probe"
    probe.touch()
    probe.unlink(missing_ok=True)
    return ""


def _worker() -> str:
    recent = Heartbeat.objects.filter(at__gt=timezone.now() - WORKER_SILENCE).exists()
    return "" if recent else "no worker was heard from in the last minute"


CHECKS: dict[str, Callable[[], str]] = {
    "database": _database,
    "broker": _broker,
    "storage": _storage,
    "worker": _worker,
}


def metrics_text() -> bytes:
    registry = CollectorRegistry()
    runs = Gauge("console_runs", "Runs by state", ["state"], registry=registry)
    for state in Run.State.values:
        runs.labels(state).set(Run.objects.filter(state=state).count())
    mails = Gauge("console_mails", "Mails that wait or were given up", ["state"], registry=registry)
    for state in (OutgoingMail.State.WAITING, OutgoingMail.State.FAILED):
        mails.labels(state).set(OutgoingMail.objects.filter(state=state).count())
    requests = Gauge("console_link_requests_pending", "Link requests that wait", registry=registry)
    requests.set(LinkRequest.objects.answerable().count())
    oldest = Run.objects.due().order_by("created_at").first()
    age = Gauge("console_oldest_due_run_seconds", "Age of the oldest run that could go on", registry=registry)
    age.set((timezone.now() - oldest.created_at).total_seconds() if oldest else 0)
    return generate_latest(registry)


def overview_sections(request: OrganizationRequest) -> list[Any]:
    """What each app has to say on the overview, in the order of settings."""
    return [section for path in settings.OVERVIEW for section in import_string(path)(request.organization)]
