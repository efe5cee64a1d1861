"""What installation operators do before a journey; no page of this console does it yet."""

from __future__ import annotations

import json
import sys

from linking.models import Account
from tests import factories
from users.models import User


def register_official(name: str, basic_id: str, manager: str, like: str) -> str:
    """A verified Official Account of the legal entity that the account `like` belongs to."""
    entity = Account.objects.addressed(like).get().legal_entity
    account = factories.OfficialAccountFactory.create(name=name, basic_id=basic_id, legal_entity=entity)
    account.managers.create(user=User.objects.get(email=manager))
    return str(account.pk)


def register_audience(name: str, owner: str) -> str:
    """An audience that was made in LINE Ads Manager, as the console knows it."""
    account = Account.objects.addressed(owner).get()
    return str(factories.ResourceFactory.create(name=name, owner_account=account).pk)


def forget_languages() -> int:
    """What one journey chose must not greet the people of the next."""
    return User.objects.update(language="")


ERRANDS = {errand.__name__: errand for errand in (register_official, register_audience, forget_languages)}


def serve() -> None:
    """Each line in is `[name, arguments]`, each line out what the errand returned."""
    for line in sys.stdin:
        name, arguments = json.loads(line)
        print(json.dumps(ERRANDS[name](**arguments)), flush=True)
