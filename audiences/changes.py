"""Renaming and deleting an audience: at LINE first, then here.

Both are one short call whose answer, a refusal most of all, the person waits for: so they are made in the
request, as the check of a key is. If the answer is lost we look at LINE; if that fails too nothing is written
here, and the next refresh brings the truth.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.db.models.functions import Now
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audiences import hitches, mirrors
from audiences.claims import Wait
from audiences.connectors import NameTaken
from audiences.hitches import Hitch, Hitched, hitch_of
from audiences.models import Run
from audiences.reaching import Reached, reached
from audiences.services import NoKey
from lineads.errors import LineAdsError
from lineads.shapes import CustomAudience
from linking.models import Account
from organizations import audit
from organizations.errors import DomainError, Invalid
from resources.endings import end_resource
from resources.models import Resource
from users.models import User

CALL_SECONDS = 6.0  # three of them fit into what a web server grants a request
NAME_CODES = ("AUDIENCE_GROUP_NAME_EMPTY", "AUDIENCE_GROUP_NAME_SIZE_OVER", "AUDIENCE_GROUP_NAME_WRONG")
GONE = "AUDIENCE_GROUP_NOT_FOUND"
REFUSALS: dict[str, Promise] = {
    "AUDIENCE_GROUP_NAME_DUPLICATE": gettext_lazy(
        "The ad account has an audience with this name already. Choose another name."
    ),
    **dict.fromkeys(NAME_CODES, gettext_lazy("LINE does not accept this name. Choose another one.")),
    GONE: gettext_lazy("LINE no longer has this audience. The console looks at LINE again now."),
    "CANNOT_REMOVE_AUDIENCE_STILL_IN_USE": gettext_lazy(
        "Ads still use this audience. Take it out of their ad groups in LINE Ad Manager, then delete it."
    ),
    "AUDIENCE_GROUPS_CAN_NOT_DELETE_REFFERED_LOOKALIKE_AUDIENCE_GROUP_STILL_EXISTS": gettext_lazy(
        "Lookalike audiences are built on this one. Delete them first."
    ),
}


class NotChangeable(DomainError):
    code = "not_changeable"
    message = gettext_lazy("This is not an audience of a LINE Ads account. Change it where it was made.")


class NotAtLineYet(DomainError):
    code = "not_at_line_yet"
    message = gettext_lazy("LINE does not know this audience yet. Rename it when its first list was sent.")


class BeingFilled(DomainError):
    code = "being_filled"
    message = gettext_lazy("A run is filling this audience. Wait until it has ended, or cancel it first.")


class NotConfirmed(Invalid):
    message = gettext_lazy("Type the audience's name exactly as it is shown.")

    def __init__(self) -> None:
        super().__init__(fields={"confirm_name": [str(self.message)]})


class LineRefused(DomainError):
    code = "line_refused"


class AnswerLost(DomainError):
    code = "answer_lost"
    message = gettext_lazy(
        "LINE's answer was lost, and nothing was changed here. The console looks at LINE again now: "
        "load the audience's page then."
    )


class StillThere(DomainError):
    code = "still_there"
    message = gettext_lazy("LINE's answer was lost, and LINE still has the audience. Delete it once more.")


def rename_audience(audience: Resource, *, by: User, name: str) -> None:
    """Outside of transactions: it waits for LINE."""
    account = _account_of(audience)
    if audience.line_id is None:
        raise NotAtLineYet
    namesakes = Resource.objects.filter(owner_account=account, name=name).exclude(pk=audience.pk)
    if namesakes.exclude(status=Resource.Status.DELETED).exists():
        raise NameTaken("name")
    if name != audience.name:
        with asking(account) as line:
            named = _rename(line, audience, name)
        _keep_name(audience, named, by=by)


def _rename(line: Reached, audience: Resource, name: str) -> str:
    """The name that LINE keeps for it now."""
    ad_account, line_id = line.account.line_id, audience.line_id or ""
    try:
        return line.ask(lambda client: client.rename(ad_account, line_id, name)).name or name
    except LineAdsError as error:
        if error.was_processed is not None:
            raise
    found = _look(line, audience, name)
    if found is None:
        mirrors.refresh_soon(line.account)
        raise AnswerLost
    return found.name


@transaction.atomic
def _keep_name(audience: Resource, name: str, *, by: User) -> None:
    living = Resource.objects.filter(pk=audience.pk).exclude(status=Resource.Status.DELETED)
    before, name = audience.name, name[:120]
    if living.update(name=name, refreshed_at=Now()):
        audience.name = name
        _record("resource.renamed", audience, by=by, before=before, after=name)


def delete_audience(audience: Resource, *, by: User, confirm_name: str) -> None:
    """Outside of transactions: it waits for LINE."""
    account = _account_of(audience)
    if confirm_name.strip() != audience.name:
        raise NotConfirmed
    if Run.objects.active().filter(destination=audience).exists():
        raise BeingFilled
    if audience.line_id:
        with asking(account) as line:
            _delete(line, audience)
    end_resource(audience, by=by)


def _delete(line: Reached, audience: Resource) -> None:
    """Returns when it is gone at LINE, by this call or before it."""
    ad_account, line_id = line.account.line_id, audience.line_id or ""
    try:
        line.ask(lambda client: client.delete(ad_account, line_id))
        return
    except LineAdsError as error:
        if GONE in error.reasons:
            return
        if error.was_processed is not None:
            raise
    if _look(line, audience, audience.name) is not None:
        raise StillThere


def _look(line: Reached, audience: Resource, name: str) -> CustomAudience | None:
    """The audience as LINE lists it under that name. Cannot look either: nobody knows what became of it."""
    ad_account = line.account.line_id
    try:
        found = line.ask(lambda client: client.audiences_named(ad_account, name))
    except (LineAdsError, Wait) as error:
        mirrors.refresh_soon(line.account)
        raise AnswerLost from error
    return next((each for each in found if each.id == audience.line_id), None)


def _account_of(audience: Resource) -> Account:
    account = audience.owner_account
    if account is None or not audience.is_changed_at_line:
        raise NotChangeable
    return account


@contextmanager
def asking(account: Account) -> Iterator[Reached]:
    """LINE behind the account, for one act of a person; what goes wrong becomes a sentence."""
    link = account.open_link
    if link is None:
        raise NoKey
    try:
        with reached(link.organization, account, deadline=CALL_SECONDS) as line:
            yield line
    except Hitched as hitched:
        raise NoKey from hitched
    except Wait as wait:
        raise _in_words(Hitch.RATE_LIMITED, _("Try again in a minute.")) from wait
    except LineAdsError as error:
        raise _refusal(error, account) from error


def _refusal(error: LineAdsError, account: Account) -> DomainError:
    for code in error.reasons:
        if code in REFUSALS:
            if code == GONE:
                mirrors.refresh_soon(account)
            is_name = code.startswith("AUDIENCE_GROUP_NAME")
            return LineRefused(REFUSALS[code], fields={"name": [str(REFUSALS[code])]} if is_name else None)
    hitch = hitch_of(error)
    is_passing = hitch in (Hitch.UNREACHABLE, Hitch.REFUSED)
    return _in_words(hitch, _("Nothing was changed. Try again later.") if is_passing else "")


def _in_words(hitch: Hitch, todo: str) -> LineRefused:
    refused = LineRefused(f"{hitch.label} {todo or hitches.what_to_do(hitch)}")
    refused.code = hitch.value
    return refused


def _record(action: str, audience: Resource, *, by: User, **details: str) -> None:
    audit.record(
        action,
        audience,
        by=by,
        organization=audience.organization,
        account=audience.owner_account,
        **details,
    )
