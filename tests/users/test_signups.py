"""Whose address is proved, and what becomes of sign-ups whose address is not."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from audiences import tick
from tests import factories
from users import signups
from users.models import User

pytestmark = [pytest.mark.db, pytest.mark.django_db]
PASSWORD = "correct horse battery"


def signs_in(person: User) -> str:
    person.set_password(PASSWORD)
    person.save(update_fields=["password"])
    return str(Client().post("/account/login/", {"login": person.email, "password": PASSWORD})["Location"])


def test_who_was_made_by_an_operator_signs_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("createsuperuser", email="Ops@console.example", interactive=False, verbosity=0)

    ops = User.objects.get(email="ops@console.example")
    assert (ops.has_proved_address, signs_in(ops)) == (True, "/")


def test_who_was_there_before_addresses_were_proved_signs_in() -> None:
    there, signed_up = factories.UserFactory.create(), factories.UserFactory.create(proved=False)
    EmailAddress.objects.filter(user=there).delete()

    for _twice in range(2):
        import_module("users.migrations.0003_proved_addresses").vouch(apps, connection.schema_editor())

    assert signs_in(there) == "/"
    assert signs_in(signed_up) == "/account/confirm-email/"


def test_who_has_no_row_is_asked_for_a_code() -> None:
    person = factories.UserFactory.create()
    EmailAddress.objects.filter(user=person).delete()

    assert signs_in(person) == "/account/confirm-email/"
    assert not person.has_proved_address


def test_a_sign_up_that_was_never_proved_is_forgotten_after_a_day() -> None:
    day_ago = timezone.now() - timedelta(hours=24, seconds=1)
    old = factories.UserFactory.create(proved=False, date_joined=day_ago)
    kept = [
        factories.UserFactory.create(proved=False),
        factories.UserFactory.create(date_joined=day_ago),
        factories.UserFactory.create(proved=False, date_joined=day_ago, last_login=day_ago),
    ]

    assert [signups.forget_unproved() for _ in range(2)] == [1, 0]

    assert not User.objects.filter(pk=old.pk).exists()
    assert User.objects.filter(pk__in=[each.pk for each in kept]).count() == 3
    assert signups.forget_unproved in [getattr(duty, "__wrapped__", duty) for duty in tick.DUTIES]
