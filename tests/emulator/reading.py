"""The page at `/` as its readers take it: what it says, what they paste from it."""

from __future__ import annotations

import subprocess
import urllib.request
from html.parser import HTMLParser

from tests.emulator.process import EmulatorProcess

VOID = {"meta", "br", "path", "rect"}


class Page(HTMLParser):
    """A page as a reader sees it: its tables as rows of text, its commands, links and headings."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.source = source
        self.sections: dict[str, list[list[str]]] = {}
        self.commands: list[str] = []
        self.links: list[str] = []
        self.headings: list[int] = []
        self.anchors: list[str] = []
        self.open: list[str] = []
        self._section = ""
        self.feed(source)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {key: value or "" for key, value in attributes}
        self.open += [] if tag in VOID else [tag]
        self.anchors += [given["id"]] if "id" in given else []
        self.links += [given["href"]] if tag == "a" else []
        if tag in {"h1", "h2", "h3"}:
            self.headings.append(int(tag[1]))
            self._section = given.get("id", "")
        if tag == "tr":
            self.sections.setdefault(self._section, []).append([])
        if tag in {"td", "th"}:
            self.sections[self._section][-1].append("")
        if tag == "pre":
            self.commands.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "pre" in self.open:
            self.commands[-1] += data
        if {"td", "th"} & set(self.open):
            self.sections[self._section][-1][-1] += data

    def rows(self, section: str) -> list[list[str]]:
        """Without the head."""
        return self.sections.get(section, [])[1:]

    def row(self, section: str, first: str) -> list[str]:
        return next(row for row in self.rows(section) if row[0].startswith(first))


def read(line: EmulatorProcess) -> Page:
    with urllib.request.urlopen(line.url) as answer:
        return Page(answer.read().decode())


def run(script: str) -> str:
    """As a person pastes it, but an answer other than 2xx is an error."""
    strict = 'curl() { command curl --fail-with-body --silent --show-error "$@"; }\nset -e\n'
    done = subprocess.run(["sh", "-c", strict + script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, (script, done.stdout, done.stderr)
    return done.stdout
