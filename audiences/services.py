"""What people do with runs. Workers do the rest: see `planning` and `sending`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from audiences import consent as consent_text
from audiences.models import FINAL, PLANS, Connector, Run
from audiences.reasons import Stop
from audiences.run_models import RunQuerySet
from audiences.transitions import move
from linking import keys
from linking.models import Link
from organizations import audit
from organizations.errors import DomainError
from organizations.impact import Impact
from organizations.models import Organization
from organizations.overview import Line, Section
from resources.models import Resource
from users.models import User

S = Run.State
UNSENT = (*PLANS, S.PLANNED)


class ConsentMissing(DomainError):
    status = 400
    code = "consent_missing"
    message = gettext_lazy(
        "Tick the statement about the people on this list first; nothing is prepared without it."
    )


class SyncAlreadyActive(DomainError):
    code = "sync_already_active"
    message = gettext_lazy("Another run is filling this audience. Wait until it has ended, or cancel it.")


class RunMovedOn(DomainError):
    code = "run_moved_on"
    message = gettext_lazy("The run has moved on meanwhile. Look at its present state.")


class SlotTaken(DomainError):
    code = "slot_taken"
    message = gettext_lazy("There is a run for this time already.")


class ConnectorPaused(DomainError):
    code = "connector_paused"
    message = gettext_lazy("This connector is paused. See on its page why, and what mends it.")


class ListGone(DomainError):
    code = "list_gone"
    message = gettext_lazy("The uploaded list is no longer kept. Upload it again.")


class DestinationGone(DomainError):
    code = "destination_gone"
    message = gettext_lazy("The audience of this connector was deleted. Choose another destination.")


class NoKey(DomainError):
    code = "no_key"
    message = gettext_lazy(
        "No API key of this organization reaches the ad account. An administrator enters one under API keys."
    )


def start_run(
    connector: Connector,
    *,
    by: User,
    consent: bool,
    sends_by_itself: bool = False,
    is_dry: bool = False,
    slot: datetime | None = None,
) -> Run:
    """Queue a run. While one of this connector still waits to be prepared, that one is given back."""
    if not consent:
        raise ConsentMissing
    _check_startable(connector)
    kind = {"sends_by_itself": sends_by_itself, "is_dry": is_dry, "slot": slot}
    waiting = connector.runs.filter(state__in=PLANS, **kind).first()
    return waiting or _queue(connector, by=by, **kind)


def _check_startable(connector: Connector) -> None:
    if connector.state == Connector.State.PAUSED:
        raise ConnectorPaused
    if connector.dataset.erased_at:
        raise ListGone
    if connector.destination.status == Resource.Status.DELETED:
        raise DestinationGone


def _queue(connector: Connector, *, by: User, **kind: Any) -> Run:
    try:
        with transaction.atomic():
            run = Run.objects.create(
                connector=connector,
                dataset=connector.dataset,
                destination=connector.destination,
                consent_version=consent_text.VERSION,
                consent_by=by,
                **kind,
            )
            audit.record(
                "run.queued",
                run,
                by=by,
                organization=run.organization,
                account=run.account,
                consent_version=run.consent_version,
            )
    except IntegrityError as taken:
        raise SlotTaken from taken
    return run


def send_run(run: Run, *, by: User) -> None:
    """Let a planned run go to LINE."""
    if run.account is None or keys.key_for(run.organization, run.account) is None:
        raise NoKey
    planned = Run.objects.filter(state=S.PLANNED)
    _move(planned, run, S.SENDING, by=by, send_started_at=Now())


def cancel_run(run: Run, *, by: User | None) -> None:
    """Stop: at once when nothing was sent, else a worker ends it between two calls to LINE."""
    unsent = Run.objects.filter(state__in=UNSENT)
    if move(unsent, run, S.CANCELLED, by=by):
        run.refresh_from_db()
        return
    sending = Run.objects.filter(state__in=(S.SENDING, S.CONFIRMING, S.PAUSED))
    _move(sending, run, S.CANCELLING, by=by, not_before=None, resume_state="")


def resume_run(run: Run, *, by: User) -> None:
    """Go on where a run paused. Who resumes it answers for the list, in today's words, from here on."""
    paused = Run.objects.filter(state=S.PAUSED, resume_state=run.resume_state)
    to = S(run.resume_state) if run.resume_state else S.SENDING
    fresh = {"failures": 0, "takeovers": 0, "not_before": None, "resume_state": ""}
    allowed = {"consent_version": consent_text.VERSION, "consent_by": by, "consent_at": Now()}
    _move(paused, run, to, by=by, **allowed, **fresh)


@transaction.atomic
def stop_feeding(link: Link, *, by: User | None) -> None:
    """The account has left: its connectors pause and its runs stop, none of them reaching LINE once more."""
    for connector in _feeding(link).exclude(state=Connector.State.PAUSED):
        connector.state, connector.pause_reason = Connector.State.PAUSED, Stop.LINK_ENDED
        connector.save(update_fields=["state", "pause_reason"])
        audit.record(
            "connector.paused",
            connector,
            by=by,
            organization=link.organization,
            account=link.account,
            reason=Stop.LINK_ENDED.value,
        )
    for run in _unfinished(link):
        unsent = move(Run.objects.filter(state__in=UNSENT), run, S.CANCELLED, by=by, reason=Stop.LINK_ENDED)
        if not unsent:
            active = Run.objects.filter(state__in=(S.SENDING, S.CONFIRMING, S.PAUSED))
            stopped = {"not_before": None, "resume_state": "", "reason": Stop.LINK_ENDED}
            move(active, run, S.CANCELLING, by=by, **stopped)


def impacts(subject: Any) -> list[Impact]:
    """What moving or losing this link would stop."""
    if not isinstance(subject, Link):
        return []
    connectors = _feeding(subject).filter(state=Connector.State.ACTIVE).count()
    return [
        Impact(gettext_lazy("Connectors that feed its audiences"), gettext_lazy("paused"), connectors),
        Impact(
            gettext_lazy("Runs that have not ended"), gettext_lazy("cancelled"), _unfinished(subject).count()
        ),
    ]


def overview(organization: Organization) -> list[Section]:
    """What of feeding asks for a person, or is under way."""
    counts = Run.objects.filter(connector__organization=organization).aggregate(
        **{state.value: Count("pk", filter=Q(state=state)) for state in (S.PAUSED, S.PLANNED)}
    )
    lists = reverse("audiences:run-list", args=[organization.code])
    stopped = Line(
        ngettext(
            "%(count)d run stopped and needs you", "%(count)d runs stopped and need you", counts[S.PAUSED]
        )
        % {"count": counts[S.PAUSED]},
        f"{lists}?state=PAUSED",
        "bad",
    )
    planned = Line(
        ngettext("%(count)d run is ready to send", "%(count)d runs are ready to send", counts[S.PLANNED])
        % {"count": counts[S.PLANNED]},
        f"{lists}?state=PLANNED",
        "wait",
    )
    lines = [line for line, state in ((stopped, S.PAUSED), (planned, S.PLANNED)) if counts[state]]
    rank = 10 if counts[S.PAUSED] else 30
    return [Section(_("Feeding audiences"), lines, rank)] if lines else []


def _feeding(link: Link) -> QuerySet[Connector]:
    return Connector.objects.filter(
        organization=link.organization, destination__owner_account=link.account
    ).select_related("organization")


def _unfinished(link: Link) -> RunQuerySet:
    runs = Run.objects.filter(connector__in=_feeding(link)).exclude(state__in=FINAL)
    return runs.with_parties()


def _move(runs: RunQuerySet, run: Run, to: Run.State, *, by: User | None, **fields: Any) -> None:
    """Move the run for a person, who learns why it did not work."""
    try:
        moved = move(runs, run, to, by=by, **fields)
    except IntegrityError as taken:  # the index "one active run per destination" has the last word
        raise SyncAlreadyActive from taken
    if not moved:
        raise RunMovedOn
    run.refresh_from_db()
