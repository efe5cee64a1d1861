"""Legal entities: the check digits of three countries, one entity for each number."""

from __future__ import annotations

import pytest

from organizations import legal_entities
from organizations.legal_entities import WrongRegistrationNumber
from organizations.models import LegalEntity


@pytest.mark.parametrize(
    ("country", "typed", "stored"),
    [
        ("TW", "10458575", "10458575"),
        ("TW", " １０４５８５７５ ", "10458575"),
        ("JP", "5-8356-7825-6246", "5835678256246"),
        ("TH", "0 9940 00617 72 1", "0994000617721"),
    ],
)
def test_a_number_is_stored_as_plain_digits(country: str, typed: str, stored: str) -> None:
    assert legal_entities.registration_number(country, typed) == stored


@pytest.mark.parametrize(
    ("country", "typed"),
    [
        ("TW", "10458573"),
        ("TW", "1045857"),
        ("TW", ""),
        ("TW", "1045857x"),
        ("JP", "5835678256247"),
        ("JP", "10458575"),
        ("TH", "0994000617722"),
        ("XX", "10458575"),
    ],
)
def test_a_wrong_number_says_what_to_compare(country: str, typed: str) -> None:
    with pytest.raises(WrongRegistrationNumber) as refused:
        legal_entities.registration_number(country, typed)

    assert "check digit" in refused.value.fields["registration_number"][0]


@pytest.mark.db
@pytest.mark.django_db
def test_one_number_is_one_entity_and_keeps_its_first_name() -> None:
    first = legal_entities.named("TW", "10458575", "  Sunny   Hill ")
    second = legal_entities.named("TW", "1045 8575", "Somebody Else")

    assert (first.pk, first.name) == (second.pk, "Sunny Hill")
    assert LegalEntity.objects.count() == 1
