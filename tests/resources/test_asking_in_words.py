"""Share requests on the account's side: asked in words, without learning what there is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from linking.models import Account, Link
from resources import share_answers, share_requests
from resources.models import Resource, ShareRequest
from tests import factories
from users.models import User

pytestmark = [pytest.mark.db, pytest.mark.django_db]
SignIn = Callable[[User], Client]
State = ShareRequest.State


def page(name: str, *arguments: Any) -> str:
    return reverse(f"resources:{name}", args=arguments)


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_a_manager_asks_in_words_and_takes_it_back(
    official: Account, official_link: Link, mia: User, signed_in: SignIn
) -> None:
    client, ask = signed_in(mia), page("ask-in-words", official.pk)
    assert ask in text(client.get(page("received", official.pk)))

    assert client.post(ask, {"note": "", "line_id": ""}).status_code == 400
    assert client.post(ask, {"note": "Summer buyers", "line_id": ""}).status_code == 302
    assert client.post(ask, {"note": "Summer buyers", "line_id": ""}).status_code == 409
    assert "Summer buyers" in text(client.get(ask))

    withdraw = page("withdraw-own-request", official.pk, ShareRequest.objects.get().pk)
    assert client.post(withdraw).status_code == 302
    assert client.post(withdraw).status_code == 409


def test_the_account_side_learns_nothing_of_what_the_organization_owns(
    audience: Resource,
    official: Account,
    official_link: Link,
    mia: User,
    carol: User,
    bob: User,
    signed_in: SignIn,
) -> None:
    """Neither what members ask nor whether an ID is known here; only what was shared at last."""
    share_requests.ask([(official_link, audience)], note="", by=carol)
    client, ask = signed_in(mia), page("ask-in-words", official.pk)

    answers = [
        client.post(ask, {"line_id": each}, follow=True)
        for each in (
            audience.line_id,
            "1",
        )
    ]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert "Buyers" not in text(client.get(ask))
    asked = ShareRequest.objects.get(line_id=audience.line_id)
    share_answers.grant(asked, resources=[audience], by=bob)
    assert "Buyers" in text(client.get(ask))


def test_other_managers_do_not_see_or_take_back_what_one_asked(
    official: Account, official_link: Link, mia: User, signed_in: SignIn
) -> None:
    asked = share_requests.ask_in_words(official, note="Summer buyers", by=mia)
    dora = factories.UserFactory.create()
    official.managers.create(user=dora)
    client = signed_in(dora)

    assert "Summer buyers" not in text(client.get(page("ask-in-words", official.pk)))
    assert client.post(page("withdraw-own-request", official.pk, asked.pk)).status_code == 404


def test_an_account_that_is_linked_nowhere_cannot_ask(
    official: Account, mia: User, signed_in: SignIn
) -> None:
    client, ask = signed_in(mia), page("ask-in-words", official.pk)

    assert ask not in text(client.get(page("received", official.pk)))
    assert "Link it first, then ask." in text(client.get(ask))
    assert client.post(ask, {"note": "Buyers"}).status_code == 409
