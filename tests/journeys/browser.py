"""One browser, used as a person uses it: by the words on the page, waiting for what is to appear."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException, TimeoutException, WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select, WebDriverWait

PATIENCE = 30
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--lang=en",
    # Smooth scrolling would move what is about to be clicked.
    "--force-prefers-reduced-motion",
    "--window-size=1280,900",
]
NO_SCRIPTS = {"profile.managed_default_content_settings.javascript": 2}
CLICKABLE = "//*[self::a or self::button or self::summary]"
T = TypeVar("T")


def is_installed() -> bool:
    return bool(shutil.which("chromium") and shutil.which("chromedriver"))


def start(downloads: Path, *, scripts: bool = True) -> webdriver.Chrome:
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for flag in FLAGS:
        options.add_argument(flag)
    preferences = {"download.default_directory": str(downloads), "credentials_enable_service": False}
    options.add_experimental_option("prefs", preferences | ({} if scripts else NO_SCRIPTS))
    return webdriver.Chrome(
        options=options, service=webdriver.ChromeService(shutil.which("chromedriver") or "")
    )


def quoted(words: str) -> str:
    assert '"' not in words
    return f'"{words}"'


def saying(words: str) -> str:
    return f"[normalize-space()={quoted(words)} or span[normalize-space()={quoted(words)}]]"


class Hand:
    """Clicks and types. Every step waits for its thing to be there; none sleeps."""

    def __init__(self, driver: webdriver.Chrome, base: str) -> None:
        self.driver = driver
        self.base = base

    def open(self, address: str) -> None:
        self.driver.get(address if "://" in address else f"{self.base}{address}")

    def press(self, words: str) -> None:
        """A button, link or summary that says exactly this; one in the page's main part comes first."""
        ways = [f"//main{CLICKABLE}{saying(words)}", f"{CLICKABLE}{saying(words)}"]
        self._click(lambda: next(filter(None, map(self._shown, ways)), None), f"press {words!r}")

    def menu(self, words: str) -> None:
        way = f"//nav//a[span[1][normalize-space()={quoted(words)}]]"
        self._click(lambda: self._shown(way), f"menu {words!r}")

    def tick(self, words: str) -> None:
        """A checkbox or radio button whose label begins with this."""
        way = f"//label[starts-with(normalize-space(), {quoted(words)})]"
        self._click(lambda: self._shown(way), f"tick {words!r}")

    def tick_row(self, number: int) -> None:
        """The checkbox of that row of the page's table."""
        way = f"(//main//tbody/tr//input[@type='checkbox'])[{number}]"
        self._click(lambda: self._shown(way), f"tick row {number}")

    def tick_named(self, name: str) -> None:
        """The checkbox without a label in sight that a screen reader calls this."""
        way = f"//main//input[@type='checkbox'][@aria-label={quoted(name)}]"
        self._click(lambda: self._shown(way), f"tick {name!r}")

    def type(self, label: str, text: str) -> None:
        self._do(lambda: self._type(self.field(label), text), f"type into {label!r}")

    @staticmethod
    def _type(field: WebElement, text: str) -> bool:
        field.clear()
        field.send_keys(text)
        return True

    def choose(self, label: str, option: str) -> None:
        self._do(lambda: self._choose(self.field(label), option), f"choose {option!r}")

    @staticmethod
    def _choose(field: WebElement, option: str) -> bool:
        Select(field).select_by_visible_text(option)
        return True

    def attach(self, label: str, path: Path) -> None:
        self.field(label).send_keys(str(path))

    def field(self, label: str) -> WebElement:
        """The form control of that label."""
        way = f"//label[normalize-space(text()[1])={quoted(label)}]"
        found = self._do(lambda: self._shown(way), f"find the field {label!r}")
        return self.driver.find_element(By.ID, found.get_attribute("for") or "")

    def paste(self, label: str) -> str:
        """What lies in the clipboard, put into that field."""
        field = self.field(label)
        field.clear()
        field.send_keys(Keys.CONTROL, "v")
        return field.get_attribute("value") or ""

    def sees(self, *wanted: str, within: str = "body", seconds: float = PATIENCE) -> None:
        """Waits until all these words can be read."""
        self._do(lambda: all(words in self.text(within) for words in wanted), f"see {wanted}", seconds)

    def sees_not(self, words: str) -> None:
        assert words not in self.text()

    def offers_not(self, words: str) -> None:
        """Nothing on the page that can be pressed says this."""
        assert not [one for one in self.texts("a, button, summary") if words in one]

    def refreshes_until(self, *wanted: str) -> None:
        """Without a script a person presses Refresh while the page offers it."""

        def settled() -> bool:
            if all(words in self.text("main") for words in wanted):
                return True
            button = self._shown(CLICKABLE + saying("Refresh"))
            if button:
                button.click()
            return False

        self._do(settled, f"see {wanted} after refreshing")

    def sees_heading_chosen(self, words: str) -> None:
        """In the sample, that column is the marked one."""
        self._do(lambda: words in self.texts("th.chosen"), f"see the column {words!r} marked")

    def text(self, within: str = "body") -> str:
        return " ".join(self.driver.find_element(By.CSS_SELECTOR, within).text.split())

    def texts(self, selector: str) -> list[str]:
        return [found.text.strip() for found in self.driver.find_elements(By.CSS_SELECTOR, selector)]

    def sign_in(self, login: dict[str, Any]) -> None:
        self.open("/account/login/")
        self.enter_login(login)

    def enter_login(self, login: dict[str, Any]) -> None:
        self.type("Email", login["email"])
        self.type("Password", login["password"])
        self.press("Sign in")
        self.sees_address_without("/account/login/")

    def sign_out(self) -> None:
        self._click(
            lambda: self._shown('//details[.//button[contains(., "Sign out")]]/summary'), "open the menu"
        )
        self.press("Sign out")
        self.sees("Sign in")

    def give_password(self, login: dict[str, Any]) -> None:
        """On the page that asks once more who it is, in whatever language."""
        self.enter_password(login)
        self.sees_address_without("/account/reauthenticate/")

    def enter_password(self, login: dict[str, Any]) -> None:
        """The same where the answer may be a refusal, which stays at this address."""
        self.sees_address_with("/account/reauthenticate/")
        self.driver.find_element(By.CSS_SELECTOR, "input[type=password]").send_keys(
            login["password"], Keys.ENTER
        )

    def copied_value(self) -> str:
        return self.driver.find_element(By.CSS_SELECTOR, "input[readonly]").get_attribute("value") or ""

    def speak(self, language: str) -> None:
        if self._is_spoken(language):
            return  # chosen before: nobody could see the page come back, and wait for it
        form = "//details[.//button[@name='language']]"
        self._click(lambda: self._shown(f"{form}/summary"), "open the languages")
        self._click(lambda: self._shown(f"{form}//button[@value='{language}']"), f"choose {language}")
        self._do(lambda: self._is_spoken(language), language)

    def _is_spoken(self, language: str) -> bool:
        return bool(self.driver.find_elements(By.CSS_SELECTOR, f"html[lang={language}]"))

    def leave(self) -> None:
        """The next person comes with a browser of their own."""
        self.driver.delete_all_cookies()

    def sees_address_with(self, part: str) -> None:
        self._do(lambda: part in self.driver.current_url, f"come to {part}")

    def sees_address_without(self, part: str) -> None:
        self._do(lambda: part not in self.driver.current_url, f"leave {part}")

    def waits(self, condition: Callable[[], bool], what: str) -> None:
        self._do(condition, what)

    def _shown(self, way: str) -> WebElement | None:
        return next((one for one in self.driver.find_elements(By.XPATH, way) if one.is_displayed()), None)

    def _click(self, find: Callable[[], WebElement | None], what: str) -> None:
        def act() -> bool:
            found = find()
            if found:
                found.click()
            return bool(found)

        self._do(act, what)

    def _do(self, act: Callable[[], T], what: str, seconds: float = PATIENCE) -> T:
        """Again and again until it works: the page may be on its way, or swap a part just now."""
        try:
            wait = WebDriverWait(
                self.driver, seconds, 0.1, [WebDriverException, StaleElementReferenceException]
            )
            found: T = wait.until(lambda _: act())
        except TimeoutException as late:
            here = f"{self.driver.current_url}\n{self.text()[:3000]}"
            raise AssertionError(f"Could not {what} at {here}") from late
        return found
