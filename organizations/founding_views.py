"""Pages on which an organization begins, describes its company, and ends."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from organizations import business_info, founding, reviews
from organizations.access import OrganizationRequest, PersonRequest, organization_view, person_view, public
from organizations.business_forms import BusinessInfoForm, DeleteForm, FoundForm
from organizations.errors import DomainError, Invalid
from organizations.forms import explain
from organizations.models import Organization, Review
from organizations.permissions import Action


@require_http_methods(["GET", "POST"])
@person_view
def new(request: PersonRequest) -> HttpResponseBase:
    """Anybody who is signed in may found one, and is its first administrator."""
    form = FoundForm(request.POST or None)
    if request.method == "GET" or not form.is_valid():
        status = 200 if request.method == "GET" else 400
        return render(request, "organizations/new.html", {"form": form}, status=status)
    try:
        made = founding.found(**form.cleaned_data, by=request.user)
    except DomainError as refused:
        explain(form, refused)
        return render(request, "organizations/new.html", {"form": form}, status=refused.status)
    text = _("%(organization)s exists now. Complete its business info, so that it can be verified.")
    messages.success(request, text % {"organization": made})
    return redirect("organizations:business-info", made.code)


@require_GET
@organization_view(Action.VIEW)
def business_info_page(request: OrganizationRequest) -> HttpResponseBase:
    return _page(request)


@require_POST
@organization_view(Action.SETTINGS, is_fresh=True)
def save(request: OrganizationRequest) -> HttpResponseBase:
    form = BusinessInfoForm(request.POST)
    if not form.is_valid():
        return _page(request, form=form, status=400)
    try:
        business_info.save(request.organization, form.cleaned_data, by=request.user)  # type: ignore[arg-type]  # the form's fields are `Wanted`
    except Invalid as wrong:
        explain(form, wrong)
        return _page(request, form=form, status=wrong.status)
    except DomainError as refused:
        return _page(request, form=form, error=refused, status=refused.status)
    messages.success(request, _("The business info is saved."))
    return redirect("organizations:business-info", request.organization.code)


@require_POST
@organization_view(Action.SETTINGS)
def send_proof(request: OrganizationRequest) -> HttpResponseBase:
    try:
        business_info.send_proof(request.organization, by=request.user)
    except DomainError as refused:
        return _page(request, error=refused, status=refused.status)
    messages.success(
        request, _("A mail is on its way to the company's address. The link in it works for 24 hours.")
    )
    return redirect("organizations:business-info", request.organization.code)


@require_POST
@organization_view(Action.SETTINGS)
def resubmit(request: OrganizationRequest) -> HttpResponseBase:
    try:
        reviews.resubmit(request.organization, by=request.user)
    except DomainError as refused:
        return _page(request, error=refused, status=refused.status)
    messages.success(request, _("The organization is under review again."))
    return redirect("organizations:business-info", request.organization.code)


@require_http_methods(["GET", "POST"])
@organization_view(Action.SETTINGS, is_fresh=True)
def delete(request: OrganizationRequest) -> HttpResponseBase:
    form = DeleteForm(request.POST or None)
    if request.method == "GET" or not form.is_valid():
        status = 200 if request.method == "GET" else 400
        return render(request, "organizations/delete.html", {"form": form}, status=status)
    try:
        founding.delete(
            request.organization, typed_code=form.cleaned_data["organization_id"], by=request.user
        )
    except DomainError as refused:
        explain(form, refused)
        return render(request, "organizations/delete.html", {"form": form}, status=refused.status)
    messages.success(request, _("%(organization)s is deleted.") % {"organization": request.organization.name})
    return redirect("home")


@never_cache
@require_http_methods(["GET", "POST"])
@public
def confirm_address(request: HttpRequest, token: str) -> HttpResponseBase:
    """The button in the mail's page proves that its address is read; opening the page proves nothing."""
    try:
        is_done = request.method == "POST"
        organization = business_info.prove(token) if is_done else business_info.named_by(token)
        context = {"proved": organization, "is_done": is_done or organization.business_info.email_proved_at}
        response = render(request, "organizations/confirm_address.html", context)
    except business_info.ProofInvalid as wrong:
        response = render(
            request, "organizations/confirm_address.html", {"error": wrong}, status=wrong.status
        )
    response["X-Robots-Tag"] = "noindex"
    return response


def _page(
    request: OrganizationRequest,
    *,
    form: BusinessInfoForm | None = None,
    error: DomainError | None = None,
    status: int = 200,
) -> HttpResponseBase:
    held = Organization.objects.select_related("legal_entity", "business_info").get(
        pk=request.organization.pk
    )
    context = {
        "held": held,
        "info": held.business_info,
        "form": form or BusinessInfoForm(initial=_now(held)),
        "may_change": Action.SETTINGS in request.allowed and held.review != Review.VERIFIED,
        "checks": reviews.conditions(held) if held.review != Review.VERIFIED else [],
        "error": error,
    }
    return render(request, "organizations/business_info.html", context, status=status)


def _now(organization: Organization) -> dict[str, str]:
    info, entity = organization.business_info, organization.legal_entity
    own = {name: getattr(info, name) for name in business_info.FIELDS}
    number = {"country": entity.country, "registration_number": entity.registration_number}
    return {"name": organization.name, "region": organization.region, **number, **own}
