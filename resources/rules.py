"""Which kind of resource each LINE service can use: data, so that it can be corrected without code.

The marks follow what LINE's own lists and specifications show; where they are silent, the entry is the
assumption under which the console works. A missing entry means "yes".
"""

from __future__ import annotations

from collections.abc import Collection

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from linking.models import Account, Link
from organizations.models import Review
from resources.models import Kind, Resource

OFFICIAL, ADS, TALK_HEAD_VIEW = Account.Kind.OFFICIAL, Account.Kind.ADS, Account.Kind.TALK_HEAD_VIEW

NOT_IN_OFFICIAL = _("LINE Official Accounts cannot use this kind of audience.")
NOT_IN_ADS = _("LINE Ads cannot use this kind of audience.")
NOT_A_RECEIVER = _("Talk Head View accounts do not take shared resources.")
CROSS_TARGETING = _(
    "Cross-targeting audiences are published in LINE's own screens and cannot be shared here."
)

REFUSED: dict[tuple[str, str], Promise] = {
    (Kind.FRIENDS, OFFICIAL): NOT_IN_OFFICIAL,
    (Kind.LOOKALIKE, OFFICIAL): NOT_IN_OFFICIAL,
    (Kind.TALK_HEAD_VIEW_EVENT, OFFICIAL): NOT_IN_OFFICIAL,
    (Kind.RESERVATION, ADS): NOT_IN_ADS,
    (Kind.RICH_MENU_IMPRESSION, ADS): NOT_IN_ADS,
    (Kind.RICH_MENU_CLICK, ADS): NOT_IN_ADS,
    (Kind.CROSS_TARGETING, OFFICIAL): CROSS_TARGETING,
    (Kind.CROSS_TARGETING, ADS): CROSS_TARGETING,
}

NOT_SHAREABLE_STATUS: dict[str, Promise] = {
    Resource.Status.NEW: _("LINE does not know this audience yet: send its first list."),
    Resource.Status.FAILED: _("LINE could not build this audience."),
    Resource.Status.EXPIRED: _("This audience has expired."),
    Resource.Status.DELETED: _("This audience was deleted."),
}

NOT_REVIEWED = _("The linking review of the receiving account has not passed.")
OWNER_NOT_REVIEWED = _("The linking review of the owner's account has not passed.")
IS_OWNER = _("This account owns it.")
ALREADY_SHARED = _("Already shared with this account.")


def kind_refusal(kind: str, service: str) -> str | Promise:
    """Why this service cannot use this kind; empty when it can."""
    return NOT_A_RECEIVER if service == TALK_HEAD_VIEW else REFUSED.get((kind, service), "")


def refusal(
    resource: Resource, to_link: Link, *, from_link: Link | None, already: Collection[object]
) -> str | Promise:
    """Why `resource` cannot be shared to `to_link` now; empty when it can.

    `from_link` is the owner account's open link (None when the organization owns it); `already` holds the
    ids of resources shared to `to_link` now.
    """
    reasons: list[tuple[bool, str | Promise]] = [
        (resource.owner_account_id == to_link.account_id, IS_OWNER),
        (resource.pk in already, ALREADY_SHARED),
        (bool(found := kind_refusal(resource.kind, to_link.account.kind)), found),
        (resource.status in NOT_SHAREABLE_STATUS, NOT_SHAREABLE_STATUS.get(resource.status, "")),
        (to_link.review != Review.VERIFIED, NOT_REVIEWED),
        (from_link is not None and from_link.review != Review.VERIFIED, OWNER_NOT_REVIEWED),
    ]
    return next((reason for applies, reason in reasons if applies), "")
