"""The organization's own review: whether the company exists and these people belong to it.

UNVERIFIED → IN_REVIEW → VERIFIED | REJECTED → IN_REVIEW. It starts by itself as soon as its conditions hold
and is decided by an operator of the installation. What was verified is frozen. Links have reviews of their
own, which wait for this one: `settings.ORGANIZATION_CHANGED` tells them.
"""

from __future__ import annotations

import hashlib
import json

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from organizations import audit, members, outbox
from organizations.checks import Check, first_failed
from organizations.errors import DomainError, Invalid, NotAllowed
from organizations.models import LegalEntity, Organization, Review
from organizations.names import folded, plain
from organizations.permissions import Action
from users.models import User

REASON_LENGTH = 500
ACTS = {
    Review.UNVERIFIED: "organization.review_withdrawn",
    Review.IN_REVIEW: "organization.review_started",
    Review.VERIFIED: "organization.review_passed",
    Review.REJECTED: "organization.review_rejected",
}


class ReviewClosed(DomainError):
    code = "review_closed"
    message = gettext_lazy("This review does not wait for a decision any more. Look at its present state.")


class ReviewChanged(DomainError):
    code = "review_changed"
    message = gettext_lazy("What you were shown has changed. Read it again before you decide.")


class ReviewNotReady(DomainError):
    code = "review_not_ready"


class ReasonMissing(Invalid):
    code = "reason_missing"
    message = gettext_lazy("Say why, so that the other side knows what to mend.")


def conditions(organization: Organization) -> list[Check]:
    """What must hold before the review starts."""
    info = organization.business_info
    fill = _("Fill in company name, address, phone and e-mail.")
    prove = _("Open the mail that was sent to it and confirm.")
    link = _("Approve the request of an account of yours.")
    is_linked = any(import_string(path)(organization) for path in settings.ORGANIZATION_LINKED)
    return [
        Check("info_incomplete", _("The business info is complete"), info.is_complete, mend=fill),
        Check("email_not_proved", _("Its e-mail address is confirmed"), info.is_proved, mend=prove),
        Check("nothing_linked", _("At least one account is linked"), is_linked, mend=link),
    ]


def digest(organization: Organization) -> str:
    """Of everything a reviewer is shown: a decision on other facts is none."""
    info, entity = organization.business_info, organization.legal_entity
    shown = [organization.name, organization.region, entity.country, entity.registration_number, entity.name]
    shown += [info.form, info.company_name, info.address, info.website, info.phone, info.email]
    return hashlib.sha256(json.dumps(shown).encode()).hexdigest()


def start_if_ready(organization: Organization, *, by: User | None) -> None:
    """Within the transaction of whatever may have made the conditions true."""
    if organization.review == Review.UNVERIFIED and not first_failed(conditions(organization)):
        _move(organization, Review.UNVERIFIED, Review.IN_REVIEW, by)


@transaction.atomic
def resubmit(organization: Organization, *, by: User) -> None:
    """After a rejection, once an administrator has mended what its reason says."""
    members.seats_under(organization, by, Action.SETTINGS)
    held = locked(organization)
    if missing := first_failed(conditions(held)):
        raise ReviewNotReady(f"{missing.label}: {missing.mend}")
    if not _move(held, Review.REJECTED, Review.IN_REVIEW, by):
        raise ReviewClosed


@transaction.atomic
def decide(organization: Organization, *, passed: bool, reason: str, shown: str, by: User) -> None:
    """An operator's verdict. Passing confirms the legal entity too, and freezes the business info."""
    if not by.is_reviewer:
        raise NotAllowed
    words = plain(reason)[:REASON_LENGTH]
    if not passed and not words:
        raise ReasonMissing(fields={"reason": [str(ReasonMissing.message)]})
    # The company's row first, as in `business_info.save` and where two companies are merged.
    companies = LegalEntity.objects.select_for_update(no_key=True, of=("self",))
    companies.filter(organizations=organization.pk).first()
    held = locked(organization)
    if held.review != Review.IN_REVIEW:
        raise ReviewClosed
    if digest(held) != shown:
        raise ReviewChanged
    if passed:
        LegalEntity.objects.filter(pk=held.legal_entity_id, confirmed_at=None).update(confirmed_at=Now())
    _move(held, Review.IN_REVIEW, Review.VERIFIED if passed else Review.REJECTED, by, "" if passed else words)
    tell_changed(held, by=by)


def withdraw(organization: Organization, *, by: User) -> None:
    """What is under review was changed: it is no longer what the reviewer would decide on."""
    _move(organization, Review.IN_REVIEW, Review.UNVERIFIED, by)


def tell_changed(organization: Organization, *, by: User | None) -> None:
    for path in settings.ORGANIZATION_CHANGED:
        import_string(path)(organization, by=by)


def locked(organization: Organization) -> Organization:
    """The organization as it is now, and until this transaction ends, with what reviews ask."""
    parties = Organization.objects.select_related("legal_entity", "business_info")
    return parties.select_for_update(no_key=True, of=("self",)).get(pk=organization.pk)


def names_equal(organization: Organization) -> bool:
    """Whether the company calls itself what the register of its country calls it."""
    return folded(organization.business_info.company_name) == folded(organization.legal_entity.name)


def _move(
    organization: Organization, before: Review, after: Review, by: User | None, reason: str = ""
) -> bool:
    moved = Organization.objects.filter(pk=organization.pk, review=before).update(
        review=after, review_reason=reason, reviewed_at=timezone.now()
    )
    if not moved:
        return False
    organization.refresh_from_db(fields=["review", "review_reason", "reviewed_at"])
    told = {"before": str(before), "after": str(after), "reason": reason}
    audit.record(ACTS[after], organization, by=by, organization=organization, account=None, **told)
    if after in {Review.VERIFIED, Review.REJECTED}:
        _mail(f"organization_{after.lower()}", organization)
    return True


def _mail(kind: str, organization: Organization) -> None:
    page = reverse("organizations:business-info", args=[organization.code])
    context = {
        "organization": organization.name,
        "organization_id": organization.code,
        "reason": organization.review_reason,
        "url": f"{settings.SITE_URL}{page}",
    }
    outbox.tell(members.holders(organization, Action.SETTINGS), kind, context)
