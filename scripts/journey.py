"""The product's main job over REST alone, from link request to the other account's list, with real parts.

    python scripts/journey.py [--demo var/demo.json] [--csv FILE] [--name NAME]

Ends by comparing the set that the emulated LINE holds with one computed here, from the CSV, without the
product's code. Exit status 0 when they are equal.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import re
import sys
import time
import unicodedata
import urllib.error
import urllib.request
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PATIENCE_SECONDS = 600
Json = dict[str, Any]


class Refused(Exception):
    """The API said no."""

    def __init__(self, status: int, body: str) -> None:
        super().__init__(f"{status}: {body[:500]}")
        self.status = status


@dataclass(frozen=True)
class Api:
    """One person's token at one address."""

    base: str
    token: str

    def call(self, method: str, path: str, body: Json | None = None) -> Json:
        data = json.dumps(body).encode() if body is not None else None
        return self._send(method, path, data, "application/json")

    def upload(self, path: str, file: Path) -> Json:
        boundary = uuid.uuid4().hex
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{file.name}"\r\n'
        body = (
            f"{head}Content-Type: text/csv\r\n\r\n".encode()
            + file.read_bytes()
            + f"\r\n--{boundary}--\r\n".encode()
        )
        return self._send("POST", path, body, f"multipart/form-data; boundary={boundary}")

    def _send(self, method: str, path: str, data: bytes | None, content_type: str) -> Json:
        request = urllib.request.Request(f"{self.base}{path}", data, method=method)  # noqa: S310  a given address
        if self.token:
            request.add_header("Authorization", f"Bearer {self.token}")
        if data is not None:
            request.add_header("Content-Type", content_type)
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310
                found: Json = json.load(answer)
                return found
        except urllib.error.HTTPError as error:
            raise Refused(error.code, error.read().decode("utf-8", "replace")) from error


class Journey:
    def __init__(self, demo: Json) -> None:
        self.demo = demo
        self.emulator = demo["emulator"]
        self.code = demo["organization"]["id"]
        self.official = demo["messaging"]["basic_id"]

    def api(self, role: str, account: str | None = None) -> Api:
        fits = (
            u for u in self.demo["users"] if u["role"] == role and (not account or account in u["accounts"])
        )
        return Api(f"{self.demo['web']}/api/v1/", next(fits)["token"])

    def link(self) -> None:
        """The account manager asks, the administrator reads and approves."""
        try:
            asked = self.api("ACCOUNT_MANAGER", self.official).call(
                "POST", f"accounts/{self.official}/link-requests/", {"organization_id": self.code}
            )
        except Refused as refused:
            if refused.status != 409:  # noqa: PLR2004  a rule said no: linked by an earlier journey
                raise
            say("link", "the Official Account is linked already")
            return
        administrator = self.api("ADMINISTRATOR")
        address = f"organizations/{self.code}/link-requests/"
        waiting = administrator.call("GET", address)["results"]
        found = next(row for row in waiting if row["id"] == asked["id"])
        answer = {"organization_id": self.code, "facts_digest": found["facts_digest"]}
        administrator.call("POST", f"{address}{found['id']}/approve/", answer)
        say("link", f"{self.official} was asked for and approved")

    def feed(self, file: Path, name: str) -> Json:
        """Upload, plan, look at the funnel, send, watch to the end."""
        operator = self.api("OPERATOR")
        dataset = operator.upload(f"organizations/{self.code}/datasets/", file)
        say("upload", f"{dataset['byte_count']:,} bytes, read as {dataset['facts']}")
        connector = operator.call("POST", f"organizations/{self.code}/connectors/", {
            "name": name, "dataset": dataset["id"], "mode": "ADD", "identifier": "phone", "country": "TW",
            "destination": {"ad_account": self.demo["line_ads"]["ad_account"], "name": name},
        })  # fmt: skip
        run = operator.call("POST", f"connectors/{connector['id']}/runs/", {"send": False, "consent": True})
        planned = watch(operator, run["id"], {"PLANNED"})
        say("plan", json.dumps(planned["funnel"]))
        operator.call("POST", f"runs/{run['id']}/send/")
        done = watch(operator, run["id"], {"DONE"})
        say("send", f"LINE has it as audience {done['destination']['line_id']}")
        return done

    def share(self, run: Json) -> None:
        body = {"resource": run["destination"]["resource"], "account": self.official}
        self.api("OPERATOR").call("POST", f"organizations/{self.code}/shares/", body)
        line_id = run["destination"]["line_id"]
        own = self.api("ACCOUNT_MANAGER", self.official).call("GET", f"accounts/{self.official}/audiences/")
        check("share", line_id in [row["line_id"] for row in own["results"]], "in the account's own list")
        bot = Api(f"{self.emulator}/v2/bot/", self.demo["messaging"]["channel_access_token"])
        listed = bot.call("GET", "audienceGroup/shared/list?page=1&size=40")["audienceGroups"]
        check(
            "share",
            int(line_id) in [row["audienceGroupId"] for row in listed],
            "in the Messaging API's shared list",
        )

    def compare(self, run: Json, file: Path) -> None:
        held = Api(self.emulator, "").call("GET", f"/_control/audiences/{run['destination']['line_id']}")
        expected = {hashlib.sha256(phone.encode()).hexdigest() for phone in phones(file)}
        fingerprint = hashlib.sha256("\n".join(sorted(expected)).encode()).hexdigest()
        check("compare", held == held | {"count": len(expected), "fingerprint": fingerprint},
              f"LINE holds {held['count']:,} ids, the CSV gives {len(expected):,}, fingerprints")  # fmt: skip


def phones(file: Path) -> set[str]:
    """Taiwan mobiles of the column `phone`, as national digits: this script's own reading of the list."""
    with file.open(encoding="utf-8-sig", newline="") as rows:
        texts = (unicodedata.normalize("NFKC", row["phone"]) for row in csv.DictReader(rows))
        digits = (re.sub(r"^(?:\+?886|00886)0?", "0", re.sub(r"[^\d+]", "", text)) for text in texts)
        return {number for number in digits if re.fullmatch(r"09\d{8}", number)}


def watch(api: Api, run_id: str, wanted: set[str]) -> Json:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        run = api.call("GET", f"runs/{run_id}/")
        if run["state"] in wanted:
            return run
        if run["state"] in {"FAILED", "PAUSED", "CANCELLED"}:
            sys.exit(f"The run stopped: {run['state']} {run['reason']}")
        time.sleep(0.5)
    sys.exit(f"The run is still {run['state']} after {PATIENCE_SECONDS} s.")


def say(step: str, text: str) -> None:
    print(f"{step:8} {text}", flush=True)


def check(step: str, is_right: bool, what: str) -> None:
    say(step, f"{what}: {'yes' if is_right else 'NO'}")
    if not is_right:
        sys.exit(1)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    arguments.add_argument("--demo", type=Path, default=Path("var/demo.json"))
    arguments.add_argument(
        "--csv", type=Path, help="a list with a column `phone`; default: the demo's sample"
    )
    arguments.add_argument("--name", default=f"Journey {time.strftime('%Y-%m-%d %H:%M:%S')}")
    given = arguments.parse_args()
    journey = Journey(json.loads(given.demo.read_text(encoding="utf-8")))
    file = given.csv or given.demo.parent / "demo" / "customers.csv"
    journey.link()
    run = journey.feed(file, given.name)
    journey.share(run)
    journey.compare(run, file)


if __name__ == "__main__":
    main()
