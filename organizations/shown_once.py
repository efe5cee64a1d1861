"""A URL with a token in it, kept for one showing after a redirect."""

from __future__ import annotations

import uuid

from django.http import HttpRequest

from organizations import sealing

FIELD = "shown_once"


def keep(request: HttpRequest, url: str, row: uuid.UUID) -> None:
    """Sealed, for the page of `row`: sessions lie in the database, and raw tokens may not."""
    request.session[f"{FIELD}:{row}"] = sealing.seal(url, table="session", row=row, field=FIELD)


def take(request: HttpRequest, row: uuid.UUID) -> str:
    """What was kept for that page, this once."""
    sealed = request.session.pop(f"{FIELD}:{row}", "")
    return sealing.unseal(sealed, table="session", row=row, field=FIELD) if sealed else ""
