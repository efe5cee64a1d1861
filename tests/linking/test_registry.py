from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from linking import registry, services
from linking.errors import AlreadyManager, FactsChanged, IdTaken, IssuerLeft, ManagerGone, NoSuchPerson
from linking.models import Account, Link
from organizations.legal_entities import WrongRegistrationNumber
from organizations.models import AuditEvent, LegalEntity, Organization
from tests import factories
from tests.linking.conftest import Asked, acts
from users.models import User

pytestmark = [pytest.mark.db, pytest.mark.django_db]
SignIn = Callable[[User], Client]
Kind = Account.Kind
COMPANY = {"country": "TW", "registration_number": "10458575", "company": "Sunny Hill Coffee Co., Ltd."}
OFFICIAL = {"name": "Sunny Hill", "premium_id": "@sunnyhill", "verification": "VERIFIED"}


def said(**changes: str) -> registry.Particulars:
    return registry.Particulars(**{**COMPANY, **OFFICIAL, **changes})


def said_of(account: Account, **changes: str) -> registry.Particulars:
    """What is registered of it now, with these changes."""
    entity = account.legal_entity
    company = {
        "country": entity.country,
        "registration_number": entity.registration_number,
        "company": entity.name,
    }
    kept = {key: getattr(account, key) for key in ("name", "premium_id", "verification")}
    return registry.Particulars(**{**company, **kept, **changes})


@pytest.fixture
def numbered(acme: Organization) -> Organization:
    """Acme with a registration number that a reviewer's form accepts."""
    LegalEntity.objects.filter(pk=acme.legal_entity_id).update(registration_number="04595257")
    acme.legal_entity.refresh_from_db()
    return acme


@pytest.fixture
def registered(mia: User, rui: User) -> Account:
    return registry.register(Kind.OFFICIAL, said(), public_id="@101hillc", manager=mia.email, by=rui)


def test_an_account_is_registered_with_its_company_and_first_manager(registered: Account, mia: User) -> None:
    entity = LegalEntity.objects.get(country="TW", registration_number="10458575")

    assert (registered.basic_id, registered.search_id) == ("@101hillc", "@sunnyhill")
    assert registered.legal_entity == entity
    assert [seat.user for seat in registered.managers.all()] == [mia]
    assert acts(account_id=registered.pk) == ["account.registered"]


def test_a_known_company_keeps_its_name(registered: Account, mia: User, rui: User) -> None:
    second = registry.register(
        Kind.ADS,
        registry.Particulars("Ads", **{**COMPANY, "company": "Other"}),
        public_id="A1",
        manager=mia.email,
        by=rui,
    )

    assert second.legal_entity == registered.legal_entity
    assert second.legal_entity.name == COMPANY["company"]


@pytest.mark.parametrize(
    ("public_id", "premium_id", "field"),
    [("@101hillc", "@other", "basic_id"), ("@1", "@sunnyhill", "premium_id")],
)
def test_an_id_belongs_to_one_account(
    registered: Account, mia: User, rui: User, public_id: str, premium_id: str, field: str
) -> None:
    with pytest.raises(IdTaken) as refused:
        registry.register(
            Kind.OFFICIAL, said(premium_id=premium_id), public_id=public_id, manager=mia.email, by=rui
        )

    assert list(refused.value.fields) == [field]


def test_a_talk_head_view_account_may_have_the_id_of_an_ad_account(mia: User, rui: User) -> None:
    for kind in (Kind.ADS, Kind.TALK_HEAD_VIEW):
        registry.register(
            kind, registry.Particulars("Both", **COMPANY), public_id="A100", manager=mia.email, by=rui
        )

    assert Account.objects.filter(line_id="A100").count() == 2


@pytest.mark.parametrize("address", ["nobody@people.example", "gone@people.example"])
def test_a_manager_is_somebody_who_can_sign_in(rui: User, address: str) -> None:
    factories.UserFactory.create(email="gone@people.example", is_active=False)

    with pytest.raises(NoSuchPerson) as refused:
        registry.register(Kind.OFFICIAL, said(), public_id="@1", manager=address, by=rui)

    assert address not in str(refused.value)
    assert not Account.objects.exists()
    assert not LegalEntity.objects.exists()


def test_a_mistyped_registration_number_is_found(mia: User, rui: User) -> None:
    with pytest.raises(WrongRegistrationNumber):
        registry.register(
            Kind.OFFICIAL, said(registration_number="10458576"), public_id="@1", manager=mia.email, by=rui
        )


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "Moonlit Hill"},
        {"verification": "PREMIUM"},
        {"registration_number": "10458575"},
        {"premium_id": "@x"},
    ],
    ids=str,
)
def test_an_approval_page_that_shows_a_changed_account_must_be_read_again(
    numbered: Organization, asked: Asked, alice: User, rui: User, changes: dict[str, str]
) -> None:
    account, digest = Account.objects.get(pk=asked.link_request.account_id), asked.facts_digest

    registry.change(account, said_of(account, **changes), seen=registry.digest(account), by=rui)

    with pytest.raises(FactsChanged):
        services.approve_request(asked.link_request, by=alice, typed_code=numbered.code, facts_digest=digest)
    assert not Link.objects.exists()


def test_a_change_tells_before_and_after(registered: Account, rui: User) -> None:
    registry.change(registered, said_of(registered, name="Hill"), seen=registry.digest(registered), by=rui)

    event = AuditEvent.objects.get(action="account.changed")
    assert event.details == {"before": {"name": "Sunny Hill"}, "after": {"name": "Hill"}}


def test_saving_without_a_change_leaves_no_trace(registered: Account, rui: User) -> None:
    assert not registry.change(registered, said_of(registered), seen=registry.digest(registered), by=rui)

    assert acts(account_id=registered.pk) == ["account.registered"]


def test_two_operators_do_not_undo_each_others_change(registered: Account, rui: User) -> None:
    seen = registry.digest(registered)
    registry.change(registered, said_of(registered, verification="PREMIUM"), seen=seen, by=rui)

    with pytest.raises(FactsChanged):
        registry.change(registered, said_of(registered, name="Hill"), seen=seen, by=rui)


def test_another_company_of_a_linked_account_is_told_to_its_organization(
    numbered: Organization, official_link: Link, rui: User
) -> None:
    account = Account.objects.get(pk=official_link.account_id)

    registry.change(
        account, said_of(account, registration_number="10458575"), seen=registry.digest(account), by=rui
    )

    told = ["account.changed", "link.entity_changed", "link.review_rejected"]
    assert acts(organization=numbered) == told
    assert acts(account_id=account.pk) == told
    assert AuditEvent.objects.get(action="link.entity_changed").details == {"same_legal_entity": False}
    assert account.open_link == official_link


def test_managers_come_and_go(registered: Account, bob: User, mia: User, rui: User) -> None:
    registry.add_manager(registered, " Bob@acme.example ", by=rui)
    registry.remove_manager(registered, mia, by=rui)

    assert [seat.user for seat in registered.managers.all()] == [bob]
    told = AuditEvent.objects.filter(account_id=registered.pk, action__startswith="account.manager")
    assert [event.subject_name for event in told.order_by("id")] == [
        "Bob manages Sunny Hill",
        "Mia manages Sunny Hill",
    ]


def test_nobody_manages_an_account_twice_or_leaves_it_twice(
    registered: Account, mia: User, rui: User
) -> None:
    with pytest.raises(AlreadyManager):
        registry.add_manager(registered, mia.email, by=rui)
    registry.remove_manager(registered, mia, by=rui)
    with pytest.raises(ManagerGone):
        registry.remove_manager(registered, mia, by=rui)


def test_a_request_ends_with_the_manager_who_issued_it(
    asked: Asked, alice: User, mia: User, rui: User
) -> None:
    digest, request = asked.facts_digest, asked.link_request

    registry.remove_manager(request.account, mia, by=rui)

    with pytest.raises(IssuerLeft):
        services.approve_request(request, by=alice, typed_code=request.organization_code, facts_digest=digest)
