import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.http import UnreadablePostError
from django.test import RequestFactory
from django.test.client import MULTIPART_CONTENT
from pytest_django import Settings
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request

from organizations import bytestore, storage

SOMEBODY: Any = SimpleNamespace(is_authenticated=True, is_active=True)
STRANGER: Any = SimpleNamespace(is_authenticated=False)


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> Any:
    settings.STORAGE_DIR = tmp_path / "storage"
    settings.FILE_UPLOAD_HANDLERS = ["organizations.storage.SealedUploadHandler"]
    return settings.STORAGE_DIR


def files_in(folder: Path) -> Any:
    return [path for path in folder.rglob("*") if path.is_file()]


def upload(content: Any, *, by: Any = SOMEBODY, name: Any = "list.csv", **more: Any) -> Any:
    file = io.BytesIO(content)
    file.name = name
    request = RequestFactory().post("/", {"title": "May", "file": file, **more})
    request.user = by
    return request


def cut(request: pytest.FixtureRequest, at: Any) -> Any:
    """The same request, whose client goes away after `at` bytes."""
    whole = request.read()

    class Gone(io.BytesIO):
        def read(self, size: Any = -1) -> Any:
            if data := super().read(size):
                return data
            raise OSError("client gone")

    broken = RequestFactory().generic("POST", "/", whole, content_type=MULTIPART_CONTENT)
    broken._stream, broken.user = Gone(whole[:at]), SOMEBODY
    return broken


def test_an_upload_is_sealed_and_stays_when_kept(folder: Path) -> None:
    clear = b"0900000000\n" * 300_000
    request = upload(clear)

    file = storage.received(request, "file")
    name = file.keep()
    request.close()

    assert (file.name, file.size, file.sealed_name) == ("list.csv", len(clear), name)
    assert storage.SealedReader(name).read() == clear
    assert not any(b"0900000000" in path.read_bytes() for path in files_in(folder))


def test_an_upload_nobody_keeps_ends_with_the_request(folder: Path) -> None:
    request = upload(b"x" * 3_000_000)
    storage.received(request, "file")

    request.close()

    assert files_in(folder) == []


def test_the_other_fields_of_the_form_arrive() -> None:
    request = upload(b"x")

    assert request.POST["title"] == "May"
    request.close()


def test_rest_uploads_are_sealed_too(folder: Path) -> None:
    request = Request(upload(b"a,b\n"), parsers=[MultiPartParser()])

    name = storage.received(request, "file").keep()

    assert storage.SealedReader(name).read() == b"a,b\n"


@pytest.mark.parametrize("at", [400, 1_500_000, 2_999_999])
def test_a_broken_off_upload_leaves_nothing(folder: Path, at: Any) -> None:
    request = cut(upload(b"x" * 3_000_000), at)

    with pytest.raises(UnreadablePostError):
        storage.received(request, "file")
    del request

    assert files_in(folder) == []


def test_a_body_that_just_stops_leaves_nothing(folder: Path) -> None:
    whole = upload(b"x" * 3_000_000).read()
    request = RequestFactory().generic("POST", "/", whole[:2_000_000], content_type=MULTIPART_CONTENT)
    request.user = SOMEBODY

    with pytest.raises(storage.NothingUploaded):
        storage.received(request, "file")
    request.close()
    del request

    assert files_in(folder) == []


def test_a_file_past_the_limit_is_refused_in_words_and_not_kept(settings: Settings, folder: Path) -> None:
    settings.UPLOAD_MAX_BYTES = 2_000_000
    request = upload(b"x" * 2_000_001)

    assert request.POST["title"] == "May"
    with pytest.raises(storage.UploadTooLarge, match="larger"):
        storage.received(request, "file")
    assert files_in(folder) == []


def test_the_limit_counts_all_files_of_a_request(settings: Settings) -> None:
    settings.UPLOAD_MAX_BYTES = 2_000_000
    request = upload(b"x" * 1_500_000, second=io.BytesIO(b"y" * 600_000))

    with pytest.raises(storage.UploadTooLarge):
        storage.received(request, "file")


def test_a_full_disk_is_said_when_the_view_asks(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    def full(self: Any, data: Any) -> None:
        raise storage.StorageFull

    monkeypatch.setattr(storage.SealedUpload, "take", full)

    with pytest.raises(storage.StorageFull):
        storage.received(upload(b"x"), "file")
    assert files_in(folder) == []


def test_a_stranger_cannot_fill_the_disk(folder: Path) -> None:
    request = upload(b"x" * 3_000_000, by=STRANGER)

    with pytest.raises(storage.NothingUploaded):
        storage.received(request, "file")
    assert files_in(folder) == []


def test_a_form_without_the_file_says_so() -> None:
    request = RequestFactory().post("/", {"title": "May"})

    with pytest.raises(storage.NothingUploaded, match="Choose a file"):
        storage.received(request, "file")


@pytest.mark.parametrize("name", ["../../etc/passwd", "a" * 300 + ".csv", "<script>.csv", "\u202evsc.exe"])
def test_the_name_of_the_file_never_becomes_a_path(folder: Path, name: Any) -> None:
    request = upload(b"x", name=name)

    file = storage.received(request, "file")

    assert "/" not in (file.name or "")
    assert file.keep().startswith("uploads/")
    assert len(list(bytestore.names())) == 1
