"""Prepared parts: where they lie, what LINE's job list calls them, and how they are read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from audiences.models import Batch, Run
from organizations.storage import SealedReader


def folder_of(run: Run) -> str:
    return f"plans/{run.pk}"


def file_name(run: Run, epoch: int, sequence: int) -> str:
    """Unique, so that LINE's job list tells which upload became what; it says nothing about people."""
    return f"{run.pk.hex}-{epoch}-{sequence}.txt"


class PartChanged(Exception):
    """The stored part is not the one that was planned; its end was never sent."""


class Part:
    """A part's clear bytes, streamed. The last piece goes out only if the whole has the planned digest."""

    def __init__(self, reader: SealedReader, batch: Batch) -> None:
        self._reader, self._batch = reader, batch

    def __len__(self) -> int:
        return self._batch.byte_count

    def __iter__(self) -> Iterator[bytes]:
        digest, held = hashlib.sha256(), b""
        for chunk in self._reader:
            digest.update(chunk)
            if held:
                yield held
            held = chunk
        if digest.hexdigest() != self._batch.digest:
            raise PartChanged
        yield held
