"""What LINE does not document, and where the process lives: one field, one environment variable."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


class BadSetting(Exception):
    """An environment variable holds something its setting cannot be."""


def _flag(text: str) -> bool:
    if text.lower() not in {"0", "1", "false", "true"}:
        raise ValueError(text)
    return text.lower() in {"1", "true"}


READERS: Mapping[str, Callable[[str], Any]] = {"int": int, "float": float, "str": str, "bool": _flag}


@dataclass(frozen=True)
class Settings:
    """`EMULATOR_<FIELD>` in the environment; docs/emulator.md tells which open question each one answers."""

    port: int = 8001
    dir: str = "var/emulator"
    console: bool = False

    job_seconds: float = 1.0
    clock_window: int = 900
    ads_rate: float = 10.0  # requests a second, per access key and call
    messaging_rate: float = 60.0  # requests a minute, per channel and call
    replace_limit: int = 3
    replace_counts: str = (
        "jobs"  # "jobs": running REPLACE jobs count too; "requests": only what is on the wire
    )
    max_file_bytes: int = 62_914_560
    max_ifa_lines: int = 1_500_000
    max_audiences: int = 1_000
    max_name: int = 120
    max_page: int = 100
    jobs_kept: int = 50
    expiry_days: int = 180

    default_id_type: str = "IFA"
    replace_creates: bool = True
    name_filter: str = "partial"  # or "exact"
    bad_line: str = "request"  # a wrong line fails the "request" (400) or, later, the "job"
    standard_base64: bool = False  # whether + and / are accepted in a signature

    match_rate_low: float = 0.5
    match_rate_high: float = 0.8
    match_seed: int = 1
    small_audience: int = 100
    timezone: str = "Asia/Tokyo"
    currency: str = "JPY"
    country: str = "JP"


def from_environment(environment: Mapping[str, str]) -> Settings:
    return Settings(**{field.name: _read(field, environment) for field in dataclasses.fields(Settings)})


def _read(field: dataclasses.Field[Any], environment: Mapping[str, str]) -> Any:
    variable = f"EMULATOR_{field.name.upper()}"
    text = environment.get(variable, "")
    if not text:
        return field.default
    try:
        return READERS[str(field.type)](text)
    except ValueError as error:
        raise BadSetting(f"{variable} is not a valid {field.type}.") from error
