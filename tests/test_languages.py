"""The console's words in four languages: whole catalogues, LINE's own terms, pages that use them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import translation

from audiences.models import Run
from linking.models import Account, Link
from organizations import history
from resources.models import Resource
from tests import factories
from tests.linking.conftest import Asked, asked
from users.models import User

__all__ = ["asked"]

SignIn = Callable[[User], Client]
ON_PAGES = [pytest.mark.db, pytest.mark.django_db]
LOCALE = Path(settings.LOCALE_PATHS[0])
CATALOGUES = {"zh-hant": "zh_Hant", "ja": "ja", "th": "th"}
WHOLE = ["zh-hant", "ja"]
PLACE = re.compile(r"%%|%(?:\([a-z_]+\))?[a-z]|<[^>]+>|https?://\S+")

# English: (zh-Hant, ja), as LINE's own help pages and manuals in those languages have them.
TERMS = {
    "Business Manager": ("LINE Business Manager", "ビジネスマネージャー"),
    "Organization": ("組織", "組織"),
    "Organization ID": ("組織 ID", "組織ID"),
    "Link": ("連動", "接続"),
    "Link request": ("連動申請", "接続リクエスト"),
    "Link request URL": ("連動申請網址", "接続リクエスト用URL"),
    "Issue URL": ("發行網址", "URLを発行"),
    "Copy link": ("複製連結", "コピー"),
    "Apply": ("套用", "適用"),
    "Approve": ("核准", "承認する"),
    "Advanced settings": ("進階設定", "詳細設定"),
    "Edit": ("編輯", "編集"),
    "Ad account settings": ("廣告帳號設定", "広告アカウントの設定"),
    "Business Manager (optional)": ("Business Manager(選填)", "ビジネスマネージャー（任意）"),
    "Organization (LINE Business Manager)": ("組織(LINE Business Manager)", "組織（ビジネスマネージャー）"),
    "Account linking review status": ("連動審核狀態", "接続審査ステータス"),
    "Unverified": ("未認證", "未認証"),
    "Under review": ("認證中", "認証中"),
    "Verified": ("已認證", "認証済み"),
    "Account linking review": ("連動審核", "接続審査"),
    "Organization verification review": ("組織認證審核", "組織の認証審査"),
    "Resubmit request": ("重新申請認證", "認証を再度リクエスト"),
    "Business info": ("商業資訊", "ビジネス情報"),
    "Region": ("地區", "地域"),
    "Details": ("詳細", "詳細"),
    "Resource": ("資源", "リソース"),
    "Add resource": ("新增資源", "リソースを追加"),
    "Shared resources": ("共享資源一覽", "共有しているリソースの一覧"),
    "Stop sharing": ("停止共享資源", "共有を停止"),
    "Delete": ("刪除", "削除"),
    "Share": ("共享", "共有"),
    "Audience": ("受眾", "オーディエンス"),
    "Audience name": ("受眾名稱", "オーディエンス名"),
    "Data type": ("資料類型", "データタイプ"),
    "Available": ("可使用", "利用可能"),
    "Account and organization have the same contracting legal entity": ("相同契約法人", "同一の契約法人"),
    "LINE Official Account": ("LINE 官方帳號", "LINE公式アカウント"),
    "LINE Ads account": ("LAP 廣告帳號", "LINE広告アカウント"),
    "LINE Ads Platform": ("LINE Ads Platform", "LINE広告"),
    "Talk Head View account": ("頭版 MVP 廣告帳號", "Talk Head View"),
    "Verified account": ("認證官方帳號", "認証済アカウント"),
    "Premium account": ("企業官方帳號", "プレミアムアカウント"),
    "Premium ID": ("專屬 ID", "プレミアムID"),
    "Basic ID": ("Basic ID", "ベーシックID"),
    "Administrator": ("管理員", "管理者"),
    "Phone number upload": ("上傳電話號碼", "電話番号アップロード"),
    "Email upload": ("上傳電子郵件", "メールアドレスアップロード"),
    "IDFA/AAID upload": ("上傳 IDFA/AAID", "IDFA/AAIDアップロード"),
    "Lookalike": ("類似廣告受眾", "類似オーディエンス"),
    "Web traffic": ("網站流量", "ウェブトラフィックオーディエンス"),
    "Message click": ("點擊再行銷", "メッセージクリック"),
    "Message impression": ("曝光再行銷", "メッセージインプレッション"),
    "Cross targeting": ("跨產品精準行銷", "クロスターゲティング"),
    "History": ("變更紀錄", "変更履歴"),
}
SPOKEN = [
    pytest.param(language, english, terms[n], id=f"{language}-{english}")
    for n, language in enumerate(WHOLE)
    for english, terms in TERMS.items()
]


def catalogue(language: str) -> polib.POFile:
    return polib.pofile(str(LOCALE / CATALOGUES[language] / "LC_MESSAGES" / "django.po"))


def said(entry: polib.POEntry) -> list[str]:
    """What a catalogue says for a message, one text for each plural form."""
    return [text for text in (entry.msgstr_plural or {0: entry.msgstr}).values() if text]


def places(text: str) -> list[str]:
    """What a translation has to hand on as it is: placeholders and markup."""
    return sorted(PLACE.findall(text))


def lost_places(language: str) -> Iterator[str]:
    for entry in catalogue(language):
        fitting = [places(message) for message in (entry.msgid, entry.msgid_plural) if message]
        if any(places(text) not in fitting for text in said(entry)):
            yield entry.msgid


def test_the_languages_offered_are_the_ones_with_words() -> None:
    offered = {code for code, _name in settings.LANGUAGES}

    assert offered == {"en", *CATALOGUES}
    assert {path.name for path in LOCALE.iterdir()} == set(CATALOGUES.values())


@pytest.mark.parametrize("language", CATALOGUES)
def test_no_translation_is_a_guess_left_by_the_tools(language: str) -> None:
    assert [entry.msgid for entry in catalogue(language) if entry.fuzzy or entry.obsolete] == []


@pytest.mark.parametrize("language", CATALOGUES)
def test_a_translation_keeps_every_placeholder_and_mark(language: str) -> None:
    assert list(lost_places(language)) == []


@pytest.mark.parametrize("language", CATALOGUES)
def test_these_languages_have_one_plural_form(language: str) -> None:
    wordy = catalogue(language)

    assert wordy.metadata["Plural-Forms"] == "nplurals=1; plural=0;"
    assert {len(entry.msgstr_plural) for entry in wordy if entry.msgid_plural} == {1}


@pytest.mark.parametrize("language", CATALOGUES)
def test_the_catalogues_ask_for_the_same_messages(language: str) -> None:
    asked_for = {(entry.msgctxt, entry.msgid) for entry in catalogue(language)}

    assert asked_for == {(entry.msgctxt, entry.msgid) for entry in catalogue("zh-hant")}


@pytest.mark.parametrize("language", WHOLE)
def test_nothing_is_left_in_english(language: str) -> None:
    assert [entry.msgid for entry in catalogue(language) if not said(entry)] == []


@pytest.mark.parametrize(("language", "english", "term"), SPOKEN)
def test_the_console_says_it_as_line_does(language: str, english: str, term: str) -> None:
    with translation.override(language):
        assert term in translation.gettext(english)


@pytest.mark.parametrize(
    ("language", "refused", "failed"), [("zh-hant", "已拒絕", "認證失敗"), ("ja", "却下", "否認")]
)
def test_a_refused_request_and_a_failed_review_have_words_of_their_own(
    language: str, refused: str, failed: str
) -> None:
    with translation.override(language):
        spoken = (translation.gettext("Rejected"), translation.pgettext("review", "Rejected"))

    assert spoken == (refused, failed)


@pytest.mark.parametrize(("language", "organization"), [("en", "Organization"), ("th", "องค์กร")])
def test_what_thai_lacks_is_said_in_english(language: str, organization: str) -> None:
    with translation.override(language):
        spoken = (translation.gettext("Organization"), translation.gettext("Link request URL"))

    assert spoken == (organization, "Link request URL")


def acts() -> Iterator[str]:
    """Each act that the product writes into the history by name, and each state that a run can reach."""
    for app in ("users", "organizations", "linking", "resources", "audiences"):
        for path in (settings.BASE_DIR / app).rglob("*.py"):
            for noun, verb in re.findall(r'(?<!source=)"([a-z_]+)\.([a-z_]+)"', path.read_text()):
                if noun in history.NOUNS:
                    yield verb
    yield from (state.lower() for state in Run.State.values)


def test_every_act_in_the_history_has_words() -> None:
    done = set(acts())

    assert done - set(history.VERBS) == set()
    assert {"opened", "issued", "sent_anew", "planning"} <= done


class TestPages:
    pytestmark = ON_PAGES

    @pytest.mark.parametrize(
        ("language", "labels"),
        [
            ("zh-TW", ["要連動 Acme Coffee OA 嗎？", "相同契約法人", "Search ID", "核准", "無法解除連動"]),
            ("ja", ["Acme Coffee OA を接続しますか？", "同一の契約法人", "承認する", "接続解除はできません"]),
        ],
    )
    def test_the_approval_page_follows_the_browser(
        self, asked: Asked, alice: User, signed_in: SignIn, language: str, labels: list[str]
    ) -> None:
        url = reverse("linking:request", args=[asked.link_request.organization_code, asked.link_request.pk])

        page = signed_in(alice).get(url, headers={"accept-language": language}).content.decode()

        assert [label for label in labels if label not in page] == []
        assert "cannot be undone" not in page

    @pytest.mark.parametrize(
        ("language", "labels"),
        [
            ("zh-hant", ["共享資源一覽", "新增資源", "停止共享資源", "刪除", "上傳電話號碼", "已認證"]),
            ("ja", ["共有しているリソースの一覧", "リソースを追加", "共有を停止", "削除", "認証済み"]),
        ],
    )
    def test_the_shared_resources_follow_the_persons_choice(
        self, shared: Link, bob: User, signed_in: SignIn, language: str, labels: list[str]
    ) -> None:
        User.objects.filter(pk=bob.pk).update(language=language)
        url = reverse("resources:account", args=[shared.organization.code, shared.account_id])

        page = signed_in(bob).get(url, headers={"accept-language": "en"}).content.decode()

        assert [label for label in labels if label not in page] == []
        assert "Add resource" not in page

    @pytest.mark.parametrize(
        ("language", "labels"),
        [
            ("zh-hant", ["組織(LINE Business Manager)", "連動", "組織 ID", "發行網址"]),
            ("ja", ["組織（ビジネスマネージャー）", "接続する", "組織ID", "URLを発行"]),
        ],
    )
    def test_an_official_accounts_settings_read_as_in_its_manager(
        self, official: Account, mia: User, signed_in: SignIn, language: str, labels: list[str]
    ) -> None:
        url = reverse("linking:account-settings", args=[official.pk])

        page = signed_in(mia).get(url, headers={"accept-language": language}).content.decode()

        assert [label for label in labels if label not in page] == []

    @pytest.mark.parametrize(("language", "heading"), [("zh-TW", "操作者"), ("ja", "操作した人")])
    def test_a_downloaded_history_speaks_the_readers_language(
        self, asked: Asked, alice: User, signed_in: SignIn, language: str, heading: str
    ) -> None:
        url = reverse("organizations:history-csv", args=[asked.link_request.organization_code])

        answer = signed_in(alice).get(url, headers={"accept-language": language})
        lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()

        assert heading in lines[0]
        assert "Link request: issued" not in lines[1]


@pytest.fixture
def shared(official_link: Link, ads_link: Link, bob: User) -> Link:
    """The Official Account's stay, with one audience of the ad account shared to it."""
    audience: Resource = factories.ResourceFactory.create(owner_account=ads_link.account, name="Buyers")
    factories.ShareFactory.create(resource=audience, to_link=official_link, from_link=ads_link, shared_by=bob)
    return official_link
