"""Pages of the organization itself: its history."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo

from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET

from organizations import history as words
from organizations.access import OrganizationRequest, organization_view
from organizations.exports import csv_response
from organizations.forms import HistoryFilter
from organizations.models import AuditEvent, AuditEventQuerySet
from organizations.paging import page_of
from organizations.permissions import Action


@require_GET
@organization_view(Action.VIEW)
def history(request: OrganizationRequest) -> HttpResponseBase:
    form = HistoryFilter(request.GET, organization=request.organization)
    page = page_of(request, _events(request, form))
    context = {
        "form": form,
        "page": page,
        "events": [
            (event, words.in_words(event.action), words.ORIGINS.get(event.source, event.source))
            for event in page
        ],
        "is_filtered": any(request.GET.get(name) for name in form.fields),
    }
    return render(request, "organizations/history.html", context)


@require_GET
@organization_view(Action.VIEW)
def history_csv(request: OrganizationRequest) -> HttpResponseBase:
    """The same entries as on the page, all of them."""
    form = HistoryFilter(request.GET, organization=request.organization)
    told = [_("When"), _("What"), _("About"), _("Account"), _("Who"), _("E-mail"), _("Details")]
    header = [*told, pgettext("origin", "From")]
    filename = f"history-{request.organization.code}.csv"
    return csv_response(filename, header, _rows(_events(request, form), timezone.get_current_timezone()))


def _events(request: OrganizationRequest, form: HistoryFilter) -> AuditEventQuerySet:
    events = request.organization.audit_events.newest_first()
    return words.like(events, form.cleaned_data) if form.is_valid() else events.none()


def _rows(events: AuditEventQuerySet, zone: tzinfo) -> Iterator[list[str]]:
    """`zone` is the reader's: when the rows are written, the request is over."""
    for event in events.iterator(chunk_size=1000):
        yield _row(event, zone)


def _row(event: AuditEvent, zone: tzinfo) -> list[str]:
    person = event.person
    return [
        timezone.localtime(event.at, zone).isoformat(timespec="seconds"),
        words.in_words(event.action),
        event.subject_name,
        event.account_name,
        person.name if person else "",
        person.email if person else "",
        words.details_in_words(event.details),
        event.source,
    ]
