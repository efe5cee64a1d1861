"""The history: one function writes it, always inside the transaction of the change it tells."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Protocol

from django.db import models

from organizations.models import AuditEvent, AuditPerson, Organization
from users.models import User


class AccountLike(Protocol):
    """What the history keeps of an account; the model itself lives in a higher app."""

    id: uuid.UUID
    name: str


@dataclass(frozen=True)
class Origin:
    """From where an act came: the door (page, api, worker, command) and the caller's address."""

    source: str = "worker"
    ip_address: str | None = None


WORKER = Origin()
_origin: ContextVar[Origin] = ContextVar("audit_origin", default=WORKER)


@contextmanager
def acting_from(source: str, ip_address: str | None = None) -> Iterator[None]:
    """Everything recorded inside says that it came through this door."""
    token = _origin.set(Origin(source, ip_address))
    try:
        yield
    finally:
        _origin.reset(token)


def record(
    action: str,
    subject: models.Model,
    *,
    by: User | None,
    organization: Organization | None = None,
    account: AccountLike | None = None,
    **details: Any,
) -> AuditEvent:
    """Write one entry. `details` takes ids, counts, states, and `before` / `after`; never personal values."""
    origin = _origin.get()
    return AuditEvent.objects.create(
        action=action,
        organization=organization,
        account_id=account.id if account else None,
        account_name=account.name if account else "",
        person=_person(by) if by else None,
        subject_type=subject._meta.label_lower,
        subject_id=str(subject.pk),
        subject_name=str(subject)[:200],
        details=details,
        source=origin.source,
        ip_address=origin.ip_address,
    )


def _person(user: User) -> AuditPerson:
    person, _created = AuditPerson.objects.get_or_create(
        user_id=user.pk, defaults={"name": user.name, "email": user.email}
    )
    return person
