"""The form of a sealed file: a header, then chunks of 1 MiB.

Each file has a key of its own, wrapped by the key ring in the header. A chunk's nonce is its number; name,
number and "this is the last" are authenticated with it, so a file that was cut, joined, reordered or renamed
fails loudly instead of reading short.
"""

import hashlib
import os
import struct
import uuid
from collections.abc import Iterator
from types import TracebackType
from typing import BinaryIO, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from organizations import bytestore, sealing

CHUNK = 1 << 20
TAG = 16
MAGIC = b"sealed-1 "
# Room for the longest key id; fixed, so that a key can be wrapped anew without moving the chunks.
HEADER = 256


class Damaged(sealing.SealingError):
    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"The sealed file {name} cannot be read: {why}.")


class SealedWriter:
    """Write clear bytes; they are on disk only sealed, and visible only after a clean exit."""

    def __init__(self, folder: str) -> None:
        self.name = f"{folder}/{uuid.uuid4()}"
        self.size = 0
        self._digest = hashlib.sha256()
        self._pending = bytearray()
        self._number = 0
        key = AESGCM.generate_key(bit_length=256)
        self._cipher = AESGCM(key)
        self._draft = bytestore.create(self.name)
        self._put(_header(self.name, key))

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def write(self, data: bytes) -> None:
        self.size += len(data)
        self._digest.update(data)
        self._pending += data
        while len(self._pending) > CHUNK:
            self._seal(bytes(self._pending[:CHUNK]), last=False)
            del self._pending[:CHUNK]

    def close(self) -> None:
        try:
            self._seal(bytes(self._pending), last=True)
            self._draft.publish()
        except BaseException:
            self._draft.discard()
            raise

    def discard(self) -> None:
        self._draft.discard()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self.close() if kind is None else self.discard()

    def _seal(self, chunk: bytes, *, last: bool) -> None:
        place = _place(self.name, self._number, last=last)
        self._put(self._cipher.encrypt(_nonce(self._number), chunk, place))
        self._number += 1

    def _put(self, data: bytes) -> None:
        try:
            self._draft.write(data)
        except BaseException:
            self._draft.discard()
            raise


class SealedReader:
    """Read a sealed file from its beginning, in clear. `len` is the clear size."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._file: BinaryIO = bytestore.open_file(name)
        try:
            self._cipher = AESGCM(_open_header(name, self._file.read(HEADER)))
            self._measure(self._file.seek(0, os.SEEK_END) - HEADER)
        except BaseException:
            self._file.close()
            raise
        self.rewind()

    def __len__(self) -> int:
        return self._size

    def __bool__(self) -> bool:
        return True

    def __iter__(self) -> Iterator[bytes]:
        """The chunks from the beginning, whatever was read before."""
        self.rewind()
        while chunk := self._next_chunk():
            yield chunk

    def read(self, size: int = -1) -> bytes:
        while (size < 0 or len(self._pending) < size) and (chunk := self._next_chunk()):
            self._pending += chunk
        taken = bytes(self._pending if size < 0 else self._pending[:size])
        del self._pending[: len(taken)]
        return taken

    def rewind(self) -> None:
        self._file.seek(HEADER)
        self._number = 0
        self._pending = bytearray()

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _measure(self, stored: int) -> None:
        if stored < TAG:  # even an empty file ends in a sealed, empty chunk
            raise Damaged(self.name, "it was cut")
        self._chunks = -(-stored // (CHUNK + TAG))
        self._size = max(0, stored - self._chunks * TAG)

    def _next_chunk(self) -> bytes:
        if self._number >= self._chunks:
            return b""
        last = self._number == self._chunks - 1
        place = _place(self.name, self._number, last=last)
        try:
            chunk = self._cipher.decrypt(_nonce(self._number), self._file.read(CHUNK + TAG), place)
        except InvalidTag:
            raise Damaged(
                self.name, f"part {self._number + 1} of {self._chunks} was changed or cut"
            ) from None
        self._number += 1
        return chunk


def _header(name: str, key: bytes) -> bytes:
    wrapped = sealing.seal(key, table="storage", row=name, field="key")
    return (MAGIC + wrapped.encode()).ljust(HEADER - 1) + b"\n"


def _open_header(name: str, header: bytes) -> bytes:
    if len(header) != HEADER or not header.startswith(MAGIC):
        raise Damaged(name, "it has no header of ours")
    try:
        wrapped = header[len(MAGIC) :].decode("ascii").strip()
        return sealing.unseal_bytes(wrapped, table="storage", row=name, field="key")
    except (sealing.WrongPlace, sealing.Malformed, UnicodeDecodeError):
        raise Damaged(name, "its key does not open under this name") from None


def _nonce(number: int) -> bytes:
    # A counter never repeats under a key that seals one file.
    return struct.pack(">IQ", 0, number)


def _place(name: str, number: int, *, last: bool) -> bytes:
    return f"{name}|{number}|{last:d}".encode()
