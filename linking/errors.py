"""The rules of linking that say no. Each sentence names the way out."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from linking.facts import plain
from linking.models import Account
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


class TooManyOpened(DomainError):
    status = 429
    code = "too_many_requests"
    message = _("Too many approval URLs were opened within a minute. Wait a minute, then open yours again.")


class NotLinkedHere(DomainError):
    code = "not_linked_here"
    message = _("This account no longer belongs to the organization. Nothing was changed.")


class NotAReceiver(DomainError):
    code = "not_a_receiver"
    message = _("Talk Head View accounts do not take shared resources.")


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


class OneRefused(DomainError):
    """One of several accounts stops them all; the reason is its own."""

    def __init__(self, account: Account, reason: DomainError) -> None:
        told = {"account": plain(account.name), "reason": reason}
        super().__init__(_("%(account)s: %(reason)s No account was moved.") % told)
        self.code, self.status = reason.code, reason.status


class NoAccounts(Invalid):
    code = "nothing_chosen"
    message = _("No account was chosen. Tick at least one.")


class AccountsGone(DomainError):
    code = "account_gone"
    message = _("Some of these accounts are not in this organization any more. Read the page again.")


class TooManyAccounts(Invalid):
    code = "too_many_accounts"
    message = _("At most 100 accounts move at once. Choose fewer, then offer the others.")


class SamePerson(DomainError):
    code = "same_person"
    message = _(
        "You started this move yourself. Another administrator of this organization must approve it, "
        "unless both organizations allow in their settings that one person does both."
    )


class IssuerApproves(DomainError):
    code = "issuer_approves"
    message = _(
        "Two people have to approve here, and who sent the request is neither of them. "
        "Ask the other administrators."
    )


class ReasonMissing(Invalid):
    message = _("Say why you reject. The account's managers will read it.")


class IdTaken(Invalid):
    code = "id_taken"
    message = _("Another account of this kind is registered with this ID. Look it up in the register.")


class NoSuchPerson(Invalid):
    code = "no_such_person"
    message = _("Nobody signs in here with this address. The person needs a sign-in of this console first.")


class AlreadyManager(Invalid):
    code = "already_manager"
    message = _("This person manages the account already.")


class ManagerGone(DomainError):
    code = "manager_gone"
    message = _("This person no longer manages the account.")


class SameCompany(Invalid):
    code = "same_company"
    message = _("This is the same company. Enter the number of the other one.")


class OtherCountry(DomainError):
    code = "other_country"
    message = _("Companies of different countries cannot be merged: each is registered on its own.")


class CompanyConfirmed(DomainError):
    code = "company_confirmed"
    message = _(
        "This company is confirmed, so it cannot be merged into another. "
        "If its number is wrong, take the confirmation back first."
    )


class CompanyInUse(DomainError):
    code = "company_in_use"
    message = _("Something began to use this company at this moment. Nothing has been done. Try again.")


class NoSuchCompany(Invalid):
    code = "no_such_company"
    message = _("No company has this number here. Look it up in the list of legal entities.")


class WrongNumber(Invalid):
    code = "wrong_confirmation"
    message = _("The typed number is not this company's. Nothing has been done.")


class NotTalkHeadView(DomainError):
    code = "not_talk_head_view"
    message = _("Only Talk Head View accounts need an application. This account can be linked without one.")


class AlreadyGranted(DomainError):
    code = "already_granted"
    message = _("The application was granted already. The account can be linked.")


class ApplicationPending(DomainError):
    code = "application_pending"
    message = _("An application is waiting for an answer already. Withdraw it first to send another one.")


class ApplicationClosed(DomainError):
    code = "application_closed"
    message = _("This application is closed: it was answered or withdrawn meanwhile.")


class RefusalReasonMissing(Invalid):
    message = _("Say why you refuse. The account's managers will read it.")


class LineGaveNoProof(DomainError):
    code = "no_proof"
    message = _("LINE gave no usable answer. Try again later.")


class NotListed(DomainError):
    code = "not_listed"
    message = _("LINE no longer lists this ad account in the key's group. Check the key again.")


class AccountKnown(DomainError):
    code = "account_known"
    message = _("This account is registered here already. Nothing has been changed.")


class NoSecret(DomainError):
    code = "no_secret"
    message = _("This key has no secret key. Enter it again.")


class KeyExists(Invalid):
    code = "key_exists"
    message = _("This organization already has this access key. Replace its secret key instead.")
