"""Whether a REPLACE came after a later part of its own, as LINE's list of jobs tells it."""

from __future__ import annotations

import pytest

from audiences import epochs
from audiences.models import Batch
from lineads.shapes import UploadJob


def job(name: str, status: str = "FINISHED") -> UploadJob:
    return UploadJob("1", name, "DIFF_REPLACE", status, "", 1, None)


@pytest.mark.parametrize(
    ("newest_first", "is_disturbed"),
    [
        (["add", "replace"], False),
        (["add", "replace", "replace"], False),
        (["replace", "add", "replace"], True),
        (["add2", "replace", "add", "replace"], True),
    ],
)
def test_a_replacement_above_a_later_part_is_noticed(newest_first: list[str], is_disturbed: bool) -> None:
    batches = [Batch(file_name=name) for name in ("replace", "add", "add2")]

    assert epochs.is_disturbed([job(name) for name in newest_first], batches) == is_disturbed


def test_a_failed_replacement_disturbs_nothing() -> None:
    batches = [Batch(file_name=name) for name in ("replace", "add")]
    jobs = [job("replace", "FAILED"), job("add"), job("replace")]

    assert not epochs.is_disturbed(jobs, batches)
