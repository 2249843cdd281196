"""A measure's figures for the public: its logic model as a picture and a table, and the published reviews."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tsunagari.core.access import public
from tsunagari.plan.figure_cards import KINDS, card_of
from tsunagari.plan.logic_drawing import draw
from tsunagari.plan.models import Measure, ReviewItem
from tsunagari.plan.review_showing import figures_shown
from tsunagari.plan.selectors import figures as selectors
from tsunagari.plan.selectors.figures import Wanted
from tsunagari.plan.selectors.indicators import published_version
from tsunagari.plan.selectors.logic import LogicModel, logic_model
from tsunagari.plan.selectors.reviews import published_reviews
from tsunagari.plan.views.figures import SECONDS


def picture_of(measure: Measure, title: str, model: LogicModel, *, url_name: str) -> str:
    """The logic model as SVG, safe to stand in a page."""
    svg = draw(
        model.nodes,
        model.pairs,
        title=_("%(key)s %(title)sのロジックモデル") % {"key": measure.key, "title": title},
        description=_("活動、アウトプット、アウトカムの3列。矢印のつながりは、下の表と同じです。"),
        headings={kind: str(name) for kind, name in KINDS.items()},
        links={node.key: reverse(url_name, args=[node.key]) for node in model.nodes},
    )
    return mark_safe(svg)  # noqa: S308 - every text in it is escaped by draw()


@public(cache_seconds=SECONDS)
@require_safe
def measure_figures(request: HttpRequest, key: str) -> HttpResponse:
    """The figures of a measure of the published version, and how they hang together."""
    version = published_version()
    measure, text = selectors.published_measure(key[:10], version)
    model = logic_model(measure, version)
    found = selectors.standings(Wanted(measure=measure.key), version)
    figures = selectors.with_series(
        list(found.select_related("indicator__owner").order_by("indicator__key")), None
    )
    context = {
        "measure": measure,
        "text": text,
        "model": model,
        "picture": picture_of(measure, text.title, model, url_name="plan:figure") if model.nodes else "",
        "cards": [card_of(each) for each in figures],
        "items": ReviewItem.objects.filter(measure=measure, review__in=published_reviews())
        .select_related("review")
        .order_by("-review__fiscal_year"),
    }
    return render(request, "plan/figures/measure.html", context)


@public(cache_seconds=SECONDS)
@require_safe
def reviews(request: HttpRequest) -> HttpResponse:
    """The published reviews."""
    return render(request, "plan/figures/reviews.html", {"reviews": published_reviews()})


@public(cache_seconds=SECONDS)
@require_safe
def review(request: HttpRequest, number: int, fiscal_year: int) -> HttpResponse:
    """One published review: figures as they stood, narrative beside them, opinions, what it asks for."""
    found = get_object_or_404(published_reviews(), fiscal_year=fiscal_year, version__number=number)
    items: list[dict[str, Any]] = [
        {
            "item": item,
            "figures": figures_shown(item.figures),
            "opinions": item.opinions.all(),
            "requests": item.change_requests.all(),
        }
        for item in found.items.select_related("measure").prefetch_related("opinions", "change_requests")
    ]
    context = {"review": found, "items": items, "opinions": found.opinions.filter(item=None)}
    return render(request, "plan/figures/review.html", context)
