from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from linking import services
from linking.models import Account, JointMove, Link, LinkRequest
from organizations.models import AuditEvent, Organization
from tests.linking import joint
from users.models import User
from users.models import token_digest as digest_of

PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Asked:
    """A request as issued, with its URL and the token in it."""

    link_request: LinkRequest
    url: str

    @property
    def token(self) -> str:
        return self.url.rstrip("/").rpartition("/")[2]

    @property
    def facts_digest(self) -> str:
        return services.facts(LinkRequest.objects.with_parties().get(pk=self.link_request.pk)).digest


def state_of(asked: Asked) -> str:
    return LinkRequest.objects.get(pk=asked.link_request.pk).state


def acts(**of: Any) -> list[str]:
    return list(AuditEvent.objects.filter(**of).order_by("id").values_list("action", flat=True))


@pytest.fixture
def asked(acme: Organization, official: Account, mia: User) -> Asked:
    """Mia has asked acme to take the Official Account in."""
    link_request, url = services.issue_request(official, acme.code, by=mia)
    assert digest_of(Asked(link_request, url).token) == link_request.token_digest
    return Asked(link_request, url)


@pytest.fixture
def receiver(other: Organization, acme: Organization) -> Organization:
    """Another organization of the same legal entity."""
    Organization.objects.filter(pk=other.pk).update(legal_entity=acme.legal_entity)
    other.refresh_from_db()
    return other


@pytest.fixture
def links(acme: Organization) -> list[Link]:
    return joint.links_of(acme)


@pytest.fixture
def offered(links: list[Link], receiver: Organization, alice: User) -> JointMove:
    return joint.offer(links, receiver, alice)
