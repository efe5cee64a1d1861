"""Legal entities in the hands of the installation's operators: confirmed, renamed, and two made one."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from linking import registry, reviews
from linking.errors import (
    CompanyConfirmed,
    CompanyInUse,
    FactsChanged,
    NoSuchCompany,
    OtherCountry,
    SameCompany,
    WrongNumber,
)
from organizations import audit
from organizations.models import LegalEntity
from users.models import User


@transaction.atomic
def confirm(entity: LegalEntity, *, seen_name: str, by: User) -> None:
    """The operator has compared number and name, as `seen`, with the country's register."""
    waiting = LegalEntity.objects.filter(pk=entity.pk, name=seen_name, confirmed_at=None)
    _changed(waiting.update(confirmed_at=timezone.now()), entity)
    _record("confirmed", entity, by)
    reviews.consider_company(entity, by=by)


@transaction.atomic
def unconfirm(entity: LegalEntity, *, by: User) -> None:
    confirmed = LegalEntity.objects.filter(pk=entity.pk, confirmed_at__isnull=False)
    _changed(confirmed.update(confirmed_at=None), entity)
    _record("unconfirmed", entity, by)


@transaction.atomic
def rename(entity: LegalEntity, *, name: str, seen_name: str, by: User) -> None:
    """Mend the name; whoever vouched for the number still does."""
    if name == seen_name:
        return
    _changed(LegalEntity.objects.filter(pk=entity.pk, name=seen_name).update(name=name), entity)
    _record("renamed", entity, by, before=seen_name, after=name)
    reviews.consider_company(entity, by=by)


def merge(emptied: LegalEntity, into: LegalEntity, *, typed: str, by: User) -> LegalEntity:
    """Everything of `emptied` goes to `into`, and the emptied one is deleted.

    A confirmed company is never emptied: its number was found in the country's register.
    """
    try:
        with transaction.atomic():
            return _merge(emptied, into, typed, by)
    except (ProtectedError, IntegrityError) as used:  # something came to name it at this moment
        raise CompanyInUse from used


def numbered(company: LegalEntity, number: str) -> LegalEntity:
    """The company with this number to merge into, of the same country if there is one."""
    found = list(LegalEntity.objects.filter(registration_number=number))
    found.sort(key=lambda one: one.country != company.country)
    if not found:
        raise NoSuchCompany(fields={"into": [str(NoSuchCompany.message)]})
    return found[0]


def check_merge(emptied: LegalEntity, into: LegalEntity) -> None:
    if emptied.pk == into.pk:
        raise SameCompany
    if emptied.country != into.country:
        raise OtherCountry
    if emptied.confirmed_at:
        raise CompanyConfirmed


def _merge(emptied: LegalEntity, into: LegalEntity, typed: str, by: User) -> LegalEntity:
    emptied, into = _held(emptied, into)
    check_merge(emptied, into)
    if typed.strip() != emptied.registration_number:
        raise WrongNumber(fields={"number": [str(WrongNumber.message)]})
    accounts = _move_accounts(emptied, into, by)
    organizations = _move_organizations(emptied, into, by)
    audit.record(
        "legal_entity.merged",
        into,
        by=by,
        emptied=emptied.number,
        accounts=accounts,
        organizations=organizations,
    )
    emptied.delete()
    reviews.consider_company(into, by=by)
    return into


def _held(*entities: LegalEntity) -> list[LegalEntity]:
    """Under lock, in one order, as they are now."""
    wanted = [entity.pk for entity in entities]
    rows = {
        row.pk: row for row in LegalEntity.objects.select_for_update().filter(pk__in=wanted).order_by("pk")
    }
    if len(rows) < len(set(wanted)):
        raise FactsChanged
    return [rows[pk] for pk in wanted]


def _move_accounts(emptied: LegalEntity, into: LegalEntity, by: User) -> int:
    accounts = list(emptied.accounts.select_for_update(no_key=True, of=("self",)).order_by("pk"))
    emptied.accounts.update(legal_entity=into)
    for account in accounts:
        registry.record("account.changed", account, by, **_numbers(emptied, into))
    return len(accounts)


def _move_organizations(emptied: LegalEntity, into: LegalEntity, by: User) -> int:
    organizations = list(emptied.organizations.select_for_update(no_key=True, of=("self",)).order_by("pk"))
    emptied.organizations.update(legal_entity=into)
    for organization in organizations:
        told = _numbers(emptied, into)
        audit.record("organization.entity_changed", organization, by=by, organization=organization, **told)
    return len(organizations)


def _numbers(emptied: LegalEntity, into: LegalEntity) -> dict[str, Any]:
    return {
        "before": {"legal_entity": emptied.number},
        "after": {"legal_entity": into.number},
    }


def _changed(moved: int, entity: LegalEntity) -> None:
    if not moved:
        raise FactsChanged
    entity.refresh_from_db()


def _record(act: str, entity: LegalEntity, by: User, **details: Any) -> None:
    """In the installation's history, and in that of each organization of the company."""
    for organization in [None, *entity.organizations.order_by("pk")]:
        audit.record(f"legal_entity.{act}", entity, by=by, organization=organization, **details)
