"""Share requests on the organization's pages: asked, listed, answered, taken back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from linking.models import Account, Link
from organizations.models import Organization
from resources import share_answers, share_requests
from resources.models import Resource, Share, ShareRequest
from tests import factories
from users.models import User

pytestmark = [pytest.mark.db, pytest.mark.django_db]
SignIn = Callable[[User], Client]
State = ShareRequest.State


def page(name: str, *arguments: Any) -> str:
    return reverse(f"resources:{name}", args=arguments)


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_a_viewer_asks_on_the_accounts_page_with_ticks(
    acme: Organization, audience: Resource, official_link: Link, carol: User, signed_in: SignIn
) -> None:
    client, account = signed_in(carol), page("account", acme.code, official_link.account_id)
    ask = page("ask", acme.code, official_link.account_id)
    assert ask in text(client.get(account))
    assert f'name="resource" value="{audience.pk}"' in text(client.get(ask))

    after = client.post(ask, {"resource": [str(audience.pk)], "note": "For autumn"}, follow=True)

    assert "1 request is sent." in text(after)
    assert page("share-request", acme.code, ShareRequest.objects.get().pk) in text(after)
    assert "This was asked already" in text(client.get(ask))
    assert client.post(ask, {"resource": [str(audience.pk)]}).status_code == 409
    assert client.post(ask, {}).status_code == 400


def test_a_viewer_asks_for_everything(
    acme: Organization, audience: Resource, official_link: Link, carol: User, signed_in: SignIn
) -> None:
    client, ask = signed_in(carol), page("ask", acme.code, official_link.account_id) + "?what=everything"
    assert "every audience and LINE Tag that it can use" in text(client.get(ask))

    assert client.post(ask, {"note": ""}).status_code == 302

    assert ShareRequest.objects.get().what == "EVERYTHING"


def test_a_viewer_asks_on_the_resources_page_for_several_accounts(
    acme: Organization,
    audience: Resource,
    official_link: Link,
    ads_link: Link,
    carol: User,
    signed_in: SignIn,
) -> None:
    third = factories.LinkFactory.create(organization=acme)
    client, ask = signed_in(carol), page("ask-for", acme.code, audience.pk)
    shown = text(client.get(ask))
    assert "This account owns it." in shown
    assert f'value="{ads_link.account_id}"' not in shown

    chosen = [str(link.account_id) for link in (official_link, third)]
    after = text(client.post(ask, {"account": chosen, "note": ""}, follow=True))

    assert "2 requests are sent." in after
    assert after.count("Waiting for an answer") == 2


def test_who_may_share_sees_no_button_to_ask(
    acme: Organization, audience: Resource, official_link: Link, bob: User, signed_in: SignIn
) -> None:
    client = signed_in(bob)
    ask, ask_for = page("ask", acme.code, official_link.account_id), page("ask-for", acme.code, audience.pk)

    assert ask not in text(client.get(page("account", acme.code, official_link.account_id)))
    assert ask_for not in text(client.get(page("audience", acme.code, audience.pk)))
    assert client.post(ask_for, {"account": [str(official_link.account_id)]}).status_code == 409


def test_the_inbox_has_both_kinds_and_the_menu_counts_them_together(
    acme: Organization, audience: Resource, official_link: Link, carol: User, bob: User, signed_in: SignIn
) -> None:
    share_requests.ask([(official_link, audience)], note="", by=carol)
    factories.LinkRequestFactory.create_batch(2, organization=acme)
    factories.ShareRequestFactory.create(to_link=factories.LinkFactory.create())
    client = signed_in(bob)

    for url in (reverse("linking:request-list", args=[acme.code]), page("share-requests", acme.code)):
        context = client.get(url).context
        assert [tab.count for tab in context["tabs"]] == [2, 1]
        assert [item.count for item in context["menu"] if item.current] == [3]


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        ({}, 2),
        ({"state": "PENDING"}, 1),
        ({"state": "EXPIRED"}, 0),
        ({"text": "buyer"}, 1),
        ({"text": "tea"}, 0),
    ],
)
def test_the_list_is_filtered(
    acme: Organization,
    audience: Resource,
    official_link: Link,
    carol: User,
    bob: User,
    signed_in: SignIn,
    wanted: dict[str, str],
    count: int,
) -> None:
    (asked,) = share_requests.ask([(official_link, audience)], note="", by=carol)
    share_answers.refuse(asked, by=bob, reason="no")
    share_requests.ask_for_everything(official_link, note="", by=carol)

    answer = signed_in(bob).get(page("share-requests", acme.code), wanted)

    assert len(answer.context["page"]) == count


def test_an_operator_grants_on_the_page(
    acme: Organization, audience: Resource, official_link: Link, carol: User, bob: User, signed_in: SignIn
) -> None:
    (asked,) = share_requests.ask([(official_link, audience)], note="For autumn", by=carol)
    client, url = signed_in(bob), page("share-request", acme.code, asked.pk)
    grant = page("grant-share-request", acme.code, asked.pk)
    assert "For autumn" in text(client.get(url))

    assert client.post(grant, {"until": "2020-01-01"}).status_code == 400
    assert client.post(grant, {"until": ""}).status_code == 302
    assert client.post(grant, {"until": ""}).status_code == 409

    assert Share.objects.get().resource == audience
    assert "By Bob." in text(client.get(url))


def test_a_rules_no_stands_on_the_page_and_the_request_stays_open(
    acme: Organization, audience: Resource, official_link: Link, carol: User, bob: User, signed_in: SignIn
) -> None:
    (asked,) = share_requests.ask([(official_link, audience)], note="", by=carol)
    Resource.objects.filter(pk=audience.pk).update(status=Resource.Status.EXPIRED)

    answer = signed_in(bob).post(page("grant-share-request", acme.code, asked.pk), {"until": ""})

    assert answer.status_code == 409
    assert "“Buyers” cannot be shared: This audience has expired." in text(answer)
    assert page("refuse-share-request", acme.code, asked.pk) in text(answer)


def test_words_are_answered_from_a_list_with_the_named_id_ticked(
    acme: Organization,
    audience: Resource,
    official: Account,
    official_link: Link,
    mia: User,
    bob: User,
    signed_in: SignIn,
) -> None:
    factories.ResourceFactory.create(owner_account=audience.owner_account, name="Newer")
    asked = share_requests.ask_in_words(official, note="", line_id=str(audience.line_id), by=mia)
    client, grant = signed_in(bob), page("grant-share-request", acme.code, asked.pk)

    answer = client.get(page("share-request", acme.code, asked.pk))

    assert [(item["label"], item["checked"]) for item in answer.context["items"]] == [
        ("Buyers", True),
        ("Newer", False),
    ]
    assert client.post(grant, {"until": ""}).status_code == 400
    assert client.post(grant, {"until": "", "resource": [str(audience.pk)]}).status_code == 302
    assert list(Resource.objects.shared_to(official)) == [audience]


def test_the_operator_refuses_with_a_reason_that_the_asker_reads(
    acme: Organization, audience: Resource, official_link: Link, carol: User, bob: User, signed_in: SignIn
) -> None:
    (asked,) = share_requests.ask([(official_link, audience)], note="", by=carol)
    client, refuse = signed_in(bob), page("refuse-share-request", acme.code, asked.pk)

    assert client.post(refuse, {"reason": ""}).status_code == 400
    assert client.post(refuse, {"reason": "\u200b"}).status_code == 400
    assert client.post(refuse, {"reason": "Not before autumn"}).status_code == 302
    assert client.post(refuse, {"reason": "late"}).status_code == 409

    assert "Not before autumn" in text(signed_in(carol).get(page("audience", acme.code, audience.pk)))


def test_a_viewer_takes_back_what_was_asked_and_answers_nothing(
    acme: Organization, audience: Resource, official_link: Link, carol: User, signed_in: SignIn
) -> None:
    (asked,) = share_requests.ask([(official_link, audience)], note="", by=carol)
    client, withdraw = signed_in(carol), page("withdraw-share-request", acme.code, asked.pk)
    shown = text(client.get(page("share-request", acme.code, asked.pk)))
    assert (withdraw in shown, page("grant-share-request", acme.code, asked.pk) in shown) == (True, False)

    assert client.post(withdraw).status_code == 302
    assert client.post(withdraw).status_code == 409

    assert ShareRequest.objects.get().state == State.WITHDRAWN


def test_the_overview_says_what_waits(
    acme: Organization, audience: Resource, official_link: Link, carol: User, bob: User, signed_in: SignIn
) -> None:
    share_requests.ask([(official_link, audience)], note="", by=carol)

    assert "1 share request waits" in text(signed_in(bob).get(reverse("overview", args=[acme.code])))


@pytest.mark.parametrize("count", [1, 20])
def test_the_lists_take_the_same_few_queries(
    acme: Organization,
    ads_link: Link,
    official_link: Link,
    carol: User,
    mia: User,
    signed_in: SignIn,
    count: int,
    django_assert_num_queries: Any,
    django_assert_max_num_queries: Any,
) -> None:
    for each in factories.ResourceFactory.create_batch(count, owner_account=ads_link.account):
        factories.LinkFactory.create(organization=acme)
        share_requests.ask([(official_link, each)], note="", by=carol)
        asked = factories.ShareRequestFactory.create(
            in_words=True, to_link=official_link, asked_by=mia, note=str(each)
        )
        asked.shares.add(factories.ShareFactory.create(resource=each, to_link=official_link))
    client, other = signed_in(carol), signed_in(mia)

    for name, arguments in [
        ("share-requests", []),
        ("account", [official_link.account_id]),
        ("ask", [official_link.account_id]),
        ("ask-for", [each.pk]),
    ]:
        with django_assert_max_num_queries(15):
            client.get(page(name, acme.code, *arguments))
    with django_assert_num_queries(9):
        other.get(page("ask-in-words", official_link.account_id))
