"""LINE Tags: made here for an organization, or a LINE Ads account's own, taken over as LINE tells of it.

An organization's tags are renamed and deleted here. An account's own follow LINE. Both have custom events,
which exist once a page reports them; naming one here gives its code.
"""

from __future__ import annotations

import re
import uuid
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from organizations import audit
from organizations.errors import DomainError, Invalid
from organizations.impact import Impact
from organizations.models import Organization
from organizations.names import plain
from resources.endings import end_resource
from resources.models import Kind, Resource, ResourceQuerySet, TagEvent
from users.models import User

LONGEST_NAME = 120
EVENT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,19}")
EVENT_NAME_RULE = _("Letters a to z, digits, “-” and “_”, at most 20, beginning with a letter or digit.")
MOST_EVENTS = 50  # custom ones of a tag: their code is on one page
FIXED = (TagEvent.Kind.PAGE_VIEW, TagEvent.Kind.CONVERSION)


class NoName(Invalid):
    code = "name_missing"
    message = _("Give the tag a name of one line, at most 120 characters.")


class TagDeleted(DomainError):
    code = "tag_deleted"
    message = _("This tag was deleted meanwhile. Nothing was changed.")


class KeptAtLine(DomainError):
    code = "kept_at_line"
    message = _("This tag belongs to an account and is kept in LINE's own screens. Change it there.")


class WrongEventName(Invalid):
    code = "wrong_event_name"
    message = EVENT_NAME_RULE


class EventNamed(DomainError):
    code = "event_exists"
    message = _("This tag has an event of this name already. Use its code, or choose another name.")


class TooManyEvents(DomainError):
    code = "too_many_events"
    message = _("This tag has 50 custom events. Remove one that no page uses, or make another tag.")


class EventInUse(DomainError):
    code = "event_in_use"
    message = _("Pages have reported this event, so it stays. Only events that never came can be removed.")


@transaction.atomic
def create_tag(organization: Organization, name: str, *, by: User) -> Resource:
    tag = Resource.objects.create(
        kind=Kind.LINE_TAG,
        name=named(name),
        owner_organization=organization,
        line_id=str(uuid.uuid4()),
        status=Resource.Status.READY,
        create_route=Resource.CreateRoute.BUSINESS_MANAGER,
    )
    begin_events(tag)
    record("created", tag, by=by)
    return tag


@transaction.atomic
def rename_tag(tag: Resource, name: str, *, by: User) -> None:
    _check_ours(tag)
    before, after = tag.name, named(name)
    living = Resource.objects.tags().filter(pk=tag.pk).exclude(status=Resource.Status.DELETED)
    if not living.update(name=after):
        raise TagDeleted
    tag.name = after
    if before != after:
        record("renamed", tag, by=by, before=before, after=after)


@transaction.atomic
def delete_tag(tag: Resource, *, by: User) -> None:
    """Its shares end, and LINE no longer lists it. The code may stay on pages; it does nothing then."""
    _check_ours(tag)
    if not end_resource(tag, by=by):
        raise TagDeleted


@transaction.atomic
def add_event(tag: Resource, name: str, *, by: User) -> TagEvent:
    if not EVENT_NAME.fullmatch(name):
        raise WrongEventName(fields={"name": [str(EVENT_NAME_RULE)]})
    if tag.status == Resource.Status.DELETED:
        raise TagDeleted
    if tag.events.filter(kind=TagEvent.Kind.CUSTOM).count() >= MOST_EVENTS:
        raise TooManyEvents
    try:
        with transaction.atomic():  # "one event per name" has the last word
            event = TagEvent.objects.create(tag=tag, kind=TagEvent.Kind.CUSTOM, name=name)
    except IntegrityError as taken:
        raise EventNamed from taken
    record("event_added", tag, by=by, event=name)
    return event


@transaction.atomic
def remove_event(event: TagEvent, *, by: User) -> None:
    unused = TagEvent.objects.filter(pk=event.pk, kind=TagEvent.Kind.CUSTOM, last_contact_at=None)
    deleted, _models = unused.delete()
    if not deleted:
        raise EventInUse
    record("event_removed", event.tag, by=by, event=event.name)


def named(name: str) -> str:
    """The name as it is kept: one line, nothing in it that cannot be seen."""
    found = plain(name)
    if not found or len(found) > LONGEST_NAME:
        raise NoName(fields={"name": [str(NoName.message)]})
    return found


def begin_events(tag: Resource) -> None:
    TagEvent.objects.bulk_create([TagEvent(tag=tag, kind=kind) for kind in FIXED], ignore_conflicts=True)


def record(verb: str, tag: Resource, *, by: User | None, **details: Any) -> None:
    audit.record(
        f"line_tag.{verb}", tag, by=by, organization=tag.organization, account=tag.owner_account, **details
    )


def _check_ours(tag: Resource) -> None:
    if tag.owner_organization_id is None:
        raise KeptAtLine


def audiences_on(tag: Resource) -> ResourceQuerySet:
    """Web traffic audiences of the same organization and its accounts that this tag fills."""
    organization = tag.organization
    if organization is None or tag.kind != Kind.LINE_TAG:
        return Resource.objects.none()
    own = Resource.objects.of_organization(organization).audiences()
    return own.filter(details__webtraffic__tagId=tag.line_id).exclude(status=Resource.Status.DELETED)


def impacts(subject: Any) -> list[Impact]:
    """What the end of a tag would leave without it."""
    if not isinstance(subject, Resource):
        return []
    built = audiences_on(subject).count()
    return [Impact(_("Web traffic audiences built on it"), _("will find no new visitors"), built)]
