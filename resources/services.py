"""Sharing: who may use which resource. Receivers get READ; everything ends as a date, nothing is deleted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from linking.errors import NotAReceiver
from linking.everything import stop_sharing_everything
from linking.models import Link
from organizations import audit
from organizations.errors import DomainError
from organizations.impact import Impact
from organizations.models import Organization
from organizations.overview import Line, Section
from resources import rules
from resources.models import ENDS_SOON, Resource, Share
from resources.receivers import links_receiving, used_by_others
from resources.standing import Standing
from users.models import User

MOST_OVERDUE = 500  # in one go; the next tick takes the next ones
Owners = dict[Any, Link]  # the open link of each account that owns something


class NotShareable(DomainError):
    code = "not_shareable"


class NothingChosen(DomainError):
    status = 400
    code = "nothing_chosen"
    message = gettext_lazy("Nothing was chosen. Tick at least one entry.")


@dataclass(frozen=True)
class Choice:
    """A resource as a candidate for an account: `refused` says why it cannot be chosen, if so."""

    resource: Resource
    refused: str | Promise


def choices_for(
    to_link: Link, candidates: Sequence[Resource], *, owners: Owners | None = None
) -> list[Choice]:
    """Each candidate with the reason that refuses it. Four queries at most, however many candidates."""
    if owners is None:
        owners = owner_links(to_link.organization, candidates)
    shared = set(Share.objects.open().filter(to_link=to_link).values_list("resource_id", flat=True))
    standing = Standing.of(to_link.organization)
    return [
        Choice(
            candidate,
            rules.refusal(
                candidate,
                to_link,
                from_link=owners.get(candidate.owner_account_id),
                is_shared=candidate.pk in shared,
                is_by_rule=standing.gives(candidate, to_link),
            ),
        )
        for candidate in candidates
    ]


def owner_links(organization: Organization, resources: Iterable[Resource]) -> Owners:
    """Of the accounts that own these."""
    accounts = {resource.owner_account_id for resource in resources}
    links = Link.objects.open().filter(organization=organization, account__in=accounts - {None})
    return {link.account_id: link for link in links}


@transaction.atomic
def share_resources(
    to_link: Link, resources: Sequence[Resource], *, by: User, until: datetime | None = None
) -> list[Share]:
    """Share all of them, for good or until that moment, or, if one is refused, none."""
    if not resources:
        raise NothingChosen
    if to_link.ended_at is not None:
        raise NotShareable(_("This account no longer belongs to the organization. Nothing was shared."))
    owners = owner_links(to_link.organization, resources)
    for choice in choices_for(to_link, resources, owners=owners):
        if choice.refused:
            values = {"resource": choice.resource.name, "reason": choice.refused}
            raise NotShareable(_("“%(resource)s” cannot be shared: %(reason)s Nothing was shared.") % values)
    return [start_share(to_link, resource, by=by, until=until, owners=owners) for resource in resources]


def start_share(
    to_link: Link, resource: Resource, *, by: User, until: datetime | None, owners: Owners
) -> Share:
    """One share that nothing refuses."""
    try:
        with transaction.atomic():  # the constraint "one open share" has the last word
            share = Share.objects.create(
                resource=resource,
                to_link=to_link,
                from_link=owners.get(resource.owner_account_id),
                shared_by=by,
                until=until,
            )
    except IntegrityError as twice:
        message = _("“%(resource)s” was shared by somebody else just now.") % {"resource": resource.name}
        raise NotShareable(message) from twice
    _record("share.started", share, by=by)
    return share


def _record(action: str, share: Share, *, by: User | None) -> None:
    audit.record(
        action, share.resource, by=by, organization=share.to_link.organization, account=share.to_link.account,
        share=str(share.pk), to=share.to_link.account.public_id,
    )  # fmt: skip


def everything_refusal(link: Link) -> str | Promise:
    """Why the standing rule cannot be started for this link; empty when it can."""
    if not link.account.takes_shared_resources:
        return NotAReceiver.message
    return _("This rule stands already.") if link.shares_everything else ""


def given_anyway(organization: Organization, shares: Sequence[Share]) -> list[Share]:
    """Those whose account receives the resource by a standing rule, too."""
    standing = Standing.of(organization)
    return [share for share in shares if standing.gives(share.resource, share.to_link)]


@transaction.atomic
def stop_sharing(shares: Sequence[Share], *, by: User, rule_of: Link | None = None) -> int:
    """End these shares, and the standing rule of `rule_of`; what had ended already stays as it is.

    Returns how many shares ended now.
    """
    if not shares and rule_of is None:
        raise NothingChosen
    if rule_of:
        stop_sharing_everything(rule_of, by=by)
    return sum(end_share(share, by=by) for share in shares)


def end_share(share: Share, *, by: User | None) -> bool:
    """Whether it ended now: False if it had ended before."""
    ended = Share.objects.open().filter(pk=share.pk).update(ended_at=timezone.now(), ended_by=by)
    if ended:
        _record("share.stopped", share, by=by)
    return bool(ended)


def end_overdue_shares() -> int:
    """Write down the end of shares whose date has passed; nobody has seen them since. Returns how many."""
    overdue = Share.objects.open().filter(until__lte=Now())
    parties = ("resource", "to_link__account", "to_link__organization")
    ended = 0
    for share in overdue.select_related(*parties)[:MOST_OVERDUE]:
        with transaction.atomic():
            ended += end_share(share, by=None)
    return ended


def end_shares(link: Link, *, by: User | None) -> None:
    """A link has ended: so do the shares to and from it."""
    related = Share.objects.open().filter(Q(to_link=link) | Q(from_link=link))
    for share in related.select_related("resource", "to_link__account", "to_link__organization"):
        end_share(share, by=by)


def end_shares_of(resource: Resource, *, by: User | None) -> None:
    """A resource has ended: so do its shares."""
    related = Share.objects.open().filter(resource=resource)
    for share in related.select_related("resource", "to_link__account", "to_link__organization"):
        end_share(share, by=by)


def impacts(subject: Any) -> list[Impact]:
    """What the end of a link, a resource or a share would end here."""
    if isinstance(subject, Link):
        received = Resource.objects.listed_for(subject).count()
        return [
            Impact(
                gettext_lazy("Resources shared to this account"),
                gettext_lazy("will stop being shared"),
                received,
            ),
            Impact(
                gettext_lazy("This account's resources that others use"),
                gettext_lazy("will stop being shared"),
                used_by_others(subject).count(),
            ),
        ]
    if isinstance(subject, Resource):
        accounts = links_receiving(subject).count()
        return [Impact(gettext_lazy("Accounts that use it"), gettext_lazy("will no longer see it"), accounts)]
    return []


def overview(organization: Organization) -> list[Section]:
    """What fails and what ends soon, for the organization's overview."""
    own = Resource.objects.of_organization(organization)
    url = reverse("resources:audience-list", args=[organization.code])
    lines = []
    if failed := own.filter(status=Resource.Status.FAILED).count():
        text = ngettext("%(n)d audience failed", "%(n)d audiences failed", failed) % {"n": failed}
        lines.append(Line(text, f"{url}?status=FAILED", "bad"))
    soon = own.filter(expires_at__lt=timezone.now() + ENDS_SOON, status=Resource.Status.READY).count()
    if soon:
        text = ngettext("%(n)d audience ends within two weeks", "%(n)d audiences end within two weeks", soon)
        lines.append(Line(text % {"n": soon}, f"{url}?only=ends_soon", "warn"))
    sharing_map = Line(_("Sharing map"), reverse("resources:sharing-map", args=[organization.code]))
    return [Section(_("Audiences"), [*lines, sharing_map], rank=70)] if lines else []
