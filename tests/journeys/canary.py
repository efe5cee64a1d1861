"""Another site, on another port: it frames the console, posts to it, and notes what browsers tell it."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self


@dataclass
class Canary:
    """`with Canary() as canary:`; `pages` are what it serves by path, `told` the referrers it was sent."""

    pages: dict[str, str] = field(default_factory=dict)
    told: list[tuple[str, str]] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def frames(self, address: str) -> str:
        self.pages["/frame"] = f'<title>Framed</title><iframe src="{escape(address)}"></iframe>'
        return f"{self.url}/frame"

    def posts(self, address: str, fields: dict[str, str]) -> str:
        """A page that sends a form as soon as it is opened."""
        inputs = "".join(
            f'<input name="{escape(name)}" value="{escape(value)}">' for name, value in fields.items()
        )
        form = f'<form method="post" action="{escape(address)}">{inputs}</form>'
        self.pages["/post"] = f"<title>Posted</title>{form}<script>document.forms[0].submit()</script>"
        return f"{self.url}/post"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        canary = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                canary.told.append((self.path, self.headers.get("Referer", "")))
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(canary.pages.get(self.path, "<title>Canary</title>").encode())

            def log_message(self, *_: object) -> None:
                pass

        return Handler
