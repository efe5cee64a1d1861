"""Talk Head View applications: asked by the account's managers, answered by the installation's operators.

The account's row is locked first, as for requests.
"""

from __future__ import annotations

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import OuterRef, Subquery
from django.urls import reverse
from django.utils import timezone

from linking.errors import (
    AlreadyGranted,
    ApplicationClosed,
    ApplicationPending,
    NotTalkHeadView,
    RefusalReasonMissing,
)
from linking.facts import plain
from linking.issuing import check_manager, locked
from linking.models import Account, AccountQuerySet, TalkHeadViewApplication
from linking.registry import record
from organizations import outbox
from users.models import User

State = TalkHeadViewApplication.State
LONGEST = 500


@transaction.atomic
def apply(account: Account, *, note: str, by: User) -> TalkHeadViewApplication:
    """Ask that the account may be linked to an organization."""
    held = locked(account)
    check_manager(held, by)
    if held.kind != Account.Kind.TALK_HEAD_VIEW:
        raise NotTalkHeadView
    if held.granted_at:
        raise AlreadyGranted
    try:
        with transaction.atomic():  # "one pending application per account" has the last word
            asked = held.applications.create(note=plain(note)[:LONGEST], asked_by=by)
    except IntegrityError as pending:
        raise ApplicationPending from pending
    record("application.sent", held, by)
    return asked


@transaction.atomic
def withdraw(application: TalkHeadViewApplication, *, by: User) -> None:
    held = locked(application.account)
    check_manager(held, by)
    _close(application, State.WITHDRAWN, by)


@transaction.atomic
def grant(application: TalkHeadViewApplication, *, by: User) -> None:
    """From now on the account may ask organizations to take it in."""
    held = locked(application.account)
    _close(application, State.GRANTED, by)
    Account.objects.filter(pk=held.pk).update(granted_at=timezone.now())
    _tell("application_granted", application, by)


@transaction.atomic
def refuse(application: TalkHeadViewApplication, *, by: User, reason: str) -> None:
    locked(application.account)
    words = plain(reason)[:LONGEST]
    if not words:
        raise RefusalReasonMissing(fields={"reason": [str(RefusalReasonMissing.message)]})
    _close(application, State.REFUSED, by, words)
    _tell("application_refused", application, by)


def waiting() -> int:
    return TalkHeadViewApplication.objects.pending().count()


def with_application(accounts: AccountQuerySet) -> AccountQuerySet:
    """Adds `application_state` of the newest application, null where there was none."""
    newest = TalkHeadViewApplication.objects.filter(account=OuterRef("pk")).order_by("-asked_at", "id")
    return accounts.annotate(application_state=Subquery(newest.values("state")[:1]))


def _close(application: TalkHeadViewApplication, state: State, by: User, reason: str = "") -> None:
    pending = TalkHeadViewApplication.objects.filter(pk=application.pk)
    if not pending.close(state, by=by, reason=reason):
        raise ApplicationClosed
    application.refresh_from_db()
    record(f"application.{state.lower()}", application.account, by)


def _tell(kind: str, application: TalkHeadViewApplication, by: User) -> None:
    account = application.account
    page = reverse("linking:account-settings", args=[account.pk])
    context = {
        "account": plain(account.name),
        "account_id": plain(account.line_id),
        "reason": application.reason,
        "url": f"{settings.SITE_URL}{page}",
    }
    managers = account.managers.filter(user__is_active=True).select_related("user")
    outbox.tell([manager.user for manager in managers if manager.user != by], kind, context)
