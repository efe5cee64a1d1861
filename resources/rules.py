"""Why a resource cannot be shared with an account, in the words that people read."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from linking.models import Link
from organizations.models import Review
from resources.kinds import kind_refusal
from resources.models import Resource

NOT_SHAREABLE_STATUS: dict[str, Promise] = {
    Resource.Status.NEW: _("LINE does not know this audience yet: send its first list."),
    Resource.Status.FAILED: _("LINE could not build this audience."),
    Resource.Status.EXPIRED: _("This audience has expired."),
    Resource.Status.DELETED: _("This audience was deleted."),
}

NOT_REVIEWED = _("The linking review of the receiving account has not passed.")
OWNER_NOT_REVIEWED = _("The linking review of the owner's account has not passed.")
BY_RULE = _("Received already, by a standing rule.")
IS_OWNER = _("This account owns it.")
ALREADY_SHARED = _("Already shared with this account.")


def refusal(
    resource: Resource,
    to_link: Link,
    *,
    from_link: Link | None,
    is_shared: bool,
    is_by_rule: bool,
) -> str | Promise:
    """Why `resource` cannot be shared to `to_link` now; empty when it can.

    `from_link` is the owner account's open link (None when the organization owns it).
    """
    reasons: list[tuple[bool, str | Promise]] = [
        (resource.owner_account_id == to_link.account_id, IS_OWNER),
        (is_shared, ALREADY_SHARED),
        (is_by_rule, BY_RULE),
        (bool(found := kind_refusal(resource.kind, to_link.account.kind)), found),
        (resource.status in NOT_SHAREABLE_STATUS, NOT_SHAREABLE_STATUS.get(resource.status, "")),
        (to_link.review != Review.VERIFIED, NOT_REVIEWED),
        (from_link is not None and from_link.review != Review.VERIFIED, OWNER_NOT_REVIEWED),
    ]
    return next((reason for applies, reason in reasons if applies), "")
