from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.test import Client

from organizations import invitations
from organizations.invitations import Issued
from organizations.models import Organization
from organizations.permissions import Role
from users.models import User


@pytest.fixture(autouse=True)
def _forgotten_attempts() -> None:
    """Sign-in is limited per address and minute; each test begins anew."""
    cache.clear()


@pytest.fixture
def fresh_in(signed_in: Callable[[User], Client]) -> Callable[[User], Client]:
    """A session whose person has just given the password once more."""

    def sign_in(user: User) -> Client:
        client = signed_in(user)
        client.post(
            "/account/reauthenticate/", {"password": "correct horse battery", "next": "/preferences/"}
        )
        return client

    return sign_in


@pytest.fixture
def issued(acme: Organization, alice: User) -> Issued:
    return invitations.invite(acme, Role.OPERATOR, by=alice)
