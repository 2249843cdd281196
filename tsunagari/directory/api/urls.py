"""Addresses of the open data API, in the namespace ``hsds``; included at ``/api/hsds/``."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, re_path

from tsunagari.directory.api.answers import open_data
from tsunagari.directory.api.endpoints import api
from tsunagari.directory.api.parameters import Refused

app_name = "hsds"


def unknown(request: HttpRequest, address: str) -> HttpResponseBase:
    """Whatever is no address of the API.

    Raises:
        Refused: always, with 404.
    """
    raise Refused(
        404,
        "このアドレスはありません。/api/hsds/openapi.json に一覧があります。",
        "There is no such address; /api/hsds/openapi.json lists them.",
    )


def _open(pattern: URLPattern) -> URLPattern:
    return path(str(pattern.pattern), open_data(pattern.callback), name=pattern.name)


# ninja's last pattern is a stand-in for the root, which is an operation of ours
urlpatterns = [
    *(_open(pattern) for pattern in api.urls[0][:-1] if isinstance(pattern, URLPattern)),
    re_path(r"^(?P<address>.+)$", open_data(unknown), name="unknown"),
]
