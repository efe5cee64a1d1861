"""The kinds of resources, and which LINE service can use which: data, to be corrected without code.

The marks follow what LINE's own lists and specifications show; where they are silent, the entry is the
assumption under which the console works. A missing entry means "yes".
"""

from __future__ import annotations

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from linking.models import Account


class Kind(models.TextChoices):
    """Audience kinds of LINE's lists, and the LINE Tag."""

    PHONE_UPLOAD = "HASHED_PHONE_NUMBER_UPLOAD", _("Phone number upload")
    EMAIL_UPLOAD = "HASHED_EMAIL_UPLOAD", _("Email upload")
    IFA_UPLOAD = "UPLOAD", _("IDFA/AAID upload")
    USER_ID_UPLOAD = "USER_ID_UPLOAD", _("User ID upload")
    LOOKALIKE = "LOOKALIKE", _("Lookalike")
    WEBTRAFFIC = "WEBTRAFFIC", _("Web traffic")
    APP_EVENT = "APP_EVENT", _("App event")
    FRIENDS = "ACCOUNT_FRIENDS", _("OA friends")
    VIDEO_VIEW = "VIDEO_VIEW", _("Video view")
    IMAGE_CLICK = "IMAGE_CLICK", _("Image click")
    MESSAGE_CLICK = "CLICK", _("Message click")
    MESSAGE_IMPRESSION = "IMP", _("Message impression")
    CHAT_TAG = "CHAT_TAG", _("Chat tag")
    FRIEND_PATH = "FRIEND_PATH", _("Friend path")
    RESERVATION = "RESERVATION", _("Reservation")
    RICH_MENU_IMPRESSION = "RICHMENU_IMP", _("Rich menu impression")
    RICH_MENU_CLICK = "RICHMENU_CLICK", _("Rich menu click")
    TALK_HEAD_VIEW_EVENT = "THV_EVENT", _("Talk Head View event")
    CROSS_TARGETING = "CROSS_TARGETING", _("Cross targeting")
    LINE_TAG = "LINE_TAG", _("LINE Tag")


# What LINE Ads accounts make themselves; anything else that they list came to them by sharing.
ADS_KINDS = frozenset(
    {
        Kind.PHONE_UPLOAD,
        Kind.EMAIL_UPLOAD,
        Kind.IFA_UPLOAD,
        Kind.LOOKALIKE,
        Kind.WEBTRAFFIC,
        Kind.APP_EVENT,
        Kind.FRIENDS,
        Kind.VIDEO_VIEW,
        Kind.IMAGE_CLICK,
    }
)

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


def kind_refusal(kind: str, service: str) -> str | Promise:
    """Why this service cannot use this kind; empty when it can."""
    return NOT_A_RECEIVER if service == TALK_HEAD_VIEW else REFUSED.get((kind, service), "")


def usable_kinds(service: str) -> list[str]:
    """The kinds that accounts of this service can use."""
    return [kind for kind in Kind.values if not kind_refusal(kind, service)]
