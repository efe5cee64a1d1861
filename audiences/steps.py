"""The steps of the upload wizard, as the steps part shows them."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from organizations.models import Organization


def steps(organization: Organization, current: int, reading_url: str = "") -> list[dict[str, str]]:
    labels = [
        _("Choose the file"),
        _("Check how it is read"),
        _("Choose the destination"),
        _("Check and send"),
    ]
    urls = [reverse("audiences:upload", args=[organization.code]), reading_url, "", ""]
    return [
        {"label": label, "url": url, "state": _state(number, current)}
        for number, (label, url) in enumerate(zip(labels, urls, strict=True), start=1)
    ]


def _state(number: int, current: int) -> str:
    if number == current:
        return "current"
    return "done" if number < current else "next"
