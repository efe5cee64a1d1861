"""When an upload ends depends on its last list, which may have come from elsewhere: LINE's job list knows."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q
from django.db.models.functions import Now

from audiences.visits import Visit
from lineads.errors import Kind, LineAdsError
from lineads.shapes import UploadJob
from resources import lifecycle
from resources.models import Resource, ResourceQuerySet

LOOK_FROM = timedelta(days=lifecycle.EARLY + 1)
MOST_ASKED = 10  # one call each: of many that have come new, some at every refresh
NOT_TOLD = {Kind.INVALID, Kind.GONE}


def note_last_uploads(visit: Visit) -> None:
    for audience in _uncertain(visit).order_by("?")[:MOST_ASKED]:
        jobs = _jobs(visit, audience)
        if jobs is not None:
            with visit.writing():
                lifecycle.renew(audience.pk, _last_upload(jobs, audience))


def _last_upload(jobs: list[UploadJob], audience: Resource) -> datetime:
    taken = [job.created for job in jobs if job.created and job.status != "FAILED"]
    return max([audience.created_at, *taken])


def _uncertain(visit: Visit) -> ResourceQuerySet:
    """Uploads of which nobody knows when they end, or which end soon as far as is known."""
    own = Resource.objects.filter(owner_account=visit.account, kind__in=lifecycle.UPLOADS)
    unknown = Q(expires_at=None) | Q(expires_at__lt=Now() + LOOK_FROM)
    return own.filter(unknown, status__in=lifecycle.LIVING).exclude(line_id=None)


def _jobs(visit: Visit, audience: Resource) -> list[UploadJob] | None:
    """None when LINE does not tell of this one; the next refresh may know why."""
    try:
        return visit.ask(lambda client: client.upload_jobs(visit.account.line_id, audience.line_id or ""))
    except LineAdsError as error:
        if error.kind in NOT_TOLD:
            return None
        raise
