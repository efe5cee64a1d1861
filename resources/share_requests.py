"""Share requests as they are asked, by who may not share; `share_answers.py` has the answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from linking.everything import check_receiver
from linking.issuing import check_manager
from linking.models import Account, Link
from organizations.models import Membership, Organization
from organizations.names import plain
from organizations.overview import Line, Section
from organizations.permissions import Action, roles_with
from resources import request_notices as notices
from resources import rules
from resources.models import Resource, Share, ShareRequest
from resources.request_closing import close, end, locked, record
from resources.request_errors import (
    AskedAlready,
    MayShare,
    NotAskable,
    NothingDescribed,
    NotLinked,
    NotYours,
    TooManyOpen,
)
from resources.request_models import ShareRequestQuerySet
from resources.services import NothingChosen, choices_for, everything_refusal
from resources.standing import Standing
from users.models import User

State, What = ShareRequest.State, ShareRequest.What
MOST_OPEN = 20  # by one person for one account
ASKED_ALREADY = AskedAlready.message


@transaction.atomic
def ask(wanted: Sequence[tuple[Link, Resource]], *, note: str, by: User) -> list[ShareRequest]:
    """A member asks: each resource for its account, or, if one cannot be asked for, none."""
    if not wanted:
        raise NothingChosen
    links = _held_for(by, [link for link, _resource in wanted])
    for link in links.values():
        asked = [resource for to_link, resource in wanted if to_link.pk == link.pk]
        _check_member(link, by)
        _check_pace(link, by, more=len(asked))
        _check_askable(link, asked)
    return [_create(links[link.pk], by, note, What.RESOURCE, resource=resource) for link, resource in wanted]


@transaction.atomic
def ask_for_everything(to_link: Link, *, note: str, by: User) -> ShareRequest:
    """A member asks for "all resources of the organization"."""
    link = _held_for(by, [to_link])[to_link.pk]
    _check_member(link, by)
    return _ask_for_everything(link, note, by)


@transaction.atomic
def ask_in_words(
    account: Account, *, note: str, by: User, line_id: str = "", everything: bool = False
) -> ShareRequest:
    """A manager asks on the account's side, which names no resource: who answers picks what is meant."""
    check_manager(account, by)
    stay = account.open_link
    if stay is None:
        raise NotLinked
    link = _held_for(by, [stay])[stay.pk]
    check_receiver(link.account)
    if everything:
        return _ask_for_everything(link, note, by, is_from_account=True)
    if not (plain(note) or plain(line_id)):
        raise NothingDescribed(fields={"note": [str(NothingDescribed.message)]})
    _check_pace(link, by)
    return _create(link, by, note, What.WORDS, line_id=plain(line_id), is_from_account=True)


@transaction.atomic
def withdraw(asked: ShareRequest, *, by: User) -> None:
    if asked.asked_by_id != by.pk:
        raise NotYours
    close(asked, State.WITHDRAWN, by)


def waiting_requests(organization: Organization) -> ShareRequestQuerySet:
    return ShareRequest.objects.of_organization(organization).answerable()


def overview(organization: Organization) -> list[Section]:
    """What waits, for the organization's overview."""
    waiting = waiting_requests(organization).count()
    if not waiting:
        return []
    text = ngettext("%(count)s share request waits", "%(count)s share requests wait", waiting)
    url = reverse("resources:share-requests", args=[organization.code]) + "?state=PENDING"
    return [Section(_("Share requests"), [Line(text % {"count": waiting}, url, "wait")], rank=11)]


def waiting_for(to_link: Link) -> set[object]:
    """Ids of the resources that were asked for this link and wait for an answer."""
    asked = ShareRequest.objects.answerable().filter(to_link=to_link, what=What.RESOURCE)
    return set(asked.values_list("resource_id", flat=True))


def refusals(
    organization: Organization, resource: Resource, links: Iterable[Link]
) -> dict[object, str | Promise]:
    """For each link, why the resource cannot be asked for it; empty when it can. Five queries at most."""
    owner = Link.objects.open().filter(account=resource.owner_account_id).first()
    shared = set(Share.objects.open().filter(resource=resource).values_list("to_link_id", flat=True))
    by_rule = Standing.of(organization).receivers_of(resource)
    asked = set(resource.share_requests.answerable().values_list("to_link_id", flat=True))

    def refusal(link: Link) -> str | Promise:
        found = rules.refusal(
            resource, link, from_link=owner, is_shared=link.pk in shared, is_by_rule=link.pk in by_rule
        )
        return found or (ASKED_ALREADY if link.pk in asked else "")

    return {link.pk: refusal(link) for link in links}


def _held_for(by: User, links: Iterable[Link]) -> dict[object, Link]:
    """The person, so that open requests are counted one by one; then the links. What is overdue ends."""
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    held = locked(Q(pk__in={link.pk for link in links}))
    if any(link.ended_at is not None for link in held.values()):
        raise NotLinked
    for late in ShareRequest.objects.overdue().filter(to_link__in=held.values()).with_parties():
        end(late, State.EXPIRED)
    return held


def _check_member(link: Link, by: User) -> None:
    sharing = Membership.objects.filter(user=by, role__in=roles_with(Action.SHARE))
    if sharing.filter(organization=link.organization_id).exists():
        raise MayShare


def _check_pace(link: Link, by: User, *, more: int = 1) -> None:
    own = ShareRequest.objects.in_time().filter(asked_by=by, to_link__account=link.account_id)
    if own.count() + more > MOST_OPEN:
        raise TooManyOpen


def _check_askable(link: Link, resources: Sequence[Resource]) -> None:
    """What a rule forbids cannot be granted later either."""
    waiting = waiting_for(link)
    for choice in choices_for(link, resources):
        refused = choice.refused or (ASKED_ALREADY if choice.resource.pk in waiting else "")
        if refused:
            told = {"resource": choice.resource.name, "reason": refused}
            raise NotAskable(_("“%(resource)s” cannot be asked for: %(reason)s Nothing was asked.") % told)


def _ask_for_everything(link: Link, note: str, by: User, *, is_from_account: bool = False) -> ShareRequest:
    if refused := everything_refusal(link):
        raise NotAskable(refused)
    _check_pace(link, by)
    return _create(link, by, note, What.EVERYTHING, is_from_account=is_from_account)


def _create(
    link: Link,
    by: User,
    note: str,
    what: ShareRequest.What,
    *,
    resource: Resource | None = None,
    line_id: str = "",
    is_from_account: bool = False,
) -> ShareRequest:
    try:
        with transaction.atomic():  # the constraints "one pending request" have the last word
            asked = ShareRequest.objects.create(
                to_link=link, what=what, resource=resource, line_id=line_id, note=plain(note)[:500],
                is_from_account=is_from_account, asked_by=by,
            )  # fmt: skip
    except IntegrityError as twice:
        raise AskedAlready from twice
    record("asked", asked, by)
    notices.tell_who_may_answer(asked)
    return asked
