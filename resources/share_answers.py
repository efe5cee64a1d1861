"""Share requests as they are answered by who may share, or as they end without an answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from linking.everything import share_everything
from linking.models import Link
from organizations.names import plain
from resources import request_notices as notices
from resources.models import Resource, Share, ShareRequest
from resources.request_closing import close, end, locked
from resources.request_errors import NoWhy, ShareRequestClosed
from resources.services import share_resources
from users.models import User

State, What = ShareRequest.State, ShareRequest.What
MOST_AT_ONCE = 500  # the next tick takes the next ones


@transaction.atomic
def grant(
    asked: ShareRequest, *, by: User, resources: Sequence[Resource] = (), until: datetime | None = None
) -> None:
    """Share what is asked; `resources` is what a request in words means. A rule's no leaves it open."""
    meant = [asked.resource] if asked.resource else list(resources)
    link = _held(asked.to_link, meant)
    close(asked, State.GRANTED, by)
    given: list[Share] = []
    if asked.what == What.EVERYTHING:
        share_everything(link, by=by)
    else:
        given = _share(asked, link, meant, by, until)
        asked.shares.set(given)
    notices.tell_asker(asked, by, [share.resource for share in given])


@transaction.atomic
def refuse(asked: ShareRequest, *, by: User, reason: str) -> None:
    words = plain(reason)[:500]
    if not words:
        raise NoWhy(fields={"reason": [str(NoWhy.message)]})
    _held(asked.to_link)
    close(asked, State.REFUSED, by, words)
    notices.tell_asker(asked, by)


def end_requests(link: Link, *, by: User | None) -> None:
    """A link has ended: so does what was asked for its account, and of its account's resources."""
    given = Q(resource__owner_account=link.account_id, to_link__organization=link.organization_id)
    for asked in ShareRequest.objects.pending().filter(Q(to_link=link) | given).with_parties():
        end(asked, State.INVALID, by=by)


def close_overdue() -> int:
    """Write down what is over: not answered in time, or about something that is gone. Says how many."""
    late = ShareRequest.objects.overdue().with_parties()[:MOST_AT_ONCE]
    gone = ShareRequest.objects.pointless().with_parties()[:MOST_AT_ONCE]
    return sum(end(asked, State.EXPIRED) for asked in late) + sum(end(asked, State.INVALID) for asked in gone)


def is_received(link: Link, resource: Resource) -> bool:
    """Whether the account has it already, by a share or by a standing rule."""
    return Resource.objects.listed_for(link).filter(pk=resource.pk).exists()


def _held(to_link: Link, resources: Iterable[Resource] = ()) -> Link:
    """The open link, and those of the resources' owners: none of them ends before this transaction does."""
    organization = to_link.organization_id
    owners = {resource.owner_account_id for resource in resources} - {None}
    found = locked(Q(pk=to_link.pk) | Q(account__in=owners, organization=organization, ended_at=None))
    link = found[to_link.pk]
    if link.ended_at is not None:
        raise ShareRequestClosed
    return link


def _share(
    asked: ShareRequest, link: Link, meant: Sequence[Resource], by: User, until: datetime | None
) -> list[Share]:
    """Nothing more where the account has received it meanwhile: then it has what was asked."""
    own = Resource.objects.of_organization(link.organization).filter(pk__in=[each.pk for each in meant])
    fresh = list(own.exclude(status=Resource.Status.DELETED))
    if asked.resource and not fresh:
        raise ShareRequestClosed
    if asked.resource and is_received(link, asked.resource):
        return []
    return share_resources(link, fresh, by=by, until=until)
