from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from organizations.models import AuditEvent
from users.models import User

pytestmark = [pytest.mark.db, pytest.mark.django_db]


def is_reviewer(person: User) -> bool:
    return User.objects.get(pk=person.pk).is_reviewer


def test_a_command_makes_a_person_an_operator_and_takes_it_back(carol: User) -> None:
    call_command("reviewer", f" {carol.email.upper()}")
    assert is_reviewer(carol)

    call_command("reviewer", carol.email, "--remove")

    assert not is_reviewer(carol)
    events = AuditEvent.objects.order_by("id")
    assert [(event.action, event.source) for event in events] == [
        ("reviewer.added", "command"),
        ("reviewer.removed", "command"),
    ]
    assert [event.details for event in events] == [{"person": str(carol.pk)}] * 2


def test_an_unknown_address_makes_no_operator(db: None) -> None:
    with pytest.raises(CommandError):
        call_command("reviewer", "nobody@people.example")
