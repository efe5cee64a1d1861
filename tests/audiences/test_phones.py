from __future__ import annotations

import re
from typing import Any

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiences.identifiers import COUNTRIES, Accepted, Form, Kind, Reason, Rejected
from audiences.normalising import normalise
from audiences.phones import dial

FULL_WIDTH = str.maketrans("0123456789+-() ", "０１２３４５６７８９＋－（）　")
THAI = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")
E164 = {"form": Form.E164_PLUS}
MOBILES = {
    "JP": r"[6-9]0[1-9][0-9]{7}",
    "TW": r"9[0-8][0-9]{7}",
    "TH": r"[89][0-9]{8}|6[1-6][0-9]{7}",
    "ID": r"8[1-35-9][0-9]{7,10}",
}
PEOPLE = st.sampled_from(list(MOBILES)).flatmap(
    lambda region: st.tuples(st.just(region), st.from_regex(MOBILES[region], fullmatch=True))
)


def spellings(code: str, number: str) -> list[str]:
    """As shops export them: plain, cut in three, with each kind of prefix, wide, damaged by Excel."""
    a, b, c = number[:2], number[2:5], number[5:]
    cuts = ["-", " ", ".", "/", "‐", "–", "—", "−", "ー", "ｰ", "\u00a0", "\u3000", "\u200b"]
    prefixes = [
        f"+{code}",
        f"+{code}-",
        f"+{code} (0)",
        f"+{code}0",
        f"00{code}",
        f"00{code} 0",
        f"(+{code})",
    ]
    plain = f"0{a}-{b}-{c}"
    return [
        f"0{number}",
        *(f"0{a}{cut}{b}{cut}{c}" for cut in cuts),
        *(f"{prefix}{a}-{b}-{c}" for prefix in prefixes),
        f"{code}{number}",
        f"{code}0{number}",
        f"(0{a}) {b} {c}",
        plain.translate(FULL_WIDTH),
        plain.translate(THAI),
        f"'0{number}",
        f"'+{code}{number}",
        f"{code}{number}.0",
        f" 0{number}\t",
    ]


def found(value: str, **settings: Any) -> str | Reason:
    result = normalise(Kind.PHONE, value, **settings)
    return result.value if isinstance(result, Accepted) else result.reason


@given(PEOPLE)
def test_every_spelling_of_a_mobile_is_the_same_person(person: tuple[str, str]) -> None:
    region, number = person
    code = COUNTRIES[region].code
    read = {found(value, country=region, **E164) for value in spellings(code, number)}

    assert read == {f"+{code}{number}"}
    assert len(spellings(code, number)) >= 24


@given(PEOPLE)
def test_a_mobile_is_what_libphonenumber_says(person: tuple[str, str]) -> None:
    region, number = person
    expected = phonenumbers.parse(f"0{number}", region)

    assert phonenumbers.number_type(expected) == phonenumbers.PhoneNumberType.MOBILE
    assert found(f"0{number}", country=region, **E164) == phonenumbers.format_number(
        expected, phonenumbers.PhoneNumberFormat.E164
    )


@given(st.sampled_from(list(COUNTRIES)), st.from_regex("0[1-9][0-9]{7,12}", fullmatch=True))
def test_no_number_is_accepted_that_libphonenumber_calls_another(region: str, value: str) -> None:
    read = found(value, country=region, landlines=True, **E164)

    if isinstance(read, Reason):
        assert read == Reason.NOT_A_PHONE
    else:
        expected = phonenumbers.parse(value, region)
        assert read == phonenumbers.format_number(expected, phonenumbers.PhoneNumberFormat.E164)
        assert phonenumbers.is_valid_number(expected)


@given(PEOPLE, st.sampled_from(list(COUNTRIES)))
def test_a_national_number_is_never_read_as_another_countrys(person: tuple[str, str], home: str) -> None:
    region, number = person
    read = found(f"0{number}", country=home, landlines=True, **E164)

    assert isinstance(read, Reason) or read == f"+{COUNTRIES[home].code}{number}"
    assert region != home or not isinstance(read, Reason)


@given(PEOPLE, st.sampled_from(list(COUNTRIES)))
def test_a_country_code_is_believed_whatever_the_default(person: tuple[str, str], home: str) -> None:
    region, number = person
    code = COUNTRIES[region].code

    assert found(f"+{code} {number}", country=home, **E164) == f"+{code}{number}"
    assert found(f"00{code}{number}", country=home, **E164) == f"+{code}{number}"


@given(PEOPLE, st.sampled_from(list(COUNTRIES)))
def test_in_national_form_nobody_is_sent_who_looks_like_somebody_at_home(
    person: tuple[str, str], home: str
) -> None:
    region, number = person
    looks_local = bool(re.fullmatch(COUNTRIES[home].mobile, number)) and region != home

    read = found(f"+{COUNTRIES[region].code}{number}", country=home)

    assert read == (Reason.FOREIGN_NUMBER if looks_local else f"0{number}")


@given(PEOPLE)
def test_what_the_fast_pattern_takes_the_slow_reading_takes_alike(person: tuple[str, str]) -> None:
    region, number = person
    country = COUNTRIES[region]
    for value in spellings(country.code, number):
        fast = re.search(country.home(), dial(value))

        assert fast, value
        assert (fast[1] or fast[2]) == number


@given(st.sampled_from(list(COUNTRIES)), st.from_regex(r"(\+|00)?[0-9]{8,15}", fullmatch=True))
def test_the_fast_pattern_takes_nothing_that_the_slow_reading_does_not(region: str, value: str) -> None:
    fast = re.search(COUNTRIES[region].home(), value)

    if fast:
        assert found(value, country=region, form=Form.NATIONAL_DIGITS) == f"0{fast[1] or fast[2]}"


@given(PEOPLE, st.sampled_from([Form.NATIONAL_DIGITS, Form.E164_PLUS, Form.E164_DIGITS]))
def test_a_uniform_number_stays_as_it_is(person: tuple[str, str], form: Form) -> None:
    region, number = person
    once = found(f"0{number}", country=region, form=form)

    assert isinstance(once, str)
    assert found(once, country=region, form=form) == once


@pytest.mark.parametrize(
    ("region", "damaged", "whole"),
    [
        ("TW", "912345678", "0912345678"),
        ("JP", "9012345678", "09012345678"),
        ("TH", "812345678", "0812345678"),
        ("ID", "81234567890", "081234567890"),
        ("TW", "912345678.0", "0912345678"),
    ],
)
def test_a_zero_lost_to_a_spreadsheet_is_put_back_at_home(region: str, damaged: str, whole: str) -> None:
    assert found(damaged, country=region) == whole


@pytest.mark.parametrize("value", ["819012345678", "886912345678"])
def test_digits_that_are_indonesian_without_zero_or_foreign_with_code_stay_open(value: str) -> None:
    assert found(value, country="ID") == Reason.COUNTRY_UNDECIDABLE
    assert found(value, country="TW", **E164) == f"+{value}"


@pytest.mark.parametrize("value", ["0912345678", "912345678"])
def test_a_number_of_two_countries_is_open_until_one_is_the_default(value: str) -> None:
    both = ("TW", "TH")

    assert found(value, countries=both, **E164) == Reason.COUNTRY_UNDECIDABLE
    assert found(value, countries=both, country="TW", **E164) == "+886912345678"
    assert found(value, countries=both, country="TH", **E164) == "+66912345678"


def test_a_mobile_here_and_a_landline_there_is_open_too() -> None:
    assert found("0921234567", countries=("JP", "TW")) == Reason.COUNTRY_UNDECIDABLE
    assert found("0921234567", country="JP", countries=("TW",)) == Reason.LANDLINE
    assert found("0921234567", country="TW", countries=("JP",)) == "0921234567"


def test_without_a_default_shared_national_digits_are_not_sent() -> None:
    assert found("+66 91 234 5678", countries=("TW", "TH")) == Reason.COUNTRY_UNDECIDABLE
    assert found("+66 91 234 5678", countries=("TW", "TH"), **E164) == "+66912345678"


def test_a_number_of_one_chosen_country_needs_no_default() -> None:
    assert found("090-1234-5678", countries=("TW", "JP"), **E164) == "+819012345678"


def test_without_any_country_only_a_country_code_helps() -> None:
    assert found("0912345678") == Reason.NOT_A_PHONE
    assert found("+886912345678") == "0912345678"


@pytest.mark.parametrize(
    ("value", "region", "national"),
    [
        ("03-1234-5678", "JP", "0312345678"),
        ("050-1234-5678", "JP", "05012345678"),
        ("(02) 2345-6789", "TW", "0223456789"),
        ("02-123-4567", "TH", "021234567"),
        ("+62 21 12345678", "ID", "02112345678"),
    ],
)
def test_landlines_go_only_when_somebody_said_so(value: str, region: str, national: str) -> None:
    assert found(value, country=region) == Reason.LANDLINE
    assert found(value, country=region, landlines=True) == national


@pytest.mark.parametrize(
    ("value", "region", "e164"),
    [
        ("+1 201 555 0123", "TW", "+12015550123"),
        ("(201) 555-0123", "US", "+12015550123"),
        ("+852 5123 4567", "TW", "+85251234567"),
        ("5123 4567", "HK", "+85251234567"),
        ("010-2000-0000", "KR", "+821020000000"),
        ("886912345678", "HK", "+886912345678"),
    ],
)
def test_other_countries_are_read_by_libphonenumber(value: str, region: str, e164: str) -> None:
    assert found(value, country=region, **E164) == e164


def test_the_same_number_under_a_shared_country_code_is_no_stranger() -> None:
    assert found("+1 204 234 5678", country="US") == "2042345678"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("", Reason.EMPTY),
        (" \u3000\u200b", Reason.EMPTY),
        ("-", Reason.NOT_A_PHONE),
        ("N/A", Reason.NOT_A_PHONE),
        ("なし", Reason.NOT_A_PHONE),
        ("9.12E+11", Reason.SCIENTIFIC_NOTATION),
        ("8,86912E+11", Reason.SCIENTIFIC_NOTATION),
        ("0000000000", Reason.NOT_A_PHONE),
        ("090-1234-567", Reason.NOT_A_PHONE),
        ("090-1234-56789", Reason.NOT_A_PHONE),
        ("0912345678/0922345678", Reason.NOT_A_PHONE),
        ("0912345678 ext 12", Reason.NOT_A_PHONE),
        ("++886912345678", Reason.NOT_A_PHONE),
        ("+0912345678", Reason.NOT_A_PHONE),
        ("0912+345678", Reason.NOT_A_PHONE),
        ("123", Reason.NOT_A_PHONE),
        ("0" * 30, Reason.NOT_A_PHONE),
        ("taro@x.example", Reason.NOT_A_PHONE),
        ("14155550123", Reason.NOT_A_PHONE),
        ("9" * 300, Reason.NOT_A_PHONE),
    ],
)
def test_what_is_no_phone_says_why(value: str, reason: Reason) -> None:
    assert normalise(Kind.PHONE, value, country="JP") == Rejected(reason)
