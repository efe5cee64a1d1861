"""`python -m bench [--big] [--rounds N]`: peers in one run, the emulator, pages; fails if hashes differ."""

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path

from bench import emulator, sharing
from bench.contestants import CONTESTANTS, Result
from bench.people import write_customers

DATA = Path("var/bench")
MILLION = 1_000_000
WIDTHS = "{:16} {:20} {:>8} {:>10} {:>8} {:>8} {:>10}"
HEAD = WIDTHS.format("list", "contestant", "seconds", "rows/s", "CPU s/M", "peak MB", "unique")


def main() -> int:
    options = _options()
    print(HEAD)
    sizes = [options.rows, 10 * MILLION] if options.big else [options.rows]
    agreed = [_compare(rows, kind, options.rounds) for rows in sizes for kind in ("phone", "email")]
    if not all(agreed):
        print("The contestants do not agree: the figures mean nothing.")
    print()
    is_right = emulator.compare() and all(agreed)
    print()
    return 0 if sharing.compare() and is_right else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument(
        "--big", action="store_true", help="10 million rows too (takes minutes and 1 GB of disk)"
    )
    parser.add_argument("--rounds", type=int, default=3, help="how often each runs, taking turns")
    parser.add_argument("--rows", type=int, default=MILLION)
    return parser.parse_args()


def _compare(rows: int, kind: str, rounds: int) -> bool:
    path = _customers(rows)
    results: dict[str, list[Result]] = {name: [] for name in CONTESTANTS}
    for _round in range(rounds):
        for name, found in results.items():
            found.append(_run(name, path, kind))
    for found in results.values():
        _show(f"{rows:,} {kind}", found)
    return len({(result.unique, result.checksum) for found in results.values() for result in found}) == 1


def _customers(rows: int) -> Path:
    path = DATA / f"customers-{rows}.csv"
    if not path.exists():
        DATA.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".draft")
        write_customers(draft, rows)
        draft.rename(path)
    return path


def _run(name: str, path: Path, kind: str) -> Result:
    command = [sys.executable, "-m", "bench.contestants", name, str(path), kind]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    if answer.returncode:
        sys.exit(f"{name} failed:\n{answer.stderr}")
    return Result(**json.loads(answer.stdout))


def _show(what: str, found: list[Result]) -> None:
    seconds = statistics.median(result.seconds for result in found)
    cpu = statistics.median(result.cpu for result in found)
    peak = max(result.peak_mb for result in found)
    first = found[0]
    rate, per_million = f"{first.rows / seconds:,.0f}", f"{cpu / first.rows * MILLION:.2f}"
    print(WIDTHS.format(what, first.name, f"{seconds:.2f}", rate, per_million, peak, f"{first.unique:,}"))
    if first.stages:
        print(
            "   "
            + ", ".join(f"{stage} {spent:.2f}" for stage, spent in first.stages.items())
            + " s, all threads"
        )


if __name__ == "__main__":
    sys.exit(main())
