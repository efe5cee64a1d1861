"""The account's side, as in LINE Official Account Manager and LINE Ad Manager: settings and the link."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.db.models import F, FilteredRelation, Q
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from linking import services
from linking.access import AccountRequest, account_view
from linking.errors import MalformedOrganizationId
from linking.forms import OrganizationIdForm
from linking.models import Account, LinkRequest
from linking.registry_forms import ApplicationForm
from linking.words import account_facts, manager_facts
from organizations import shown_once
from organizations.access import PersonRequest, person_view
from organizations.errors import DomainError
from organizations.paging import page_of

HISTORY_LENGTH = 20


@require_GET
@person_view
def account_list(request: PersonRequest) -> HttpResponseBase:
    """The accounts that this person manages on LINE's side."""
    stay = FilteredRelation("links", condition=Q(links__ended_at=None))
    own = Account.objects.managed_by(request.user).annotate(stay=stay)
    rows = own.annotate(
        organization_name=F("stay__organization__name"), organization_code=F("stay__organization__code")
    ).order_by("name", "id")
    return render(request, "linking/own_accounts.html", {"page": page_of(request, rows)})


@require_GET
@account_view
def account_settings(request: AccountRequest) -> HttpResponseBase:
    return settings_page(request, url=shown_once.take(request, request.account.pk))


@require_POST
@account_view(is_fresh=True)
def issue(request: AccountRequest) -> HttpResponseBase:
    form = OrganizationIdForm(request.POST)
    if not form.is_valid():
        return settings_page(request, form=form, status=400)
    try:
        issued = services.issue_request(
            request.account, form.cleaned_data["organization_id"], by=request.user
        )
    except MalformedOrganizationId as wrong:
        form.add_error("organization_id", str(wrong))
        return settings_page(request, form=form, status=wrong.status)
    except DomainError as refused:
        return settings_page(request, form=form, error=refused, status=refused.status)
    if issued.url:
        shown_once.keep(request, issued.url, request.account.pk)
    else:
        messages.success(request, _("You administer this organization, so the account is linked already."))
    return redirect("linking:account-settings", request.account.pk)


@require_POST
@account_view
def cancel(request: AccountRequest, pk: uuid.UUID) -> HttpResponseBase:
    link_request = get_object_or_404(request.account.link_requests, pk=pk)
    services.cancel_request(link_request, by=request.user)
    messages.success(request, _("The request is cancelled. Its URL no longer works."))
    return redirect("linking:account-settings", request.account.pk)


def settings_page(
    request: AccountRequest,
    *,
    form: OrganizationIdForm | None = None,
    application_form: ApplicationForm | None = None,
    url: str = "",
    error: DomainError | None = None,
    status: int = 200,
) -> HttpResponseBase:
    account = request.account
    requests = list(account.link_requests.select_related("issued_by", "closed_by")[:HISTORY_LENGTH])
    pending = next((one for one in requests if one.is_open), None)
    context = {
        "facts": [*account_facts(account), *manager_facts(account)],
        "application": account.applications.select_related("asked_by").first(),
        "application_form": application_form or ApplicationForm(),
        "link": account.open_link,
        "checks": services.account_checks(account),
        "pending": pending,
        "requests": requests,
        "url": url,
        "form": form or OrganizationIdForm(initial=_same_again(pending)),
        "error": error,
        "is_open": form is not None,
    }
    return render(request, "linking/account_settings.html", context, status=status)


def _same_again(pending: LinkRequest | None) -> dict[str, str]:
    return {"organization_id": pending.organization_code} if pending else {}
