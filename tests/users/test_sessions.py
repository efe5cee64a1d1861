"""Where a person is signed in: seen by that person alone, ended at once, forgotten with the session."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from audiences import tick
from tests import factories
from users import sessions
from users.devices import device
from users.models import Scope, User

pytestmark = [pytest.mark.db, pytest.mark.django_db]
SignIn = Callable[[User], Client]
PASSWORD = "correct horse battery"
PAGE = "/preferences/sessions/"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0 Safari/537.36"


@pytest.fixture
def signed_in(db: None) -> SignIn:
    """One more session of that person; the password stays, and with it the sessions there are."""

    def sign_in(user: User) -> Client:
        if not user.check_password(PASSWORD):
            user.set_password(PASSWORD)
            user.save(update_fields=["password"])
        client = Client()
        client.post("/account/login/", {"login": user.email, "password": PASSWORD})
        return client

    return sign_in


def row_of(client: Client) -> UserSession:
    return UserSession.objects.get(session_key=client.session.session_key)


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (IPHONE, "Safari on iPhone"),
        (WINDOWS, "Chrome on Windows"),
        (f"{WINDOWS} Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        ("curl/8.5", "curl"),
        ("", "Unknown device"),
    ],
)
def test_a_device_is_named_as_people_do(user_agent: str, words: str) -> None:
    assert device(user_agent) == words


def test_the_page_shows_ones_own_sessions_and_marks_this_one(
    alice: User, bob: User, signed_in: SignIn
) -> None:
    here = signed_in(alice)
    signed_in(alice)
    UserSession.objects.filter(pk=row_of(signed_in(bob)).pk).update(ip="192.0.2.9")
    UserSession.objects.filter(pk=row_of(here).pk).update(user_agent=WINDOWS)

    answer = here.get(PAGE)

    rows = answer.context["rows"]
    assert [row["is_here"] for row in rows] == [True, False]
    assert rows[0]["device"] == "Chrome on Windows"
    assert b"192.0.2.9" not in answer.content


def test_an_ended_session_is_over_at_once(alice: User, signed_in: SignIn) -> None:
    here, there = signed_in(alice), signed_in(alice)
    assert there.get(PAGE).status_code == 200

    here.post(f"{PAGE}{row_of(there).pk}/end/")

    assert there.get(PAGE)["Location"].startswith("/account/login/")
    assert here.get(PAGE).status_code == 200
    assert UserSession.objects.count() == 1


def test_all_others_end_together_and_nobody_elses(alice: User, bob: User, signed_in: SignIn) -> None:
    here, there, third, bobs = signed_in(alice), signed_in(alice), signed_in(alice), signed_in(bob)

    answer = here.post(f"{PAGE}end-others/", follow=True)

    assert b"2 other sessions are over" in answer.content
    assert [client.get(PAGE).status_code for client in (here, there, third, bobs)] == [200, 302, 302, 200]


def test_nobody_ends_the_session_of_another(alice: User, bob: User, signed_in: SignIn) -> None:
    theirs = signed_in(bob)

    assert signed_in(alice).post(f"{PAGE}{row_of(theirs).pk}/end/").status_code == 404
    assert theirs.get(PAGE).status_code == 200


def test_ones_own_session_ends_by_signing_out(alice: User, signed_in: SignIn) -> None:
    here = signed_in(alice)

    assert here.post(f"{PAGE}{row_of(here).pk}/end/")["Location"] == "/account/logout/"


def test_a_new_password_ends_the_other_sessions(alice: User, signed_in: SignIn) -> None:
    here, there = signed_in(alice), signed_in(alice)
    new = "another horse battery"
    form = {"oldpassword": PASSWORD, "password1": new, "password2": new}

    here.post("/account/password/change/", form)

    assert there.get(PAGE).status_code == 302
    assert sessions.own(User.objects.get(pk=alice.pk)) == []


def test_addresses_are_forgotten_with_their_sessions(alice: User, signed_in: SignIn) -> None:
    signed_out, run_out, here = signed_in(alice), signed_in(alice), signed_in(alice)
    keys = [client.session.session_key for client in (run_out, here)]
    signed_out.post("/account/logout/")
    Session.objects.filter(session_key=keys[0]).update(expire_date=timezone.now() - timedelta(seconds=1))
    assert sessions.forget in [getattr(duty, "__wrapped__", duty) for duty in tick.DUTIES]

    sessions.forget()

    assert [row.session_key for row in UserSession.objects.all()] == [keys[1]]
    assert Session.objects.filter(session_key=keys[1]).exists()
    assert not Session.objects.filter(session_key=keys[0]).exists()


def test_it_is_noted_where_a_session_was_last_seen(
    alice: User, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = signed_in(alice)
    monkeypatch.setattr(sessions, "_has_just_signed_in", lambda request: False)

    here.get(PAGE, REMOTE_ADDR="192.0.2.7", headers={"user-agent": IPHONE})
    here.get(PAGE, REMOTE_ADDR="192.0.2.8")  # within the same minute

    assert (row_of(here).ip, row_of(here).user_agent) == ("192.0.2.7", IPHONE)


def test_a_token_makes_no_session(alice: User, client: Client) -> None:
    headers = {"Authorization": f"Bearer {factories.token_for(alice, Scope.READ)}"}

    client.get("/api/v1/organizations/", headers=headers)

    assert not UserSession.objects.exists()


def test_the_list_takes_the_same_few_queries(
    alice: User, signed_in: SignIn, django_assert_num_queries: Callable[..., object]
) -> None:
    here = signed_in(alice)
    for _ in range(3):
        signed_in(alice)
    with django_assert_num_queries(5):
        here.get(PAGE)


def test_the_librarys_own_list_leads_to_ours(alice: User, signed_in: SignIn) -> None:
    assert signed_in(alice).get("/account/sessions/")["Location"] == PAGE
