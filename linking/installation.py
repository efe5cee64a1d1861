"""What the installation's operators look through: the same lists and histories on pages and by REST.

A list takes the cleaned fields of its filter; what is missing or empty filters nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import (
    Case,
    Count,
    F,
    FilteredRelation,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from linking.models import Account, Link, TalkHeadViewApplication
from organizations.models import AuditEvent, AuditEventQuerySet, LegalEntity, Organization

Wanted = Mapping[str, str]


def accounts(wanted: Wanted) -> QuerySet[Any]:
    """Every account that is registered here, and where it is linked."""
    stay = FilteredRelation("links", condition=Q(links__ended_at=None))
    rows = Account.objects.annotate(stay=stay).annotate(
        organization_name=F("stay__organization__name"), organization_code=F("stay__organization__code")
    )
    for field in ("kind", "verification"):
        if value := wanted.get(field):
            rows = rows.filter(**{field: value})
    if text := wanted.get("text"):
        ids = Q(basic_id__icontains=text) | Q(premium_id__icontains=text) | Q(line_id__icontains=text)
        number = Q(legal_entity__registration_number__startswith=text)
        rows = rows.filter(ids | number | Q(legal_entity__name__icontains=text) | Q(name__icontains=text))
    return rows.select_related("legal_entity").order_by("name", "id")


def companies(wanted: Wanted) -> QuerySet[Any]:
    """Every company that organizations and accounts name, and by how many."""
    rows = LegalEntity.objects.annotate(
        organization_count=_count_of(Organization.objects.all()),
        account_count=_count_of(Account.objects.all()),
    )
    if confirmed := wanted.get("confirmed"):
        rows = rows.filter(confirmed_at__isnull=confirmed == "no")
    if text := wanted.get("text"):
        rows = rows.filter(Q(name__icontains=text) | Q(registration_number__startswith=text))
    return rows.order_by("name", "country", "registration_number")


def organizations(wanted: Wanted) -> QuerySet[Any]:
    rows = Organization.objects.select_related("legal_entity")
    if text := wanted.get("text"):
        rows = rows.filter(Q(name__icontains=text) | Q(code__icontains=text))
    return _by_review(rows, wanted)


def links(wanted: Wanted) -> QuerySet[Any]:
    rows = Link.objects.open().select_related("account", "organization")
    if text := wanted.get("text"):
        rows = rows.filter(Q(account__name__icontains=text) | Q(organization__name__icontains=text))
    return _by_review(rows, wanted)


def applications(wanted: Wanted) -> QuerySet[Any]:
    """What waits comes first, oldest on top; then what was answered, newest on top."""
    rows = TalkHeadViewApplication.objects.select_related("account__legal_entity", "asked_by", "closed_by")
    if state := wanted.get("state"):
        rows = rows.filter(state=state)
    if text := wanted.get("account"):
        rows = rows.filter(Q(account__name__icontains=text) | Q(account__line_id__icontains=text))
    pending = Case(When(state="PENDING", then=Value(0)), default=Value(1), output_field=IntegerField())
    oldest = Case(When(state="PENDING", then="asked_at"))
    return rows.order_by(pending, oldest, "-closed_at", "id")


def account_history(account: Account) -> AuditEventQuerySet:
    return AuditEvent.objects.filter(account_id=account.pk)


def link_history(link: Link) -> AuditEventQuerySet:
    return AuditEvent.objects.filter(account_id=link.account_id, organization=link.organization)


def organization_history(organization: Organization) -> AuditEventQuerySet:
    """Of itself, not of everything in it."""
    return AuditEvent.objects.filter(
        subject_type=Organization._meta.label_lower, subject_id=str(organization.pk)
    )


def company_history(company: LegalEntity) -> AuditEventQuerySet:
    """As the installation tells it, that is, once."""
    own = {"subject_type": LegalEntity._meta.label_lower, "subject_id": str(company.pk)}
    return AuditEvent.objects.filter(organization=None, **own)


def _by_review(rows: QuerySet[Any], wanted: Wanted) -> QuerySet[Any]:
    """What waits comes first, oldest on top."""
    if review := wanted.get("review"):
        rows = rows.filter(review=review)
    waiting = Case(When(review="IN_REVIEW", then=Value(0)), default=Value(1), output_field=IntegerField())
    oldest = Case(When(review="IN_REVIEW", then="reviewed_at"))
    return rows.order_by(waiting, oldest, "-reviewed_at", "pk")


def _count_of(rows: QuerySet[Any]) -> Coalesce:
    """How many rows name the legal entity, counted for the shown page only."""
    counted = (
        rows.order_by().filter(legal_entity=OuterRef("pk")).values("legal_entity").annotate(n=Count("pk"))
    )
    return Coalesce(Subquery(counted.values("n")), 0)
