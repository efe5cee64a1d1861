"""What an audience that ends leaves behind: connectors that feed it, runs, lookalikes built on it."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from audiences.models import FINAL, Connector, Run
from audiences.reasons import Stop
from audiences.services import UNSENT
from audiences.transitions import move
from organizations import audit
from organizations.impact import Impact
from resources.models import Kind, Resource, ResourceQuerySet
from users.models import User

S = Run.State


@transaction.atomic
def stop_feeding(resource: Resource, *, by: User | None) -> None:
    """Its connectors pause and its runs stop: there is nothing left to fill."""
    feeding = Connector.objects.filter(destination=resource, state=Connector.State.ACTIVE)
    for connector in feeding.select_related("organization"):
        _pause(connector, resource, by)
    for run in _unfinished(resource):
        unsent = Run.objects.filter(state__in=UNSENT)
        if not move(unsent, run, S.CANCELLED, by=by, reason=Stop.AUDIENCE_GONE):
            active = Run.objects.filter(state__in=(S.SENDING, S.CONFIRMING, S.PAUSED))
            stopped = {"not_before": None, "resume_state": "", "reason": Stop.AUDIENCE_GONE}
            move(active, run, S.CANCELLING, by=by, **stopped)


def _pause(connector: Connector, resource: Resource, by: User | None) -> None:
    active = Connector.objects.filter(pk=connector.pk, state=Connector.State.ACTIVE)
    if not active.update(state=Connector.State.PAUSED, pause_reason=Stop.AUDIENCE_GONE):
        return
    audit.record(
        "connector.paused",
        connector,
        by=by,
        organization=connector.organization,
        account=resource.owner_account,
        reason=Stop.AUDIENCE_GONE.value,
    )


def _unfinished(resource: Resource) -> Any:
    return Run.objects.filter(destination=resource).exclude(state__in=FINAL).with_parties()


def lookalikes_of(resource: Resource) -> ResourceQuerySet:
    """Those in the same organization whose source it is; LINE writes the id as a number, at times as text."""
    organization, line_id = resource.organization, resource.line_id or ""
    if organization is None or not line_id.isdecimal():
        return Resource.objects.none()
    source = "details__lookalike__source__audienceGroupId"
    built_on_it = Q(**{source: int(line_id)}) | Q(**{source: line_id})
    own = Resource.objects.of_organization(organization).filter(built_on_it, kind=Kind.LOOKALIKE)
    return own.exclude(status=Resource.Status.DELETED)


def impacts(subject: Any) -> list[Impact]:
    """What the end of an audience would leave without it."""
    if not isinstance(subject, Resource):
        return []
    connectors = Connector.objects.filter(destination=subject, state=Connector.State.ACTIVE).count()
    lookalikes = lookalikes_of(subject).count()
    return [
        Impact(_("Lookalike audiences built on it"), _("will lose their source"), lookalikes),
        Impact(_("Connectors that feed it"), _("paused"), connectors),
        Impact(_("Runs that have not ended"), _("cancelled"), _unfinished(subject).count()),
    ]
