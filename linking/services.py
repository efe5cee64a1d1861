"""What people and programs can do with accounts, requests and keys; one door to the modules behind it."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from linking.applications import waiting as applications_waiting
from linking.approving import Approval, approve_request
from linking.everything import share_everything, stop_sharing_everything
from linking.facts import Facts, facts
from linking.issuing import Issued, close
from linking.joint_moves import approve_moves, cancel_moves, reject_moves, start_moves
from linking.keys import add_key, check_key, client_for, key_for, refresh_reach, replace_secret
from linking.models import ApiKey, Link, LinkRequest, LinkRequestQuerySet
from linking.moves import cancel_move, start_move
from linking.notices import remind
from linking.requests import (
    cancel_request,
    expire_requests,
    issue_request,
    reject_request,
)
from linking.reviews import resubmit as resubmit_review
from linking.rules import Check, account_checks, approval_checks
from organizations.models import Organization, Review
from organizations.overview import Line, Section
from users.models import User

__all__ = [
    "Approval",
    "Check",
    "Facts",
    "Issued",
    "account_checks",
    "add_key",
    "applications_waiting",
    "approval_checks",
    "approve_moves",
    "approve_request",
    "cancel_move",
    "cancel_moves",
    "cancel_request",
    "check_key",
    "client_for",
    "expire_requests",
    "facts",
    "issue_request",
    "key_for",
    "overview",
    "refresh_reach",
    "reject_moves",
    "reject_request",
    "remind",
    "replace_secret",
    "requests_waiting",
    "resubmit_review",
    "share_everything",
    "start_move",
    "start_moves",
    "stop_sharing_everything",
    "waiting_requests",
]

SOON = timedelta(hours=24)


def waiting_requests(organization: Organization) -> LinkRequestQuerySet:
    return organization.link_requests.answerable()


def requests_waiting(organization: Organization) -> int:
    return waiting_requests(organization).count()


def organizations_in_review() -> int:
    return Organization.objects.filter(review=Review.IN_REVIEW).count()


def links_in_review() -> int:
    return Link.objects.open().filter(review=Review.IN_REVIEW).count()


def was_ever_linked(organization: Organization) -> bool:
    return organization.links.exists()


def forget_organization(organization: Organization, *, by: User | None) -> None:
    """Before it is deleted: what was asked of it in vain names only its ID from now on."""
    in_vain = organization.link_requests.exclude(state=LinkRequest.State.APPROVED)
    for link_request in in_vain.pending().select_related("account", "organization"):
        pending = LinkRequest.objects.filter(pk=link_request.pk)
        if moved := pending.close(LinkRequest.State.INVALID, by=by, reason="organization_deleted"):
            close(moved, link_request, by)
    in_vain.update(organization=None)


def overview(organization: Organization) -> list[Section]:
    """What waits, what fails and what ends soon, as far as linking knows; nothing when there is nothing."""
    sections = [
        Section(_("Link requests"), _request_lines(organization), rank=10),
        Section(_("API keys"), _key_lines(organization), rank=30),
        Section(_("Accounts"), _account_lines(organization), rank=60),
    ]
    return [section for section in sections if section.lines]


def _request_lines(organization: Organization) -> list[Line]:
    soon = Count("pk", filter=Q(expires_at__lt=timezone.now() + SOON))
    counts = organization.link_requests.answerable().aggregate(waiting=Count("pk"), soon=soon)
    url = reverse("linking:request-list", args=[organization.code]) + "?state=PENDING"
    waiting, ending = counts["waiting"], counts["soon"]
    lines = []
    if waiting:
        text = ngettext("%(count)s link request waits", "%(count)s link requests wait", waiting)
        lines.append(Line(text % {"count": waiting}, url, "wait"))
    if ending:
        text = ngettext(
            "%(count)s of them expires within a day", "%(count)s of them expire within a day", ending
        )
        lines.append(Line(text % {"count": ending}, url, "warn"))
    return lines


def _key_lines(organization: Organization) -> list[Line]:
    failing = organization.api_keys.filter(check_state__in=[ApiKey.Check.REFUSED, ApiKey.Check.UNREACHABLE])
    return [
        Line(
            _("%(key)s: %(state)s") % {"key": key.name, "state": key.get_check_state_display()},
            reverse("linking:key", args=[organization.code, key.pk]),
            "bad",
        )
        for key in failing[:5]
    ]


def _account_lines(organization: Organization) -> list[Line]:
    stopped = organization.links.open().filter(review=Review.REJECTED).select_related("account")
    return [
        Line(
            _("%(account)s: the linking review was rejected") % {"account": link.account.name},
            reverse("linking:review", args=[organization.code, link.account_id]),
            "bad",
        )
        for link in stopped[:5]
    ]
