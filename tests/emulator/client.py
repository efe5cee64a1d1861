"""A client of the Ads API that shares nothing with the emulator: joserfc signs, httpx2 speaks."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable
from email.utils import formatdate
from typing import Any

import httpx2
from joserfc import jws
from joserfc.jwk import OctKey

ACCOUNT = "A100000001"
OTHER_ACCOUNT = "A100000002"
FOREIGN_ACCOUNT = "A900000009"
GROUP = "G100000001"
ACCESS_KEY = "AKEXAMPLE0001"
SECRET_KEY = "sk-example-not-a-real-secret-0001"


def signed_headers(
    path: str,
    *,
    content: bytes = b"",
    content_type: str = "",
    keys: tuple[str, str] = (ACCESS_KEY, SECRET_KEY),
    at: float | None = None,
) -> dict[str, str]:
    moment = time.time() if at is None else at
    day = time.strftime("%Y%m%d", time.gmtime(moment))
    payload = "\n".join([hashlib.sha256(content).hexdigest(), content_type, day, path])
    protected = {"alg": "HS256", "kid": keys[0], "typ": "text/plain"}
    token = jws.serialize_compact(protected, payload, OctKey.import_key(keys[1]))
    return {"Authorization": f"Bearer {token}", "Date": formatdate(moment, usegmt=True)}


class AdsClient:
    def __init__(self, url: str, *, access_key: str = ACCESS_KEY, secret_key: str = SECRET_KEY) -> None:
        self._http = httpx2.Client(base_url=url, timeout=60)
        self._keys = (access_key, secret_key)

    def close(self) -> None:
        self._http.close()

    def call(
        self, method: str, path: str, *, json: bytes | None = None, at: float | None = None
    ) -> httpx2.Response:
        target, _, query = f"/api/v3{path}".partition("?")
        content_type = "" if json is None else "application/json"
        headers = signed_headers(
            target, content=json or b"", content_type=content_type, at=at, keys=self._keys
        )
        if json is not None:
            headers["Content-Type"] = content_type
        return self._http.request(
            method, f"{target}?{query}" if query else target, content=json, headers=headers
        )

    def get(self, path: str) -> Any:
        """The answer's JSON; other than 200 is an error."""
        response = self.call("GET", path)
        assert response.status_code == 200, response.text
        return response.json()

    def post(self, path: str, data: Any) -> httpx2.Response:
        return self.call("POST", path, json=json.dumps(data).encode())

    def upload(
        self, file: bytes | None, *, account: str = ACCOUNT, file_name: str = "ids.txt", **fields: str
    ) -> httpx2.Response:
        parts: list[tuple[str, Any]] = [(name, (None, value)) for name, value in fields.items()]
        if file is not None:
            parts.append(("file", (file_name, file, "text/plain")))
        target = f"/api/v3/adaccounts/{account}/custom-audiences/upload"
        headers = signed_headers(target, content_type="multipart/form-data", keys=self._keys)
        return self._http.post(target, files=parts, headers=headers)

    def create(
        self, name: str, ids: Iterable[str], *, id_type: str = "HASHED_EMAIL", action: str = "ADD"
    ) -> str:
        response = self.upload(lines(ids), name=name, action=action, idType=id_type)
        assert response.status_code == 202, response.text
        return str(response.json()["id"])

    def audiences(self, query: str = "", account: str = ACCOUNT) -> dict[str, Any]:
        response = self.call("GET", f"/adaccounts/{account}/custom-audiences{query}")
        assert response.status_code == 200, response.text
        page: dict[str, Any] = response.json()
        return page

    def jobs(self, audience_id: str) -> list[dict[str, Any]]:
        response = self.call("GET", f"/adaccounts/{ACCOUNT}/custom-audiences/{audience_id}/upload-job")
        assert response.status_code == 200, response.text
        jobs: list[dict[str, Any]] = response.json()["jobs"]
        return jobs


def hashed(*names: object) -> list[str]:
    return [hashlib.sha256(f"{name}@mail.example".encode()).hexdigest() for name in names]


def lines(ids: Iterable[str]) -> bytes:
    return "".join(f"{each}\n" for each in ids).encode()


def fingerprint(ids: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(sorted({each.lower() for each in ids})).encode()).hexdigest()


def reasons(response: httpx2.Response) -> list[tuple[str, str | None]]:
    return [(each["reason"], each.get("property")) for each in response.json()["errors"]]
