"""What share requests refuse. Each sentence names the way out."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from organizations.errors import DomainError, Invalid


class AskedAlready(DomainError):
    code = "asked_already"
    message = _("This was asked already and waits for an answer.")


class NotAskable(DomainError):
    code = "not_shareable"


class MayShare(DomainError):
    code = "may_share"
    message = _("Your role may share it at once: open the account's page and choose “Add resource”.")


class NotLinked(DomainError):
    code = "not_linked"
    message = _("This account is not linked to an organization. Link it first, then ask.")


class NotYours(DomainError):
    code = "not_yours"
    message = _("Only the person who asked withdraws a request. If you may share, refuse it instead.")


class ShareRequestClosed(DomainError):
    code = "request_closed"
    message = _("This request is closed: it was answered, withdrawn, or has ended meanwhile.")


class TooManyOpen(DomainError):
    status = 429
    code = "too_many_requests"
    message = _("You have 20 open requests for this account. Wait for answers, or withdraw some of them.")


class NothingDescribed(Invalid):
    message = _("Say which audience you need, in your own words or by its ID.")


class NoWhy(Invalid):
    message = _("Say why you refuse. Who asked will read it.")
