"""Mail: written with the act, sent later, in the receiver's language, and forgotten."""

from __future__ import annotations

from datetime import timedelta
from email.message import Message
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core import mail
from django.db import transaction
from django.utils import timezone
from pytest_django import Settings

from organizations import outbox
from organizations.models import OutgoingMail
from tests import factories

pytestmark = [pytest.mark.db, pytest.mark.django_db]
KIND = "of_the_tests"
S = OutgoingMail.State


@pytest.fixture(autouse=True)
def words(settings: Settings, tmp_path: Path) -> None:
    """A template of the tests' own: subject, body, and a word that every catalogue has."""
    folder = tmp_path / "mail"
    folder.mkdir()
    text = "About {{ name }}\n\n{% translate 'Audience' %}: {{ site }}"
    whole = "{% load i18n %}{% autoescape off %}" + text + "{% endautoescape %}"
    (folder / f"{KIND}.txt").write_text(whole)
    [engine] = settings.TEMPLATES
    settings.TEMPLATES = [{**engine, "DIRS": [*engine["DIRS"], tmp_path]}]


def written(name: str = "<Example & Co>", **fields: Any) -> OutgoingMail:
    user = factories.UserFactory.create(language=fields.pop("language", "ja"))
    outbox.tell([user], KIND, {"name": name})
    OutgoingMail.objects.update(**fields)
    return OutgoingMail.objects.get()


def test_a_mail_is_sent_in_the_receivers_language_and_forgotten(settings: Settings) -> None:
    waiting = written()
    assert waiting.to_user
    address = waiting.to_user.email

    outbox.deliver(waiting.pk)

    [sent] = mail.outbox
    assert (sent.to, sent.subject) == ([address], "About <Example & Co>")
    assert sent.body == f"オーディエンス: {settings.SITE_URL}\n"
    waiting.refresh_from_db()
    assert (waiting.state, waiting.sealed) == (S.SENT, "")


def test_what_is_to_be_said_lies_sealed(settings: Settings) -> None:
    waiting = written("Somebody")

    assert "Somebody" not in waiting.sealed
    assert waiting.to_user.email not in waiting.sealed


def test_a_mail_is_sent_once_however_often_it_is_offered() -> None:
    waiting = written()

    for _ in range(3):
        outbox.deliver(waiting.pk)

    assert len(mail.outbox) == 1


def test_a_mail_of_an_act_that_did_not_happen_is_not_written() -> None:
    with transaction.atomic():
        written()
        transaction.set_rollback(True)

    assert not OutgoingMail.objects.exists()


def refusing(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9


def test_a_mail_that_cannot_be_sent_is_tried_again_later(settings: Settings) -> None:
    refusing(settings)
    waiting = written()

    outbox.deliver(waiting.pk)

    waiting.refresh_from_db()
    assert (waiting.state, waiting.attempts) == (S.WAITING, 1)
    assert waiting.not_before > timezone.now() + timedelta(seconds=50)


def test_in_the_end_a_mail_is_given_up(settings: Settings) -> None:
    refusing(settings)
    waiting = written(attempts=outbox.MOST_ATTEMPTS - 1)

    outbox.deliver(waiting.pk)

    waiting.refresh_from_db()
    assert waiting.state == S.FAILED


def test_a_line_break_in_a_name_makes_no_header() -> None:
    outbox.deliver(written("x\r\nBcc: somebody@people.example").pk)

    [sent] = mail.outbox
    message: Message = sent.message()
    assert message["Bcc"] is None
    assert "somebody" not in sent.subject


def test_due_mails_are_offered_to_workers() -> None:
    waiting = written()
    told: list[UUID] = []
    outbox.tell([factories.UserFactory.create()], KIND, {"name": "x"})
    OutgoingMail.objects.exclude(pk=waiting.pk).update(not_before=timezone.now() + timedelta(hours=1))

    outbox.offer(told.append)

    assert told == [waiting.pk]


def test_sent_mails_are_forgotten_after_a_month() -> None:
    old = timezone.now() - timedelta(days=31)
    written(state=S.SENT, sealed="", closed_at=old)

    outbox.forget()

    assert not OutgoingMail.objects.exists()


def test_an_address_that_is_nobodys_here_is_told_in_the_language_asked_for() -> None:
    outbox.tell_address("info@tea.example", KIND, {"name": "Tea"}, language="ja")
    waiting = OutgoingMail.objects.get()
    assert "tea" not in str(waiting.__dict__)

    outbox.deliver(waiting.pk)

    [sent] = mail.outbox
    assert (sent.to, sent.subject) == (["info@tea.example"], "About Tea")
    assert sent.body.startswith("オーディエンス")
    waiting.refresh_from_db()
    assert (waiting.state, waiting.sealed) == (S.SENT, "")
