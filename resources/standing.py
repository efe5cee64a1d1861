"""Standing rules: what a link receives without a share of its own, now and whenever something is added.

`given_by_rule` asks it of the database for one receiver, `Standing` in memory for many resources at once. A
rule works like a share: between open links of one organization whose reviews have passed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q

from linking.models import Link
from organizations.models import Organization
from resources.kinds import kind_refusal, usable_kinds

if TYPE_CHECKING:
    from resources.models import Resource

NOTHING = Q(pk__in=[])
NOT_GIVEN = ["NEW", "DELETED"]  # unknown to LINE yet, and no longer


def given_by_rule(to_link: Link) -> Q:
    """Of resources: what standing rules give this link now."""
    is_in_force = to_link.shares_everything and to_link.takes_part_in_sharing
    return everything_for(to_link) if is_in_force else NOTHING


def everything_for(to_link: Link) -> Q:
    """Of resources: what "all resources of the organization" means to this link, all that others own and its
    account can use.
    """
    senders = Link.objects.sharing().filter(organization=to_link.organization_id).exclude(pk=to_link.pk)
    owned = Q(owner_organization=to_link.organization_id) | Q(owner_account__in=senders.values("account"))
    return owned & Q(kind__in=usable_kinds(to_link.account.kind)) & ~Q(status__in=NOT_GIVEN)


def given_on_by_rule(from_link: Link) -> Q:
    """Of resources: what this link's account owns and others receive by a rule."""
    if not from_link.takes_part_in_sharing:
        return NOTHING
    others = Link.objects.sharing().filter(organization=from_link.organization_id).exclude(pk=from_link.pk)
    services = others.filter(shares_everything=True).values_list("account__kind", flat=True).distinct()
    kinds = {kind for service in services for kind in usable_kinds(service)}
    return Q(owner_account=from_link.account_id, kind__in=kinds) & ~Q(status__in=NOT_GIVEN)


@dataclass(frozen=True)
class Standing:
    """The rules of one organization, as they stand at one moment."""

    organization: Organization
    senders: frozenset[object]  # accounts whose resources may be given on
    receivers: tuple[Link, ...]

    @classmethod
    def of(cls, organization: Organization) -> Standing:
        """One query."""
        links = list(Link.objects.sharing().filter(organization=organization).select_related("account"))
        receivers = tuple(link for link in links if link.shares_everything)
        return cls(organization, frozenset(link.account_id for link in links), receivers)

    def receivers_of(self, resource: Resource) -> set[object]:
        """The ids of the links that receive it by a rule."""
        if resource.status in NOT_GIVEN or not self._may_give(resource):
            return set()
        return {link.pk for link in self.receivers if _can_use(link, resource)}

    def _may_give(self, resource: Resource) -> bool:
        is_own = resource.owner_organization_id == self.organization.pk
        return is_own or resource.owner_account_id in self.senders


def _can_use(link: Link, resource: Resource) -> bool:
    is_owner = link.account_id == resource.owner_account_id
    return not is_owner and not kind_refusal(resource.kind, link.account.kind)
