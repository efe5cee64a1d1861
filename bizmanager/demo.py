"""Demo data: one advertiser, its people and accounts, one link already made. Everything is made up."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.contrib.auth.models import Group
from django.db import transaction
from django.utils import timezone

from linking import keys
from linking import services as linking
from linking.models import Account, ApiKey, LinkRequest
from organizations.models import BusinessInfo, LegalEntity, Organization, Review
from organizations.permissions import Role
from resources import tags
from users.models import REVIEWERS, Scope, User

LEGAL_ENTITY = {"country": "TW", "registration_number": "10458575"}
COMPANY = "Sunny Hill Coffee Co., Ltd."
BUSINESS_INFO = {
    "company_name": COMPANY,
    "address": "1 Example Road, Taipei",
    "website": "https://sunnyhill.example",
    "phone": "02 0000 0000",
    "email": "info@sunnyhill.example",
}
GROUP_ID = "G100000001"
ALL_SCOPES = list(Scope)
ACCOUNT_MANAGER = "ACCOUNT_MANAGER"


@dataclass(frozen=True)
class Person:
    """One demo login: `role` as in demo.json, `manages` names accounts by their public id."""

    email: str
    name: str
    role: str
    scopes: list[Scope]
    manages: list[str] = field(default_factory=list)


ACCOUNTS: list[dict[str, str]] = [
    {"kind": "OFFICIAL", "name": "Sunny Hill Coffee", "basic_id": "@101hillc", "premium_id": "@sunnyhill",
     "verification": "VERIFIED"},
    {"kind": "OFFICIAL", "name": "Sunny Hill Pop-up", "basic_id": "@202popup", "verification": "UNVERIFIED"},
    {"kind": "ADS", "name": "Sunny Hill Ads", "line_id": "A100000001"},
    {"kind": "ADS", "name": "Sunny Hill Seasonal Ads", "line_id": "A100000002"},
    {"kind": "TALK_HEAD_VIEW", "name": "Sunny Hill Talk Head View", "line_id": "A100000003"},
]  # fmt: skip
LINKED, TO_BE_LINKED = "A100000001", "@101hillc"
TAG, TAG_EVENT = "Shop pages", "AddToCart"
AD_ACCOUNTS = ["A100000001", "A100000002"]

PEOPLE = [
    Person("admin@sunnyhill.example", "Ada Lin", Role.ADMINISTRATOR, ALL_SCOPES),
    Person("operator@sunnyhill.example", "Oscar Wu", Role.OPERATOR, [Scope.READ, Scope.SHARE, Scope.FEED]),
    Person("viewer@sunnyhill.example", "Vera Chen", Role.VIEWER, [Scope.READ]),
    Person("reviewer@console.example", "Rui Tanaka", "REVIEWER", [Scope.READ, Scope.APPROVE]),
    Person("oa.manager@sunnyhill.example", "Mei Hsu", ACCOUNT_MANAGER, [Scope.READ, Scope.REQUEST],
           ["@101hillc", "@202popup"]),
    Person("ads.manager@sunnyhill.example", "Nok Suda", ACCOUNT_MANAGER, [Scope.READ, Scope.REQUEST],
           ["A100000001", "A100000002", "A100000003"]),
]  # fmt: skip


@dataclass(frozen=True)
class LineSecrets:
    """What the demo shares with the emulated LINE: made once, kept in demo.json."""

    access_key: str
    secret_key: str
    channel_access_token: str

    @classmethod
    def new(cls) -> LineSecrets:
        return cls(f"AK{secrets.token_hex(8).upper()}", secrets.token_urlsafe(32), secrets.token_urlsafe(32))


def load(line: LineSecrets) -> Organization:
    """Make whatever is missing; safe to run at every start."""
    with transaction.atomic():
        organization = _organization()
        people = {person.email: _person(person, organization) for person in PEOPLE}
        _accounts(organization.legal_entity, people)
    _first_link(organization, people["ads.manager@sunnyhill.example"], people["admin@sunnyhill.example"])
    _key(organization, people["admin@sunnyhill.example"], line)
    _tag(organization, people["operator@sunnyhill.example"])
    return organization


def _organization() -> Organization:
    entity, _ = LegalEntity.objects.get_or_create(
        **LEGAL_ENTITY, defaults={"name": COMPANY, "confirmed_at": timezone.now()}
    )
    organization = Organization.objects.filter(legal_entity=entity).first()
    organization = organization or Organization.objects.create(
        legal_entity=entity, name="Sunny Hill Coffee", review=Review.VERIFIED
    )
    BusinessInfo.objects.get_or_create(
        organization=organization, defaults={**BUSINESS_INFO, "email_proved_at": timezone.now()}
    )
    return organization


def _person(person: Person, organization: Organization) -> User:
    user = User.objects.filter(email=person.email).first()
    user = user or User.objects.create_user(person.email, name=person.name)
    if person.role in Role.values:
        organization.memberships.get_or_create(user=user, defaults={"role": person.role})
    elif person.role == "REVIEWER":
        user.groups.add(Group.objects.get_or_create(name=REVIEWERS)[0])
    return user


def _accounts(entity: LegalEntity, people: dict[str, User]) -> None:
    for row in ACCOUNTS:
        ids = {key: row[key] for key in ("basic_id", "line_id") if key in row}
        account, _ = Account.objects.get_or_create(**ids, defaults={**row, "legal_entity": entity})
        for manager in managers_of(account.public_id):
            account.managers.get_or_create(user=people[manager])


def managers_of(public_id: str) -> Iterable[str]:
    return (person.email for person in PEOPLE if public_id in person.manages)


def _first_link(organization: Organization, manager: User, administrator: User) -> None:
    """The link that is there at first start was asked for and approved like any other."""
    account = Account.objects.get(line_id=LINKED)
    if account.links.exists():
        return
    link_request, _url = linking.issue_request(account, organization.code, by=manager)
    if link_request.state == LinkRequest.State.PENDING:
        digest = linking.facts(link_request).digest
        linking.approve_request(
            link_request, by=administrator, typed_code=organization.code, facts_digest=digest
        )


def _key(organization: Organization, administrator: User, line: LineSecrets) -> None:
    """One key, with the secret that the emulator knows now."""
    if ApiKey.objects.filter(organization=organization, access_key=line.access_key).exists():
        return
    key = keys.add_key(
        organization, by=administrator, name="Demo key", group_id=GROUP_ID,
        access_key=line.access_key, secret_key=line.secret_key,
    )  # fmt: skip
    keys.check_key(key, by=administrator)


def _tag(organization: Organization, operator: User) -> None:
    """One tag of the organization's own, for as long as nobody has made or deleted any."""
    if not organization.resources.tags().exists():
        tag = tags.create_tag(organization, TAG, by=operator)
        tags.add_event(tag, TAG_EVENT, by=operator)
