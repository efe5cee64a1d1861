"""What installation operators do before a journey; no page of this console does it yet."""

from __future__ import annotations

import json
import secrets
import sys
from collections.abc import Callable
from datetime import timedelta

from django.db.models import F

from linking import services
from linking.models import Account, LinkRequest
from organizations.models import Organization, Review
from organizations.permissions import Role
from tests import factories
from users.models import User


def register_official(name: str, basic_id: str, manager: str, like: str) -> str:
    """A verified Official Account of the legal entity that the account `like` belongs to."""
    entity = Account.objects.addressed(like).get().legal_entity
    account = factories.OfficialAccountFactory.create(name=name, basic_id=basic_id, legal_entity=entity)
    account.managers.create(user=User.objects.get(email=manager))
    return str(account.pk)


def register_ads(name: str, line_id: str, manager: str, like: str) -> str:
    """A LINE Ads account of the legal entity that the account `like` belongs to."""
    entity = Account.objects.addressed(like).get().legal_entity
    account = factories.AdsAccountFactory.create(name=name, line_id=line_id, legal_entity=entity)
    account.managers.create(user=User.objects.get(email=manager))
    return str(account.pk)


def register_talk_head_view(name: str, line_id: str, manager: str, like: str) -> str:
    """One that nobody has applied for yet, of the legal entity that the account `like` belongs to."""
    entity = Account.objects.addressed(like).get().legal_entity
    account = factories.TalkHeadViewFactory.create(name=name, line_id=line_id, legal_entity=entity)
    account.managers.create(user=User.objects.get(email=manager))
    return str(account.pk)


def register_audience(name: str, owner: str) -> str:
    """An audience that was made in LINE Ads Manager, as the console knows it."""
    account = Account.objects.addressed(owner).get()
    return str(factories.ResourceFactory.create(name=name, owner_account=account).pk)


def link(basic_id: str, code: str) -> str:
    """The account, linked to the organization as if it had been asked and answered."""
    account, organization = Account.objects.addressed(basic_id).get(), Organization.objects.get(code=code)
    return str(factories.LinkFactory.create(account=account, organization=organization).pk)


def take_in(name: str, code: str) -> str:
    """A new account of the organization's own company asks, and its administrator approves."""
    organization = Organization.objects.get(code=code)
    by = organization.memberships.get(role=Role.ADMINISTRATOR).user
    account = factories.OfficialAccountFactory.create(name=name, legal_entity=organization.legal_entity)
    account.managers.create(user=by)
    asked, _url = services.issue_request(account, code, by=by)
    digest = services.facts(asked).digest
    services.approve_request(asked, by=by, typed_code=code, facts_digest=digest)
    return str(account.pk)


def register_organization(name: str, like: str, *, is_verified: bool = False) -> dict[str, str]:
    """Another organization of the same legal entity, with an administrator who can sign in."""
    entity = Organization.objects.get(code=like).legal_entity
    review = Review.VERIFIED if is_verified else Review.UNVERIFIED
    organization = factories.OrganizationFactory.create(name=name, legal_entity=entity, review=review)
    return add_administrator(organization.code, "Ren Abe")


def add_administrator(code: str, name: str) -> dict[str, str]:
    """One more administrator of the organization, who can sign in."""
    organization, password = Organization.objects.get(code=code), secrets.token_urlsafe(16)
    address = f"{name.split()[0]}.{code}@people.example".lower()
    person = User.objects.create_user(address, password, name=name)
    organization.memberships.create(user=person, role=Role.ADMINISTRATOR)
    return {"code": code, "email": address, "password": password}


def let_an_hour_pass() -> int:
    """The people of all journeys are the same few, and nobody may ask for more than ten links an hour."""
    return LinkRequest.objects.update(issued_at=F("issued_at") - timedelta(hours=1))


def forget_languages() -> int:
    """What one journey chose must not greet the people of the next."""
    return User.objects.update(language="")


ALL = (
    register_official,
    register_ads,
    register_talk_head_view,
    register_audience,
    link,
    take_in,
    register_organization,
    add_administrator,
    forget_languages,
    let_an_hour_pass,
)
ERRANDS: dict[str, Callable[..., object]] = {errand.__name__: errand for errand in ALL}


def serve() -> None:
    """Each line in is `[name, arguments]`, each line out what the errand returned."""
    for line in sys.stdin:
        name, arguments = json.loads(line)
        print(json.dumps(ERRANDS[name](**arguments)), flush=True)
