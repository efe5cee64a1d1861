"""`demo.json`: what a newcomer and a test need to know of the demo data. Mode 0600, written whole."""

from __future__ import annotations

import json
import os
import random
import secrets
from pathlib import Path
from typing import Any

from django.conf import settings

from bizmanager import demo
from linking.models import Account
from organizations.models import Organization
from organizations.permissions import Role
from users.models import ApiToken, User, token_digest
from users.tokens import issue_token

CUSTOMERS = 5_000
EVERY_TWICE, EVERY_UNUSABLE = 50, 100
CITIES = ["Taipei", "Taichung", "Tainan", "Kaohsiung", "Hualien"]


def path() -> Path:
    return Path(settings.DATA_DIR) / "demo.json"


def known() -> dict[str, Any]:
    """What the file says now; nothing when it is missing or unreadable."""
    try:
        found = json.loads(path().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def line_secrets() -> demo.LineSecrets:
    """Those of the last start, else new ones."""
    old = known()
    try:
        ads, messaging = old["line_ads"], old["messaging"]
        return demo.LineSecrets(ads["access_key"], ads["secret_key"], messaging["channel_access_token"])
    except (KeyError, TypeError):
        return demo.LineSecrets.new()


def contents(organization: Organization, line: demo.LineSecrets) -> dict[str, Any]:
    old = {user.get("email"): user for user in known().get("users", [])}
    users = [_user(person, organization, old.get(person.email, {})) for person in demo.PEOPLE]
    return {
        "web": f"http://127.0.0.1:{settings.PORT}",
        "emulator": f"http://127.0.0.1:{settings.EMULATOR_PORT}",
        "users": users,
        "organization": {"id": organization.code, "name": organization.name},
        "api_token": users[0]["token"],
        "accounts": [_account(row) for row in Account.objects.filter(legal_entity=organization.legal_entity)],
        "line_ads": {
            "access_key": line.access_key, "secret_key": line.secret_key, "ad_account": demo.LINKED,
            "group": demo.GROUP_ID,
        },
        "messaging": {"channel_access_token": line.channel_access_token, "basic_id": demo.TO_BE_LINKED},
        "sample": "var/demo/customers.csv",
    }  # fmt: skip


def _user(person: demo.Person, organization: Organization, old: dict[str, Any]) -> dict[str, Any]:
    user = User.objects.get(email=person.email)
    is_member = person.role in Role.values
    return {
        "email": person.email,
        "password": _password(user, str(old.get("password", ""))),
        "role": str(person.role),
        "organization": organization.code if is_member else None,
        "accounts": person.manages,
        "token": _token(user, person, str(old.get("token", ""))),
    }


def _password(user: User, old: str) -> str:
    """The one of the last start if it still opens the door, else a new one."""
    if old and user.check_password(old):
        return old
    password = f"demo-{secrets.token_urlsafe(9)}"
    user.set_password(password)
    user.save(update_fields=["password"])
    return password


def _token(user: User, person: demo.Person, old: str) -> str:
    if old and ApiToken.objects.usable().filter(user=user, digest=token_digest(old)).exists():
        return old
    return issue_token(user, name="Demo", scopes=person.scopes, expires_at=None)[1]


def _account(account: Account) -> dict[str, Any]:
    return {
        "kind": account.kind,
        "name": account.name,
        "id": account.public_id,
        "search_id": account.search_id if account.is_official else None,
        "verified": account.verification in {"VERIFIED", "PREMIUM"} if account.is_official else None,
        "linked": account.open_link is not None,
        "manager": next(iter(demo.managers_of(account.public_id)), None),
    }


def write(contents: dict[str, Any]) -> None:
    """Whole or not at all: a draft beside it, then a rename."""
    target = path()
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(contents, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    draft.replace(target)


def write_sample() -> None:
    """5,000 customers that do not exist, spelled as shops spell them: 2 % twice, 1 % not usable."""
    target = Path(settings.DATA_DIR) / "demo" / "customers.csv"
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_suffix(".draft")
    draft.write_text(
        "customer_id,phone,email,city\n" + "".join(map(_customer, range(CUSTOMERS))), encoding="utf-8"
    )
    draft.replace(target)


def _customer(number: int) -> str:
    chance = random.Random(number)  # noqa: S311  the same made-up people on every machine
    person = number - 1 if number % EVERY_TWICE == 1 else number
    digits = f"0900{person:06d}"
    spellings = [
        digits,
        f"{digits[:4]}-{digits[4:7]}-{digits[7:]}",
        f"+886 {digits[1:4]} {digits[4:7]} {digits[7:]}",
    ]
    phone = "unknown" if number % EVERY_UNUSABLE == EVERY_TWICE else chance.choice(spellings)
    return f"C{number:05d},{phone},customer{person}@mail.example,{chance.choice(CITIES)}\n"
