"""A large organization with everything that sharing knows: made once, by bulk inserts, always the same."""

import random
import uuid
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from linking.models import Account, Link
from organizations.models import LegalEntity, Organization, Review
from organizations.permissions import Role
from resources.kinds import Kind, kind_refusal
from resources.models import Resource, Share, SharingRule
from users.models import User

SEED = 20261125
BATCH = 2_000
KINDS = [kind for kind in Kind.values if kind != Kind.CROSS_TARGETING]


@dataclass(frozen=True)
class World:
    organization: Organization
    person: User
    links: list[uuid.UUID]
    unshared: list[uuid.UUID]
    pages: dict[str, str]


def fill(accounts: int, resources: int, shares_each: int) -> World:
    chance = random.Random(SEED)
    person = User.objects.create(email="bench@people.example", name="Bench")
    company = LegalEntity.objects.create(country="TW", registration_number="00000000", name="Bench Ltd.")
    organization = Organization.objects.create(name="Bench", legal_entity=company, review=Review.VERIFIED)
    organization.memberships.create(user=person, role=Role.OPERATOR)
    links = _links(organization, company, accounts)
    made = _resources(organization, links, resources, chance)
    _shares(made, links, shares_each, person, chance)
    _rules(organization, links, person)
    return World(
        organization, person, [link.pk for link in links], _unshared(made), _pages(organization, links, made)
    )


def _links(organization: Organization, company: LegalEntity, count: int) -> list[Link]:
    official = [
        Account(kind="OFFICIAL", name=f"Shop {n:05d}", legal_entity=company, basic_id=f"@b{n:07d}",
                verification="VERIFIED")
        for n in range(count // 2)
    ]  # fmt: skip
    ads = [
        Account(kind="ADS", name=f"Ads {n:05d}", legal_entity=company, line_id=f"A{n:09d}")
        for n in range(count - len(official))
    ]
    accounts = Account.objects.bulk_create([*official, *ads], batch_size=BATCH)
    stays = [Link(account=account, organization=organization, review=Review.VERIFIED) for account in accounts]
    return Link.objects.bulk_create(stays, batch_size=BATCH)


def _resources(
    organization: Organization, links: list[Link], count: int, chance: random.Random
) -> list[Resource]:
    def owner(number: int) -> dict[str, Any]:
        if number % 10 == 0:
            return {"owner_organization": organization}
        return {"owner_account": chance.choice(links).account}

    rows = [
        Resource(name=f"{chance.choice(['VIP', 'May', 'Buyers', 'Cart'])} {n:05d}", kind=chance.choice(KINDS),
                 line_id=str(10**12 + n), status="READY", size=str(chance.randrange(200, 10**6)), **owner(n))
        for n in range(count)
    ]  # fmt: skip
    return Resource.objects.bulk_create(rows, batch_size=BATCH)


def _shares(made: list[Resource], links: list[Link], each: int, person: User, chance: random.Random) -> None:
    by_account = {link.account_id: link for link in links}
    shares = []
    for resource in made[: len(made) - len(made) // 10]:  # the last tenth is shared with nobody
        takers = [
            link
            for link in chance.sample(links, min(len(links), each * 3))
            if link.account_id != resource.owner_account_id
            and not kind_refusal(resource.kind, link.account.kind)
        ]
        owner = resource.owner_account_id
        from_link = by_account.get(owner) if owner else None
        shares += [
            Share(resource=resource, to_link=link, from_link=from_link, shared_by=person)
            for link in takers[:each]
        ]
    Share.objects.bulk_create(shares, batch_size=BATCH)


def _rules(organization: Organization, links: list[Link], person: User) -> None:
    Link.objects.filter(pk__in=[link.pk for link in links[:5]]).update(shares_everything=True)
    for number in range(10):
        rule = SharingRule.objects.create(
            organization=organization,
            name=f"Rule {number}",
            name_contains=f"vip 0{number}",
            to_every_ads=number % 2 == 0,
            created_by=person,
        )
        rule.receivers.set(links[number * 3 : number * 3 + 3])


def _unshared(made: list[Resource]) -> list[uuid.UUID]:
    usable = (Kind.PHONE_UPLOAD, Kind.EMAIL_UPLOAD, Kind.WEBTRAFFIC, Kind.APP_EVENT, Kind.VIDEO_VIEW)
    return [resource.pk for resource in made[len(made) - len(made) // 10 :] if resource.kind in usable] + [
        resource.pk for resource in made if resource.kind in usable
    ]


def _pages(organization: Organization, links: list[Link], made: list[Resource]) -> dict[str, str]:
    code, plain, by_rule = organization.code, links[len(links) // 4], links[0]
    account = [code, plain.account_id]
    return {
        "audiences": reverse("resources:audience-list", args=[code]),
        "audiences, last page": reverse("resources:audience-list", args=[code]) + "?page=400",
        "audiences, filtered": reverse("resources:audience-list", args=[code]) + "?q=vip&status=READY",
        "one audience": reverse("resources:audience", args=[code, made[0].pk]),
        "accounts": reverse("linking:account-list", args=[code, "official"]),
        "one account": reverse("resources:account", args=account),
        "one account, all resources": reverse("resources:account", args=[code, by_rule.account_id]),
        "add resource": reverse("resources:add-resource", args=account),
        "add resource, everything": reverse("resources:add-resource", args=account) + "?what=everything",
        "sharing rules": reverse("resources:rules", args=[code]),
        "one rule": reverse("resources:rule", args=[code, SharingRule.objects.first().pk]),  # type: ignore[union-attr]
        "sharing map": reverse("resources:sharing-map", args=[code]),
        "LINE Tags": reverse("resources:tag-list", args=[code]),
        "overview": reverse("overview", args=[code]),
    }
