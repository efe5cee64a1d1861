"""The audiences of an ad account as LINE lists them, taken in page by page.

LINE's list has no field for the owner and also holds what others share with the account. Only kinds that an
ad account can make are its own, and nothing is that the console knows as somebody else's.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from audiences.models import ACTIVE, Run
from audiences.visits import Visit
from lineads.client import MAX_PAGES, LineAds
from lineads.shapes import CustomAudience, Page
from linking.models import Account
from organizations import audit
from resources import lifecycle
from resources.endings import end_resource
from resources.kinds import ADS_KINDS
from resources.models import Resource

S = Resource.Status
FROM_ELSEWHERE = frozenset({"IMP", "CLICK", "CHAT_TAG", "FRIEND_PATH", "THV_EVENT", "TRACKINGTAG_WEBTRAFFIC"})
LINES_STATES = frozenset({S.IN_PROGRESS, S.READY, S.FAILED, S.EXPIRED, S.INACTIVE, S.ACTIVATING})
RUN_DECIDES = (Run.State.SENDING, Run.State.CONFIRMING)  # what a run is filling, it also reports on
SURELY_BACK = timedelta(hours=1)  # LINE deletes in the background, and lists a while what it will delete
LONGEST_ID, LONGEST_NAME, LONGEST_SIZE, LONGEST_WORD = 40, 120, 20, 60


def take_in_audiences(visit: Visit) -> None:
    """All pages. What two whole listings in a row lack is gone; half a listing judges nothing."""
    began: datetime | None = None
    ids: set[str] = set()
    left_out = 0
    for number in range(1, MAX_PAGES):
        page = visit.ask(_page(visit.account.line_id, number))
        began = began or visit.asked_at
        ids.update(audience.id for audience in page.audiences)
        left_out += _take_page(visit, page.audiences)
        if not page.has_next or not page.audiences:
            break
    else:
        return
    # Pages move while others create and delete: then something may have slipped between two of them.
    if page.total is None or page.total == len(ids):
        _end_missing(visit, began, left_out)


def _page(ad_account: str, number: int) -> Any:
    def ask(client: LineAds) -> Page:
        return client.list_audiences(ad_account, page=number)

    return ask


def _take_page(visit: Visit, audiences: Iterable[CustomAudience]) -> int:
    """Returns how many were left out because this console has no word for them."""
    with visit.writing():
        # Asked first: a run that ends in between has given its audience an id, which is then known.
        being_made = _being_made(visit)
        rows = Resource.objects.filter(line_id__in=[audience.id for audience in audiences])
        known = {row.line_id: row for row in rows.filter(owner_account=visit.account)}
        others = set(rows.exclude(owner_account=visit.account).values_list("line_id", flat=True))
        new, left_out = [], 0
        for audience in audiences:
            if own := known.get(audience.id):
                left_out += not _take_known(visit, own, audience)
            elif audience.id not in others and audience.function_type not in FROM_ELSEWHERE:
                is_readable = _is_readable(audience)
                left_out += not is_readable
                if is_readable and audience.name not in being_made:
                    new.append(_new(visit, audience))
        _insert(visit, new)
        heard = rows.filter(_older(visit), owner_account=visit.account).exclude(status=S.DELETED)
        heard.update(refreshed_at=visit.asked_at)
    return left_out


def _being_made(visit: Visit) -> set[str]:
    """Names under which runs are creating audiences, whose ids they will note themselves."""
    making = Resource.objects.filter(owner_account=visit.account, line_id=None, runs__state__in=ACTIVE)
    return set(making.values_list("name", flat=True))


def _is_readable(audience: CustomAudience) -> bool:
    is_short = len(audience.id) <= LONGEST_ID
    return is_short and audience.function_type in ADS_KINDS and audience.status in LINES_STATES


def _older(visit: Visit) -> Q:
    """Rows of which nothing newer is known than what LINE has just said."""
    return Q(refreshed_at=None) | Q(refreshed_at__lt=visit.asked_at)


def _new(visit: Visit, audience: CustomAudience) -> Resource:
    said = _said(audience)
    return Resource(
        kind=audience.function_type,
        owner_account=visit.account,
        line_id=audience.id,
        create_route=Resource.CreateRoute.AD_MANAGER,
        created_at=audience.created or visit.asked_at,
        refreshed_at=visit.asked_at,
        expires_at=visit.asked_at if audience.status == S.EXPIRED else None,
        **said,
        **_state(audience),
    )


def _said(audience: CustomAudience) -> dict[str, Any]:
    return {
        "name": _clean(audience.name)[:LONGEST_NAME] or audience.id,
        "size": _clean(audience.estimated_size)[:LONGEST_SIZE] or "-",
        "details": _storable(audience.rules),
    }


def _state(audience: CustomAudience) -> dict[str, str]:
    return {"status": audience.status, "failed_type": _clean(audience.failed_type)[:LONGEST_WORD]}


def _clean(text: str) -> str:
    return text.replace("\0", "")  # PostgreSQL has no place for it


def _storable(rules: Any) -> dict[str, Any]:
    text = json.dumps(dict(rules))
    return {} if "\\u0000" in text else json.loads(text)


def _insert(visit: Visit, new: list[Resource]) -> None:
    if not new:
        return
    Resource.objects.bulk_create(new, ignore_conflicts=True)
    _record(visit, "account.audiences_found", visit.account, count=len(new))


def _take_known(visit: Visit, own: Resource, audience: CustomAudience) -> bool:
    """False when LINE's word for its state is not one of ours; name and size are taken all the same."""
    is_known = audience.status in LINES_STATES
    if own.status == S.DELETED:
        if is_known and own.deleted_at and own.deleted_at < visit.asked_at - SURELY_BACK:
            _restore(visit, own, audience)
        return is_known
    said = _said(audience)
    row = Resource.objects.filter(_older(visit), pk=own.pk).exclude(status=S.DELETED)
    if any(getattr(own, field) != value for field, value in said.items()) and row.update(**said):
        _note_rename(visit, own, said["name"])
    if is_known and any(getattr(own, field) != value for field, value in _state(audience).items()):
        _take_state(visit, own, audience, row)
    return is_known


def _note_rename(visit: Visit, own: Resource, name: str) -> None:
    if name != own.name:
        before, own.name = own.name, name
        _record(visit, "resource.renamed", own, before=before, after=name)


def _take_state(visit: Visit, own: Resource, audience: CustomAudience, row: QuerySet[Resource]) -> None:
    changed = row.exclude(runs__state__in=RUN_DECIDES).update(**_state(audience))
    if changed and audience.status == S.EXPIRED != own.status:
        later = Q(expires_at=None) | Q(expires_at__gt=visit.asked_at)
        Resource.objects.filter(later, pk=own.pk).update(expires_at=visit.asked_at)
        lifecycle.record_expiry(own)


def _restore(visit: Visit, own: Resource, audience: CustomAudience) -> None:
    """LINE still has it. Its shares stay ended: who may use it is for people to decide again."""
    fields = {**_said(audience), **_state(audience), "refreshed_at": visit.asked_at, "deleted_at": None}
    if Resource.objects.filter(pk=own.pk, status=S.DELETED).update(**fields):
        _record(visit, "resource.restored", own)


def _record(visit: Visit, action: str, subject: Resource | Account, **details: Any) -> None:
    audit.record(action, subject, by=None, organization=visit.organization, account=visit.account, **details)


def _end_missing(visit: Visit, began: datetime | None, left_out: int) -> None:
    """`listed_at` is still that of the whole listing before this one."""
    before = visit.mirror.listed_at
    with visit.writing(listed_at=began, left_out=left_out):
        if before is None:
            return
        own = Resource.objects.filter(owner_account=visit.account, kind__in=ADS_KINDS).exclude(line_id=None)
        unheard = own.annotate(heard_at=Coalesce("refreshed_at", "created_at")).filter(heard_at__lt=before)
        living = unheard.exclude(status=S.DELETED).exclude(runs__state__in=RUN_DECIDES)
        for resource in living.select_related("owner_account"):
            end_resource(resource, by=None, reason="gone_at_line")
