"""The figures that a review has kept, as people read them."""

from datetime import date
from typing import Any

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from tsunagari.plan.figure_showing import (
    CHANGES,
    CLASSES,
    REASONS,
    SYMBOLS,
    interval_text,
    number,
    period_text,
)

RESULTS = {
    "not_due": gettext_lazy("期限はまだ先"),
    "achieved": gettext_lazy("届いた"),
    "missed": gettext_lazy("届かなかった"),
    "unclear": gettext_lazy("届いたとも届かなかったとも言えない（誤差の範囲）"),
    "not_measured": gettext_lazy("測れていない"),
}


def figures_shown(figures: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The kept figures with their words in the language of the request."""
    return [_shown(figure) for figure in figures]


def _shown(figure: dict[str, Any]) -> dict[str, Any]:
    targets = [
        target | {"words": RESULTS[target["result"]], "deadline": _day(target["deadline_on"])}
        for target in figure["targets"]
    ]
    if "indicator" not in figure:
        return {"targets": targets}
    unit = figure["unit"]
    begins_on, ends_on = _day(figure["begins_on"]), _day(figure["ends_on"])
    states = {"suppressed": _("秘匿"), "not_measured": _("測っていない")}
    return {
        "key": figure["indicator"],
        "name": figure["name_en"] if get_language() == "en" else figure["name_ja"],
        "value": states.get(figure["state"]) or number(figure["value"], unit),
        "interval": interval_text(figure["low"], figure["high"], unit),
        "period": period_text(begins_on, ends_on) if begins_on and ends_on else "",
        "symbol": SYMBOLS[figure["progress"]],
        "verdict": CLASSES[figure["progress"]],
        "change": CHANGES[figure["change"]] if figure["change"] != "unknown" else "",
        "reason": REASONS.get(figure["reason"], ""),
        "targets": targets,
    }


def _day(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None
