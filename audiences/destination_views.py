"""The wizard's third step: where a list goes, and the consent without which nothing is prepared."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from audiences import connectors, consent, destinations, previews
from audiences.datasets import ListErased
from audiences.forms import NEW, ConsentForm, DestinationForm, ReadingForm, as_query, overrules, say
from audiences.models import Connector, Dataset, Run
from audiences.steps import steps
from audiences.views import dataset_of, renewed, status_for
from organizations.access import OrganizationRequest, organization_view, redirect_for
from organizations.errors import DomainError, NotAllowed
from organizations.permissions import Action
from resources.models import Resource

CHOICES = 100


@require_http_methods(["GET", "POST"])
@organization_view(Action.FEED)
def destination(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponseBase:
    """Where the list goes. GET carries the reading in its query string, POST in hidden fields."""
    own, data = dataset_of(request, pk), request.POST if request.method == "POST" else request.GET
    if own.erased_at:
        raise ListErased
    reading = ReadingForm(data, dataset=own, facts=previews.read_as(own, **overrules(data)))
    if not reading.is_valid():
        entries = {name: data[name] for name in ReadingForm.base_fields if name in data}
        address = reverse("audiences:dataset", args=[request.organization.code, pk])
        return redirect(f"{address}?{urlencode(entries)}")
    connector = renewed(request)
    if connector:
        return _next_list(request, own, reading, connector)
    return _first_list(request, own, reading)


def _first_list(request: OrganizationRequest, own: Dataset, reading: ReadingForm) -> HttpResponseBase:
    form = _destination_form(request, own, reading)
    if request.method == "POST" and form.is_valid():
        run = _start(request, own, reading, form)
        if run:
            return redirect_for(request, reverse("audiences:run", args=[request.organization.code, run.pk]))
    audience_items = _audience_items(form)
    context = {
        "dataset": own,
        "form": form,
        "items": _items(form),
        "unreached": any(reach.refused for reach in form.reaches),
        "keys_url": destinations.keys_url(request.organization),
        "audience_items": audience_items,
        "has_more": len(audience_items) == CHOICES,
    }
    return _wizard_page(request, reading, context)


def _wizard_page(request: OrganizationRequest, reading: ReadingForm, context: dict[str, Any]) -> HttpResponse:
    recipe = as_query(reading.recipe)
    own, form = context["dataset"], context["form"]
    back = f"{reverse('audiences:dataset', args=[request.organization.code, own.pk])}?{urlencode(recipe)}"
    context |= {
        "recipe": recipe,
        "steps": steps(request.organization, 3, back),
        "back_url": back,
        "reading": reading,
    }
    context |= {"consent_text": consent.TEXT, "q": request.GET.get("q", "")}
    return render(request, "audiences/dataset_destination.html", context, status=status_for(request, form))


def _destination_form(request: OrganizationRequest, own: Dataset, reading: ReadingForm) -> DestinationForm:
    rows = destinations.audiences_for(request.organization, reading.recipe.identifier)
    words = request.GET.get("q", "")
    audiences = rows.filter(name__icontains=words)[:CHOICES] if request.method == "GET" else rows
    return DestinationForm(
        request.POST if request.method == "POST" else None,
        reaches=destinations.reaches(request.organization),
        audiences=audiences,
        initial={"audience_name": connectors.stem(own)},
    )


def _start(
    request: OrganizationRequest, own: Dataset, reading: ReadingForm, form: DestinationForm
) -> Run | None:
    """Save and queue in one go; a rule's no is shown on the form."""
    entered = form.cleaned_data
    try:
        return connectors.send_list(
            request.organization,
            by=request.user,
            dataset=own,
            recipe=reading.recipe,
            destination=form.wanted,
            consent=entered["consent"],
            **{field: entered[field] for field in ("mode", "name", "phone_form", "confirm_name")},
        )
    except connectors.NotOurs as refusal:
        form.to_confirm = refusal.audience
        form.fields["confirm_name"].required = True
        say(form, refusal)
    except NotAllowed:
        raise
    except DomainError as refusal:
        say(form, refusal)
    return None


def _items(form: DestinationForm) -> list[dict[str, Any]]:
    """New audiences: one choice per linked account, refused where no key reaches it."""
    chosen = form["destination"].value()
    usable = [reach for reach in form.reaches if not reach.refused]
    only = f"{NEW}{usable[0].account.pk}" if len(usable) == 1 else ""
    return [
        {
            "value": f"{NEW}{reach.account.pk}",
            "label": _("New audience in %(account)s") % {"account": reach.account.name},
            "note": f"{reach.account.public_id} · {reach.account.get_phone_form_display()}",
            "refused": reach.refused,
            "checked": (chosen or only) == f"{NEW}{reach.account.pk}",
        }
        for reach in form.reaches
    ]


def _audience_items(form: DestinationForm) -> list[dict[str, Any]]:
    chosen = form["destination"].value()
    return [
        {
            "value": str(audience.pk),
            "label": audience.name,
            "note": " · ".join(filter(None, _notes(audience))),
            "size": audience.size,
            "checked": chosen == str(audience.pk),
        }
        for audience in form.audiences[:CHOICES]
    ]


def _notes(audience: Resource) -> list[str]:
    return [str(audience.owner), audience.get_status_display(), audience.get_phone_form_display()]


def _next_list(
    request: OrganizationRequest, own: Dataset, reading: ReadingForm, connector: Connector
) -> HttpResponseBase:
    form = ConsentForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            run = connectors.send_next_list(
                connector, by=request.user, dataset=own, recipe=reading.recipe, consent=True
            )
        except DomainError as refusal:
            say(form, refusal)
        else:
            return redirect_for(request, reverse("audiences:run", args=[request.organization.code, run.pk]))
    return _wizard_page(request, reading, {"dataset": own, "form": form, "connector": connector})
