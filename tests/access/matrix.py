"""Who may do what, address by address. An address without a row fails the suite; so does the reverse.

`door`: public, person (signed in), manager (of the account), organization (members whose role includes the
method's action), scope (REST calls of the account side, by token scope). `own` names the object in the path,
as `world.py` makes it.
"""

from __future__ import annotations

from dataclasses import dataclass

from organizations.permissions import Action
from users.models import Scope

V, SHARE, FEED = Action.VIEW, Action.SHARE, Action.FEED
USE, KEYS, APPROVE = Action.USE_KEY, Action.MANAGE_KEYS, Action.APPROVE


@dataclass(frozen=True)
class Row:
    door: str
    methods: dict[str, Action | Scope | None]
    own: str = ""
    is_fresh: bool = False


def public(*methods: str) -> Row:
    return Row("public", dict.fromkeys(methods or ("GET",)))


def person(*methods: str) -> Row:
    return Row("person", dict.fromkeys(methods or ("GET",)))


def manager(*methods: str, own: str = "account") -> Row:
    return Row("manager", dict.fromkeys(methods or ("GET",)), own)


def page(action: Action, *methods: str, own: str = "", is_fresh: bool = False) -> Row:
    return Row("organization", dict.fromkeys(methods or ("GET",), action), own, is_fresh)


def api(own: str = "", **methods: Action) -> Row:
    return Row("organization", dict(methods), own)


def scope(own: str = "", **methods: Scope) -> Row:
    return Row("scope", dict(methods), own)


MATRIX: dict[str, Row] = {
    # the console itself
    "home": person(),
    "overview": page(V),
    "healthz": public(),
    "readyz": public(),
    "metrics": public(),
    "users:set-language": public("POST"),
    "users:set-theme": public("POST"),
    "api-schema": public(),
    "api-docs": public(),
    # resources
    "resources:audience-list": page(V),
    "resources:audience": page(V, own="resource"),
    "resources:account": page(V, own="account"),
    "resources:add-resource": page(SHARE, "GET", "POST", own="account"),
    "resources:stop-sharing": page(SHARE, "POST"),
    "resources:received": manager(),
    "api-resources": api(GET=V),
    "api-shares": api(GET=V, POST=SHARE),
    "api-share-stop": api("share", POST=SHARE),
    "api-received": scope("account", GET=Scope.READ),
    # organizations
    "api-organizations": scope(GET=Scope.READ),
    "api-history": api(GET=V),
}
