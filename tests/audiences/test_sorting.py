import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import Settings

from audiences import sorting
from audiences.parts import PartWriter, RejectWriter
from audiences.sorting import Sorter
from organizations import bytestore
from organizations.storage import SealedReader


@pytest.fixture
def storage_dir(settings: Settings) -> Any:
    return settings.STORAGE_DIR


def hashes(numbers: Any) -> Any:
    return [hashlib.sha256(str(number).encode()).hexdigest() for number in numbers]


def merged(batches: Any, digits: Any = 64) -> Any:
    sorter = Sorter("runs/1", digits)
    for batch in batches:
        sorter.add(pl.Series("hex", batch, dtype=pl.String))
    return [entry for job in sorter.merges() for entry in job().to_list()]


@pytest.mark.parametrize("run_rows", [10_000, 700, 100])
def test_entries_come_out_sorted_and_once_whatever_is_spilled(
    monkeypatch: pytest.MonkeyPatch, run_rows: Any
) -> None:
    monkeypatch.setattr(sorting, "RUN_ROWS", run_rows)
    monkeypatch.setattr(sorting, "RANGE_ROWS", 150)
    entries = hashes(number % 700 for number in range(2000))

    assert merged(entries[at : at + 90] for at in range(0, 2000, 90)) == sorted(set(entries))
    assert list(bytestore.names("runs/")) == []


@hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.text("01", min_size=4, max_size=4), max_size=40), st.integers(1, 12))
def test_entries_that_look_alike_at_the_beginning_stay_apart(
    monkeypatch: pytest.MonkeyPatch, tails: Any, run_rows: Any
) -> None:
    monkeypatch.setattr(sorting, "RUN_ROWS", run_rows)
    entries = ["0" * 60 + tail for tail in tails]

    assert merged([[entry] for entry in entries]) == sorted(set(entries))


def test_the_jobs_of_a_merge_may_run_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sorting, "RUN_ROWS", 500)
    monkeypatch.setattr(sorting, "RANGE_ROWS", 100)
    sorter = Sorter("runs/1", 64)
    sorter.add(pl.Series("hex", hashes(range(3000))))

    with ThreadPoolExecutor(4) as pool:
        found = pl.concat(pool.map(lambda job: job(), sorter.merges()))

    assert found.to_list() == sorted(hashes(range(3000)))


def test_runs_on_the_disk_are_sealed(monkeypatch: pytest.MonkeyPatch, storage_dir: Path) -> None:
    monkeypatch.setattr(sorting, "RUN_ROWS", 10)
    entries = hashes(range(20))
    sorter = Sorter("runs/1", 64)
    sorter.add(pl.Series("hex", entries))

    written = b"".join(path.read_bytes() for path in storage_dir.rglob("*") if path.is_file())

    assert len(written) > 20 * 32
    assert not any(entry.encode() in written or bytes.fromhex(entry) in written for entry in entries)


@pytest.mark.parametrize("limit", [1, 7, 100, 1000])
def test_parts_are_full_but_for_the_last(limit: Any) -> None:
    entries = pl.Series("hex", hashes(range(100)))
    writer = PartWriter("runs/1", limit)
    for at in range(0, 100, 30):
        writer.write(entries.slice(at, 30))
    writer.close()

    bodies = [SealedReader(part.storage_name).read() for part in writer.parts]

    assert b"".join(bodies) == "".join(f"{entry}\n" for entry in entries).encode()
    assert [part.rows for part in writer.parts[:-1]] == [limit] * (len(bodies) - 1)
    assert [part.sequence for part in writer.parts] == list(range(len(bodies)))
    assert [part.sha256 for part in writer.parts] == [hashlib.sha256(body).hexdigest() for body in bodies]
    assert [part.bytes for part in writer.parts] == [len(body) for body in bodies]


def test_rejects_past_the_cap_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("audiences.parts.MAX_LISTED", 3)
    rejects = RejectWriter("runs/1")
    for line in range(5):
        rejects.write(pl.DataFrame({"line": [line], "reason": ["no_at"]}))
    rejects.close()

    assert SealedReader(rejects.name).read() == b"line,reason\n0,no_at\n1,no_at\n2,no_at\n"
    assert (rejects.counts, rejects.unlisted) == ({"no_at": 5}, 2)


def test_without_rejects_there_is_no_file() -> None:
    rejects = RejectWriter("runs/1")
    rejects.write(pl.DataFrame(schema={"line": pl.Int64, "reason": pl.String}))
    rejects.close()

    assert rejects.name == ""
    assert list(bytestore.names()) == []
