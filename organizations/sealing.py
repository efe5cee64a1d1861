"""Secrets at rest: `v1.<kid>.<nonce>.<ciphertext>`, AES-256-GCM, bound to the row they were sealed for.

The key ring is `settings.ENCRYPTION_KEYS`, "kid:base64,kid:base64". The first key seals, every key unseals,
so a key is retired by putting a new one in front, sealing the old rows again and then dropping the old one.
"""

import base64
import binascii
import os
import re
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

VERSION = "v1"
KEY_BYTES = 32
NONCE_BYTES = 12
KID = re.compile(r"[A-Za-z0-9_-]{1,32}")


class SealingError(Exception):
    """A sealed text cannot be opened. Messages name keys and places, never content."""


class UnknownKey(SealingError):
    def __init__(self, kid: str) -> None:
        super().__init__(f"Sealed with key {kid!r}, which ENCRYPTION_KEYS does not hold.")


class WrongPlace(SealingError):
    def __init__(self, place: str) -> None:
        super().__init__(f"Not sealed for {place}, or changed since.")


class Malformed(SealingError):
    def __init__(self) -> None:
        super().__init__("This is not a sealed text.")


@dataclass(frozen=True, repr=False)
class KeyRing:
    current: str
    keys: dict[str, bytes]

    def cipher(self, kid: str) -> AESGCM:
        if kid not in self.keys:
            raise UnknownKey(kid)
        return AESGCM(self.keys[kid])


def seal(value: str | bytes, *, table: str, row: object, field: str) -> str:
    keys = ring()
    nonce = os.urandom(NONCE_BYTES)
    clear = value.encode() if isinstance(value, str) else value
    sealed = keys.cipher(keys.current).encrypt(nonce, clear, place_of(table, row, field).encode())
    return ".".join((VERSION, keys.current, _encode(nonce), _encode(sealed)))


def unseal(sealed: str, *, table: str, row: object, field: str) -> str:
    return unseal_bytes(sealed, table=table, row=row, field=field).decode()


def unseal_bytes(sealed: str, *, table: str, row: object, field: str) -> bytes:
    kid, nonce, ciphertext = _split(sealed)
    place = place_of(table, row, field)
    try:
        return ring().cipher(kid).decrypt(nonce, ciphertext, place.encode())
    except InvalidTag:
        raise WrongPlace(place) from None


def stored_kid(sealed: str) -> str:
    return _split(sealed)[0]


def place_of(table: str, row: object, field: str) -> str:
    parts = (table, str(row), field)
    if any("|" in part for part in parts):
        raise ValueError("A place has no | in its names: two places could look the same.")
    return "|".join(parts)


def ring() -> KeyRing:
    return parse_ring(settings.ENCRYPTION_KEYS)


@lru_cache(maxsize=4)
def parse_ring(text: str) -> KeyRing:
    pairs = [_parse_key(entry.strip()) for entry in text.split(",") if entry.strip()]
    keys = dict(pairs)
    if not pairs or len(keys) != len(pairs):
        raise ImproperlyConfigured("ENCRYPTION_KEYS needs at least one key, and each key id once.")
    return KeyRing(current=pairs[0][0], keys=keys)


def _parse_key(entry: str) -> tuple[str, bytes]:
    kid, _, encoded = entry.partition(":")
    try:
        key = base64.b64decode(encoded.translate(str.maketrans("-_", "+/")), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not KID.fullmatch(kid) or len(key) != KEY_BYTES:
        raise ImproperlyConfigured("ENCRYPTION_KEYS is kid:base64,kid:base64 with 32 bytes a key.")
    return kid, key


def _split(sealed: str) -> tuple[str, bytes, bytes]:
    version, *rest = sealed.split(".")
    if version != VERSION or len(rest) != 3 or not KID.fullmatch(rest[0]):  # noqa: PLR2004  kid, nonce, ciphertext
        raise Malformed
    nonce, ciphertext = _decode(rest[1]), _decode(rest[2])
    if len(nonce) != NONCE_BYTES:
        raise Malformed
    return rest[0], nonce, ciphertext


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise Malformed from None
