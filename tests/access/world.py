"""One of everything, twice: in acme (own) and in the other organization."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from allauth.usersessions.models import UserSession
from django.utils import timezone

from audiences.models import Run
from linking.models import Account, JointMove, Link
from organizations import storage
from organizations.models import Organization
from organizations.permissions import Role
from tests import factories
from tests.audiences import feeding
from users.models import Scope, User
from users.tokens import issue_token

ABSENT = uuid.UUID("00000000-0000-4000-8000-000000000000")


@dataclass(frozen=True)
class Corner:
    """One organization with one object of each kind in it."""

    organization: Organization
    objects: dict[str, Any]


def corner(organization: Organization, person: User, manager: User) -> Corner:
    account = _account(organization, manager)
    link = factories.LinkFactory.create(account=account, organization=organization)
    resource = factories.ResourceFactory.create(owner_account=account)
    waiting = _account(organization, manager)
    talk_head_view = factories.TalkHeadViewFactory.create(legal_entity=organization.legal_entity)
    talk_head_view.managers.create(user=manager)
    tag = factories.TagFactory.create(owner_organization=organization)
    objects: dict[str, Any] = {
        "organization": organization,
        "link": link,
        "account": account,
        "waiting_account": waiting,
        "talk_head_view": talk_head_view,
        "application": factories.ApplicationFactory.create(account=talk_head_view, asked_by=manager),
        "managing_person": manager,
        "legal_entity": organization.legal_entity,
        "resource": resource,
        "line_tag": tag,
        "tag_event": factories.TagEventFactory.create(tag=tag, last_contact_at=timezone.now()),
        "sharing_rule": factories.SharingRuleFactory.create(organization=organization, created_by=person),
        "bulk_change": factories.BulkChangeFactory.create(organization=organization, created_by=person),
        "share": factories.ShareFactory.create(resource=resource, to_link=link, shared_by=person),
        "share_request": factories.ShareRequestFactory.create(
            resource=resource, to_link=link, asked_by=person
        ),
        "request_in_words": factories.ShareRequestFactory.create(
            in_words=True, to_link=link, asked_by=manager
        ),
        "link_request": factories.LinkRequestFactory.create(
            account=waiting, organization=organization, issued_by=manager
        ),
        "invitation": factories.InvitationFactory.create(organization=organization, issued_by=person),
        "seat": organization.memberships.create(user=factories.UserFactory.create(), role=Role.VIEWER),
        "started_move": factories.LinkRequestFactory.create(
            account=account,
            organization=None,
            organization_code="BM99999999999",
            issued_by=person,
            moves_from=link,
        ),
        "joint_move": _joint_move(factories.LinkFactory.create(), organization, person),
        "started_joint_move": _joint_move(_another_link(link), None, person),
        **_feeding(person, link),
        "session": UserSession.objects.create(
            user=person, ip="192.0.2.1", session_key=f"{person.pk.hex}", user_agent="Firefox/140"
        ),
        "token": issue_token(person, name="One", scopes=[Scope.READ], expires_at=None)[0],
    }
    return Corner(organization, objects)


def _account(organization: Organization, manager: User) -> Account:
    account = factories.AdsAccountFactory.create(legal_entity=organization.legal_entity)
    account.managers.create(user=manager)
    return account


def _another_link(link: Link) -> Link:
    return factories.LinkFactory.create(organization=link.organization)


def _joint_move(link: Link, receiver: Organization | None, person: User) -> JointMove:
    offered: JointMove = factories.JointMoveFactory.create()
    factories.LinkRequestFactory.create(
        account=link.account,
        organization=receiver,
        issued_by=person,
        moves_from=link,
        joint_move=offered,
    )
    return offered


def _feeding(person: User, link: Link) -> dict[str, Any]:
    key = feeding.a_key(link)
    dataset = feeding.a_list(link.organization, person)
    connector = feeding.a_connector(dataset, link.account, person)
    run = feeding.a_run(connector, person)
    with storage.SealedWriter("rejects") as file:
        file.write(b"line,reason\n")
    Run.objects.filter(pk=run.pk).update(rejects_name=file.name)
    return {"api_key": key, "dataset": dataset, "connector": connector, "run": run}
