"""What every answer of open data carries, whichever app gives it."""

import hashlib
from typing import Final

OPEN_HEADERS: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag",
    # other sites may read it: that is what open data is for
    "Cross-Origin-Resource-Policy": "cross-origin",
}


def etag_of(body: bytes) -> str:
    """The strong ETag of a body, as ``core.page_cache`` makes it, so that it holds with and without it."""
    return f'"{hashlib.sha256(body).hexdigest()[:24]}"'
