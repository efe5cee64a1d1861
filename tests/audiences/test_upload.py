"""Files as people really upload them: an exact answer or one clear error, never a 5xx, nothing in clear."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings as SettingsWrapper
from rest_framework.test import APIClient

from organizations import bytestore
from organizations.models import Organization
from tests.audiences.feeding import file_of
from tests.factories import token_for
from users.models import Scope, User

SignIn = Callable[[User], Client]
pytestmark = [pytest.mark.db, pytest.mark.django_db]

# Each is read, whatever it is: the next step shows how.
READABLE = {
    "one row without a line end": b"0900000001",
    "header only": b"phone\n",
    "only commas": b",,,\n,,,\n",
    "double byte order mark": b"\xef\xbb\xbf\xef\xbb\xbfphone\n0900000001\n",
    "UTF-16 with mark": "phone\n0900000001\n".encode("utf-16"),
    "UTF-16 BE without mark": "phone\n0900000001\n".encode("utf-16-be"),
    "Shift JIS": "電話番号\n0900000001\n".encode("cp932"),
    "Big5": "電話號碼\n0900000001\n".encode("cp950"),
    "cut in the middle of a character": "電話\n0900000001\n電".encode()[:-1],
    "Latin-1": "pr\u00e9nom;t\u00e9l\nJos\u00e9;0900000001\n".encode("latin-1"),
    "mixed line ends": b"phone\r\n0900000001\r0900000002\n",
    "NUL bytes": b"phone\n09000\x0000001\n",
    "unterminated quote": b'phone,name\n0900000001,"Mei\n0900000002,Lin\n',
    "quoted line breaks": b'phone,note\n0900000001,"a\nb"\n',
    "ragged rows": b"a,b,c\n1\n1,2,3,4,5\n",
    "a huge field": b"phone,note\n0900000001," + b"x" * 300_000 + b"\n",
    "separator hint": b"sep=;\nphone;name\n0900000001;Mei\n",
    "line separators of Unicode": "phone\n0900000001\u2028\n\u0085\n".encode(),
    "control-Z": b"0900000001\n\x1a",
    "formulas": b"=HYPERLINK(1),@x\n+1,-1\n",
    "random bytes": bytes(range(256)) * 20,
}
REFUSED = {
    "nothing": b"",
    "a byte order mark": b"\xef\xbb\xbf",
    "blank lines": b"\n" * 1000,
    "a workbook": b"PK\x03\x04" + b"\0" * 100,
    "an old workbook": b"\xd0\xcf\x11\xe0" + b"\0" * 100,
    "gzip": b"\x1f\x8b\x08" + b"\0" * 100,
    "PDF": b"%PDF-1.7\n",
    "5,000 columns": b"," * 5000 + b"\n",
}
NAMES = [
    "../../etc/passwd",
    "a" * 300 + ".csv",
    "\u202evsc.exe",
    "<script>alert(1)</script>.csv",
    "=cmd|' /C'!A0.csv",
]


@pytest.fixture
def browser(signed_in: SignIn, bob: User) -> Client:
    return signed_in(bob)


@pytest.fixture
def api(bob: User) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token_for(bob, Scope.FEED, Scope.READ)}")
    return client


@pytest.fixture
def page_url(acme: Organization) -> str:
    return f"/organizations/{acme.code}/datasets/upload/"


@pytest.fixture
def api_url(acme: Organization) -> str:
    return f"/api/v1/organizations/{acme.code}/datasets/"


def shown(browser: Client, page_url: str, content: bytes, name: str = "customers.csv") -> Any:
    """The page that an upload leads to."""
    return browser.get(browser.post(page_url, {"file": file_of(content, name)})["Location"])


@pytest.mark.parametrize("content", READABLE.values(), ids=READABLE.keys())
def test_what_can_be_read_is_shown_masked(browser: Client, page_url: str, content: bytes) -> None:
    answer = shown(browser, page_url, content)

    assert answer.status_code == 200
    assert answer.context["preview"] is not None
    assert "0900000001" not in answer.content.decode()


@pytest.mark.parametrize("content", READABLE.values(), ids=READABLE.keys())
def test_what_can_be_read_is_taken_by_rest(api: APIClient, api_url: str, content: bytes) -> None:
    answer = api.post(api_url, {"file": file_of(content)}, format="multipart")

    assert answer.status_code == 201
    assert "0900000001" not in answer.content.decode()


@pytest.mark.parametrize("content", REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_read_is_one_error_on_the_page_and_nothing_is_kept(
    acme: Organization, browser: Client, page_url: str, content: bytes
) -> None:
    answer = browser.post(page_url, {"file": file_of(content)})

    assert (answer.status_code, len(answer.context["form"].errors["file"])) == (200, 1)
    assert not acme.datasets.exists()
    assert list(bytestore.names()) == []


@pytest.mark.parametrize("content", REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_read_is_one_error_by_rest(api: APIClient, api_url: str, content: bytes) -> None:
    answer = api.post(api_url, {"file": file_of(content)}, format="multipart")

    assert answer.status_code in {400, 422}
    assert answer.data["message"]


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_name_is_only_text(acme: Organization, browser: Client, page_url: str, name: str) -> None:
    answer = shown(browser, page_url, b"0900000001\n", name)

    assert answer.status_code == 200
    assert "<script>alert" not in answer.content.decode()
    assert "/" not in acme.datasets.get().name


def test_a_form_without_a_file_says_so(browser: Client, page_url: str) -> None:
    errors = browser.post(page_url, {}).context["form"].errors

    assert errors["file"] == ["No file arrived. Choose a file and send it again."]


def test_a_file_past_the_limit_says_so(
    settings: SettingsWrapper, acme: Organization, browser: Client, page_url: str
) -> None:
    settings.UPLOAD_MAX_BYTES = 1000
    errors = browser.post(page_url, {"file": file_of(b"0900000001\n" * 100)}).context["form"].errors

    assert "larger than this console takes" in errors["file"][0]
    assert not acme.datasets.exists()
    assert list(bytestore.names()) == []


def test_rest_wants_a_multipart_form(api: APIClient, api_url: str) -> None:
    assert api.post(api_url, {"file": "0900000001"}, format="json").status_code == 415


def test_the_same_file_twice_is_two_lists(acme: Organization, browser: Client, page_url: str) -> None:
    for _ in range(2):
        browser.post(page_url, {"file": file_of(b"0900000001\n")})

    assert acme.datasets.kept().count() == 2


def test_an_upload_without_a_token_for_the_form_is_refused(
    acme: Organization, bob: User, signed_in: SignIn, page_url: str
) -> None:
    browser = signed_in(bob)
    browser.handler.enforce_csrf_checks = True

    assert browser.post(page_url, {"file": file_of(b"0900000001\n")}).status_code == 403
    assert list(bytestore.names()) == []
