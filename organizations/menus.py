"""The menus: the organization's, in the order of work, and that of the installation's operators."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from organizations.models import Organization


@dataclass(frozen=True)
class MenuItem:
    label: str | Promise
    url: str
    icon: str
    count: int = 0
    is_current: bool = False

    @property
    def current(self) -> bool:
        return self.is_current


@dataclass(frozen=True)
class Entry:
    label: str | Promise
    route: str
    icon: str
    arguments: tuple[str, ...] = ()


MENU = [
    Entry(_("Overview"), "overview", "layout-dashboard"),
    Entry(_("Requests"), "linking:request-list", "inbox"),
    Entry(_("LINE Official Accounts"), "linking:account-list", "message-circle", ("official",)),
    Entry(_("LINE Ads Platform"), "linking:account-list", "megaphone", ("ads",)),
    Entry(_("Talk Head View"), "linking:account-list", "panels-top-left", ("talk-head-view",)),
    Entry(_("Audiences"), "resources:audience-list", "users"),
    Entry(_("LINE Tags"), "resources:tag-list", "tag"),
    Entry(_("Connectors"), "audiences:connector-list", "cable"),
    Entry(pgettext_lazy("uploaded lists", "Datasets"), "audiences:dataset-list", "database"),
    Entry(_("Runs"), "audiences:run-list", "activity"),
    Entry(_("Members"), "organizations:members", "user"),
    Entry(_("API keys"), "linking:key-list", "key-round"),
    Entry(_("History"), "organizations:history", "history"),
    Entry(_("Settings"), "organizations:settings", "settings"),
]

# What waits for an answer, one list beside the other under "Requests".
INBOX = [
    Entry(_("Link requests"), "linking:request-list", "link"),
    Entry(_("Share requests"), "resources:share-requests", "share-2"),
]

# The pages of the installation's operators; what is linked here needs no more than its line.
INSTALLATION_MENU = [
    Entry(_("Organization reviews"), "linking:organization-reviews", "shield-check"),
    Entry(_("Linking reviews"), "linking:link-reviews", "link"),
    Entry(_("Accounts"), "linking:register", "megaphone"),
    Entry(_("Legal entities"), "linking:entities", "building-2"),
    Entry(_("Talk Head View applications"), "linking:applications", "panels-top-left"),
]


def menu_of(organization: Organization, path: str) -> list[MenuItem]:
    counts = menu_counts(organization)
    items = []
    for entry in MENU:
        try:
            url = reverse(entry.route, args=[organization.code, *entry.arguments])
        except NoReverseMatch:
            continue
        is_current = path == url or (entry.route != "overview" and path.startswith(url))
        items.append(MenuItem(entry.label, url, entry.icon, counts.get(entry.route, 0), is_current))
    return items


def installation_menu(path: str) -> list[MenuItem]:
    items = []
    for entry in INSTALLATION_MENU:
        url = reverse(entry.route)
        count = settings.INSTALLATION_COUNTS.get(entry.route)
        waiting = import_string(count)() if count else 0
        items.append(MenuItem(entry.label, url, entry.icon, waiting, path.startswith(url)))
    return items


def inbox(organization: Organization, path: str) -> list[MenuItem]:
    """The lists under "Requests", as tabs, each with what waits in it."""
    items = []
    for entry in INBOX:
        url = reverse(entry.route, args=[organization.code])
        count = _waiting(organization, entry.route).count()
        items.append(MenuItem(entry.label, url, entry.icon, count, path == url))
    return items


def waiting_in_inbox(organization: Organization) -> int:
    """Over all lists; one query, since every page asks it."""
    first, *others = (_waiting(organization, route).order_by().values("pk") for route in settings.INBOXES)
    return first.union(*others, all=True).count()


def _waiting(organization: Organization, route: str) -> QuerySet[Any]:
    waiting: QuerySet[Any] = import_string(settings.INBOXES[route])(organization)
    return waiting


def menu_counts(organization: Organization) -> dict[str, int]:
    """Counts beside menu entries, from the functions named in settings: route → number that waits."""
    return {route: import_string(path)(organization) for route, path in settings.MENU_COUNTS.items()}
