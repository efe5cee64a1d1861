"""How long audiences last. LINE's word decides; our clock speaks only for those that LINE does not speak of.

An upload ends 180 days after its last list, and a month later LINE deletes what has expired.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone

from linking.models import Link
from organizations import audit, members, outbox
from organizations.models import Organization
from organizations.names import plain
from organizations.permissions import Action
from resources.endings import end_resource
from resources.models import ENDS_SOON, EndDigest, Kind, Resource, ResourceQuerySet

S = Resource.Status
UPLOADS = (Kind.PHONE_UPLOAD, Kind.EMAIL_UPLOAD, Kind.IFA_UPLOAD)
LIVING = (S.IN_PROGRESS, S.READY, S.FAILED, S.INACTIVE, S.ACTIVATING)
LIFE = timedelta(days=180)
KEPT_EXPIRED = timedelta(days=30)
SILENCE = timedelta(hours=1)  # LINE is asked more often: its own word comes first
EARLY, LATE = ENDS_SOON.days, 3  # days before the end
MORNING = 8  # no mail at midnight
AT_ONCE = 100
MOST_NAMED = 40


def renew(resource: UUID, uploaded_at: datetime) -> None:
    """A list arrived at that moment. An end that is later already stays."""
    until = uploaded_at + LIFE
    earlier = Q(expires_at=None) | Q(expires_at__lt=until)
    Resource.objects.filter(earlier, pk=resource, kind__in=UPLOADS).update(expires_at=until, end_told=None)


def expire_overdue() -> int:
    """Those whose day has passed and of which LINE has said nothing since. Returns how many."""
    unheard = Q(refreshed_at=None) | Q(refreshed_at__lt=F("expires_at"))
    overdue = Resource.objects.filter(unheard, status__in=LIVING, expires_at__lt=Now() - SILENCE)
    return sum(_expire(overdue, each) for each in overdue.select_related("owner_account")[:AT_ONCE])


@transaction.atomic
def _expire(overdue: ResourceQuerySet, resource: Resource) -> int:
    expired = overdue.filter(pk=resource.pk).update(status=S.EXPIRED)
    if expired:
        record_expiry(resource)
    return expired


def record_expiry(resource: Resource) -> None:
    account, organization = resource.owner_account, resource.organization
    audit.record("resource.expired", resource, by=None, organization=organization, account=account)


def end_expired() -> int:
    """A month after it expired LINE deletes an audience. Returns how many ended here."""
    unheard = Q(refreshed_at=None) | Q(refreshed_at__lt=F("expires_at") + KEPT_EXPIRED)
    over = Resource.objects.filter(unheard, status=S.EXPIRED, expires_at__lt=Now() - KEPT_EXPIRED - SILENCE)
    return sum(end_resource(each, by=None, reason="expired") for each in over[:AT_ONCE])


def ending_soon() -> ResourceQuerySet:
    """What nobody was told of yet, or not for the last time."""
    early = Q(expires_at__lt=Now() + timedelta(days=EARLY), end_told=None)
    late = Q(expires_at__lt=Now() + timedelta(days=LATE), end_told__gt=LATE)
    return Resource.objects.filter(early | late, status__in=LIVING, expires_at__gt=Now())


def tell_of_ends() -> int:
    """One mail a day at most for each organization, to those who may send lists. Says how many."""
    now = timezone.localtime()
    if now.hour < MORNING:
        return 0
    return sum(_tell(organization, now.date()) for organization in _to_be_told(now.date())[:AT_ONCE])


def _to_be_told(day: date) -> list[Organization]:
    ending = ending_soon()
    links = Link.objects.open().filter(account__resources__in=ending)
    concerned = Q(pk__in=links.values("organization")) | Q(resources__in=ending)
    untold = Organization.objects.exclude(end_digests__day=day)
    return list(untold.filter(concerned).distinct().order_by("pk"))


@transaction.atomic
def _tell(organization: Organization, day: date) -> int:
    if not EndDigest.objects.get_or_create(organization=organization, day=day)[1]:
        return 0
    ending = list(ending_soon().of_organization(organization).order_by("expires_at", "pk"))
    rows = Resource.objects.filter(pk__in=[each.pk for each in ending])
    rows.filter(expires_at__gte=Now() + timedelta(days=LATE)).update(end_told=EARLY)
    rows.filter(expires_at__lt=Now() + timedelta(days=LATE)).update(end_told=LATE)
    page = reverse("resources:audience-list", args=[organization.code])
    content = {
        "organization": plain(organization.name),
        "count": str(len(ending)),
        "audiences": "\n".join(_lines(ending)),
        "url": f"{settings.SITE_URL}{page}?only=ends_soon",
    }
    outbox.tell(members.holders(organization, Action.FEED), "audiences_ending", content)
    return 1


def _lines(ending: Iterable[Resource]) -> list[str]:
    """The day as every language reads it."""
    lines = [f"{timezone.localtime(each.expires_at):%Y-%m-%d}  {plain(each.name)}" for each in ending]
    return lines if len(lines) <= MOST_NAMED else [*lines[:MOST_NAMED], "…"]
