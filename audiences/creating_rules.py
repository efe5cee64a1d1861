"""Creating audiences that LINE fills by a rule: at LINE first, then here, and never twice.

One short call whose answer the person waits for, as in `changes`. LINE refuses a second audience of the same
name, so the name is what a lost answer is looked up by.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from audiences import mirrors
from audiences.audience_rules import Rule, described, wrong
from audiences.changes import NAME_CODES, AnswerLost, LineRefused, asking
from audiences.claims import Wait
from audiences.connectors import NAME_LENGTH, NameTaken
from audiences.reaching import Reached
from audiences.uploads import status_of
from lineads.errors import Kind, LineAdsError
from lineads.shapes import CustomAudience
from linking.models import Account
from organizations import audit
from organizations.names import plain
from resources.models import Resource
from users.models import User

CLOCKS_APART = timedelta(seconds=60)  # LINE's and ours
WEB = "WEBTRAFFIC_AUDIENCE_GROUP"
NO_SOURCE = _("LINE does not find this audience. Choose another one.")
# LINE's reason: the entry it is about ("" for none), and what to do.
REFUSALS: dict[str, tuple[str, Promise]] = {
    "AUDIENCE_GROUP_NAME_DUPLICATE": (
        "name",
        _("The ad account has an audience with this name already. Choose another name."),
    ),
    **dict.fromkeys(NAME_CODES, ("name", _("LINE does not accept this name. Choose another one."))),
    "AUDIENCE_GROUP_COUNT_MAX_OVER": (
        "",
        _("The ad account has as many audiences as LINE allows. Delete one that no ad needs."),
    ),
    "ACCOUNT_FRIENDS_AUDIENCE_GROUP_ALREADY_EXISTS": (
        "friends",
        _("The ad account has an audience of these people already. Use that one."),
    ),
    "LOOKALIKE_AUDIENCE_GROUP_COUNT_MAX_OVER": (
        "",
        _("The ad account has as many lookalike audiences as LINE allows. Delete one that no ad needs."),
    ),
    "LOOKALIKE_DUPLICATE_AUDIENCE_GROUP": (
        "source",
        _("The ad account has a lookalike of this audience and size already. Use that one."),
    ),
    "LOOKALIKE_SOURCE_AUDIENCE_GROUP_INSUFFICIENT": (
        "source",
        _("LINE finds too few people in this audience. Choose one of at least 100 people."),
    ),
    "LOOKALIKE_SOURCE_AUDIENCE_GROUP_TOO_MUCH": (
        "source",
        _("This audience is too large for a lookalike. Choose a smaller one."),
    ),
    "LOOKALIKE_SOURCE_AUDIENCE_GROUP_NOT_FOUND": ("source", NO_SOURCE),
    f"{WEB}_NOT_EXISTS_WEBTRAFFIC_CUSTOM_EVENT_NAME": (
        "custom_event",
        _("The tag has not reported this event. Check the name, or wait until a page reports it."),
    ),
}


class CreationLost(AnswerLost):
    message = _(
        "LINE's answer was lost. The console looks at LINE again now: if the audience was made, it appears "
        "in the list. If it does not, create it once more."
    )


def create_audience(account: Account, name: str, rule: Rule, *, by: User) -> Resource:
    """Outside of transactions: it waits for LINE."""
    name = plain(name)
    if not name or len(name) > NAME_LENGTH:
        raise wrong("name", _("Give the audience a name of one line, at most 120 characters."))
    rule.check(account)
    namesakes = Resource.objects.filter(owner_account=account, name=name)
    if namesakes.exclude(status=Resource.Status.DELETED).exists():
        raise NameTaken("name")
    with asking(account) as line:
        if _named(line, name):
            raise NameTaken("name")
        made = _create(line, name, rule)
    return _keep(account, name, rule, made, by=by)


def _create(line: Reached, name: str, rule: Rule) -> CustomAudience:
    ad_account, began = line.account.line_id, timezone.now()
    body = {"name": name, "functionType": rule.kind.value, **described(rule)}
    try:
        return line.ask(lambda client: client.create(ad_account, body))
    except LineAdsError as error:
        if refusal := _refusal(error):
            raise refusal from error
        if error.was_processed is not None:
            raise
        return _found(line, name, rule, began)


def _refusal(error: LineAdsError) -> LineRefused | None:
    """What LINE says about this rule; nothing for what it says about keys, pace or itself."""
    for code in error.reasons:
        if code in REFUSALS:
            field, message = REFUSALS[code]
            return LineRefused(message, fields={field: [str(message)]} if field else None)
    if error.kind != Kind.INVALID:
        return None
    said = ", ".join(error.reasons)[:200]
    return LineRefused(
        _("LINE does not accept this rule. Correct it. LINE's word: %(reason)s") % {"reason": said}
    )


def _found(line: Reached, name: str, rule: Rule, began: datetime) -> CustomAudience:
    """After a lost answer: the audience that can only be ours, by its name, its kind and its age."""
    try:
        named = _named(line, name)
    except (LineAdsError, Wait) as error:
        mirrors.refresh_soon(line.account)
        raise CreationLost from error
    for each in named:
        is_new = each.created is not None and each.created >= began - CLOCKS_APART
        if is_new and each.function_type == rule.kind:
            return each
    mirrors.refresh_soon(line.account)
    raise CreationLost


def _named(line: Reached, name: str) -> list[CustomAudience]:
    """Namesakes, without those that the console knows to be others' and only shared with this account."""
    ad_account = line.account.line_id
    found = line.ask(lambda client: client.audiences_named(ad_account, name))
    known = Resource.objects.filter(line_id__in=[each.id for each in found])
    others = set(known.exclude(owner_account=line.account).values_list("line_id", flat=True))
    return [each for each in found if each.id not in others]


@transaction.atomic
def _keep(account: Account, name: str, rule: Rule, made: CustomAudience, *, by: User) -> Resource:
    """A refresh may have met it at LINE before we could write it down: then that row is it."""
    told: dict[str, Any] = {
        "name": (made.name or name)[:NAME_LENGTH],
        "kind": rule.kind,
        "status": status_of(made),
        "size": made.estimated_size[:20] or "-",
        "create_route": Resource.CreateRoute.BUSINESS_MANAGER,
        "details": made.rules or described(rule),
        "refreshed_at": timezone.now(),
    }
    audience, is_new = Resource.objects.get_or_create(owner_account=account, line_id=made.id, defaults=told)
    if not is_new:
        Resource.objects.filter(pk=audience.pk).update(create_route=told["create_route"])
        audience.refresh_from_db()
    audit.record(
        "audience.created",
        audience,
        by=by,
        organization=audience.organization,
        account=account,
        kind=rule.kind.value,
        line_id=made.id,
    )
    return audience
