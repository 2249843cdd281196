"""How long a second start takes: from the command to the first answer, and the end after Ctrl-C.

Runs the whole site in a folder of its own: a first start that makes everything, then three more.
"""

import http.client
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def start(var: Path) -> tuple[subprocess.Popen[str], int, float]:
    """Start the site; return its process, its port and the seconds until its first answer."""
    began = time.perf_counter()
    environment = os.environ | {
        "TSUNAGARI_VAR": str(var),
        "WEB_ADDRESS": "127.0.0.1:0",
        "TSUNAGARI_ENV": "demo",
    }
    environment.pop("DATABASE_URL", None)
    process = subprocess.Popen(
        [sys.executable, "-m", "tsunagari", "run"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    if process.stdout is None:
        raise RuntimeError
    for line in process.stdout:
        if found := re.search(r"open: http://127\.0\.0\.1:(\d+)", line):
            break
        print("   ", line, end="")
    else:
        sys.exit("the site did not open")
    connection = http.client.HTTPConnection("127.0.0.1", int(found[1]), timeout=30)
    connection.request("GET", "/")
    status = connection.getresponse().status
    connection.close()
    if status != 200:
        sys.exit(f"/ answered {status}")
    return process, int(found[1]), time.perf_counter() - began


def main() -> None:
    """Print the first start, later starts and the ends."""
    (ROOT / "var").mkdir(mode=0o711, exist_ok=True)
    var = Path(tempfile.mkdtemp(prefix="bench-start-", dir=ROOT / "var"))
    var.chmod(0o711)
    try:
        for number in range(1, 5):
            process, _port, seconds = start(var)
            began = time.perf_counter()
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=30)
            print(f"start {number}: {seconds:.2f} s; Ctrl-C to the end: {time.perf_counter() - began:.2f} s")
    finally:
        shutil.rmtree(var)


if __name__ == "__main__":
    main()
