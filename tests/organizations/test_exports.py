"""What people take away must be harmless in a spreadsheet."""

from typing import Any

import pytest

from organizations.exports import harmless


@pytest.mark.parametrize("cell", ["=HYPERLINK(1)", "+1", "-1", "@x", "\tx", "\rx", "\nx", "  =1", "＝1"])
def test_no_downloaded_cell_is_a_formula(cell: Any) -> None:
    assert harmless(cell) == f"'{cell}"


@pytest.mark.parametrize(("cell", "written"), [("Weekly", "Weekly"), (None, ""), (12, "12")])
def test_ordinary_cells_are_written_as_they_are(cell: Any, written: str) -> None:
    assert harmless(cell) == written
