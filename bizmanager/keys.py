"""Keys that a demonstration makes for itself: written once into DATA_DIR/keys, mode 0600."""

import base64
import os
import secrets
from pathlib import Path


def made_up(folder: Path, name: str, make: str) -> str:
    """The key kept in `folder/name`; `make` says how a new one looks: "secret" or "ring"."""
    path = folder / name
    if not path.exists():
        _write_once(path, _new_ring() if make == "ring" else secrets.token_urlsafe(48))
    return path.read_text(encoding="ascii").strip()


def _new_ring() -> str:
    return "k1:" + base64.b64encode(secrets.token_bytes(32)).decode("ascii")


def _write_once(path: Path, text: str) -> None:
    """Write whole, then link into place: of several processes that start at once, one key wins."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    draft.touch(mode=0o600)
    draft.write_text(text, encoding="ascii")
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
