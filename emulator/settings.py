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


CHOICES = {
    "replace_counts": {"jobs", "requests"},
    "name_filter": {"partial", "exact"},
    "bad_line": {"request", "job"},
    "default_id_type": {"IFA", "HASHED_PHONE_NUMBER", "HASHED_EMAIL"},
    "link_approval": {"manual", "auto"},
    "overlap_of": {"base", "smaller"},
}


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
    replace_counts: str = "jobs"  # running REPLACE jobs count too, or only "requests" on the wire
    max_file_bytes: int = 62_914_560
    max_ifa_lines: int = 1_500_000
    max_audiences: int = 1_000
    max_name: int = 120
    max_page: int = 100
    jobs_kept: int = 50
    expiry_days: int = 180
    purge_days: int = 30  # after the expiry
    max_lookalikes: int = 10
    lookalike_source_low: int = 100  # people
    lookalike_source_high: int = 10_000_000
    max_keywords: int = 50
    max_keyword: int = 1_000  # characters
    video_recency: int = 30  # days
    max_conversions: int = 100
    max_group_depth: int = 5
    max_group_children: int = 100
    max_group_accounts: int = 1_000
    max_account_groups: int = 20
    max_json_ids: int = 10_000
    max_file_ids: int = 1_500_000
    max_audience_jobs: int = 10
    message_days: int = 60
    click_minimum: int = 50  # people

    default_id_type: str = "IFA"
    replace_creates: bool = True
    name_filter: str = "partial"  # or "exact"
    bad_line: str = "request"  # a wrong line fails the "request" (400) or, later, the "job"
    standard_base64: bool = False  # whether + and / are accepted in a signature
    link_approval: str = "manual"  # or "auto": a request for an ad account is approved at once
    shared_in_ads_list: bool = True
    overlap_of: str = "base"  # or "smaller": which audience the rate is a part of
    any_file_type: bool = False  # whether files of the Messaging API may be other than text/plain

    match_rate_low: float = 0.5
    match_rate_high: float = 0.8
    match_seed: int = 1
    friend_rate: float = 1.0  # of user ids in an upload
    rule_size: int = 10_000  # people, about, in an audience made by a rule
    line_users: int = 20_000_000  # of whom a lookalike takes its share
    lookalike_auto_rate: float = 0.01
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
    if text not in CHOICES.get(field.name, {text}):
        raise BadSetting(f"{variable} must be one of: {', '.join(sorted(CHOICES[field.name]))}.")
    try:
        return READERS[str(field.type)](text)
    except ValueError as error:
        raise BadSetting(f"{variable} is not a valid {field.type}.") from error
