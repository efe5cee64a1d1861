"""Linking reviews: what the rule decides, what an operator decides, what opens and closes with them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from linking import entities, reviews, services
from linking.models import Link
from organizations import reviews as organization_reviews
from organizations.errors import NotAllowed
from organizations.models import AuditEvent, LegalEntity, Organization, OutgoingMail, Review
from organizations.reviews import ReasonMissing, ReviewClosed, ReviewNotReady
from tests import factories
from tests.linking.conftest import Asked
from users.models import User

pytestmark = [pytest.mark.db, pytest.mark.django_db]
SignIn = Callable[[User], Client]


@pytest.fixture
def link(ads_link: Link) -> Link:
    return set_review(ads_link, Review.UNVERIFIED)


def set_review(link: Link, review: Review, reason: str = "") -> Link:
    Link.objects.filter(pk=link.pk).update(review=review, review_reason=reason)
    return Link.objects.get(pk=link.pk)


def verified(organization: Organization, *, is_confirmed: bool = True) -> Organization:
    """Passed its own review; `is_confirmed` says whether an operator has confirmed the legal entity."""
    Organization.objects.filter(pk=organization.pk).update(review=Review.VERIFIED)
    confirmed = timezone.now() if is_confirmed else None
    LegalEntity.objects.filter(pk=organization.legal_entity_id).update(confirmed_at=confirmed)
    return Organization.objects.get(pk=organization.pk)


def review_of(link: Link) -> str:
    return Link.objects.get(pk=link.pk).review


def approve(asked: Asked, by: User) -> Link:
    code, digest = asked.link_request.organization_code, asked.facts_digest
    return services.approve_request(asked.link_request, by=by, typed_code=code, facts_digest=digest).link


def test_in_a_verified_organization_the_rule_passes_a_link_at_once(
    asked: Asked, acme: Organization, alice: User
) -> None:
    verified(acme)

    assert approve(asked, alice).review == Review.VERIFIED
    assert AuditEvent.objects.filter(action="link.review_passed").count() == 1
    assert not OutgoingMail.objects.filter(kind="link_verified").exists()


def test_elsewhere_it_waits_for_the_organization(
    asked: Asked, acme: Organization, alice: User, rui: User
) -> None:
    link = approve(asked, alice)
    assert link.review == Review.UNVERIFIED
    Organization.objects.filter(pk=acme.pk).update(review=Review.IN_REVIEW)
    held = Organization.objects.get(pk=acme.pk)

    organization_reviews.decide(held, passed=True, reason="", shown=organization_reviews.digest(held), by=rui)

    assert review_of(link) == Review.VERIFIED


def test_a_first_link_may_be_what_the_organizations_review_waited_for(
    asked: Asked, acme: Organization, alice: User
) -> None:
    info = acme.business_info
    info.address, info.phone, info.email = "1 Example Road", "02 0000 0000", "info@acme.example"
    info.email_proved_at = timezone.now()
    info.save()

    approve(asked, alice)

    assert Organization.objects.get(pk=acme.pk).review == Review.IN_REVIEW


@pytest.mark.parametrize(
    ("is_confirmed", "company_name", "review"),
    [
        (True, "ACME　Ltd.", Review.VERIFIED),
        (True, "Acme Limited", Review.IN_REVIEW),
        (False, "Acme Ltd.", Review.IN_REVIEW),
    ],
)
def test_the_rule_wants_a_confirmed_entity_and_equal_names(
    acme: Organization, link: Link, *, is_confirmed: bool, company_name: str, review: Review
) -> None:
    LegalEntity.objects.filter(pk=acme.legal_entity_id).update(name="Acme Ltd.")
    acme.business_info.company_name = company_name
    acme.business_info.save()

    reviews.consider_links(verified(acme, is_confirmed=is_confirmed), by=None)

    assert review_of(link) == review


def test_another_legal_entity_is_rejected_by_rule_and_told(
    acme: Organization, alice: User, ads_link: Link
) -> None:
    verified(acme)
    other = factories.LegalEntityFactory.create()
    ads_link.account.legal_entity = other
    ads_link.account.save()

    reviews.consider(ads_link, by=None)

    held = Link.objects.get(pk=ads_link.pk)
    assert (held.review, held.ended_at) == (Review.REJECTED, None)
    assert "contracting legal entity" in reviews.reason_of(held)
    assert [each.to_user for each in OutgoingMail.objects.filter(kind="link_rejected")] == [alice]


def test_what_has_passed_stays_so_when_only_a_name_differs(acme: Organization, ads_link: Link) -> None:
    acme.business_info.company_name = "Another Name"
    acme.business_info.save()

    reviews.consider(ads_link, by=None)

    assert review_of(ads_link) == Review.VERIFIED


class TestOperator:
    def test_passes_what_the_rule_could_not_decide(
        self, acme: Organization, alice: User, link: Link, rui: User
    ) -> None:
        verified(acme)
        set_review(link, Review.IN_REVIEW)

        reviews.decide(link, passed=True, reason="", by=rui)

        assert review_of(link) == Review.VERIFIED
        assert OutgoingMail.objects.get(kind="link_verified").to_user == alice

    def test_rejects_with_a_reason(self, acme: Organization, link: Link, rui: User) -> None:
        set_review(link, Review.IN_REVIEW)
        with pytest.raises(ReasonMissing):
            reviews.decide(link, passed=False, reason="\u200b ", by=rui)

        reviews.decide(link, passed=False, reason="The\u202e names differ.", by=rui)

        held = Link.objects.get(pk=link.pk)
        assert (held.review, held.review_reason) == (Review.REJECTED, "The names differ.")
        assert not Link.objects.sharing().exists()

    def test_cannot_pass_another_legal_entity(self, link: Link, rui: User) -> None:
        set_review(link, Review.IN_REVIEW)
        link.account.legal_entity = factories.LegalEntityFactory.create()
        link.account.save()

        with pytest.raises(ReviewNotReady):
            reviews.decide(link, passed=True, reason="", by=rui)

    def test_decides_once(self, acme: Organization, link: Link, rui: User) -> None:
        verified(acme)
        set_review(link, Review.IN_REVIEW)
        reviews.decide(link, passed=True, reason="", by=rui)

        with pytest.raises(ReviewClosed):
            reviews.decide(link, passed=False, reason="No.", by=rui)

    def test_is_nobody_of_the_organization_itself(self, link: Link, alice: User) -> None:
        set_review(link, Review.IN_REVIEW)

        with pytest.raises(NotAllowed):
            reviews.decide(link, passed=True, reason="", by=alice)


class TestResubmission:
    def test_is_decided_by_the_rule_where_it_can(self, acme: Organization, alice: User, link: Link) -> None:
        verified(acme)
        set_review(link, Review.REJECTED, "Mend it.")

        reviews.resubmit(link, by=alice)

        held = Link.objects.get(pk=link.pk)
        assert (held.review, held.review_reason) == (Review.VERIFIED, "")

    def test_waits_for_the_organization(self, acme: Organization, alice: User, link: Link) -> None:
        set_review(link, Review.REJECTED)

        with pytest.raises(ReviewNotReady, match="verified first"):
            reviews.resubmit(link, by=alice)

    def test_of_what_is_not_rejected_is_refused(self, acme: Organization, alice: User, link: Link) -> None:
        with pytest.raises(ReviewClosed):
            reviews.resubmit(link, by=alice)

    def test_is_an_administrators(self, link: Link, bob: User) -> None:
        set_review(link, Review.REJECTED)

        with pytest.raises(NotAllowed):
            reviews.resubmit(link, by=bob)


class TestPage:
    def test_says_what_it_waits_for(
        self, acme: Organization, carol: User, link: Link, signed_in: SignIn
    ) -> None:
        page = signed_in(carol).get(reverse("linking:review", args=[acme.code, link.account_id]))

        assert b"waits for the organization" in page.content
        assert reverse("organizations:business-info", args=[acme.code]).encode() in page.content
        assert b"Resubmit request" not in page.content

    def test_offers_to_ask_again(
        self, acme: Organization, alice: User, link: Link, signed_in: SignIn
    ) -> None:
        verified(acme)
        set_review(link, Review.REJECTED, reviews.OTHER_ENTITY)
        client, where = signed_in(alice), [acme.code, link.account_id]
        assert b"is not that of the organization" in client.get(reverse("linking:review", args=where)).content

        shown = client.post(reverse("linking:resubmit-review", args=where), follow=True)

        assert b"asked for again" in shown.content
        assert review_of(link) == Review.VERIFIED

    def test_a_refusal_stands_on_it(
        self, acme: Organization, alice: User, link: Link, signed_in: SignIn
    ) -> None:
        where = [acme.code, link.account_id]

        answer = signed_in(alice).post(reverse("linking:resubmit-review", args=where))

        assert (answer.status_code, b"does not wait for a decision" in answer.content) == (409, True)


class TestCompany:
    """What operators do to a legal entity reaches the links that wait for it."""

    def test_confirming_it_lets_the_rule_decide(self, acme: Organization, link: Link, rui: User) -> None:
        verified(acme, is_confirmed=False)
        reviews.consider(link, by=None)
        assert review_of(link) == Review.IN_REVIEW

        entities.confirm(acme.legal_entity, seen_name=acme.legal_entity.name, by=rui)

        assert review_of(link) == Review.VERIFIED

    def test_mending_its_name_does_too(self, acme: Organization, link: Link, rui: User) -> None:
        acme.business_info.company_name = "Acme Limited"
        acme.business_info.save()
        reviews.consider_links(verified(acme), by=None)
        assert review_of(link) == Review.IN_REVIEW

        entities.rename(acme.legal_entity, name="Acme Limited", seen_name=acme.legal_entity.name, by=rui)

        assert review_of(link) == Review.VERIFIED

    def test_merging_two_that_are_one_joins_account_and_organization(
        self, acme: Organization, alice: User, link: Link, rui: User
    ) -> None:
        verified(acme)
        twice = factories.LegalEntityFactory.create(registration_number="00000001")
        link.account.legal_entity = twice
        link.account.save()
        reviews.consider(link, by=None)
        assert review_of(link) == Review.REJECTED

        entities.merge(twice, acme.legal_entity, typed="00000001", by=rui)
        reviews.resubmit(link, by=alice)

        assert review_of(link) == Review.VERIFIED
