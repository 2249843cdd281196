"""What the supervisor starts: preparation, a web process, the job worker. Each ends with the supervisor.

Two bonds tie a child to its supervisor. On Linux the kernel kills it when its parent dies. Everywhere, a
thread reads a pipe whose other end only the supervisor holds; its closing ends the process. Both hold after
``kill -9``, and the second also when the supervisor died before the first was tied.
"""

import ctypes
import os
import signal
import socket
import sys
import threading
import time

import django
import uvicorn
from django.core.management import call_command

from tsunagari.core.runtime import prepare
from tsunagari.core.runtime.protocol import BoundedProtocol

PR_SET_PDEATHSIG = 1
GRACE = 2  # seconds for answers and jobs under way once we are told to end


def tie_to_parent(lifeline: int) -> None:
    """End this process when the other end of the pipe ``lifeline`` closes or, on Linux, the parent dies."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)

    def watch() -> None:
        while os.read(lifeline, 1):
            pass
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(GRACE)
        os._exit(1)

    threading.Thread(target=watch, name="lifeline", daemon=True).start()


class _Announcing(uvicorn.Server):
    """A uvicorn server that tells the supervisor when it takes requests."""

    def __init__(self, config: uvicorn.Config, announce: int) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so through the pipe."""
        await super().startup(sockets)
        os.write(self._announce, f"{os.getpid()}\n".encode())


def web(announce: int, listener: int, application: str, trusted_proxies: str) -> None:
    """Serve ``application`` on the socket ``listener``, which the supervisor bound for all of them.

    Args:
        trusted_proxies: addresses, separated by commas, whose X-Forwarded-For and -Proto count; may be empty.
    """
    # before the settings are read; an operator's own value wins
    os.environ.setdefault("STATEMENT_TIMEOUT", "10")
    config = uvicorn.Config(
        application,
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        ws="none",
        http=BoundedProtocol,
        loop="uvloop",
        backlog=2048,
        proxy_headers=bool(trusted_proxies),
        forwarded_allow_ips=trusted_proxies or None,
        timeout_graceful_shutdown=GRACE,
        timeout_keep_alive=30,
    )
    _Announcing(config, announce).run(sockets=[socket.socket(fileno=listener)])


def jobs(announce: int) -> None:
    """Run jobs until told to end; one that takes too long then is aborted and found by the next worker."""
    django.setup()
    os.write(announce, f"{os.getpid()}\n".encode())
    call_command("procrastinate", "worker", "--shutdown-graceful-timeout", str(GRACE))


def main(arguments: list[str]) -> int:
    """Run ``prepare | web | jobs`` with the pipe's descriptor and what else the supervisor hands over."""
    kind, lifeline, *rest = arguments
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tsunagari.config.settings")
    tie_to_parent(int(lifeline))
    if kind == "prepare":
        django.setup()
        prepare.prepare()
    elif kind == "web":
        announce, listener, application, trusted_proxies = rest
        web(int(announce), int(listener), application, trusted_proxies)
    elif kind == "jobs":
        jobs(int(rest[0]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
