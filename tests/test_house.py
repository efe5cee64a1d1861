"""Promises of the whole house: what settings name exists, health tells the truth, errors have one shape."""

from __future__ import annotations

import json
import logging
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string
from pytest_django import Settings
from structlog.stdlib import ProcessorFormatter

from audiences.models import Heartbeat
from bizmanager import demofile, health
from bizmanager.celery import app
from bizmanager.keys import made_up
from bizmanager.logs import logging_config, mask_tokens
from bizmanager.wsgi import own
from organizations.models import Organization, OutgoingMail
from tests import factories
from users.models import Scope, User

pytestmark = [pytest.mark.db, pytest.mark.django_db]


def test_the_ways_from_lower_to_higher_apps_are_these(settings: Settings) -> None:
    assert settings.LINK_ENDED == [
        "resources.services.end_shares",
        "resources.share_answers.end_requests",
        "audiences.services.stop_feeding",
    ]
    assert settings.RESOURCE_ENDED == ["audiences.leftovers.stop_feeding"]
    assert settings.IMPACTS == [
        "resources.services.impacts",
        "resources.tags.impacts",
        "audiences.services.impacts",
        "audiences.leftovers.impacts",
    ]
    assert settings.REFRESHING == {
        "organization": "audiences.mirrors.of_organization",
        "link": "audiences.mirrors.of_link",
    }
    assert settings.ORGANIZATION_LINKED == ["linking.services.was_ever_linked"]
    assert settings.ORGANIZATION_CHANGED == ["linking.reviews.consider_links"]
    assert settings.ORGANIZATION_DELETED == ["linking.services.forget_organization"]
    assert settings.INVITED == "organizations.invited_views.invitation_of"
    assert settings.MAIL_TO_ADDRESS == "organizations.outbox.tell_address"
    ways = [settings.INVITED, settings.MAIL_TO_ADDRESS]
    ways += [*settings.LINK_ENDED, *settings.IMPACTS, *settings.OVERVIEW, *settings.MENU_COUNTS.values()]
    ways += settings.INBOXES.values()
    ways += [*settings.ORGANIZATION_LINKED, *settings.ORGANIZATION_CHANGED, *settings.ORGANIZATION_DELETED]
    ways += [*settings.RESOURCE_ENDED, *settings.REFRESHING.values()]
    for path in ways:
        assert callable(import_string(path))


def test_the_process_answers_without_anything_else(client: Client) -> None:
    assert client.get("/healthz").content == b"ok"


def test_readiness_names_what_is_missing(client: Client, settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:9/0"

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert [reason.split(":")[0] for reason in answer.json()["reasons"]] == ["broker", "worker"]


def test_a_worker_heard_from_within_a_minute_is_enough(settings: Settings) -> None:
    Heartbeat.objects.create(name="tick", at=timezone.now() - timedelta(seconds=59))
    assert health._worker() == ""

    Heartbeat.objects.update(at=timezone.now() - timedelta(seconds=61))
    assert "no worker" in health._worker()


def test_metrics_are_counted_at_the_moment_of_asking(client: Client) -> None:
    factories.LinkRequestFactory.create()

    assert b"console_link_requests_pending 1.0" in client.get("/metrics").content


def test_metrics_tell_mails_that_were_given_up(client: Client) -> None:
    user = factories.UserFactory.create()
    OutgoingMail.objects.create(kind="x", to_user=user, sealed="x", state=OutgoingMail.State.FAILED)

    assert b'console_mails{state="FAILED"} 1.0' in client.get("/metrics").content


def test_one_organization_leads_straight_to_its_overview(
    acme: Organization, carol: User, client: Client
) -> None:
    client.force_login(carol, "allauth.account.auth_backends.AuthenticationBackend")

    assert client.get("/")["Location"] == reverse("overview", args=[acme.code])


def test_who_belongs_nowhere_is_told_whom_to_ask(client: Client) -> None:
    client.force_login(factories.UserFactory.create(), "allauth.account.auth_backends.AuthenticationBackend")

    assert b"ask an administrator" in client.get("/").content


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "organizations/BM00000000000/history/", 404, "not_found"),
        ("GET", "nothing-here/", 404, "not_found"),
        ("PATCH", "organizations/", 405, "method_not_allowed"),
    ],
)
def test_every_api_error_has_one_shape(
    alice: User, client: Client, method: str, path: str, status: int, code: str
) -> None:
    headers = {"Authorization": f"Bearer {factories.token_for(alice, Scope.READ)}"}

    answer = client.generic(method, f"/api/v1/{path}", headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert set(answer.json()) == {"code", "message", "fields"}
    assert answer.json()["message"]


def test_a_wrong_token_says_what_to_do(client: Client) -> None:
    answer = client.get("/api/v1/organizations/", headers={"Authorization": "Bearer bmc_wrong"})

    assert answer.status_code == 401
    assert "Make a new one" in answer.json()["message"]


@pytest.mark.parametrize("change", [{"is_active": False}, {}])
def test_a_token_dies_with_its_person_or_its_date(
    alice: User, client: Client, change: dict[str, Any]
) -> None:
    headers = {"Authorization": f"Bearer {factories.token_for(alice, Scope.READ)}"}
    if change:
        User.objects.filter(pk=alice.pk).update(**change)
    else:
        alice.api_tokens.update(expires_at=timezone.now())

    assert client.get("/api/v1/organizations/", headers=headers).status_code == 401


def test_a_form_without_its_token_is_told_what_to_do(carol: User) -> None:
    client = Client(enforce_csrf_checks=True)

    answer = client.post("/preferences/theme/", {"theme": "dark"})

    assert answer.status_code == 403
    assert b"Load the page again" in answer.content


def test_a_request_does_not_carry_the_process_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENCRYPTION_KEYS", "k1:kept-out")
    environ = {
        "ENCRYPTION_KEYS": "k1:kept-out",
        "PATH_INFO": "/",
        "HTTP_HOST": "a.example",
        "wsgi.version": (1, 0),
    }

    assert own(environ) == {"PATH_INFO": "/", "HTTP_HOST": "a.example", "wsgi.version": (1, 0)}


def test_nobody_changes_the_address_that_approvers_read(carol: User, client: Client) -> None:
    client.force_login(carol, "allauth.account.auth_backends.AuthenticationBackend")

    assert client.post("/account/email/", {"action_add": "", "email": "x@people.example"}).status_code == 404


def test_a_call_that_is_too_large_is_told_in_the_apis_own_shape(
    acme: Organization, bob: User, client: Client
) -> None:
    headers = {"Authorization": f"Bearer {factories.token_for(bob, Scope.SHARE)}"}
    body = {"resource": "x" * 3_000_000, "account": "y"}

    answer = client.post(
        f"/api/v1/organizations/{acme.code}/shares/", body, "application/json", headers=headers
    )

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_a_made_up_key_is_made_once_and_private(tmp_path: Path) -> None:
    first = made_up(tmp_path / "keys", "secret_key", "secret")

    assert made_up(tmp_path / "keys", "secret_key", "secret") == first
    assert (tmp_path / "keys" / "secret_key").stat().st_mode & 0o777 == 0o600


def test_no_log_line_keeps_the_token_of_an_approval_url() -> None:
    event = mask_tokens(None, "info", {"request": "GET /approve/abc-DEF_123/"})

    assert event["request"] == "GET /approve/…/"


@pytest.mark.parametrize("json", [True, False])
def test_a_traceback_never_shows_local_variables(json: bool) -> None:
    formatter = logging_config(json=json)["formatters"]["line"]
    line = ProcessorFormatter(**{key: value for key, value in formatter.items() if key != "()"})
    logging_config(json=False)
    try:
        secret_key = "not-for-" + "logs"
        raise ValueError(len(secret_key))
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, __file__, 1, "broke", None, sys.exc_info())

    text = line.format(record)

    assert "ValueError: 12" in text
    assert "not-for-logs" not in text


def test_language_and_theme_are_kept_with_the_person(carol: User, client: Client) -> None:
    client.force_login(carol, "allauth.account.auth_backends.AuthenticationBackend")

    client.post("/preferences/language/", {"language": "zh-hant", "next": "https://elsewhere.example/"})
    answer = client.post("/preferences/theme/", {"theme": "dark", "next": "/"})

    carol.refresh_from_db()
    assert (carol.language, carol.theme) == ("zh-hant", "dark")
    assert answer["Location"] == "/"


def test_the_demo_can_be_loaded_twice(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    monkeypatch.setattr("bizmanager.management.commands.demo._put", lambda path, body: None)
    settings.DEMO, settings.LINE_ADS_BASE_URL = True, "http://127.0.0.1:9"
    call_command("demo")
    first = json.loads(demofile.path().read_text())

    call_command("demo")

    assert json.loads(demofile.path().read_text()) == first
    assert demofile.path().stat().st_mode & 0o777 == 0o600
    assert [row["linked"] for row in first["accounts"] if row["id"] == first["line_ads"]["ad_account"]] == [
        True
    ]
    assert [row["linked"] for row in first["accounts"] if row["id"] == first["messaging"]["basic_id"]] == [
        False
    ]
    assert {user["role"] for user in first["users"]} >= {
        "ADMINISTRATOR",
        "OPERATOR",
        "VIEWER",
        "ACCOUNT_MANAGER",
    }


def test_the_sample_has_5000_rows_of_nobody(settings: Settings) -> None:
    demofile.write_sample()

    lines = (Path(settings.DATA_DIR) / "demo" / "customers.csv").read_text().splitlines()

    assert len(lines) == 5_001
    assert all(",customer" in line and "@mail.example," in line for line in lines[1:])


def test_every_task_that_is_sent_is_known_to_the_workers(settings: Settings) -> None:
    """A worker drops what it does not know, and the work waits for ever."""
    app.loader.import_default_modules()

    assert settings.CELERY_TASK_ROUTES.keys() <= app.tasks.keys()
    assert {
        name for name in app.tasks if not name.startswith("celery.")
    } == settings.CELERY_TASK_ROUTES.keys()
