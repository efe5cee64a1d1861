"""Legal entities as organizations name them: by country and registration number, check digit included."""

from __future__ import annotations

import unicodedata

from django.utils.translation import gettext_lazy as _
from stdnum import exceptions, jp, th, tw

from organizations.errors import Invalid
from organizations.models import LegalEntity, Region
from organizations.names import plain

# 統一編號, 法人番号, and Thailand's juristic person number.
NUMBERS = {Region.TAIWAN: tw.ubn, Region.JAPAN: jp.cn, Region.THAILAND: th.moa}


class WrongRegistrationNumber(Invalid):
    code = "wrong_registration_number"
    message = _(
        "This is no registration number of that country: its length or its check digit is wrong. "
        "Compare it with the company's certificate."
    )


def registration_number(country: str, text: str) -> str:
    """The number as it is stored: digits only. Raises `WrongRegistrationNumber`."""
    try:
        return str(NUMBERS[Region(country)].validate(unicodedata.normalize("NFKC", text)))
    except (ValueError, exceptions.ValidationError):
        fields = {"registration_number": [str(WrongRegistrationNumber.message)]}
        raise WrongRegistrationNumber(fields=fields) from None


def named(country: str, number: str, name: str) -> LegalEntity:
    """The one with this number, made if there is none; its first name stays until a reviewer mends it.

    Call it in a transaction: the row is held to its end, so that no merge takes it away from what names it.
    """
    defaults = {"name": plain(name)}
    wanted = {"country": country, "registration_number": registration_number(country, number)}
    while True:
        LegalEntity.objects.get_or_create(**wanted, defaults=defaults)
        if held := LegalEntity.objects.select_for_update(no_key=True).filter(**wanted).first():
            return held  # otherwise it was merged away while we waited
