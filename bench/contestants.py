"""The same task for everybody: one column of a CSV to files of unique SHA-256 hashes, 62,914,560 bytes each.

Ours reads a sealed list and writes sealed parts; the peers read and write in clear and report nothing. Each
runs in a process of its own, so its memory is its own: `python -m bench.contestants NAME CSV KIND`.
"""

import csv
import hashlib
import json
import re
import sys
import tempfile
import time
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import polars as pl
import polars_hash
from django.conf import settings

from audiences.identifiers import Kind
from audiences.pipeline import PlanSpec, Rules, plan
from organizations.storage import SealedReader, SealedWriter

ROWS_PER_PART = 62_914_560 // 65
COLUMNS = {"phone": 2, "email": 3}
PHONE = r"^(?:(?:\+|00)?8860?|0)?(9[0-8][0-9]{7})$"
EMAIL = r"^[a-z0-9._+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+$"
SEPARATORS = r"[\s().-]"
CHECKSUM = 2**128


@dataclass
class Result:
    name: str
    rows: int
    unique: int
    seconds: float
    cpu: float
    peak_mb: int
    checksum: str = ""
    stages: dict[str, float] = field(default_factory=dict)


Bodies = Iterable[bytes]
Outcome = tuple[int, Callable[[], Bodies], dict[str, float]]


def ours(path: Path, kind: str, folder: Path) -> Callable[[], Outcome]:
    settings.configure(STORAGE_DIR=folder, ENCRYPTION_KEYS="bench:" + "A" * 43 + "=", USE_I18N=False)
    with SealedWriter("uploads") as upload, path.open("rb") as file:
        while piece := file.read(1 << 20):
            upload.write(piece)
    spec = PlanSpec(Rules(Kind(kind), country="TW"), COLUMNS[kind], has_header=True)

    def run() -> Outcome:
        made = plan(SealedReader(upload.name), spec, folder="parts")
        names = [part.storage_name for part in made.parts]
        return made.rows, lambda: (SealedReader(name).read() for name in names), made.seconds

    return run


def polars_whole(path: Path, kind: str, folder: Path) -> Callable[[], Outcome]:
    def run() -> Outcome:
        raw = pl.col(kind).str.normalize("NFKC")
        if kind == "phone":
            value = pl.lit("0") + raw.str.replace_all(SEPARATORS, "").str.extract(PHONE, 1)
        else:
            text = raw.str.strip_chars().str.to_lowercase()
            value = pl.when(text.str.contains(EMAIL) & (text.str.len_bytes() <= 120)).then(text)
        frame = pl.scan_csv(path, infer_schema=False).select(value=value).collect()
        unique = frame.lazy().drop_nulls().unique()
        hashes = unique.select(hex=polars_hash.col("value").chash.sha2_256()).collect()["hex"]
        bodies = (hashes.slice(at, ROWS_PER_PART) for at in range(0, len(hashes), ROWS_PER_PART))
        return frame.height, _written(folder, (f"{body.str.join(chr(10)).item()}\n" for body in bodies)), {}

    return run


def standard_library(path: Path, kind: str, folder: Path) -> Callable[[], Outcome]:
    def run() -> Outcome:
        clean = _clean_phone if kind == "phone" else _clean_email
        rows, seen = 0, set()
        with path.open(encoding="utf-8", newline="") as file:
            for rows, row in enumerate(csv.DictReader(file), start=1):  # noqa: B007  the last number is the count
                value = clean(row[kind])
                if value:
                    seen.add(hashlib.sha256(value.encode()).digest())
        hashes = list(seen)
        bodies = (hashes[at : at + ROWS_PER_PART] for at in range(0, len(hashes), ROWS_PER_PART))
        return rows, _written(folder, (b"".join(body).hex("\n", -32) + "\n" for body in bodies)), {}

    return run


CONTESTANTS = {"ours": ours, "polars, whole frame": polars_whole, "csv + hashlib": standard_library}
_separators = re.compile(SEPARATORS)
_phone = re.compile(PHONE)
_email = re.compile(EMAIL)


def _clean_phone(raw: str) -> str:
    found = _phone.match(_separators.sub("", unicodedata.normalize("NFKC", raw)))
    return "0" + found[1] if found else ""


def _clean_email(raw: str) -> str:
    text = unicodedata.normalize("NFKC", raw).strip().lower()
    return text if len(text) <= 120 and _email.match(text) else ""


def _written(folder: Path, bodies: Iterable[str]) -> Callable[[], Bodies]:
    paths = []
    for number, body in enumerate(bodies):
        paths.append(folder / str(number))
        paths[-1].write_text(body)
    return lambda: (path.read_bytes() for path in paths)


def checked(bodies: Bodies) -> tuple[int, str]:
    """How many hashes, and a sum that does not mind their order."""
    count = total = 0
    for body in bodies:
        lines = body.split()
        count += len(lines)
        total += sum(int(line[:32], 16) for line in lines)
    return count, f"{total % CHECKSUM:032x}"


def measured(name: str, path: Path, kind: str) -> Result:
    with tempfile.TemporaryDirectory() as folder:
        run = CONTESTANTS[name](path, kind, Path(folder))
        wall, cpu = time.perf_counter(), time.process_time()
        rows, bodies, stages = run()
        seconds, spent, peak = time.perf_counter() - wall, time.process_time() - cpu, _peak_mb()
        unique, checksum = checked(bodies())
    return Result(name, rows, unique, seconds, spent, peak, checksum, stages)


def _peak_mb() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) // 1024
    return 0


if __name__ == "__main__":
    print(json.dumps(asdict(measured(sys.argv[1], Path(sys.argv[2]), sys.argv[3]))))
