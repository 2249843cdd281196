"""The embedded server's guard: waits for its starter's end, whatever it is, then gives up its share.

Started by ``postgres.ensure_server`` with the folder, the read end of a pipe and the shared ``users`` lock.
The starter holds the pipe's other end; the kernel closes it even after ``kill -9``.
"""

import os
import signal
import sys
from pathlib import Path

from tsunagari.core.runtime.postgres import leave, place_at


def main(arguments: list[str]) -> int:
    """Wait for the end of the pipe ``arguments[1]``, then leave the server in the folder ``arguments[0]``."""
    root, lifeline, users = Path(arguments[0]), int(arguments[1]), int(arguments[2])
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # ours is to be the last one here
    while os.read(lifeline, 1):
        pass
    leave(place_at(root), users, grace=3.8, last_look=0.3)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
