"""A LINE Ads account proved by an API key: LINE lists it in the key's group at that moment."""

from __future__ import annotations

from typing import NamedTuple

from django.db import IntegrityError, transaction

from lineads.errors import LineAdsError
from linking import keys
from linking.errors import AccountKnown, FactsChanged, LineGaveNoProof, NotListed
from linking.models import Account, ApiKey, ApiKeyVersion
from organizations import audit
from organizations.errors import NotAllowed
from organizations.models import LegalEntity
from organizations.names import plain
from organizations.permissions import Action, roles_with
from users.models import User

PROVERS = roles_with(Action.MANAGE_KEYS)
NAME_LENGTH = 120


class Listed(NamedTuple):
    line_id: str
    name: str


def unknown_accounts(api_key: ApiKey) -> list[Listed]:
    """Ad accounts that LINE listed at the key's last check and that this console does not know."""
    ids = api_key.listed_line_ids
    known = Account.objects.filter(kind=Account.Kind.ADS, line_id__in=ids).values_list("line_id", flat=True)
    missing = sorted(set(ids) - set(known))
    return [Listed(line_id, api_key.listed_names.get(line_id, "")) for line_id in missing]


def prove_account(api_key: ApiKey, line_id: str, *, by: User) -> Account:
    """Register the account as LINE describes it now: of the organization's own company, managed by `by`.

    Call it outside of a transaction: it waits for LINE, up to eight seconds.
    """
    version = keys.active_version(api_key)
    try:
        listed = keys.ask_for_accounts(api_key)
    except LineAdsError as error:
        raise LineGaveNoProof(keys.reason(error)) from error
    found = next((account for account in listed if account.id == line_id), None)
    if found is None:
        raise NotListed
    return _register(api_key, version, Listed(found.id, found.name), by)


@transaction.atomic
def _register(api_key: ApiKey, version: ApiKeyVersion, found: Listed, by: User) -> Account:
    organization = api_key.organization
    if not organization.memberships.select_for_update().filter(user=by, role__in=PROVERS).exists():
        raise NotAllowed
    current = ApiKeyVersion.objects.filter(pk=version.pk, state=ApiKeyVersion.State.ACTIVE)
    company = LegalEntity.objects.select_for_update(no_key=True, of=("self",)).filter(
        organizations=organization
    )
    entity = company.first()
    if entity is None or not current.exists():  # merged away, or the proof is of a secret that is gone
        raise FactsChanged
    name = plain(found.name)[:NAME_LENGTH] or found.line_id
    try:
        with transaction.atomic():
            account = Account.objects.create(
                kind=Account.Kind.ADS, name=name, line_id=found.line_id, legal_entity=entity
            )
    except IntegrityError as known:
        raise AccountKnown from known
    account.managers.create(user=by)
    proof = {"api_key": str(api_key.pk), "manager": str(by.pk)}
    audit.record("account.registered", account, by=by, organization=organization, account=account, **proof)
    return account
