"""A customer list of the tests' own making, and what LINE has to hold afterwards."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

HEADING = "member;shop phone;mobile;city"
PEOPLE = 240


@dataclass(frozen=True)
class CustomerList:
    path: Path
    rows: int
    empty: int
    invalid: int
    duplicates: int
    numbers: frozenset[str]

    @property
    def fingerprint(self) -> str:
        """Of the set that LINE shall hold: SHA-256 of the sorted hashes, one a line."""
        hashes = sorted(hashlib.sha256(number.encode()).hexdigest() for number in self.numbers)
        return hashlib.sha256("\n".join(hashes).encode()).hexdigest()


def written(number: int) -> str:
    """The same person's number as four shops would write it."""
    digits = f"0900{number:06d}"
    ways = [
        digits,
        f"{digits[:4]}-{digits[4:7]}-{digits[7:]}",
        f"+886 {digits[1:4]} {digits[4:7]} {digits[7:]}",
        digits.translate({ord("0") + value: "０１２３４５６７８９"[value] for value in range(10)}),
    ]
    return ways[number % len(ways)]


def write_list(path: Path, first: int) -> CustomerList:
    """People numbered from `first`; some come twice, written differently, some without a usable number."""
    again = range(first, first + 30)
    mobiles = [written(first + index) for index in range(PEOPLE)]
    mobiles += [f"0900{number:06d}" for number in again]
    mobiles += [""] * 8 + ["0900-12", "call me", "0900 000 000 000 1"]
    lines = [f"M{index};0900999{index % 2:03d};{mobile};Taipei" for index, mobile in enumerate(mobiles)]
    path.write_bytes("\r\n".join([HEADING, *lines, ""]).encode("utf-8-sig"))
    numbers = frozenset(f"0900{first + index:06d}" for index in range(PEOPLE))
    return CustomerList(path, len(mobiles), 8, 3, len(again), numbers)
