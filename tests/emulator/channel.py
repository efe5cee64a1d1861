"""A client of "Manage Audience" that shares nothing with the emulator, and made-up ids of its people."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable
from typing import Any

import httpx2

from tests.emulator.process import EmulatorProcess

BASIC_ID = "@example"
TOKEN = "channel-token-of-example"
PREFIX = "/v2/bot/audienceGroup"
LIFETIME = 180 * 86_400  # seconds
NOT_FOUND = "AUDIENCE_GROUP_NOT_FOUND"
WRONG_ID = "UPLOAD_AUDIENCE_GROUP_INVALID_AUDIENCE_ID_FORMAT"


class Channel:
    """What an official account may do, by plain HTTP."""

    def __init__(self, line: EmulatorProcess, basic_id: str = BASIC_ID, token: str = TOKEN) -> None:
        line.control("PUT", f"/channels/{basic_id}", {"channel_access_token": token})
        self.line, self.basic_id = line, basic_id
        headers = {"Authorization": f"Bearer {token}"}
        self._http = httpx2.Client(base_url=f"{line.url}{PREFIX}", headers=headers, timeout=60)

    def close(self) -> None:
        self._http.close()

    def call(self, method: str, path: str, data: Any = None, **more: Any) -> httpx2.Response:
        """`data` is sent as JSON."""
        body = {} if data is None else {"json": data}
        return self._http.request(method, path, **body, **more)

    def form(
        self, method: str, file: bytes | None, *, media_type: str = "text/plain", **fields: str
    ) -> httpx2.Response:
        parts: list[tuple[str, Any]] = [(name, (None, value)) for name, value in fields.items()]
        if file is not None:
            parts.append(("file", ("ids.txt", file, media_type)))
        return self._http.request(method, "/upload/byFile", files=parts)

    def create(self, description: str = "Buyers", ids: Iterable[str] = (), **fields: Any) -> int:
        response = self.call("POST", "/upload", {"description": description, **bodies(ids), **fields})
        assert response.status_code == 202, response.text
        return int(response.json()["audienceGroupId"])

    def add(self, audience: int, ids: Iterable[str], **fields: Any) -> httpx2.Response:
        return self.call("PUT", "/upload", {"audienceGroupId": audience, **bodies(ids), **fields})

    def get(self, path: str) -> Any:
        response = self.call("GET", path)
        assert response.status_code == 200, response.text
        return response.json()

    def group(self, audience: int) -> dict[str, Any]:
        group: dict[str, Any] = self.get(f"/{audience}")["audienceGroup"]
        return group

    def jobs(self, audience: int) -> list[dict[str, Any]]:
        jobs: list[dict[str, Any]] = self.get(f"/{audience}")["jobs"]
        return jobs

    def listed(self, query: str = "") -> list[str]:
        """Names in the account's own list, newest first."""
        return [group["description"] for group in self.get(f"/list?page=1{query}")["audienceGroups"]]

    def held(self, audience: int) -> tuple[int, str]:
        answer = self.line.control("GET", f"/audiences/{audience}")
        return answer["count"], answer["fingerprint"]

    def plant(self, name: str, kind: str = "CHAT_TAG", **fields: Any) -> int:
        """An audience of this account that was not made by its channel."""
        owner = {"serviceType": "account", "id": self.basic_id}
        return int(
            self.line.control("POST", "/audiences", {"owner": owner, "name": name, "type": kind, **fields})[
                "id"
            ]
        )

    def share(self, audience: int, **fields: Any) -> None:
        """With this account."""
        self.line.control("POST", "/shares", {"basic_id": self.basic_id, "audience": audience, **fields})


def users(*names: object) -> list[str]:
    return ["U" + hashlib.sha256(f"user {name}".encode()).hexdigest()[:32] for name in names]


def ifas(*names: object) -> list[str]:
    return [str(uuid.uuid5(uuid.NAMESPACE_URL, f"phone {name}")) for name in names]


def bodies(ids: Iterable[str]) -> dict[str, Any]:
    return {"audiences": [{"id": each} for each in ids]}


def details(response: httpx2.Response) -> list[tuple[str, str | None]]:
    """Codes and fields of a refusal, which has LINE's shape."""
    body = response.json()
    assert isinstance(body.pop("message"), str), json.dumps(body)
    found = body.pop("details", [])
    assert body == {}
    return [(each["message"], each.get("property")) for each in found]
