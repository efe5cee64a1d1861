"""Organizations that ask their members for a second factor: who may come in, and what may not be removed."""

from __future__ import annotations

from urllib.parse import urlsplit

from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from organizations import sealing
from organizations.errors import DomainError
from organizations.models import Organization
from users import second_factor
from users.devices import device
from users.models import User

GO_ON = "second_factor_go_on"  # in the session: where the person wanted to go before setting one up
SEALED = {"table": "mfa_authenticator", "row": "any", "field": "secret"}


class SecondFactorRequired(DomainError):
    status = 403
    code = "second_factor_required"
    message = _(
        "This organization asks its members for a second factor. Set one up in the console, then try again."
    )


def is_met_by(person: User, organization: Organization) -> bool:
    """For what is done without a session: whether the person has one at all."""
    return not organization.requires_second_factor or second_factor.has_one(person)


def is_met(request: HttpRequest, person: User, organization: Organization) -> bool:
    """A session from before counts only once the second factor was shown in it."""
    if not organization.requires_second_factor:
        return True
    return second_factor.was_shown(request) and second_factor.has_one(person)


def door(organization: Organization, wanted: str) -> str:
    """The page that tells of it, and leads on to what was wanted."""
    page = reverse("organizations:second-factor", args=[organization.code])
    return f"{page}?{urlencode({'next': wanted})}"


def go_on(request: HttpRequest) -> dict[str, str] | None:
    """The way back to the organization on whose account a second factor is being set up."""
    kept = request.session.get(GO_ON) if hasattr(request, "session") else None
    return kept if isinstance(kept, dict) else None


def asking(person: User) -> list[Organization]:
    """The person's organizations that ask for one."""
    return list(Organization.objects.visible_to(person).filter(requires_second_factor=True))


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth is untyped
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "cannot_delete_authenticator": _(
            "An organization of yours asks for a second factor, and this is your last one. Add another one "
            "first, then remove this one."
        ),
        "incorrect_code": _("This is not right. Try again with the code that is shown now."),
    }

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        factors = Authenticator.objects.filter(user=authenticator.user, type__in=second_factor.FACTORS)
        return factors.exclude(pk=authenticator.pk).exists() or not asking(authenticator.user)

    def encrypt(self, text: str) -> str:
        return sealing.seal(text, **SEALED)

    def decrypt(self, encrypted_text: str) -> str:
        """What was kept before secrets were sealed is no sealed text: base32 or hex, without a dot."""
        is_sealed = encrypted_text.startswith(f"{sealing.VERSION}.")
        return sealing.unseal(encrypted_text, **SEALED) if is_sealed else encrypted_text

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:
        """A proposal: the device a passkey is made on."""
        return device(context.request.META.get("HTTP_USER_AGENT", ""))

    def get_totp_issuer(self) -> str:
        """As the app lists it; a colon would end the name."""
        return f"Business Manager ({urlsplit(settings.SITE_URL).hostname})"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {**super().get_public_key_credential_rp_entity(), "name": self.get_totp_issuer()}
