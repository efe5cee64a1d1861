"""The slow, exact reading of a phone number.

A value is read in every way it can be read: with `+` or `00` and a country code; national with its trunk
zero, in the chosen countries only; as bare country code and mobile, for the countries of the table; with
the zero lost to a spreadsheet, for the home country only. A national number that the home country knows
is the home country's; whatever else has two readings is COUNTRY_UNDECIDABLE. No number is read as
national in a country nobody chose.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from audiences.identifiers import (
    COUNTRIES,
    SCIENTIFIC,
    SEPARATORS,
    SHA256,
    SPREADSHEET_TAIL,
    THAI_DIGITS,
    TRUNK,
    Accepted,
    Form,
    Reason,
    Rejected,
    fold,
)

_thai = str.maketrans(THAI_DIGITS)
_separators = re.compile(SEPARATORS)
_spreadsheet_tail = re.compile(SPREADSHEET_TAIL)
_scientific = re.compile(SCIENTIFIC)
_sha256 = re.compile(SHA256)
_dialled = re.compile(r"\+?[0-9]{4,20}")
_mobile = {region: re.compile(country.mobile) for region, country in COUNTRIES.items()}
_landline = {region: re.compile(country.landline) for region, country in COUNTRIES.items()}
MOBILE_TYPES = {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}
OTHER_TYPES = {PhoneNumberType.FIXED_LINE, PhoneNumberType.VOIP}


@dataclass(frozen=True)
class Reading:
    region: str
    e164: str  # without the plus
    national: str
    is_mobile: bool


@dataclass(frozen=True)
class Choice:
    """`home` decides what several of the `chosen` countries would take; empty: nobody said."""

    home: str
    chosen: tuple[str, ...]

    @classmethod
    @cache
    def of(cls, country: str | None, countries: tuple[str, ...]) -> Choice:
        chosen = tuple(dict.fromkeys(region.upper() for region in (country or "", *countries) if region))
        return cls(chosen[0] if country or len(chosen) == 1 else "", chosen)


def dial(value: str) -> str:
    """What is left to dial: a plus and digits, if it is a phone number at all."""
    return _dial(fold(value))


def _dial(text: str) -> str:
    return _separators.sub("", _spreadsheet_tail.sub(r"\1", text.translate(_thai)))


def read_phone(value: str, choice: Choice, form: Form, *, landlines: bool) -> Accepted | Rejected:
    text = fold(value)
    if not text:
        return Rejected(Reason.EMPTY)
    if _scientific.match(text):
        return Rejected(Reason.SCIENTIFIC_NOTATION)
    if _sha256.match(text.lower()):
        return Rejected(Reason.ALREADY_HASHED)
    dialled = _dial(text)
    if not _dialled.fullmatch(dialled):
        return Rejected(Reason.NOT_A_PHONE)
    readings = _readings(dialled, choice)
    guesses = [] if choice.home else _zero_lost(dialled, choice.chosen)
    if len(readings) > 1 or guesses:
        return Rejected(Reason.COUNTRY_UNDECIDABLE)
    return (
        _spelled(readings[0], choice, form, landlines=landlines) if readings else Rejected(Reason.NOT_A_PHONE)
    )


def _readings(dialled: str, choice: Choice) -> list[Reading]:
    if dialled.startswith("+"):
        return _international(dialled[1:])
    if dialled.startswith("00"):
        return _international(dialled[2:])
    home = (choice.home,) if choice.home else ()
    if dialled.startswith(TRUNK):
        return _national(dialled, home) or _national(dialled, choice.chosen)
    return [*_bare(dialled), *_zero_lost(dialled, home), *_without_trunk(dialled, choice.chosen)]


def _international(digits: str) -> list[Reading]:
    for region, country in COUNTRIES.items():
        if digits.startswith(country.code):
            # "+81 (0)90" keeps the trunk zero.
            return _line(region, digits.removeprefix(country.code).removeprefix(TRUNK))
    return _looked_up(f"+{digits}", None)


def _national(digits: str, regions: Iterable[str]) -> list[Reading]:
    own = [entry for region in regions for entry in _line(region, digits.removeprefix(TRUNK))]
    return own + _without_trunk(digits, regions)


def _bare(digits: str) -> list[Reading]:
    starts = (region for region, country in COUNTRIES.items() if digits.startswith(country.code))
    return [entry for _ in starts for entry in _international(digits) if entry.is_mobile]


def _zero_lost(digits: str, regions: Iterable[str]) -> list[Reading]:
    if digits.startswith(("+", TRUNK)):
        return []
    return [entry for region in regions for entry in _line(region, digits) if entry.is_mobile]


def _without_trunk(digits: str, regions: Iterable[str]) -> list[Reading]:
    """National numbers of countries outside the table, which keep their own habits."""
    return [entry for region in regions if region not in COUNTRIES for entry in _looked_up(digits, region)]


def _line(region: str, number: str) -> list[Reading]:
    if region not in COUNTRIES:
        return []
    is_mobile = bool(_mobile[region].fullmatch(number))
    if not is_mobile and not _landline[region].fullmatch(number):
        return []
    return [Reading(region, COUNTRIES[region].code + number, TRUNK + number, is_mobile)]


def _looked_up(number: str, region: str | None) -> list[Reading]:
    try:
        found = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return []
    kind = phonenumbers.number_type(found)
    if kind not in MOBILE_TYPES | OTHER_TYPES:
        return []
    e164 = phonenumbers.format_number(found, PhoneNumberFormat.E164).removeprefix("+")
    national = re.sub("[^0-9]", "", phonenumbers.format_number(found, PhoneNumberFormat.NATIONAL))
    return [Reading(phonenumbers.region_code_for_number(found) or "", e164, national, kind in MOBILE_TYPES)]


def _spelled(reading: Reading, choice: Choice, form: Form, *, landlines: bool) -> Accepted | Rejected:
    if not reading.is_mobile and not landlines:
        return Rejected(Reason.LANDLINE)
    if form == Form.NATIONAL_DIGITS:
        stranger = _stranger(reading, choice, landlines=landlines)
        return Rejected(stranger) if stranger else Accepted(reading.national)
    return Accepted(reading.e164 if form == Form.E164_DIGITS else f"+{reading.e164}")


def _stranger(reading: Reading, choice: Choice, *, landlines: bool) -> Reason | None:
    """Why the national digits alone would name somebody else, if they would."""
    if reading.region == choice.home:
        return None
    others = (choice.home,) if choice.home else choice.chosen
    same_digits = _national(reading.national, others)
    if all(other.e164 == reading.e164 or not (other.is_mobile or landlines) for other in same_digits):
        return None
    return Reason.FOREIGN_NUMBER if choice.home else Reason.COUNTRY_UNDECIDABLE
