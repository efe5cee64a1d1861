"""What a browser says of itself, in words that people use. A guess to recognise one's own devices by."""

from __future__ import annotations

from django.utils.translation import gettext as _

# The first that fits: Edge and Opera call themselves Chrome too, and everybody calls itself Safari.
BROWSERS = {
    "Line/": "LINE", "Edg": "Edge", "OPR/": "Opera", "SamsungBrowser/": "Samsung Internet",
    "Firefox/": "Firefox", "FxiOS/": "Firefox", "CriOS/": "Chrome", "Chrome/": "Chrome",
    "Safari/": "Safari", "curl/": "curl",
}  # fmt: skip
SYSTEMS = {
    "iPhone": "iPhone", "iPad": "iPad", "Android": "Android", "Windows": "Windows", "CrOS": "ChromeOS",
    "Macintosh": "Mac", "Linux": "Linux",
}  # fmt: skip


def device(user_agent: str) -> str:
    """`Mozilla/5.0 (Windows NT 10.0; …) Chrome/140 …` → "Chrome on Windows"."""
    browser, system = _first(BROWSERS, user_agent), _first(SYSTEMS, user_agent)
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or _("Unknown device")


def _first(words: dict[str, str], user_agent: str) -> str:
    return next((name for mark, name in words.items() if mark in user_agent), "")


def device_icon(user_agent: str) -> str:
    return (
        "smartphone"
        if any(word in user_agent for word in ("iPhone", "Android", "iPad"))
        else "panels-top-left"
    )
