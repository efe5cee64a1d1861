"""Workers killed at every checkpoint, under every fault of LINE: the right set, once, and a true record."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from django.db import connection

from tests.faults.company import MODES, Company, company, wrong
from tests.faults.harness import Case

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("faults")]

FAULTS = [("status:500", "before"), ("status:500", "after"), ("reset", "before"), ("reset", "after")]
FAULTS += [("html", "before"), ("html", "after"), ("status:429", "before"), ("slow:0.2", "after")]
STRIDE = int(os.environ.get("SWEEP_STRIDE", "4"))  # the slow sweep plays every n-th case; 1 plays all
# Where each planted bug shows: the kill or the fault that it cannot stand.
TRAPS = {
    "inflight_is_done": [Case("ADD", kill_at=place) for place in range(8, 14)],
    "lost_answer_is_done": [Case("ADD", fault="reset", when="before")],
    "no_barrier": [Case("REPLACE", fault="reset", when="before")],
    "replace_again": [Case("REPLACE", fault="reset", when="before")],
    "create_again": [Case("CREATE", fault="reset", when="after")],
}


@pytest.fixture(scope="module")
def players(django_db_setup: None) -> Iterator[Company]:
    with company(connection.settings_dict if connection.vendor == "postgresql" else None) as found:
        yield found


def test_a_worker_killed_at_any_checkpoint_does_no_harm(players: Company) -> None:
    kills = players.kills(Case("CREATE", parts=1))

    assert len(kills) > 15
    assert wrong(players.play(kills)) == []


@pytest.mark.db
def test_a_replacement_survives_a_kill_around_its_upload(players: Company) -> None:
    assert wrong(players.play(Case("REPLACE", kill_at=place) for place in range(10, 15))) == []


@pytest.mark.parametrize("fault", ["status:500", "reset"])
def test_a_lost_answer_and_a_killed_worker_together_do_no_harm(players: Company, fault: str) -> None:
    places = (0, 10, 16)

    cases = [Case("CREATE", kill_at=place, fault=fault, when="after") for place in places]
    assert wrong(players.play(cases)) == []


@pytest.mark.slow
@pytest.mark.parametrize(("fault", "when"), FAULTS)
def test_a_fault_of_line_and_a_killed_worker_together_do_no_harm(
    players: Company, fault: str, when: str
) -> None:
    mode = MODES[FAULTS.index((fault, when)) % len(MODES)]
    places = (0, 10, 16)

    assert wrong(players.play(Case(mode, kill_at=place, fault=fault, when=when) for place in places)) == []


@pytest.mark.slow
@pytest.mark.parametrize("mutant", TRAPS)
def test_a_planted_bug_is_found(players: Company, mutant: str) -> None:
    """The sweep has teeth."""
    cases = [Case(**{**vars(case), "mutant": mutant}) for case in TRAPS[mutant]]

    assert wrong(players.play(cases)) != []


@pytest.mark.db
@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
def test_every_kill_without_a_fault(players: Company, mode: str) -> None:
    assert wrong(players.play(players.kills(Case(mode, parts=3)))) == []


@pytest.mark.slow
@pytest.mark.parametrize("nth", [1, 2, 3])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("fault", "when"), FAULTS)
def test_every_kill_under_every_fault(players: Company, fault: str, when: str, mode: str, nth: int) -> None:
    kills = players.kills(Case(mode, fault=fault, when=when, nth=nth, parts=3))

    assert wrong(players.play(kills[nth % STRIDE :: STRIDE])) == []
