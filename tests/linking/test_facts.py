from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linking import services
from linking.facts import mixes_alphabets, plain
from linking.models import Account, LinkRequest
from tests.linking.conftest import Asked
from users.models import User


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Acme\u202e gpj.exe", "Acme gpj.exe"),
        ("Ac\u200bme", "Acme"),
        ("Acme\r\nBcc: x", "Acme Bcc: x"),
        ("\u2066Acme\u2069", "Acme"),
        ("台灣　咖啡", "台灣 咖啡"),
        ("กาแฟ", "กาแฟ"),
    ],
)
def test_names_are_shown_without_characters_that_deceive(name: str, shown: str) -> None:
    assert plain(name) == shown


@given(st.text())
def test_a_shown_name_has_no_control_characters_and_stays_as_it_is(name: str) -> None:
    assert plain(plain(name)) == plain(name)
    assert plain(name).isprintable()


@pytest.mark.parametrize(
    ("name", "mixes"),
    [
        ("Аcme", True),
        ("Acme", False),
        ("Акме", False),
        ("Acme Акме", False),
        ("台灣Coffee", False),
        ("LINE公式", False),
    ],
)
def test_a_word_of_two_alphabets_is_noticed(name: str, mixes: bool) -> None:
    assert mixes_alphabets(name) is mixes


@pytest.mark.db
@pytest.mark.django_db
def test_the_digest_stays_the_same_while_nothing_changes(asked: Asked) -> None:
    again = LinkRequest.objects.get(pk=asked.link_request.pk)

    assert services.facts(again).digest == services.facts(asked.link_request).digest


@pytest.mark.db
@pytest.mark.django_db
def test_an_official_account_shows_its_premium_id_if_it_has_one(asked: Asked, mia: User) -> None:
    assert services.facts(asked.link_request).search_id == asked.link_request.account.basic_id

    Account.objects.update(premium_id="@acme-coffee")

    again = LinkRequest.objects.get(pk=asked.link_request.pk)
    assert services.facts(again).search_id == "@acme-coffee"
