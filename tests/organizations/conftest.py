from __future__ import annotations

import pytest

from organizations import invitations
from organizations.invitations import Issued
from organizations.models import Organization
from organizations.permissions import Role
from users.models import User


@pytest.fixture
def issued(acme: Organization, alice: User) -> Issued:
    return invitations.invite(acme, Role.OPERATOR, by=alice)
