"""Where sealed bytes lie: four functions over names. Now a local directory; a bucket fits the same four.

Names look like `folder/<uuid>`. A file appears under its name only when it is whole and on the disk.
"""

import errno
import os
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from organizations.errors import DomainError

DRAFT = ".draft"
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class StorageFull(DomainError):
    status = 507
    code = "storage_full"
    message = _("The storage of this installation is full. Nothing was kept; free some space and try again.")


class NoSuchFile(DomainError):
    status = 404
    code = "file_gone"
    message = _("This file is no longer kept. Upload it again.")


class Draft:
    """A file being written: invisible until published, gone when dropped; only a kill leaves the draft."""

    def __init__(self, name: str) -> None:
        self.path = path_of(name)
        self.draft = self.path.with_name(self.path.name + DRAFT)
        with _clear_when_full():
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = _create_private(self.draft)
        self._forget = weakref.finalize(self, _remove, self.draft)

    def write(self, data: bytes) -> None:
        with _clear_when_full():
            self._file.write(data)

    def publish(self) -> None:
        with _clear_when_full():
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self.draft.rename(self.path)
            self._forget.detach()
            _sync_folder(self.path.parent)

    def discard(self) -> None:
        # Closing writes what is still buffered, which fails again on a full disk.
        with suppress(OSError):
            self._file.close()
        self._forget()


def create(name: str) -> Draft:
    return Draft(name)


def open_file(name: str) -> BinaryIO:
    try:
        return path_of(name).open("rb")
    except FileNotFoundError:
        raise NoSuchFile from None


def delete(name: str) -> None:
    path_of(name).unlink(missing_ok=True)


def names(prefix: str = "", *, drafts_older_than: timedelta | None = None) -> Iterator[str]:
    """Names that start with `prefix`; given an age, the abandoned drafts of at least that age instead."""
    root = Path(settings.STORAGE_DIR)
    folder = prefix.rpartition("/")[0]  # a whole store may be large: look only where the names can be
    for path in sorted((path_of(folder) if folder else root).rglob("*")):
        name = path.relative_to(root).as_posix()
        if name.startswith(prefix) and path.is_file() and _wanted(path, drafts_older_than):
            yield name


def path_of(name: str) -> Path:
    parts = name.split("/")
    if not all(parts) or {".", ".."} & set(parts) or "\\" in name or "\0" in name:
        raise ValueError("A storage name is a relative path without dots.")
    return Path(settings.STORAGE_DIR, *parts)


def _wanted(path: Path, drafts_older_than: timedelta | None) -> bool:
    if drafts_older_than is None:
        return not path.name.endswith(DRAFT)
    return path.name.endswith(DRAFT) and _age(path) >= drafts_older_than.total_seconds()


def _age(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:  # published while we looked
        return -1.0


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)


def _create_private(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _clear_when_full() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise StorageFull from None
        raise
