"""Moves to another organization: released by the present one, taken over by the other, in one transaction.

There is no way to unlink an account. To start a move is the release, and so only administrators of the
present organization do it; the one URL is answered like a link request, by one of the receiving one.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q, QuerySet

from linking import notices
from linking.errors import LinkEnded, SameOrganization
from linking.issuing import (
    Issued,
    approval_url,
    check_pace,
    close,
    create,
    locked,
    named,
    record,
    supersede,
    well_formed,
)
from linking.models import MOVERS, Link, LinkRequest
from organizations.errors import NotAllowed
from organizations.models import Membership, Organization
from users.models import User

SIDES = 2


@transaction.atomic
def start_move(link: Link, organization_code: str, *, by: User) -> Issued:
    """Offer the account to `organization_code`; an older offer ends. The URL exists only here."""
    code = well_formed(organization_code)
    check_pace(by)
    account = locked(link.account)
    check_mover(link.organization, by)
    if not Link.objects.open().filter(pk=link.pk).exists():
        raise LinkEnded
    if code == link.organization.code:
        raise SameOrganization(fields={"organization_id": [str(SameOrganization.message)]})
    organization = named(code)
    supersede(account, by)
    link_request, token = create(account, code, organization, by=by, moves_from=link)
    record("issued", link_request, by, expires_at=link_request.expires_at.isoformat())
    notices.tell("issued", link_request, by)
    return Issued(link_request, approval_url(token))


@transaction.atomic
def cancel_move(link_request: LinkRequest, *, by: User) -> None:
    """The present organization takes the release back, until the other side has approved."""
    locked(link_request.account)
    link = link_request.moves_from
    check_mover(link.organization if link else None, by)
    pending = LinkRequest.objects.filter(pk=link_request.pk)
    close(pending.close(LinkRequest.State.CANCELLED, by=by), link_request, by)


def hold_both_sides(requests: Sequence[LinkRequest], by: User) -> None:
    """Seats of all whose word counts, then, for moves, both organizations, each in one order: at this moment
    an account may move the other way. Several are the moves of one offer.
    """
    link_request = requests[0]
    left, people = link_request.moves_from, {by.pk, *(each.first_approved_by_id for each in requests)}
    seats = Q(organization=link_request.organization_id, user__in=people)
    if left:
        seats |= Q(organization=left.organization_id, user=link_request.issued_by_id)
    list(Membership.objects.select_for_update().filter(seats).order_by("pk"))
    if left:
        list(_both(link_request).select_for_update(no_key=True).order_by("pk"))


def one_person_may(link_request: LinkRequest) -> bool:
    """Whether both organizations let one person start a move and approve it; the caller holds both."""
    return _both(link_request).filter(one_person_may_move=True).count() == SIDES


def may_move(organization: Organization, person: User) -> bool:
    """Whether that is so now, and stays so until this transaction ends."""
    seats = Membership.objects.select_for_update().filter(user=person, role__in=MOVERS)
    return seats.filter(organization=organization).exists()


def _both(link_request: LinkRequest) -> QuerySet[Organization]:
    left = Q(pk=link_request.moves_from.organization_id) if link_request.moves_from else Q(pk__in=[])
    return Organization.objects.filter(Q(pk=link_request.organization_id) | left)


def check_mover(organization: Organization | None, by: User) -> None:
    if organization is None or not may_move(organization, by):
        raise NotAllowed
