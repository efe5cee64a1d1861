"""What phone numbers, e-mail addresses, advertising ids and hashes look like, and how each is made uniform.

The tables are the rules. The fast pipeline compiles them into its engine, so every pattern is plain
enough for Python and for Rust (ASCII classes, no look-around). The functions are the slow, exact reading
of the same rules: previews use them, the pipeline hands them what its engine could not settle, and tests
compare the two.

Phones are read in `phones.py`. Numbers that are not mobile (fixed lines, Japan's 050) are LANDLINE: LINE
accounts rarely hang on them, so a person decides whether they go.

E-mail: a plus sign is kept. LINE refuses it in its own screen for raw lists but cannot see it in a hash,
and whoever registered `name+shop@` matches only with it. Dots and tags are never folded, since LINE folds
none.

Advertising ids: LINE does not say which case it compares. Apple writes capitals and Google small letters,
so an id in capitals stays so and anything else becomes small.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from phonenumbers import PhoneMetadata


class Kind(TextChoices):
    PHONE = "phone", _("Phone number")
    EMAIL = "email", _("E-mail address")
    IFA = "ifa", _("Advertising id")


class Form(StrEnum):
    """The values of the ad account's `PhoneForm`, so that the rules need no models."""

    NATIONAL_DIGITS = "NATIONAL_DIGITS"
    E164_DIGITS = "E164_DIGITS"
    E164_PLUS = "E164_PLUS"


class Reason(TextChoices):
    """Why a value cannot be sent. The label is the sentence people read."""

    EMPTY = "empty", _("The cell is empty.")
    NOT_A_PHONE = "not_a_phone", _("This is not a phone number of the chosen countries.")
    SCIENTIFIC_NOTATION = (
        "scientific_notation",
        _("A spreadsheet rounded this number (9.12E+11). Format the column as text and export again."),
    )
    COUNTRY_UNDECIDABLE = (
        "country_undecidable",
        _("This number is valid in more than one country. Choose a default country or a country column."),
    )
    FOREIGN_NUMBER = (
        "foreign_number",
        _("Without its country code this foreign number would reach somebody else in the default country."),
    )
    LANDLINE = "landline", _("This is a landline or an internet phone, not a mobile.")
    NO_AT = "no_at", _("An e-mail address needs an @ sign.")
    SEVERAL_AT = "several_at", _("There is more than one @ sign. Put one address in each cell.")
    EMAIL_CHARACTERS = "email_characters", _("The address has characters that LINE does not accept.")
    EMAIL_FORM = "email_form", _("The part before or after the @ sign is not complete.")
    EMAIL_TOO_LONG = "email_too_long", _("The address is longer than 120 characters.")
    NOT_AN_IFA = "not_an_ifa", _("This is not an advertising id (8-4-4-4-12 hexadecimal digits).")
    ZERO_IFA = "zero_ifa", _("The advertising id is all zeros: this person switched advertising ids off.")
    ALREADY_HASHED = "already_hashed", _("This value is already hashed, but the column is said to be raw.")
    NOT_HASHED = "not_hashed", _("This is not a SHA-256 hash (64 hexadecimal digits).")
    MD5 = "md5", _("This is an MD5 hash. LINE takes SHA-256 only.")
    SHA1 = "sha1", _("This is a SHA-1 hash. LINE takes SHA-256 only.")
    HASH_OF_NOTHING = "hash_of_nothing", _("This is the hash of an empty cell.")


class FileReason(TextChoices):
    """Why a record cannot be read at all."""

    BROKEN_QUOTES = "broken_quotes", _("A quotation mark in this line is never closed.")
    UNDECODABLE = "undecodable", _("The cell has bytes that the chosen encoding cannot read.")


REASON_LABELS = dict([*Reason.choices, *FileReason.choices])


def reason_label(code: str) -> str:
    """The sentence people read for a reason in a plan; the code itself for one of another release."""
    return str(REASON_LABELS.get(code, code))


@dataclass(frozen=True)
class Country:
    """Patterns are for the number without trunk zero and country code."""

    code: str
    mobile: str
    landline: str
    without_zero: str  # what a lost trunk zero may be repaired on: nothing that reads as a foreign number too

    def home(self) -> str:
        """Every spelling that is surely a mobile here when this is the home country; group 1 or 2 is it."""
        return rf"^(?:(?:\+|00)?{self.code}0?|0)({self.mobile})$|^({self.without_zero})$"


def _other_lines(region: str) -> str:
    """As libphonenumber knows them: hundreds of area codes are not ours to keep."""
    plan = PhoneMetadata.metadata_for_region(region)
    found = (plan.fixed_line, plan.voip) if plan else ()
    patterns = [line.national_number_pattern for line in found if line and line.national_number_pattern]
    return "(?:" + "|".join(patterns).replace(r"\d", "[0-9]") + ")"


_THAI_MOBILE = "(?:[89][0-9]{3}|6(?:[1-6][0-9]{2}|7(?:1[0-8]|2[4-7]|3[1-6])))[0-9]{5}"
TRUNK = "0"  # in all countries of the table
COUNTRIES = {
    "JP": Country("81", "[6-9]0[1-9][0-9]{7}", _other_lines("JP"), "[6-9]0[1-9][0-9]{7}"),
    "TW": Country("886", "9[0-8][0-9]{7}", _other_lines("TW"), "9[0-8][0-9]{7}"),
    "TH": Country("66", _THAI_MOBILE, _other_lines("TH"), _THAI_MOBILE),
    # Twelve digits that begin with 81 or 886 may as well be Japanese or Taiwanese.
    "ID": Country("62", "8[1-35-9][0-9]{7,10}", _other_lines("ID"), "8[1-35-9][0-9]{7,9}"),
}

# Applied in this order to NFKC text. A column of plain ASCII digits needs none of it.
INVISIBLE = "[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]"
THAI_DIGITS = {chr(0x0E50 + digit): str(digit) for digit in range(10)}
SPREADSHEET_TAIL = r"^('?\+?[0-9]+)\.0$"  # 886912345678.0: the column was read as a decimal number
SCIENTIFIC = r"^'?\+?[0-9](?:[.,][0-9]+)?[eE]\+?[0-9]+$"
# Dashes of every width, the katakana long vowel mark typed for one, spaces, dots, brackets, slashes, the
# apostrophe that a spreadsheet puts before text.
SEPARATORS = "[\\s\u00b7\u2010-\u2015\u2212\u30fb\u30fc\ufe63.()\\[\\]/'\u2018\u2019_-]"

EMAIL = r"^[a-z0-9._+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+$"
EMAIL_LENGTH = 120

UUID = "^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$"
ZERO_UUID = "00000000-0000-0000-0000-000000000000"

SHA256 = r"^[0-9a-f]{64}$"
HASH_OF_NOTHING = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
OTHER_HASHES = {32: Reason.MD5, 40: Reason.SHA1}  # by length in hexadecimal digits

_invisible = re.compile(INVISIBLE)
_email = re.compile(EMAIL)
_email_characters = re.compile("[a-z0-9._+@-]*")
_uuid = re.compile(UUID)
_hexadecimal = re.compile("[0-9a-f]+")
_sha256 = re.compile(SHA256)


@dataclass(frozen=True)
class Accepted:
    value: str


@dataclass(frozen=True)
class Rejected:
    reason: Reason


def fold(value: str) -> str:
    """Full-width becomes plain, what cannot be seen goes, and so does white space at both ends."""
    return _invisible.sub("", unicodedata.normalize("NFKC", value)).strip()


def read_email(value: str) -> Accepted | Rejected:
    text = fold(value).lower()
    if not text:
        return Rejected(Reason.EMPTY)
    if _sha256.fullmatch(text):
        return Rejected(Reason.ALREADY_HASHED)
    if text.count("@") != 1:
        return Rejected(Reason.SEVERAL_AT if "@" in text else Reason.NO_AT)
    if not _email_characters.fullmatch(text):
        return Rejected(Reason.EMAIL_CHARACTERS)
    if len(text) > EMAIL_LENGTH:
        return Rejected(Reason.EMAIL_TOO_LONG)
    return Accepted(text) if _email.fullmatch(text) else Rejected(Reason.EMAIL_FORM)


def read_ifa(value: str) -> Accepted | Rejected:
    text = fold(value)
    if not text:
        return Rejected(Reason.EMPTY)
    if not _uuid.fullmatch(text):
        return Rejected(Reason.NOT_AN_IFA)
    if text == ZERO_UUID:
        return Rejected(Reason.ZERO_IFA)
    return Accepted(text if text.isupper() else text.lower())


def read_hash(value: str) -> Accepted | Rejected:
    text = fold(value).lower()
    if not text:
        return Rejected(Reason.EMPTY)
    if text == HASH_OF_NOTHING:
        return Rejected(Reason.HASH_OF_NOTHING)
    if _sha256.fullmatch(text):
        return Accepted(text)
    other = OTHER_HASHES.get(len(text)) if _hexadecimal.fullmatch(text) else None
    return Rejected(other or Reason.NOT_HASHED)
