"""A town's pages for a day without network: saved in the browser when asked to, as one file, as a folder."""

import json
import threading
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from tsunagari.core import display
from tsunagari.core.access import public
from tsunagari.core.areas import area_name
from tsunagari.core.errors import RuleBroken
from tsunagari.core.middleware import CONTENT_SECURITY_POLICY
from tsunagari.core.rate_limits import limit
from tsunagari.core.runtime.typeset import NotTypeset
from tsunagari.portal.clock import this_minute
from tsunagari.portal.reach.copies import Copies, bundle, style_text, zipped
from tsunagari.portal.views.papers import area_or_404

WORKER = Path(settings.BASE_DIR) / "static/js/offline_worker.js"
MOST_BUNDLES, MOST_FILES = 20, 200
"""Bundles and single files that one network may ask for in ten minutes."""
_packing = threading.BoundedSemaphore(1)


class BundleBusy(RuleBroken):
    """Another bundle is being made; each takes a processor for a second."""

    status = 503


def _files() -> list[str]:
    """What a saved page needs besides itself."""
    return [static("css/offline.css"), static("js/offline.js"), static("js/quick_exit.js")]


@public(cache_seconds=300)
@require_safe
def area_offline(request: HttpRequest, code: str) -> HttpResponse:
    """Explain what saving leaves on a device; the button, and the ways without a script."""
    area = area_or_404(code)
    trail = [
        (gettext("住んでいるまちから"), reverse("portal:areas")),
        (area_name(area), reverse("portal:area", args=[code])),
    ]
    response = render(request, "portal/copies/choose.html", {"area": area, "trail": trail})
    # here, and here alone, a worker may be started; `script-src` would allow it, but this says so
    response["Content-Security-Policy"] = f"{CONTENT_SECURITY_POLICY}; worker-src 'self'"
    return response


@public(cache_seconds=60)
@require_safe
def offline_page(request: HttpRequest, code: str) -> HttpResponse:
    """The page that a browser saves: everything of a town in one document."""
    style, script, leaving = _files()
    links = {
        "style": style,
        "script": script,
        "leaving": leaving,
        "scope": reverse("portal:offline_page", args=[code]),
        "worker": reverse("portal:offline_worker", args=[code]),
    }
    return HttpResponse(Copies(area_or_404(code), this_minute()).single(links=links))


@public(cache_seconds=60)
@require_safe
def offline_worker(request: HttpRequest, code: str) -> HttpResponse:
    """The service worker of one town's page. Its scope is its own folder: it can see nothing else."""
    area_or_404(code)
    text = f"const FILES = {json.dumps(_files())};\n{WORKER.read_text(encoding='utf-8')}"
    return HttpResponse(text, content_type="text/javascript; charset=utf-8")


@public(cache_seconds=60)
@require_safe
def offline_file(request: HttpRequest, code: str) -> HttpResponse:
    """The same as one file that asks nobody for anything."""
    area, at = area_or_404(code), this_minute()
    limit(request, "copy", most=MOST_FILES, now=at.timestamp())
    response = HttpResponse(Copies(area, at).single(style=style_text()))
    # a name that tells nothing in a list of downloads
    response["Content-Disposition"] = f'attachment; filename="memo-{code}-{get_language() or "ja"}.html"'
    return response


@public(cache_seconds=300)
@require_safe
def offline_bundle(request: HttpRequest, code: str) -> HttpResponse:
    """Every public page of the town as a ZIP, for the municipality's own server."""
    area, at = area_or_404(code), this_minute()
    limit(request, "bundle", most=MOST_BUNDLES, now=at.timestamp())
    if not _packing.acquire(timeout=5):
        raise BundleBusy(_("いま混み合っています。少し待って、もう一度お試しください。"))
    try:
        content = zipped(bundle(area, at), at)
    except NotTypeset as error:
        raise BundleBusy(_("いま混み合っています。少し待って、もう一度お試しください。")) from error
    finally:
        _packing.release()
    response = HttpResponse(content, content_type="application/zip")
    name = "memo" if display.current().neutral else f"tsunagari-{code}"
    response["Content-Disposition"] = f'attachment; filename="{name}.zip"'
    return response
