"""How far the refreshing from LINE is: told by the app that talks to LINE, shown on pages of this one."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from linking.models import Link
from organizations.models import Organization


def of_organization(organization: Organization) -> Any:
    return import_string(settings.REFRESHING["organization"])(organization)


def of_link(link: Link) -> Any:
    return import_string(settings.REFRESHING["link"])(link)
