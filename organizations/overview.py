"""What an app has to say on the organization's overview."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.functional import Promise


@dataclass(frozen=True)
class Line:
    """One sentence, where it leads, and its tone: "" (neutral), "ok", "wait", "warn" or "bad"."""

    text: str | Promise
    url: str
    tone: str = ""


@dataclass(frozen=True)
class Section:
    """A group of lines; smaller ranks come first (what waits 10, what fails 30, what ends soon 70)."""

    title: str | Promise
    lines: Sequence[Line] = field(default_factory=list)
    rank: int = 50
