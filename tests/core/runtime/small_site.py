"""A small site for the supervisor's tests, settings and application in one: jobs, a database, three answers.

The supervisor does not care what it runs; the whole site is started by ``test_whole_site``.
"""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from typing import Any

import psycopg

from tsunagari.config.settings import DATABASES, STORAGES, VAR_DIR

ENVIRONMENT = "test"
SECRET_KEY = "only for tests"
USE_TZ = True
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.staticfiles", "procrastinate.contrib.django"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"

__all__ = ["DATABASES", "STORAGES", "application"]


async def application(scope: dict[str, Any], receive: Any, send: Callable[[Any], Awaitable[None]]) -> None:
    """``/``: this process's number; ``/database``: whether the database answers; ``/stream``: never ends."""
    if scope["type"] != "http":
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    if scope["path"] == "/stream":
        await send({"type": "http.response.body", "body": b"begun\n", "more_body": True})
        await asyncio.sleep(3600)
    answer: dict[str, Any] = {"pid": os.getpid()}
    if scope["path"] == "/database":
        try:
            psycopg.connect(os.environ["DATABASE_URL"], connect_timeout=2).close()
            answer["database"] = True
        except psycopg.OperationalError:
            answer["database"] = False
    await send({"type": "http.response.body", "body": json.dumps(answer).encode()})
