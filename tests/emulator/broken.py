"""Bodies that no client would send: forms and JSON broken in every way, as strategies."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from tests.emulator.contract import (
    FORM,
    JSON,
)

Sent = tuple[str, bytes, int | None]  # content type, body and, if that is not the body's, its length
# Mostly one thing is wrong with what is said, and now and then with how it is sent.
WAYS = [*["said"] * 6, "cut", "coding", "type", "length"]
ODD_TYPES = ["", FORM, "boundary=", "boundary=other", f"boundary={'c' * 71}", 'boundary="cut', "boundary=ü"]
ODD_TYPES = [f"{FORM}; {each}" for each in ODD_TYPES] + ["", "text/plain", "multipart/mixed; boundary=cut"]
NAME = b"Content-Disposition: form-data; name="
ODD_HEADS = [b"", b"Content-Disposition", NAME, NAME + b'""', NAME + b'"file', NAME + b"file", b"\xff: \0"]
ODD_HEADS += [NAME + b'"file"\r\nContent-Type: application/pdf', NAME + b'"name"\r\nX: ' + b"x" * 20_000]
ODD_HEADS += [b"Content-Disposition: form-data; name*=x''file", b"Content-Disposition: file; name=file"]
ODD_CONTENTS = [b"", b" ", b"-1", b"0", b"1e400", b"NaN", b"null", b"9" * 30, b"9" * 5000, b"x" * 10_000]
ODD_CONTENTS += [b"\0", b"\xff\xfe", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\r", b"\r\n"]
ODD_CONTENTS += [b"\r\n--cut", b"--cut--"]
ODD_VALUES = ["null", "true", "0", "-1", "0.5", "1e400", "NaN", "-Infinity", "9" * 400, "9" * 5000]
ODD_VALUES += ['""', '" "', '"\\ud800"', '"\\u0000"', '"\\u202e"', f'"{"x" * 10_000}"']
ODD_VALUES += [
    "[]",
    "{}",
    '{"a": 1}',
    "[null]",
    "[{}]",
    "[[]]",
    f"[{'0,' * 10_001}0]",
    f"[{'{},' * 10_001}0]",
]
ODD_VALUES += ["[" * 10_000 + "]" * 10_000, '{"a":' * 10_000 + "1" + "}" * 10_000]


@st.composite
def broken_forms(draw: st.DrawFn, shown: list[dict[str, Any]]) -> Sent:
    way = draw(st.sampled_from(WAYS))
    parts = [_part(name, value) for name, value in _anew(draw, shown).items()]
    for _ in range(draw(st.integers(1, 2)) if way in {"said", "coding"} else 0):
        at = draw(st.integers(0, len(parts) - 1))
        head, content = parts[at]
        odd = draw(st.sampled_from(ODD_CONTENTS) | st.binary(max_size=100))
        others = [(head, odd), (draw(st.sampled_from(ODD_HEADS)), content)]
        parts[at : at + 1] = draw(st.sampled_from([[each] for each in others] + [[(head, content)] * 2]))
        parts = draw(st.sampled_from([parts, parts[1:] or parts, parts[::-1]]))
    body = b"".join(b"--cut\r\n%b\r\n\r\n%b\r\n" % part for part in parts) + b"--cut--\r\n"
    content_type = draw(st.sampled_from(ODD_TYPES)) if way == "type" else f"{FORM}; boundary=cut"
    return _sent(draw, way, content_type, body)


def _part(name: str, value: Any) -> tuple[bytes, bytes]:
    file = b'; filename="ids.txt"\r\nContent-Type: text/plain' if name == "file" else b""
    return NAME + f'"{name}"'.encode() + file, value if isinstance(value, bytes) else str(value).encode()


@st.composite
def broken_json(draw: st.DrawFn, shown: list[dict[str, Any]]) -> Sent:
    """An example with something odd in place of one of its values, or of the whole."""
    way, example = draw(st.sampled_from(WAYS)), _anew(draw, shown)
    text = json.dumps(example)
    if way == "said":
        place = json.dumps(draw(st.sampled_from(list(_values(example)))))
        text = text.replace(place, draw(st.sampled_from(ODD_VALUES)), 1)
    coding = draw(st.sampled_from(["utf-8-sig", "utf-16", "utf-32"])) if way == "coding" else "utf-8"
    odd_types = ["application/json; charset=utf-8", "Application/JSON", "text/plain", ""]
    content_type = draw(st.sampled_from(odd_types)) if way == "type" else JSON
    return _sent(draw, way, content_type, text.encode(coding))


def _anew(draw: st.DrawFn, shown: list[dict[str, Any]]) -> dict[str, Any]:
    """One of the examples, under a name that is not taken."""
    example: dict[str, Any] = draw(st.sampled_from(shown))
    return example | ({"name": str(draw(st.uuids()))} if "name" in example else {})


def _values(value: Any) -> Iterator[Any]:
    """Everything that is in it, itself included."""
    yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _values(each)


def _sent(draw: st.DrawFn, way: str, content_type: str, body: bytes) -> Sent:
    if way == "cut":
        body = body[: draw(st.integers(0, len(body)))]
        body += draw(st.sampled_from([b"", b"\xff", b"}", b"--cut--\r\n"]))
    lengths = st.sampled_from([0, len(body) - 1, len(body) + 9, -1])
    return content_type, body, draw(lengths) if way == "length" else None
