from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from audiences import settling
from audiences.identifiers import FileReason, Form, Kind, Reason, reason_label
from audiences.settling import Rules, Settler, exact

PHONE_RULES = [
    Rules(Kind.PHONE, country=country, form=form, landlines=landlines)
    for country in ("TW", "JP", "TH", "ID", "", "US")
    for form in Form
    for landlines in (False, True)
]
MANY_COUNTRIES = [
    Rules(Kind.PHONE, countries=("TW", "TH")),
    Rules(Kind.PHONE, country="TW", countries=("TW", "TH"), form=Form.E164_DIGITS),
    Rules(Kind.PHONE, country="JP", countries=("US",)),
]
OTHER_RULES = [
    Rules(Kind.EMAIL),
    Rules(Kind.EMAIL, is_hashed=True),
    Rules(Kind.PHONE, is_hashed=True),
    Rules(Kind.IFA),
]
RULES = [*PHONE_RULES, *MANY_COUNTRIES, *OTHER_RULES]

DIGITS = st.text("0123456789", min_size=5, max_size=12)
STARTS = st.sampled_from(
    [
        "",
        "0",
        "00",
        "+",
        "+81",
        "0081",
        "81",
        "+886",
        "886",
        "00886",
        "+66",
        "66",
        "+62",
        "62",
        "+1",
        "090",
        "09",
        "08",
        "02",
    ]
)
NOISE = st.sampled_from(["", "-", " ", "\u3000", "(0)", "ー", ".", "\u200b", "'", ".0"])
PHONES = st.builds(
    lambda start, digits, noise, at, wide: widened(
        (start + digits)[:at] + noise + (start + digits)[at:], wide=wide
    ),
    STARTS,
    DIGITS,
    NOISE,
    st.integers(0, 16),
    st.booleans(),
)
EMAILS = st.from_regex(r"\A[ A-Za-zＡ0-9._+\-]{0,8}@{0,2}[a-zİK\-.]{0,10}(\.[A-Za-z]{0,6})?[ \u3000]?\Z")
HEXES = st.builds(
    lambda text, upper, pad: (text.upper() if upper else text) + pad,
    st.text("0123456789abcdef", min_size=30, max_size=66),
    st.booleans(),
    st.sampled_from(["", " ", "\n"]),
)
IDS = st.builds(lambda uuid, upper: str(uuid).upper() if upper else str(uuid), st.uuids(), st.booleans())
VALUES = st.one_of(PHONES, PHONES, PHONES, EMAILS, HEXES, IDS, st.text(max_size=12))


def widened(text: Any, *, wide: Any) -> Any:
    return text.translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)}) if wide else text


def settle(rules: Any, values: Any) -> Any:
    frame = Settler(rules).settle(pl.Series("raw", values, dtype=pl.String))
    return frame.rows()


@pytest.mark.parametrize("rules", RULES, ids=str)
@hypothesis_settings(max_examples=12, deadline=None)
@given(values=st.lists(VALUES, min_size=10, max_size=40))
def test_the_engine_never_disagrees_with_the_exact_rules(rules: Any, values: Any) -> None:
    assert settle(rules, values) == [exact(rules, value) for value in values]


@pytest.mark.slow
@pytest.mark.parametrize("rules", PHONE_RULES + MANY_COUNTRIES, ids=str)
@hypothesis_settings(max_examples=150, deadline=None)
@given(values=st.lists(PHONES, min_size=20, max_size=60))
def test_phones_of_every_spelling_settle_as_the_exact_rules_say(rules: Any, values: Any) -> None:
    assert settle(rules, values) == [exact(rules, value) for value in values]


@pytest.mark.parametrize("value", [None, "", " ", "\u3000", "\u200b"])
@pytest.mark.parametrize("rules", OTHER_RULES + PHONE_RULES[:1], ids=str)
def test_an_absent_and_an_invisible_value_are_empty(rules: Any, value: Any) -> None:
    assert settle(rules, [value]) == [(None, Reason.EMPTY.value)]


def test_what_the_encoding_could_not_read_is_refused_as_such() -> None:
    assert settle(Rules(Kind.EMAIL), ["a\ufffd@shop.example"]) == [(None, FileReason.UNDECODABLE.value)]


def test_plain_numbers_never_reach_the_slow_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settling, "exact", None)
    plain = [
        "0900000001",
        "0900-000-002",
        "+886 900 000 003",
        "０９０００００００４",
        "900000005",
        "02-2345-0000",
        "0123",
    ]

    values = settle(Rules(Kind.PHONE, country="TW"), plain)

    assert [value for value, _reason in values[:5]] == [f"090000000{number}" for number in range(1, 6)]
    assert [reason for _value, reason in values[5:]] == ["landline", "not_a_phone"]


def test_a_repeated_odd_value_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def answer(rules: Rules, text: str) -> tuple[None, str]:
        asked.append(text)
        return None, "not_a_phone"

    monkeypatch.setattr(settling, "exact", answer)
    settler = Settler(Rules(Kind.PHONE, country="TW"))

    for _ in range(3):
        settler.settle(pl.Series("raw", ["n/a", "n/a", "0900000001"]))

    assert asked == ["n/a"]


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settling, "REMEMBERED", 10)
    settler = Settler(Rules(Kind.PHONE, country="TW"))

    settler.settle(pl.Series("raw", [f"odd {number}" for number in range(35)]))

    assert len(settler._known) <= 10


@pytest.mark.parametrize("code", [*Reason.values, *FileReason.values])
def test_every_reason_has_a_sentence(code: Any) -> None:
    assert reason_label(code).endswith(".")
