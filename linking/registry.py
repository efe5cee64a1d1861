"""The register of accounts: what the installation's operators vouch for, and who manages each on LINE's side.

A company's row is held before an account's, everywhere in this order.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction

from linking import reviews
from linking.errors import AlreadyManager, FactsChanged, IdTaken, ManagerGone, NoSuchPerson
from linking.issuing import locked
from linking.models import Account, AccountManager
from organizations import audit, legal_entities
from organizations.models import LegalEntity
from users.models import User

IDS = ("basic_id", "premium_id", "line_id")


@dataclass(frozen=True)
class Particulars:
    """What an operator says of an account and its company. What its kind does not have stays empty."""

    name: str
    country: str
    registration_number: str
    company: str
    premium_id: str = ""
    verification: str = ""

    @property
    def of_account(self) -> dict[str, str]:
        return {"name": self.name, "premium_id": self.premium_id, "verification": self.verification}

    def legal_entity(self) -> LegalEntity:
        return legal_entities.named(self.country, self.registration_number, self.company)


@transaction.atomic
def register(kind: Account.Kind, said: Particulars, *, public_id: str, manager: str, by: User) -> Account:
    """Take an account in, with its first manager, who is named by the mail address of the sign-in."""
    person, entity = _person(manager, "manager"), said.legal_entity()
    own_id = {"basic_id" if kind == Account.Kind.OFFICIAL else "line_id": public_id}
    account = Account(kind=kind, legal_entity=entity, **own_id, **said.of_account)
    _save(account)
    account.managers.create(user=person)
    record("account.registered", account, by, manager=str(person.pk), legal_entity=entity.number)
    return account


@transaction.atomic
def change(account: Account, said: Particulars, *, seen: str, by: User) -> bool:
    """Change what is vouched for, unless that differs by now from what was `seen`. False: no change."""
    entity, fresh = said.legal_entity(), locked(account)
    if seen != digest(fresh):
        raise FactsChanged
    before, moves = vouched(fresh), fresh.legal_entity_id != entity.pk
    for field, value in {**said.of_account, "legal_entity": entity}.items():
        setattr(fresh, field, value)
    after = vouched(fresh)
    if before == after:
        return False
    _save(fresh, update_fields=list(after))
    record("account.changed", fresh, by, **_difference(before, after))
    if moves:
        _leave_company(fresh, by)
    return True


@transaction.atomic
def add_manager(account: Account, email: str, *, by: User) -> None:
    held, person = locked(account), _person(email, "email")
    try:
        with transaction.atomic():
            seat = held.managers.create(user=person)
    except IntegrityError as already:
        raise AlreadyManager(fields={"email": [str(AlreadyManager.message)]}) from already
    record("account.manager_added", held, by, subject=seat)


@transaction.atomic
def remove_manager(account: Account, person: User, *, by: User) -> None:
    """Requests that this person issued end when somebody wants to approve them."""
    held = locked(account)
    seat = held.managers.select_related("user").filter(user=person).first()
    if seat is None:
        raise ManagerGone
    record("account.manager_removed", held, by, subject=seat)
    seat.delete()


def particulars(account: Account) -> Particulars:
    """What is vouched for now, as an operator would say it again."""
    entity = account.legal_entity
    return Particulars(
        name=account.name,
        country=entity.country,
        registration_number=entity.registration_number,
        company=entity.name,
        premium_id=account.premium_id,
        verification=account.verification,
    )


def digest(account: Account) -> str:
    """Tells whether what is vouched for has changed since a page showed it."""
    return hashlib.sha256(json.dumps(vouched(account), sort_keys=True).encode()).hexdigest()


def vouched(account: Account) -> dict[str, str]:
    return {
        "name": account.name,
        "premium_id": account.premium_id,
        "verification": account.verification,
        "legal_entity": account.legal_entity.number,
    }


def record(
    action: str, account: Account, by: User, *, subject: AccountManager | None = None, **details: Any
) -> None:
    """One entry in the history of the account and of the organization that it is linked to, if any."""
    link = account.open_link
    organization = link.organization if link else None
    audit.record(action, subject or account, by=by, organization=organization, account=account, **details)


def _difference(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, Any]:
    fields = [field for field in after if before[field] != after[field]]
    return {
        "before": {field: before[field] for field in fields},
        "after": {field: after[field] for field in fields},
    }


def _leave_company(account: Account, by: User) -> None:
    """The one place to say what another contracting company means for the stay in an organization."""
    link = account.open_link
    if link:
        is_same = link.organization.legal_entity_id == account.legal_entity_id
        told: dict[str, Any] = {"organization": link.organization, "account": account}
        audit.record("link.entity_changed", link, by=by, **told, same_legal_entity=is_same)
        reviews.consider(link, by=by)


def _person(email: str, field: str) -> User:
    person = User.objects.filter(email=email.strip().lower(), is_active=True).first()
    if person is None:
        raise NoSuchPerson(fields={field: [str(NoSuchPerson.message)]})
    return person


def _save(account: Account, **options: Any) -> None:
    try:
        with transaction.atomic():  # the constraints "one account per id" have the last word
            account.save(**options)
    except IntegrityError as taken:
        fields = _taken_ids(account)
        if not fields:
            raise
        raise IdTaken(fields={field: [str(IdTaken.message)] for field in fields}) from taken


def _taken_ids(account: Account) -> list[str]:
    others = Account.objects.filter(kind=account.kind).exclude(pk=account.pk)
    held = [(field, getattr(account, field)) for field in IDS]
    return [field for field, value in held if value and others.filter(**{field: value}).exists()]
