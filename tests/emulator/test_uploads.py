"""The life of an upload over the wire: create, add, replace, jobs, and everything LINE refuses."""

from __future__ import annotations

import time
import uuid

import pytest

from tests.emulator.client import ACCOUNT, OTHER_ACCOUNT, AdsClient, fingerprint, hashed, lines, reasons
from tests.emulator.process import EmulatorProcess

WRONG_ID = "UPLOAD_AUDIENCE_GROUP_INVALID_AUDIENCE_ID_FORMAT"
FILE = lines(hashed("a", "b"))


def held(line: EmulatorProcess, audience_id: str) -> tuple[int, str]:
    answer = line.control("GET", f"/audiences/{audience_id}")
    return answer["count"], answer["fingerprint"]


def exactly(*names: object) -> tuple[int, str]:
    ids = hashed(*names)
    return len(set(ids)), fingerprint(ids)


def test_an_upload_goes_from_queued_to_ready(line: EmulatorProcess, ads: AdsClient) -> None:
    line.control("POST", "/clock", {"job_seconds": 3600})

    created = ads.upload(FILE, name="VIP", action="ADD", idType="HASHED_EMAIL", file_name="list.csv").json()

    assert (created["status"], created["estimatedAudienceSize"]) == ("IN_PROGRESS", "-")
    assert isinstance(created["id"], str)
    [job] = ads.jobs(created["id"])
    assert (job["jobStatus"], job["type"], job["name"], job["audienceCount"]) == (
        "QUEUED",
        "DIFF_ADD",
        "list.csv",
        0,
    )
    assert held(line, created["id"]) == exactly()

    line.control("POST", "/clock", {"job_seconds": 0})

    assert [job["jobStatus"] for job in ads.jobs(created["id"])] == ["FINISHED"]
    assert ads.audiences()["audienceGroups"][0]["status"] == "READY"
    assert held(line, created["id"]) == exactly("a", "b")


def test_a_job_works_before_it_finishes(line: EmulatorProcess, ads: AdsClient) -> None:
    line.control("POST", "/clock", {"job_seconds": 3600})
    audience = ads.create("VIP", hashed("a"))

    # A job waits for the first third of its time.
    line.control("POST", "/clock", {"job_seconds": 1})
    time.sleep(0.4)

    assert [job["jobStatus"] for job in ads.jobs(audience)] == ["WORKING"]


def test_an_audience_that_is_ready_stays_so_while_more_comes(line: EmulatorProcess, ads: AdsClient) -> None:
    audience = ads.create("VIP", hashed("a"))
    ads.jobs(audience)
    line.control("POST", "/clock", {"job_seconds": 3600})

    added = ads.upload(FILE, id=audience, action="ADD", idType="HASHED_EMAIL")

    assert added.json()["status"] == "READY"


def test_add_adds_and_repeats_change_nothing(line: EmulatorProcess, ads: AdsClient) -> None:
    audience = ads.create("VIP", hashed("a", "b"))

    for _ in range(2):
        ads.upload(lines(hashed("b", "c")), id=audience, action="ADD", idType="HASHED_EMAIL")

    assert held(line, audience) == exactly("a", "b", "c")
    assert [job["type"] for job in ads.jobs(audience)] == ["DIFF_ADD"] * 3


def test_replace_leaves_only_what_it_brings(line: EmulatorProcess, ads: AdsClient) -> None:
    audience = ads.create("VIP", hashed("a", "b"))

    ads.upload(lines(hashed("c")), id=audience, action="REPLACE", idType="HASHED_EMAIL")
    ads.upload(lines(hashed("d")), id=audience, action="ADD", idType="HASHED_EMAIL")

    assert held(line, audience) == exactly("c", "d")
    assert [job["type"] for job in ads.jobs(audience)] == ["DIFF_ADD", "DIFF_REPLACE", "DIFF_ADD"], (
        "newest first"
    )


def test_ids_of_a_running_replace_do_not_count_yet(line: EmulatorProcess, ads: AdsClient) -> None:
    audience = ads.create("VIP", hashed("a"))
    line.control("GET", f"/audiences/{audience}")
    line.control("POST", "/clock", {"job_seconds": 3600})

    ads.upload(lines(hashed("b")), id=audience, action="REPLACE", idType="HASHED_EMAIL")

    assert held(line, audience) == exactly("a")


def test_replace_with_a_name_creates(line: EmulatorProcess, ads: AdsClient) -> None:
    audience = ads.create("VIP", hashed("a"), action="REPLACE")

    assert held(line, audience) == exactly("a")


def test_many_small_uploads_are_kept_as_one_set(line: EmulatorProcess, ads: AdsClient) -> None:
    audience = ads.create("VIP", hashed("start"))

    for number in range(20):
        ads.upload(lines(hashed(number)), id=audience, action="ADD", idType="HASHED_EMAIL")
    ads.audiences()

    assert held(line, audience) == exactly("start", *range(20))
    assert len(list((line.folder / "sets").iterdir())) < 17


@pytest.mark.parametrize(
    ("id_type", "ids", "function_type"),
    [
        ("IFA", [str(uuid.UUID(int=7)).upper(), str(uuid.UUID(int=9))], "UPLOAD"),
        ("HASHED_PHONE_NUMBER", hashed("p"), "HASHED_PHONE_NUMBER_UPLOAD"),
        ("HASHED_EMAIL", hashed("e"), "HASHED_EMAIL_UPLOAD"),
    ],
)
def test_each_kind_of_id_makes_its_own_kind_of_audience(
    line: EmulatorProcess, ads: AdsClient, id_type: str, ids: list[str], function_type: str
) -> None:
    audience = ads.create("VIP", ids, id_type=id_type)

    assert ads.audiences()["audienceGroups"][0]["functionType"] == function_type
    assert held(line, audience) == (len(ids), fingerprint(ids))


def test_without_an_id_type_advertising_ids_are_meant(ads: AdsClient) -> None:
    response = ads.upload(lines([str(uuid.uuid4())]), name="Apps", action="ADD")

    assert (response.status_code, response.json()["functionType"]) == (202, "UPLOAD")


@pytest.mark.parametrize(
    ("fields", "file", "expected"),
    [
        ({"name": "N"}, FILE, ("REQUIRED", "action")),
        ({"name": "N", "action": "REMOVE"}, FILE, ("INVALID_ENUM", "action")),
        ({"name": "N", "action": "ADD", "idType": "EMAIL"}, FILE, ("INVALID_ENUM", "idType")),
        ({"action": "ADD", "idType": "HASHED_EMAIL"}, FILE, ("REQUIRED", "name")),
        (
            {"name": " ", "action": "ADD", "idType": "HASHED_EMAIL"},
            FILE,
            ("AUDIENCE_GROUP_NAME_EMPTY", "name"),
        ),
        (
            {"name": "N" * 121, "action": "ADD", "idType": "HASHED_EMAIL"},
            FILE,
            ("AUDIENCE_GROUP_NAME_SIZE_OVER", "name"),
        ),
        (
            {"name": "N\x07", "action": "ADD", "idType": "HASHED_EMAIL"},
            FILE,
            ("AUDIENCE_GROUP_NAME_WRONG", "name"),
        ),
        ({"id": "12x", "action": "ADD", "idType": "HASHED_EMAIL"}, FILE, ("INVALID_NUMBER_FORMAT", "id")),
        ({"id": "1", "action": "ADD", "idType": "HASHED_EMAIL"}, FILE, ("AUDIENCE_GROUP_NOT_FOUND", "id")),
        ({"name": "N", "action": "ADD", "idType": "HASHED_EMAIL"}, None, ("REQUIRED", "file")),
        ({"name": "N", "action": "ADD", "idType": "HASHED_EMAIL"}, b"", ("EMPTY_FILE", "file")),
        ({"name": "N", "action": "ADD", "idType": "HASHED_EMAIL"}, b"email\n" + FILE, (WRONG_ID, "file")),
        (
            {"name": "N", "action": "ADD", "idType": "HASHED_EMAIL"},
            b"\xef\xbb\xbf" + FILE,
            (WRONG_ID, "file"),
        ),
        ({"name": "N", "action": "ADD", "idType": "IFA"}, FILE, (WRONG_ID, "file")),
        (
            {"name": "N", "action": "ADD", "idType": "HASHED_EMAIL"},
            b"\0" * 100,
            ("INVALID_FILE_CONTENT", "file"),
        ),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_kept(
    line: EmulatorProcess,
    ads: AdsClient,
    fields: dict[str, str],
    file: bytes | None,
    expected: tuple[str, str],
) -> None:
    response = ads.upload(file, **fields)

    assert (response.status_code, reasons(response)) == (400, [expected])
    assert ads.audiences()["totalElements"] == 0
    assert list((line.folder / "sets").iterdir()) == []


def test_an_audience_of_e_mails_takes_no_phones(line: EmulatorProcess, ads: AdsClient) -> None:
    audience = ads.create("VIP", hashed("a"))

    response = ads.upload(FILE, id=audience, action="ADD", idType="HASHED_PHONE_NUMBER")

    assert (response.status_code, reasons(response)) == (400, [("INVALID_VALUE", "idType")])
    assert held(line, audience) == exactly("a")


def test_a_name_is_taken_once_per_account(ads: AdsClient) -> None:
    ads.create("VIP", hashed("a"))

    again = ads.upload(FILE, name="VIP", action="ADD", idType="HASHED_EMAIL")
    elsewhere = ads.upload(FILE, account=OTHER_ACCOUNT, name="VIP", action="ADD", idType="HASHED_EMAIL")

    assert (again.status_code, reasons(again)) == (400, [("AUDIENCE_GROUP_NAME_DUPLICATE", "name")])
    assert elsewhere.status_code == 202


def test_another_accounts_audience_is_unknown(ads: AdsClient) -> None:
    audience = ads.create("VIP", hashed("a"))

    response = ads.upload(FILE, account=OTHER_ACCOUNT, id=audience, action="ADD", idType="HASHED_EMAIL")

    assert reasons(response) == [("AUDIENCE_GROUP_NOT_FOUND", "id")]


def test_an_upload_that_is_not_multipart_is_refused(ads: AdsClient) -> None:
    response = ads.call("POST", f"/adaccounts/{ACCOUNT}/custom-audiences/upload", json=b"{}")

    assert (response.status_code, reasons(response)) == (
        400,
        [("INVALID_CONTENT_TYPE_HEADER", "Content-Type")],
    )


def test_a_file_of_exactly_sixty_mebibytes_is_taken_and_one_byte_more_is_not(
    line: EmulatorProcess, ads: AdsClient
) -> None:
    # Zeros make one id of it: the size is what counts here.
    row = b"0" * 64 + b"\n"
    most = row * (62_914_560 // 65)
    exact = most + b"0" * (62_914_560 - len(most))

    over = ads.upload(exact + b"0", name="Over", action="ADD", idType="HASHED_EMAIL")
    taken = ads.upload(most, name="Most", action="ADD", idType="HASHED_EMAIL")

    assert reasons(over) == [("FILE_SIZE_LIMIT_EXCEEDED", "file")]
    assert (taken.status_code, held(line, taken.json()["id"])[0]) == (202, 1)


def test_a_failed_job_leaves_the_set_as_it_was(line: EmulatorProcess, ads: AdsClient) -> None:
    audience = ads.create("VIP", hashed("a"))
    line.control("POST", "/faults", {"match": "POST /api/*/upload", "do": "job:FAILED"})

    ads.upload(FILE, id=audience, action="REPLACE", idType="HASHED_EMAIL")

    assert [job["jobStatus"] for job in ads.jobs(audience)] == ["FAILED", "FINISHED"]
    assert held(line, audience) == exactly("a")
    assert ads.audiences()["audienceGroups"][0]["status"] == "READY"


def test_an_audience_whose_first_job_failed_has_failed(line: EmulatorProcess, ads: AdsClient) -> None:
    line.control("POST", "/faults", {"match": "POST /api/v3/*", "do": "job:FAILED"})

    ads.create("VIP", hashed("a"))

    [audience] = ads.audiences()["audienceGroups"]
    assert (audience["status"], audience["failedType"]) == ("FAILED", "INTERNAL_ERROR")


def test_an_audience_expires_180_days_after_its_last_upload(line: EmulatorProcess, ads: AdsClient) -> None:
    audience = ads.create("VIP", hashed("a"))
    ads.audiences()
    later = 181 * 86_400
    line.control("POST", "/clock", {"offset_seconds": later})

    page = ads.call("GET", f"/adaccounts/{ACCOUNT}/custom-audiences", at=time.time() + later).json()

    assert [(each["id"], each["status"]) for each in page["audienceGroups"]] == [(audience, "EXPIRED")]
