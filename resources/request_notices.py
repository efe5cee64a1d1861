"""Who is told what by mail of a share request: written with the act itself, one mail for each request."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.urls import reverse

from linking.models import AccountManager
from organizations import members, outbox
from organizations.models import Membership
from organizations.names import plain
from organizations.permissions import Action
from resources.models import Resource, ShareRequest
from users.models import User


def tell_who_may_answer(asked: ShareRequest) -> None:
    """Everybody whose role includes sharing, but not who asked."""
    organization = asked.to_link.organization
    page = reverse("resources:share-request", args=[organization.code, asked.pk])
    people = [person for person in members.holders(organization, Action.SHARE) if person != asked.asked_by]
    outbox.tell(people, "share_request_asked", _context(asked, page))


def tell_asker(asked: ShareRequest, by: User | None, resources: Sequence[Resource] = ()) -> None:
    """What became of it, as long as it is still this person's to know; who answered it knows already."""
    if asked.asked_by == by or not _may_know(asked):
        return
    page = _page_of_asker(asked)
    names = ", ".join(plain(resource.name) for resource in resources)
    context = {**_context(asked, page), "resources": names}
    outbox.tell([asked.asked_by], f"share_request_{asked.state.lower()}", context)


def _may_know(asked: ShareRequest) -> bool:
    """Members and managers leave; the names of what they once asked for stay behind."""
    person, link = asked.asked_by, asked.to_link
    if not person.is_active:
        return False
    if asked.is_from_account:
        return AccountManager.objects.filter(account=link.account_id, user=person).exists()
    return Membership.objects.filter(organization=link.organization_id, user=person).exists()


def _page_of_asker(asked: ShareRequest) -> str:
    if asked.is_from_account:
        return reverse("resources:ask-in-words", args=[asked.to_link.account_id])
    return reverse("resources:share-request", args=[asked.to_link.organization.code, asked.pk])


def _context(asked: ShareRequest, page: str) -> dict[str, str]:
    account = asked.to_link.account
    return {
        "what": asked.what,
        "resource": plain(asked.resource.name) if asked.resource else "",
        "account": plain(account.name),
        "account_id": plain(account.search_id or account.line_id),
        "organization": plain(asked.to_link.organization.name),
        "line_id": plain(asked.line_id),
        "note": plain(asked.note),
        "person": plain(str(asked.asked_by)),
        "reason": plain(asked.reason),
        "expires_at": asked.expires_at.isoformat(),
        "url": f"{settings.SITE_URL}{page}",
    }
