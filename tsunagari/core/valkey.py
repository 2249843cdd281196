"""The Valkey that all web processes share, if there is one (``VALKEY_URL``): asked briefly, never waited for.

Nothing depends on it. An operation that fails or takes longer than ``TIMEOUT`` opens the breaker: for a
second, then two, four, at most thirty, nobody asks; then one operation tries again. Meanwhile each process
goes on with its own memory.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from redis import Redis
from redis import asyncio as async_redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

logger = logging.getLogger("tsunagari.valkey")

TIMEOUT = 0.15
LONGEST_REST = 30.0


class Lost(Exception):
    """What was just written is not there: Valkey forgot it (no memory left, or started again)."""


AWAY = (RedisError, OSError, TimeoutError, Lost)

Value = TypeVar("Value")


class Breaker:
    """Whether to ask at all; shared by all threads of a process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._closed_from = 0.0

    def may_ask(self) -> bool:
        """True; after failures only for one at a time, once the rest is over."""
        with self._lock:
            now = self.clock()
            if now < self._closed_from:
                return False
            if self._failures:
                # who asks now tries for everybody
                self._closed_from = now + TIMEOUT * 2
            return True

    def went_well(self) -> None:
        """It is there (again)."""
        if self._failures:
            logger.warning("valkey", extra={"event": "valkey_back"})
        self._failures, self._closed_from = 0, 0.0

    def failed(self) -> None:
        """It is not; rest."""
        with self._lock:
            if not self._failures:
                logger.warning("valkey", extra={"event": "valkey_away"})
            self._closed_from = self.clock() + min(LONGEST_REST, 2.0**self._failures)
            self._failures = min(self._failures + 1, 10)


def _options() -> dict[str, Any]:
    return {
        "socket_timeout": TIMEOUT,
        "socket_connect_timeout": TIMEOUT,
        "retry": Retry(NoBackoff(), 0),
        "protocol": 3,
    }


class Valkey:
    """Both ways to ask one server, with one breaker."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.breaker = Breaker()
        self._client: Redis = Redis.from_url(url, **_options())
        self._of_loop: tuple[asyncio.AbstractEventLoop, async_redis.Redis] | None = None

    def ask(self, operation: Callable[[Redis], Value], otherwise: Value) -> Value:
        """What ``operation`` answers, or ``otherwise``; from a thread."""
        if not self.breaker.may_ask():
            return otherwise
        try:
            answer = operation(self._client)
        except AWAY:
            self.breaker.failed()
            return otherwise
        self.breaker.went_well()
        return answer

    async def ask_soon(
        self, operation: Callable[[async_redis.Redis], Awaitable[Value]], otherwise: Value
    ) -> Value:
        """The same from the event loop."""
        if not self.breaker.may_ask():
            return otherwise
        try:
            answer = await operation(self.client_of_loop())
        except AWAY:
            self.breaker.failed()
            return otherwise
        self.breaker.went_well()
        return answer

    def client_of_loop(self) -> async_redis.Redis:
        """The client of the running event loop (a web process has one, tests have many)."""
        loop = asyncio.get_running_loop()
        if self._of_loop is None or self._of_loop[0] is not loop:
            self._of_loop = (loop, async_redis.Redis.from_url(self.url, **_options()))
        return self._of_loop[1]

    async def close(self) -> None:
        """Give up every connection."""
        if self._of_loop is not None:
            await self._of_loop[1].aclose()
            self._of_loop = None
        self._client.close()


_shared: dict[str, Valkey] = {}
_lock = threading.Lock()


def shared(url: str) -> Valkey | None:
    """The process's Valkey for this address; None without one."""
    if not url:
        return None
    with _lock:
        return _shared.setdefault(url, _shared.get(url) or Valkey(url))
