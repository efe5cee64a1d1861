"""Pages of sharing rules: what stands, what a rule would give before it starts, and its end."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from linking.models import Account, Link, LinkQuerySet
from organizations.access import OrganizationRequest, organization_view
from organizations.errors import DomainError
from organizations.forms import explain
from organizations.models import Organization
from organizations.names import plain
from organizations.paging import page_of
from organizations.permissions import Action
from resources import sharing_rules
from resources.kinds import Kind
from resources.models import ResourceQuerySet, SharingRule
from resources.rule_forms import RuleForm
from resources.standing import Standing

SHOWN_FIRST = 10


@dataclass(frozen=True)
class Row:
    rule: SharingRule
    conditions: str
    matches: int
    receivers: int


@require_GET
@organization_view(Action.VIEW)
def rule_list(request: OrganizationRequest) -> HttpResponseBase:
    """Rules that stand now, each with what it comes to today."""
    rules = request.organization.sharing_rules.filter(ended_at=None).select_related("owner_account")
    page, standing = page_of(request, rules.order_by("name", "id")), Standing.of(request.organization)
    counts = sharing_rules.match_counts(request.organization, list(page))
    rows = [
        Row(rule, in_words(rule), count, len(standing.receivers_by(rule)))
        for rule, count in zip(page, counts, strict=True)
    ]
    return render(request, "resources/rule_list.html", {"page": page, "rows": rows})


@require_http_methods(["GET", "POST"])
@organization_view(Action.SHARE)
def new_rule(request: OrganizationRequest) -> HttpResponseBase:
    return _form_page(request, None)


@require_http_methods(["GET", "POST"])
@organization_view(Action.SHARE)
def change_rule(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponseBase:
    return _form_page(request, _find(request, pk))


def _form_page(request: OrganizationRequest, rule: SharingRule | None) -> HttpResponseBase:
    """The first post shows what the rule would give; one that confirms just that lets it stand."""
    form = RuleForm(request.POST or None, organization=request.organization, rule=rule)
    context: dict[str, Any] = {"form": form, "rule": rule}
    if request.method == "POST" and form.is_valid():
        try:
            if request.POST.get("confirmed") == form.digest:
                saved = _save(request, rule, form)
                return redirect("resources:rule", request.organization.code, saved.pk)
            context |= _preview(request.organization, form)
        except DomainError as refused:
            explain(form, refused)
    return render(request, "resources/rule_form.html", context, status=400 if form.errors else 200)


def _save(request: OrganizationRequest, rule: SharingRule | None, form: RuleForm) -> SharingRule:
    if rule is None:
        saved = sharing_rules.create_rule(request.organization, form.wanted, by=request.user)
        messages.success(request, _("The rule stands: what it gives is visible to its receivers now."))
        return saved
    sharing_rules.change_rule(rule, form.wanted, by=request.user)
    messages.success(request, _("The rule is changed. Its receivers see what it gives now."))
    return rule


def _preview(organization: Organization, form: RuleForm) -> dict[str, Any]:
    """What the rule would come to, of a row that is never saved."""
    wanted = form.wanted
    sharing_rules.check(wanted)
    draft = SharingRule(organization=organization, **wanted.fields())
    matches = sharing_rules.matched_by(draft)
    links = Link.objects.open().filter(organization=organization)
    named = Q(pk__in=[link.pk for link in wanted.receivers]) | sharing_rules.every_account_of(draft)
    return {
        "matches": matches.order_by("name", "id")[:SHOWN_FIRST],
        "match_count": matches.count(),
        "receiver_count": links.filter(named).count(),
        "is_previewed": True,
    }


@require_GET
@organization_view(Action.VIEW)
def rule(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponseBase:
    found = _find(request, pk)
    matches: ResourceQuerySet = sharing_rules.matched_by(found).with_owner().order_by("name", "id")
    receivers: LinkQuerySet = Link.objects.open().filter(organization=request.organization)
    receivers = receivers.filter(sharing_rules.receiving(found)).select_related("account")
    context = {
        "rule": found,
        "conditions": in_words(found),
        "to": receivers_in_words(found),
        "page": page_of(request, matches),
        "receivers": receivers.order_by("account__name", "pk")[:50],
        "receiver_count": receivers.count(),
    }
    return render(request, "resources/rule.html", context)


@require_POST
@organization_view(Action.SHARE)
def stop_rule(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponseBase:
    """Without `confirmed`: the page that says what will stop. With it: stop."""
    found = _find(request, pk)
    if "confirmed" not in request.POST:
        context = {
            "rule": found,
            "match_count": sharing_rules.matched_by(found).count(),
            "receiver_count": len(Standing.of(request.organization).receivers_by(found)),
        }
        return render(request, "resources/rule_stop.html", context)
    sharing_rules.stop_rule(found, by=request.user)
    messages.success(request, _("The rule is stopped. What is shared singly or by other rules stays."))
    return redirect("resources:rules", request.organization.code)


def _find(request: OrganizationRequest, pk: uuid.UUID) -> SharingRule:
    rules = request.organization.sharing_rules.select_related("owner_account", "created_by", "ended_by")
    return get_object_or_404(rules, pk=pk)


def in_words(rule: SharingRule) -> str:
    """Its conditions as one line."""
    kinds = [str(Kind(kind).label) for kind in rule.kinds] or [_("Every kind")]
    parts = [", ".join(kinds)]
    if rule.name_contains:
        parts.append(_("name contains “%(text)s”") % {"text": rule.name_contains})
    if rule.owner_account:
        parts.append(_("owned by %(owner)s") % {"owner": plain(rule.owner_account.name)})
    elif rule.owned_by == SharingRule.From.ORGANIZATION:
        parts.append(_("owned by the organization itself"))
    return " · ".join(parts)


def receivers_in_words(rule: SharingRule) -> str:
    every = [(rule.to_every_official, Account.Kind.OFFICIAL), (rule.to_every_ads, Account.Kind.ADS)]
    services = [str(kind.label) for applies, kind in every if applies]
    found = [pgettext("a LINE service", "every %(service)s") % {"service": service} for service in services]
    return ", ".join(found) or _("the accounts below")
