"""A person without a mouse: Tab until the screen reader says the right name, then type or press Enter."""

from __future__ import annotations

from typing import Self

from selenium import webdriver
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

MOST_STOPS = 80


class Keyboard:
    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver

    @property
    def focus(self) -> WebElement:
        return self.driver.switch_to.active_element

    def press(self, key: str) -> None:
        webdriver.ActionChains(self.driver).send_keys(key).perform()

    def to(self, name: str) -> Self:
        """The thing of that accessible name; every stop on the way shows where the focus is."""
        passed = []
        for _ in range(MOST_STOPS):
            self.press(Keys.TAB)
            focus = self.focus
            passed.append(focus.accessible_name)
            assert focus.tag_name == "body" or self._is_marked(focus), f"No focus ring on {passed[-1]!r}"
            if passed[-1] == name:
                return self
        raise AssertionError(f"{name!r} cannot be reached by Tab; passed {passed}")

    def type(self, text: str) -> Self:
        self.press(text)
        return self

    def enter(self) -> None:
        self.press(Keys.ENTER)

    @staticmethod
    def _is_marked(focus: WebElement) -> bool:
        outline = focus.value_of_css_property("outline-style")
        return outline != "none" or focus.value_of_css_property("box-shadow") != "none"
