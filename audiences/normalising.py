"""The one door to the slow, exact rules, and what may be shown of a value."""

from __future__ import annotations

import re
from collections.abc import Iterable

from audiences.identifiers import Accepted, Form, Kind, Rejected, read_email, read_hash, read_ifa
from audiences.phones import Choice, read_phone

DOT = "\u2022"
DOTS = DOT * 3
MOST_DOTS = 8
_ends_may_show = re.compile(r"[+(]?[0-9A-Fa-f][0-9A-Fa-f ().-]{6,}[0-9A-Fa-f]")
_top_domain = re.compile("[A-Za-z]{2,12}")


def normalise(
    kind: Kind,
    value: str,
    *,
    country: str | None = None,
    countries: Iterable[str] = (),
    form: Form = Form.NATIONAL_DIGITS,
    landlines: bool = False,
    hashed: bool = False,
) -> Accepted | Rejected:
    """What is hashed and sent (sent as it is for hashes and advertising ids), or why not. Never raises.

    `country` is the default country or the row's own, `countries` what else the list may hold.
    """
    if kind == Kind.IFA:
        return read_ifa(value)
    if hashed:
        return read_hash(value)
    if kind == Kind.EMAIL:
        return read_email(value)
    return read_phone(value, Choice.of(country, tuple(countries)), form, landlines=landlines)


def mask(value: str) -> str:
    """Enough to recognise one's own list by, too little to reach or look up a person. For any column."""
    text = value.strip()
    if "@" in text:
        return _masked_email(text)
    if _ends_may_show.fullmatch(text):
        return text[:2] + DOT * min(len(text) - 4, MOST_DOTS) + text[-2:]
    return text[:1] + DOTS if text else ""


def _masked_email(text: str) -> str:
    mailbox, _, domain = text.partition("@")
    host, _, top = domain.rpartition(".")
    shown = top if host and _top_domain.fullmatch(top) else DOTS
    return f"{mailbox[:1]}{DOTS}@{host[:1]}{DOTS}.{shown}"
