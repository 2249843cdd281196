"""Django's settings for the tests: ours, with a database server of the tests' own.

A settings module is the first thing that pytest-django imports, so this is where the server is started. With
``DATABASE_URL`` set, that server is used instead. Several runs at once do not meet: each takes a free number,
which is part of its databases' names; xdist's workers inherit it and add their own.
"""

import atexit
import fcntl
import os
from pathlib import Path

VAR = Path(__file__).resolve().parent.parent / "var" / "test"
os.environ |= {"TSUNAGARI_ENV": "test", "TSUNAGARI_VAR": str(VAR)}

from tsunagari.core.runtime.catalogues import compile_catalogues  # noqa: E402
from tsunagari.core.runtime.postgres import ensure_server  # noqa: E402


def _free_number() -> int:
    """Return the first number that no other run has; ours until this process ends."""
    number = 0
    while True:
        handle = os.open(VAR / f"run-{number}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            number += 1
        else:
            return number


if not os.environ.get("DATABASE_URL"):
    server = ensure_server(VAR, durable=False)  # its data stay for the next run; a crash may lose them
    atexit.register(server.stop)
    os.environ["DATABASE_URL"] = server.url_of(f"tsunagari_{_free_number()}")
    # for xdist's workers, which inherit both
    os.environ["TEST_SERVER_LOG"] = str(server.place.log)
compile_catalogues()
# whitenoise warns of a folder that is not there, and a warning is an error here
(VAR / "static").mkdir(parents=True, exist_ok=True)

from tsunagari.config.settings import *  # noqa: E402, F403

TEST_SERVER_LOG = Path(os.environ["TEST_SERVER_LOG"]) if "TEST_SERVER_LOG" in os.environ else None
