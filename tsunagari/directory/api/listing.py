"""Pages with an exact total, and streams of all rows.

Totals. ``total_items`` is always an exact ``count(*)``. At a million services that costs hundreds of
milliseconds, so a count is kept for a minute under the conditions it is of and the moment of the newest
change (one look into an index): paging counts once, and any change of a service counts anew.

Pages. The ids of a page come from the primary key's index alone, the rows then by their ids, so that a far
page does not read the rows before it.

Streams. Rows are read in batches, each from where the last one ended, and the connection is given back
between batches: a slow client holds no database connection and no snapshot (as a cursor on the server would),
and memory is that of one batch. Every row that exists from beginning to end is told exactly once.
"""

import hashlib
import json
import math
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Any, Final, TypeVar

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.db import connections
from django.db.models import Max, Model, QuerySet
from django.http import HttpRequest, StreamingHttpResponse

from tsunagari.core.routers import public_reading
from tsunagari.directory.models import Service

Row = TypeVar("Row", bound=Model)
Items = Callable[[Sequence[Any]], list[dict[str, Any]]]
"""Ids → their items, in the ids' order."""

MOST_SORTED: Final = 5_000
"""Rows that are put in the order of their distance; each distance is computed, so more would take seconds."""
STREAM_BATCH: Final = 200
STREAMS_AT_ONCE: Final = 2
"""Batches that a process makes at the same time: many exports at once must not slow down who seeks help."""
COUNT_SECONDS: Final = 60
_COUNTS_KEPT: Final = 1_000

_counts: OrderedDict[bytes, tuple[float, int]] = OrderedDict()
_COUNTS_KEY: Final = secrets.token_bytes(32)  # conditions hold words: only their digest is kept
_lock = threading.Lock()
_turns = threading.BoundedSemaphore(STREAMS_AT_ONCE)


def count_of(rows: QuerySet[Any], conditions: str) -> int:
    """How many rows there are: exact as of at most a minute ago, and of the newest change of a service.

    ``conditions`` names what ``rows`` are.
    """
    newest = Service.objects.aggregate(newest=Max("modified_at"))["newest"]
    key = hashlib.blake2b(f"{conditions} {newest}".encode(), key=_COUNTS_KEY).digest()
    now = time.monotonic()
    with _lock:
        kept = _counts.get(key)
    if kept is not None and kept[0] > now:
        return kept[1]
    total = rows.order_by().values("pk").count()
    with _lock:
        _counts[key] = (now + COUNT_SECONDS, total)
        _counts.move_to_end(key)
        while len(_counts) > _COUNTS_KEPT:
            _counts.popitem(last=False)
    return total


def forget_counts() -> None:
    """Count anew at the next use (between tests)."""
    with _lock:
        _counts.clear()


def page_of(
    rows: QuerySet[Any], items: Items, *, page: int, size: int, total: int, order: Sequence[str] = ("pk",)
) -> dict[str, Any]:
    """HSDS's page number ``page`` (from 1) of ``rows``. Beyond the last page it is empty."""
    offset = (page - 1) * size
    contents: list[dict[str, Any]] = []
    if offset < total:
        contents = items(list(rows.order_by(*order).values_list("pk", flat=True)[offset : offset + size]))
    pages = math.ceil(total / size)
    return {
        "total_items": total,
        "total_pages": pages,
        "page_number": page,
        "size": len(contents),
        "first_page": page == 1,
        "last_page": page >= pages,
        "empty": not contents,
        "contents": contents,
    }


def dumped(content: Any) -> bytes:
    """A JSON text, as short as can be."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def stream_of(request: HttpRequest, rows: QuerySet[Any], items: Items) -> StreamingHttpResponse:
    """All rows as JSON lines in the order of their ids."""
    _give_back()  # a stream that waits for its turn holds none
    batches = _batches(rows, items)
    content: Iterator[bytes] | AsyncIterator[bytes] = batches
    if isinstance(request, ASGIRequest):
        content = _in_threads(batches)
    return StreamingHttpResponse(content, content_type="application/x-ndjson")


def _give_back() -> None:
    """Give this thread's connection back to the pool; in a transaction (of a test) it is not ours to give."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()


def _batches(rows: QuerySet[Any], items: Items) -> Iterator[bytes]:
    ordered = rows.order_by("pk").values_list("pk", flat=True)
    following = ordered
    while True:
        with _turns:
            try:
                # the request is over by now: what database it read from is forgotten
                with public_reading():
                    ids = list(following[:STREAM_BATCH])
                    lines = b"".join(dumped(item) + b"\n" for item in items(ids)) if ids else b""
            finally:
                _give_back()
        if lines:
            yield lines
        if len(ids) < STREAM_BATCH:
            return
        following = ordered.filter(pk__gt=ids[-1])


async def _in_threads(batches: Iterator[bytes]) -> AsyncIterator[bytes]:
    following = sync_to_async(lambda: next(batches, None))
    while (lines := await following()) is not None:
        yield lines


def in_order(rows: QuerySet[Row], ids: Sequence[Any]) -> list[Row]:
    """The rows with these ids, in their order; one that is gone by now is missing."""
    found = rows.in_bulk(ids)
    return [found[pk] for pk in ids if pk in found]
