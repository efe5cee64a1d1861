"""The history for people: acts in words, in groups, filtered."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from organizations.models import AuditEventQuerySet, AuditPerson, Organization

GROUPS: dict[str, tuple[Promise | str, tuple[str, ...]]] = {
    "linking": (
        _("Linking"),
        ("link_request.", "link.", "account.", "application.", "legal_entity.", "move."),
    ),
    "sharing": (
        _("Sharing"),
        (
            "share.",
            "share_request.",
            "sharing_rule.",
            "bulk_change.",
            "resource.",
            "audience.",
            "line_tag.",
        ),
    ),
    "feeding": (_("Lists and runs"), ("dataset.", "connector.", "schedule.", "run.", "batch.")),
    "keys": (_("API keys"), ("api_key.",)),
    "people": (
        _("People and settings"),
        ("membership.", "member.", "invitation.", "organization.", "token."),
    ),
}

NOUNS: dict[str, Promise | str] = {
    "account": _("Account"),
    "api_key": _("API key"),
    "application": _("Talk Head View application"),
    "audience": _("Audience"),
    "bulk_change": _("Sharing in bulk"),
    "connector": _("Connector"),
    "dataset": _("Dataset"),
    "invitation": _("Invitation"),
    "legal_entity": _("Legal entity"),
    "line_tag": _("LINE Tag"),
    "link": _("Link"),
    "link_request": _("Link request"),
    "membership": _("Membership"),
    "move": _("Move"),
    "organization": _("Organization"),
    "resource": _("Resource"),
    "reviewer": _("Operator of the installation"),
    "run": _("Run"),
    "share": _("Share"),
    "share_request": _("Share request"),
    "sharing_rule": _("Sharing rule"),
    "token": _("API token"),
}

VERBS: dict[str, Promise | str] = {
    "accepted": _("accepted"),
    "added": _("added"),
    "approved": _("approved"),
    "asked": _("asked"),
    "audiences_found": _("audiences found at LINE"),
    "cancelled": _("cancelled"),
    "cancelling": _("being cancelled"),
    "changed": _("changed"),
    "checked": _("checked"),
    "confirmed": _("confirmed"),
    "confirming": _("waiting for LINE"),
    "created": _("created"),
    "deleted": _("deleted"),
    "discarded": _("discarded"),
    "done": _("done"),
    "ended": _("ended"),
    "entity_changed": _("another legal entity"),
    "erased": _("erased"),
    "event_added": _("event added"),
    "event_removed": _("event removed"),
    "everything_started": _("all resources, from now on"),
    "everything_stopped": _("all resources, stopped"),
    "expired": _("expired"),
    "failed": _("failed"),
    "first_approved": _("first of two approvals given"),
    "granted": _("granted"),
    "invalid": _("no longer valid"),
    "issued": _("issued"),
    "manager_added": _("manager added"),
    "manager_removed": _("manager removed"),
    "merged": _("merged with another one"),
    "missed": _("missed"),
    "opened": _("opened"),
    "paused": _("paused"),
    "planned": _("planned"),
    "planning": _("being prepared"),
    "queued": _("queued"),
    "received": _("received"),
    "refresh_asked": _("refresh from LINE asked for"),
    "refused": _("refused"),
    "registered": _("registered"),
    "revoked": _("revoked"),
    "rejected": _("rejected"),
    "renamed": _("renamed"),
    "renewed": _("renewed"),
    "restored": _("there again at LINE"),
    "resumed": _("resumed"),
    "business_info_saved": _("business info saved"),
    "email_proved": _("company address confirmed"),
    "review_started": _("review started"),
    "review_withdrawn": _("review withdrawn"),
    "review_passed": _("review passed"),
    "review_rejected": _("review rejected"),
    "role_changed": _("role changed"),
    "safeguards_changed": _("safeguards changed"),
    "removed": _("removed"),
    "left": _("left"),
    "saved": _("saved"),
    "secret_replaced": _("secret key replaced"),
    "sending": _("being sent"),
    "sent": _("sent"),
    "sent_anew": _("being sent again from the start"),
    "started": _("started"),
    "stopped": _("stopped"),
    "superseded": _("replaced by a newer one"),
    "unconfirmed": _("confirmation taken back"),
    "withdrawn": _("withdrawn"),
}


ORIGINS: dict[str, Promise | str] = {
    "page": _("Console"),
    "api": _("REST"),
    "worker": _("Background work"),
    "command": _("Command"),
}


def in_words(action: str) -> str:
    """`link_request.approved` → "Link request: approved"; a code that has no words yet stays readable."""
    noun, _dot, verb = action.partition(".")
    spoken = (NOUNS.get(noun, noun.replace("_", " ")), VERBS.get(verb, verb.replace("_", " ")))
    return f"{spoken[0]}: {spoken[1]}"


def noun_of(thing: models.Model) -> Promise | str:
    """What the history calls things of its kind: `LinkRequest` → "Link request"."""
    key = re.sub(r"(?<!^)(?=[A-Z])", "_", type(thing).__name__).lower()
    return NOUNS.get(key, key.replace("_", " "))


def timeline(events: AuditEventQuerySet, most: int = 20) -> list[dict[str, Any]]:
    """The newest entries as the timeline part shows them."""
    return [
        {
            "at": event.at,
            "text": in_words(event.action),
            "who": str(event.person) if event.person else "",
            "state": event.action.rpartition(".")[2].upper(),
        }
        for event in events.newest_first()[:most]
    ]


def like(events: AuditEventQuerySet, wanted: Mapping[str, Any]) -> AuditEventQuerySet:
    """The entries that fit a cleaned filter: group, person, account, first and last day."""
    if group := wanted.get("group"):
        events = events.filter(_starts_with(GROUPS[group][1]))
    if person := wanted.get("person"):
        events = events.filter(person=person)
    if account := wanted.get("account"):
        events = events.filter(account_name__icontains=account)
    if since := wanted.get("since"):
        events = events.filter(at__gte=_midnight(since))
    if until := wanted.get("until"):
        events = events.filter(at__lt=_midnight(until + timedelta(days=1)))
    return events


def people_of(organization: Organization) -> list[AuditPerson]:
    acted = organization.audit_events.exclude(person=None).order_by().values("person").distinct()
    return list(AuditPerson.objects.filter(pk__in=acted).order_by("name", "email"))


def details_in_words(details: Mapping[str, Any]) -> str:
    return ", ".join(f"{key.replace('_', ' ')}: {value}" for key, value in sorted(details.items()))


def _starts_with(prefixes: tuple[str, ...]) -> Q:
    found = Q()
    for prefix in prefixes:
        found |= Q(action__startswith=prefix)
    return found


def _midnight(day: date) -> datetime:
    """The start of the day in the reader's zone."""
    return timezone.make_aware(datetime.combine(day, time.min))
