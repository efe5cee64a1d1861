"""How every share request is held, closed once and told of.

Links are locked first, in the order of their accounts, then the request: a link that ends at this moment
either stops the act or ends the request.
"""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q

from linking.models import Link
from organizations import audit
from resources import request_notices as notices
from resources.models import ShareRequest
from resources.request_errors import ShareRequestClosed
from users.models import User


def locked(wanted: Q) -> dict[object, Link]:
    rows = Link.objects.filter(wanted).select_related("account", "organization").order_by("account_id", "pk")
    return {link.pk: link for link in rows.select_for_update(no_key=True, of=("self",))}


def close(asked: ShareRequest, state: ShareRequest.State, by: User, reason: str = "") -> None:
    if not ShareRequest.objects.in_time().filter(pk=asked.pk).close(state, by=by, reason=reason):
        raise ShareRequestClosed
    asked.refresh_from_db(fields=["state", "closed_at", "closed_by", "reason"])
    record(state.lower(), asked, by)


@transaction.atomic
def end(asked: ShareRequest, state: ShareRequest.State, *, by: User | None = None) -> int:
    """Not an answer: nobody is wrong who comes too late for it."""
    ended = ShareRequest.objects.filter(pk=asked.pk).close(state, by=by)
    if ended:
        asked.refresh_from_db(fields=["state", "closed_at", "closed_by"])
        record(state.lower(), asked, by)
        if state == ShareRequest.State.EXPIRED:
            notices.tell_asker(asked, by)
    return ended


def record(act: str, asked: ShareRequest, by: User | None) -> None:
    link = asked.to_link
    audit.record(
        f"share_request.{act}", asked, by=by, organization=link.organization, account=link.account,
        what=asked.what, to=link.account.public_id,
    )  # fmt: skip
