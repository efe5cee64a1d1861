import base64
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from organizations import sealing

OLD = "old:" + base64.b64encode(bytes(range(32))).decode()
NEW = "new:" + base64.b64encode(bytes(range(32, 64))).decode()
PLACE: dict[str, Any] = {"table": "api_key", "row": 7, "field": "secret"}


@pytest.fixture(autouse=True)
def key_ring(settings: Settings) -> None:
    settings.ENCRYPTION_KEYS = OLD


@pytest.mark.parametrize("clear", ["", "a secret", "密碼🔑"])
def test_a_sealed_text_opens_at_its_place(clear: Any) -> None:
    assert sealing.unseal(sealing.seal(clear, **PLACE), **PLACE) == clear


def test_bytes_come_back_as_bytes() -> None:
    assert sealing.unseal_bytes(sealing.seal(b"\xff\x00", **PLACE), **PLACE) == b"\xff\x00"


def test_a_sealed_text_names_version_and_key_and_hides_the_rest() -> None:
    sealed = sealing.seal("a secret", **PLACE)

    assert sealed.startswith("v1.old.")
    assert sealed.count(".") == 3
    assert "secret" not in sealed
    assert sealing.stored_kid(sealed) == "old"


def test_sealing_twice_gives_two_texts() -> None:
    assert sealing.seal("a secret", **PLACE) != sealing.seal("a secret", **PLACE)


@pytest.mark.parametrize("other", [{"table": "token"}, {"row": 8}, {"field": "access_key"}])
def test_a_sealed_text_moved_elsewhere_is_refused(other: Any) -> None:
    sealed = sealing.seal("a secret", **PLACE)

    with pytest.raises(sealing.WrongPlace) as refusal:
        sealing.unseal(sealed, **{**PLACE, **other})

    assert "a secret" not in str(refusal.value)


def test_two_places_cannot_be_spelled_alike() -> None:
    with pytest.raises(ValueError, match="place"):
        sealing.seal("a secret", table="a|b", row=1, field="c")


def test_a_changed_ciphertext_is_refused() -> None:
    head, body = sealing.seal("a secret", **PLACE).rsplit(".", 1)
    changed = ("A" if body[0] != "A" else "B") + body[1:]

    with pytest.raises(sealing.WrongPlace):
        sealing.unseal(f"{head}.{changed}", **PLACE)


def test_a_new_first_key_seals_while_the_old_one_still_opens(settings: Settings) -> None:
    sealed = sealing.seal("a secret", **PLACE)
    settings.ENCRYPTION_KEYS = f"{NEW},{OLD}"

    assert sealing.unseal(sealed, **PLACE) == "a secret"
    assert sealing.stored_kid(sealing.seal("a secret", **PLACE)) == "new"


def test_a_dropped_key_is_named(settings: Settings) -> None:
    sealed = sealing.seal("a secret", **PLACE)
    settings.ENCRYPTION_KEYS = NEW

    with pytest.raises(sealing.UnknownKey, match="'old'"):
        sealing.unseal(sealed, **PLACE)


@given(st.text(max_size=80))
def test_no_text_opens_by_chance_and_only_our_own_error_comes_out(text: Any) -> None:
    with pytest.raises(sealing.SealingError):
        sealing.unseal(text, **PLACE)


@pytest.mark.parametrize(
    "ring", ["", ",", "a", "a:", "a:c2hvcnQ=", "a b:" + OLD[4:], f"{OLD},{OLD}", "a:%%%"]
)
def test_a_broken_key_ring_says_so(settings: Settings, ring: Any) -> None:
    settings.ENCRYPTION_KEYS = ring

    with pytest.raises(ImproperlyConfigured, match="ENCRYPTION_KEYS"):
        sealing.seal("a secret", **PLACE)


def test_keys_do_not_show_in_a_traceback() -> None:
    assert OLD[4:10] not in repr(sealing.parse_ring(OLD))
    assert "keys" not in repr(sealing.parse_ring(OLD))
