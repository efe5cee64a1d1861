"""Why LINE could not be asked about an ad account: what happened, and what to do."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from audiences.verdicts import CLOCK_TOLERANCE
from lineads.errors import Kind, LineAdsError


class Hitch(TextChoices):
    """The label says what happened; `what_to_do` says the rest."""

    NO_KEY = "no_key", _("No API key of this organization reaches the ad account.")
    KEY_REFUSED = "key_refused", _("LINE refused the API key.")
    CLOCK_OFF = "clock_off", _("LINE refused the signature because this server's clock is wrong.")
    NO_PERMISSION = "no_permission", _("The API key's group may not use this ad account.")
    RATE_LIMITED = "rate_limited", _("LINE asks this API key to slow down.")
    UNREACHABLE = "unreachable", _("LINE does not answer.")
    STRANGE_ANSWER = "strange_answer", _("LINE answered something that is not one of its answers.")
    CERTIFICATE = "certificate", _("The server at LINE's address could not prove that it is LINE.")
    REFUSED = "refused", _("LINE refused the call.")


_BY_ITSELF = _("Nothing. It is tried again by itself.")
_ADDRESS = _("Tell whoever operates this installation to check the network and the address of LINE's API.")

WHAT_TO_DO = {
    Hitch.NO_KEY: _("An administrator enters a key whose group reaches the account, under API keys."),
    Hitch.KEY_REFUSED: _("An administrator checks the API key or enters its new secret."),
    Hitch.CLOCK_OFF: _("Tell whoever operates this installation to set the server's clock by the network."),
    Hitch.NO_PERMISSION: _("In LINE Ad Manager, link the key's group to this ad account."),
    Hitch.RATE_LIMITED: _BY_ITSELF,
    Hitch.UNREACHABLE: _BY_ITSELF,
    Hitch.STRANGE_ANSWER: _ADDRESS,
    Hitch.CERTIFICATE: _ADDRESS,
    Hitch.REFUSED: _("See the API key's page whether the key works. It is tried again by itself."),
}

KINDS = {
    Kind.NOT_SENT: Hitch.UNREACHABLE,
    Kind.UNKNOWN: Hitch.UNREACHABLE,
    Kind.BUSY: Hitch.UNREACHABLE,
    Kind.STRANGE: Hitch.STRANGE_ANSWER,
    Kind.REDIRECT: Hitch.STRANGE_ANSWER,
    Kind.TLS: Hitch.CERTIFICATE,
    Kind.FORBIDDEN: Hitch.NO_PERMISSION,
    Kind.RATE_LIMITED: Hitch.RATE_LIMITED,
}
# A new secret, or a key that reaches the account, may mend these at once.
MENDED_BY_KEYS = (Hitch.NO_KEY, Hitch.KEY_REFUSED, Hitch.NO_PERMISSION, Hitch.CLOCK_OFF)


class Hitched(Exception):
    """LINE cannot be asked, or would not say."""

    def __init__(self, hitch: Hitch) -> None:
        super().__init__(hitch.value)
        self.hitch = hitch


def hitch_of(error: LineAdsError) -> Hitch:
    if error.kind == Kind.KEY_REFUSED:
        is_clock = abs(error.clock_skew or 0.0) > CLOCK_TOLERANCE
        return Hitch.CLOCK_OFF if is_clock else Hitch.KEY_REFUSED
    if {"PARTNER_PERMISSION_DENIED", "ACCOUNT_NOT_ALLOWED"} & set(error.reasons):
        return Hitch.NO_PERMISSION
    return KINDS.get(error.kind, Hitch.REFUSED)


def what_happened(code: str) -> str:
    """One sentence; nothing for no reason."""
    return str(Hitch(code).label) if code in Hitch.values else ""


def what_to_do(code: str) -> str:
    return str(WHAT_TO_DO[Hitch(code)]) if code in Hitch.values else ""
