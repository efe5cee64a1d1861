import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.people import write_customers

FLAT = 300  # MB; the engine alone takes about 100


@pytest.mark.parametrize("kind", ["phone", "email"])
def test_planning_200_000_rows_stays_small(tmp_path: Path, kind: Any) -> None:
    write_customers(tmp_path / "list.csv", 200_000)
    command = [sys.executable, "-m", "bench.contestants", "ours", str(tmp_path / "list.csv"), kind]

    answer = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)

    measured = json.loads(answer.stdout or "{}")
    assert measured.get("rows") == 200_000, answer.stderr
    assert measured["peak_mb"] <= FLAT
