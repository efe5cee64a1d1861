"""LINE Business Manager's help page for Taiwan, question by question, walked in its own words."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import pytest

from tests.emulator.client import AdsClient
from tests.journeys.path import OWNER, Journey

pytestmark = pytest.mark.browser
Make = Callable[..., Journey]
LINKED_ADS = "A100000001"
UNVERIFIED, TALK_HEAD_VIEW = "Sunny Hill Pop-up", "Sunny Hill Talk Head View"


class Walk:
    """A way through the console in Traditional Chinese, or in another language."""

    def __init__(self, way: Journey, language: str = "zh-hant") -> None:
        self.way, self.hand, self.language = way, way.hand, language

    def sit_down(self, login: dict[str, Any]) -> None:
        self.hand.leave()
        self.hand.sign_in(login)
        self.hand.speak(self.language)

    @property
    def administrator(self) -> dict[str, Any]:
        return self.way.login("ADMINISTRATOR")

    def manager_of(self, public_id: str) -> dict[str, Any]:
        return self.way.login("ACCOUNT_MANAGER", public_id)

    def open_account(self, name: str) -> None:
        """On the account's side: its settings."""
        self.hand.open("/accounts/")
        self.hand.press(name)
        self.hand.menu("設定")

    def open_linked(self, kind: str, name: str) -> None:
        """On the organization's side: the account's page, by the menu's list."""
        self.hand.open(f"/organizations/{self.way.code}/")
        self.hand.menu(kind)
        self.hand.press(name)

    def new_ads(self) -> tuple[str, str]:
        name, line_id = f"{self.way.account} Ads", f"A{secrets.randbelow(10**9):09d}"
        call = {"name": name, "line_id": line_id, "manager": self.manager_of(LINKED_ADS)["email"]}
        self.way.backstage.call("register_ads", **call, like=LINKED_ADS)
        return name, line_id

    def approve(self, url: str, login: dict[str, Any], code: str, *shown: str) -> None:
        self.sit_down(login)
        self.hand.open(url)
        self.hand.sees("無法解除連動", "連動的意義", "相同契約法人", *shown)
        self.way.pictures.take("approval")
        self.hand.type("組織 ID", code)
        self.hand.press("核准")
        self.hand.give_password(login)
        self.hand.sees("連動審核", "共享資源一覽")

    def offer(self, kind: str, name: str) -> tuple[str, dict[str, Any]]:
        """變更連動對象, by the original organization: the URL, and who receives."""
        receiver = self.way.backstage.call(
            "register_organization", name="Sunny Hill Foods", like=self.way.code
        )
        self.sit_down(self.administrator)
        self.open_linked(kind, name)
        self.hand.press("變更連動對象")
        self.hand.sees("移動的項目", "此組織將停止的項目")
        self.way.pictures.take("move")
        self.hand.type("接收帳號的組織 ID", receiver["code"])
        self.hand.press("發行網址")
        self.hand.give_password(self.administrator)
        self.hand.sees("核准變更用網址")
        return self.hand.copied_value(), receiver

    def audiences(self, count: int) -> list[str]:
        names = [f"{self.way.account} 受眾 {number}" for number in range(1, count + 1)]
        for name in names:
            self.way.register_audience(name)
        return names

    def make_tag(self, name: str) -> str:
        """With a custom event; the id is what the page offers to copy."""
        self.hand.menu("LINE Tag")
        self.hand.press("新增 LINE Tag")
        self.hand.type("LINE Tag 名稱", name)
        self.hand.press("建立")
        self.hand.sees(name, "網頁用程式碼", within="main")
        self.hand.type("事件名稱", "AddToCart")
        self.hand.press("新增事件")
        self.hand.sees("已新增「AddToCart」")
        return self.hand.copied_value()

    def tags_at_line(self, ad_account: str) -> set[str]:
        """Ids in the Ads API's list for that account, asked with a key that reaches it."""
        key, secret = f"AK{ad_account}", "sk-example-of-a-journey"
        known = {"secret_key": secret, "group": "G300000001", "ad_accounts": [ad_account]}
        self.way.stack.line(f"/_control/keys/{key}", method="PUT", body=known)
        client = AdsClient(self.way.stack.demo["emulator"], access_key=key, secret_key=secret)
        try:
            listed = client.get(f"/adaccounts/{ad_account}/line-tags")["data"]
        finally:
            client.close()
        return {each["tagId"] for each in listed}

    def add(self, name: str, kind: str = "") -> None:
        self.hand.press("新增資源")
        if kind:
            self.hand.press(kind)
        self.hand.tick(name)
        self.hand.press("新增資源")
        self.hand.sees("共享資源一覽", name, within="main")


@pytest.fixture
def walk(journey: Make, request: pytest.FixtureRequest) -> Walk:
    return Walk(journey(request.node.name.removeprefix("test_").replace("_", " ")[:40]))


def test_which_accounts_can_be_linked(walk: Walk) -> None:
    """可連動的帳號種類: verified Official Accounts, LINE Ads accounts, 頭版 MVP after an application."""
    walk.sit_down(walk.way.manager)
    walk.open_account(UNVERIFIED)
    walk.hand.sees("送出申請前的檢查", "僅認證官方帳號與企業官方帳號可連動")
    walk.hand.press("連動")
    walk.hand.type("組織 ID", walk.way.code)
    walk.hand.press("發行網址")
    walk.hand.enter_password(walk.way.manager)
    walk.hand.sees("未進行任何處理", "僅認證官方帳號與企業官方帳號可連動")
    walk.hand.sees_not("連動申請網址")

    walk.sit_down(walk.manager_of(LINKED_ADS))
    walk.open_account(TALK_HEAD_VIEW)
    walk.hand.sees("頭版 MVP 廣告帳號須另行申請", "申請連動許可")


def test_an_account_belongs_to_one_organization(walk: Walk) -> None:
    """帳號可一次連動多個組織嗎: no. 是否能將帳號解除連動: no."""
    walk.way.backstage.call("link", basic_id=walk.way.basic_id, code=walk.way.code)

    walk.sit_down(walk.way.manager)
    walk.open_account(walk.way.account)
    walk.hand.sees(walk.way.code, "無法解除連動", "可變更帳號的連動對象")
    for words in ("發行網址", "連動", "解除連動"):
        walk.hand.offers_not(words)

    walk.sit_down(walk.administrator)
    walk.open_linked("LINE 官方帳號", walk.way.account)
    walk.hand.sees("變更連動對象")
    walk.hand.offers_not("解除連動")


def test_resources_are_picked_one_by_one_and_used_by_the_account(walk: Walk) -> None:
    """什麼是「資源」, 分享時是否可選擇特定資源, 如何於刊登廣告時活用共享的資源,
    如何確認及變更 LINE 官方帳號共享的資源."""
    chosen, left = walk.audiences(2)
    walk.way.backstage.call("link", basic_id=walk.way.basic_id, code=walk.way.code)
    walk.sit_down(walk.administrator)
    walk.open_linked("LINE 官方帳號", walk.way.account)
    walk.hand.sees("尚未與此帳號共享任何資源")
    walk.add(chosen)
    walk.hand.sees_not(left)

    walk.sit_down(walk.way.manager)
    walk.hand.press(walk.way.account)
    walk.hand.menu("受眾")
    walk.hand.press("獲分享")
    walk.hand.sees(chosen, OWNER, "可使用，不可變更", within="main")
    walk.hand.sees_not(left)
    assert len(walk.way.shared_at_line()) == 1


def test_a_line_tag_is_made_shared_and_seen_by_both_services(walk: Walk) -> None:
    """什麼是「資源」, 分享時是否可選擇特定資源, 如何於刊登廣告時活用共享的資源: LINE Tag."""
    ads, line_id = walk.new_ads()
    for public_id in (walk.way.basic_id, line_id):
        walk.way.backstage.call("link", basic_id=public_id, code=walk.way.code)
    name = f"{walk.way.account} 網站"
    walk.sit_down(walk.administrator)
    tag_id = walk.make_tag(name)
    walk.hand.sees(f"_lt('send', 'pv', ['{tag_id}']);", "type: 'AddToCart'", within="main")
    walk.way.pictures.take("tag")

    managers = {walk.way.account: walk.way.manager, ads: walk.manager_of(LINKED_ADS)}
    for kind, account in (("LINE 官方帳號", walk.way.account), ("LINE Ads Platform", ads)):
        walk.open_linked(kind, account)
        walk.add(name, kind="LINE Tag")
    for account, manager in managers.items():
        walk.sit_down(manager)
        walk.hand.press(account)
        walk.hand.sees_not(name)
        walk.hand.menu("LINE Tag")
        walk.hand.sees(name, tag_id, "可使用，不可變更", within="main")
        walk.way.pictures.take("received-tag")
    assert tag_id in walk.tags_at_line(line_id)

    walk.sit_down(walk.administrator)
    walk.hand.menu("LINE Tag")
    walk.hand.press(name)
    walk.hand.press("刪除 LINE Tag")
    walk.hand.sees("使用此資源的帳號 2", within="main")
    walk.hand.press("刪除 LINE Tag")
    walk.hand.sees(f"已刪除「{name}」")
    assert tag_id not in walk.tags_at_line(line_id)
    assert walk.way.pictures.too_wide == {}


def test_sharing_stops_by_row_and_by_tick(walk: Walk) -> None:
    """如何解除共享資源: 刪除 in the row; tick, 停止共享資源, 停止."""
    first, second = walk.audiences(2)
    walk.way.backstage.call("link", basic_id=walk.way.basic_id, code=walk.way.code)
    walk.sit_down(walk.administrator)
    walk.open_linked("LINE 官方帳號", walk.way.account)
    walk.add(first)
    walk.add(second)

    walk.hand.press("刪除")
    walk.hand.press("停止共享 1 項資源")
    walk.hand.sees("已停止共享 1 項資源", "共享資源一覽 1")
    walk.hand.tick_row(1)
    walk.hand.press("停止共享資源")
    walk.hand.press("停止共享 1 項資源")

    walk.hand.sees("尚未與此帳號共享任何資源")
    assert walk.way.shared_at_line() == set()


def test_an_ads_account_is_linked_shared_with_and_moved(walk: Walk) -> None:
    """如何將 LAP 廣告帳號與組織連動, 如何核准與 LAP 廣告帳號連動,
    如何確認及變更 LINE Ads Platform 共享的資源, 如何核准變更 LAP 廣告帳號的連動對象."""
    name, line_id = walk.new_ads()
    [audience] = walk.audiences(1)
    manager = walk.manager_of(LINKED_ADS)
    walk.sit_down(manager)
    walk.open_account(name)
    walk.hand.sees("廣告帳號設定", "編輯")
    walk.hand.press("進階設定")
    walk.hand.sees("Business Manager(選填)")
    walk.hand.type("組織 ID", walk.way.code)
    walk.hand.press("套用")
    walk.hand.give_password(manager)
    walk.hand.sees("連動申請網址", "複製連結")
    url = walk.hand.copied_value()

    walk.approve(url, walk.administrator, walk.way.code, name, line_id, "Sunny Hill Coffee")
    walk.open_linked("LINE Ads Platform", name)
    walk.hand.sees("尚未與此帳號共享任何資源")
    walk.add(audience)

    url, receiver = walk.offer("LINE Ads Platform", name)
    walk.approve(url, receiver, receiver["code"], "原組織", walk.way.code, name)
    walk.sit_down(walk.administrator)
    walk.hand.menu("LINE Ads Platform")
    walk.hand.sees(OWNER)
    walk.hand.sees_not(name)


def test_an_official_account_is_linked_and_moved(walk: Walk) -> None:
    """如何將 LINE 官方帳號與組織連動, 如何核准與 LINE 官方帳號的連動,
    如何核准變更 LINE 官方帳號的連動對象."""
    walk.sit_down(walk.way.manager)
    walk.open_account(walk.way.account)
    walk.hand.sees("組織(LINE Business Manager)")
    walk.hand.press("連動")
    walk.hand.type("組織 ID", walk.way.code)
    walk.hand.press("發行網址")
    walk.hand.give_password(walk.way.manager)
    walk.hand.sees("連動申請網址", "複製")
    url = walk.hand.copied_value()

    walk.approve(url, walk.administrator, walk.way.code, walk.way.account, "Search ID", walk.way.basic_id)
    url, receiver = walk.offer("LINE 官方帳號", walk.way.account)
    walk.approve(url, receiver, receiver["code"], "原組織", walk.way.account, "Search ID", walk.way.basic_id)
    assert walk.way.pictures.too_wide == {}
