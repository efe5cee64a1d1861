"""Merges of legal entities meet whatever else names them, on a database that lets several write."""

from __future__ import annotations

from functools import partial

import pytest
from django.db import IntegrityError, connection

from linking import applications, entities, registry
from linking.models import Account, TalkHeadViewApplication
from organizations.errors import DomainError
from organizations.models import LegalEntity, Organization
from tests import factories
from tests.linking.test_races import ROUNDS, together
from users.models import User

pytestmark = [pytest.mark.race, pytest.mark.db, pytest.mark.django_db(transaction=True)]
NUMBERS = {"country": "TW", "registration_number": "10458575"}


@pytest.fixture(autouse=True)
def _threads_share_the_database(db: None) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("threads cannot share SQLite's database in memory")


@pytest.fixture
def right(db: None) -> LegalEntity:
    return factories.LegalEntityFactory.create(country="TW", registration_number="04595257")


def merging(emptied: LegalEntity, into: LegalEntity, by: User) -> partial[LegalEntity]:
    return partial(entities.merge, emptied, into, typed=emptied.registration_number, by=by)


def test_a_merge_meets_the_registration_of_an_account(right: LegalEntity, mia: User, rui: User) -> None:
    for number in range(ROUNDS):
        mistyped, _new = LegalEntity.objects.get_or_create(**NUMBERS, defaults={"name": "Mistyped"})
        said = registry.Particulars("Ads", company="Mistyped", **NUMBERS)
        entering = partial(
            registry.register, Account.Kind.ADS, said, public_id=f"A{number}", manager=mia.email, by=rui
        )

        outcomes = together(merging(mistyped, right, rui), entering)

        assert not any(isinstance(outcome, DomainError) for outcome in outcomes)
        account = Account.objects.get(line_id=f"A{number}")
        assert account.legal_entity.registration_number in {"04595257", "10458575"}


def test_a_merge_meets_a_change_of_the_same_account(right: LegalEntity, rui: User) -> None:
    for _ in range(ROUNDS):
        mistyped, _new = LegalEntity.objects.get_or_create(**NUMBERS, defaults={"name": "Mistyped"})
        account = factories.AdsAccountFactory.create(legal_entity=mistyped)
        said = registry.Particulars("Renamed", company="Mistyped", **NUMBERS)

        together(
            merging(mistyped, right, rui),
            partial(registry.change, account, said, seen=registry.digest(account), by=rui),
        )

        assert Account.objects.select_related("legal_entity").get(pk=account.pk).legal_entity


def test_a_merge_meets_an_organization_that_does_not_hold_the_company(right: LegalEntity, rui: User) -> None:
    """The foreign key has the last word: one of both is told, and no row is left without its company."""
    for number in range(ROUNDS):
        mistyped, _new = LegalEntity.objects.get_or_create(**NUMBERS, defaults={"name": "Mistyped"})

        together(merging(mistyped, right, rui), partial(_unheld, mistyped, f"Tea {number}"))

        named = Organization.objects.values("legal_entity")
        assert LegalEntity.objects.filter(pk__in=named).count() == named.distinct().count()
        Organization.objects.all().delete()


def _unheld(entity: LegalEntity, name: str) -> None:
    try:
        Organization.objects.create(name=name, legal_entity=entity)
    except IntegrityError as error:
        raise DomainError(str(error)) from error


def test_two_merges_in_opposite_directions(rui: User) -> None:
    for _ in range(ROUNDS):
        one, two = factories.LegalEntityFactory.create_batch(2)

        outcomes = together(merging(one, two, rui), merging(two, one, rui))

        assert LegalEntity.objects.filter(pk__in=[one.pk, two.pk]).count() == 1
        assert sum(isinstance(outcome, DomainError) for outcome in outcomes) == 1


def test_an_application_is_answered_once(rui: User) -> None:
    for _ in range(ROUNDS):
        asked = factories.ApplicationFactory.create()
        asked.account.managers.create(user=asked.asked_by)
        copies = [TalkHeadViewApplication.objects.get(pk=asked.pk) for _ in range(3)]

        outcomes = together(
            partial(applications.grant, copies[0], by=rui),
            partial(applications.refuse, copies[1], by=rui, reason="no"),
            partial(applications.withdraw, copies[2], by=asked.asked_by),
        )

        assert sum(isinstance(outcome, DomainError) for outcome in outcomes) == 2
        asked.refresh_from_db()
        asked.account.refresh_from_db()
        assert bool(asked.account.granted_at) == (asked.state == "GRANTED")


def test_two_managers_apply_at_the_same_moment(mia: User, bob: User) -> None:
    for _ in range(ROUNDS):
        account = factories.TalkHeadViewFactory.create()
        for person in (mia, bob):
            account.managers.create(user=person)

        together(*(partial(applications.apply, account, note="", by=person) for person in (mia, bob)))

        assert account.applications.pending().count() == 1
