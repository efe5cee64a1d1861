"""Calls of the installation's operators."""

from __future__ import annotations

from typing import Any

from django.test import Client

from tests import factories
from users.models import Scope, User


def call(person: User, method: str, path: str, body: Any = None, *scopes: Scope) -> Any:
    token = factories.token_for(person, *(scopes or (Scope.READ, Scope.APPROVE)))
    asked = getattr(Client(), method.lower())
    headers = {"Authorization": f"Bearer {token}"}
    return asked(f"/api/v1/installation/{path}", body, content_type="application/json", headers=headers)


def told(answer: Any) -> tuple[int, str]:
    """How a call was refused."""
    return answer.status_code, answer.json()["code"]


def wrong(answer: Any) -> tuple[int, list[str]]:
    """Which fields were refused."""
    return answer.status_code, sorted(answer.json()["fields"])
