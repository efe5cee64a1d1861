"""Who receives what: both ways in, by a share of its own and by a standing rule, seen from both ends."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q

from linking.models import Link, LinkQuerySet
from organizations.models import Organization
from resources.models import Resource, ResourceQuerySet, Share, SharingRule
from resources.standing import Standing, given_on_by_rule


@dataclass(frozen=True)
class Received:
    """A resource on the page of the account that receives it."""

    resource: Resource
    share: Share | None
    is_by_everything: bool
    rules: list[SharingRule]


@dataclass(frozen=True)
class Receiver:
    """An account on the page of the resource that it receives."""

    link: Link
    share: Share | None
    is_by_everything: bool
    rules: list[SharingRule]


def received(to_link: Link, resources: Sequence[Resource], standing: Standing) -> list[Received]:
    """What a page of `Resource.listed_for` came by. One query."""
    own = Share.objects.open().filter(to_link=to_link, resource__in=resources).select_related("shared_by")
    shares = {share.resource_id: share for share in own}
    return [Received(each, shares.get(each.pk), *standing.ways(each, to_link)) for each in resources]


def links_receiving(resource: Resource, standing: Standing | None = None) -> LinkQuerySet:
    """Links of its organization to which the resource is shared, in force or waiting for a review.

    Who has read the rules already spares asking.
    """
    organization = standing.organization if standing else resource.organization
    if organization is None:
        return Link.objects.none()
    singly = Share.objects.open().filter(resource=resource).values("to_link")
    by_rule = (standing or Standing.of(organization)).receivers_of(resource)
    links = Link.objects.open().filter(organization=organization).select_related("account", "organization")
    return links.filter(Q(pk__in=singly) | Q(pk__in=by_rule)).order_by("account__name", "pk")


def receivers(resource: Resource, links: Sequence[Link], standing: Standing) -> list[Receiver]:
    """What a page of `links_receiving` came by. One query."""
    own = Share.objects.open().filter(resource=resource, to_link__in=links).select_related("shared_by")
    shares = {share.to_link_id: share for share in own}
    return [Receiver(link, shares.get(link.pk), *standing.ways(resource, link)) for link in links]


def used_by_others(from_link: Link) -> ResourceQuerySet:
    """Resources of this link's account that are shared on, in force or waiting for a review."""
    singly = Share.objects.open().filter(from_link=from_link).values("resource")
    return Resource.objects.filter(Q(pk__in=singly) | given_on_by_rule(from_link))


def shared_with_anybody(organization: Organization) -> Q:
    """Of resources: those with an open share, or that a standing rule gives to some account."""
    shares = Share.objects.open().filter(to_link__organization=organization)
    found = Q(pk__in=shares.values("resource"))
    for group in Standing.of(organization).alike:
        taken = {link.account_id for link in group.links}
        given = group.given & ~Q(owner_account__in=taken) if len(taken) == 1 else group.given
        found |= given
    return found


def counts(organization: Organization, resources: Sequence[Resource]) -> dict[object, int]:
    """How many accounts receive each of them. Two queries."""
    found: dict[object, set[object]] = defaultdict(set)
    shares = Share.objects.open().filter(resource__in=resources)
    for resource, link in shares.values_list("resource_id", "to_link_id"):
        found[resource].add(link)
    standing = Standing.of(organization)
    return {each.pk: len(found[each.pk] | standing.receivers_of(each)) for each in resources}
