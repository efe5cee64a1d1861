"""API keys: entered once, sealed, checked against LINE, and matched with the accounts they reach.

Which accounts a key reaches is asked at each check: LINE's list for the key's group is kept with the key, and
matched with the accounts that are linked to the key's own organization, then and whenever a link begins.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any, NamedTuple

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Case, IntegerField, When
from django.utils import timezone
from django.utils.translation import gettext as _

from lineads.client import LineAds
from lineads.errors import Kind, LineAdsError
from lineads.shapes import AdAccount
from linking.errors import KeyExists, NoSecret
from linking.models import Account, ApiKey, ApiKeyAccount, ApiKeyVersion
from organizations import audit, sealing
from organizations.models import Organization
from users.models import User

CHECK_SECONDS = 8.0
TABLE, FIELD = "linking_apikeyversion", "sealed_secret"
REFUSALS = {Kind.KEY_REFUSED, Kind.FORBIDDEN, Kind.GONE, Kind.INVALID, Kind.REFUSED}


class Finding(NamedTuple):
    state: ApiKey.Check
    reason: str = ""
    line_ids: tuple[str, ...] | None = None  # None: LINE did not say
    names: tuple[str, ...] = ()


@transaction.atomic
def add_key(
    organization: Organization, *, by: User, name: str, group_id: str, access_key: str, secret_key: str
) -> ApiKey:
    """Keep a LINE group's key for the organization. The secret is sealed and never shown again."""
    try:
        with transaction.atomic():
            api_key = ApiKey.objects.create(
                organization=organization, name=name, group_id=group_id, access_key=access_key
            )
    except IntegrityError as exists:
        raise KeyExists(fields={"access_key": [str(KeyExists.message)]}) from exists
    _seal_version(api_key, secret_key, by)
    audit.record("api_key.added", api_key, by=by, organization=organization)
    return api_key


@transaction.atomic
def replace_secret(api_key: ApiKey, *, by: User, secret_key: str) -> None:
    """The new secret signs from now on; the old one is erased, its dates stay."""
    ApiKey.objects.select_for_update(of=("self",)).get(pk=api_key.pk)
    api_key.versions.exclude(state=ApiKeyVersion.State.RETIRED).update(
        state=ApiKeyVersion.State.RETIRED, sealed_secret=""
    )
    _seal_version(api_key, secret_key, by)
    ApiKey.objects.filter(pk=api_key.pk).update(
        check_state=ApiKey.Check.NEVER, check_reason="", checked_at=None
    )
    audit.record("api_key.secret_replaced", api_key, by=by, organization=api_key.organization)


def check_key(api_key: ApiKey, *, by: User | None) -> ApiKey:
    """Ask LINE which ad accounts the key's group has: harmless, and it tells whether the key works.

    Call it outside of a transaction: it waits for LINE, up to eight seconds.
    """
    version = active_version(api_key)
    finding = _ask_line(api_key)
    _keep_finding(api_key, version, finding, by)
    api_key.refresh_from_db()
    return api_key


def key_for(organization: Organization, account: Account) -> ApiKey | None:
    """The key that reaches this account while it is linked to the organization; working ones first."""
    if not account.links.open().filter(organization=organization).exists():
        return None
    working_first = Case(When(check_state=ApiKey.Check.WORKS, then=0), default=1, output_field=IntegerField())
    keys = organization.api_keys.filter(accounts=account)
    return keys.order_by(working_first, "name", "pk").first()


def client_for(api_key: ApiKey, **options: Any) -> LineAds:
    """A client that signs with the active secret; `options` go to `lineads.client.LineAds`."""
    version = active_version(api_key)
    secret = sealing.unseal(version.sealed_secret, table=TABLE, row=version.pk, field=FIELD)
    return LineAds(settings.LINE_ADS_BASE_URL, api_key.access_key, secret, **options)


def active_version(api_key: ApiKey) -> ApiKeyVersion:
    active = api_key.versions.filter(state=ApiKeyVersion.State.ACTIVE)
    version = active.select_related("created_by").first()
    if version is None:
        raise NoSecret
    return version


def refresh_reach(organization: Organization) -> None:
    """Match LINE's kept lists with the accounts linked to this organization now.

    Locked: a check that ends at this moment must see the new link, or we its new list.
    """
    for api_key in organization.api_keys.select_for_update(no_key=True).order_by("pk"):
        _match(api_key)


def _seal_version(api_key: ApiKey, secret_key: str, by: User) -> ApiKeyVersion:
    row = uuid.uuid4()
    return ApiKeyVersion.objects.create(
        id=row,
        api_key=api_key,
        state=ApiKeyVersion.State.ACTIVE,
        sealed_secret=sealing.seal(secret_key, table=TABLE, row=row, field=FIELD),
        created_by=by,
    )


def ask_for_accounts(api_key: ApiKey) -> list[AdAccount]:
    """What LINE lists in the key's group now. Raises `LineAdsError`; call it outside of a transaction."""
    client = client_for(api_key, deadline=CHECK_SECONDS)
    try:
        return client.group_ad_accounts(api_key.group_id)
    finally:
        client.close()


def _ask_line(api_key: ApiKey) -> Finding:
    try:
        listed = ask_for_accounts(api_key)
    except LineAdsError as error:
        state = ApiKey.Check.REFUSED if error.kind in REFUSALS else ApiKey.Check.UNREACHABLE
        return Finding(state, reason(error)[:200])
    ids, names = [account.id for account in listed], [account.name for account in listed]
    return Finding(ApiKey.Check.WORKS, line_ids=tuple(ids), names=tuple(names))


def reason(error: LineAdsError) -> str:
    sentences = {
        Kind.KEY_REFUSED: _(
            "LINE does not accept the access key or the secret key. Compare both with LINE Ad Manager."
        ),
        Kind.FORBIDDEN: _("The key works, but its group may not use the LINE Ads API or is not this group."),
        Kind.GONE: _("LINE knows no such group. Compare the group ID with LINE Ad Manager."),
        Kind.INVALID: _("LINE does not accept the group ID. Compare it with LINE Ad Manager."),
        Kind.RATE_LIMITED: _("LINE asks for a pause. Try again in a minute."),
        Kind.TLS: _("The server that answered could not prove to be LINE."),
    }
    return sentences.get(error.kind, _("LINE gave no usable answer. Try again later."))


@transaction.atomic
def _keep_finding(api_key: ApiKey, version: ApiKeyVersion, finding: Finding, by: User | None) -> None:
    """Unless the secret was replaced meanwhile: then the answer is about a key that is gone."""
    current = ApiKeyVersion.objects.filter(pk=version.pk, state=ApiKeyVersion.State.ACTIVE)
    found: dict[str, Any] = {"check_state": finding.state, "check_reason": finding.reason}
    if finding.line_ids is not None:
        found["listed_line_ids"] = list(finding.line_ids)
        found["listed_names"] = dict(zip(finding.line_ids, finding.names, strict=False))
    still = ApiKey.objects.filter(pk=api_key.pk, pk__in=current.values("api_key"))
    if not still.update(checked_at=timezone.now(), **found):
        return
    api_key.refresh_from_db()
    reached = _match(api_key)
    audit.record(
        "api_key.checked",
        api_key,
        by=by,
        organization=api_key.organization,
        state=finding.state,
        accounts_reached=reached,
    )


def _match(api_key: ApiKey) -> int:
    """Rows only for accounts that are linked to the key's organization: nobody claims another's account."""
    linked = Account.objects.linked_to(api_key.organization).exclude(kind=Account.Kind.OFFICIAL)
    reached = set(linked.filter(line_id__in=api_key.listed_line_ids).values_list("pk", flat=True))
    rows = ApiKeyAccount.objects.filter(api_key=api_key)
    rows.exclude(account__in=reached).delete()
    _add_rows(api_key, reached)
    return len(reached)


def _add_rows(api_key: ApiKey, accounts: Iterable[uuid.UUID]) -> None:
    new = [ApiKeyAccount(api_key=api_key, account_id=account) for account in accounts]
    ApiKeyAccount.objects.bulk_create(new, ignore_conflicts=True)
