"""Who may do what, address by address. An address without a row fails the suite; so does the reverse.

`door`: public, person (signed in), manager (of the account), organization (members whose role includes the
method's action), scope (REST calls of the account side, by token scope), reviewer (operators of the
installation). `own` names the object in the path, as `world.py` makes it.
"""

from __future__ import annotations

from dataclasses import dataclass

from organizations.permissions import Action
from users.models import Scope

V, ASK, SHARE, FEED = Action.VIEW, Action.ASK, Action.SHARE, Action.FEED
USE, KEYS, APPROVE, MOVE = Action.USE_KEY, Action.MANAGE_KEYS, Action.APPROVE, Action.MOVE
MEMBERS, SETTINGS = Action.MEMBERS, Action.SETTINGS
READ, DECIDE = Scope.READ, Scope.APPROVE  # of the installation's operators


@dataclass(frozen=True)
class Row:
    door: str
    methods: dict[str, Action | Scope | None]
    own: str = ""
    is_fresh: bool = False


def public(*methods: str) -> Row:
    return Row("public", dict.fromkeys(methods or ("GET",)))


def person(*methods: str, own: str = "", is_fresh: bool = False) -> Row:
    return Row("person", dict.fromkeys(methods or ("GET",)), own, is_fresh)


def manager(*methods: str, own: str = "account", is_fresh: bool = False) -> Row:
    return Row("manager", dict.fromkeys(methods or ("GET",)), own, is_fresh)


def page(action: Action, *methods: str, own: str = "", is_fresh: bool = False) -> Row:
    return Row("organization", dict.fromkeys(methods or ("GET",), action), own, is_fresh)


def reviewer(*methods: str, own: str = "", is_fresh: bool = False) -> Row:
    return Row("reviewer", dict.fromkeys(methods or ("GET",)), own, is_fresh)


def operators(own: str = "", **methods: Scope) -> Row:
    return Row("reviewer", dict(methods), own)


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
    "resources:uses": page(V, own="resource"),
    "resources:account": page(V, own="account"),
    "resources:add-resource": page(SHARE, "GET", "POST", own="account"),
    "resources:share-everything": page(SHARE, "POST", own="account"),
    "resources:stop-sharing": page(SHARE, "POST"),
    "resources:export-shares": page(V),
    "resources:import-shares": page(SHARE, "GET", "POST"),
    "resources:bulk-list": page(V),
    "resources:new-bulk": page(SHARE, "POST"),
    "resources:bulk": page(V, own="bulk_change"),
    "resources:bulk-resources": page(SHARE, "GET", "POST", own="bulk_change"),
    "resources:bulk-accounts": page(SHARE, "GET", "POST", own="bulk_change"),
    "resources:check-bulk": page(SHARE, "POST", own="bulk_change"),
    "resources:start-bulk": page(SHARE, "POST", own="bulk_change"),
    "resources:cancel-bulk": page(SHARE, "POST", own="bulk_change"),
    "resources:bulk-report": page(V, own="bulk_change"),
    "resources:rules": page(V),
    "resources:new-rule": page(SHARE, "GET", "POST"),
    "resources:rule": page(V, own="sharing_rule"),
    "resources:change-rule": page(SHARE, "GET", "POST", own="sharing_rule"),
    "resources:sharing-map": page(V),
    "resources:shared-between": page(V, own="account"),
    "resources:stop-rule": page(SHARE, "POST", own="sharing_rule"),
    "resources:ask": page(ASK, "GET", "POST", own="account"),
    "resources:ask-for": page(ASK, "GET", "POST", own="resource"),
    "resources:share-requests": page(V),
    "resources:share-request": page(V, own="share_request"),
    "resources:grant-share-request": page(SHARE, "POST", own="share_request"),
    "resources:refuse-share-request": page(SHARE, "POST", own="share_request"),
    "resources:withdraw-share-request": page(ASK, "POST", own="share_request"),
    "resources:received": manager(),
    "resources:ask-in-words": manager("GET", "POST"),
    "resources:withdraw-own-request": manager("POST", own="request_in_words"),
    "resources:tag-list": page(V),
    "resources:new-tag": page(SHARE, "GET", "POST"),
    "resources:tag": page(V, own="line_tag"),
    "resources:rename-tag": page(SHARE, "GET", "POST", own="line_tag"),
    "resources:delete-tag": page(SHARE, "POST", own="line_tag"),
    "resources:add-tag-event": page(SHARE, "POST", own="line_tag"),
    "resources:remove-tag-event": page(SHARE, "POST", own="tag_event"),
    "resources:received-tags": manager(),
    "api-tags": api(GET=V, POST=SHARE),
    "api-tag": api("line_tag", GET=V, PATCH=SHARE, DELETE=SHARE),
    "api-tag-events": api("line_tag", POST=SHARE),
    "api-tag-event": api("tag_event", DELETE=SHARE),
    "api-received-tags": scope("account", GET=Scope.READ),
    "api-resources": api(GET=V),
    "api-shares": api(GET=V, POST=SHARE),
    "api-share-everything": api("account", GET=V, POST=SHARE, DELETE=SHARE),
    "api-share-stop": api("share", POST=SHARE),
    "api-bulk-list": api(GET=V, POST=SHARE),
    "api-bulk": api("bulk_change", GET=V),
    "api-bulk-items": api("bulk_change", GET=V),
    "api-start-bulk": api("bulk_change", POST=SHARE),
    "api-cancel-bulk": api("bulk_change", POST=SHARE),
    "api-sharing-map": api(GET=V),
    "api-sharing-rules": api(GET=V, POST=SHARE),
    "api-sharing-rule": api("sharing_rule", GET=V, PUT=SHARE, DELETE=SHARE),
    "api-share-requests": api(GET=V, POST=ASK),
    "api-share-request": api("share_request", GET=V),
    "api-grant-share-request": api("share_request", POST=SHARE),
    "api-refuse-share-request": api("share_request", POST=SHARE),
    "api-withdraw-share-request": api("share_request", POST=ASK),
    "api-account-share-requests": scope("account", GET=Scope.READ, POST=Scope.REQUEST),
    "api-withdraw-own-request": scope("request_in_words", POST=Scope.REQUEST),
    "api-received": scope("account", GET=Scope.READ),
    # organizations
    "api-organizations": scope(GET=Scope.READ, POST=Scope.APPROVE),
    "api-delete-organization": api(POST=SETTINGS),
    "api-business-info": api(GET=V, PUT=SETTINGS),
    "api-send-proof": api(POST=SETTINGS),
    "api-resubmit": api(POST=SETTINGS),
    "api-safeguards": api(GET=V, PUT=SETTINGS),
    "api-review": api("account", GET=V, POST=APPROVE),
    "api-history": api(GET=V),
    "organizations:history": page(V),
    "organizations:history-csv": page(V),
    "organizations:members": page(V),
    "organizations:leave": page(V, "POST", is_fresh=True),
    "organizations:member": page(MEMBERS, own="seat"),
    "organizations:change-role": page(MEMBERS, "POST", own="seat", is_fresh=True),
    "organizations:remove-member": page(MEMBERS, "POST", own="seat", is_fresh=True),
    "organizations:invite": page(MEMBERS, "POST", is_fresh=True),
    "organizations:revoke-invitation": page(MEMBERS, "POST", own="invitation"),
    "organizations:open-invitation": public(),
    "organizations:invitation": public(),
    "organizations:accept-invitation": person("POST"),
    "api-members": api(GET=V),
    "api-change-role": api("seat", POST=MEMBERS),
    "api-remove-member": api("seat", POST=MEMBERS),
    "api-invitations": api(GET=MEMBERS, POST=MEMBERS),
    "api-revoke-invitation": api("invitation", POST=MEMBERS),
    "organizations:settings": page(V),
    "organizations:change-safeguards": page(SETTINGS, "POST", is_fresh=True),
    "organizations:new": person("GET", "POST"),
    "organizations:business-info": page(V),
    "organizations:save-business-info": page(SETTINGS, "POST", is_fresh=True),
    "organizations:send-proof": page(SETTINGS, "POST"),
    "organizations:resubmit": page(SETTINGS, "POST"),
    "organizations:delete": page(SETTINGS, "GET", "POST", is_fresh=True),
    "organizations:confirm-address": public("GET", "POST"),
    "linking:review": page(V, own="account"),
    "linking:resubmit-review": page(APPROVE, "POST", own="account"),
    "organizations:second-factor": person(),
    "organizations:sessions": person(),
    "organizations:end-session": person("POST", own="session"),
    "organizations:end-other-sessions": person("POST"),
    "organizations:tokens": person(),
    "organizations:make-token": person("POST", is_fresh=True),
    "organizations:revoke-token": person("POST", own="token"),
    # linking: the organization's side
    "linking:request-list": page(V),
    "linking:request": page(V, own="link_request"),
    "linking:approve-request": page(APPROVE, "POST", own="link_request", is_fresh=True),
    "linking:reject-request": page(APPROVE, "POST", own="link_request", is_fresh=True),
    "linking:account-list": page(V),
    "linking:move": page(MOVE, own="account"),
    "linking:start-move": page(MOVE, "POST", own="account", is_fresh=True),
    "linking:cancel-move": page(MOVE, "POST", own="started_move"),
    "linking:moves-new": page(MOVE),
    "linking:start-moves": page(MOVE, "POST", is_fresh=True),
    "linking:started-moves": page(MOVE, own="started_joint_move"),
    "linking:cancel-moves": page(MOVE, "POST", own="started_joint_move"),
    "linking:joint-move": page(V, own="joint_move"),
    "linking:approve-moves": page(APPROVE, "POST", own="joint_move", is_fresh=True),
    "linking:reject-moves": page(APPROVE, "POST", own="joint_move", is_fresh=True),
    "api-moves": api(POST=MOVE),
    "api-cancel-moves": api("started_joint_move", POST=MOVE),
    "api-joint-move": api("joint_move", GET=V),
    "api-approve-moves": api("joint_move", POST=APPROVE),
    "api-reject-moves": api("joint_move", POST=APPROVE),
    "api-move": api("account", POST=MOVE),
    "api-cancel-move": api("started_move", POST=MOVE),
    "linking:key-list": page(V),
    "linking:key-new": page(KEYS, is_fresh=True),
    "linking:add-key": page(KEYS, "POST", is_fresh=True),
    "linking:key": page(V, own="api_key"),
    "linking:check-key": page(USE, "POST", own="api_key"),
    "linking:secret-new": page(KEYS, own="api_key", is_fresh=True),
    "linking:replace-secret": page(KEYS, "POST", own="api_key", is_fresh=True),
    "linking:approval": person(),
    "linking:open-approval": public(),
    # linking: the account's side
    "linking:own-accounts": person(),
    "linking:account-settings": manager(),
    "linking:issue-request": manager("POST", is_fresh=True),
    "linking:cancel-request": manager("POST", own="link_request"),
    "linking:apply": manager("POST", own="talk_head_view"),
    "linking:withdraw": manager("POST", own="application"),
    "linking:prove-account": page(KEYS, "POST", own="api_key", is_fresh=True),
    # linking: the installation's operators
    "linking:organization-reviews": reviewer(),
    "linking:organization-review": reviewer(own="organization"),
    "linking:decide-organization": reviewer("POST", own="organization", is_fresh=True),
    "linking:link-reviews": reviewer(),
    "linking:link-review": reviewer(own="link"),
    "linking:decide-link": reviewer("POST", own="link", is_fresh=True),
    "linking:register": reviewer(),
    "linking:register-new": reviewer(),
    "linking:register-account": reviewer("POST", is_fresh=True),
    "linking:registered": reviewer(own="account"),
    "linking:change-account": reviewer("POST", own="account", is_fresh=True),
    "linking:add-manager": reviewer("POST", own="account", is_fresh=True),
    "linking:remove-manager": reviewer("POST", own="managing_person", is_fresh=True),
    "linking:entities": reviewer(),
    "linking:entity": reviewer(own="legal_entity"),
    "linking:confirm-entity": reviewer("POST", own="legal_entity", is_fresh=True),
    "linking:unconfirm-entity": reviewer("POST", own="legal_entity", is_fresh=True),
    "linking:rename-entity": reviewer("POST", own="legal_entity", is_fresh=True),
    "linking:merge": reviewer(own="legal_entity"),
    "linking:merge-entities": reviewer("POST", own="legal_entity", is_fresh=True),
    "linking:applications": reviewer(),
    "linking:application": reviewer(own="application"),
    "linking:grant-application": reviewer("POST", own="application", is_fresh=True),
    "linking:refuse-application": reviewer("POST", own="application", is_fresh=True),
    "api-organization-reviews": operators(GET=READ),
    "api-organization-review": operators("organization", GET=READ),
    "api-verify-organization": operators("organization", POST=DECIDE),
    "api-reject-organization": operators("organization", POST=DECIDE),
    "api-link-reviews": operators(GET=READ),
    "api-link-review": operators("link", GET=READ),
    "api-verify-link": operators("link", POST=DECIDE),
    "api-reject-link": operators("link", POST=DECIDE),
    "api-register": operators(GET=READ, POST=DECIDE),
    "api-registered": operators("account", GET=READ, PATCH=DECIDE),
    "api-add-manager": operators("account", POST=DECIDE),
    "api-remove-manager": operators("managing_person", POST=DECIDE),
    "api-entities": operators(GET=READ),
    "api-entity": operators("legal_entity", GET=READ),
    "api-confirm-entity": operators("legal_entity", POST=DECIDE),
    "api-unconfirm-entity": operators("legal_entity", POST=DECIDE),
    "api-rename-entity": operators("legal_entity", POST=DECIDE),
    "api-merge-entity": operators("legal_entity", GET=READ, POST=DECIDE),
    "api-applications": operators(GET=READ),
    "api-application": operators("application", GET=READ),
    "api-grant-application": operators("application", POST=DECIDE),
    "api-refuse-application": operators("application", POST=DECIDE),
    "api-apply": scope("talk_head_view", POST=Scope.REQUEST),
    "api-withdraw": scope("talk_head_view", POST=Scope.REQUEST),
    "api-accounts": scope(GET=Scope.READ),
    "api-account-requests": scope("account", GET=Scope.READ, POST=Scope.REQUEST),
    "api-cancel-request": scope("link_request", POST=Scope.REQUEST),
    "api-requests": api(GET=V),
    "api-request": api("link_request", GET=V),
    "api-approve": api("link_request", POST=APPROVE),
    "api-reject": api("link_request", POST=APPROVE),
    "api-linked-accounts": api(GET=V),
    "api-keys": api(GET=V),
    "api-check-key": api("api_key", POST=USE),
    # feeding
    "audiences:dataset-list": page(V),
    "audiences:upload": page(FEED, "GET", "POST"),
    "audiences:dataset": page(V, own="dataset"),
    "audiences:dataset-erase": page(FEED, "POST", own="dataset"),
    "audiences:destination": page(FEED, "GET", "POST", own="dataset"),
    "audiences:connector-list": page(V),
    "audiences:connector": page(V, own="connector"),
    "audiences:connector-run": page(FEED, "POST", own="connector"),
    "audiences:refresh-all": page(USE, "POST"),
    "audiences:refresh": page(USE, "POST", own="account"),
    "audiences:choose-kind": page(FEED),
    "audiences:create": page(FEED, "GET", "POST"),
    "api-audiences": api(POST=FEED),
    "audiences:rename": page(FEED, "GET", "POST", own="resource"),
    "audiences:delete": page(FEED, "GET", "POST", own="resource"),
    "api-refresh": api("account", GET=V, POST=USE),
    "api-rename-resource": api("resource", POST=FEED),
    "api-delete-resource": api("resource", POST=FEED),
    "audiences:run-list": page(V),
    "audiences:run-csv": page(V),
    "audiences:run": page(V, own="run"),
    "audiences:run-rejects": page(V, own="run"),
    "audiences:run-send": page(USE, "POST", own="run"),
    "audiences:run-cancel": page(FEED, "POST", own="run"),
    "audiences:run-resume": page(USE, "POST", own="run"),
    "api-datasets": api(GET=V, POST=FEED),
    "api-connectors": api(GET=V, POST=FEED),
    "api-runs": api(GET=V),
    "api-run-start": api("connector", POST=FEED),
    "api-run": api("run", GET=V),
    "api-run-rejects": api("run", GET=V),
    "api-run-send": api("run", POST=USE),
    "api-run-cancel": api("run", POST=FEED),
    "api-run-resume": api("run", POST=USE),
}
