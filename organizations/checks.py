"""A rule's answer for one thing, with the way to mend it; what `components/check_list.html` shows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    code: str
    label: str
    ok: bool
    detail: str = ""
    mend: str = ""
    url: str = ""  # where the reader can mend it
    url_label: str = ""


def first_failed(checks: Iterable[Check]) -> Check | None:
    return next((check for check in checks if not check.ok), None)
