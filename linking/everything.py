"""The standing rule of a link: its account may use every resource of the organization, now and later.

What that comes to is for `resources` to say; here it starts, stops and is told.
"""

from __future__ import annotations

from django.db import transaction

from linking.errors import NotAReceiver, NotLinkedHere
from linking.models import Account, Link
from organizations import audit
from users.models import User


def check_receiver(account: Account) -> None:
    if not account.takes_shared_resources:
        raise NotAReceiver


@transaction.atomic
def share_everything(link: Link, *, by: User) -> bool:
    """Start the rule; False if it stood already."""
    check_receiver(link.account)
    return _set(link, by, shares_everything=True)


@transaction.atomic
def stop_sharing_everything(link: Link, *, by: User) -> bool:
    """Stop the rule; what is shared one by one stays. False if it did not stand."""
    return _set(link, by, shares_everything=False)


def _set(link: Link, by: User, *, shares_everything: bool) -> bool:
    changed = Link.objects.open().filter(pk=link.pk, shares_everything=not shares_everything)
    if changed.update(shares_everything=shares_everything):
        link.shares_everything = shares_everything
        _tell(link, by)
        return True
    if not Link.objects.open().filter(pk=link.pk).exists():
        raise NotLinkedHere
    return False


def _tell(link: Link, by: User) -> None:
    """Into the history, for a link whose rule was started or stopped just now."""
    verb = "started" if link.shares_everything else "stopped"
    audit.record(
        f"share.everything_{verb}", link, by=by, organization=link.organization, account=link.account
    )
