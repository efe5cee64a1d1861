import csv
import hashlib
import io
import re
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import Settings

from audiences import parts, pipeline, records, sorting
from audiences.identifiers import Form, Kind
from audiences.pipeline import PlanCancelled, PlanSpec, Rules, plan
from audiences.settling import exact
from organizations import bytestore, sealedfiles
from organizations.storage import Damaged, SealedReader
from tests.audiences.files import sealed

TAIWAN = Rules(Kind.PHONE, country="TW")
EMAIL = Rules(Kind.EMAIL)
UUID = "0a1b2c3d-0000-4000-8000-00000000000f"


@pytest.fixture
def storage_dir(settings: Settings) -> Any:
    return settings.STORAGE_DIR


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that is cut is cut often: a short list then goes the way of a long one."""
    monkeypatch.setattr(sealedfiles, "CHUNK", 4096)
    monkeypatch.setattr(records, "BLOCK", 16_384)
    monkeypatch.setattr(sorting, "RUN_ROWS", 900)
    monkeypatch.setattr(sorting, "RANGE_ROWS", 700)


def make(
    content: Any,
    rules: Any = TAIWAN,
    *,
    encoding: Any = "utf-8",
    folder: str = "runs/1",
    column: Any = 0,
    **options: Any,
) -> Any:
    layout = {key: options.pop(key) for key in ("delimiter", "has_header", "skipped") if key in options}
    spec = PlanSpec(rules, column, encoding, **layout)
    return plan(sealed(content, encoding), spec, folder=folder, **options)


def lines_of(made: Any) -> Any:
    return (
        b"".join(SealedReader(part.storage_name).read() for part in made.parts).decode("ascii").splitlines()
    )


def rejects_of(made: Any) -> Any:
    rows = SealedReader(made.rejects_name).read().decode().splitlines()[1:] if made.rejects_name else []
    return [(int(line), reason) for line, reason in (row.split(",") for row in rows)]


def sha256(value: Any) -> Any:
    return hashlib.sha256(value.encode()).hexdigest()


def counts(made: Any) -> Any:
    return made.rows, made.empty, made.rejected, made.duplicates, made.unique


def expected(values: Any, rules: Any) -> Any:
    """The slow way: the exact rules, hashlib and a set."""
    outcomes = [exact(rules, value) for value in values]
    accepted = [value for value, _reason in outcomes if value is not None]
    reasons = Counter(reason for value, reason in outcomes if value is None)
    empty = reasons.pop("empty", 0)
    unique = {sha256(value) if rules.hashes else value for value in accepted}
    return (len(values), empty, dict(reasons), len(accepted) - len(unique), len(unique)), sorted(unique)


CELLS = st.one_of(
    st.builds("09{:08}".format, st.integers(0, 400)),
    st.builds("+886-9{:02}-000-{:03}".format, st.integers(0, 20), st.integers(0, 20)),
    st.sampled_from(
        [
            "",
            "n/a",
            "０９００００００００",
            "02-2345-0000",
            "9.1E+11",
            '09"00',
            "a@shop.example",
            "A@Shop.example ",
        ]
    ),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\ufeff\ufffd"), max_size=8),
)


@hypothesis_settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(CELLS, max_size=60),
    st.sampled_from([TAIWAN, EMAIL]),
    st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
)
def test_every_row_is_accounted_for_as_the_slow_rules_do(values: Any, rules: Any, quoting: Any) -> None:
    text = io.StringIO()
    csv.writer(text, quoting=quoting).writerows(["x", value, "y"] for value in values)

    made = make(text.getvalue(), rules, column=1)

    assert (counts(made), lines_of(made)) == expected(values, rules)
    assert made.rows == made.empty + sum(made.rejected.values()) + made.duplicates + made.unique
    assert Counter(reason for _line, reason in rejects_of(made)) == made.rejected


@pytest.mark.parametrize("form", list(Form))
def test_phones_are_hashed_in_the_form_the_account_wants(form: Any) -> None:
    spelled = {"NATIONAL": "0900000001", "E164_DIGITS": "886900000001", "E164_PLUS": "+886900000001"}
    wanted = next(value for name, value in spelled.items() if form.name.startswith(name))

    made = make("0900-000-001\n+886900000001\n", Rules(Kind.PHONE, country="TW", form=form))

    assert lines_of(made) == [sha256(wanted)]
    assert made.duplicates == 1


def test_emails_are_folded_and_hashed() -> None:
    assert lines_of(make("  Ａbc@Shop.Example \n", EMAIL)) == [sha256("abc@shop.example")]


def test_hashes_pass_through_in_lower_case() -> None:
    made = make("A" * 64 + "\n" + "a" * 64 + "\n" + "b" * 63, Rules(Kind.EMAIL, is_hashed=True))

    assert lines_of(made) == ["a" * 64]
    assert counts(made) == (3, 0, {"not_hashed": 1}, 1, 1)


def test_advertising_ids_are_sent_as_they_are() -> None:
    made = make(f"{UUID.upper()}\n{UUID}\n{UUID}\nx\n", Rules(Kind.IFA))

    assert sorted(lines_of(made)) == [UUID.upper(), UUID]
    assert (made.duplicates, made.rejected) == (1, {"not_an_ifa": 1})


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "cp932", "cp950", "utf-16-le", "utf-16-be", "euc_jp"]
)
def test_every_encoding_gives_the_same_parts(encoding: Any) -> None:
    text = "電話,名前\r\n０９００００００００,田中\r\n0900-000-001,高橋\r\n"

    made = make(text, encoding=encoding, has_header=True)

    assert lines_of(made) == sorted([sha256("0900000000"), sha256("0900000001")])


def test_rejects_name_the_line_an_editor_shows_and_nothing_else() -> None:
    content = (
        'note,phone\n"two\nlines",0900000001\n\nx,n/a\n"a\nb\nc",bad\n"open,0900000002\nz,02-2345-0000\n'
    )

    made = make(content, column=1, has_header=True)

    assert rejects_of(made) == [
        (5, "not_a_phone"),
        (6, "not_a_phone"),
        (9, "broken_quotes"),
        (10, "landline"),
    ]
    assert counts(made) == (6, 1, {"broken_quotes": 1, "landline": 1, "not_a_phone": 2}, 0, 1)


def test_lines_before_the_heading_are_skipped_and_an_editor_still_counts_them() -> None:
    content = "sep=;\nphone;name\n0900000001;x\nn/a;y\n"

    made = make(content, delimiter=";", has_header=True, skipped=1)

    assert counts(made) == (2, 0, {"not_a_phone": 1}, 0, 1)
    assert rejects_of(made) == [(4, "not_a_phone")]


def test_a_cell_the_encoding_cannot_read_is_refused_and_others_are_not() -> None:
    made = make(b"0900000001,\xff\n09000\xff,x\n0900000002,y\n")

    assert rejects_of(made) == [(2, "undecodable")]
    assert made.unique == 2


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (b"", (0, 0, {}, 0, 0)),
        (b"\xef\xbb\xbf", (0, 0, {}, 0, 0)),
        (b"\n" * 1000, (1000, 1000, {}, 0, 0)),
        (b",,,\n,,,\n", (2, 2, {}, 0, 0)),
        (b"n/a\nx\n", (2, 0, {"not_a_phone": 2}, 0, 0)),
        (b"0900000001", (1, 0, {}, 0, 1)),
        (b"0900000001\r0900000002\r\n0900000003\n\r", (4, 1, {}, 0, 3)),
        (b"\xef\xbb\xbf\xef\xbb\xbf0900000001\n", (1, 0, {}, 0, 1)),
        (b"0900000001,\n0900000002\n0900000003,a,b,c\n", (3, 0, {}, 0, 3)),
        (b"0900000001\0\n", (1, 0, {"not_a_phone": 1}, 0, 0)),
        (b"0900000001\x1a\n", (1, 0, {"not_a_phone": 1}, 0, 0)),
        (b'0900000001,"never closed\n0900000002,x\n', (2, 0, {"broken_quotes": 1}, 0, 1)),
        (b'0900000001,x\n0900000002,"never closed', (2, 0, {"broken_quotes": 1}, 0, 1)),
        (b'"0900000001","a""b"\n', (1, 0, {}, 0, 1)),
        ("0900000001,a\u2028b\u0085c\x0bd\n".encode(), (1, 0, {}, 0, 1)),
        (b"0900000001," + b"x" * 200_000 + b"\n", (1, 0, {}, 0, 1)),
        (b"x" * 200_000 + b"\n0900000001\n", (2, 0, {"not_a_phone": 1}, 0, 1)),
        (b"," * 5000 + b"\n0900000001" + b"," * 5000 + b"\n", (2, 1, {}, 0, 1)),
        (b"=1+1\n+886900000001\n@SUM(A1)\n", (3, 0, {"not_a_phone": 2}, 0, 1)),
        (b"0900000001\n" * 5000, (5000, 0, {}, 4999, 1)),
    ],
)
def test_nasty_lists_get_an_exact_report(content: Any, wanted: Any) -> None:
    assert counts(make(content)) == wanted


def test_an_endless_line_is_one_clear_error_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "BLOCK", 1 << 20)

    with pytest.raises(records.LineTooLong):
        make(b"x" * (3 << 20))
    assert list(bytestore.names("runs/")) == []


PHONES = "".join(f"09{number % 5000:08},x\n" for number in range(12_000))


def test_the_same_list_gives_the_same_parts_however_it_is_cut(request: pytest.FixtureRequest) -> None:
    once = make(PHONES)
    request.getfixturevalue("small_blocks")

    again = make(PHONES, folder="runs/2")

    assert counts(again) == counts(once)
    assert [part.sha256 for part in again.parts] == [part.sha256 for part in once.parts]


def test_the_order_of_the_rows_does_not_show_in_the_parts() -> None:
    rows = PHONES.splitlines()

    backwards = make("\n".join(reversed(rows)), folder="runs/2")

    assert [part.sha256 for part in backwards.parts] == [part.sha256 for part in make(PHONES).parts]


def test_parts_keep_to_the_size_that_line_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert parts.PART_BYTES == 62_914_560
    monkeypatch.setattr(pipeline, "PART_BYTES", 65 * 1999 + 64)

    made = make(PHONES)

    assert [part.rows for part in made.parts] == [1999, 1999, 1002]
    assert all(part.bytes == part.rows * 65 for part in made.parts)
    assert all(re.fullmatch("[0-9a-f]{64}", line) for line in lines_of(made))


@pytest.mark.usefixtures("small_blocks")
def test_only_parts_and_rejects_stay_and_nothing_is_in_clear(storage_dir: Path) -> None:
    made = make(PHONES + "n/a\n")

    kept = {made.rejects_name, *(part.storage_name for part in made.parts)}
    assert set(bytestore.names("runs/")) == kept
    stored = b"".join(path.read_bytes() for path in storage_dir.rglob("*") if path.is_file())
    assert b"0900000001" not in stored
    assert sha256("0900000001").encode() not in stored


@pytest.mark.usefixtures("small_blocks")
def test_progress_grows_to_the_end() -> None:
    seen = []

    make(PHONES, on_progress=lambda rows, share: seen.append((rows, share)))

    assert seen == sorted(seen)
    assert seen[-1] == (12_000, 1.0)
    assert len(seen) > 5


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("after", [0, 3, 9])
def test_a_cancelled_plan_leaves_nothing(after: Any) -> None:
    asked = iter(range(1000))

    with pytest.raises(PlanCancelled):
        make(PHONES, cancelled=lambda: next(asked) >= after)
    assert list(bytestore.names("runs/")) == []


def test_a_lost_lease_ends_the_plan_with_its_own_error() -> None:
    def lost(rows: Any, share: Any) -> None:
        raise ConnectionError("lease lost")

    with pytest.raises(ConnectionError):
        make(PHONES, on_progress=lost)
    assert list(bytestore.names("runs/")) == []


def test_a_damaged_list_is_not_planned() -> None:
    source = sealed(PHONES)
    path = bytestore.path_of(source.name)
    path.write_bytes(path.read_bytes()[:-1])

    with pytest.raises(Damaged):
        plan(SealedReader(source.name), PlanSpec(TAIWAN, 0), folder="runs/1")
    assert list(bytestore.names("runs/")) == []


def test_two_plans_at_once_do_not_meet() -> None:
    made = {}
    threads = [
        threading.Thread(target=lambda name=name: made.update({name: make(PHONES, folder=f"runs/{name}")}))
        for name in "ab"
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [part.sha256 for part in made["a"].parts] == [part.sha256 for part in made["b"].parts]


FORKED = """
import multiprocessing, sys
from pathlib import Path
from django.conf import settings
settings.configure(STORAGE_DIR=Path(sys.argv[1]), ENCRYPTION_KEYS=sys.argv[2], USE_I18N=False)
from audiences.identifiers import Kind
from audiences.pipeline import PlanSpec, Rules, plan
from organizations.storage import SealedReader

def work():
    made = plan(SealedReader(sys.argv[3]), PlanSpec(Rules(Kind.PHONE, country="TW"), 0), folder="runs/child")
    print(made.unique, flush=True)

children = [multiprocessing.get_context("fork").Process(target=work) for _ in range(2)]
for child in children:
    child.start()
for child in children:
    child.join()
"""


def test_forked_workers_can_plan(storage_dir: Path, settings: Settings) -> None:
    """Celery forks its workers: importing the pipeline must not start the engine's threads in the parent."""
    arguments = [str(storage_dir), settings.ENCRYPTION_KEYS, sealed(PHONES).name]

    answer = subprocess.run(
        [sys.executable, "-c", FORKED, *arguments], capture_output=True, text=True, timeout=60, check=False
    )

    assert answer.stdout.split() == ["5000", "5000"], answer.stderr
