"""Mails about link requests: who hears what, once, in words of their own, and never with the approval URL."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from linking import services
from linking.models import Account, LinkRequest
from organizations import outbox
from organizations.models import Organization, OutgoingMail
from organizations.permissions import Role
from tests import factories
from tests.conftest import member
from tests.linking.conftest import Asked
from users.models import User

pytestmark = [pytest.mark.db, pytest.mark.django_db]


def told() -> dict[str, set[str]]:
    """The receivers of every kind of mail that waits."""
    found: dict[str, set[str]] = {}
    for waiting in OutgoingMail.objects.all():
        found.setdefault(waiting.kind, set()).add(waiting.to_user.email)
    return found


def forget() -> None:
    OutgoingMail.objects.all().delete()


def approve(asked: Asked, by: User) -> None:
    code = asked.link_request.organization_code
    services.approve_request(asked.link_request, by=by, typed_code=code, facts_digest=asked.facts_digest)


def send_all() -> list[mail.EmailMessage]:
    for waiting in OutgoingMail.objects.all():
        outbox.deliver(waiting.pk)
    return list(mail.outbox)


def test_the_organizations_administrators_hear_of_a_request(
    acme: Organization, alice: User, asked: Asked
) -> None:
    second = member(acme, Role.ADMINISTRATOR, "second")
    forget()
    services.issue_request(
        asked.link_request.account, asked.link_request.organization_code, by=asked.link_request.issued_by
    )

    assert told() == {"request_issued": {alice.email, second.email}}


def test_nobody_is_mailed_about_an_organization_that_does_not_exist(official: Account, mia: User) -> None:
    services.issue_request(official, "BM99999999999", by=mia)

    assert told() == {}


def test_both_sides_hear_of_an_approval_but_who_approved(
    acme: Organization, asked: Asked, alice: User, mia: User
) -> None:
    second = member(acme, Role.ADMINISTRATOR, "second")
    forget()

    approve(asked, alice)

    assert told() == {"request_approved": {second.email, mia.email}}


def test_the_accounts_managers_read_why_a_request_was_rejected(asked: Asked, alice: User, mia: User) -> None:
    forget()

    services.reject_request(asked.link_request, by=alice, reason="Not ours.")

    assert told() == {"request_rejected": {mia.email}}
    [sent] = send_all()
    assert "Not ours." in sent.body


def test_administrators_hear_that_a_request_was_withdrawn(asked: Asked, alice: User, mia: User) -> None:
    forget()

    services.cancel_request(asked.link_request, by=mia)

    assert told() == {"request_cancelled": {alice.email}}


def test_both_sides_are_reminded_once_a_day_before_the_end(asked: Asked, alice: User, mia: User) -> None:
    forget()
    assert services.remind() == 0
    LinkRequest.objects.update(expires_at=timezone.now() + timedelta(hours=23))

    assert [services.remind(), services.remind()] == [1, 0]

    assert told() == {"request_expiring": {alice.email, mia.email}}


def test_both_sides_hear_that_a_request_has_expired(asked: Asked, alice: User, mia: User) -> None:
    forget()
    LinkRequest.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    services.expire_requests()

    assert told() == {"request_expired": {alice.email, mia.email}}


def test_who_cannot_sign_in_any_more_is_not_mailed(asked: Asked, alice: User, mia: User) -> None:
    forget()
    User.objects.filter(pk=alice.pk).update(is_active=False)

    services.cancel_request(asked.link_request, by=mia)

    assert told() == {}


def test_an_account_that_is_linked_at_once_is_told_of_once(acme: Organization, alice: User) -> None:
    account = factories.AdsAccountFactory.create(legal_entity=acme.legal_entity)
    account.managers.create(user=alice)
    second = member(acme, Role.ADMINISTRATOR, "second")

    services.issue_request(account, acme.code, by=alice)

    assert told() == {"request_approved": {second.email}}


def test_a_mail_leads_to_a_page_and_never_holds_the_token(alice: User, asked: Asked) -> None:
    [sent] = send_all()

    assert sent.to == [alice.email]
    assert (
        f"/organizations/{asked.link_request.organization_code}/requests/{asked.link_request.pk}/"
        in sent.body
    )
    assert asked.token not in sent.body
    assert asked.link_request.account.name in sent.subject


def test_a_mail_does_not_tell_the_account_side_whose_id_was_typed(
    acme: Organization, alice: User, asked: Asked, mia: User
) -> None:
    forget()
    Organization.objects.filter(pk=acme.pk).update(name="Quiet Harbour")
    LinkRequest.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    services.expire_requests()

    said = {message.to[0]: str(message.body) for message in send_all()}
    assert "Quiet Harbour" not in said[mia.email]
    assert "Quiet Harbour" in said[alice.email]


@pytest.mark.parametrize(
    "kind", ["issued", "approved", "rejected", "cancelled", "expired", "expiring", "invalid"]
)
@pytest.mark.parametrize("language", ["en", "zh-hant", "ja"])
def test_every_mail_has_words_in_every_language(alice: User, asked: Asked, kind: str, language: str) -> None:
    User.objects.filter(pk=alice.pk).update(language=language)
    OutgoingMail.objects.update(kind=f"request_{kind}")

    [sent] = send_all()

    assert not re.search(r"[{}]|&#|&amp;", f"{sent.subject}{sent.body}")
    assert "\n\n\n\n" not in sent.body
    speaks_asian = re.search(r"[぀-ヿ一-鿿]", str(sent.subject))
    assert (speaks_asian is not None) == (language != "en")


def test_a_name_of_many_lines_or_turned_letters_stays_a_line(
    alice: User, official: Account, acme: Organization, mia: User
) -> None:
    Account.objects.filter(pk=official.pk).update(name="Acme\u202e\r\nBcc: x")
    official.refresh_from_db()
    services.issue_request(official, acme.code, by=mia)

    [sent] = send_all()

    assert "\u202e" not in f"{sent.subject}{sent.body}"
    assert sent.message()["Bcc"] is None
