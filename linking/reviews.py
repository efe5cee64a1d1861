"""The review of a link: whether account and organization have the same owner. Sharing waits for it.

It waits until the organization is verified. Then the rule decides where it can (same legal entity, confirmed,
and the company's name equal to the registered one), else an operator of the installation does. A rejected
review closes sharing; it never ends the link.
"""

from __future__ import annotations

from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linking.errors import LinkEnded
from linking.facts import plain
from linking.models import Link
from organizations import audit, members, outbox
from organizations.checks import Check
from organizations.errors import NotAllowed
from organizations.models import LegalEntity, Organization, Review
from organizations.permissions import Action
from organizations.reviews import REASON_LENGTH, ReasonMissing, ReviewClosed, ReviewNotReady, names_equal
from users.models import User

OTHER_ENTITY = "other_legal_entity"
# A reason that the rule gives is stored as its code and said in the reader's language.
RULE_REASONS: dict[str, Promise | str] = {
    OTHER_ENTITY: gettext_lazy("The account's contracting legal entity is not that of the organization."),
}


ACTS = {
    Review.IN_REVIEW: "link.review_started",
    Review.VERIFIED: "link.review_passed",
    Review.REJECTED: "link.review_rejected",
}


class Verdict(NamedTuple):
    review: Review
    reason: str = ""


def conditions(link: Link) -> list[Check]:
    """What the rule asks, one by one, as the page shows it."""
    organization, entity = link.organization, link.organization.legal_entity
    return [
        Check(
            "organization_not_verified",
            _("The organization is verified"),
            organization.review == Review.VERIFIED,
            mend=_("The linking review waits for the organization's own review."),
        ),
        Check(
            OTHER_ENTITY,
            _("Account and organization have the same contracting legal entity"),
            link.account.legal_entity_id == entity.pk,
            plain(link.account.legal_entity.name),
            _("Have the account's legal entity corrected, or move the account to the right organization."),
        ),
        Check(
            "names_differ",
            _("The company's name is the registered one"),
            names_equal(organization),
            plain(organization.business_info.company_name),
            _("An operator of this installation compares the names and decides."),
        ),
        Check(
            "not_confirmed",
            _("The legal entity is confirmed"),
            entity.confirmed_at is not None,
            plain(entity.name),
            _("An operator of this installation confirms it."),
        ),
    ]


def reason_of(link: Link) -> str:
    return str(RULE_REASONS.get(link.review_reason, link.review_reason))


@transaction.atomic
def consider(link: Link, *, by: User | None) -> None:
    """Whenever something that the rule asks may have changed. What is rejected waits for `resubmit`."""
    held = _locked(link)
    before, verdict = Review(held.review), _by_rule(held)
    stays = before == Review.REJECTED or (before == Review.VERIFIED and verdict.review != Review.REJECTED)
    if not stays and verdict.review not in {before, Review.UNVERIFIED}:
        _move(held, before, verdict, by)


@transaction.atomic
def consider_links(organization: Organization, *, by: User | None) -> None:
    """The organization was verified, or says another thing of itself than before."""
    for link in organization.links.open().order_by("pk"):
        consider(link, by=by)


@transaction.atomic
def consider_company(entity: LegalEntity, *, by: User) -> None:
    """An operator has confirmed, renamed or merged it."""
    named = Q(organization__legal_entity=entity) | Q(account__legal_entity=entity)
    for link in Link.objects.open().filter(named).order_by("organization", "pk"):
        consider(link, by=by)


@transaction.atomic
def resubmit(link: Link, *, by: User) -> None:
    """An administrator asks again, after what the reason said was mended."""
    members.seats_under(link.organization, by, Action.APPROVE)
    held = _locked(link)
    if held.review != Review.REJECTED:
        raise ReviewClosed
    verdict = _by_rule(held)
    if verdict.review == Review.UNVERIFIED:
        raise ReviewNotReady(_("The organization has to be verified first."))
    if verdict.review == Review.REJECTED:
        raise ReviewNotReady(f"{RULE_REASONS[verdict.reason]}")
    _move(held, Review.REJECTED, verdict, by)


@transaction.atomic
def decide(link: Link, *, passed: bool, reason: str, by: User) -> None:
    """An operator's verdict on what the rule could not decide."""
    if not by.is_reviewer:
        raise NotAllowed
    words = plain(reason)[:REASON_LENGTH]
    if not passed and not words:
        raise ReasonMissing(fields={"reason": [str(ReasonMissing.message)]})
    held = _locked(link)
    if passed and _by_rule(held).review == Review.REJECTED:
        raise ReviewNotReady(f"{RULE_REASONS[OTHER_ENTITY]}")
    verdict = Verdict(Review.VERIFIED) if passed else Verdict(Review.REJECTED, words)
    if not _move(held, Review.IN_REVIEW, verdict, by):
        raise ReviewClosed


def _by_rule(link: Link) -> Verdict:
    if link.account.legal_entity_id != link.organization.legal_entity_id:
        return Verdict(Review.REJECTED, OTHER_ENTITY)
    if link.organization.review != Review.VERIFIED:
        return Verdict(Review.UNVERIFIED)
    is_sure = names_equal(link.organization) and link.organization.legal_entity.confirmed_at is not None
    return Verdict(Review.VERIFIED if is_sure else Review.IN_REVIEW)


def _locked(link: Link) -> Link:
    """The open link as it is now, its organization locked first: a review of that cannot pass us by."""
    Organization.objects.select_for_update(no_key=True).get(pk=link.organization_id)
    parties = ("account__legal_entity", "organization__legal_entity", "organization__business_info")
    held = (
        Link.objects.open()
        .select_for_update(no_key=True, of=("self",))
        .select_related(*parties)
        .filter(pk=link.pk)
        .first()
    )
    if held is None:
        raise LinkEnded
    return held


def _move(link: Link, before: Review, verdict: Verdict, by: User | None) -> bool:
    moved = (
        Link.objects.open()
        .filter(pk=link.pk, review=before)
        .update(review=verdict.review, review_reason=verdict.reason, reviewed_at=timezone.now())
    )
    if not moved:
        return False
    told = {"before": str(before), "after": str(verdict.review), "reason": verdict.reason}
    organization, act = link.organization, ACTS[verdict.review]
    audit.record(act, link, by=by, organization=organization, account=link.account, **told)
    link.review, link.review_reason = verdict.review, verdict.reason
    if verdict.review == Review.REJECTED or (
        verdict.review == Review.VERIFIED and before == Review.IN_REVIEW
    ):
        _mail(link)
    return True


def _mail(link: Link) -> None:
    """Of a verdict that somebody waited for; what the rule passes at once needs no mail."""
    organization, account = link.organization, link.account
    page = reverse("linking:review", args=[organization.code, account.pk])
    context = {
        "account": plain(account.name),
        "account_id": plain(account.search_id or account.line_id),
        "organization": plain(organization.name),
        "organization_id": organization.code,
        "reason": reason_of(link),
        "url": f"{settings.SITE_URL}{page}",
    }
    outbox.tell(members.holders(organization, Action.APPROVE), f"link_{link.review.lower()}", context)
