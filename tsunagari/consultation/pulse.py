"""The heartbeat of consultation in each web process: every two seconds one of them looks for what is overdue.

Which one, PostgreSQL decides (an advisory lock that a killed process lets go of). Nothing that happens in a
beat ends the pulse: while the database is away it beats on, and finds everything when it is back.
"""

import asyncio
import logging

from django.db import connection
from django.utils import timezone

from tsunagari.consultation.services.sweeping import Swept, sweep

logger = logging.getLogger("tsunagari.consultation")

EVERY_SECONDS = 2.0
LOCK = 0x73776570
"""Held by whoever sweeps now."""


async def beat_on(*, every: float | None = None) -> None:
    """Sweep again and again until cancelled."""
    while True:
        await asyncio.sleep(EVERY_SECONDS if every is None else every)
        try:
            await asyncio.to_thread(beat)
        except Exception as error:  # the pulse goes on, whatever it was
            # the kind alone: an error of the database may quote what was sent to it
            logger.warning("sweep failed", extra={"kind": type(error).__name__})


def beat() -> Swept | None:
    """Sweep unless another process does so at this moment; leaves no connection with this thread."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
            if not cursor.fetchone()[0]:
                return None
        try:
            return sweep(at=timezone.now())
        finally:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
    finally:
        connection.close()
