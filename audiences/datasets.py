"""Lists as they are uploaded: kept sealed for a day at most, read only as far as their owner says how."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audiences import reading
from audiences.models import PLANS, Dataset, Run
from audiences.reading import FileFacts
from organizations import audit, storage
from organizations.errors import DomainError
from organizations.models import Organization
from organizations.storage import SealedReader, SealedUpload
from users.models import User

KEPT = timedelta(hours=24)
NAME_LENGTH = 200
# Control, direction and invisible characters: a file name must look like what it is.
_unseen = re.compile("[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


class ListInUse(DomainError):
    code = "list_in_use"
    message = _("A run is reading this list right now. Cancel the run first, or wait until it has prepared.")


class ListErased(DomainError):
    code = "list_erased"
    message = _("This list is no longer kept. Upload it again.")


def receive_dataset(organization: Organization, *, by: User, upload: SealedUpload) -> Dataset:
    """Keep the upload and look at its head. A file that cannot be read leaves nothing behind."""
    sealed_name = upload.keep()
    try:
        return _receive(organization, sealed_name, by=by, upload=upload)
    except BaseException:
        storage.erase(sealed_name)
        raise


def _receive(organization: Organization, sealed_name: str, *, by: User, upload: SealedUpload) -> Dataset:
    with SealedReader(sealed_name) as source:
        facts = stored_facts(reading.inspect(source))
    with transaction.atomic():
        dataset = Dataset.objects.create(
            organization=organization,
            name=tidy_name(upload.name or ""),
            sealed_name=sealed_name,
            byte_count=upload.size or 0,
            facts=facts,
            uploaded_by=by,
            expires_at=timezone.now() + KEPT,
        )
        audit.record("dataset.received", dataset, by=by, organization=organization, bytes=dataset.byte_count)
    return dataset


def erase_content(dataset: Dataset, *, by: User | None = None) -> bool:
    """Erase the list for good, unless a run still reads it: a person is told so, the clock asks again."""
    if Run.objects.filter(dataset=dataset, state__in=PLANS).exists():
        if by:
            raise ListInUse
        return False
    with transaction.atomic():
        return _erase(dataset, by=by)


def _erase(dataset: Dataset, *, by: User | None) -> bool:
    kept = Dataset.objects.kept().filter(pk=dataset.pk)
    sealed_name = kept.values_list("sealed_name", flat=True).first()
    if not sealed_name or not kept.update(sealed_name="", erased_at=timezone.now()):
        return False
    audit.record("dataset.erased", dataset, by=by, organization=dataset.organization)
    transaction.on_commit(lambda: storage.erase(sealed_name))
    dataset.refresh_from_db(fields=["sealed_name", "erased_at"])
    return True


def open_list(dataset: Dataset) -> SealedReader:
    if dataset.erased_at:
        raise ListErased
    return SealedReader(dataset.sealed_name)


def stored_facts(facts: FileFacts) -> dict[str, Any]:
    """What the row keeps: no titles, since a file without a heading has people in its first line."""
    kept = asdict(facts)
    kept["columns"] = [{"index": column.index, "guess": column.guess} for column in facts.columns]
    return kept


def tidy_name(text: str) -> str:
    return " ".join(_unseen.sub("", text).split())[:NAME_LENGTH] or str(_("Unnamed list"))
