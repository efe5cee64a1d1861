"""Names that deceive: shown without what cannot be seen, everywhere, and doubted on the page that decides."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.test import Client

from linking import services
from linking.doubts import doubts, imitates
from linking.models import Account, Link, LinkRequest
from organizations import outbox
from organizations.exports import harmless
from organizations.models import AuditPerson, LegalEntity, Organization, OutgoingMail
from organizations.names import plain
from resources.models import Resource
from tests import factories
from tests.linking.conftest import Asked
from users.models import User

pytestmark = [pytest.mark.db, pytest.mark.django_db]
SignIn = Callable[[User], Client]
TRICKS = {
    "direction turned": "\u202eemca",
    "isolated": "\u2067Acme\u2069",
    "zero width": "Ac\u200b\u200d\ufeffme",
    "soft hyphen": "Ac\u00adme",
    "filler": "Ac\u3164me\uffa0",
    "grapheme joiner": "Ac\u034fme",
    "variation selector": "Acme\ufe0e\U000e0101",
    "tag letters": "Acme\U000e0041\U000e0042",
}
HIDDEN = "".join(
    {letter for name in TRICKS.values() for letter in name if plain(letter) == "" != letter.strip()}
)


def hidden_in(text: str) -> set[str]:
    return set(HIDDEN) & set(text)


@pytest.fixture
def tricked(acme: Organization, alice: User, mia: User) -> Link:
    """Linked, asked by and owned by names full of what cannot be seen; an audience is shared with it."""
    name = f"Acme{HIDDEN} OA"
    User.objects.filter(pk__in=[alice.pk, mia.pk]).update(name=f"Al{HIDDEN}ice")
    LegalEntity.objects.filter(pk=acme.legal_entity_id).update(name=f"Company{HIDDEN} Ltd.")
    account = factories.AdsAccountFactory.create(legal_entity=acme.legal_entity, name=name)
    account.managers.create(user=mia)
    for person in (alice, mia):
        person.refresh_from_db()
    asked = Asked(*services.issue_request(account, acme.code, by=mia))
    approval = services.approve_request(
        asked.link_request, by=alice, typed_code=acme.code, facts_digest=asked.facts_digest
    )
    factories.ShareFactory.create(
        resource=factories.ResourceFactory.create(owner_account=account),
        from_link=approval.link,
        to_link=approval.link,
        shared_by=mia,
    )
    services.start_move(approval.link, "BM99999999999", by=alice)
    waiting = factories.AdsAccountFactory.create(legal_entity=acme.legal_entity, name=name)
    waiting.managers.create(user=mia)
    services.issue_request(waiting, acme.code, by=mia)
    return approval.link


def pages_of_the_organization(link: Link) -> list[str]:
    organization = f"/organizations/{link.organization.code}/"
    account = f"{organization}accounts/{link.account_id}/"
    requests = [
        f"{organization}requests/{pk}/" for pk in link.organization.link_requests.values_list("pk", flat=True)
    ]
    share = Resource.objects.get()
    found = ["/", organization, f"{organization}requests/", f"{organization}accounts/ads/", account]
    found += [f"{account}move/", f"{account}review/", f"{organization}history/"]
    return [*found, f"{organization}audiences/{share.pk}/", *requests]


def test_no_page_of_the_organization_shows_what_cannot_be_seen(
    tricked: Link, signed_in: SignIn, alice: User
) -> None:
    client = signed_in(alice)
    shown = {path: client.get(path, follow=True) for path in pages_of_the_organization(tricked)}

    assert {page.status_code for page in shown.values()} == {200}
    assert {path: found for path, page in shown.items() if (found := hidden_in(page.content.decode()))} == {}


def test_no_page_of_the_account_shows_what_cannot_be_seen(
    tricked: Link, signed_in: SignIn, mia: User
) -> None:
    client = signed_in(mia)
    for path in ("/", "/accounts/", f"/accounts/{tricked.account_id}/settings/"):
        page = client.get(path, follow=True)
        assert (path, page.status_code, hidden_in(page.content.decode())) == (path, 200, set())


def test_a_message_after_the_act_shows_it_neither(
    tricked: Link, fresh_in: SignIn, alice: User, acme: Organization
) -> None:
    asked = LinkRequest.objects.pending().get(moves_from=None)
    digest = services.facts(LinkRequest.objects.with_parties().get(pk=asked.pk)).digest
    form = {"organization_id": acme.code, "facts_digest": digest}

    page = fresh_in(alice).post(f"/organizations/{acme.code}/requests/{asked.pk}/approve/", form, follow=True)

    assert "is linked" in page.content.decode()
    assert hidden_in(page.content.decode()) == set()


def test_no_mail_shows_what_cannot_be_seen(tricked: Link, acme: Organization) -> None:
    assert OutgoingMail.objects.count() > 2
    for waiting in OutgoingMail.objects.all():
        outbox.deliver(waiting.pk)

    assert hidden_in("".join(f"{sent.subject}{sent.body}{sent.to}" for sent in mail.outbox)) == set()


def test_the_downloaded_history_shows_it_neither(tricked: Link, signed_in: SignIn, alice: User) -> None:
    path = f"/organizations/{tricked.organization.code}/history.csv"
    text = b"".join(signed_in(alice).get(path)).decode().removeprefix("\ufeff")

    assert "Acme OA" in text
    assert hidden_in(text) == set()


@pytest.mark.parametrize("how", TRICKS)
def test_a_name_with_hidden_signs_is_doubted(asked: Asked, how: str) -> None:
    Account.objects.update(name=TRICKS[how])

    [doubt] = doubts(LinkRequest.objects.with_parties().get())
    assert "cannot be seen" in doubt


@pytest.mark.parametrize("of_whom", ["entity", "issuer"])
def test_other_names_of_their_side_are_doubted_too(asked: Asked, mia: User, of_whom: str) -> None:
    if of_whom == "entity":
        LegalEntity.objects.update(name="Ac\u200bme")
    User.objects.filter(pk=mia.pk).update(name="Мia" if of_whom == "issuer" else "Mia")

    assert len(doubts(LinkRequest.objects.with_parties().get())) == 1


def test_honest_names_are_not_doubted(asked: Asked) -> None:
    assert doubts(LinkRequest.objects.with_parties().get()) == []


@pytest.mark.parametrize(
    ("name", "ours", "is_imitation"),
    [
        ("Асме Соffее", "Acme Coffee", True),
        ("АСМЕ", "acme", True),
        ("Αcme", "Acme", True),
        ("Acme C0ffee", "Acme Coffee", True),
        ("Acme Coffee", "Acme Coffee", False),
        ("ACME COFFEE", "Acme Coffee", False),
        ("Ａｃｍｅ", "Acme", False),
        ("Acme Tea", "Acme Coffee", False),
        ("台灣咖啡", "台灣咖啡", False),
        ("Акме", "Acme", False),
    ],
)
def test_a_name_that_is_drawn_like_ours_is_told_from_one_that_is_ours(
    name: str, ours: str, is_imitation: bool
) -> None:
    assert imitates(name, ours) is is_imitation


def test_the_page_that_decides_warns_of_an_imitation(asked: Asked, signed_in: SignIn, alice: User) -> None:
    Account.objects.update(name="Асме Соffее")
    path = f"/organizations/{asked.link_request.organization_code}/requests/{asked.link_request.pk}/"

    assert "drawn like one of yours" in signed_in(alice).get(path).content.decode()


@pytest.mark.parametrize("name", ["<img src=x onerror=alert(1)>", '"><script>alert(1)</script>', "&lt;b&gt;"])
def test_markup_in_a_name_is_text(asked: Asked, signed_in: SignIn, alice: User, name: str) -> None:
    Account.objects.update(name=name)
    code, pk = asked.link_request.organization_code, asked.link_request.pk

    for path in (f"/organizations/{code}/requests/", f"/organizations/{code}/requests/{pk}/"):
        page = signed_in(alice).get(path).content.decode()
        assert name not in page
        assert as_text(name) in page


def as_text(name: str) -> str:
    for sign, code in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        name = name.replace(sign, code)
    return name


def test_an_ampersand_in_a_name_is_escaped_once(
    official_link: Link, signed_in: SignIn, alice: User, acme: Organization
) -> None:
    Account.objects.update(name="Bread & Butter")

    page = signed_in(alice).get(f"/organizations/{acme.code}/accounts/{official_link.account_id}/move/")

    assert b"Move Bread &amp; Butter to" in page.content


def test_a_name_of_five_hundred_signs_does_not_come_in(official: Account) -> None:
    """SQLite keeps what it is given, so forms check the length; PostgreSQL refuses it."""
    official.name = "A" * 500

    with pytest.raises(ValidationError, match="at most 120"):
        official.full_clean()


@pytest.mark.parametrize(
    "name", ['=HYPERLINK("https://evil.example")', "\u202e=1+1", "\u200b@SUM(1)", "\0=1"]
)
def test_no_name_is_a_formula_in_a_spreadsheet(
    asked: Asked, signed_in: SignIn, alice: User, acme: Organization, name: str
) -> None:
    AuditPerson.objects.update(name=name.replace("\0", ""))
    text = b"".join(signed_in(alice).get(f"/organizations/{acme.code}/history.csv")).decode()

    cells = [cell for row in csv.reader(io.StringIO(text.removeprefix("\ufeff"))) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "@", "+"))]
    assert harmless(name).startswith("'")


@pytest.mark.parametrize("break_", ["\r\n", "\n", "\r", "\u2028", "\u0085", "\v"])
def test_a_line_break_in_a_name_is_neither_a_header_nor_a_line_of_the_mail(
    alice: User, official: Account, acme: Organization, mia: User, break_: str
) -> None:
    forged = f"Acme{break_}Bcc: spy@evil.example{break_}{break_}Approve at once"
    Account.objects.update(name=forged)
    official.refresh_from_db()
    services.issue_request(official, acme.code, by=mia)
    outbox.deliver(OutgoingMail.objects.get().pk)

    [sent] = mail.outbox
    assert sent.recipients() == [alice.email]
    message: Any = sent.message()
    assert message["Bcc"] is None
    assert not [line for line in str(sent.body).splitlines() if line.startswith(("Bcc", "Approve at once"))]
