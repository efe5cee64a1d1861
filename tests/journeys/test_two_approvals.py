"""An organization that asks for two approvers, in Japanese: the first counts, the second links and shares."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import pytest

from tests.journeys.path import Journey
from tests.journeys.test_faq import LINKED_ADS, Walk

pytestmark = pytest.mark.browser
ALL_OF_IT = "組織のすべてのリソースを共有する"


def test_the_second_administrator_links_and_shares_everything(journey: Callable[..., Journey]) -> None:
    walk = Walk(journey("two approvals"), "ja")
    first, second, audience = organization(walk)
    walk.sit_down(first)
    ask_for_two(walk, first)
    url = issue(walk, first["code"])

    walk.sit_down(first)
    walk.hand.open(url)
    walk.hand.sees("2人による承認 2人中0人", "接続しただけでは、何も共有されません。", within="main")
    walk.hand.sees_not(ALL_OF_IT)
    walk.way.pictures.take("first-approval")
    approve(walk, first)
    walk.hand.sees("あなたの承認を受け付けました", "2人による承認 2人中1人", within="main")
    walk.hand.sees("次に別の管理者が承認します。まだ何も変わっていません。", within="main")
    walk.hand.offers_not("承認する")
    for words in (ALL_OF_IT, "下のチェック"):
        walk.hand.sees_not(words)
    walk.way.pictures.take("first-approved")

    walk.sit_down(second)
    walk.hand.open(url)
    walk.hand.sees("2人による承認 2人中1人", "Ren Abe さんが1人目として承認しました。", within="main")
    walk.hand.tick(ALL_OF_IT)
    walk.way.pictures.take("second-approval")
    approve(walk, second)
    walk.hand.sees("を接続しました。組織のすべてのリソースを利用できます。")
    walk.hand.sees("現在 1 件。今後追加されるものもすべて含みます。", audience, within="main")
    walk.way.pictures.take("everything-shared")
    history(walk)

    walk.sit_down(walk.way.manager)
    walk.hand.press(walk.way.account)
    walk.hand.menu("オーディエンス")
    walk.hand.sees(audience, "利用可、変更不可", within="main")
    assert len(walk.way.shared_at_line()) == 1
    assert walk.way.pictures.too_wide == {}


def organization(walk: Walk) -> tuple[dict[str, str], dict[str, str], str]:
    """One of its own, so that nobody else's requests need two; its administrators, and its audience."""
    call, name = walk.way.backstage.call, f"{walk.way.account} Foods"
    first = call("register_organization", name=name, like=walk.way.code, is_verified=True)
    second = call("add_administrator", code=first["code"], name="Yui Ito")
    line_id = f"A{secrets.randbelow(10**9):09d}"
    manager = walk.manager_of(LINKED_ADS)["email"]
    call("register_ads", name=f"{name} Ads", line_id=line_id, manager=manager, like=LINKED_ADS)
    call("link", basic_id=line_id, code=first["code"])
    audience = f"{name} members"
    call("register_audience", name=audience, owner=line_id)
    return first, second, audience


def ask_for_two(walk: Walk, administrator: dict[str, str]) -> None:
    walk.hand.open(f"/organizations/{administrator['code']}/")
    walk.hand.menu("設定")
    walk.hand.tick("接続や移動は管理者2人で承認する")
    walk.way.pictures.take("settings")
    walk.hand.press("安全対策を保存")
    walk.hand.give_password(administrator)
    walk.hand.sees("安全対策を保存しました")


def issue(walk: Walk, code: str) -> str:
    """The account's manager asks, and gets the URL that both administrators will open."""
    walk.sit_down(walk.way.manager)
    walk.open_account(walk.way.account)
    walk.hand.press("接続する")
    walk.hand.type("組織ID", code)
    walk.hand.press("URLを発行")
    walk.hand.give_password(walk.way.manager)
    walk.hand.sees(code)
    return walk.hand.copied_value()


def approve(walk: Walk, administrator: dict[str, str]) -> None:
    walk.hand.type("組織ID", administrator["code"])
    walk.hand.press("承認する")
    walk.hand.give_password(administrator)


def history(walk: Walk) -> None:
    walk.hand.menu("変更履歴")
    walk.hand.sees(
        "共有: すべてのリソース、今後も", "接続: 開かれた", "接続リクエスト: 承認",
        "接続リクエスト: 2人中1人目が承認", "組織: 安全対策を変更", within="main",
    )  # fmt: skip
