"""What the run page answers at three in the morning, and what it lets people take away."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audiences import consent
from audiences.models import Connector, Run
from audiences.telling import Telling
from linking.models import Link
from organizations import audit, storage
from organizations.models import Organization
from tests import factories
from tests.audiences.feeding import a_batch, a_connector, a_key, a_list, a_run
from users.models import User

SignIn = Callable[[User], Client]
pytestmark = [pytest.mark.db, pytest.mark.django_db]


@pytest.fixture
def connector(acme: Organization, bob: User, ads_link: Link) -> Connector:
    a_key(ads_link)
    return a_connector(a_list(acme, bob), ads_link.account, bob)


@pytest.fixture
def browser(signed_in: SignIn, bob: User) -> Client:
    return signed_in(bob)


def address(run: Run, name: str = "run") -> str:
    return reverse(f"audiences:{name}", args=[run.organization.code, run.pk])


@pytest.mark.parametrize(
    ("state", "fields", "headline"),
    [
        ("QUEUED", {}, "Queued: a worker takes this run within seconds."),
        ("PLANNING", {"rows_done": 1_200_000}, "Preparing: 1,200,000 rows read"),
        ("PLANNED", {}, "Ready: 2 identifiers wait for you to press Send."),
        ("SENDING", {"part_count": 11, "unique": 2, "rows": 5}, "Sending part 1 of 11, 0 %"),
        ("CONFIRMING", {}, "Everything is at LINE. Waiting until LINE has processed it."),
        ("DONE", {}, "Done: LINE has processed 2 identifiers for “Customers May”."),
        ("CANCELLED", {}, "Cancelled. Nothing has been sent."),
        ("FAILED", {"reason": "list_gone"}, "Failed. Nothing has been sent."),
        ("PAUSED", {"reason": "key_refused"}, "Paused: it goes on when somebody resumes it."),
    ],
)
def test_the_state_is_one_sentence(
    connector: Connector, bob: User, browser: Client, state: str, fields: dict[str, Any], headline: str
) -> None:
    run = a_run(connector, bob, state, **fields)

    assert headline in browser.get(address(run)).content.decode()


def test_progress_counts_what_is_at_line(connector: Connector, bob: User) -> None:
    run = a_run(
        connector, bob, Run.State.SENDING, rows=102, unique=99, part_count=11, send_started_at=timezone.now()
    )
    for sequence, state in enumerate(["APPLIED", "ACCEPTED", "INFLIGHT", "PENDING"]):
        a_batch(run, sequence, rows=13, state=state)
    a_batch(run, 0, epoch=1, rows=13, state="APPLIED")
    told = Telling(run)

    assert told.headline == "Sending part 3 of 11, 26 %"
    assert (told.progress.done, told.progress.total) == (26, 99)
    at_line = "2 of 11 parts with 26 identifiers are at LINE."
    assert told.already_sent == f"{at_line} 1 of 11 parts may have reached LINE; its answer is not known."


@pytest.mark.parametrize(
    ("seconds", "span"), [(119, "in 2\xa0minutes."), (7200, "in 2\xa0hours."), (20, "within a minute.")]
)
@pytest.mark.parametrize("state", ["SENDING", "CONFIRMING"])
def test_a_waiting_run_says_for_what_and_until_when(
    connector: Connector, bob: User, state: str, seconds: int, span: str
) -> None:
    soon = timezone.now() + timedelta(seconds=seconds)
    run = a_run(connector, bob, state, reason="rate_limited", not_before=soon)

    assert Telling(run).headline == f"LINE asks this API key to slow down. It goes on by itself {span}"


def test_a_wait_that_is_over_or_has_no_trouble_is_not_told(connector: Connector, bob: User) -> None:
    soon = timezone.now() + timedelta(minutes=2)
    over = a_run(connector, bob, "SENDING", reason="rate_limited", not_before=timezone.now())
    Run.objects.update(state="DONE", finished_at=timezone.now())
    polling = a_run(connector, bob, "CONFIRMING", not_before=soon)

    assert Telling(over).headline.startswith("Sending part")
    assert Telling(polling).headline.startswith("Everything is at LINE.")


def test_a_part_that_line_could_not_process_has_still_been_sent(connector: Connector, bob: User) -> None:
    run = a_run(connector, bob, Run.State.PAUSED, reason="job_failed", part_count=3)
    a_batch(run, state="PENDING", accepted_at=timezone.now(), reason="INTERNAL_ERROR")
    a_batch(run, 1)

    expected = "1 of 3 parts reached LINE, but could not be processed there."
    assert Telling(run).already_sent == expected


def test_resuming_says_that_one_answers_for_the_consent(
    connector: Connector, bob: User, browser: Client
) -> None:
    run = a_run(connector, bob, Run.State.PAUSED, reason="key_refused")
    page = browser.get(address(run)).content.decode()

    assert f"answers from then on for this statement: {consent.TEXT}" in page
    browser.post(address(run, "run-resume"))
    run.refresh_from_db()
    assert (run.consent_version, run.consent_by) == (consent.VERSION, bob)


def test_a_stopped_run_says_what_happened_since_when_what_was_sent_what_to_do_and_whom_it_touches(
    connector: Connector, bob: User, browser: Client, official_link: Link
) -> None:
    run = a_run(connector, bob, Run.State.PAUSED, reason="key_refused", part_count=3)
    a_batch(run, state="APPLIED")
    factories.ShareFactory.create(resource=run.destination, to_link=official_link, shared_by=bob)
    page = browser.get(address(run)).content.decode()

    assert "LINE refused the API key." in page
    assert "An administrator checks the API key" in page
    assert "1 of 3 parts with 2 identifiers are at LINE." in page
    assert "1 account uses this audience by sharing." in page
    assert ">just now</time>" in page


def test_the_funnel_accounts_for_every_row(connector: Connector, bob: User) -> None:
    funnel = Telling(a_run(connector, bob)).funnel

    assert [step["count"] for step in funnel] == [5, 4, 3, 2]
    lost = [sum(part["count"] for part in step.get("lost", [])) for step in funnel]
    assert lost == [0, 1, 1, 1]


def test_an_old_run_shows_the_list_it_sent(
    acme: Organization, connector: Connector, bob: User, browser: Client
) -> None:
    run = a_run(connector, bob, Run.State.DONE)
    connector.dataset = a_list(acme, bob, name="june.csv")
    connector.save()

    page = browser.get(address(run)).content.decode()
    assert reverse("audiences:dataset", args=[acme.code, run.dataset_id]) in page
    assert "june.csv" not in page


def test_lines_that_are_no_record_are_told_in_words(connector: Connector, bob: User, browser: Client) -> None:
    run = a_run(
        connector, bob, invalid=2, duplicates=0, invalid_reasons={"broken_quotes": 1, "undecodable": 1}
    )

    page = browser.get(address(run)).content.decode()
    assert "A quotation mark in this line is never closed." in page
    assert "The cell has bytes that the chosen encoding cannot read." in page


def test_the_page_shows_the_parts_and_the_answers_of_line(
    connector: Connector, bob: User, browser: Client
) -> None:
    run = a_run(connector, bob, Run.State.SENDING)
    batch = a_batch(run, state="ACCEPTED", attempts=3, job_id="700123")
    path = "/api/v3/adaccounts/A1/custom-audiences/upload"
    run.calls.create(batch=batch, access_key="k", at=timezone.now(), method="POST", path=path, status=202,
                     outcome="ok", ms=41)  # fmt: skip
    page = browser.get(address(run)).content.decode()

    for shown in ("700123", path, "202", "Accepted by LINE"):
        assert shown in page


@pytest.mark.parametrize("state", ["QUEUED", "PLANNING", "SENDING", "CONFIRMING", "CANCELLING"])
def test_the_page_asks_again_while_something_can_change(
    connector: Connector, bob: User, browser: Client, state: str
) -> None:
    run = a_run(connector, bob, state)

    assert 'hx-trigger="every 2s"' in browser.get(address(run)).content.decode()
    part = browser.get(address(run), headers={"HX-Request": "true"})
    assert part.status_code == 200
    assert "<html" not in part.content.decode()


@pytest.mark.parametrize("state", ["PLANNED", "PAUSED", "DONE", "FAILED", "CANCELLED"])
def test_the_page_stops_asking_when_only_a_person_can_go_on(
    connector: Connector, bob: User, browser: Client, state: str
) -> None:
    run = a_run(connector, bob, state, reason="key_refused" if state in ("PAUSED", "FAILED") else "")

    assert 'hx-trigger="every 2s"' not in browser.get(address(run)).content.decode()
    assert browser.get(address(run), headers={"HX-Request": "true"}).status_code == 286


def test_only_who_may_use_keys_sees_send(
    connector: Connector, bob: User, carol: User, signed_in: SignIn
) -> None:
    run = a_run(connector, bob)

    assert "Send 2 identifiers" in signed_in(bob).get(address(run)).content.decode()
    assert address(run, "run-send") not in signed_in(carol).get(address(run)).content.decode()


def test_a_list_without_anything_to_send_offers_no_send(
    connector: Connector, bob: User, browser: Client
) -> None:
    nothing: dict[str, Any] = {
        "rows": 3,
        "empty": 3,
        "invalid": 0,
        "duplicates": 0,
        "unique": 0,
        "invalid_reasons": {},
    }
    run = a_run(connector, bob, **nothing)
    page = browser.get(address(run)).content.decode()

    assert "Nothing in this list can be sent." in page
    assert address(run, "run-send") not in page


def test_the_timeline_tells_who_did_what(connector: Connector, bob: User, browser: Client) -> None:
    run = a_run(connector, bob, Run.State.PAUSED, reason="key_refused")
    told: dict[str, Any] = {"by": bob, "organization": run.organization}
    audit.record("run.sending", run, after="SENDING", **told)
    audit.record("run.paused", run, after="PAUSED", reason="key_refused", **{**told, "by": None})

    assert [event["text"] for event in Telling(run).timeline] == [
        "Paused: LINE refused the API key.",
        "Sending",
    ]
    assert [event["who"] for event in Telling(run).timeline] == ["", "Bob"]


def test_rejected_rows_are_taken_away_without_values(
    connector: Connector, bob: User, browser: Client
) -> None:
    with storage.SealedWriter("plans") as writer:
        writer.write(b"line,reason\n5,not_a_phone\n6,broken_quotes\n")
    answer = browser.get(address(a_run(connector, bob, rejects_name=writer.name), "run-rejects"))

    assert answer["Content-Disposition"].startswith("attachment;")
    body = b"".join(answer.streaming_content).decode()
    assert "5,not_a_phone,This is not a phone number" in body
    assert "6,broken_quotes,A quotation mark in this line is never closed." in body


def test_runs_are_taken_away_as_filtered(
    acme: Organization, connector: Connector, bob: User, browser: Client
) -> None:
    a_run(connector, bob, Run.State.CANCELLED)
    a_run(connector, bob, Run.State.PLANNED)
    answer = browser.get(reverse("audiences:run-csv", args=[acme.code]), {"state": "PLANNED"})

    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert len(lines) == 2
    assert "customers → Customers May" in lines[1]
