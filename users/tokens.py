"""Bearer tokens of the REST API: made, looked up, revoked."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from users.models import ApiToken, Scope, User, new_secret, token_digest

LAST_USED_STEP_SECONDS = 60


def issue_token(
    user: User, *, name: str, scopes: Iterable[Scope], expires_at: datetime | None
) -> tuple[ApiToken, str]:
    """A new token and its secret, which is shown this once."""
    secret = new_secret()
    token = ApiToken.objects.create(
        user=user, name=name, prefix=secret[:8], digest=token_digest(secret),
        scopes=[str(scope) for scope in scopes], expires_at=expires_at,
    )  # fmt: skip
    return token, secret


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer <token>`."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        parts = get_authorization_header(request).decode("latin-1").split()
        if len(parts) != 2 or parts[0].lower() != "bearer":  # noqa: PLR2004  scheme and token
            return None
        token = ApiToken.objects.usable().select_related("user").filter(digest=token_digest(parts[1])).first()
        if token is None:
            raise AuthenticationFailed(
                _("This token is not valid. Make a new one, or check for a missing character.")
            )
        _note_use(token)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


def _note_use(token: ApiToken) -> None:
    now = timezone.now()
    if token.last_used_at is None or (now - token.last_used_at).total_seconds() > LAST_USED_STEP_SECONDS:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "users.tokens.BearerAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}
