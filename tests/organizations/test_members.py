from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from organizations.models import Organization
from organizations.permissions import ALLOWED, SCOPE_FOR, Action, Role, allowed
from tests import factories
from users.models import Scope, User

SignIn = Callable[[User], Client]


@pytest.mark.db
@pytest.mark.django_db
def test_every_member_sees_who_belongs_and_what_roles_mean(
    acme: Organization, alice: User, bob: User, carol: User, charlie: User, signed_in: SignIn
) -> None:
    response = signed_in(carol).get(reverse("organizations:members", args=[acme.code]))

    shown = html.unescape(response.content.decode())
    assert [person.email in shown for person in (alice, bob, carol, charlie)] == [True, True, True, False]
    assert [action for action in Action if str(action.label) not in shown] == []


@pytest.mark.db
@pytest.mark.django_db
def test_strangers_find_no_members(acme: Organization, signed_in: SignIn, charlie: User) -> None:
    assert signed_in(charlie).get(reverse("organizations:members", args=[acme.code])).status_code == 404


@pytest.mark.db
@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 20])
def test_the_list_of_members_takes_the_same_few_queries(
    acme: Organization, alice: User, signed_in: SignIn, count: int, django_assert_max_num_queries: Any
) -> None:
    for _ in range(count):
        acme.memberships.create(user=factories.UserFactory.create(), role=Role.VIEWER)
    client = signed_in(alice)

    with django_assert_max_num_queries(11):
        client.get(reverse("organizations:members", args=[acme.code]))


def test_the_table_of_roles_is_the_agreed_one() -> None:
    assert ALLOWED[Role.ADMINISTRATOR] == set(Action)
    assert ALLOWED[Role.OPERATOR] == {Action.VIEW, Action.ASK, Action.SHARE, Action.FEED, Action.USE_KEY}
    assert ALLOWED[Role.VIEWER] == {Action.VIEW, Action.ASK}
    assert allowed("OWNER") == frozenset()


def test_no_token_reaches_keys_or_guards() -> None:
    for action in (Action.MANAGE_KEYS, Action.OVERRIDE_GUARD):
        assert action not in SCOPE_FOR


def test_members_are_managed_with_the_scope_that_lives_a_day() -> None:
    assert SCOPE_FOR[Action.MEMBERS] == Scope.APPROVE
