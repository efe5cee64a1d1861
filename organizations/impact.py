"""What an act would end or change, asked of every app before a person decides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.functional import Promise
from django.utils.module_loading import import_string


@dataclass(frozen=True)
class Impact:
    """One line of a decide page: `count` things called `label` would be `effect` ("ended", "paused")."""

    label: str | Promise
    effect: str | Promise
    count: int
    url: str = ""


def of(subject: Any) -> list[Impact]:
    """Collect from the functions named in `settings.IMPACTS`."""
    collectors: list[Callable[[Any], list[Impact]]] = [import_string(path) for path in settings.IMPACTS]
    return [impact for collect in collectors for impact in collect(subject) if impact.count]
