"""How much LINE takes at a time."""

from __future__ import annotations

import threading
from pathlib import Path

from emulator.limits import Buckets
from tests.emulator.client import ACCOUNT, OTHER_ACCOUNT, AdsClient, hashed, lines
from tests.emulator.conftest import introduce
from tests.emulator.process import EmulatorProcess

FILE = lines(hashed("a"))
LIST = f"/adaccounts/{ACCOUNT}/custom-audiences"


def test_a_bucket_gives_its_burst_and_then_its_rate() -> None:
    moment = [0.0]
    bucket = Buckets(rate=10, burst=10, monotonic=lambda: moment[0])

    assert [bucket.take("key") for _ in range(11)] == [True] * 10 + [False]
    assert bucket.take("another key")
    moment[0] = 0.1
    assert [bucket.take("key"), bucket.take("key")] == [True, False]


def test_the_eleventh_request_in_a_second_is_refused_without_a_body(tmp_path: Path) -> None:
    with EmulatorProcess(tmp_path, EMULATOR_ADS_RATE="10") as line:
        introduce(line)
        ads = AdsClient(line.url)

        answers = [ads.call("GET", LIST) for _ in range(30)]
        elsewhere = ads.call("GET", "/groups/G100000001/adaccounts")

    refused = [answer for answer in answers if answer.status_code == 429]
    assert answers[9].status_code == 200
    assert refused
    assert all(answer.content == b"" for answer in refused)
    assert elsewhere.status_code == 200, "each call has its own rate"


def test_a_fourth_running_replace_of_an_account_is_refused(line: EmulatorProcess, ads: AdsClient) -> None:
    line.control("POST", "/clock", {"job_seconds": 3600})

    statuses = [
        ads.upload(FILE, name=f"N{number}", action="REPLACE", idType="HASHED_EMAIL").status_code
        for number in range(4)
    ]
    adding = ads.upload(FILE, name="Added", action="ADD", idType="HASHED_EMAIL")
    elsewhere = ads.upload(FILE, account=OTHER_ACCOUNT, name="N", action="REPLACE", idType="HASHED_EMAIL")

    assert statuses == [202, 202, 202, 429]
    assert (adding.status_code, elsewhere.status_code) == (202, 202)


def test_running_jobs_do_not_count_when_only_requests_are_to(tmp_path: Path) -> None:
    with EmulatorProcess(tmp_path, EMULATOR_REPLACE_COUNTS="requests", EMULATOR_JOB_SECONDS="3600") as line:
        introduce(line)
        ads = AdsClient(line.url)

        answers = [
            ads.upload(FILE, name=f"N{each}", action="REPLACE", idType="HASHED_EMAIL") for each in range(5)
        ]

    assert {answer.status_code for answer in answers} == {202}


def test_a_full_account_takes_no_further_audience(tmp_path: Path) -> None:
    with EmulatorProcess(tmp_path, EMULATOR_MAX_AUDIENCES="1") as line:
        introduce(line)
        ads = AdsClient(line.url)
        ads.create("One", hashed("a"))

        response = ads.upload(FILE, name="Two", action="ADD", idType="HASHED_EMAIL")

    assert response.json()["errors"] == [{"reason": "AUDIENCE_GROUP_COUNT_MAX_OVER", "property": "name"}]


def test_of_many_creates_with_one_name_one_wins(line: EmulatorProcess) -> None:
    statuses: list[int] = []

    def create() -> None:
        client = AdsClient(line.url)
        statuses.append(client.upload(FILE, name="VIP", action="ADD", idType="HASHED_EMAIL").status_code)
        client.close()

    threads = [threading.Thread(target=create) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(statuses) == [202] + [400] * 7


def test_wrong_lines_may_fail_the_job_instead_of_the_request(tmp_path: Path) -> None:
    with EmulatorProcess(tmp_path, EMULATOR_BAD_LINE="job") as line:
        introduce(line)
        ads = AdsClient(line.url)

        audience = ads.upload(b"email\n" + FILE, name="VIP", action="ADD", idType="HASHED_EMAIL").json()["id"]

        assert [job["jobStatus"] for job in ads.jobs(audience)] == ["FAILED"]
