"""Two-person approval: where an organization asks for it, a first approval waits for a second person's.

The first one counts for a day, for the facts it was given for, and while who gave it administers the
organization. Who sent the request is neither of the two.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models.functions import Now

from linking import notices
from linking.errors import IssuerApproves, RequestClosed
from linking.facts import facts
from linking.issuing import record
from linking.models import LinkRequest
from organizations.models import Organization
from organizations.permissions import Action, roles_with
from organizations.safeguards import APPROVERS_NEEDED
from users.models import User

APPROVERS = roles_with(Action.APPROVE)


@dataclass(frozen=True)
class Progress:
    """How many approvals an open request has, and how many it needs."""

    given: int
    needed: int
    has_lapsed: bool = False  # a first one was given, and does not count any more

    @property
    def is_double(self) -> bool:
        return self.needed == APPROVERS_NEEDED


def progress(link_request: LinkRequest) -> Progress | None:
    """Of a request fetched with `with_parties`; nothing for a closed one."""
    if not link_request.is_open:
        return None
    organization = link_request.organization
    if organization is None or not organization.needs_two_approvals:
        return Progress(0, 1)
    given = int(counts(link_request))
    return Progress(given, APPROVERS_NEEDED, bool(link_request.first_approved_by_id) and not given)


def may_begin_with_everything(link_request: LinkRequest) -> bool:
    """Whether the next approval links the account, and the account can use what others share."""
    now = progress(link_request)
    is_last = now is not None and now.given + 1 == now.needed
    return is_last and link_request.account.takes_shared_resources


def was_first(link_request: LinkRequest, viewer: User) -> bool:
    """Whether this person's approval of an open request counts, and somebody else's is needed."""
    return link_request.first_approved_by_id == viewer.pk and counts(link_request)


def counts(link_request: LinkRequest) -> bool:
    """Whether the first approval of a request fetched with `with_parties` stands."""
    is_known = bool(link_request.first_approved_digest) and bool(link_request.is_first_approval_valid)
    return is_known and link_request.first_approved_digest == facts(link_request).digest


def is_last(fresh: LinkRequest, by: User) -> bool:
    """Whether this approval decides. The caller holds the account, and the seats of all who approve."""
    held = Organization.objects.select_for_update(no_key=True)
    organization = held.get(link_requests=fresh.pk)
    if not organization.needs_two_approvals:
        return True
    if fresh.issued_by_id == by.pk:
        raise IssuerApproves
    return fresh.first_approved_by_id != by.pk and counts(_under_lock(fresh))


def give_first(fresh: LinkRequest, by: User) -> bool:
    """Count it and tell the others; False if this person's first approval counts already."""
    held = _under_lock(fresh)
    if held.first_approved_by_id == by.pk and counts(held):
        return False
    answerable = LinkRequest.objects.filter(pk=fresh.pk).answerable()
    given = {
        "first_approved_by": by,
        "first_approved_at": Now(),
        "first_approved_digest": facts(fresh).digest,
    }
    if not answerable.update(**given):
        raise RequestClosed
    record("first_approved", fresh, by)
    notices.tell("first_approved", fresh, by)
    return True


def people_who_may(link_request: LinkRequest) -> int:
    """How many administrators could give one of the two approvals now."""
    assert link_request.organization is not None  # noqa: S101  asked on its organization's pages
    seats = link_request.organization.memberships.filter(role__in=APPROVERS, user__is_active=True)
    return seats.exclude(user=link_request.issued_by_id).count()


def _under_lock(fresh: LinkRequest) -> LinkRequest:
    """Read again: the role of who was first may have gone while we waited for the locks."""
    return LinkRequest.objects.with_parties().get(pk=fresh.pk)
