"""Every stop of a run can be told."""

from audiences import reasons
from audiences.reasons import WHAT_TO_DO, Stop


def test_every_reason_has_a_sentence_and_an_advice() -> None:
    assert set(WHAT_TO_DO) == set(Stop)
    assert all(reasons.what_happened(code) and reasons.what_to_do(code) for code in Stop.values)
    assert (reasons.what_happened(""), reasons.what_to_do("unheard_of")) == ("", "")
