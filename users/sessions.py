"""Where a person is signed in. The address and device of a session are kept as long as the session."""

from __future__ import annotations

import time
from collections.abc import Iterable

from allauth.account.authentication import get_authentication_records
from allauth.usersessions.models import UserSession
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from users.models import User

NOTED_EVERY_SECONDS = 60
MOST_REMEMBERED = 10_000
_noted: dict[
    str, float
] = {}  # by session; of this process alone, so a few processes note a little more often


def note(request: HttpRequest) -> None:
    """Once a minute: seen now, from this address. Not in the session itself, which others may be writing."""
    key, now = request.session.session_key or "", time.monotonic()
    if _has_just_signed_in(request):  # which has noted it
        return
    if now - _noted.get(key, -NOTED_EVERY_SECONDS) < NOTED_EVERY_SECONDS:
        return
    if len(_noted) >= MOST_REMEMBERED:
        _noted.clear()
    _noted[key] = now
    UserSession.objects.create_from_request(request)


def _has_just_signed_in(request: HttpRequest) -> bool:
    records = get_authentication_records(request, request.user)
    return bool(records) and time.time() - records[-1]["at"] < NOTED_EVERY_SECONDS


def rows_of(person: User) -> QuerySet[UserSession]:
    rows: QuerySet[UserSession] = UserSession.objects.filter(user=person)
    return rows


def own(person: User) -> list[UserSession]:
    """Those in which the person is really signed in still, newest first."""
    rows = {row.session_key: row for row in rows_of(person).order_by("-last_seen_at")}
    alive = Session.objects.filter(session_key__in=rows, expire_date__gt=Now())
    valid = {session.session_key for session in alive if _is_of(session, person)}
    return [row for key, row in rows.items() if key in valid]


def _is_of(session: Session, person: User) -> bool:
    """A session from before the last change of the password is dead, though its row is there."""
    said = session.get_decoded().get(HASH_SESSION_KEY, "")
    return constant_time_compare(said, person.get_session_auth_hash())


def end(session: UserSession) -> None:
    _end([session])


def end_others(person: User, *, than: str | None) -> int:
    """All but the one with this key; says how many of them were alive."""
    others = [session for session in own(person) if session.session_key != than]
    _end(rows_of(person).exclude(session_key=than or ""))
    return len(others)


@transaction.atomic
def _end(sessions: Iterable[UserSession]) -> None:
    """The next request with such a cookie is a stranger's."""
    keys = [session.session_key for session in sessions]
    Session.objects.filter(session_key__in=keys).delete()
    UserSession.objects.filter(session_key__in=keys).delete()


def forget() -> None:
    """Addresses and devices of sessions that have ended, and sessions that have run out."""
    Session.objects.filter(expire_date__lte=Now()).delete()
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()
