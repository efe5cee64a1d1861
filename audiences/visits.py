"""One refresh under way, as its steps see it: LINE behind it, and a claim that every write proves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import transaction
from django.db.models.functions import Now

from audiences.mirror_models import LEASE
from audiences.models import Mirror
from lineads.client import LineAds
from linking.models import Account
from organizations.models import Organization

if TYPE_CHECKING:
    from audiences.reaching import Reached

T = TypeVar("T")


class LostMirror(Exception):
    """Another worker has it, or may have it by now: stop, and leave no trace."""


class Visit:
    """`asked_at` is the database's time just before the last call: what LINE said is at least that new."""

    line: Reached
    asked_at: datetime

    def __init__(self, mirror: Mirror) -> None:
        self.mirror = mirror

    @property
    def account(self) -> Account:
        return self.mirror.link.account

    @property
    def organization(self) -> Organization:
        return self.mirror.link.organization

    def ask(self, call: Callable[[LineAds], T]) -> T:
        return self.line.ask(call)

    def renew(self) -> None:
        """Hold on for another lease, unless the link has ended meanwhile."""
        held = Mirror.objects.held(self.mirror).of_open_links()
        if not held.update(leased_until=Now() + LEASE):
            raise LostMirror
        self.asked_at = Mirror.objects.filter(pk=self.mirror.pk).values_list(Now(), flat=True).get()

    @contextmanager
    def writing(self, **fields: Any) -> Iterator[None]:
        """A transaction that begins by proving the claim; `fields` are of the mirror itself."""
        with transaction.atomic():
            held = Mirror.objects.held(self.mirror).of_open_links()
            if not held.update(leased_until=Now() + LEASE, **fields):
                raise LostMirror
            yield
