"""Sets of ids: read from files, kept as sorted runs, fingerprinted exactly."""

from __future__ import annotations

import hashlib
import tempfile
import uuid
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator import runs
from emulator.identifiers import HASH, IFA, IdFile, IdFormat
from tests.emulator.client import fingerprint, hashed, lines

WRONG = "UPLOAD_AUDIENCE_GROUP_INVALID_AUDIENCE_ID_FORMAT"
ID = hashed("someone")[0]


def read(file: bytes, *, piece: int = 7, most_bytes: int = 10**9) -> IdFile:
    ids = IdFile(Path(tempfile.mkdtemp()), most_bytes=most_bytes)
    ids.write(file[at : at + piece] for at in range(0, len(file), piece))
    return ids


def run_of(ids: Iterable[str], folder: Path, form: IdFormat = HASH) -> runs.Run:
    with IdFile(folder, most_bytes=10**9) as file:
        file.write([lines(ids)])
        name = f"{uuid.uuid4()}.run"
        file.keep(name)
    return runs.whole((folder / name).open("rb"), form.width)


@given(st.lists(st.lists(st.integers(0, 60), max_size=80), max_size=6))
def test_the_fingerprint_is_that_of_all_ids_sorted_and_distinct(parts: list[list[int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        held = [run_of(hashed(*part), Path(folder)) for part in parts if part]
        everything = {each for part in parts for each in hashed(*part)}

        count, digest = runs.fingerprint(runs.merged(held), HASH.lines)

    assert (count, digest) == (len(everything), fingerprint(everything))


@given(st.lists(st.uuids(), min_size=1, max_size=50))
def test_advertising_ids_are_fingerprinted_in_lower_case_with_their_dashes(ids: list[uuid.UUID]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        held = run_of((str(each).upper() for each in ids), Path(folder), IFA)

        _, digest = runs.fingerprint(runs.merged([held]), IFA.lines)

    assert digest == fingerprint(str(each) for each in ids)


def test_many_ranges_are_merged_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "RANGE", 16)
    first, second = hashed(*range(500)), hashed(*range(300, 900))

    blocks = list(runs.merged([run_of(first, tmp_path), run_of(second, tmp_path)]))

    assert len(blocks) > 20
    assert runs.fingerprint(blocks, HASH.lines) == (900, fingerprint(first + second))


def test_a_large_set_is_estimated_from_a_sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "EXACT", 1_000)
    first, second = run_of(hashed(*range(8_000)), tmp_path), run_of(hashed(*range(4_000, 12_000)), tmp_path)

    estimate = runs.estimate([first, second])

    assert estimate == pytest.approx(12_000, rel=0.05)


def test_an_empty_set_has_the_fingerprint_of_nothing() -> None:
    assert runs.fingerprint(runs.merged([]), HASH.lines) == (0, hashlib.sha256(b"").hexdigest())


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("last", [True, False])
def test_both_line_ends_are_read_and_the_last_one_may_be_missing(end: str, last: bool) -> None:
    ids = read((end.join(hashed("a", "b", "c")) + end * last).encode())

    assert (ids.wrong, ids.rows) == (None, 3)


def test_upper_case_hashes_are_the_same_ids(tmp_path: Path) -> None:
    held = run_of([*hashed("a"), *(each.upper() for each in hashed("a"))], tmp_path)

    assert len(held) == 1


@pytest.mark.parametrize(
    ("file", "reason"),
    {
        "nothing": (b"", "EMPTY_FILE"),
        "one line end": (b"\n", WRONG),
        "a header line": (b"email\n" + lines([ID]), WRONG),
        "a byte order mark": (b"\xef\xbb\xbf" + lines([ID]), WRONG),
        "UTF-16": (lines([ID]).decode().encode("utf-16"), "INVALID_FILE_CONTENT"),
        "a blank line inside": (lines([ID, "", ID]), WRONG),
        "a blank line at the end": (lines([ID, ""]), WRONG),
        "a raw e-mail": (b"someone@mail.example\n", WRONG),
        "a digit too few": (lines([ID, ID[1:]]), WRONG),
        "a digit too many": (lines([ID, f"{ID}0"]), WRONG),
        "a letter that is no digit": (lines([f"g{ID[1:]}"]), WRONG),
        "a blank in place of a digit": (lines([f" {ID[1:]}"]), WRONG),
        "blanks in place of a byte": (lines([f"  {ID[2:]}"]), WRONG),
        "dashes in place of a byte": (lines([f"--{ID[2:]}"]), WRONG),
        "two kinds of ids": (lines([ID, str(uuid.uuid4())]), WRONG),
        "a dash in the wrong place": (lines(["0-0000000-0000-0000-0000-000000000000"[:36]]), WRONG),
        "no line end at all": (b"a" * 2_000_000, WRONG),
        "two columns": (lines([f"{ID},{ID}"]), WRONG),
    }.items(),
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_file_with_something_else_is_refused(file: str, reason: tuple[bytes, str]) -> None:
    content, expected = reason

    assert read(content, piece=100_000).wrong == expected


def test_a_file_one_byte_too_long_is_refused() -> None:
    file = lines(hashed("a", "b"))

    assert read(file, most_bytes=len(file)).wrong is None
    assert read(file, most_bytes=len(file) - 1).wrong == "FILE_SIZE_LIMIT_EXCEEDED"
