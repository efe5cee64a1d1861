"""What a person decides on: the facts as shown, and a digest that tells when they have changed since."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from dataclasses import asdict, dataclass

from linking.models import LinkRequest
from organizations.models import LegalEntity
from organizations.names import plain

__all__ = ["Facts", "Party", "facts", "mixes_alphabets", "plain"]

ALPHABETS = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE")


@dataclass(frozen=True)
class Party:
    name: str
    country: str
    number: str


@dataclass(frozen=True)
class Facts:
    request: str
    account_kind: str
    account_name: str
    account_id: str
    search_id: str
    verification: str
    account_entity: Party
    organization_name: str
    organization_id: str
    organization_entity: Party | None
    moves_from: str
    asked_by_name: str
    asked_by_email: str
    asked_at: str
    expires_at: str

    @property
    def digest(self) -> str:
        text = json.dumps(asdict(self), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def is_same_entity(self) -> bool:
        return self.account_entity == self.organization_entity

    @property
    def mixes_alphabets(self) -> bool:
        """A word of Latin and Cyrillic letters is seldom an honest name."""
        names = (self.account_name, self.account_entity.name, self.asked_by_name)
        return any(mixes_alphabets(name) for name in names)


def facts(link_request: LinkRequest) -> Facts:
    account, organization = link_request.account, link_request.organization
    old = link_request.moves_from
    return Facts(
        request=str(link_request.pk),
        account_kind=account.kind,
        account_name=plain(account.name),
        account_id=plain(account.public_id),
        search_id=plain(account.search_id),
        verification=account.verification,
        account_entity=_party(account.legal_entity),
        organization_name=plain(organization.name) if organization else "",
        organization_id=link_request.organization_code,
        organization_entity=_party(organization.legal_entity) if organization else None,
        moves_from=old.organization.code if old else "",
        asked_by_name=plain(link_request.issued_by.name),
        asked_by_email=plain(link_request.issued_by.email),
        asked_at=link_request.issued_at.isoformat(),
        expires_at=link_request.expires_at.isoformat(),
    )


def mixes_alphabets(text: str) -> bool:
    return any(
        len({_alphabet(letter) for letter in word if letter.isalpha()} - {""}) > 1 for word in text.split()
    )


def _alphabet(letter: str) -> str:
    name = unicodedata.name(letter, "")
    return next((alphabet for alphabet in ALPHABETS if name.startswith(alphabet)), "")


def _party(entity: LegalEntity) -> Party:
    return Party(plain(entity.name), entity.country, plain(entity.registration_number))
