"""One of everything, twice: in acme (own) and in the other organization."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone

from audiences.models import Connector, Dataset, Run
from linking.models import Account, ApiKey
from organizations.models import Organization
from tests import factories
from users.models import Scope, User
from users.tokens import issue_token

ABSENT = uuid.UUID("00000000-0000-4000-8000-000000000000")


@dataclass(frozen=True)
class Corner:
    """One organization with one object of each kind in it."""

    organization: Organization
    objects: dict[str, Any]


def corner(organization: Organization, person: User, manager: User) -> Corner:
    account = _account(organization, manager)
    link = factories.LinkFactory.create(account=account, organization=organization)
    resource = factories.ResourceFactory.create(owner_account=account)
    waiting = _account(organization, manager)
    objects: dict[str, Any] = {
        "account": account,
        "waiting_account": waiting,
        "resource": resource,
        "share": factories.ShareFactory.create(resource=resource, to_link=link, shared_by=person),
        "link_request": factories.LinkRequestFactory.create(
            account=waiting, organization=organization, issued_by=manager
        ),
        "api_key": ApiKey.objects.create(
            organization=organization, name="Key", group_id="G1", access_key=f"AK{organization.code}"
        ),
        **_feeding(organization, person, resource),
        "token": issue_token(person, name="One", scopes=[Scope.READ], expires_at=None)[0],
    }
    return Corner(organization, objects)


def _account(organization: Organization, manager: User) -> Account:
    account = factories.AdsAccountFactory.create(legal_entity=organization.legal_entity)
    account.managers.create(user=manager)
    return account


def _feeding(organization: Organization, person: User, resource: Any) -> dict[str, Any]:
    dataset = Dataset.objects.create(
        organization=organization, name="list.csv", sealed_name="upload-none", uploaded_by=person,
        expires_at=timezone.now() + timedelta(hours=24),
    )  # fmt: skip
    connector = Connector.objects.create(
        organization=organization, name="Connector", dataset=dataset, destination=resource, mode="ADD",
        identifier="phone", encoding="utf-8", delimiter=",", has_header=True, column=0, created_by=person,
    )  # fmt: skip
    run = Run.objects.create(
        connector=connector, destination=resource, consent_version="1", consent_by=person
    )
    return {"dataset": dataset, "connector": connector, "run": run}
