"""Names of uploaded files, which strangers may have chosen."""

import pytest

from audiences import datasets


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("customers\u202evsc.csv", "customersvsc.csv"),
        ("a\tb\x00  c.csv", "ab c.csv"),
        ("\u200b", "Unnamed list"),
        ("x" * 300, "x" * 200),
    ],
)
def test_a_file_name_looks_like_what_it_is(given: str, kept: str) -> None:
    assert datasets.tidy_name(given) == kept
