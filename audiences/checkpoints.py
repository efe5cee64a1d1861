"""Names for the moments at which a worker may die. Tests kill it there; in production this does nothing."""

from __future__ import annotations

from collections.abc import Callable

_watchers: list[Callable[[str], None]] = []


def checkpoint(name: str) -> None:
    for watcher in _watchers:
        watcher(name)


def watch(watcher: Callable[[str], None]) -> None:
    _watchers.append(watcher)


def unwatch() -> None:
    _watchers.clear()
