"""Reviews while others approve, save and decide at the same moment, on PostgreSQL."""

from __future__ import annotations

from functools import partial

import pytest
from django.utils import timezone

from linking import reviews
from linking.models import Link
from organizations import business_info
from organizations import reviews as organization_reviews
from organizations.models import AuditEvent, BusinessInfo, Organization, Review
from tests import factories
from tests.linking.test_races import (
    ROUNDS,
    _threads_share_the_database,
    account_of,
    administrator,
    approving,
    together,
)
from users.models import User

__all__ = ["_threads_share_the_database"]

pytestmark = [pytest.mark.race, pytest.mark.db, pytest.mark.django_db(transaction=True)]


def in_review() -> Organization:
    """With everything filled in, waiting for a verdict."""
    made = factories.OrganizationFactory.create(
        legal_entity__registration_number="10458575", legal_entity__name="Hill Tea", review=Review.IN_REVIEW
    )
    BusinessInfo.objects.filter(pk=made.pk).update(
        address="1 Example Road",
        phone="02 0000 0000",
        email="info@tea.example",
        email_proved_at=timezone.now(),
    )
    return Organization.objects.select_related("legal_entity", "business_info").get(pk=made.pk)


def done(organization: Organization) -> None:
    """The next round founds another company with this number."""
    entity = organization.legal_entity
    entity.registration_number = f"x{entity.pk}"[:20]
    entity.save()


def passing(organization: Organization, by: User) -> partial[None]:
    shown = organization_reviews.digest(organization)
    return partial(organization_reviews.decide, organization, passed=True, reason="", shown=shown, by=by)


def test_no_link_is_left_behind_by_the_review_of_its_organization() -> None:
    rui = factories.reviewer()
    for _round in range(ROUNDS):
        organization = in_review()
        account, manager = account_of(organization)
        asked = factories.LinkRequestFactory.create(
            account=account, organization=organization, issued_by=manager
        )

        together(passing(organization, rui), approving(asked, administrator(organization)))

        assert Organization.objects.get(pk=organization.pk).review == Review.VERIFIED
        assert Link.objects.get(account=account).review == Review.VERIFIED
        done(organization)


def test_two_verdicts_at_once_are_one() -> None:
    rui, second = factories.reviewer(), factories.reviewer()
    for _round in range(ROUNDS):
        organization = in_review()
        shown = organization_reviews.digest(organization)
        rejecting = partial(
            organization_reviews.decide, organization, passed=False, reason="No.", shown=shown, by=second
        )

        together(passing(organization, rui), rejecting)

        told = AuditEvent.objects.filter(organization=organization, action__startswith="organization.review")
        assert told.count() == 1
        done(organization)


def test_what_is_verified_is_what_the_reviewer_saw() -> None:
    rui = factories.reviewer()
    for _round in range(ROUNDS):
        organization = in_review()
        seen = organization.business_info.address
        wanted: business_info.Wanted = {
            "name": organization.name, "region": "TW", "country": "TW", "registration_number": "10458575",
            "form": "CORPORATION", "company_name": "Hill Tea", "address": "2 Example Road", "website": "",
            "phone": "02 0000 0000", "email": "info@tea.example",
        }  # fmt: skip
        saving = partial(business_info.save, organization, wanted, by=administrator(organization))

        together(passing(organization, rui), saving)

        held = Organization.objects.select_related("business_info").get(pk=organization.pk)
        assert (held.review == Review.VERIFIED) == (held.business_info.address == seen)
        done(held)


def test_a_link_is_decided_once_whoever_asks() -> None:
    rui, second = factories.reviewer(), factories.reviewer()
    for _round in range(ROUNDS):
        link = factories.LinkFactory.create(review=Review.IN_REVIEW)
        link.account.legal_entity = link.organization.legal_entity
        link.account.save()

        together(
            partial(reviews.decide, link, passed=True, reason="", by=rui),
            partial(reviews.decide, link, passed=False, reason="No.", by=second),
            partial(reviews.consider, link, by=None),
        )

        told = AuditEvent.objects.filter(account_id=link.account_id, action__startswith="link.review")
        assert told.count() == 1
