"""The kinds of rule-based audiences that people can make here, as the first page offers them."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from audiences.audience_forms import AudienceForm
from audiences.rule_forms import (
    AppEventForm,
    FriendsForm,
    ImageClickForm,
    LookalikeForm,
    VideoViewForm,
    WebTrafficForm,
)
from resources.models import Kind


@dataclass(frozen=True)
class Offer:
    """A kind of audience that people can make here."""

    slug: str
    form: type[AudienceForm]
    kind: Kind
    icon: str
    text: str | Promise

    @property
    def label(self) -> str | Promise:
        return self.kind.label


OFFERS = {
    offer.slug: offer
    for offer in (
        Offer(
            "web-traffic",
            WebTrafficForm,
            Kind.WEBTRAFFIC,
            "panels-top-left",
            _("People whom a LINE Tag saw on your website: on any page, on certain pages, or with an event."),
        ),
        Offer(
            "lookalike",
            LookalikeForm,
            Kind.LOOKALIKE,
            "users",
            _("People who are like those of an audience that you have."),
        ),
        Offer(
            "app-event",
            AppEventForm,
            Kind.APP_EVENT,
            "smartphone",
            _("People who did something in your app."),
        ),
        Offer(
            "friends",
            FriendsForm,
            Kind.FRIENDS,
            "message-circle",
            _("Friends of the LINE Official Account, or people who blocked it."),
        ),
        Offer(
            "video-view",
            VideoViewForm,
            Kind.VIDEO_VIEW,
            "play",
            _("People who watched a video ad, in part or to the end."),
        ),
        Offer(
            "image-click",
            ImageClickForm,
            Kind.IMAGE_CLICK,
            "megaphone",
            _("People who clicked an image ad of a campaign."),
        ),
    )
}
