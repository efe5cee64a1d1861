"""Where a list may go: LINE Ads accounts that a key reaches, and audiences that already are there."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from audiences.identifiers import Kind as Identifier
from audiences.models import Connector, Run
from linking.models import Account, ApiKeyAccount
from organizations.models import Organization
from resources.models import Kind, Resource, ResourceQuerySet

KIND_OF = {
    Identifier.PHONE.value: Kind.PHONE_UPLOAD,
    Identifier.EMAIL.value: Kind.EMAIL_UPLOAD,
    Identifier.IFA.value: Kind.IFA_UPLOAD,
}
GONE = [Resource.Status.DELETED, Resource.Status.EXPIRED]


@dataclass(frozen=True)
class Reach:
    """A linked LINE Ads account; `refused` says why nothing can go there, `mend_url` where to mend it."""

    account: Account
    refused: str | Promise = ""
    mend_url: str = ""


def reaches(organization: Organization) -> list[Reach]:
    """Every linked LINE Ads account, usable or not. One query."""
    rows = ApiKeyAccount.objects.filter(api_key__organization=organization, account=OuterRef("pk"))
    linked = Account.objects.linked_to(organization).filter(kind=Account.Kind.ADS)
    return [_reach(account, organization) for account in linked.annotate(has_key=Exists(rows))]


def _reach(account: Account, organization: Organization) -> Reach:
    if vars(account)["has_key"]:
        return Reach(account)
    return Reach(account, _("No API key of this organization reaches this account."), keys_url(organization))


def keys_url(organization: Organization) -> str:
    return reverse("linking:key-list", args=[organization.code])


def audiences_for(organization: Organization, identifier: str) -> ResourceQuerySet:
    """Audiences of this identifier in accounts that can be reached now, newest first."""
    usable = [reach.account.pk for reach in reaches(organization) if not reach.refused]
    fitting = Resource.objects.filter(owner_account__in=usable, kind=KIND_OF[identifier])
    return fitting.exclude(status__in=GONE).select_related("owner_account").order_by("-created_at", "id")


def is_filled_here(audience: Resource) -> bool:
    """Whether all its members came from this console: made here, or replaced from here."""
    if audience.create_route == Resource.CreateRoute.BUSINESS_MANAGER or audience.line_id is None:
        return True
    replaced = {"connector__mode": Connector.Mode.REPLACE, "state": Run.State.DONE}
    return Run.objects.filter(destination=audience, **replaced).exists()
