"""概要: the plan on one page — policies and measures, and where its figures stand — as PDF."""

import json
from pathlib import Path
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tsunagari.core.printable import fonts_folder, printable
from tsunagari.core.runtime.typeset import typeset
from tsunagari.plan.figure_cards import card_of
from tsunagari.plan.figure_showing import CLASSES
from tsunagari.plan.models import Indicator, MeasureText, PlanVersion
from tsunagari.plan.selectors.figures import (
    Wanted,
    counts_by_progress,
    policies_of,
    standings,
    with_series,
)

TEMPLATE = Path(__file__).with_name("overview.typ")
MOST_FIGURES, MOST_MEASURES = 8, 9


def overview_of(version: PlanVersion) -> dict[str, Any]:
    """What the page says, as data for the template."""
    found = standings(Wanted(), version)
    counts = counts_by_progress(found)
    outcomes = found.filter(indicator__kind=Indicator.Kind.OUTCOME).select_related("indicator__owner")
    cards = [card_of(each) for each in with_series(list(outcomes.order_by("indicator__key")), None)]
    # what is measured comes first; what is not is said, not left out
    cards.sort(key=lambda card: card.figure.latest is None or card.figure.latest.value is None)
    state = version.get_state_display()
    return {
        "lang": "en" if get_language() == "en" else "ja",
        "title": printable(version.title),
        "lead": printable(f"{state} {version.decided_on or ''}"),
        "policies_title": _("基本方針と施策"),
        "policies": [_policy(version, policy.number, str(policy)) for policy in policies_of(version)],
        "standing_title": _("数字は、いま"),
        "standing": [{"name": str(name), "count": str(counts[key])} for key, name in CLASSES.items()],
        "figures_title": _("おもなアウトカム"),
        "figures": [
            {
                "name": printable(card.figure.indicator.name),
                "value": card.headline,
                "interval": card.interval,
                "period": card.period,
                "verdict": card.verdict,
            }
            for card in cards[:MOST_FIGURES]
        ],
        "more": _("ほか %(n)d件") % {"n": len(cards) - MOST_FIGURES} if len(cards) > MOST_FIGURES else "",
        "note": _("値のとなりは95％の区間。誤差の範囲の変化は「まだ言えない」とします。"),
    }


def _policy(version: PlanVersion, number: int, title: str) -> dict[str, Any]:
    texts = MeasureText.objects.filter(version=version, policies__number=number).order_by("measure__key")
    names = [printable(text.title) for text in texts.select_related("measure")]
    more = _("ほか %(n)d件") % {"n": len(names) - MOST_MEASURES} if len(names) > MOST_MEASURES else ""
    return {"title": printable(title), "measures": [*names[:MOST_MEASURES], *([more] if more else [])]}


def overview_pdf(version: PlanVersion) -> bytes:
    """The page as PDF.

    Raises:
        NotTypeset: it could not be made in time.
    """
    data = json.dumps(overview_of(version), ensure_ascii=False)
    return typeset(TEMPLATE, {"data": data}, fonts=fonts_folder())
