"""docker-compose.yml against the schema of the Compose Specification (Apache-2.0, kept in tests/vendor)."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from scripts.preflight import ROOT

SCHEMA = ROOT / "tests" / "vendor" / "compose-spec.json"


def read(path: Path = ROOT / "docker-compose.yml") -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return document


def complaints(document: dict[str, Any]) -> list[str]:
    validator = jsonschema.Draft7Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(document)]


def wrong() -> str:
    """One line for each place where the file is not a compose file."""
    return "\n".join(complaints(read()))
