"""How long it takes to write every public page of a municipality as files (`python -m tsunagari bundle`).

    make bench-bundle

Uses the configured database with its data loaded; starts the embedded one if there is none. For each town:
the seconds that the command itself counts for the pages, how many of them it used a processor (what an idle
machine would take, but for the database), and the whole process with Python's and Django's start.
"""

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tsunagari.__main__ import database_url

ROOT = Path(__file__).resolve().parent.parent
TOWNS = {
    "131091": "品川区 (special ward)",
    "011002": "札幌市 (designated city)",
    "472123": "豊見城市 (city)",
    "134210": "小笠原村 (village)",
}
TIMES = 3
BOUND_SECONDS = 3.0


def once(code: str, folder: Path, url: str) -> tuple[float, float, float, str]:
    """(seconds for the pages, processor seconds of them, the process's seconds, what was written)."""
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "tsunagari", "manage", "bundle", code, str(folder)],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=True,
    )
    whole = time.perf_counter() - began
    match = re.search(r"(\d+ files, \d+ kB), ([0-9.]+) s \(([0-9.]+) s", done.stdout)
    if match is None:
        raise RuntimeError(done.stdout + done.stderr)
    return float(match[2]), float(match[3]), whole, match[1]


def main() -> None:
    """Print a table."""
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print("| town | files | pages (s) | of a processor (s) | whole process (s) |")
    print("|---|---|---|---|---|")
    worst = 0.0
    with database_url() as url, tempfile.TemporaryDirectory() as place:
        for code, name in TOWNS.items():
            runs = [once(code, Path(place) / code, url) for _ in range(TIMES)]
            pages, used, whole = (statistics.median(run[part] for run in runs) for part in range(3))
            worst = max(worst, pages)
            print(f"| {name} | {runs[0][3]} | {pages:.1f} | {used:.1f} | {whole:.1f} |")
    print(f"bound {BOUND_SECONDS} s for the pages: {'kept' if worst < BOUND_SECONDS else 'NOT KEPT'}")


if __name__ == "__main__":
    main()
