"""The parts that draw forms: a plain Django form looks right and can be used with a keyboard and a reader."""

from __future__ import annotations

import re

import pytest
from django import forms

from tests.test_components import part, shown


class Upload(forms.Form):
    name = forms.CharField(help_text="Shown at LINE.")
    note = forms.CharField(required=False, widget=forms.Textarea)
    kind = forms.ChoiceField(choices=[("PHONE", "Phone"), ("EMAIL", "E-mail")])
    method = forms.ChoiceField(choices=[("ADD", "Add"), ("REPLACE", "Replace")], widget=forms.RadioSelect)
    consent = forms.BooleanField()
    token = forms.CharField(widget=forms.HiddenInput)


def test_a_field_with_an_error_points_a_screen_reader_to_help_and_error() -> None:
    html = part("field", field=Upload({})["name"])

    assert 'aria-invalid="true"' in html
    described = re.search(r'aria-describedby="([^"]+)"', html)
    assert described
    assert all(f'id="{target}"' in html for target in described[1].split())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("name", r'<input[^>]*class="form-control"'),
        ("note", r'<textarea[^>]*class="form-control"'),
        ("kind", r'<select[^>]*class="form-select"'),
        ("method", r'<fieldset.*<legend.*type="radio".*type="radio".*</fieldset>'),
        ("consent", r'class="field choice".*type="checkbox".*<label for="id_consent">'),
        ("token", r'^\s*<input type="hidden"'),
    ],
)
def test_a_plain_form_field_gets_the_markup_of_its_kind(name: str, expected: str) -> None:
    assert re.search(expected, part("field", field=Upload()[name]), re.S)


def test_only_what_may_be_left_out_is_called_optional() -> None:
    assert "(optional)" in part("field", field=Upload()["note"])
    assert "(optional)" not in part("field", field=Upload()["name"])


def test_the_error_summary_takes_the_focus_and_links_to_each_field() -> None:
    html = part("form_errors", form=Upload({"kind": "PHONE", "method": "ADD", "token": "x"}))

    assert "autofocus" in html
    assert re.findall(r'href="#(\w+)"', html) == ["id_name", "id_consent"]
    assert "2 entries need your attention." in shown(html)


def test_all_fields_of_a_form_are_drawn_once() -> None:
    html = part("fields", form=Upload())

    assert all(
        len(re.findall(f'<(?:input|select|textarea)[^>]*name="{name}"', html)) for name in Upload.base_fields
    )
    assert html.count('name="token"') == 1


def test_filters_live_in_the_address() -> None:
    html = part("filters", form=Upload(), clear_url="/audiences/")

    assert 'method="get"' in html
    assert "(optional)" not in html


def test_a_confirmation_shows_what_must_be_typed() -> None:
    html = part("confirm", field=Upload()["name"], expected="BM12345678901", warning="It cannot be undone.")

    assert "To confirm, type BM12345678901 below." in shown(html)
    assert 'name="name"' in html


def test_an_error_of_the_whole_form_is_said_without_counting() -> None:
    form = Upload({"kind": "PHONE", "method": "ADD", "token": "x", "name": "a", "consent": "on"})
    form.add_error(None, "The file is empty.")

    assert shown(part("form_errors", form=form)) == "The file is empty."
