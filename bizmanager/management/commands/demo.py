"""`manage.py demo`: load what is missing of the demo data, tell the emulator its keys, write demo.json."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from bizmanager import demo, demofile


class Command(BaseCommand):
    help = "Load the demo data (safe to repeat) and write DATA_DIR/demo.json."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("This installation is no demonstration (DEMO=0).")
        line = demofile.line_secrets()
        tell_emulator(line)
        organization = demo.load(line)
        demofile.write_sample()
        demofile.write(demofile.contents(organization, line))
        self.stdout.write(f"Demo data are ready: {demofile.path()}")


def tell_emulator(line: demo.LineSecrets) -> None:
    """LINE knows its keys and channels before the console does; here the demo plays LINE's clerk."""
    key = {
        "secret_key": line.secret_key,
        "group": demo.GROUP_ID,
        "ad_accounts": demo.AD_ACCOUNTS,
        "revoked": False,
    }
    _put(f"keys/{line.access_key}", key)
    _put(f"channels/{demo.TO_BE_LINKED}", {"channel_access_token": line.channel_access_token})


def _put(path: str, body: dict[str, Any]) -> None:
    url = f"http://127.0.0.1:{settings.EMULATOR_PORT}/_control/{path}"
    request = urllib.request.Request(url, json.dumps(body).encode(), method="PUT")
    request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, timeout=10):  # noqa: S310
        pass
