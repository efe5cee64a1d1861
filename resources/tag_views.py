"""Pages of LINE Tags: the organization's list, one tag with its code and events, and the account's side."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from linking.access import AccountRequest, account_view
from organizations import impact
from organizations.access import OrganizationRequest, organization_view
from organizations.errors import DomainError
from organizations.forms import explain
from organizations.paging import page_of
from organizations.permissions import Action
from resources import receivers, tags
from resources.models import Resource, ResourceQuerySet, TagEvent
from resources.standing import Standing
from resources.tag_code import snippets
from resources.tag_forms import EventForm, TagFilter, TagForm


@require_GET
@organization_view(Action.VIEW)
def tag_list(request: OrganizationRequest) -> HttpResponseBase:
    form = TagFilter(request.GET)
    living = tags_of(request).exclude(status=Resource.Status.DELETED).with_contacts()
    page = page_of(request, living.filter(**form.wanted()).order_by("-created_at", "id"))
    counts = receivers.counts(request.organization, list(page))
    rows = [(tag, counts[tag.pk]) for tag in page]
    return render(request, "resources/tag_list.html", {"page": page, "rows": rows, "form": form})


@require_http_methods(["GET", "POST"])
@organization_view(Action.SHARE)
def new_tag(request: OrganizationRequest) -> HttpResponseBase:
    form = TagForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            tag = tags.create_tag(request.organization, form.cleaned_data["name"], by=request.user)
        except DomainError as refused:
            explain(form, refused)
        else:
            messages.success(request, _("The tag is ready. Put its code on your pages, and share it."))
            return _to(tag, request)
    return render(request, "resources/tag_new.html", {"form": form}, status=400 if form.errors else 200)


@require_GET
@organization_view(Action.VIEW)
def tag(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponseBase:
    return _page(request, _find(request, pk), EventForm())


def _page(request: OrganizationRequest, tag: Resource, form: EventForm) -> HttpResponse:
    standing = Standing.of(request.organization)
    page = page_of(request, receivers.links_receiving(tag, standing))
    context = {
        "tag": tag,
        "is_deleted": tag.status == Resource.Status.DELETED,
        "snippets": snippets(tag, in_order(tag)),
        "form": form,
        "page": page,
        "receivers": receivers.receivers(tag, list(page), standing),
    }
    return render(request, "resources/tag.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@organization_view(Action.SHARE)
def rename_tag(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponseBase:
    tag = _find(request, pk)
    form = TagForm(request.POST or None, initial={"name": tag.name})
    if request.method == "POST" and form.is_valid():
        tags.rename_tag(tag, form.cleaned_data["name"], by=request.user)
        messages.success(request, _("The tag is renamed."))
        return _to(tag, request)
    context = {"form": form, "tag": tag}
    return render(request, "resources/tag_rename.html", context, status=400 if form.errors else 200)


@require_POST
@organization_view(Action.SHARE)
def delete_tag(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponseBase:
    """Without `confirmed`: the page that says what will end. With it: delete."""
    tag = _find(request, pk)
    if "confirmed" not in request.POST:
        return render(request, "resources/tag_delete.html", {"tag": tag, "impacts": impact.of(tag)})
    tags.delete_tag(tag, by=request.user)
    messages.success(request, _("“%(tag)s” is deleted.") % {"tag": tag.name})
    return redirect("resources:tag-list", request.organization.code)


@require_POST
@organization_view(Action.SHARE)
def add_event(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponseBase:
    tag, form = _find(request, pk), EventForm(request.POST)
    if form.is_valid():
        try:
            event = tags.add_event(tag, form.cleaned_data["name"], by=request.user)
        except tags.WrongEventName as refused:
            explain(form, refused)
        else:
            text = _("“%(event)s” is added. Its code is below.") % {"event": event.name}
            messages.success(request, text)
            return _to(tag, request)
    return _page(request, tag, form)


@require_POST
@organization_view(Action.SHARE)
def remove_event(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponseBase:
    event = get_object_or_404(TagEvent.objects.filter(tag__in=tags_of(request)), pk=pk)
    tags.remove_event(event, by=request.user)
    messages.success(request, _("“%(event)s” is removed.") % {"event": event.name})
    return _to(event.tag, request)


@require_GET
@account_view
def received_tags(request: AccountRequest) -> HttpResponseBase:
    """The account side: its own tags and those shared with it, each with the code for its pages."""
    seen = Resource.objects.seen_by(request.account).tags().with_contacts()
    page = page_of(request, seen.prefetch_related("events").order_by("-created_at", "id"))
    rows = [{"tag": tag, "snippets": snippets(tag, in_order(tag))} for tag in page]
    return render(request, "resources/received_tags.html", {"page": page, "rows": rows})


def tags_of(request: OrganizationRequest) -> ResourceQuerySet:
    return Resource.objects.of_organization(request.organization).tags().with_owner()


def in_order(tag: Resource) -> list[TagEvent]:
    """The base code first, then the conversion, then custom events by name."""
    order = list(TagEvent.Kind.values)
    return sorted(tag.events.all(), key=lambda event: (order.index(event.kind), event.name))


def _find(request: OrganizationRequest, pk: uuid.UUID) -> Resource:
    return get_object_or_404(tags_of(request), pk=pk)


def _to(tag: Resource, request: OrganizationRequest) -> HttpResponse:
    return redirect("resources:tag", request.organization.code, tag.pk)
