"""Every sentence marked for translation is in the catalogues; `docs/languages.md` says how it gets there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import polib
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(settings.BASE_DIR)
APPS = ("bizmanager", "users", "organizations", "linking", "resources", "audiences")
MARKS = {
    "_",
    "gettext",
    "gettext_lazy",
    "ngettext",
    "ngettext_lazy",
    "pgettext",
    "pgettext_lazy",
    "npgettext",
}
Message = tuple[str, str]  # context, English


def marked_in(code: str) -> Iterator[Message]:
    """What `xgettext` would find in Python, without needing it."""
    for node in ast.walk(ast.parse(code)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id not in MARKS:
            continue
        words = [part.value for part in node.args if isinstance(part, ast.Constant)]
        has_context = node.func.id.startswith(("pgettext", "npgettext"))
        yield (str(words[0]), str(words[1])) if has_context else ("", str(words[0]))


def marked_in_template(source: str) -> Iterator[Message]:
    """Django turns a template into Python for `xgettext`: calls, with everything else crossed out."""
    calls = r"(?:gettext_noop|n?p?gettext|_)\((?:(?:u?'(?:[^'\\]|\\.)*'|u?\"(?:[^\"\\]|\\.)*\"|count|, )+)\)"
    for call in re.findall(calls, templatize(source)):
        yield from marked_in(call.replace("gettext_noop", "gettext"))


def marked() -> Iterator[Message]:
    for app in APPS:
        for path in (ROOT / app).rglob("*.py"):
            yield from marked_in(path.read_text())
    for kind in ("*.html", "*.txt"):
        for path in (ROOT / "templates").rglob(kind):
            yield from marked_in_template(path.read_text())


def known() -> set[Message]:
    catalogue = polib.pofile(str(ROOT / "locale" / "zh_Hant" / "LC_MESSAGES" / "django.po"))
    return {(entry.msgctxt or "", entry.msgid) for entry in catalogue}


def test_a_template_is_read_as_the_tools_read_it() -> None:
    source = """{% translate "Link" context "verb" %} {{ x|default:_("Copy") }} {% translate 'It’s "so"' %}
    {% blocktranslate count n=n %}{{ n }} row{% plural %}{{ n }} rows{% endblocktranslate %}"""

    assert set(marked_in_template(source)) == {
        ("verb", "Link"),
        ("", "Copy"),
        ("", 'It’s "so"'),
        ("", "%(n)s row"),
    }


def test_every_marked_sentence_is_in_the_catalogues() -> None:
    assert sorted(set(marked()) - known()) == []
