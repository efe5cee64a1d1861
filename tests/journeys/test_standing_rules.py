"""What stands until it is stopped, in Traditional Chinese, without a script: "all resources", and a rule."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.journeys.path import Journey
from tests.journeys.test_faq import LINKED_ADS, Walk

pytestmark = pytest.mark.browser
EVERYTHING = "組織(所有資源)"


def test_what_is_added_later_arrives_by_the_rules_that_stand(journey: Callable[..., Journey]) -> None:
    way = journey("standing rules", scripts=False)
    walk, operator = Walk(way), way.login("OPERATOR")
    way.backstage.call("link", basic_id=way.basic_id, code=way.code)
    ads, line_id = walk.new_ads()
    way.backstage.call("link", basic_id=line_id, code=way.code)
    existing = walk.audiences(2)
    rule = f"{way.account} rule"

    walk.sit_down(operator)
    today = share_everything(walk)
    start_rule(walk, rule, existing)
    later = f"{way.account} 受眾 later"
    way.register_audience(later)

    walk.sit_down(way.manager)
    received = sees_received(walk, way.account, [*existing, later])
    way.pictures.take("received")
    assert len(received) == len([*existing, later])
    assert received <= way.shared_at_line()
    walk.sit_down(walk.manager_of(LINKED_ADS))
    sees_received(walk, ads, [*existing, later])

    walk.sit_down(operator)
    stop_everything(walk, today + 1)
    stop_rule(walk, rule)
    assert way.shared_at_line() == set()
    walk.sit_down(walk.manager_of(LINKED_ADS))
    sees_received(walk, ads, [])
    assert way.pictures.too_wide == {}


def share_everything(walk: Walk) -> int:
    """How many resources the page promised."""
    walk.open_linked("LINE 官方帳號", walk.way.account)
    walk.hand.press("新增資源")
    walk.hand.press(EVERYTHING)
    walk.hand.sees("日後每一個新增的", "此規則持續有效，直到您停止為止", within="main")
    walk.way.pictures.take("add-everything")
    said = re.search(r"目前共 (\d+) 個資源", walk.hand.text("main"))
    assert said, walk.hand.text("main")
    walk.hand.press("分享所有資源")
    walk.hand.sees("現在可使用組織的所有資源，日後新增的也包含在內。")
    walk.hand.sees(f"{EVERYTHING} 目前 {said[1]} 個資源，日後新增的也全部包含在內。", within="main")
    walk.way.pictures.take("everything-shared")
    return int(said[1])


def start_rule(walk: Walk, name: str, fitting: list[str]) -> None:
    """Shown first what it gives, then started."""
    walk.hand.menu("受眾")
    walk.hand.press("分享規則")
    walk.hand.press("新增規則")
    walk.hand.type("規則名稱", name)
    walk.hand.type("名稱包含", walk.way.account)
    walk.hand.tick("組織的所有 LAP 廣告帳號")
    walk.hand.press("查看分享內容")
    walk.hand.sees(f"此規則目前符合 {len(fitting)} 個資源", *fitting, "尚未分享任何資源。", within="#preview")
    walk.way.pictures.take("rule-preview")
    walk.hand.press("啟用規則")
    walk.hand.sees("規則已啟用，分享對象可立即看到。")
    walk.hand.sees(
        f"名稱包含「{walk.way.account}」", "LAP 廣告帳號", f"{walk.way.account} Ads", within="main"
    )
    walk.way.pictures.take("rule")


def sees_received(walk: Walk, account: str, names: list[str]) -> set[str]:
    """On the account's side: these, and of this journey's audiences no others. LINE's ids of them."""
    walk.hand.open("/accounts/")
    walk.hand.press(account)
    walk.hand.menu("受眾")
    walk.hand.press("獲分享")
    walk.hand.sees_address_with("show=shared")
    walk.hand.sees("獲分享", *names, within="main")
    rows = [row for row in walk.hand.texts("main tbody tr") if f"{walk.way.account} 受眾" in row]
    assert len(rows) == len(names), rows
    assert all("可使用，不可變更" in row for row in rows), rows
    return set(re.findall(r"\b\d{13}\b", " ".join(rows)))


def stop_everything(walk: Walk, count: int) -> None:
    walk.open_linked("LINE 官方帳號", walk.way.account)
    walk.hand.press("停止分享所有資源")
    walk.hand.sees(f"目前依此規則獲分享 {count} 個資源", within="main")
    walk.way.pictures.take("everything-stop")
    walk.hand.press("停止分享所有資源")
    walk.hand.sees("不再獲分享組織的所有資源。", "尚未與此帳號共享任何資源")


def stop_rule(walk: Walk, name: str) -> None:
    walk.hand.menu("受眾")
    walk.hand.press("分享規則")
    walk.hand.press(name)
    walk.hand.press("停止規則")
    walk.hand.sees(f"「{name}」將不再分享任何資源。", within="main")
    walk.way.pictures.take("rule-stop")
    walk.hand.press("停止規則")
    walk.hand.sees("規則已停止。")
    walk.hand.offers_not(name)
