"""The parts of the console: what a reader, a keyboard and a strict content security policy get from them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.paginator import Paginator
from django.http import QueryDict
from django.template import Context, Template
from django.template.loader import render_to_string
from django.utils import timezone

from organizations.templatetags import console

ROOT = Path(settings.BASE_DIR)
PARTS = sorted(path.stem for path in (ROOT / "templates/components").glob("[a-z]*.html"))


def part(name: str, /, **context: Any) -> str:
    return render_to_string(f"components/{name}.html", context)


def shown(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def write(source: str, **context: Any) -> str:
    return Template("{% load console %}" + source).render(Context(context))


@pytest.mark.parametrize("name", PARTS)
def test_every_part_is_described_in_the_guide(name: str) -> None:
    guide = (ROOT / "docs/look.md").read_text(encoding="utf-8")

    assert f"`{name}`" in guide


def test_a_status_says_its_state_in_a_word_an_icon_and_a_colour() -> None:
    html = part("status", state="REJECTED", label="Rejected", since=timezone.now() - timedelta(hours=3))

    assert 'class="status-part bad"' in html
    assert "#circle-x" in html
    assert shown(html).replace("\xa0", " ") == "Rejected 3 hours ago"


def test_a_value_to_copy_is_readable_without_a_script() -> None:
    html = part("copy_field", value="BM12345678901", label="Organization ID", id="code")

    assert re.search(r'<input[^>]*value="BM12345678901" readonly', html)
    assert re.search(r"<button[^>]*data-copy[^>]*hidden", html)
    assert '<label class="form-label" for="code">' in html


def test_what_people_typed_is_escaped_in_every_kind_of_text() -> None:
    nasty = "<b onclick=x>"
    html = part("copy_id", value=nasty) + part("status", state="NEW", label=nasty)
    html += part("person_chip", name=nasty) + part("banner", text=nasty)
    html += part("sample_table", columns=[nasty], rows=[[nasty]], caption=nasty)

    assert nasty not in html


def test_key_values_tell_zero_from_nothing() -> None:
    html = part("key_values", items=[{"label": "Rows", "value": 0}, {"label": "Expiry", "value": None}])

    assert shown(html) == "Rows 0 Expiry –"


def test_an_account_is_shown_with_its_kind_and_search_id() -> None:
    account = {
        "name": "晴日茶屋",
        "kind": "OFFICIAL",
        "kind_label": "LINE Official Account",
        "search_id": "@tea",
    }

    html = part("account_chip", account=account)

    assert shown(html) == "晴日茶屋 LINE Official Account · @tea"
    assert "#message-circle" in html


def test_a_person_without_a_name_is_shown_by_mail_address() -> None:
    assert shown(part("person_chip", email="mei@agency.example")) == "M mei@agency.example"


def test_progress_never_says_all_before_all_is_done() -> None:
    html = part("progress", label="Sending", done=999_999, total=1_000_000, unit="rows")

    assert "99 %" in html
    assert 'value="999999" max="1000000"' in html
    assert "999,999 of 1,000,000 rows" in shown(html)


def test_progress_of_unknown_length_has_no_value() -> None:
    assert "value=" not in part("progress", label="Counting", done=0, total=None)


def test_a_funnel_names_each_loss_with_its_exact_count() -> None:
    lost = [{"label": "Empty", "count": 1200}, {"label": "Not a number", "count": 800}]
    steps = [{"label": "Rows", "count": 50_000}, {"label": "Valid", "count": 48_000, "lost": lost}]

    text = shown(part("funnel", steps=steps))

    assert "Empty −1,200 Not a number −800 Valid 48,000" in text


def test_a_funnel_draws_to_scale_and_never_hides_a_small_count() -> None:
    steps = [{"label": "Rows", "count": 1_000_000}, {"label": "Sent", "count": 1, "lost": []}]

    bars = console.funnel_bars(steps)

    assert [bar.width for bar in bars] == ["100.00", "0.50"]


def test_a_funnel_of_an_empty_file_is_all_zero() -> None:
    assert [bar.width for bar in console.funnel_bars([{"label": "Rows", "count": 0}])] == ["0.00"]


def test_a_sample_marks_the_chosen_column_and_numbers_its_lines() -> None:
    html = part(
        "sample_table",
        columns=["id", "phone"],
        rows=[["1", "09••"]],
        caption="Sample",
        chosen=[1],
        numbers=True,
    )

    assert '<th scope="col" class="chosen">phone</th>' in html
    assert shown(html).endswith("1 1 09••")


def test_a_failed_check_says_how_to_mend_it_and_a_passed_one_does_not() -> None:
    checks = [
        {"ok": True, "label": "Same entity", "mend": "-"},
        {"ok": False, "label": "Verified", "mend": "Apply."},
    ]

    html = part("check_list", checks=checks)

    assert shown(html) == "Same entity Verified Apply."
    assert re.findall(r'aria-label="(\w+)"', html) == ["Passed", "Failed"]


def test_before_and_after_keeps_its_columns_apart_when_narrow() -> None:
    html = part("before_after", rows=[{"label": "Organization", "before": None, "after": "Tea"}])

    assert re.findall(r'data-label="(\w+)"', html) == ["Now", "Afterwards"]
    assert "<del>–</del>" in html


def test_a_timeline_says_what_who_and_when() -> None:
    event = {"at": timezone.now(), "text": "Approved", "who": "alice@acme.example", "state": "APPROVED"}

    assert shown(part("timeline", events=[event])) == "Approved just now · alice@acme.example"


def test_an_empty_list_offers_the_first_step() -> None:
    html = part(
        "empty_state", title="No audiences", text="Upload one.", action_url="/up/", action_label="Upload"
    )

    assert '<a class="btn btn-primary" href="/up/">Upload</a>' in html


def test_an_error_says_what_to_do_and_keeps_the_reference_one_click_away() -> None:
    html = part("error_block", what="LINE refused.", todo="Try again.", reference="01JD", detail="400")

    assert (
        html.index("LINE refused.") < html.index("Try again.") < html.index("<details>") < html.index("01JD")
    )


def test_a_message_of_the_page_has_the_tone_of_its_level() -> None:
    assert 'class="banner-part ok"' in part("banner", tone="success", text="Saved.")


def test_the_pager_keeps_the_filters() -> None:
    html = part("pager", page=Paginator(range(230), 50).page(2), query=QueryDict("state=READY&page=2"))

    assert "?state=READY&amp;page=3" in html
    assert "51–100 of 230" in shown(html)


def test_one_page_needs_no_pager() -> None:
    assert not part("pager", page=Paginator(range(3), 50).page(1), query=QueryDict()).strip()


def test_a_page_header_has_one_title_a_count_and_one_green_action() -> None:
    html = part("page_header", title="Audiences", count=0, action_url="/up/", action_label="Upload")

    assert shown(html) == "Audiences 0 Upload"
    assert html.count("btn-primary") == html.count("<h1>") == 1


def test_only_finished_steps_can_be_gone_back_to() -> None:
    steps = [
        {"label": name, "url": f"/{name}/", "state": state}
        for name, state in [("a", "done"), ("b", "current"), ("c", "next")]
    ]

    html = part("steps", steps=steps)

    assert re.findall(r'<a href="([^"]+)"', html) == ["/a/"]
    assert html.count('aria-current="step"') == 1


def test_a_refused_entry_gives_its_reason_and_cannot_be_ticked() -> None:
    items = [
        {"value": "1", "label": "Members", "size": 1234},
        {"value": "2", "label": "Lookalike", "refused": "Not for an OA."},
    ]

    html = part("picker", items=items, name="resource")

    assert re.findall(r'name="resource" value="(\w+)"', html) == ["1"]
    assert "Lookalike Not for an OA." in shown(html)


@pytest.mark.parametrize(
    ("value", "expected"), [(1234567, "1,234,567"), (0, "0"), (None, "–"), (12.5, "12.5"), ("x", "x")]
)
def test_numbers_have_thousands_separators(value: object, expected: str) -> None:
    assert console.number(value) == expected


@pytest.mark.parametrize(
    ("away", "expected"),
    [
        (timedelta(seconds=-20), "just now"),
        (timedelta(hours=-5, minutes=-10), "5 hours ago"),
        (timedelta(days=3, hours=1), "in 3 days"),
        (timedelta(days=7, seconds=-1), "in 1 week"),
    ],
)
def test_times_are_relative(away: timedelta, expected: str) -> None:
    assert shown(console.ago(timezone.now() + away)).replace("\xa0", " ") == expected


def test_the_exact_moment_is_in_the_title_in_the_readers_zone() -> None:
    with timezone.override("Asia/Taipei"):
        html = console.ago(datetime(2026, 1, 2, 20, 0, tzinfo=UTC))

    assert re.search(r'title="Jan\. 3, 2026, 4 a\.m\. CST"', html)


def test_an_icon_with_a_label_is_read_aloud_and_one_without_is_not() -> None:
    assert 'role="img" aria-label="Done"' in console.icon("check", "Done")
    assert 'aria-hidden="true"' in console.icon("check")
