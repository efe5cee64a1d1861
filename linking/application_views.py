"""Talk Head View applications: sent on the account's page, answered by the installation's operators."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from linking import applications, installation
from linking.access import AccountRequest, account_view
from linking.account_views import settings_page
from linking.models import Account, TalkHeadViewApplication
from linking.registry_forms import ApplicationFilter, ApplicationForm, RefuseForm
from linking.words import account_facts
from organizations import history
from organizations.access import ReviewerRequest, reviewer_view
from organizations.errors import DomainError, Invalid
from organizations.forms import explain
from organizations.paging import page_of


@require_POST
@account_view
def apply(request: AccountRequest) -> HttpResponseBase:
    _talk_head_view(request)
    form = ApplicationForm(request.POST)
    if not form.is_valid():
        return settings_page(request, application_form=form, status=400)
    try:
        applications.apply(request.account, note=form.cleaned_data["note"], by=request.user)
    except DomainError as refused:
        return settings_page(request, error=refused, status=refused.status)
    messages.success(request, _("The application is sent. You get a mail when it is answered."))
    return redirect("linking:account-settings", request.account.pk)


@require_POST
@account_view
def withdraw(request: AccountRequest, pk: uuid.UUID) -> HttpResponseBase:
    application = get_object_or_404(request.account.applications.select_related("account"), pk=pk)
    applications.withdraw(application, by=request.user)
    messages.success(request, _("The application is withdrawn."))
    return redirect("linking:account-settings", request.account.pk)


def _talk_head_view(request: AccountRequest) -> None:
    """Other kinds have nothing to apply for, so there is no such address."""
    if request.account.kind != Account.Kind.TALK_HEAD_VIEW:
        raise Http404


@require_GET
@reviewer_view
def application_list(request: ReviewerRequest) -> HttpResponseBase:
    """What waits comes first, oldest on top; then what was answered, newest on top."""
    form = ApplicationFilter(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    context = {
        "page": page_of(request, installation.applications(wanted)),
        "form": form,
        "is_filtered": any(request.GET.get(name) for name in form.fields),
    }
    return render(request, "linking/applications.html", context)


@require_GET
@reviewer_view
def application(request: ReviewerRequest, pk: uuid.UUID) -> HttpResponseBase:
    return _page(request, _find(pk))


@require_POST
@reviewer_view(is_fresh=True)
def grant(request: ReviewerRequest, pk: uuid.UUID) -> HttpResponseBase:
    asked = _find(pk)
    try:
        applications.grant(asked, by=request.user)
    except DomainError as refused:
        return _page(request, _find(pk), error=refused, status=refused.status)
    messages.success(
        request, _("%(account)s may be linked now. Its managers get a mail.") % {"account": asked}
    )
    return redirect("linking:applications")


@require_POST
@reviewer_view(is_fresh=True)
def refuse(request: ReviewerRequest, pk: uuid.UUID) -> HttpResponseBase:
    asked, form = _find(pk), RefuseForm(request.POST)
    if not form.is_valid():
        return _page(request, asked, form=form, status=400)
    try:
        applications.refuse(asked, reason=form.cleaned_data["reason"], by=request.user)
    except Invalid as wrong:
        explain(form, wrong)
        return _page(request, asked, form=form, status=wrong.status)
    except DomainError as refused:
        return _page(request, _find(pk), error=refused, status=refused.status)
    messages.success(request, _("The application is refused. The account's managers see your reason."))
    return redirect("linking:applications")


def _find(pk: uuid.UUID) -> TalkHeadViewApplication:
    parties = TalkHeadViewApplication.objects.select_related("account__legal_entity", "asked_by", "closed_by")
    return get_object_or_404(parties, pk=pk)


def _page(
    request: ReviewerRequest,
    asked: TalkHeadViewApplication,
    *,
    form: RefuseForm | None = None,
    error: DomainError | None = None,
    status: int = 200,
) -> HttpResponseBase:
    context = {
        "application": asked,
        "facts": account_facts(asked.account),
        "form": form or RefuseForm(),
        "events": history.timeline(installation.account_history(asked.account)),
        "error": error,
    }
    return render(request, "linking/application.html", context, status=status)
