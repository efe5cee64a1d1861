"""The code of a tag: LINE's own shape, and no name that can break out of it."""

from __future__ import annotations

import json
import re

import pytest

from linking.models import Account
from resources.models import Resource, TagEvent
from resources.tag_code import in_script, snippets
from tests import factories

TAG_ID = "01234567-8901-2345-6789-012345678901"
NASTY = ["'", '"', "\\", "</script>", "<!--", "\u2028\u2029", "\n\r\x00", "${x}`", "&#39;", "購入", "🛒"]


def tag(owner: Account | None = None) -> Resource:
    return factories.TagFactory.build(line_id=TAG_ID, owner_account=owner, owner_organization=None)


def code(kind: TagEvent.Kind, name: str = "", owner: Account | None = None) -> str:
    (snippet,) = snippets(tag(owner), [TagEvent(kind=kind, name=name)])
    return snippet.code


@pytest.mark.parametrize(
    ("owner", "word"),
    [
        (factories.OfficialAccountFactory.build(legal_entity=None), "account"),
        (factories.AdsAccountFactory.build(legal_entity=None), "lap"),
        (None, "lap"),
    ],
    ids=["official", "ads", "organization"],
)
def test_the_base_code_begins_the_tag_and_counts_the_visit(owner: Account | None, word: str) -> None:
    shown = code(TagEvent.Kind.PAGE_VIEW, owner=owner)

    assert "https://d.line-scdn.net/n/line_tag/public/release/v1/lt.js" in shown
    assert f"_lt('init', {{\n  customerType: '{word}',\n  tagId: '{TAG_ID}'\n}});" in shown
    assert f"_lt('send', 'pv', ['{TAG_ID}']);" in shown
    assert f'src="https://tr.line.me/tag.gif?c_t={word}&t_id={TAG_ID}&e=pv&noscript=1"' in shown


def test_a_conversion_and_a_custom_event_are_sent_by_name() -> None:
    assert f"_lt('send', 'cv', {{\n  type: 'Conversion'\n}}, ['{TAG_ID}']);" in code(TagEvent.Kind.CONVERSION)
    assert f"_lt('send', 'cus', {{\n  type: 'Add-to_cart'\n}}, ['{TAG_ID}']);" in code(
        TagEvent.Kind.CUSTOM, "Add-to_cart"
    )


@pytest.mark.parametrize("name", NASTY, ids=range(len(NASTY)))
def test_a_name_stays_inside_its_string_and_means_the_same(name: str) -> None:
    shown = in_script(name)

    assert re.fullmatch(r"'(?:[A-Za-z0-9 _-]|\\u[0-9a-f]{4})*'", shown)
    assert json.loads(f'"{shown[1:-1]}"') == name
    assert shown in code(TagEvent.Kind.CUSTOM, name)
