"""The pages of the path as pictures in `$SCREENSHOTS`, and whether they fit a phone."""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from selenium import webdriver

WIDE, PHONE, HEIGHT = 1280, 390, 844
SCHEMES = ("light", "dark")
# The last element that reaches beyond the right edge, if the page can be scrolled sideways.
WIDER = """
const limit = document.documentElement.clientWidth;
if (document.documentElement.scrollWidth <= limit) return "";
const isOut = (one) => one.getBoundingClientRect().right > limit + 1;
const out = [...document.querySelectorAll("body *")].filter(isOut);
return out.length ? out.pop().outerHTML.slice(0, 200) : "something without a box";
"""


@dataclass
class Pictures:
    """`take("plan")` at each stop."""

    driver: webdriver.Chrome
    prefix: str
    too_wide: dict[str, str] = field(default_factory=dict)
    folder: str = field(default_factory=lambda: os.environ.get("SCREENSHOTS", ""))

    def take(self, name: str) -> None:
        self._resize(PHONE)
        if wide := self.driver.execute_script(WIDER):
            self.too_wide[name] = wide
        if self.folder:
            self._shoot(Path(self.folder), name)
        self._command("Emulation.clearDeviceMetricsOverride")

    def _shoot(self, folder: Path, name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._command("Emulation.setScrollbarsHidden", hidden=True)
        for width in (PHONE, WIDE):
            self._resize(width)
            for scheme in SCHEMES:
                self._prefer({"prefers-color-scheme": scheme, "prefers-reduced-motion": "reduce"})
                shot = self._command("Page.captureScreenshot", captureBeyondViewport=True)
                file = folder / f"{self.prefix}-{name}-{width}-{scheme}.png"
                file.write_bytes(base64.b64decode(shot["data"]))
        self._prefer({})
        self._command("Emulation.setScrollbarsHidden", hidden=False)

    def _prefer(self, features: dict[str, str]) -> None:
        said = [{"name": name, "value": value} for name, value in features.items()]
        self._command("Emulation.setEmulatedMedia", features=said)

    def _resize(self, width: int) -> None:
        size = {"width": width, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": False}
        self._command("Emulation.setDeviceMetricsOverride", **size)

    def _command(self, name: str, **parameters: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self.driver.execute_cdp_cmd(name, parameters)
        return answer
