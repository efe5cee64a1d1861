"""Two accounts offered to another organization under one URL, and taken over with one answer."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import pytest

from tests.journeys.path import Journey
from tests.journeys.test_faq import Walk

pytestmark = pytest.mark.browser


def test_two_accounts_move_under_one_url(journey: Callable[..., Journey]) -> None:
    walk = Walk(journey("moved together"))
    first, second = linked_accounts(walk)
    receiver = walk.way.backstage.call("register_organization", name="Sunny Hill Foods", like=walk.way.code)
    [audience] = walk.audiences(1)
    walk.sit_down(walk.administrator)
    walk.open_linked("LINE 官方帳號", first)
    walk.add(audience)
    assert len(walk.way.shared_at_line()) == 1

    url = offer(walk, [first, second], receiver["code"])
    take_over(walk, url, receiver, [first, second])

    assert walk.way.shared_at_line() == set()
    for name in (first, second):
        walk.hand.menu("LINE 官方帳號")
        walk.hand.press(name)
        walk.hand.sees("尚未與此帳號共享任何資源")
    tells(walk, "連動申請: 已核准", "連動: 已開啟", [first, second])

    walk.sit_down(walk.administrator)
    walk.hand.menu("LINE 官方帳號")
    for name in (first, second):
        walk.hand.offers_not(name)
    tells(walk, "變更連動對象: 已核准", "連動: 已結束", [first, second])
    assert walk.way.pictures.too_wide == {}


def linked_accounts(walk: Walk) -> tuple[str, str]:
    """This journey's account and one more, both in the demo's organization."""
    way, name, basic_id = walk.way, f"{walk.way.account} too", f"@too{secrets.token_hex(3)}"
    call = {"name": name, "basic_id": basic_id, "manager": way.manager["email"], "like": way.basic_id}
    way.backstage.call("register_official", **call)
    for each in (way.basic_id, basic_id):
        way.backstage.call("link", basic_id=each, code=way.code)
    return way.account, name


def offer(walk: Walk, names: list[str], code: str) -> str:
    """The guided page: what is ticked, what ends, who receives it; and the one URL that comes of it."""
    walk.hand.menu("LINE 官方帳號")
    for name in names:
        walk.hand.tick_named(f"選擇 {name}")
    walk.way.pictures.take("list-ticked")
    walk.hand.press("變更連動對象")
    walk.hand.sees("變更 2 個帳號的連動對象", "此組織將停止的項目", *names, within="main")
    walk.way.pictures.take("moves-new")
    walk.hand.type("接收帳號的組織 ID", code)
    walk.hand.press("發行網址")
    walk.hand.give_password(walk.administrator)
    walk.hand.sees("核准變更用網址", f"待 {code} 接收的帳號 2", *names, within="main")
    walk.way.pictures.take("moves-started")
    return walk.hand.copied_value()


def take_over(walk: Walk, url: str, receiver: dict[str, str], names: list[str]) -> None:
    walk.sit_down(receiver)
    walk.hand.open(url)
    walk.hand.sees("要連動 2 個帳號嗎？", "原組織", walk.way.code, walk.way.basic_id, *names, within="main")
    walk.way.pictures.take("moves-offered")
    walk.hand.type("組織 ID", receiver["code"])
    walk.hand.press("全部核准")
    walk.hand.give_password(receiver)
    walk.hand.sees("已連動 2 個帳號。")
    walk.way.pictures.take("moves-taken")


def tells(walk: Walk, of_request: str, of_link: str, names: list[str]) -> None:
    """The history says both of each account."""
    walk.hand.menu("變更紀錄")
    for name in names:
        walk.hand.sees(f"{of_request} {name} →", f"{of_link} {name} in", within="main")
    walk.way.pictures.take("history")
