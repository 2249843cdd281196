"""The directory to download: whole, as HSDS, and of each area, as cities' lists; written while it is read."""

import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from typing import IO, Final

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.db import connections
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from tsunagari.core.access import public
from tsunagari.core.areas import area_full_name
from tsunagari.core.errors import RuleBroken
from tsunagari.core.office_files import XLSX
from tsunagari.core.routers import public_reading
from tsunagari.directory.exchange.exporting import export_lines, write_tables
from tsunagari.directory.exchange.municipal.listing import as_workbook, csv_pieces, entries_of, rows_of
from tsunagari.portal.views.papers import area_or_404

BUSY_SECONDS: Final = "60"
MOST_IN_WORKBOOK: Final = 5000
"""Rows of a workbook for the public: about five seconds of a processor."""
CHUNK: Final = 2**16
MOST: Final = 2
"""Exports at a time in each process: each reads every table."""
_running: set[int] = set()


@public()
@require_safe
def services_lines(request: HttpRequest) -> HttpResponseBase:
    """Every service in full, one JSON object on each line."""
    return _download(request, export_lines, "tsunagari-hsds.ndjson", "application/x-ndjson")


@public()
@require_safe
def tables_zip(request: HttpRequest) -> HttpResponseBase:
    """The same as tables (CSV) in a ZIP, with datapackage.json."""
    return _download(request, _tables, "tsunagari-hsds.zip", "application/zip")


@public()
@require_safe
def area_csv(request: HttpRequest, code: str) -> HttpResponseBase:
    """What an area's people can use there, in the columns of 自治体標準オープンデータ."""
    area = area_or_404(code)
    make = partial(csv_pieces, rows_of(entries_of(area=area.code)))
    return _download(request, make, f"tsunagari-{code}.csv", "text/csv; charset=utf-8")


@public()
@require_safe
def area_xlsx(request: HttpRequest, code: str) -> HttpResponseBase:
    """The same as an Excel workbook.

    Raises:
        ListTooLong: a workbook is made in memory, so it is bounded; the CSV is not.
    """
    area = area_or_404(code)
    found = entries_of(area=area.code)
    if found.order_by()[: MOST_IN_WORKBOOK + 1].count() > MOST_IN_WORKBOOK:
        raise ListTooLong(_("件数が多いので、Excelの形では渡せません。CSVの形で受け取ってください。"))

    def workbook() -> Iterator[bytes]:
        yield as_workbook(rows_of(found), title=area_full_name(area))

    return _download(request, workbook, f"tsunagari-{code}.xlsx", XLSX)


class ListTooLong(RuleBroken):
    """There is more in an area than a workbook may hold."""

    status = 422


def _tables() -> Iterator[bytes]:
    with tempfile.TemporaryFile() as file:
        write_tables(file)
        file.seek(0)
        yield from _chunks(file)


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(CHUNK):
        yield chunk


def _download(
    request: HttpRequest, make: Callable[[], Iterator[bytes]], name: str, kind: str
) -> HttpResponseBase:
    if len(_running) >= MOST:
        busy = HttpResponse(
            "いま、ほかの人がダウンロードしています。一分ほどあとで、もう一度お試しください。\n"
            "Somebody else is downloading; please try again in a minute.\n",
            status=503,
            content_type="text/plain; charset=utf-8",
        )
        busy["Retry-After"] = BUSY_SECONDS
        return busy
    if request.method == "HEAD":
        answer: HttpResponseBase = HttpResponse(content_type=kind)
    else:
        stream = _Stream(make())
        # Django closes either, also when the client leaves half-way
        content = _InThreads(stream) if isinstance(request, ASGIRequest) else stream
        answer = StreamingHttpResponse(content, content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Access-Control-Allow-Origin"] = "*"
    answer["Cache-Control"] = "private, no-store"
    answer["X-Accel-Buffering"] = "no"
    return answer


class _Stream:
    """An export, which counts from its first byte until it ends, however that is."""

    def __init__(self, content: Iterator[bytes]) -> None:
        self.content = content

    def __iter__(self) -> Iterator[bytes]:
        _running.add(id(self))
        try:
            yield from self._gathered()
        finally:
            self.close()

    def _gathered(self) -> Iterator[bytes]:
        # lines are short: a packet for each would cost more than they weigh
        waiting: list[bytes] = []
        size = 0
        for piece in self.content:
            waiting.append(piece)
            size += len(piece)
            if size >= CHUNK:
                yield b"".join(waiting)
                waiting, size = [], 0
        if waiting:
            yield b"".join(waiting)

    def close(self) -> None:
        """Count no longer."""
        _running.discard(id(self))

    def __del__(self) -> None:
        self.close()


class _InThreads:
    """The same for ASGI: each chunk is made in the thread for blocking work."""

    def __init__(self, stream: _Stream) -> None:
        self.stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        pieces = iter(self.stream)

        def step() -> bytes | None:
            try:
                # the request is over by now: what database it read from is forgotten
                with public_reading():
                    return next(pieces, None)
            finally:
                _give_back()

        following = sync_to_async(step)
        try:
            while (piece := await following()) is not None:
                yield piece
        finally:
            self.close()

    def close(self) -> None:
        """Count no longer."""
        self.stream.close()


def _give_back() -> None:
    """Give this thread's connection back between two chunks: a slow client holds none."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()
