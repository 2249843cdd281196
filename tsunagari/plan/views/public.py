"""The plan as anybody reads it: a version, its measures' lives, its sources, its orders, the Act's duties."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from tsunagari.core.access import public
from tsunagari.core.crypto import BadToken, open_token, seal_token
from tsunagari.plan.compliance import TOKYO, duties
from tsunagari.plan.models import PlanVersion
from tsunagari.plan.selectors import history
from tsunagari.plan.selectors.versions import current_version, document_of, published_versions
from tsunagari.plan.showing import (
    POLICIES_CHAPTER,
    grouped,
    measure_view,
    missing_sections,
    part_views,
    place_labels,
    policy_views,
)
from tsunagari.plan.text.differences import compare

SECONDS = 60
PURPOSE = "plan-search"
TTL_SECONDS = 30 * 60
MAX_QUERY = 100


def version_or_404(number: int) -> PlanVersion:
    """A published version."""
    return get_object_or_404(published_versions(), number=number)


def _trail() -> list[tuple[str, str]]:
    return [(gettext("重点計画"), reverse("plan:plan"))]


def _read(request: HttpRequest, version: PlanVersion, trail: list[tuple[str, str]]) -> HttpResponse:
    document = document_of(version)
    context = {
        "version": version,
        "document": document,
        "chapters": [(chapter, grouped(chapter.paragraphs)) for chapter in document.chapters],
        "policies_chapter": POLICIES_CHAPTER,
        "last_chapter": document.chapters[-1].number if document.chapters else 0,
        "policies": policy_views(document),
        "cross_cutting": document.cross_cutting,
        "unplaced": [measure_view(measure) for measure in document.unplaced],
        "missing": missing_sections(document),
        "versions": list(published_versions()),
        "sources": list(history.source_documents()),
        "trail": trail,
    }
    return render(request, "plan/public/version.html", context)


@public(cache_seconds=SECONDS)
@require_safe
def plan(request: HttpRequest) -> HttpResponse:
    """The version in force, or the newest that is published."""
    version = current_version()
    if version is None:
        return render(request, "plan/public/none.html", {"trail": []})
    return _read(request, version, [])


@public(cache_seconds=SECONDS)
@require_safe
def version(request: HttpRequest, number: int) -> HttpResponse:
    """One version, whatever its state."""
    return _read(request, version_or_404(number), _trail())


@public(cache_seconds=SECONDS)
@require_safe
def comparison(request: HttpRequest, number: int, old: int) -> HttpResponse:
    """Two versions side by side (新旧対照表)."""
    new_version, old_version = version_or_404(number), version_or_404(old)
    parts = compare(document_of(old_version), document_of(new_version))
    context = {
        "new": new_version,
        "old": old_version,
        "parts": part_views(parts),
        "trail": [*_trail(), (new_version.title, reverse("plan:version", args=[number]))],
    }
    return render(request, "plan/public/comparison.html", context)


@public(cache_seconds=SECONDS)
@require_safe
def measure(request: HttpRequest, key: str) -> HttpResponse:
    """A measure through all versions: its names, what it was split from and merged into, what it said."""
    found = get_object_or_404(history.public_measures(), key=key)
    life = history.life_of(found)
    newest = next((each for each in reversed(life) if each.document is not None), None)
    context: dict[str, Any] = {
        "measure": found,
        "title": newest.document.title if newest and newest.document else key,
        "life": [
            (
                each,
                measure_view(each.document) if each.document else None,
                part_views([each.change])[0] if each.change else None,
            )
            for each in reversed(life)
        ],
        "lineage": list(history.lineage_of(found)),
        "orders": list(found.orders.select_related("document").order_by("document__key", "number")),
        "trail": _trail(),
    }
    return render(request, "plan/public/measure.html", context)


@public(cache_seconds=SECONDS)
@require_safe
def source(request: HttpRequest, key: str) -> HttpResponse:
    """A document that the plan comes from, as it was written, with the measures that come from it."""
    found = get_object_or_404(history.source_documents(), key=key)
    version_shown = current_version()
    document = document_of(version_shown) if version_shown else None
    measures = [each for each in document.measures.values() if key in each.source] if document else []
    context = {
        "source": found,
        "measures": measures,
        "version": version_shown,
        "orders": list(found.orders.order_by("number")),
        "trail": _trail(),
    }
    return render(request, "plan/public/source.html", context)


@public(cache_seconds=SECONDS)
@require_safe
def orders(request: HttpRequest) -> HttpResponse:
    """Every order with the measures that answer it; what none answers stands first."""
    version_shown = current_version()
    rows = [(order, history.answers_of(order)) for order in history.orders_with_answers(version_shown)]
    context = {
        "unanswered": [order for order, answers in rows if not answers],
        "answered": [(order, answers) for order, answers in rows if answers],
        "version": version_shown,
        "trail": _trail(),
    }
    return render(request, "plan/public/orders.html", context)


@public(cache_seconds=SECONDS)
@require_safe
def compliance(request: HttpRequest) -> HttpResponse:
    """The Act's duties one by one, with evidence."""
    version_shown = current_version()
    today = timezone.now().astimezone(TOKYO).date()
    context = {
        "duties": duties(version_shown, today),
        "version": version_shown,
        "today": today,
        "trail": _trail(),
    }
    return render(request, "plan/public/compliance.html", context)


@public(only_reads=True)
@require_http_methods(["GET", "HEAD", "POST"])
def search(request: HttpRequest) -> HttpResponse:
    """Ask for words in the plan; they travel sealed, as every visitor's words do."""
    if request.method != "POST":
        return _ask(request)
    query = request.POST.get("q", "").replace("\x00", "").strip()
    if not query or len(query) > MAX_QUERY:
        error = gettext("さがすことばを、100字までで書いてください。")
        return _ask(request, status=422, query=query[:MAX_QUERY], error=error)
    token = seal_token(settings.MASTER_KEY, PURPOSE, {"q": query}, ttl_seconds=TTL_SECONDS, at=timezone.now())
    response = HttpResponseRedirect(reverse("plan:found", args=[token]), status=303)
    response["Cache-Control"] = "no-store"
    return response


def _ask(request: HttpRequest, *, status: int = 200, **context: Any) -> HttpResponse:
    response = render(request, "plan/public/search.html", {"trail": _trail(), **context}, status=status)
    response["Cache-Control"] = "no-store"
    return response


@public()
@require_safe
def found(request: HttpRequest, token: str) -> HttpResponse:
    """Where the words stand."""
    try:
        query = str(open_token(settings.MASTER_KEY, PURPOSE, token, at=timezone.now())["q"])
    except BadToken:
        return _ask(request, status=410, error=gettext("時間がたちました。もう一度、さがしてください。"))
    version_shown = current_version()
    labels = place_labels()
    hits = history.found_in(document_of(version_shown), query) if version_shown else []
    return _ask(
        request,
        query=query,
        version=version_shown,
        hits=[(hit, labels.get(hit.section, hit.section)) for hit in hits],
        searched=True,
    )
