"""Share requests as both sides ask them."""

from __future__ import annotations

import pytest

from linking.models import Account, Link
from resources import share_requests
from resources.models import Resource, ShareRequest
from tests import factories
from users.models import User


@pytest.fixture
def audience(ads_link: Link) -> Resource:
    return factories.ResourceFactory.create(owner_account=ads_link.account, name="Buyers")


@pytest.fixture
def asked(audience: Resource, official_link: Link, carol: User, bob: User) -> ShareRequest:
    """Carol, who may only look, asks that the Official Account may use the audience; bob may answer."""
    return share_requests.ask([(official_link, audience)], note="For the autumn", by=carol)[0]


@pytest.fixture
def in_words(
    audience: Resource, official: Account, official_link: Link, mia: User, bob: User
) -> ShareRequest:
    """Mia manages the account and knows nothing of what acme owns."""
    return share_requests.ask_in_words(official, note="Last summer's buyers", by=mia)
