"""A multipart body of known length (so that LINE gets a Content-Length) that is never whole in memory."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

ESCAPES = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})


class ByteSource(Protocol):
    """Bytes of known number, readable from the start each time it is iterated."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[bytes]: ...


class SourceChanged(Exception):
    """The source gave another number of bytes than it promised; the request was broken off."""


@dataclass(frozen=True)
class Multipart:
    fields: Mapping[str, str]
    file: ByteSource
    filename: str
    boundary: str = field(default_factory=lambda: f"----{secrets.token_hex(16)}")

    @property
    def content_type(self) -> str:
        return f"multipart/form-data; boundary={self.boundary}"

    def __len__(self) -> int:
        return len(self._head()) + len(self.file) + len(self._tail())

    def __iter__(self) -> Iterator[bytes]:
        yield self._head()
        yield from self._counted()
        yield self._tail()

    def _counted(self) -> Iterator[bytes]:
        promised, seen = len(self.file), 0
        for chunk in self.file:
            seen += len(chunk)
            if seen > promised:
                break
            yield chunk
        if seen != promised:
            raise SourceChanged(f"{promised} bytes were promised")

    def _head(self) -> bytes:
        parts = [self._part(f'name="{name}"', value) for name, value in self.fields.items()]
        name = self.filename.translate(ESCAPES)
        disposition = f'name="file"; filename="{name}"\r\nContent-Type: text/plain'
        return "".join([*parts, self._part(disposition, "")[:-2]]).encode()

    def _part(self, disposition: str, value: str) -> str:
        return f"--{self.boundary}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n{value}\r\n"

    def _tail(self) -> bytes:
        return f"\r\n--{self.boundary}--\r\n".encode()
