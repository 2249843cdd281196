"""Pages with a total, and streams of all rows.

Totals. ``total_items`` is an exact ``count(*)`` while that takes less than `COUNTING_MILLISECONDS`. It is
kept for a minute under the conditions it is of and the moment of the newest change (one look into an index):
paging counts once, and any change of a service counts anew. Conditions that nearly everything satisfies cost
more at a million services. Then the planner's estimate stands there, ``total_is_estimate`` says so, and
whether a page is the last one is decided by looking for a row behind it.

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
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.db import OperationalError, connections, transaction
from django.db.models import Max, Model, QuerySet
from django.http import HttpRequest, StreamingHttpResponse

from tsunagari.core.open_answers import dumped
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

COUNTING_MILLISECONDS: Final = "1500"
MOST_GUESSED: Final = 1_000_000
QUERY_CANCELLED: Final = "57014"


@dataclass(frozen=True, slots=True)
class Total:
    """How many rows there are, or are estimated to be."""

    rows: int
    exact: bool


_counts: OrderedDict[bytes, tuple[float, Total]] = OrderedDict()
_COUNTS_KEY: Final = secrets.token_bytes(32)  # conditions hold words: only their digest is kept
_lock = threading.Lock()
_turns = threading.BoundedSemaphore(STREAMS_AT_ONCE)


def count_of(rows: QuerySet[Any], conditions: str) -> Total:
    """How many rows there are: as of at most a minute ago, and of the newest change of a service.

    ``conditions`` names what ``rows`` are.
    """
    newest = Service.objects.aggregate(newest=Max("modified_at"))["newest"]
    key = hashlib.blake2b(f"{conditions} {newest}".encode(), key=_COUNTS_KEY).digest()
    now = time.monotonic()
    with _lock:
        kept = _counts.get(key)
    if kept is not None and kept[0] > now:
        return kept[1]
    total = _counted(rows.order_by().values("pk"))
    with _lock:
        _counts[key] = (now + COUNT_SECONDS, total)
        _counts.move_to_end(key)
        while len(_counts) > _COUNTS_KEPT:
            _counts.popitem(last=False)
    return total


def _counted(rows: QuerySet[Any]) -> Total:
    """An exact count, or the planner's estimate where that would take too long."""
    connection = connections[rows.db]
    try:
        # in a transaction of its own, so that the limit holds for this statement alone
        inside = connection.in_atomic_block
        with transaction.atomic(using=rows.db), connection.cursor() as cursor:
            cursor.execute(
                "SELECT current_setting('statement_timeout'), set_config('statement_timeout', %s, true)",
                [COUNTING_MILLISECONDS],
            )
            before = cursor.fetchone()[0]
            total = Total(rows.count(), exact=True)
            if inside:  # the limit would hold for the rest of the transaction around
                cursor.execute("SELECT set_config('statement_timeout', %s, true)", [before])
        return total
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", None) != QUERY_CANCELLED:
            raise
    plan = json.loads(rows.explain(format="json"))
    return Total(max(1, int(plan[0]["Plan"]["Plan Rows"])), exact=False)


def forget_counts() -> None:
    """Count anew at the next use (between tests)."""
    with _lock:
        _counts.clear()


def page_of(
    rows: QuerySet[Any], items: Items, *, page: int, size: int, total: Total, order: Sequence[str] = ("pk",)
) -> dict[str, Any]:
    """HSDS's page number ``page`` (from 1) of ``rows``. Beyond the last page it is empty."""
    offset = (page - 1) * size
    ids: list[Any] = []
    # an estimate may be too low: look all the same, as far as exact totals are looked into
    if offset < total.rows or (not total.exact and offset < MOST_GUESSED):
        # one more than the page has, to know whether it is the last
        ids = list(rows.order_by(*order).values_list("pk", flat=True)[offset : offset + size + 1])
    contents = items(ids[:size]) if ids else []
    if total.exact:
        items_in_all, more = total.rows, page < math.ceil(total.rows / size)
    else:
        more = len(ids) > size
        seen = offset + len(ids)
        items_in_all = max(total.rows, seen) if more else (seen if ids else min(total.rows, offset))
    return {
        "total_items": items_in_all,
        "total_pages": math.ceil(items_in_all / size),
        "page_number": page,
        "size": len(contents),
        "first_page": page == 1,
        "last_page": not more,
        "empty": not contents,
        **({} if total.exact else {"total_is_estimate": True}),
        "contents": contents,
    }


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
