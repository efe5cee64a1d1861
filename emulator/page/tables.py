"""What the emulator holds, one section after the other: the newest, or the first, and how many more."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from sqlite3 import Row
from typing import Any

from emulator.accounts import AD_TECH, DATA_PROVIDER, REPORTING
from emulator.clock import in_utc
from emulator.console import TAG, SharedResource
from emulator.emulator import Emulator
from emulator.groups import AdAccount, LinkRequest
from emulator.page import guide, stored
from emulator.page.parts import (
    SHOWN,
    Html,
    Section,
    code,
    command,
    control,
    hint,
    name,
    path,
    shown,
    status,
    two,
)
from emulator.records import Audience
from emulator.tags import tag_of

REQUESTS_SHOWN = 30
ACCOUNTS_SHOWN = 3  # of one key
ROLES = {DATA_PROVIDER: "DATA_PROVIDER", AD_TECH: "AD_TECH", REPORTING: "REPORTING"}
TONES = {"READY": "ok", "IN_PROGRESS": "wait", "FAILED": "bad", "EXPIRED": "warn"}
SERVICES = {"lap": "Ad account", "account": "Official account", "bm": "Organization"}
MOMENTS = {"before": "before anything is done", "after": "after the work is done"}


def clock(emulator: Emulator, url: str) -> str:
    of = emulator.clock
    offset = f"off by {of.offset_seconds:+g} s" if of.offset_seconds else "set right"
    return (
        f"<p>LINE's clock says {_at(in_utc(of.now()), whole=True)} and is <b>{offset}</b>; "
        f"an upload's job takes <b>{of.job_seconds:g} s</b>.</p>"
        f"{command(control(url, 'clock', {'job_seconds': 30, 'offset_seconds': 0}))}"
    )


def keys(emulator: Emulator, url: str) -> Section:
    found = emulator.accounts.all_keys()
    return Section(
        "keys",
        "Access keys",
        "Who may call the Ads API, and for which ad accounts. Secret keys are not shown anywhere.",
        ["Access key", "Group", "Roles", "Ad accounts", "State"],
        [_key(emulator, key) for key in found[:SHOWN]],
        len(found),
        hint("None yet. A key brings its group and its ad accounts along:", guide.key_command(url)),
    )


def _key(emulator: Emulator, key: dict[str, Any]) -> list[object]:
    group = emulator.groups.get(key["group_id"])
    reached = [account.id for account in emulator.groups.reached_by(key["group_id"])]
    more = len(reached) - ACCOUNTS_SHOWN
    return [
        code(key["access_key"]),
        two(code(key["group_id"]), name(group.name) if group else None),
        ", ".join(ROLES.get(role, role) for role in key["roles"].split()),
        Html(" ".join(map(code, reached[:ACCOUNTS_SHOWN])) + (f" and {more:,} more" if more > 0 else ""))
        or None,
        status("revoked", "bad") if key["revoked"] else status("active", "ok"),
    ]


def ad_accounts(emulator: Emulator, url: str) -> Section:
    found, total = stored.ad_accounts(emulator)
    data = {"name": "Second Shop", "line_id": guide.CHANNEL, "line_name": "Sample Shop"}
    return Section(
        "ad-accounts",
        "Ad accounts",
        "Each has one LINE Tag of its own, and may belong to an official account.",
        ["Ad account", "Name", "LINE Tag", "Official account", "State"],
        [_ad_account(account) for account in found],
        total,
        hint("None yet. A key brings its own; one that no key reaches:", _put_account(url, data)),
    )


def _put_account(url: str, data: object) -> str:
    return control(url, "ad-accounts/A800000002", data, put=True)


def _ad_account(account: AdAccount) -> list[object]:
    line_name = name(account.line_name) if account.line_name else None
    return [
        code(account.id),
        two(name(account.name), account.timezone),
        code(tag_of(account.id)),
        two(code(account.line_id), line_name) if account.line_id else None,
        status(account.status, "ok" if account.removed is None else "warn"),
    ]


def channels(emulator: Emulator, url: str) -> Section:
    found, total = stored.channels(emulator)
    return Section(
        "channels",
        "Channels",
        "Official accounts that may call the Messaging API. Their tokens are not shown anywhere.",
        ["Basic ID", "Ad accounts that belong to it", "Audiences of its own"],
        [[code(row["basic_id"]), row["ad_accounts"], row["audiences"]] for row in found],
        total,
        hint("None yet. A channel is an official account and its token:", guide.channel_command(url)),
    )


def link_requests(emulator: Emulator, url: str) -> Section:
    found = [each for each in emulator.groups.link_requests() if each.status == "WAITING_APPROVAL"]
    return Section(
        "link-requests",
        "Link requests that wait",
        "Groups that ask to act for an ad account. You answer as its advertiser, once.",
        ["Request", "Group", "Asks for", "Since", "Answer"],
        [_link_request(each, url) for each in found[:SHOWN]],
        len(found),
        hint(
            "None waits. A group asks with <code>POST /api/v3/groups/{group}/link-request/adaccount</code>."
        ),
    )


def _link_request(each: LinkRequest, url: str) -> list[object]:
    answers = [control(url, f"link-requests/{each.id}", {"approve": answer}) for answer in (True, False)]
    return [
        code(each.id),
        two(code(each.group_id), name(each.group_name)),
        two(code(each.account_id), name(each.account_name)),
        _at(in_utc(each.created), whole=True),
        Html("".join(map(command, answers))),
    ]


def audiences(emulator: Emulator, url: str) -> Section:
    found = emulator.audiences.all()
    running, names = stored.running_jobs(emulator), stored.account_names(emulator)
    owner = {"serviceType": "account", "id": guide.CHANNEL}
    data = {"owner": owner, "name": "Asked us", "type": "CHAT_TAG", "size": 240}
    return Section(
        "audiences",
        "Audiences",
        "The newest first. Sizes are what LINE tells: a share of the ids, and words for few.",
        ["Audience", "Name", "Owner", "Type", "Status", "Size", "Jobs running"],
        [_audience(emulator, each, running.get(each.id), names) for each in found[:SHOWN]],
        len(found),
        hint(
            "None yet. Both APIs make them; so does this, as LINE's own console would:",
            control(url, "audiences", data),
        ),
    )


def _audience(
    emulator: Emulator, audience: Audience, running: int | None, names: dict[str, str]
) -> list[object]:
    state = emulator.audiences.status(audience)
    notes = [
        audience.failed_type if state == "FAILED" else None,
        "an ad uses it" if audience.in_use else None,
    ]
    return [
        code(audience.id),
        name(audience.name),
        two(code(audience.owner), name(names.get(audience.owner, "")) if audience.owner in names else None),
        code(audience.function_type),
        status(state, TONES.get(state, "wait"), ", ".join(filter(None, notes))),
        Html(f'<span class="size">{emulator.sizes.text(audience)}</span>'),
        running,
    ]


def shares(emulator: Emulator, url: str) -> Section:
    caption = "Audiences and LINE Tags that an account may use and another one owns."
    columns = ["Shared with", "Audience or tag", "Name", "Type", "Owner"]
    if emulator.settings.console:
        words = "What the console shares with an account, that account sees here at once."
        return Section("shares", "Shares from the console", caption, columns, [], None, hint(words))
    found, total = stored.shares(emulator)
    owner = {"serviceType": "lap", "id": guide.AD_ACCOUNT, "name": "Sample Shop"}
    data = {"basic_id": guide.CHANNEL, "audience": 1795316199906, "name": "VIP", "owner": owner}
    empty = hint("None yet. What is shared need not be held here:", control(url, "shares", data))
    return Section("shares", "Shares", caption, columns, [_share(*each) for each in found], total, empty)


def _share(receiver: str, resource: SharedResource) -> list[object]:
    service = SERVICES.get(resource.owner_service, resource.owner_service)
    return [
        code(receiver),
        code(resource.line_id),
        name(resource.name),
        "LINE Tag" if resource.kind == TAG else code(resource.kind),
        two(name(resource.owner_name), Html(f"{shown(service)} {code(resource.owner_code)}")),
    ]


def faults(emulator: Emulator, url: str) -> Section:
    found, total = stored.faults(emulator)
    data = {"match": "GET /v2/bot/audienceGroup/*", "do": "status:503"}
    return Section(
        "faults",
        "Faults that wait",
        "What goes wrong with the next requests that match; DELETE /_control/faults takes it all back.",
        ["Requests", "How many", "What happens", "When"],
        [[code(row["pattern"]), row["times"], code(row["act"]), _moment(row)] for row in found],
        total,
        hint("None waits. One makes the next request fail, as LINE might:", control(url, "faults", data)),
    )


def _moment(fault: Row) -> str | None:
    """Some faults do not care."""
    timeless = fault["act"].partition(":")[0] in {"slow", "job"}
    return None if timeless else MOMENTS[fault["moment"]]


def requests(emulator: Emulator, url: str) -> Section:
    entries, _ = emulator.journal.since(0, REQUESTS_SHOWN)
    return Section(
        "requests",
        "Requests",
        f"The last {REQUESTS_SHOWN} calls of both APIs, the newest first. Ids are counted, never kept here.",
        ["No.", "Request", "Upload", "Answer"],
        [_request(entry) for entry in reversed(entries)],
        stored.request_count(emulator),
        hint("None yet. The <a href='#first-call'>first call</a> above makes some."),
    )


def _request(entry: dict[str, Any]) -> list[object]:
    return [
        two(entry["number"], _at(entry["at"])),
        Html(f"<b>{shown(entry['method'])}</b> {path(entry['path'])}"),
        _upload(entry),
        _answer(entry),
    ]


def _upload(entry: dict[str, Any]) -> Html | None:
    if entry["rows"] is None:
        return None
    counts = f"{entry['rows']:,} rows, {entry['x_ids'] or 0:,} ids taken"
    return two(code(f"{entry['action']} {entry['idType']}"), counts)


def _answer(entry: dict[str, Any]) -> Html:
    answered = entry["status"]
    if answered is None:
        return status("No answer was sent", "bad", "but the ids were taken" if entry["x_ids"] else None)
    known = answered in HTTPStatus._value2member_map_
    phrase = HTTPStatus(answered).phrase if known else ""
    tone = "ok" if answered < 400 else "warn" if answered < 500 else "bad"  # noqa: PLR2004 - classes of status
    return status(f"{answered} {phrase}", tone)


def _at(moment: str, *, whole: bool = False) -> Html:
    """A time of the form 2026-11-25T05:12:09.123Z; its day is in the title, or with `whole` in the text."""
    text = f"{moment[:10]} {moment[11:19]}" if whole else moment[11:19]
    return Html(f'<time datetime="{moment}" title="{moment}">{text}</time>')


SECTIONS: tuple[Callable[[Emulator, str], Section], ...] = (
    keys,
    ad_accounts,
    channels,
    link_requests,
    audiences,
    shares,
    faults,
    requests,
)
