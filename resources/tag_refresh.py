"""What LINE tells of tags: those of a LINE Ads account, and what pages have reported to each.

Its list also has the tags that others share with the account. Of these only the organization's own are asked
for their events: every other has an account whose refresh does that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from django.db import transaction
from django.db.models import Q

from lineads.shapes import LineTag, TagEvents
from lineads.shapes import TagEvent as ToldEvent
from linking.models import Account
from resources.endings import end_resource
from resources.models import Kind, Resource, TagEvent
from resources.tags import LONGEST_NAME, begin_events, named, record


class TagLine(Protocol):
    """The two calls of `LineAds` that this needs."""

    def line_tags(self, ad_account: str) -> Sequence[LineTag]: ...

    def tag_events(self, ad_account: str, tag_id: str) -> TagEvents: ...


def refresh_tags(
    client: TagLine,
    account: Account,
    *,
    writing: Callable[[], AbstractContextManager[None]] = transaction.atomic,
) -> None:
    """Ask LINE, and take its answers over. May run at any time, again, and beside itself.

    No transaction is open while LINE is asked. `writing` is entered around each write: a caller that holds
    the account by a lease proves it there.
    """
    told = client.line_tags(account.line_id)
    with writing():
        note_tags(account, told)
    for tag in _asked_here(account, told):
        events = client.tag_events(account.line_id, str(tag.line_id))
        with writing():
            note_events(tag, events)


@transaction.atomic
def note_tags(account: Account, told: Sequence[LineTag]) -> None:
    """The account's own tags become resources; one that LINE no longer lists ends, with its shares."""
    own = {tag.id: tag for tag in told if tag.is_own}
    known = Resource.objects.tags().filter(line_id__in=own)
    taken = set(known.exclude(owner_account=account).values_list("line_id", flat=True))
    held = {tag.line_id: tag for tag in known.filter(owner_account=account)}
    for tag_id, tag in own.items():
        if tag_id not in taken:
            _note_tag(account, tag, held.get(tag_id))
    living = Resource.objects.tags().filter(owner_account=account).exclude(status=Resource.Status.DELETED)
    for gone in living.exclude(line_id__in=own):
        end_resource(gone, by=None, reason="gone_at_line")


@transaction.atomic
def note_events(tag: Resource, told: TagEvents) -> None:
    """What LINE says of them now. A contact that is known to be later stays; events made here do, too."""
    fixed = {TagEvent.Kind.PAGE_VIEW: told.page_view, TagEvent.Kind.CONVERSION: told.conversion}
    for kind, event in fixed.items():
        if event:
            _note_event(tag, kind, "", event)
    for event in told.custom:
        _note_event(tag, TagEvent.Kind.CUSTOM, event.name, event)


def _asked_here(account: Account, told: Iterable[LineTag]) -> list[Resource]:
    """The account's own tags, and those of its organization."""
    link = account.open_link
    ours = Q(owner_account=account)
    if link:
        ours |= Q(owner_organization=link.organization_id)
    tags = Resource.objects.tags().filter(ours, line_id__in=[tag.id for tag in told])
    return list(tags.exclude(status=Resource.Status.DELETED).order_by("created_at", "id"))


def _note_tag(account: Account, told: LineTag, held: Resource | None) -> None:
    """LINE gives tags no name; it calls them by their owner's."""
    name = named(told.owner_name[:LONGEST_NAME] or account.name)
    if held is None:
        tag = Resource.objects.create(
            kind=Kind.LINE_TAG,
            name=name,
            owner_account=account,
            line_id=told.id,
            status=Resource.Status.READY,
            create_route=Resource.CreateRoute.AD_MANAGER,
        )
        begin_events(tag)
        record("added", tag, by=None)
        return
    living = Resource.objects.filter(pk=held.pk)
    living.exclude(name=name).update(name=name)
    if living.filter(status=Resource.Status.DELETED).update(status=Resource.Status.READY, deleted_at=None):
        record("added", held, by=None)


def _note_event(tag: Resource, kind: TagEvent.Kind, name: str, told: ToldEvent) -> None:
    said = {"is_active": told.is_active, "error_reason": told.error_reason[:120]}
    event, _made = TagEvent.objects.update_or_create(
        tag=tag, kind=kind, name=name[:LONGEST_NAME], defaults=said
    )
    if told.last_contact_at:
        earlier = Q(last_contact_at=None) | Q(last_contact_at__lt=told.last_contact_at)
        TagEvent.objects.filter(earlier, pk=event.pk).update(last_contact_at=told.last_contact_at)
