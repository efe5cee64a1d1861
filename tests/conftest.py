"""One cast everywhere: alice administers acme, bob operates, carol views; charlie is a stranger.

mia manages accounts on the LINE side, rui operates the installation.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db.backends.base.operations import BaseDatabaseOperations
from django.test import Client
from django.utils import translation
from pytest_django import Settings

from linking.models import Account, Link
from organizations import triggers
from organizations.models import Organization
from organizations.permissions import Role
from tests import factories
from users.models import User

GUARDED = {"organizations_auditevent": ("UPDATE", "DELETE"), "linking_link": ("DELETE",)}
_flush = BaseDatabaseOperations.execute_sql_flush


def _flush_without_triggers(self: BaseDatabaseOperations, sql_list: Any) -> Any:
    """Between transactional tests the tables are emptied, which the triggers rightly refuse."""
    for table, operations in GUARDED.items():
        triggers.allow(self.connection, table, *operations)
    _flush(self, sql_list)
    for table, operations in GUARDED.items():
        triggers.refuse(self.connection, table, *operations)


BaseDatabaseOperations.execute_sql_flush = _flush_without_triggers  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def _own_storage(settings: Settings, tmp_path: Path) -> None:
    settings.STORAGE_DIR = tmp_path / "storage"
    settings.DATA_DIR = tmp_path
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    cache.clear()  # counts of sign-ins, which are limited per minute
    translation.activate("en")  # a request leaves its person's language behind in the thread


@pytest.fixture
def acme(db: None) -> Organization:
    return factories.OrganizationFactory.create(name="Acme Coffee")


@pytest.fixture
def alice(acme: Organization) -> User:
    return member(acme, Role.ADMINISTRATOR, "alice")


@pytest.fixture
def bob(acme: Organization) -> User:
    return member(acme, Role.OPERATOR, "bob")


@pytest.fixture
def carol(acme: Organization) -> User:
    return member(acme, Role.VIEWER, "carol")


@pytest.fixture
def other(db: None) -> Organization:
    return factories.OrganizationFactory.create(name="Other Tea")


@pytest.fixture
def charlie(other: Organization) -> User:
    return member(other, Role.ADMINISTRATOR, "charlie")


@pytest.fixture
def mia(db: None) -> User:
    return factories.UserFactory.create(email="mia@acme.example", name="Mia")


@pytest.fixture
def rui(db: None) -> User:
    """Operates the installation."""
    return factories.reviewer(email="rui@console.example", name="Rui")


@pytest.fixture
def official(acme: Organization, mia: User) -> Account:
    """A verified Official Account of acme's legal entity, managed by mia, not linked."""
    account = factories.OfficialAccountFactory.create(legal_entity=acme.legal_entity, name="Acme Coffee OA")
    account.managers.create(user=mia)
    return account


@pytest.fixture
def ads(acme: Organization, mia: User) -> Account:
    """A LINE Ads account of acme's legal entity, managed by mia, not linked."""
    account = factories.AdsAccountFactory.create(legal_entity=acme.legal_entity, name="Acme Ads")
    account.managers.create(user=mia)
    return account


@pytest.fixture
def official_link(acme: Organization, official: Account) -> Link:
    return factories.LinkFactory.create(account=official, organization=acme)


@pytest.fixture
def ads_link(acme: Organization, ads: Account) -> Link:
    return factories.LinkFactory.create(account=ads, organization=acme)


def member(organization: Organization, role: Role, name: str) -> User:
    user = factories.UserFactory.create(email=f"{name}@acme.example", name=name.title())
    organization.memberships.create(user=user, role=role)
    return user


@pytest.fixture
def signed_in(db: None) -> Callable[[User], Client]:
    """A browser session of that person, freshly authenticated by password."""

    def sign_in(user: User) -> Client:
        client = Client()
        user.set_password("correct horse battery")
        user.save(update_fields=["password"])
        answer = client.post("/account/login/", {"login": user.email, "password": "correct horse battery"})
        assert answer.status_code == 302, answer.content[:300]
        return client

    return sign_in


@pytest.fixture
def fresh_in(signed_in: Callable[[User], Client]) -> Callable[[User], Client]:
    """A session whose person has just given the password once more."""

    def sign_in(user: User) -> Client:
        client = signed_in(user)
        answer = client.post(
            "/account/reauthenticate/", {"password": "correct horse battery", "next": "/preferences/"}
        )
        assert answer.status_code == 302, answer.content[:300]
        return client

    return sign_in
