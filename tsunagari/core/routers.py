"""Which database a statement goes to: what the public reads to the replica, everything else to the primary.

With ``DATABASE_REPLICA_URL`` there are two databases, ``default`` (the primary) and ``replica`` (a streaming
standby of it). ``core.middleware.DatabaseDown`` chooses one for each request of a public view, and the router
follows that choice for as long as the request lasts. Whatever is no public reading (the desk, jobs,
migrations, every write) uses the primary.

    replica up, not far behind      the replica
    replica away, or far behind     the primary
    primary away                    the replica, however far behind: better late lines than none

A view that says ``newest`` asks the primary first.

Two threads of each process look once a second whether the two answer, so that a request seldom has to find
out by waiting. Raw SQL of what the public reads asks ``reading_connection()``, never Django's ``connection``.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import psycopg
from django.conf import settings
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.conninfo import make_conninfo

PRIMARY = "default"
REPLICA = "replica"
LOOK_SECONDS = 1.0
BLIND_SECONDS = 4.0
"""Without a good look for so long, a database counts as away: a frozen server refuses nothing."""

_LAG = """
SELECT pg_is_in_recovery(),
       CASE WHEN NOT pg_is_in_recovery() THEN 0
            WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn()
                 AND EXISTS (SELECT FROM pg_stat_wal_receiver WHERE pid IS NOT NULL) THEN 0
            ELSE extract(epoch FROM clock_timestamp()
                 - coalesce(pg_last_xact_replay_timestamp(), pg_postmaster_start_time())) END::float8
"""


@dataclass(slots=True)
class Reading:
    """What one request reads from; ``alias`` is None as long as it is no public reading."""

    alias: str | None = None
    tried_elsewhere: bool = False


_reading: ContextVar[Reading | None] = ContextVar("reading", default=None)


class ReplicaRouter:
    """Django's database router."""

    def db_for_read(self, model: object, **hints: object) -> str:
        """The database that this request reads from."""
        return reading_alias()

    def db_for_write(self, model: object, **hints: object) -> str:
        """Always the primary."""
        return PRIMARY

    def allow_relation(self, one: object, other: object, **hints: object) -> bool:
        """Both databases hold the same rows."""
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: object) -> bool:
        """The replica gets its tables from the primary."""
        return db == PRIMARY


def has_replica() -> bool:
    """Whether there is a replica at all."""
    return REPLICA in settings.DATABASES


def reading_alias() -> str:
    """The database that is read from here and now."""
    reading = _reading.get()
    return PRIMARY if reading is None or reading.alias is None else reading.alias


def reading_connection() -> BaseDatabaseWrapper:
    """This thread's connection to the database that is read from: for raw SQL of public readings."""
    return connections[reading_alias()]


@contextmanager
def one_request() -> Iterator[Reading]:
    """Around a request; its ``Reading`` is filled in as soon as the view is known."""
    reading = Reading()
    token = _reading.set(reading)
    try:
        yield reading
    finally:
        _reading.reset(token)


def current_reading() -> Reading:
    """The reading of this request (one that is forgotten at once, outside of any)."""
    return _reading.get() or Reading()


@contextmanager
def public_reading() -> Iterator[None]:
    """For what reads on the public's behalf outside of a request: streams, warming up."""
    token = _reading.set(Reading(alias=next(iter(readable()), PRIMARY)))
    try:
        yield
    finally:
        _reading.reset(token)


def readable(*, primary_first: bool = False) -> list[str]:
    """Where a public reading may be tried, the best first; empty when all are known to be away."""
    if not has_replica():
        return [PRIMARY]
    replica, primary = _watch(REPLICA), _watch(PRIMARY)
    late = (replica.lag or 0) > float(settings.DATABASE_REPLICA_LAG)
    order = [PRIMARY, REPLICA] if late or primary_first else [REPLICA, PRIMARY]
    return [alias for alias in order if (replica if alias == REPLICA else primary).is_up()]


def is_away(alias: str) -> bool:
    """Whether this database is known to be away; never known without a replica."""
    return has_replica() and not _watch(alias).is_up()


def note_failure(alias: str) -> None:
    """A request found this database away: the next ones need not, until it has been seen again."""
    if has_replica():
        _watch(alias).failed()


def replica_state() -> dict[str, Any] | None:
    """For ``/readyz``: whether the replica answers and how many seconds it is behind; None without one."""
    if not has_replica():
        return None
    watch = _watch(REPLICA)
    lag = watch.lag
    return {
        "state": ("up" if watch.is_standby else "no standby") if watch.is_up() else "away",
        "lag_seconds": None if lag is None else round(lag, 1),
    }


def address_of(alias: str, **more: str) -> str:
    """Where Django's own connections go, as a libpq connection string; for connections outside the pool."""
    known = {
        name: value
        for name, value in connections[alias].get_connection_params().items()
        if name != "prepare_threshold" and isinstance(value, str | int)
    }
    return make_conninfo("", **{**known, **more})


class Watch:
    """A thread that looks at one database, through a connection of its own."""

    def __init__(self, alias: str) -> None:
        self.address = address_of(alias, application_name="tsunagari-watch", connect_timeout="2")
        self.lag: float | None = None
        self.is_standby = False
        # until the first look, it may be tried
        self._up = True
        self._seen = time.monotonic()
        self._wake = threading.Event()
        threading.Thread(target=self._run, name=f"watch-{alias}", daemon=True).start()

    def is_up(self) -> bool:
        """Whether it was seen well a moment ago."""
        return self._up and time.monotonic() - self._seen < BLIND_SECONDS

    def failed(self) -> None:
        """Somebody else found it away; look at once."""
        self._up = False
        self._wake.set()

    def _run(self) -> None:
        while True:
            try:
                with psycopg.connect(self.address, autocommit=True) as connection:
                    while True:
                        row = connection.execute(_LAG).fetchone()
                        if row is not None:
                            self.is_standby, self.lag = row
                        self._seen, self._up = time.monotonic(), True
                        self._rest()
            except psycopg.Error:
                self._up = False
            self._rest()

    def _rest(self) -> None:
        self._wake.wait(LOOK_SECONDS)
        self._wake.clear()


_watches: dict[str, Watch] = {}
_lock = threading.Lock()


def _watch(alias: str) -> Watch:
    found = _watches.get(alias)
    if found is None:
        with _lock:
            found = _watches.setdefault(alias, _watches.get(alias) or Watch(alias))
    return found
