"""Sealed files are the only way anything of customers is written; this is the door to them.

`SealedUploadHandler` is Django's only upload handler: an upload is sealed while it streams in, and vanishes
with the request unless the view calls `keep()`.
"""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParser
from django.utils.translation import gettext_lazy as _

from organizations import bytestore
from organizations.bytestore import NoSuchFile, StorageFull
from organizations.errors import DomainError
from organizations.sealedfiles import CHUNK, Damaged, SealedReader, SealedWriter

__all__ = [
    "Damaged",
    "NoSuchFile",
    "SealedReader",
    "SealedUpload",
    "SealedUploadHandler",
    "SealedWriter",
    "StorageFull",
]


def erase(name: str) -> None:
    bytestore.delete(name)


def erase_folder(folder: str) -> int:
    """Erase whatever lies under a folder, finished or not; safe to repeat. Says how many went."""
    doomed = [*bytestore.names(f"{folder}/"), *bytestore.names(f"{folder}/", drafts_older_than=timedelta(0))]
    for name in doomed:
        bytestore.delete(name)
    return len(doomed)


def sweep(older_than: timedelta = timedelta(hours=24)) -> int:
    """Erase drafts whose writer died; nobody writes one file for a day. Says how many went."""
    abandoned = list(bytestore.names(drafts_older_than=older_than))
    for name in abandoned:
        bytestore.delete(name)
    return len(abandoned)


class NothingUploaded(DomainError):
    status = 400
    code = "no_file"
    message = _("No file arrived. Choose a file and send it again.")


class UploadTooLarge(DomainError):
    status = 413
    code = "upload_too_large"
    message = _("This file is larger than this console takes (1 GB). Split it and upload the pieces.")


class SealedUpload(UploadedFile):  # type: ignore[type-arg]  # not generic at run time
    """What arrived. Closing it, as Django does when the request ends, erases it unless it was kept."""

    def __init__(self, name: str | None, content_type: str | None = None) -> None:
        super().__init__(name=name, content_type=content_type, size=0)
        self.writer = SealedWriter("uploads")
        self.sealed_name = ""

    @property
    def sha256(self) -> str:
        return self.writer.sha256

    def take(self, data: bytes) -> None:
        self.writer.write(data)
        self.size = self.writer.size

    def keep(self) -> str:
        """Make the file durable and give its storage name; from here on the caller erases it."""
        if not self.sealed_name:
            self.writer.close()
            self.sealed_name = self.writer.name
        return self.sealed_name

    def close(self) -> None:
        if not self.sealed_name:
            self.writer.discard()


class SealedUploadHandler(FileUploadHandler):
    """Parses the form itself, to see a connection break: Django tells handlers only of tidy ends."""

    chunk_size = CHUNK

    def handle_raw_input(
        self,
        input_data: Any,
        META: dict[str, Any],
        content_length: int,
        boundary: Any,
        encoding: str | None = None,
    ) -> tuple[Any, Any]:
        sealer = Sealer(self.request)
        try:
            return MultiPartParser(META, input_data, [sealer], encoding).parse()
        except BaseException:
            sealer.upload_interrupted()
            raise


class Sealer(FileUploadHandler):
    """Seals each file as it streams in. A refusal waits on the request for `received` to raise it.

    Raising at once would not do: CSRF protection reads the form before any view, where errors become a 500.
    """

    chunk_size = CHUNK
    upload: SealedUpload | None = None
    taken = 0  # of all files in the request together

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        if not getattr(getattr(self.request, "user", None), "is_authenticated", False):
            raise StopUpload(connection_reset=True)  # a stranger must not be able to fill the disk
        try:
            self.upload = SealedUpload(self.file_name, self.content_type)
        except DomainError as refusal:
            self._refuse(refusal)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.taken += len(raw_data)
        if self.taken > settings.UPLOAD_MAX_BYTES:
            self._refuse(UploadTooLarge())
        try:
            self._current().take(raw_data)
        except DomainError as refusal:
            self._refuse(refusal)

    def file_complete(self, file_size: int) -> SealedUpload:
        return self._current()

    def upload_interrupted(self) -> None:
        if self.upload:
            self.upload.close()

    def _current(self) -> SealedUpload:
        if self.upload is None:
            raise ValueError("No file was begun.")
        return self.upload

    def _refuse(self, refusal: DomainError) -> None:
        self.upload_interrupted()
        vars(self.request)["upload_refusal"] = refusal
        raise StopUpload(connection_reset=False) from None


def received(request: HttpRequest, field: str) -> SealedUpload:
    """The file of a form field, or the reason why there is none."""
    upload = request.FILES.get(field)
    refusal: DomainError | None = getattr(request, "upload_refusal", None)
    if refusal:
        raise refusal
    if not isinstance(upload, SealedUpload):
        raise NothingUploaded
    return upload
