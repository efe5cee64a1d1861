"""People who signed up and never proved their address: forgotten after a day, so that it is free again."""

from __future__ import annotations

from datetime import timedelta

from allauth.account.models import EmailAddress
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now

from users.models import User

KEPT = timedelta(hours=24)


def forget_unproved() -> int:
    """Nobody can have signed in as one of them, so nothing else is theirs; says how many."""
    proved = EmailAddress.objects.filter(user=OuterRef("pk"), verified=True)
    signed_up = EmailAddress.objects.filter(user=OuterRef("pk"))
    old = User.objects.filter(last_login=None, memberships=None, date_joined__lt=Now() - KEPT)
    never = old.filter(Exists(signed_up), ~Exists(proved))
    # Asked once more for each: the code may have been entered meanwhile.
    return sum(never.filter(pk=pk).delete()[0] > 0 for pk in list(never.values_list("pk", flat=True)[:100]))
