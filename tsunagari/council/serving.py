"""How a kept file goes out: as what we found it to be, never as something that runs in our pages."""

from urllib.parse import quote

from django.http import HttpResponse

from tsunagari.council.models import MaterialVersion


def file_response(version: MaterialVersion) -> HttpResponse:
    """The file for saving; the type is ours, and no browser guesses another."""
    response = HttpResponse(bytes(version.content), content_type=version.content_type)
    extension = version.file_name.rsplit(".", 1)[-1]
    name = quote(version.file_name)
    response["Content-Disposition"] = f"attachment; filename=\"shiryo.{extension}\"; filename*=UTF-8''{name}"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return response
