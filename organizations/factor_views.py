"""What an organization that asks for a second factor shows to who has none, and passkeys being removed."""

from __future__ import annotations

from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.webauthn.views import RemoveWebAuthnView
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.http import require_GET

from organizations import second_factors
from organizations.access import PersonRequest, person_view
from organizations.models import Organization
from users import second_factor


@require_GET
@person_view
def asked(request: PersonRequest, code: str) -> HttpResponseBase:
    """To set one up, to show the one there is, or back to where the person wanted to go."""
    organization = get_object_or_404(Organization.objects.visible_to(request.user), code=code)
    wanted = _wanted(request, organization)
    if second_factors.is_met(request, request.user, organization):
        request.session.pop(second_factors.GO_ON, None)
        return redirect(wanted)
    if second_factor.has_one(request.user):
        page = second_factor.page_to_show_it(request.user)
        return redirect(f"{page}?{urlencode({REDIRECT_FIELD_NAME: wanted})}")
    request.session[second_factors.GO_ON] = {
        "organization": organization.name,
        "url": second_factors.door(organization, wanted),
    }
    return render(request, "organizations/second_factor.html", {"asking": organization})


def _wanted(request: PersonRequest, organization: Organization) -> str:
    wanted = request.GET.get(REDIRECT_FIELD_NAME, "")
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if is_ours else reverse("overview", args=[organization.code])


class RemovePasskeyView(RemoveWebAuthnView):  # type: ignore[misc]  # allauth is untyped
    """The library asks whether the last factor may go only for authenticator apps."""

    def form_valid(self, form: Any) -> HttpResponse:
        if not get_adapter().can_delete_authenticator(self.object):
            form.add_error(None, get_adapter().validation_error("cannot_delete_authenticator"))
            return render(
                self.request, self.get_template_names(), self.get_context_data(form=form), status=409
            )
        answer: HttpResponse = super().form_valid(form)
        return answer


remove_passkey = RemovePasskeyView.as_view()
