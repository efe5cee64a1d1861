"""Rows of facts for people: the same words on the organization's and on the account's pages."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from linking.facts import Facts, Party, plain
from linking.models import Account, LinkRequest
from organizations.models import Region
from organizations.templatetags.console import ago

Row = Mapping[str, str | SafeString]
COUNTRIES = dict(Region.choices)


def request_facts(facts: Facts, link_request: LinkRequest) -> list[Row]:
    """What is asked, by whom, since when, in the order in which a person has to compare it."""
    account = link_request.account
    rows: list[Row] = [_row(_("Account"), facts.account_name, account.get_kind_display())]
    if account.is_official:
        rows.append(_row(_("Search ID"), facts.search_id, account.get_verification_display()))
    else:
        rows.append(_row(_("Account ID"), facts.account_id))
    rows += [
        _row(_("The account's legal entity"), facts.account_entity.name, registered_as(facts.account_entity)),
        _row(_("Organization"), facts.organization_name, facts.organization_id),
    ]
    if facts.organization_entity:
        entity = facts.organization_entity
        rows.append(_row(_("The organization's legal entity"), entity.name, registered_as(entity)))
    if link_request.moves_from:
        left = link_request.moves_from.organization
        rows.append(_row(_("Moves from"), plain(left.name), left.code))
    rows += [
        _row(_("Asked by"), facts.asked_by_name or facts.asked_by_email, facts.asked_by_email),
        _row(_("Asked"), ago(link_request.issued_at)),
        _row(_("Expires"), ago(link_request.expires_at)),
    ]
    return rows


def account_facts(account: Account) -> list[Row]:
    """The account as LINE's own settings page shows it."""
    entity = account.legal_entity
    rows: list[Row] = [_row(_("Name"), plain(account.name), account.get_kind_display())]
    if account.is_official:
        rows.append(_row(_("Basic ID"), account.basic_id, account.get_verification_display()))
        if account.premium_id:
            rows.append(_row(_("Premium ID"), account.premium_id))
    else:
        rows.append(_row(_("Account ID"), account.line_id))
    party = Party(plain(entity.name), entity.country, entity.registration_number)
    rows.append(_row(_("Legal entity"), party.name, registered_as(party)))
    return rows


def manager_facts(account: Account) -> list[Row]:
    """Who manages it, one name a row."""
    managers = account.managers.select_related("user").order_by("user__name", "user__email")
    return [_row(_("Manager"), plain(str(manager.user))) for manager in managers]


def account_words(account: Account) -> dict[str, str]:
    """What the organization will be able to do with an account of this kind."""
    if account.is_official:
        use = _("Audiences that you share appear in the account's own list, for its messages.")
        see = _("The organization sees the account's name, its IDs and the audiences that it shares.")
    else:
        use = _("Audiences that you share appear in the ad account's own list, for its ads.")
        see = _("The organization sees the ad account's name, its ID and its audiences, and can share them.")
    return {"use": use, "see": see}


def _row(label: str, value: str | SafeString, note: str = "") -> Row:
    return {"label": label, "value": value, "note": note}


def registered_as(party: Party) -> str:
    """The country of a company and its number there."""
    return f"{COUNTRIES.get(party.country, party.country)} · {party.number}"
