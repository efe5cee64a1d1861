"""Who may do what: the one table, for pages, API and templates alike."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from users.models import Scope


class Role(models.TextChoices):
    ADMINISTRATOR = "ADMINISTRATOR", _("Administrator")
    OPERATOR = "OPERATOR", _("Operator")
    VIEWER = "VIEWER", _("Viewer")


class Action(models.TextChoices):
    VIEW = "view", _("See everything of the organization")
    ASK = "ask", _("Ask that resources be shared")
    SHARE = "share", _("Share resources and stop sharing them")
    FEED = "feed", _("Upload lists, keep connectors, run syncs")
    USE_KEY = "use_key", _("Send with the organization's API keys")
    MANAGE_KEYS = "manage_keys", _("Enter and replace API keys")
    APPROVE = "approve", _("Answer link requests")
    MOVE = "move", _("Move accounts to another organization")
    MEMBERS = "members", _("Invite, change and remove members")
    OVERRIDE_GUARD = "override_guard", _("Let a run pass that a guard stopped")
    SETTINGS = "settings", _("Change the organization's settings")


ALLOWED: dict[Role, frozenset[Action]] = {
    Role.VIEWER: frozenset({Action.VIEW, Action.ASK}),
    Role.OPERATOR: frozenset({Action.VIEW, Action.ASK, Action.SHARE, Action.FEED, Action.USE_KEY}),
    Role.ADMINISTRATOR: frozenset(Action),
}

# What a REST token needs besides the person's role. No scope grants an action that is missing here.
SCOPE_FOR: dict[Action, Scope] = {
    Action.VIEW: Scope.READ,
    Action.ASK: Scope.REQUEST,
    Action.SHARE: Scope.SHARE,
    Action.FEED: Scope.FEED,
    Action.USE_KEY: Scope.FEED,
    Action.APPROVE: Scope.APPROVE,
    Action.MOVE: Scope.APPROVE,
    Action.MEMBERS: Scope.APPROVE,
    Action.SETTINGS: Scope.APPROVE,
}


def allowed(role: str) -> frozenset[Action]:
    """The actions of a role; nothing for a word that is no role."""
    return ALLOWED[Role(role)] if role in Role.values else frozenset()


def roles_with(action: Action) -> list[Role]:
    """The roles that may do it."""
    return [role for role, actions in ALLOWED.items() if action in actions]
