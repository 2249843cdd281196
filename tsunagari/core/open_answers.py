"""What every answer of open data carries, whichever app gives it."""

import hashlib
import json
from typing import Any, Final

from django.http import HttpResponse

OPEN_HEADERS: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag",
    # other sites may read it: that is what open data is for
    "Cross-Origin-Resource-Policy": "cross-origin",
}


def etag_of(body: bytes) -> str:
    """The strong ETag of a body, as ``core.page_cache`` makes it, so that it holds with and without it."""
    return f'"{hashlib.sha256(body).hexdigest()[:24]}"'


def dumped(content: Any) -> bytes:
    """A JSON text, as short as can be, Japanese as it is."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def json_answer(content: Any, *, status: int = 200) -> HttpResponse:
    """A JSON answer."""
    return HttpResponse(dumped(content), content_type="application/json", status=status)
