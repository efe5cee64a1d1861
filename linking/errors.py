"""The rules of linking that say no. Each sentence names the way out."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from linking.rules import Check
from organizations.errors import DomainError, Invalid


class RuleRefused(DomainError):
    """A check failed; its own words say how to mend it."""

    def __init__(self, check: Check) -> None:
        super().__init__(f"{check.label}: {check.mend}" if check.mend else check.label)
        self.code = check.code


class MalformedOrganizationId(Invalid):
    code = "invalid"
    message = _(
        "An organization ID is BM and 11 digits. The organization's administrator sees it at the top left."
    )


class TooManyRequests(DomainError):
    status = 429
    code = "too_many_requests"
    message = _("You have asked for ten links within an hour. Wait a while, then ask again.")


class NotManager(DomainError):
    status = 403
    code = "not_allowed"
    message = _("Only people who manage this account may do this. Ask one of its managers.")


class RequestClosed(DomainError):
    code = "request_closed"
    message = _("This request can no longer be answered. Ask the account's manager for a new one.")


class WrongConfirmation(Invalid):
    code = "wrong_confirmation"
    message = _("The typed organization ID is not this organization's. Nothing has been done.")


class FactsChanged(DomainError):
    code = "facts_changed"
    message = _("Something on this page has changed since you opened it. Read it again before you decide.")


class AccountTaken(DomainError):
    code = "account_taken"
    message = _(
        "This account is already linked to an organization. An account belongs to one organization at a time."
    )


class IssuerLeft(DomainError):
    code = "issuer_left"
    message = _("Who asked no longer manages this account, so the request has ended. Ask for a new one.")


class MoverLeft(DomainError):
    code = "issuer_left"
    message = _("Who started this move no longer administers the account's organization, so it has ended.")


class LinkEnded(DomainError):
    code = "link_ended"
    message = _("The account has left that organization meanwhile, so this move has ended. Start a new one.")


class SameOrganization(Invalid):
    code = "same_organization"
    message = _("The account is in this organization already. Enter the ID of the one that takes it over.")


class SamePerson(DomainError):
    code = "same_person"
    message = _("You started this move yourself. Another administrator of this organization must approve it.")


class ReasonMissing(Invalid):
    message = _("Say why you reject. The account's managers will read it.")


class NoSecret(DomainError):
    code = "no_secret"
    message = _("This key has no secret key. Enter it again.")


class KeyExists(Invalid):
    code = "key_exists"
    message = _("This organization already has this access key. Replace its secret key instead.")
