"""Pages that share and stop: what an account may use, chosen one by one or all of it, and taken back."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from linking import services as linking
from linking.models import Link
from organizations import impact
from organizations.access import OrganizationRequest, organization_view, uuid_or_404
from organizations.paging import page_of
from organizations.permissions import Action
from resources import services, standing
from resources.forms import CandidateFilter, UntilForm
from resources.kinds import Kind
from resources.models import Resource, ResourceQuerySet, Share
from resources.views import link_of

EVERYTHING, AUDIENCES, TAGS = "everything", "audiences", "tags"


@require_http_methods(["GET", "POST"])
@organization_view(Action.SHARE)
def add_resource(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponseBase:
    """Choose audiences or LINE Tags; `?what=everything` says what the standing rule would give."""
    link, what = link_of(request, pk), request.GET.get("what", AUDIENCES)
    if what == EVERYTHING:
        return _everything_page(request, link)
    until_form = UntilForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and until_form.is_valid():
        return _share(request, link, until_form)
    form, page = CandidateFilter(request.GET), None
    page = page_of(request, candidates(request, what, form))
    context = {
        "link": link,
        "what": what,
        "form": form,
        "until_form": until_form,
        "page": page,
        "items": picker_items(link, page, request.POST.getlist("resource")),
    }
    return render(request, "resources/add_resource.html", context, status=400 if until_form.errors else 200)


def candidates(request: OrganizationRequest, what: str, form: CandidateFilter) -> ResourceQuerySet:
    own = Resource.objects.of_organization(request.organization).exclude(status=Resource.Status.DELETED)
    of_kind = own.filter(kind=Kind.LINE_TAG) if what == TAGS else own.exclude(kind=Kind.LINE_TAG)
    return of_kind.with_owner().filter(**form.wanted()).order_by("-created_at", "id")


def _share(request: OrganizationRequest, link: Link, until_form: UntilForm) -> HttpResponse:
    chosen = [uuid_or_404(value) for value in request.POST.getlist("resource")]
    own = Resource.objects.of_organization(request.organization).exclude(status=Resource.Status.DELETED)
    shares = services.share_resources(
        link, list(own.filter(pk__in=chosen)), by=request.user, until=until_form.moment
    )
    text = ngettext(
        "%(n)d resource is now shared with %(account)s.",
        "%(n)d resources are now shared with %(account)s.",
        len(shares),
    )
    messages.success(request, text % {"n": len(shares), "account": link.account.name})
    return redirect("resources:account", request.organization.code, link.account_id)


def picker_items(link: Link, page: Iterable[Resource], chosen: list[str]) -> list[dict[str, Any]]:
    return [
        {
            "value": choice.resource.pk,
            "label": choice.resource.name,
            "note": f"{choice.resource.get_kind_display()} · {choice.resource.owner}",
            "size": None if choice.resource.kind == Kind.LINE_TAG else choice.resource.size,
            "refused": choice.refused,
            "checked": str(choice.resource.pk) in chosen,
        }
        for choice in services.choices_for(link, list(page))
    ]


def _everything_page(request: OrganizationRequest, link: Link) -> HttpResponseBase:
    given = Resource.objects.filter(standing.everything_for(link))
    kinds = given.order_by("kind").values_list("kind").annotate(n=Count("pk"))
    context = {
        "link": link,
        "what": EVERYTHING,
        "count": given.count(),
        "kinds": [(Kind(kind).label, n) for kind, n in kinds],
        "refused": services.everything_refusal(link),
    }
    return render(request, "resources/add_everything.html", context)


@require_POST
@organization_view(Action.SHARE)
def share_everything(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponseBase:
    link = link_of(request, pk)
    linking.share_everything(link, by=request.user)
    text = _("%(account)s may now use all resources of the organization, also those added later.")
    messages.success(request, text % {"account": link.account.name})
    return redirect("resources:account", request.organization.code, pk)


@require_POST
@organization_view(Action.SHARE)
def stop_sharing(request: OrganizationRequest) -> HttpResponseBase:
    """Without `confirmed`: the page that says what will stop. With it: stop."""
    chosen = [uuid_or_404(value) for value in request.POST.getlist("share")]
    shares = list(
        Share.objects.open()
        .filter(pk__in=chosen, to_link__organization=request.organization)
        .select_related("resource", "to_link__account", "to_link__organization")
    )
    rule_of = _rule_of(request)
    if not shares and rule_of is None:
        raise services.NothingChosen
    link = rule_of or shares[0].to_link
    if "confirmed" not in request.POST:
        found = [line for share in shares for line in impact.of(share)]
        kept = services.given_anyway(request.organization, shares) if rule_of is None else []
        context = {"link": link, "shares": shares, "rule_of": rule_of, "impacts": found, "kept": kept}
        if rule_of:
            context["rule_count"] = Resource.objects.filter(standing.given_by_rule(rule_of)).count()
        return render(request, "resources/stop_sharing.html", context)
    ended = services.stop_sharing(shares, by=request.user, rule_of=rule_of)
    _say_stopped(request, ended, rule_of)
    return redirect("resources:account", request.organization.code, link.account_id)


def _rule_of(request: OrganizationRequest) -> Link | None:
    """The link whose standing rule is to stop, if one was ticked."""
    account = request.POST.get("everything")
    if not account:
        return None
    link = link_of(request, uuid_or_404(account))
    return link if link.shares_everything else None


def _say_stopped(request: OrganizationRequest, ended: int, rule_of: Link | None) -> None:
    if rule_of:
        text = _("%(account)s no longer receives all resources of the organization.")
        messages.success(request, text % {"account": rule_of.account.name})
    if ended or not rule_of:
        text = ngettext("Stopped sharing %(n)d resource.", "Stopped sharing %(n)d resources.", ended)
        messages.success(request, text % {"n": ended})
