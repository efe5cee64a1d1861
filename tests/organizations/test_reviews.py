"""Business info and the organization's review: what starts it, who decides it, what it freezes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from linking.models import Link
from organizations import business_info, outbox, reviews
from organizations.business_info import InfoFrozen, NoAddress, ProofInvalid
from organizations.errors import NotAllowed
from organizations.models import AuditEvent, LegalEntity, Organization, OutgoingMail, Review
from organizations.reviews import ReasonMissing, ReviewChanged, ReviewClosed, ReviewNotReady
from users.models import User

pytestmark = [pytest.mark.db, pytest.mark.django_db]
SignIn = Callable[[User], Client]
COMPANY = {
    "form": "CORPORATION",
    "company_name": "Acme Co., Ltd.",
    "address": "1 Example Road",
    "website": "",
    "phone": "02 0000 0000",
    "email": "info@acme.example",
}


def wanted(organization: Organization, **changed: str) -> Any:
    entity = LegalEntity.objects.get(pk=organization.legal_entity_id)
    number = {"country": "TW", "registration_number": "10458575"} if not entity.confirmed_at else {}
    return {"name": organization.name, "region": "TW", **number, **COMPANY, **changed}


def proof() -> str:
    """The token of the last mail that asks for a confirmation."""
    waiting = OutgoingMail.objects.filter(kind="confirm_address").latest("created_at")
    outbox.deliver(waiting.pk)
    url = next(line for line in mail.outbox[-1].body.splitlines() if "/confirm-address/" in line)
    return url.rstrip("/").rpartition("/")[2]


def in_review(organization: Organization) -> Organization:
    """Everything holds, and the review waits for a decision."""
    info = organization.business_info
    for name, value in COMPANY.items():
        setattr(info, name, value)
    info.email_proved_at = timezone.now()
    info.save()
    Organization.objects.filter(pk=organization.pk).update(review=Review.IN_REVIEW)
    return Organization.objects.get(pk=organization.pk)


def review_of(organization: Organization) -> str:
    return Organization.objects.get(pk=organization.pk).review


class TestSaving:
    def test_what_is_saved_is_kept_and_told_without_personal_values(
        self, acme: Organization, alice: User
    ) -> None:
        business_info.save(acme, wanted(acme), by=alice)

        info = Organization.objects.get(pk=acme.pk).business_info
        assert (info.email, info.is_complete, info.is_proved) == ("info@acme.example", True, False)
        event = AuditEvent.objects.get(action="organization.business_info_saved")
        assert event.details["after"]["legal_entity"] == "TW 10458575"
        assert "phone" in event.details["changed"]
        assert "02 0000" not in str(event.details)
        assert "info@" not in str(event.details)

    def test_the_same_again_is_no_change(self, acme: Organization, alice: User) -> None:
        business_info.save(acme, wanted(acme), by=alice)
        business_info.save(acme, wanted(acme), by=alice)

        assert AuditEvent.objects.filter(action="organization.business_info_saved").count() == 1
        assert OutgoingMail.objects.filter(kind="confirm_address").count() == 1

    def test_another_address_has_to_be_proved_anew(self, acme: Organization, alice: User) -> None:
        business_info.save(acme, wanted(acme), by=alice)
        first = proof()
        business_info.prove(first)

        business_info.save(acme, wanted(acme, email="office@acme.example"), by=alice)

        assert not Organization.objects.get(pk=acme.pk).business_info.is_proved
        with pytest.raises(ProofInvalid):
            business_info.prove(first)
        assert business_info.prove(proof()) == acme

    def test_operators_save_nothing(self, acme: Organization, alice: User, bob: User) -> None:
        with pytest.raises(NotAllowed):
            business_info.save(acme, wanted(acme), by=bob)

    def test_what_is_verified_is_frozen(self, acme: Organization, alice: User) -> None:
        Organization.objects.filter(pk=acme.pk).update(review=Review.VERIFIED)

        with pytest.raises(InfoFrozen):
            business_info.save(acme, wanted(acme), by=alice)


class TestProof:
    def test_it_lasts_a_day(self, acme: Organization, alice: User) -> None:
        business_info.save(acme, wanted(acme), by=alice)
        token = proof()

        with time_machine.travel(timezone.now() + timedelta(hours=25)), pytest.raises(ProofInvalid):
            business_info.prove(token)

    def test_it_can_be_sent_again_until_it_has_worked(self, acme: Organization, alice: User) -> None:
        business_info.save(acme, wanted(acme), by=alice)
        business_info.send_proof(acme, by=alice)
        business_info.prove(proof())

        with pytest.raises(NoAddress):
            business_info.send_proof(acme, by=alice)

    def test_opening_the_page_proves_nothing_and_the_button_does(
        self, acme: Organization, alice: User, client: Client
    ) -> None:
        business_info.save(acme, wanted(acme), by=alice)
        page = reverse("organizations:confirm-address", args=[proof()])

        assert b"Is this your company" in client.get(page).content
        assert not Organization.objects.get(pk=acme.pk).business_info.is_proved
        assert b"The address is confirmed" in client.post(page).content
        assert Organization.objects.get(pk=acme.pk).business_info.is_proved
        assert client.post(page).status_code == 200
        assert AuditEvent.objects.filter(action="organization.email_proved").count() == 1

    @pytest.mark.parametrize("token", ["x", "x" * 5000, "eyJ9:1:2"])
    def test_a_made_up_token_is_one_clear_page(self, client: Client, token: str) -> None:
        answer = client.get(reverse("organizations:confirm-address", args=[token]))

        assert (answer.status_code, b"does not confirm anything" in answer.content) == (404, True)


class TestReview:
    def test_it_starts_with_the_last_condition(self, acme: Organization, alice: User, ads_link: Link) -> None:
        business_info.save(acme, wanted(acme), by=alice)
        assert review_of(acme) == Review.UNVERIFIED

        business_info.prove(proof())

        assert review_of(acme) == Review.IN_REVIEW

    def test_without_an_account_it_waits(self, acme: Organization, alice: User) -> None:
        business_info.save(acme, wanted(acme), by=alice)
        business_info.prove(proof())

        assert review_of(acme) == Review.UNVERIFIED
        held = Organization.objects.get(pk=acme.pk)
        assert [check.code for check in reviews.conditions(held) if not check.ok] == ["nothing_linked"]

    def test_passing_confirms_the_legal_entity_and_tells_the_administrators(
        self, acme: Organization, alice: User, bob: User, rui: User
    ) -> None:
        held = in_review(acme)

        reviews.decide(held, passed=True, reason="", shown=reviews.digest(held), by=rui)

        assert review_of(acme) == Review.VERIFIED
        assert LegalEntity.objects.get(pk=acme.legal_entity_id).confirmed_at
        assert [each.to_user for each in OutgoingMail.objects.filter(kind="organization_verified")] == [alice]

    def test_a_rejection_needs_a_reason_and_shows_it(
        self, acme: Organization, alice: User, rui: User, signed_in: SignIn
    ) -> None:
        held = in_review(acme)
        with pytest.raises(ReasonMissing):
            reviews.decide(held, passed=False, reason="  ", shown=reviews.digest(held), by=rui)

        reviews.decide(
            held, passed=False, reason="The number is another's.", shown=reviews.digest(held), by=rui
        )

        page = signed_in(alice).get(reverse("organizations:business-info", args=[acme.code]))
        assert b"The number is another&#x27;s." in page.content
        assert b"Resubmit request" in page.content

    def test_only_operators_of_the_installation_decide(self, acme: Organization, alice: User) -> None:
        held = in_review(acme)

        with pytest.raises(NotAllowed):
            reviews.decide(held, passed=True, reason="", shown=reviews.digest(held), by=alice)

    def test_a_decision_on_what_has_changed_is_none(
        self, acme: Organization, alice: User, rui: User, ads_link: Link
    ) -> None:
        held = in_review(acme)
        shown = reviews.digest(held)
        business_info.save(acme, wanted(acme, address="2 Example Road"), by=alice)
        assert review_of(acme) == Review.IN_REVIEW  # withdrawn and started again

        with pytest.raises(ReviewChanged):
            reviews.decide(held, passed=True, reason="", shown=shown, by=rui)

    def test_who_is_second_hears_that_it_is_decided(self, acme: Organization, alice: User, rui: User) -> None:
        held = in_review(acme)
        shown = reviews.digest(held)
        reviews.decide(held, passed=True, reason="", shown=shown, by=rui)

        with pytest.raises(ReviewClosed):
            reviews.decide(held, passed=False, reason="No.", shown=shown, by=rui)

    def test_after_a_rejection_an_administrator_asks_again(
        self, acme: Organization, alice: User, rui: User, ads_link: Link, signed_in: SignIn
    ) -> None:
        held = in_review(acme)
        reviews.decide(held, passed=False, reason="Mend it.", shown=reviews.digest(held), by=rui)

        signed_in(alice).post(reverse("organizations:resubmit", args=[acme.code]))

        assert review_of(acme) == Review.IN_REVIEW

    def test_asking_again_needs_the_conditions(self, acme: Organization, alice: User) -> None:
        Organization.objects.filter(pk=acme.pk).update(review=Review.REJECTED)

        with pytest.raises(ReviewNotReady, match="complete"):
            reviews.resubmit(acme, by=alice)

    def test_there_is_nothing_to_ask_again_while_it_is_open(
        self, acme: Organization, alice: User, ads_link: Link
    ) -> None:
        in_review(acme)

        with pytest.raises(ReviewClosed):
            reviews.resubmit(acme, by=alice)


class TestPage:
    def test_an_administrator_saves_the_info(self, acme: Organization, alice: User, fresh_in: SignIn) -> None:
        shown = fresh_in(alice).post(
            reverse("organizations:save-business-info", args=[acme.code]), wanted(acme), follow=True
        )

        assert "The business info is saved." in shown.content.decode()
        assert "A mail was sent to info@acme.example" in shown.content.decode()

    @pytest.mark.parametrize(
        ("changed", "field"),
        [
            ({"phone": "call me"}, "phone"),
            ({"email": "nobody"}, "email"),
            ({"registration_number": "12345678"}, "registration_number"),
            ({"website": "javascript:alert(1)"}, "website"),
        ],
    )
    def test_mistakes_are_marked_and_nothing_is_saved(
        self, acme: Organization, alice: User, fresh_in: SignIn, changed: dict[str, str], field: str
    ) -> None:
        url = reverse("organizations:save-business-info", args=[acme.code])
        answer = fresh_in(alice).post(url, wanted(acme, **changed))

        assert (answer.status_code, list(answer.context["form"].errors)) == (400, [field])
        assert Organization.objects.get(pk=acme.pk).business_info.phone == ""

    def test_viewers_read_it_and_change_nothing(
        self, acme: Organization, carol: User, signed_in: SignIn
    ) -> None:
        content = signed_in(carol).get(reverse("organizations:business-info", args=[acme.code])).content

        assert b"Save the business info" not in content
        assert acme.legal_entity.registration_number.encode() in content
