"""How far a long transaction has come, for those outside of it."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Final, Literal

import psycopg
from django.db import connection

from tsunagari.directory.models import ImportRun

_OF_DJANGO: Final = ("cursor_factory", "context", "pool", "server_side_binding", "prepare_threshold")


@contextlib.contextmanager
def seen_outside(run: ImportRun, column: Literal["undo_seen"]) -> Iterator[Callable[[int], None]]:
    """Yield a function that writes a number of a run so that others see it before the transaction ends.

    It writes over a connection of its own; inside somebody else's transaction (a test's) only the object is
    changed. The transaction must not have locked the run's row yet.
    """
    watching: psycopg.Connection[object] | None = None
    if not connection.in_atomic_block:
        given = connection.get_connection_params().items()
        parameters = {name: value for name, value in given if name not in _OF_DJANGO}
        watching = psycopg.connect(**parameters, autocommit=True)

    def seen(number: int) -> None:
        setattr(run, column, number)
        if watching is not None:
            watching.execute(f"UPDATE directory_importrun SET {column} = %s WHERE id = %s", [number, run.pk])  # noqa: S608 - a column of ours

    try:
        yield seen
    finally:
        if watching is not None:
            watching.close()
