"""Which accounts may be linked: each rule as a check with its result and the way to mend it."""

from __future__ import annotations

from dataclasses import replace

from django.urls import reverse
from django.utils.translation import gettext as _

from linking.facts import plain
from linking.models import Account, LinkRequest
from organizations.checks import Check, first_failed
from organizations.models import LegalEntity
from users.models import User

__all__ = ["Check", "account_checks", "approval_checks", "first_failed", "viewer_checks"]


def account_checks(account: Account) -> list[Check]:
    """What is asked before a request is sent: facts of the account itself, nothing about the organization."""
    standing = _standing(account)
    if standing.code == "not_granted" and not standing.ok:
        standing = _with_application(standing, account)
    return [_free(is_free=account.open_link is None), standing]


def approval_checks(link_request: LinkRequest) -> list[Check]:
    """What is asked before approval, of a request fetched with `with_parties`."""
    facts = [_same_legal_entity(link_request), _standing(link_request.account)]
    if link_request.moves_from_id:
        return [*facts, _still_there(link_request), _released(link_request)]
    return [*facts, _free(is_free=link_request.account_link_id is None), _asked_by_manager(link_request)]


def viewer_checks(link_request: LinkRequest, viewer: User) -> list[Check]:
    """What is asked of the person who looks at an open request, and may be its approver."""
    organization, is_own = link_request.organization, link_request.issued_by_id == viewer.pk
    if organization and organization.needs_two_approvals:
        return [_sent_by_another(is_own=is_own)]
    return [_taken_by_another(link_request, is_own=is_own)] if link_request.moves_from else []


def _sent_by_another(*, is_own: bool) -> Check:
    return Check(
        "issuer_approves",
        _("Who sent the request is neither of the two who approve"),
        not is_own,
        mend=_("You sent it yourself. Two other administrators of this organization have to approve."),
    )


def _taken_by_another(link_request: LinkRequest, *, is_own: bool) -> Check:
    left, organization = link_request.moves_from, link_request.organization
    may = left is not None and left.organization.one_person_may_move
    is_allowed = may and organization is not None and organization.one_person_may_move
    return Check(
        "same_person",
        _("Somebody other than who started the move approves it"),
        is_allowed or not is_own,
        _("Both organizations allow that one person does both.") if is_allowed else "",
        _(
            "Another administrator approves it, "
            "or both organizations allow in their settings that one person does both."
        ),
    )


def _with_application(check: Check, account: Account) -> Check:
    """Where its manager applies, or that an application waits."""
    if account.applications.pending().exists():
        return replace(check, mend=_("Its application waits for an answer. You get a mail then."))
    page = reverse("linking:account-settings", args=[account.pk])
    return replace(check, url=f"{page}#application", url_label=_("Apply for linking"))


def _standing(account: Account) -> Check:
    if account.is_official:
        return Check(
            "not_verified",
            _("The LINE Official Account is verified"),
            account.verification in (Account.Verification.VERIFIED, Account.Verification.PREMIUM),
            account.get_verification_display(),
            _(
                "Only verified and premium accounts can be linked. "
                "Apply for a verified account at LINE first."
            ),
        )
    if account.kind == Account.Kind.TALK_HEAD_VIEW:
        return Check(
            "not_granted",
            _("Talk Head View may be linked"),
            account.granted_at is not None,
            mend=_(
                "Talk Head View accounts need a separate application. "
                "Its manager applies for linking in the account's settings."
            ),
        )
    return Check("not_an_ads_account", _("LINE Ads accounts may be linked"), ok=True)


def _free(*, is_free: bool) -> Check:
    return Check(
        "already_linked",
        _("The account belongs to no organization yet"),
        is_free,
        mend=_(
            "It is already linked, and links cannot be undone. "
            "An administrator of its organization can move it to another one."
        ),
    )


def _same_legal_entity(link_request: LinkRequest) -> Check:
    organization = link_request.organization
    theirs = link_request.account.legal_entity
    is_same = organization is not None and organization.legal_entity_id == theirs.pk
    return Check(
        "other_legal_entity",
        _("Account and organization have the same contracting legal entity"),
        is_same,
        _entities(theirs, organization.legal_entity if organization else None),
        _(
            "Link the account to an organization of its own legal entity, "
            "or have the account's legal entity corrected at LINE."
        ),
    )


def _entities(theirs: LegalEntity, ours: LegalEntity | None) -> str:
    if ours is None or ours.pk == theirs.pk:
        return plain(f"{theirs.name}, {theirs.registration_number}")
    said = _("The account's: %(theirs)s, %(their_number)s. The organization's: %(ours)s, %(our_number)s.")
    names = {"theirs": plain(theirs.name), "ours": plain(ours.name)}
    return said % {
        "their_number": theirs.registration_number,
        "our_number": ours.registration_number,
        **names,
    }


def _asked_by_manager(link_request: LinkRequest) -> Check:
    return Check(
        "issuer_left",
        _("Who asked still manages the account"),
        bool(link_request.is_issuer_manager),
        mend=_("Ask a present manager of the account to send a new request."),
    )


def _still_there(link_request: LinkRequest) -> Check:
    return Check(
        "link_ended",
        _("The account is still in the organization it moves from"),
        link_request.account_link_id == link_request.moves_from_id,
        mend=_("It has left that organization meanwhile. Its present organization can start a new move."),
    )


def _released(link_request: LinkRequest) -> Check:
    return Check(
        "issuer_left",
        _("Who released the account still administers its present organization"),
        bool(link_request.is_issuer_mover),
        mend=_("Ask a present administrator of that organization to start the move again."),
    )
