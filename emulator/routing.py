"""Which function answers which method and path, and in whose words an API refuses."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote

from emulator.emulator import Emulator
from emulator.exchange import Request, Response

Handler = Callable[[Emulator, Request], Response]


class Route:
    def __init__(self, method: str, path: str, handler: Handler, *roles: str) -> None:
        self.method, self.path, self.handler, self.roles = method, path, handler, frozenset(roles)
        self._pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path))

    def params(self, path: str) -> dict[str, str] | None:
        match = self._pattern.fullmatch(path)
        return {name: unquote(value) for name, value in match.groupdict().items()} if match else None


@dataclass(frozen=True)
class Api:
    prefix: str
    routes: tuple[Route, ...]
    refuse: Callable[[int], Response]  # any status from 400 on, in this API's words
    guard: Callable[[Emulator, Request, Route], None]  # raises Refusal
    finish: Callable[[Response], Response] = lambda response: response
    logged: bool = True


def find(api: Api, request: Request) -> Route | int:
    """The route, with the request's `params` set; otherwise the status to refuse with."""
    status = 404
    for route in api.routes:
        params = route.params(request.path)
        if params is not None and route.method == request.method:
            request.params = params
            return route
        status = 405 if params is not None else status
    return status
