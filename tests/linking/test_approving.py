"""Approval: by whom, of what exactly, and what the database refuses to the end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from linking import approving, services
from linking.errors import (
    AccountTaken,
    FactsChanged,
    IssuerLeft,
    RequestClosed,
    RuleRefused,
    WrongConfirmation,
)
from linking.models import Account, Link, LinkRequest
from organizations.errors import NotAllowed
from organizations.models import Organization, Review
from organizations.permissions import Role
from tests import factories
from tests.linking.conftest import Asked, acts, state_of
from users.models import User

pytestmark = [pytest.mark.db, pytest.mark.django_db]
State = LinkRequest.State


def approve(asked: Asked, by: User, **changed: Any) -> services.Approval:
    given = {"typed_code": asked.link_request.organization_code, "facts_digest": asked.facts_digest}
    return services.approve_request(asked.link_request, by=by, **given | changed)


def test_approval_links_the_account(asked: Asked, acme: Organization, alice: User) -> None:
    approval = approve(asked, alice)

    link = Link.objects.get()
    assert (link.account, link.organization, link.review) == (
        asked.link_request.account,
        acme,
        Review.UNVERIFIED,
    )
    assert (approval.link, approval.is_new, state_of(asked)) == (link, True, State.APPROVED)
    assert not link.shares_everything
    assert acts(organization=acme, account_id=link.account_id)[-2:] == [
        "link_request.approved",
        "link.opened",
    ]


def test_the_tick_begins_with_all_resources(asked: Asked, acme: Organization, alice: User) -> None:
    approval = approve(asked, alice, shares_everything=True)

    approval.link.refresh_from_db()
    assert approval.link.shares_everything
    assert acts(organization=acme, account_id=approval.link.account_id)[-1] == ("share.everything_started")


def test_approving_again_with_the_tick_shares_nothing(asked: Asked, alice: User) -> None:
    approve(asked, alice)

    approve(asked, alice, shares_everything=True)

    assert not Link.objects.get().shares_everything


def test_approving_again_says_who_did_it_and_changes_nothing(
    asked: Asked, acme: Organization, alice: User
) -> None:
    approve(asked, alice)
    second = factories.UserFactory.create()
    acme.memberships.create(user=second, role=Role.ADMINISTRATOR)
    before = acts()

    again = approve(asked, second)

    assert (again.is_new, again.link_request.closed_by) == (False, alice)
    assert acts() == before


def reject(asked: Asked, by: User) -> None:
    services.reject_request(asked.link_request, by=by, reason="no")


@pytest.mark.parametrize("name", ["bob", "carol", "charlie", "mia"])
@pytest.mark.parametrize("answer", [approve, reject])
def test_nobody_but_an_administrator_answers(
    request: pytest.FixtureRequest, asked: Asked, name: str, answer: Callable[[Asked, User], Any]
) -> None:
    person = request.getfixturevalue(name)

    with pytest.raises(NotAllowed):
        answer(asked, person)

    assert state_of(asked) == State.PENDING


@pytest.mark.parametrize("typed", ["", "BM00000000000", "yes"])
def test_the_organization_id_has_to_be_typed(asked: Asked, alice: User, typed: str) -> None:
    with pytest.raises(WrongConfirmation):
        approve(asked, alice, typed_code=typed)

    assert state_of(asked) == State.PENDING


def rename_account(asked: Asked) -> None:
    Account.objects.update(name="Another name")


def rename_organization(asked: Asked) -> None:
    Organization.objects.update(name="Another name")


def change_entity(asked: Asked) -> None:
    Account.objects.update(legal_entity=factories.LegalEntityFactory.create())


def rename_issuer(asked: Asked) -> None:
    User.objects.filter(pk=asked.link_request.issued_by_id).update(name="Nobody")


def take_verification(asked: Asked) -> None:
    Account.objects.update(verification="UNVERIFIED")


@pytest.mark.parametrize(
    "change", [rename_account, rename_organization, change_entity, rename_issuer, take_verification]
)
def test_what_has_changed_since_it_was_read_must_be_read_again(
    asked: Asked, alice: User, change: Callable[[Asked], None]
) -> None:
    digest = asked.facts_digest
    change(asked)

    with pytest.raises(FactsChanged):
        approve(asked, alice, facts_digest=digest)

    assert not Link.objects.exists()
    assert state_of(asked) == State.PENDING


@pytest.mark.parametrize(
    ("change", "code"), [(change_entity, "other_legal_entity"), (take_verification, "not_verified")]
)
def test_a_rule_that_fails_names_the_fix_and_keeps_the_request_open(
    asked: Asked, alice: User, change: Callable[[Asked], None], code: str
) -> None:
    change(asked)

    with pytest.raises(RuleRefused) as refused:
        approve(asked, alice)

    assert refused.value.code == code
    assert state_of(asked) == State.PENDING
    assert not Link.objects.exists()


def test_a_request_ends_when_its_issuer_no_longer_manages_the_account(
    asked: Asked, alice: User, mia: User
) -> None:
    mia.managed_accounts.all().delete()

    with pytest.raises(IssuerLeft):
        approve(asked, alice)

    assert state_of(asked) == State.INVALID
    assert acts()[-1] == "link_request.invalid"


def test_a_request_ends_when_the_account_was_linked_elsewhere(
    asked: Asked, alice: User, other: Organization
) -> None:
    factories.LinkFactory.create(account=asked.link_request.account, organization=other)

    with pytest.raises(AccountTaken) as refused:
        approve(asked, alice)

    assert state_of(asked) == State.INVALID
    assert other.name not in str(refused.value)


def test_the_database_has_the_last_word_on_one_link_per_account(
    asked: Asked, alice: User, other: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = asked.facts_digest
    real = LinkRequest.objects.with_parties().get(pk=asked.link_request.pk)
    factories.LinkFactory.create(account=asked.link_request.account, organization=other)
    monkeypatch.setattr("linking.approving._end_or_take_in", lambda fresh, by: _take_in_blindly(real, by))

    with pytest.raises(AccountTaken):
        approve(asked, alice, facts_digest=digest)

    assert Link.objects.count() == 1
    assert state_of(asked) == State.PENDING


def _take_in_blindly(link_request: LinkRequest, by: User) -> Any:
    return approving.take_in(link_request, by)


def test_an_overdue_request_cannot_be_answered(asked: Asked, alice: User) -> None:
    LinkRequest.objects.update(expires_at=timezone.now() - timedelta(milliseconds=1))

    with pytest.raises(RequestClosed):
        approve(asked, alice)
    with pytest.raises(RequestClosed):
        services.reject_request(asked.link_request, by=alice, reason="late")

    assert not Link.objects.exists()


def test_a_request_can_be_answered_until_the_last_moment(asked: Asked, alice: User) -> None:
    LinkRequest.objects.update(expires_at=timezone.now() + timedelta(seconds=5))

    assert approve(asked, alice).is_new


@pytest.mark.parametrize(
    "state", [State.REJECTED, State.CANCELLED, State.SUPERSEDED, State.EXPIRED, State.INVALID]
)
def test_a_closed_request_cannot_be_answered(asked: Asked, alice: User, state: str) -> None:
    LinkRequest.objects.update(state=state, closed_at=timezone.now())

    with pytest.raises(RequestClosed):
        approve(asked, alice)
    with pytest.raises(RequestClosed):
        services.reject_request(asked.link_request, by=alice, reason="no")
