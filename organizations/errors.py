"""The family of errors that are rules saying no: one clear sentence for a person, a code for a program."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class DomainError(Exception):
    """A rule said no. `message` is fit for people and says what to do; nothing has been changed."""

    status = 409
    code = "refused"
    message: str | Promise = _("This is not possible right now.")

    def __init__(
        self, message: str | Promise | None = None, *, fields: dict[str, list[str]] | None = None
    ) -> None:
        super().__init__(message or self.message)
        if message:
            self.message = message
        self.fields = fields or {}

    def __str__(self) -> str:
        return str(self.message)


class NotAllowed(DomainError):
    status = 403
    code = "not_allowed"
    message = _("Your role in this organization does not include this. Ask an administrator.")


class Invalid(DomainError):
    """The shape of the input is wrong; `fields` says where."""

    status = 400
    code = "invalid"
    message = _("Please correct the marked fields.")
