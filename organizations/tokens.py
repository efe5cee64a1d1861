"""A person's REST tokens, made and revoked with an entry in the history. The secret is shown once."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from organizations import audit
from organizations.errors import DomainError
from users.models import APPROVE_LIFETIME, ApiToken, Scope, User
from users.tokens import issue_token

TOKENS_PER_PERSON = 50


class TooManyTokens(DomainError):
    code = "too_many_tokens"
    message = _("You have 50 working tokens. Revoke some that you no longer need.")


@transaction.atomic
def make_token(
    user: User, *, name: str, scopes: Collection[Scope], lifetime: timedelta
) -> tuple[ApiToken, str]:
    """A token that may answer link requests lives for 24 hours at most, whatever was asked."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if ApiToken.objects.usable().filter(user=user).count() >= TOKENS_PER_PERSON:
        raise TooManyTokens
    lives = min(lifetime, APPROVE_LIFETIME) if Scope.APPROVE in scopes else lifetime
    token, secret = issue_token(user, name=name, scopes=scopes, expires_at=timezone.now() + lives)
    audit.record("token.issued", token, by=user, scopes=list(token.scopes))
    return token, secret


@transaction.atomic
def revoke_token(token: ApiToken, *, by: User) -> None:
    """At once and for good; revoking again changes nothing."""
    if ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now()):
        audit.record("token.revoked", token, by=by)
