"""Two organizations of one company, and accounts that one offers to the other together."""

from __future__ import annotations

from typing import Any

from linking import joint_moves, services
from linking.models import JointMove, Link, LinkRequest
from organizations.models import Organization
from tests import factories
from users.models import User


def links_of(organization: Organization, count: int = 3) -> list[Link]:
    accounts = [
        factories.AdsAccountFactory.create(legal_entity=organization.legal_entity) for _ in range(count)
    ]
    return [factories.LinkFactory.create(account=account, organization=organization) for account in accounts]


def offer(links: list[Link], receiver: Organization, by: User) -> JointMove:
    organization = links[0].organization
    return services.start_moves(organization, links, receiver.code, by=by).joint_move


def approve(offered: JointMove, by: User, **changed: str) -> list[services.Approval]:
    moves = joint_moves.moves_of(offered)
    given: dict[str, Any] = {
        "typed_code": moves[0].organization_code,
        "facts_digest": joint_moves.digest_of(moves),
    }
    return services.approve_moves(offered, by=by, **given | changed)


def states(offered: JointMove) -> list[str]:
    return sorted(offered.moves.values_list("state", flat=True))


def one_of(offered: JointMove) -> LinkRequest:
    return joint_moves.moves_of(offered)[0]
