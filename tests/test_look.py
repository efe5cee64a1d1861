"""The look as a whole: what templates and sheets may hold, the frames, what a browser makes of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.template.loader import render_to_string
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from organizations import menus
from organizations.templatetags import console
from tests.test_components import shown

ROOT = Path(settings.BASE_DIR)
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SPRITE = set(re.findall(r'<symbol id="([^"]+)"', (ROOT / "static/icons.svg").read_text(encoding="utf-8")))
STATES = {"state", "status", "review", "verification"}
SURFACES = ["surface-0", "surface-1", "surface-2"]
TEXTS = ["text", "text-quiet", "link", "ok", "wait", "warn", "bad"]


def token(name: str, theme: int) -> str:
    source = (ROOT / "static/css/tokens.css").read_text(encoding="utf-8")
    value = re.search(rf"--{name}: (?:light-dark\((#\w+), (#\w+)\)|(#\w+));", source)
    assert value
    return value[3] or value[1 + theme]


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted([luminance(one), luminance(other)], reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("text", TEXTS)
def test_text_stands_out_from_every_surface_by_4_5_to_1(text: str, surface: str, theme: int) -> None:
    assert contrast(token(text, theme), token(surface, theme)) >= 4.5


def test_the_green_buttons_words_stand_out_from_it() -> None:
    assert contrast(token("brand-text", 0), token("brand", 0)) >= 6.5


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_no_template_needs_what_the_content_security_policy_refuses(path: Path) -> None:
    source = path.read_text(encoding="utf-8")

    assert not re.search(r"\sstyle=|<style|\son\w+=|javascript:|https?://", source)
    assert not re.search(r"<script(?![^>]*\ssrc=)", source)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_every_icon_a_template_names_is_in_the_sprite(path: Path) -> None:
    named = re.findall(r'(?:{% icon |icon=)"([a-z0-9-]+)"', path.read_text(encoding="utf-8"))

    assert set(named) <= SPRITE


def test_every_icon_of_a_state_a_kind_or_the_menu_is_in_the_sprite() -> None:
    named = {tone.icon for tone in console.TONES.values()} | set(console.ACCOUNT_ICONS.values())
    named |= {entry.icon for entry in [*menus.MENU, *menus.INSTALLATION_MENU]}

    assert named <= SPRITE


def test_every_state_a_model_can_have_has_a_tone() -> None:
    fields = [field for model in apps.get_models() for field in model._meta.fields]
    states = [field for field in fields if field.choices and field.name in STATES]
    codes = {str(code).upper() for field in states for code, _ in field.flatchoices}

    assert codes
    assert codes <= set(console.TONES)


def test_the_vendored_sheet_asks_for_nothing_from_elsewhere() -> None:
    for sheet in (ROOT / "static").rglob("*.css"):
        source = sheet.read_text(encoding="utf-8")
        assert "sourceMappingURL" not in source
        assert not re.search(r"url\((?![\"']?data:)|@import", source)


def test_the_frame_shows_where_one_is() -> None:
    organization = {"name": "Acme Tea", "code": "BM00000000001", "url": "/a/"}
    item = {"label": "Runs", "url": "/runs/", "icon": "activity", "count": 1234, "current": True}

    html = render_to_string(
        "frame/console.html", {"organization": organization, "menu": [item], "theme": "dark"}
    )

    assert 'data-bs-theme="dark"' in html
    assert re.search(r'href="/runs/" aria-current="page"', html)
    assert "Acme Tea BM00000000001" in shown(html)
    assert "Demo installation" not in html


def test_the_switcher_lists_the_other_organizations() -> None:
    acme, tea = (
        {"name": n, "code": f"BM0000000000{i}", "url": f"/{n}/"} for i, n in enumerate(["acme", "tea"])
    )

    html = render_to_string("frame/console.html", {"organization": acme, "organizations": [acme, tea]})

    assert re.findall(r'<a href="(/\w+/)" (?:aria-current="true")?>', html) == ["/acme/", "/tea/"]


def test_without_a_choice_the_theme_follows_the_system() -> None:
    assert 'data-bs-theme="system"' in render_to_string("frame/plain.html", {})


def test_a_demo_installation_says_so() -> None:
    assert "Demo installation" in render_to_string(
        "frame/account.html", {"demo": True, "account": {"name": "Tea"}}
    )


@pytest.mark.parametrize("page", ["403.html", "404.html", "500.html"])
def test_an_error_page_stands_without_any_context(page: str) -> None:
    html = render_to_string(page)

    assert html.count("<h1>") == 1
    assert 'class="error-block' in html


def test_htmx_may_evaluate_nothing_and_puts_errors_among_the_messages() -> None:
    html = render_to_string("base.html")

    assert '"allowEval": false' in html
    assert "django-htmx.js" not in html
    assert re.search(r'"code": "\[45\]\.\.".*"target": "#messages"', html)
    assert 'id="messages"' in html


PAGE = {
    "organization": {"name": "A rather long name of a company " * 4, "code": "BM00000000001", "url": "/a/"},
    "menu": [{"label": "Runs", "url": "/runs/", "icon": "activity", "count": 3, "current": True}],
}


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A page of the console as a file, beside the real static files."""
    folder = tmp_path_factory.mktemp("page")
    (folder / "static").symlink_to(ROOT / "static")
    html = render_to_string("frame/console.html", PAGE).replace('"/static/', '"static/')
    (folder / "page.html").write_text(html, encoding="utf-8")
    return (folder / "page.html").as_uri()


@pytest.fixture(scope="module")
def browser() -> Iterator[webdriver.Chrome]:
    """Chromium with scripts of pages switched off."""
    options = webdriver.ChromeOptions()
    for flag in [
        "headless=new",
        "no-sandbox",
        "disable-gpu",
        "disable-background-networking",
        "disable-sync",
    ]:
        options.add_argument(f"--{flag}")
    options.add_experimental_option("prefs", {"profile.managed_default_content_settings.javascript": 2})
    driver = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
    yield driver
    driver.quit()


def opened(browser: webdriver.Chrome, page: str, *, scheme: str = "light", width: int = 1280) -> None:
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    browser.get(page)


@pytest.mark.browser
@pytest.mark.parametrize(("scheme", "colour"), [("light", "rgb(246, 247, 248)"), ("dark", "rgb(17, 24, 39)")])
def test_without_a_script_the_page_is_as_dark_as_the_system(
    browser: webdriver.Chrome, page: str, scheme: str, colour: str
) -> None:
    opened(browser, page, scheme=scheme)

    background = browser.execute_script("return getComputedStyle(document.body).backgroundColor")
    assert background == colour


@pytest.mark.browser
def test_a_narrow_page_needs_no_sideways_scrolling(browser: webdriver.Chrome, page: str) -> None:
    opened(browser, page, width=390)

    assert browser.execute_script("return document.scrollingElement.scrollWidth") <= 390


@pytest.mark.browser
def test_a_narrow_page_opens_its_menu_without_a_script(browser: webdriver.Chrome, page: str) -> None:
    opened(browser, page, width=390)
    entry = browser.find_element("css selector", "#menu nav a")
    assert not entry.is_displayed()

    browser.find_element("css selector", ".menu-button").click()

    assert entry.is_displayed()


@pytest.mark.browser
def test_a_button_that_needs_a_script_is_not_shown_without_one(browser: webdriver.Chrome, page: str) -> None:
    opened(browser, page)

    assert not browser.find_element("css selector", ".copy-id button").is_displayed()
    assert browser.find_element("css selector", ".copy-id .id").text == "BM00000000001"
