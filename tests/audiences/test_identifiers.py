from __future__ import annotations

import hashlib
import json
import re
import uuid
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiences.identifiers import COUNTRIES, EMAIL_LENGTH, Accepted, Form, Kind, Reason, Rejected
from audiences.normalising import mask, normalise
from linking.models import Account

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "line-ads-jws-vector.json").read_text("utf-8"))
HASHES = VECTORS["hash_vectors"]
ANY_SETTING = st.fixed_dictionaries(
    {
        "country": st.sampled_from([None, *COUNTRIES, "HK", "US", "IT"]),
        "countries": st.lists(st.sampled_from([*COUNTRIES, "HK", "US"]), max_size=3),
        "form": st.sampled_from(Form),
        "landlines": st.booleans(),
        "hashed": st.booleans(),
    }
)
UPPER_IDFA = "6D92078A-8246-4BA4-AE5B-76104861E7DC"
MESS = st.text() | st.from_regex(r"[+0-9 ()\-.eE@０-９ー'/]{0,24}", fullmatch=True)


def accepted(kind: Kind, value: str, **settings: Any) -> str:
    found = normalise(kind, value, **settings)
    assert isinstance(found, Accepted), found
    return found.value


def rejected(kind: Kind, value: str, **settings: Any) -> Reason:
    found = normalise(kind, value, **settings)
    assert isinstance(found, Rejected), found
    return found.reason


@pytest.mark.parametrize("vector", HASHES["email"], ids=lambda vector: vector["raw"])
def test_published_addresses_come_out_and_hash_as_published(vector: dict[str, str]) -> None:
    value = accepted(Kind.EMAIL, vector["raw"])

    assert value == vector["normalised"]
    assert hashlib.sha256(value.encode()).hexdigest() == vector["sha256"]


@pytest.mark.parametrize(
    ("form", "key"),
    [
        (Form.NATIONAL_DIGITS, "national_digits"),
        (Form.E164_DIGITS, "e164_digits_no_plus"),
        (Form.E164_PLUS, "e164"),
    ],
)
@pytest.mark.parametrize("vector", HASHES["phone"], ids=lambda vector: vector["country"])
def test_published_phones_come_out_in_each_form(vector: dict[str, str], form: Form, key: str) -> None:
    value = accepted(Kind.PHONE, vector["raw"], country=vector["country"], form=form)

    assert value == vector[key]
    assert hashlib.sha256(value.encode()).hexdigest() == vector[f"sha256_{key}"]


def test_the_forms_are_those_of_the_ad_account() -> None:
    assert {form.value for form in Form} == set(Account.PhoneForm.values)


@given(st.sampled_from(Kind), MESS, ANY_SETTING)
def test_no_value_is_too_strange_to_judge(kind: Kind, value: str, settings: dict[str, Any]) -> None:
    assert isinstance(normalise(kind, value, **settings), Accepted | Rejected)


@given(st.sampled_from([Kind.EMAIL, Kind.IFA]) | st.none(), MESS | st.emails() | st.uuids().map(str))
def test_what_is_uniform_stays_as_it_is(kind: Kind | None, value: str) -> None:
    kind, hashed = kind or Kind.EMAIL, kind is None
    found = normalise(kind, value, hashed=hashed)

    if isinstance(found, Accepted):
        assert normalise(kind, found.value, hashed=hashed) == found


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("USER@Example.com", "user@example.com"),
        ("　ｕｓｅｒ＠ｅｘａｍｐｌｅ．ｃｏｍ\u00a0", "user@example.com"),
        ("us\u200ber@example.com\ufeff", "user@example.com"),
        ("name+shop@example.com", "name+shop@example.com"),
        ("a..b.@docomo.example", "a..b.@docomo.example"),
        ("a@" + "b" * (EMAIL_LENGTH - 6) + ".com", "a@" + "b" * (EMAIL_LENGTH - 6) + ".com"),
    ],
)
def test_addresses_are_made_uniform_and_never_folded_further(raw: str, clean: str) -> None:
    assert accepted(Kind.EMAIL, raw) == clean


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("  \u200b", Reason.EMPTY),
        ("nobody", Reason.NO_AT),
        ("a@x.example,b@x.example", Reason.SEVERAL_AT),
        ("a b@x.example", Reason.EMAIL_CHARACTERS),
        ("mailto:a@x.example", Reason.EMAIL_CHARACTERS),
        ("Taro <a@x.example>", Reason.EMAIL_CHARACTERS),
        ("straße@x.example", Reason.EMAIL_CHARACTERS),
        ("İ@x.example", Reason.EMAIL_CHARACTERS),
        ("a@例え.example", Reason.EMAIL_CHARACTERS),
        ("a@x.example\0", Reason.EMAIL_CHARACTERS),
        ("a@localhost", Reason.EMAIL_FORM),
        ("@x.example", Reason.EMAIL_FORM),
        ("a@x..example", Reason.EMAIL_FORM),
        ("a" * 200 + "@x.example", Reason.EMAIL_TOO_LONG),
        (HASHES["email"][0]["sha256"], Reason.ALREADY_HASHED),
    ],
)
def test_an_address_that_cannot_go_says_why(raw: str, reason: Reason) -> None:
    assert rejected(Kind.EMAIL, raw) == reason


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("", Reason.EMPTY),
        (HASHES["empty_string_sha256"].upper(), Reason.HASH_OF_NOTHING),
        ("d41d8cd98f00b204e9800998ecf8427e", Reason.MD5),
        ("da39a3ee5e6b4b0d3255bfef95601890afd80709", Reason.SHA1),
        ("a" * 63, Reason.NOT_HASHED),
        ("a" * 65, Reason.NOT_HASHED),
        ("0x" + "a" * 64, Reason.NOT_HASHED),
        ("g" * 64, Reason.NOT_HASHED),
        ("taro@x.example", Reason.NOT_HASHED),
        ("0900000000", Reason.NOT_HASHED),
    ],
)
@pytest.mark.parametrize("kind", [Kind.PHONE, Kind.EMAIL])
def test_a_hash_that_cannot_go_says_why(kind: Kind, raw: str, reason: Reason) -> None:
    assert rejected(kind, raw, hashed=True) == reason


def test_hashes_pass_in_small_letters() -> None:
    digest = HASHES["email"][0]["sha256"]

    assert accepted(Kind.PHONE, f" {digest.upper()} ", hashed=True) == digest


def test_a_hash_in_a_raw_phone_column_is_not_hashed_again() -> None:
    digest = HASHES["phone"][0]["sha256_e164"]

    assert rejected(Kind.PHONE, digest.upper(), country="JP") == Reason.ALREADY_HASHED


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        (UPPER_IDFA, UPPER_IDFA),
        (f" {UPPER_IDFA.lower()} ", UPPER_IDFA.lower()),
        (UPPER_IDFA.title(), UPPER_IDFA.lower()),
    ],
)
def test_advertising_ids_keep_the_case_of_their_system(raw: str, clean: str) -> None:
    assert accepted(Kind.IFA, raw, hashed=True) == clean


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("", Reason.EMPTY),
        (str(uuid.UUID(int=0)), Reason.ZERO_IFA),
        (UPPER_IDFA.replace("-", ""), Reason.NOT_AN_IFA),
        (UPPER_IDFA + "0", Reason.NOT_AN_IFA),
    ],
)
def test_an_advertising_id_that_cannot_go_says_why(raw: str, reason: Reason) -> None:
    assert rejected(Kind.IFA, raw) == reason


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("0900000078", "09••••••78"),
        ("090-0000-0078", "09••••••••78"),
        ("taro@mail.example", "t•••@m•••.example"),
        ("taro@evil", "t•••@•••.•••"),
        ("王小明", "王•••"),
        ("12345", "1•••"),
        ("", ""),
    ],
)
def test_samples_are_recognised_by_their_owner_only(raw: str, shown: str) -> None:
    assert mask(raw) == shown


@given(st.text())
def test_a_mask_never_shows_the_middle(value: str) -> None:
    shown = mask(value)

    assert len(shown.replace("•", "")) <= max(len(value) - 3, 1) or "@" in value


def test_a_mask_shows_four_characters_of_a_hash() -> None:
    assert mask(HASHES["empty_string_sha256"]) == "e3••••••••55"


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_a_sentence(reason: Reason) -> None:
    assert re.fullmatch(r"[A-Z].*\.", str(reason.label))


@pytest.mark.parametrize("country", COUNTRIES.values(), ids=COUNTRIES.keys())
def test_the_patterns_run_in_the_fast_engine_too(country: Any) -> None:
    column = pl.Series([f"+{country.code}900000000", "0", ""])

    for pattern in (country.home(), country.mobile, country.landline):
        assert column.str.contains(pattern).len() == 3
