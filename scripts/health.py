"""A container's health: `python -m scripts.health web:8000` asks `/readyz` there, as itself."""

import http.client
import os
import sys
from urllib.parse import urlsplit

PATIENCE_SECONDS = 5


def reasons(address: str, host: str) -> str:
    """What keeps the console at `address` from being ready; empty when nothing does."""
    connection = http.client.HTTPConnection(address, timeout=PATIENCE_SECONDS)
    try:
        connection.request("GET", "/readyz", headers={"Host": host})
        answer = connection.getresponse()
        said = answer.read(2000).decode(errors="replace").strip()
        return "" if answer.status == http.HTTPStatus.OK else f"{answer.status} {said}"
    except (OSError, http.client.HTTPException) as error:
        return type(error).__name__
    finally:
        connection.close()


def main(address: str) -> int:
    # Any other name is refused by ALLOWED_HOSTS.
    said = reasons(address, urlsplit(os.environ.get("SITE_URL", "")).netloc or address)
    print(said or "ready")
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
