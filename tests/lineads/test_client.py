from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from lineads import signing
from lineads.calls import CallRecord
from lineads.client import PAGE_SIZE, LineAds
from lineads.errors import LineAdsError
from lineads.multipart import SourceChanged
from lineads.shapes import CustomAudience
from tests.lineads.server import AUDIENCE, Request, line, reply

MOMENT = datetime(2026, 5, 14, 3, 4, 5, tzinfo=UTC)
MIB = 1024 * 1024


@dataclass(frozen=True)
class Chunks:
    chunk: bytes
    times: int
    promised: int | None = None

    def __len__(self) -> int:
        return len(self.chunk) * self.times if self.promised is None else self.promised

    def __iter__(self) -> Iterator[bytes]:
        return (self.chunk for _ in range(self.times))


IDS = Chunks(b"b6ebd83922edfa96b0ff9166a958badcc230dd68d2315ddfea22f20eaf05994a\n", 1)


def send(client: LineAds, **changes: Any) -> CustomAudience:
    details: dict[str, Any] = {"file": IDS, "filename": "ids.txt", "id_type": "HASHED_EMAIL", "action": "ADD"}
    return client.upload("A012345678", **(details | (changes or {"name": "VIP customers May"})))


def listing(*audiences: dict[str, Any], more: bool = False) -> dict[str, Any]:
    return {"page": 1, "size": 100, "totalElements": 9, "hasNextPage": more, "audienceGroups": audiences}


def signature_expected(request: Request, content_type: str = "", body: bytes = b"") -> str:
    text = signing.payload(path=request.target, moment=MOMENT, content_type=content_type, body=body)
    keys = ("AKTESTVECTOR0001", "sk-test-vector-not-a-real-secret")
    return signing.headers(*keys, text, moment=MOMENT)["Authorization"]


def test_listing_sends_the_published_request() -> None:
    with line(reply(200, listing(AUDIENCE))) as server:
        page = server.client(clock=lambda: MOMENT).list_audiences("A012345678")

    (request,) = server.requests
    assert request.target.startswith("/api/v3/adaccounts/A012345678/custom-audiences?page=1&size=100")
    assert request.headers["Date"] == "Thu, 14 May 2026 03:04:05 GMT"
    assert request.headers["Authorization"].endswith("awTF_ylGuLyd1GafZ5mg-Ab4I7A-X2l6H_btyRzXqRQ=")
    assert [found.id for found in page.audiences] == ["1234567890123"]


def test_an_upload_creates_with_a_name() -> None:
    with line(reply(202, AUDIENCE)) as server:
        made = send(server.client(clock=lambda: MOMENT))

    (request,) = server.requests
    assert made.id == "1234567890123"
    assert request.headers["Authorization"] == signature_expected(request, "multipart/form-data")
    assert request.headers["Content-Type"].startswith("multipart/form-data; boundary=")
    assert fields_of(request) == {
        "name": b"VIP customers May",
        "action": b"ADD",
        "idType": b"HASHED_EMAIL",
        "file": IDS.chunk,
    }


def test_an_upload_appends_by_id() -> None:
    with line(reply(202, AUDIENCE)) as server:
        send(server.client(), audience_id="1234567890123", action="REPLACE")

    fields = fields_of(server.requests[0])
    assert fields["id"] == b"1234567890123"
    assert fields["action"] == b"REPLACE"
    assert "name" not in fields


def test_an_upload_names_one_target() -> None:
    client = LineAds("http://127.0.0.1:9", "key", "secret")

    with pytest.raises(ValueError, match="either"):
        client.upload("A1", file=IDS, filename="a.txt", id_type="IFA", action="ADD")


def test_names_are_sent_as_typed_and_cannot_break_out_of_their_part() -> None:
    with line(reply(202, AUDIENCE)) as server:
        send(server.client(), name='會員 "五月"\r\n', filename='a"b\r\nc.txt')

    body = server.requests[0].body.decode()
    assert '會員 "五月"' in body
    assert 'filename="a%22b%0D%0Ac.txt"' in body


def test_a_full_part_is_sent_with_flat_memory() -> None:
    file = Chunks(b"0" * 65_536, 960)
    with line(reply(202, AUDIENCE)) as server:
        client = server.client()
        tracemalloc.start()
        send(client, file=file, name="full")
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    (request,) = server.requests
    assert len(file) == 60 * MIB
    assert request.size == int(request.headers["Content-Length"]) > len(file)
    assert peak < 8 * MIB


def test_the_same_file_can_be_sent_again() -> None:
    with line(reply(500), reply(202, AUDIENCE)) as server:
        client = server.client()
        with pytest.raises(Exception, match="500"):
            send(client)
        send(client)

    first, second = (fields_of(request) for request in server.requests)
    assert first == second
    assert len({request.headers["Content-Type"] for request in server.requests}) == 2


@pytest.mark.parametrize("promised", [10, 100])
def test_a_file_of_another_length_breaks_the_upload_off(promised: int) -> None:
    with line(reply(202, AUDIENCE)) as server, pytest.raises(SourceChanged):
        send(server.client(), file=Chunks(b"x" * 50, 1, promised=promised), name="short")


def test_create_signs_the_bytes_it_sends_and_reads_what_line_made() -> None:
    answer = {**AUDIENCE, "functionType": "ACCOUNT_FRIENDS", "accountFriends": {"friendStatus": "ACTIVE"}}
    body = {"name": "友だち", "functionType": "ACCOUNT_FRIENDS", "accountFriends": {"friendStatus": "ACTIVE"}}
    with line(reply(202, answer)) as server:
        made = server.client(clock=lambda: MOMENT).create("A012345678", body)

    (request,) = server.requests
    assert request.method == "POST"
    assert request.target == "/api/v3/adaccounts/A012345678/custom-audiences"
    assert json.loads(request.body) == body
    assert "友だち".encode() in request.body
    assert request.headers["Authorization"] == signature_expected(request, signing.JSON, request.body)
    assert made.rules == {"accountFriends": {"friendStatus": "ACTIVE"}}


def test_a_create_is_never_made_twice() -> None:
    with line(reply(500), reply(202, AUDIENCE)) as server, pytest.raises(LineAdsError) as failed:
        server.client().create("A012345678", {"name": "Friends"})

    assert failed.value.was_processed is None
    assert len(server.requests) == 1


def test_rename_signs_the_bytes_it_sends() -> None:
    with line(reply(200, AUDIENCE)) as server:
        server.client(clock=lambda: MOMENT).rename("A012345678", "1234567890123", "会員リスト")

    (request,) = server.requests
    assert (request.method, request.body) == ("POST", '{"name":"会員リスト"}'.encode())
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["Authorization"] == signature_expected(request, signing.JSON, request.body)


def test_delete_names_the_audience_in_path_and_query() -> None:
    with line(reply(202)) as server:
        server.client().delete("A012345678", "77")

    (request,) = server.requests
    assert (request.method, request.target) == (
        "DELETE",
        "/api/v3/adaccounts/A012345678/custom-audiences/77?ids=77",
    )


def test_an_id_cannot_leave_its_place_in_the_path() -> None:
    with line(reply(200, {"jobs": []})) as server:
        server.client(clock=lambda: MOMENT).upload_jobs("A0/../x?y", "7 7")

    (request,) = server.requests
    assert request.target == "/api/v3/adaccounts/A0%2F..%2Fx%3Fy/custom-audiences/7%207/upload-job"
    assert request.headers["Authorization"] == signature_expected(request)


def test_jobs_may_have_numbers_for_ids() -> None:
    job = {
        "audienceGroupJobId": 55667788,
        "jobStatus": "FINISHED",
        "audienceCount": 51234,
        "failedType": None,
    }
    with line(reply(200, {"jobs": [job]})) as server:
        (found,) = server.client().upload_jobs("A1", "7")

    assert (found.id, found.status, found.audience_count, found.failed_type) == (
        "55667788",
        "FINISHED",
        51234,
        "",
    )


def test_audiences_are_found_by_their_exact_name_on_all_pages() -> None:
    first = listing(AUDIENCE | {"id": 1, "name": "VIP"}, AUDIENCE | {"id": 2, "name": "VIP 2"}, more=True)
    with line(reply(200, first), reply(200, listing(AUDIENCE | {"id": 3, "name": "VIP"}))) as server:
        found = server.client().audiences_named("A1", "VIP")

    assert [audience.id for audience in found] == ["1", "3"]
    assert ["page=1" in server.requests[0].target, "page=2" in server.requests[1].target] == [True, True]
    assert "name=VIP" in server.requests[0].target


def test_an_audience_is_found_by_id_or_not_at_all() -> None:
    with line(reply(200, listing(AUDIENCE, more=True)), reply(200, listing(AUDIENCE))) as server:
        assert server.client().find_audience("A1", "1234567890123")
        assert server.client().find_audience("A1", "5") is None


def test_all_ad_accounts_of_a_group_are_listed() -> None:
    full = {"datas": [{"id": f"A{number}"} for number in range(PAGE_SIZE)]}
    with line(reply(200, full), reply(200, {"datas": [{"id": "A999", "country": "TW"}]})) as server:
        found = server.client().group_ad_accounts("G012345678")

    assert len(found) == PAGE_SIZE + 1
    assert (found[-1].id, found[-1].country) == ("A999", "TW")
    assert server.requests[0].target.startswith("/api/v3/groups/G012345678/adaccounts?")


@pytest.mark.parametrize(
    ("shown", "size"), [("48210", 48210), (48210, 48210), ("-", None), ("100 or fewer", None)]
)
def test_estimates_are_read_as_line_words_them(shown: object, size: int | None) -> None:
    audience = CustomAudience.read(AUDIENCE | {"estimatedAudienceSize": shown})

    assert (audience.estimated_size, audience.size) == (str(shown), size)


def test_the_creation_time_keeps_its_zone() -> None:
    created = CustomAudience.read(AUDIENCE).created

    assert created == datetime(2026, 5, 14, 3, 4, 5, tzinfo=UTC)


def test_every_call_leaves_a_line_without_its_query() -> None:
    records: list[CallRecord] = []
    with line(reply(200, listing()), reply(403)) as server:
        client = server.client(on_call=records.append, clock=lambda: MOMENT)
        client.list_audiences("A1", name="a name")
        with pytest.raises(Exception, match="403"):
            client.delete("A1", "7")

    path = "/api/v3/adaccounts/A1/custom-audiences"
    assert [(record.method, record.path, record.status) for record in records] == [
        ("GET", path, 200),
        ("DELETE", f"{path}/7", 403),
    ]
    assert all(record.at == MOMENT for record in records)


def test_the_check_before_sending_has_the_last_word() -> None:
    class LeaseLost(Exception):
        pass

    def refuse() -> None:
        raise LeaseLost

    with line(reply(202, AUDIENCE)) as server:
        with pytest.raises(LeaseLost):
            send(server.client(before_send=refuse))
        send(server.client(), name="the only one")

    (request,) = server.requests
    assert fields_of(request)["name"] == b"the only one"


def test_the_check_comes_before_each_request() -> None:
    checks: list[str] = []
    with line(reply(202, AUDIENCE), reply(202, AUDIENCE)) as server:
        client = server.client(before_send=lambda: checks.append("checked"))
        send(client)
        send(client)

    assert checks == ["checked", "checked"]


def fields_of(request: Request) -> dict[str, bytes]:
    boundary = request.headers["Content-Type"].partition("boundary=")[2].encode()
    first, *parts = (b"\r\n" + request.body).split(b"\r\n--" + boundary)
    assert (first, parts.pop()) == (b"", b"--\r\n")
    found = {}
    for part in parts:
        head, _, value = part.partition(b"\r\n\r\n")
        found[head.split(b'name="')[1].partition(b'"')[0].decode()] = value
    return found


def test_what_an_audience_is_built_on_is_read_as_line_sends_it() -> None:
    rule = {"source": {"audienceGroupId": 7, "available": True}, "volumeRate": {"auto": True}}
    rules = {"lookalike": rule, "webtraffic": None, "newThing": {}}
    lookalike = {**AUDIENCE, "functionType": "LOOKALIKE", **rules}
    with line(reply(200, listing(lookalike))) as server:
        page = server.client().list_audiences("A012345678")

    assert page.audiences[0].rules == {"lookalike": rule}
