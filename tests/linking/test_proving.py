"""A LINE Ads account enters the register because LINE lists it in a key's group."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from linking import keys, proving, services
from linking.errors import AccountKnown, FactsChanged, LineGaveNoProof, NotListed
from linking.models import Account, ApiKey
from organizations.errors import NotAllowed
from organizations.models import AuditEvent, Organization
from tests import factories
from tests.lineads.server import line, reply
from users.models import User

pytestmark = [pytest.mark.db, pytest.mark.django_db]
SignIn = Callable[[User], Client]
LISTED = {"datas": [{"id": "A100", "name": " Acme  Spring "}, {"id": "A200", "name": "Acme Summer"}]}


@pytest.fixture
def api_key(acme: Organization, alice: User) -> ApiKey:
    return services.add_key(
        acme, by=alice, name="Group", group_id="G1", access_key="AKMADEUP", secret_key="made-up-secret"
    )


def asking(settings: Any, act: Callable[[], Any], *answers: Any) -> Any:
    with line(*answers) as server:
        settings.LINE_ADS_BASE_URL = server.url
        return act()


def register(client: Client, api_key: ApiKey, line_id: str) -> Any:
    url = reverse("linking:prove-account", args=[api_key.organization.code, api_key.pk])
    return client.post(url, {"line_id": line_id})


def test_an_account_that_line_lists_is_registered_as_line_describes_it(
    settings: Any, api_key: ApiKey, acme: Organization, alice: User
) -> None:
    account = asking(settings, lambda: proving.prove_account(api_key, "A100", by=alice), reply(200, LISTED))

    assert (account.kind, account.name, account.line_id) == ("ADS", "Acme Spring", "A100")
    assert account.legal_entity == acme.legal_entity
    assert [seat.user for seat in account.managers.all()] == [alice]
    event = AuditEvent.objects.get(action="account.registered")
    assert (event.organization, event.account_id) == (acme, account.pk)
    assert event.details["api_key"] == str(api_key.pk)


@pytest.mark.parametrize(
    ("answer", "refusal"),
    [(reply(200, {"datas": []}), NotListed), (reply(401), LineGaveNoProof), (reply(500), LineGaveNoProof)],
)
def test_without_lines_word_nothing_is_registered(
    settings: Any, api_key: ApiKey, alice: User, answer: Any, refusal: type[Exception]
) -> None:
    ApiKey.objects.update(listed_line_ids=["A100"])

    with pytest.raises(refusal):
        asking(settings, lambda: proving.prove_account(api_key, "A100", by=alice), answer)

    assert not Account.objects.exists()


def test_an_account_that_is_known_is_not_touched(settings: Any, api_key: ApiKey, alice: User) -> None:
    known = factories.AdsAccountFactory.create(line_id="A100", name="Of somebody else")

    with pytest.raises(AccountKnown):
        asking(settings, lambda: proving.prove_account(api_key, "A100", by=alice), reply(200, LISTED))

    known.refresh_from_db()
    assert known.name == "Of somebody else"
    assert not known.managers.exists()


def test_the_proof_of_a_secret_that_was_replaced_meanwhile_does_not_count(
    api_key: ApiKey, alice: User
) -> None:
    version = keys.active_version(api_key)
    services.replace_secret(api_key, by=alice, secret_key="another-made-up")

    with pytest.raises(FactsChanged):
        proving._register(api_key, version, proving.Listed("A100", "Ads"), alice)


def test_who_lost_the_role_meanwhile_registers_nothing(api_key: ApiKey, alice: User) -> None:
    version = keys.active_version(api_key)
    alice.memberships.all().delete()

    with pytest.raises(NotAllowed):
        proving._register(api_key, version, proving.Listed("A100", "Ads"), alice)


def test_the_keys_page_offers_what_is_listed_and_not_known(
    settings: Any, api_key: ApiKey, acme: Organization, fresh_in: SignIn, alice: User, bob: User
) -> None:
    factories.AdsAccountFactory.create(line_id="A200")
    factories.TalkHeadViewFactory.create(line_id="A100")
    asking(settings, lambda: services.check_key(api_key, by=alice), reply(200, LISTED))
    page = reverse("linking:key", args=[acme.code, api_key.pk])

    shown, to_bob = (fresh_in(person).get(page).content.decode() for person in (alice, bob))

    assert "Acme  Spring" in shown
    assert 'name="line_id" value="A100"' in shown
    assert "A200" not in shown
    assert "A100" in to_bob
    assert 'name="line_id"' not in to_bob


def test_an_administrator_registers_on_the_keys_page(
    settings: Any, api_key: ApiKey, fresh_in: SignIn, alice: User
) -> None:
    client = fresh_in(alice)

    answer = asking(settings, lambda: register(client, api_key, "A100"), reply(200, LISTED))
    again = asking(settings, lambda: register(client, api_key, "A100"), reply(200, LISTED))
    unlisted = asking(settings, lambda: register(client, api_key, "A999"), reply(200, LISTED))

    assert answer["Location"] == reverse("linking:account-settings", args=[Account.objects.get().pk])
    assert (again.status_code, unlisted.status_code) == (409, 409)
    assert "registered here already" in again.content.decode()


def test_registering_waits_for_a_fresh_password(api_key: ApiKey, signed_in: SignIn, alice: User) -> None:
    assert register(signed_in(alice), api_key, "A100")["Location"].startswith("/account/reauthenticate/")


def test_the_list_of_a_large_group_costs_one_query(api_key: ApiKey, django_assert_num_queries: Any) -> None:
    api_key.listed_line_ids = [f"A{number}" for number in range(3000)]

    with django_assert_num_queries(1):
        assert len(proving.unknown_accounts(api_key)) == 3000
