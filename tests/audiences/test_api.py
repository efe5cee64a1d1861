"""The same way by REST: upload, connector, run, send; errors as `{"code", "message", "fields"}`."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from rest_framework.test import APIClient

from audiences.models import Connector, Run
from linking.models import Account, Link
from organizations import storage
from organizations.models import Organization
from tests import factories
from tests.audiences.feeding import PHONES, a_batch, a_connector, a_key, a_list, a_run, file_of
from tests.factories import token_for
from users.models import Scope, User

Call = Callable[..., APIClient]
pytestmark = [pytest.mark.db, pytest.mark.django_db]
API = "/api/v1"
EVERY = [Scope.READ, Scope.FEED, Scope.SHARE]


@pytest.fixture
def account(ads_link: Link) -> Account:
    a_key(ads_link)
    return ads_link.account


@pytest.fixture
def call() -> Call:
    def as_person(person: User, scopes: Sequence[Scope] = EVERY) -> APIClient:
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {token_for(person, *scopes)}")
        return client

    return as_person


@pytest.fixture
def api(call: Call, bob: User) -> APIClient:
    return call(bob)


@pytest.fixture
def connector(acme: Organization, bob: User, account: Account) -> Connector:
    return a_connector(a_list(acme, bob), account, bob)


def datasets(acme: Organization) -> str:
    return f"{API}/organizations/{acme.code}/datasets/"


def connectors(acme: Organization) -> str:
    return f"{API}/organizations/{acme.code}/connectors/"


def uploaded(api: APIClient, acme: Organization, content: bytes = PHONES) -> Any:
    return api.post(datasets(acme), {"file": file_of(content)}, format="multipart")


def body(dataset_id: str, account: Account, **more: Any) -> dict[str, Any]:
    destination = {"ad_account": account.line_id, "name": "Customers May"}
    return {"name": "Weekly", "dataset": dataset_id, "destination": destination, **more}


def test_an_upload_answers_with_what_it_looks_like(acme: Organization, api: APIClient) -> None:
    answer = uploaded(api, acme)

    assert answer.status_code == 201
    assert answer.data["byte_count"] == len(PHONES)
    assert answer.data["facts"]["columns"] == [{"index": 0, "guess": ""}, {"index": 1, "guess": "phone"}]
    assert [row["id"] for row in api.get(datasets(acme)).data["results"]] == [answer.data["id"]]


def test_a_connector_needs_only_name_list_and_destination(
    acme: Organization, account: Account, api: APIClient
) -> None:
    answer = api.post(connectors(acme), body(uploaded(api, acme).data["id"], account), format="json")

    assert answer.status_code == 201, answer.data
    guessed = {"identifier": "phone", "column": 1, "has_header": True, "country": "TW", "mode": "ADD"}
    assert guessed.items() <= answer.data.items()
    assert answer.data["destination"]["ad_account"] == account.line_id


def test_what_the_caller_says_overrules_the_guess(
    acme: Organization, account: Account, api: APIClient
) -> None:
    content = b"number;mail\n0900000001;mei@customers.example\n"
    said = {
        "identifier": "email",
        "column": "mail",
        "landlines": True,
        "country": "",
        "phone_form": "E164_DIGITS",
    }
    answer = api.post(
        connectors(acme), body(uploaded(api, acme, content).data["id"], account, **said), format="json"
    )

    told = {"identifier": "email", "column": 1, "delimiter": ";", "country": "", "landlines": True}
    assert told.items() <= answer.data.items()


@pytest.mark.parametrize(
    ("entry", "value"),
    [
        ("column", "9"),
        ("column", "9" * 5_000),
        ("column", "no such title"),
        ("encoding", "klingon"),
        ("delimiter", "::"),
        ("country", "XX"),
        ("mode", "MIRROR"),
        ("identifier", "fax"),
        ("dataset", "00000000-0000-4000-8000-000000000000"),
        ("destination", {"ad_account": "A000", "name": "May"}),
        ("destination", {"resource": "00000000-0000-4000-8000-000000000000"}),
        ("destination", {}),
        ("name", "x" * 121),
    ],
)
def test_a_wrong_entry_answers_400_and_saves_nothing(
    acme: Organization, account: Account, api: APIClient, entry: str, value: Any
) -> None:
    wrong = {**body(uploaded(api, acme).data["id"], account), entry: value}
    answer = api.post(connectors(acme), wrong, format="json")

    assert answer.status_code == 400
    assert set(answer.data) == {"code", "message", "fields"}
    assert answer.data["fields"]
    assert not acme.connectors.exists()


def test_a_run_is_counted_first_and_sent_on_request(connector: Connector, bob: User, api: APIClient) -> None:
    started = api.post(
        f"{API}/connectors/{connector.pk}/runs/", {"send": False, "consent": True}, format="json"
    )

    assert (started.status_code, started.data["state"], started.data["funnel"]) == (202, "QUEUED", None)
    assert started.data["url"].endswith(
        f"/organizations/{connector.organization.code}/runs/{started.data['id']}/"
    )


def test_a_run_that_may_send_by_itself_says_so(connector: Connector, api: APIClient) -> None:
    api.post(f"{API}/connectors/{connector.pk}/runs/", {"send": True, "consent": True}, format="json")

    assert Run.objects.get().sends_by_itself


def test_no_run_without_consent(connector: Connector, api: APIClient) -> None:
    answer = api.post(f"{API}/connectors/{connector.pk}/runs/", {"send": True}, format="json")

    assert (answer.status_code, answer.data["code"]) == (400, "consent_missing")
    assert not Run.objects.exists()


def test_a_run_tells_its_figures(connector: Connector, bob: User, api: APIClient) -> None:
    run = a_run(connector, bob)
    a_batch(run)
    told = api.get(f"{API}/runs/{run.pk}/").data

    counts = {"rows": 5, "empty": 1, "invalid": {"not_a_phone": 1}, "duplicates": 1, "unique": 2}
    explanation = "This is not a phone number of the chosen countries."
    reasons = [{"code": "not_a_phone", "explanation": explanation, "count": 1}]
    assert told["funnel"] == {**counts, "reasons": reasons, "parts": 1, "bytes": 130}
    assert told["destination"]["name"] == "Customers May"
    assert [batch["state"] for batch in told["batches"]] == ["PENDING"]
    assert told["consent"]["version"] == "test"


def test_a_stopped_run_says_what_happened_and_what_to_do(
    connector: Connector, bob: User, api: APIClient
) -> None:
    run = a_run(connector, bob, Run.State.PAUSED, reason="key_refused")
    told = api.get(f"{API}/runs/{run.pk}/").data

    assert told["what_happened"] == "LINE refused the API key."
    assert "administrator" in told["what_to_do"]


@pytest.mark.parametrize(
    ("action", "before", "after"),
    [("send", "PLANNED", "SENDING"), ("cancel", "PLANNED", "CANCELLED"), ("resume", "PAUSED", "SENDING")],
)
def test_a_run_is_moved_by_rest(
    connector: Connector, bob: User, api: APIClient, action: str, before: str, after: str
) -> None:
    run = a_run(connector, bob, before, reason="key_refused" if before == "PAUSED" else "")
    answer = api.post(f"{API}/runs/{run.pk}/{action}/")

    assert (answer.status_code, answer.data["state"]) == (200, after)


@pytest.mark.parametrize("action", ["send", "cancel", "resume"])
def test_moving_a_run_asks_state_role_membership_method(
    connector: Connector, bob: User, carol: User, charlie: User, call: Call, action: str
) -> None:
    run = a_run(connector, bob, Run.State.DONE)
    address = f"{API}/runs/{run.pk}/{action}/"

    assert call(bob).post(address).status_code == 409
    assert call(carol).post(address).status_code == 403
    assert call(charlie).post(address).status_code == 404
    assert call(bob).get(address).status_code == 405
    assert call(bob, [Scope.READ]).post(address).status_code == 403


def test_a_viewer_reads_and_does_not_write(
    acme: Organization, connector: Connector, bob: User, carol: User, call: Call
) -> None:
    run, viewer = a_run(connector, bob), call(carol)

    for address in (
        datasets(acme),
        connectors(acme),
        f"{API}/organizations/{acme.code}/runs/",
        f"{API}/runs/{run.pk}/",
    ):
        assert viewer.get(address).status_code == 200
    assert viewer.post(datasets(acme), {"file": file_of(PHONES)}, format="multipart").status_code == 403
    assert viewer.post(connectors(acme), {}, format="json").status_code == 403
    assert viewer.post(f"{API}/connectors/{connector.pk}/runs/", {"consent": True}).status_code == 403


def test_a_stranger_finds_nothing(
    acme: Organization, connector: Connector, bob: User, charlie: User, call: Call
) -> None:
    run, stranger = a_run(connector, bob), call(charlie)

    for address in (
        datasets(acme),
        connectors(acme),
        f"{API}/runs/{run.pk}/",
        f"{API}/runs/{run.pk}/rejects/",
    ):
        assert stranger.get(address).status_code == 404
    assert stranger.post(f"{API}/connectors/{connector.pk}/runs/", {"consent": True}).status_code == 404


def test_a_list_or_audience_of_another_organization_cannot_be_used(
    acme: Organization, other: Organization, charlie: User, account: Account, api: APIClient
) -> None:
    theirs = a_list(other, charlie)
    link = factories.LinkFactory.create(organization=other)
    a_key(link)
    audience = factories.ResourceFactory.create(owner_account=link.account)
    own = uploaded(api, acme).data["id"]

    wrong = [
        body(str(theirs.pk), account),
        {**body(own, account), "destination": {"resource": str(audience.pk)}},
        body(own, link.account),
    ]
    assert [api.post(connectors(acme), one, format="json").status_code for one in wrong] == [400, 400, 400]


def test_rejected_rows_come_as_csv_with_lines_and_reasons(
    connector: Connector, bob: User, api: APIClient
) -> None:
    with storage.SealedWriter("plans") as writer:
        writer.write(b"line,reason\n5,not_a_phone\n9,landline\n")
    run = a_run(connector, bob, rejects_name=writer.name)
    answer = api.get(f"{API}/runs/{run.pk}/rejects/")

    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert lines[:2] == [
        "Line,Reason,Explanation",
        "5,not_a_phone,This is not a phone number of the chosen countries.",
    ]
    assert len(lines) == 3


def test_a_report_that_is_no_longer_kept_is_a_404(connector: Connector, bob: User, api: APIClient) -> None:
    assert api.get(f"{API}/runs/{a_run(connector, bob).pk}/rejects/").status_code == 404


def test_runs_are_listed_by_state_in_few_queries(
    acme: Organization, connector: Connector, bob: User, api: APIClient, django_assert_max_num_queries: Any
) -> None:
    for state in ("CANCELLED",) * 20 + ("PLANNED",):
        a_run(connector, bob, state)

    with django_assert_max_num_queries(10):
        answer = api.get(f"{API}/organizations/{acme.code}/runs/", {"state": "CANCELLED"})
    assert answer.data["count"] == 20
