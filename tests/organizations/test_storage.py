import errno
import hashlib
import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import Settings

from organizations import bytestore, sealedfiles, storage
from organizations.sealing import SealingError, UnknownKey

MIB = 1 << 20
CHUNK_ON_DISK = MIB + sealedfiles.TAG


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> Any:
    settings.STORAGE_DIR = tmp_path / "storage"
    settings.ENCRYPTION_KEYS = "k1:" + "A" * 43 + "="
    return settings.STORAGE_DIR


def write(*pieces: Any, to: Any = "files") -> Any:
    return write_all(pieces, to=to)


def write_all(pieces: Any, to: Any = "files") -> Any:
    with storage.SealedWriter(to) as writer:
        for piece in pieces:
            writer.write(piece)
    return writer


def read(name: Any) -> Any:
    with storage.SealedReader(name) as reader:
        return b"".join(reader)


def change(name: Any, edit: Any) -> None:
    path = bytestore.path_of(name)
    path.write_bytes(edit(path.read_bytes()))


@pytest.mark.parametrize("size", [0, 1, MIB - 1, MIB, MIB + 1, 2 * MIB, 3 * MIB + 5])
def test_a_file_reads_back_whole(size: Any) -> None:
    clear = os.urandom(size)

    writer = write(clear)

    assert read(writer.name) == clear
    assert len(storage.SealedReader(writer.name)) == writer.size == size
    assert writer.sha256 == hashlib.sha256(clear).hexdigest()


@hypothesis_settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.binary(max_size=400)), st.integers(1, 300))
def test_pieces_in_and_pieces_out_need_not_match(
    monkeypatch: pytest.MonkeyPatch, pieces: Any, size: Any
) -> None:
    monkeypatch.setattr(sealedfiles, "CHUNK", 256)
    reader = storage.SealedReader(write(*pieces).name)

    got = b"".join(iter(lambda: reader.read(size), b""))

    assert got == b"".join(pieces)


def test_reading_again_starts_at_the_beginning() -> None:
    reader = storage.SealedReader(write(b"once more").name)

    assert reader.read(4) == b"once"
    assert b"".join(reader) == b"once more"
    reader.rewind()
    assert reader.read() == b"once more"


def test_nothing_is_in_clear_on_the_disk(folder: Path) -> None:
    write(b"0900000000," * 200_000)

    assert not any(b"0900000000" in path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_the_same_bytes_give_two_different_files() -> None:
    one, two = write(b"same").name, write(b"same").name

    assert bytestore.path_of(one).read_bytes()[256:] != bytestore.path_of(two).read_bytes()[256:]


def test_files_are_private(folder: Path) -> None:
    name = write(b"x").name

    assert bytestore.path_of(name).stat().st_mode & 0o777 == 0o600
    assert (folder / "files").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    "edit",
    [
        lambda raw: raw[:-1],
        lambda raw: raw[: sealedfiles.HEADER + CHUNK_ON_DISK],
        lambda raw: raw[: sealedfiles.HEADER],
        lambda raw: raw[:100],
        lambda raw: b"",
        lambda raw: raw + raw[sealedfiles.HEADER :],
        lambda raw: raw[:-1] + bytes([raw[-1] ^ 1]),
        lambda raw: raw[:5000] + bytes([raw[5000] ^ 1]) + raw[5001:],
        lambda raw: raw[:40] + bytes([raw[40] ^ 1]) + raw[41:],
        lambda raw: raw[:256] + raw[256 + CHUNK_ON_DISK : 256 + 2 * CHUNK_ON_DISK] + raw[256:],
    ],
    ids=[
        "tail",
        "last chunk",
        "all chunks",
        "header",
        "all",
        "joined",
        "bit",
        "early bit",
        "key",
        "reordered",
    ],
)
def test_a_damaged_file_fails_loudly(edit: Any) -> None:
    name = write(os.urandom(2 * MIB + 9)).name
    change(name, edit)

    with pytest.raises(SealingError):
        read(name)


def test_a_file_under_another_name_does_not_open() -> None:
    one, two = write(b"one").name, write(b"two").name
    bytestore.path_of(one).replace(bytestore.path_of(two))

    with pytest.raises(storage.Damaged, match="name"):
        read(two)


def test_chunks_of_another_file_do_not_fit() -> None:
    one, two = write(b"1" * 50).name, write(b"2" * 50).name
    foreign = bytestore.path_of(two).read_bytes()[sealedfiles.HEADER :]
    change(one, lambda raw: raw[: sealedfiles.HEADER] + foreign)

    with pytest.raises(storage.Damaged):
        read(one)


def test_a_file_sealed_under_a_dropped_key_names_the_key(settings: Settings) -> None:
    name = write(b"x").name
    settings.ENCRYPTION_KEYS = "k2:" + "B" * 43 + "="

    with pytest.raises(UnknownKey, match="k1"):
        read(name)


def test_an_exception_leaves_no_file(folder: Path) -> None:
    def pieces() -> Iterator[Any]:
        yield b"x" * 3 * MIB
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_all(pieces())

    assert [path for path in folder.rglob("*") if path.is_file()] == []


def test_a_writer_that_is_dropped_leaves_no_file(folder: Path) -> None:
    storage.SealedWriter("files").write(b"x" * 3 * MIB)

    assert [path for path in folder.rglob("*") if path.is_file()] == []


KILLED_WRITER = """
import os, sys, time
from pathlib import Path
from django.conf import settings
settings.configure(STORAGE_DIR=Path(sys.argv[1]), ENCRYPTION_KEYS="k1:" + "A" * 43 + "=")
from organizations.storage import SealedWriter
writer = SealedWriter("files")
writer.write(b"x" * (3 << 20))
print("written", flush=True)
time.sleep(60)
"""


def test_a_killed_writer_leaves_nothing_visible_and_the_sweep_takes_the_rest(folder: Path) -> None:
    killed = subprocess.Popen([sys.executable, "-c", KILLED_WRITER, str(folder)], stdout=subprocess.PIPE)
    assert killed.stdout.readline() == b"written\n"
    killed.send_signal(signal.SIGKILL)
    killed.wait()

    assert list(bytestore.names()) == []
    assert storage.sweep() == 0
    assert storage.sweep(timedelta(0)) == 1
    assert [path for path in folder.rglob("*") if path.is_file()] == []


def test_the_sweep_spares_young_drafts_and_finished_files() -> None:
    kept = write(b"x").name
    writer = storage.SealedWriter("files")
    old = time.time() - 2 * 3600
    os.utime(bytestore.path_of(kept), (old, old))

    assert storage.sweep(timedelta(hours=1)) == 0
    writer.close()
    assert sorted(bytestore.names("files/")) == sorted([kept, writer.name])


def test_erasing_a_folder_takes_drafts_and_files_and_nothing_else() -> None:
    write(b"a", to="runs/1")
    draft = storage.SealedWriter("runs/1")
    other = write(b"b", to="runs/10").name

    assert storage.erase_folder("runs/1") == 2
    assert storage.erase_folder("runs/1") == 0
    assert list(bytestore.names()) == [other]
    draft.discard()


def test_erasing_a_folder_does_not_look_at_others(monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("runs/1", "runs/2", "uploads"):
        with storage.SealedWriter(folder) as writer:
            writer.write(b"x")
    seen: list[str] = []
    honest = os.scandir

    def watched(path: str) -> Any:
        seen.append(Path(path).name)
        return honest(path)

    monkeypatch.setattr(os, "scandir", watched)

    assert storage.erase_folder("runs/1") == 1
    assert set(seen) == {"1"}


def test_erasing_twice_is_harmless_and_reading_then_says_gone() -> None:
    name = write(b"x").name

    storage.erase(name)
    storage.erase(name)

    with pytest.raises(storage.NoSuchFile):
        storage.SealedReader(name)


def test_a_full_disk_is_one_clear_error_and_leaves_no_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Any, data: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    writer = storage.SealedWriter("files")
    monkeypatch.setattr(
        writer._draft, "_file", type("Full", (), {"write": full, "close": lambda self: None})()
    )

    with pytest.raises(storage.StorageFull, match="full"):
        writer.write(b"x" * 2 * MIB)

    assert [path for path in folder.rglob("*") if path.is_file()] == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has /dev/full")
def test_a_disk_that_fills_at_the_last_moment_is_the_same_clear_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    writer = storage.SealedWriter("files")
    with Path("/dev/full").open("wb", buffering=0) as full:
        monkeypatch.setattr(writer._draft, "_file", io.BufferedWriter(full))
        writer.write(b"x")

        with pytest.raises(storage.StorageFull):
            writer.close()


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a/../b", "a//b", "", "a\0b", ".", "a\\b"])
def test_a_name_cannot_leave_the_storage(name: Any) -> None:
    with pytest.raises(ValueError, match="storage name"):
        bytestore.path_of(name)
