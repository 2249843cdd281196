"""What every template may use."""

from typing import Any

from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, Any]:
    """``path_ja`` and ``path_en``: the address of this page in the other language."""
    path = request.path
    bare = path[3:] if path.startswith("/en/") else path
    return {"path_ja": bare, "path_en": f"/en{bare}", "language": getattr(request, "LANGUAGE_CODE", "ja")}
