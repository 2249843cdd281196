"""Load the figures of ``data/``: their definitions, the published values of the survey, the logic models.

What is there already is left as it is: people may have changed it since.
"""

import hashlib
import json
import math
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from tsunagari.plan.models import Indicator, LogicEdge, Measure, MeasureIndicator, Plan
from tsunagari.plan.services.observations import Figure, keep_published
from tsunagari.plan.services.standings import compute_standings

SURVEY = "survey_published.json"
WAVES = {"often-lonely": "often", "any-lonely": "any"}
FIELDS = (
    "name_ja", "name_en", "definition", "definition_en", "unit", "kind", "better", "frequency", "source",
    "uncertainty", "registry_key", "numerator", "denominator", "exclusions", "source_type",
    "release_calendar", "comparability", "restrictions", "due_days", "live_areas",
)  # fmt: skip


@transaction.atomic
def load_indicators(*, folder: Path, at: datetime) -> dict[str, int]:
    """Load what is not there yet; nothing as long as there is no plan to whose secretariat it belongs.

    Returns:
        How many of each were added.
    """
    plan = Plan.objects.select_for_update().order_by("key").first()
    if plan is None:
        return {}
    source = json.loads((folder / "indicators.json").read_text(encoding="utf-8"))
    known = set(Indicator.objects.values_list("key", flat=True))
    new = [entry for entry in source["indicators"] if entry["key"] not in known]
    made = {entry["key"]: _indicator(entry, plan) for entry in new}
    Indicator.objects.bulk_create(made.values())
    counts = {"indicators": len(made), "links": 0, "edges": 0, "observations": 0}
    measures = {measure.key: measure for measure in Measure.objects.filter(plan=plan)}
    for entry in new:
        for key in entry["measures"]:
            if key in measures:
                MeasureIndicator.objects.create(measure=measures[key], indicator=made[entry["key"]])
                counts["links"] += 1
    for edge in source["edges"]:
        begins, ends, measure = made.get(edge["from"]), made.get(edge["to"]), measures.get(edge["measure"])
        if begins and ends and measure:
            for indicator in (begins, ends):
                MeasureIndicator.objects.get_or_create(measure=measure, indicator=indicator)
            LogicEdge.objects.create(measure=measure, from_indicator=begins, to_indicator=ends)
            counts["edges"] += 1
    counts["observations"] = _load_survey(folder / SURVEY, at)
    compute_standings([indicator.pk for indicator in made.values()])
    return {name: count for name, count in counts.items() if count}


def _indicator(entry: dict[str, Any], plan: Plan) -> Indicator:
    return Indicator(
        key=entry["key"],
        owner=plan.secretariat,
        starts_on=date.fromisoformat(entry["starts_on"]),
        **{field: entry[field] for field in FIELDS},
    )


def _load_survey(file: Path, at: datetime) -> int:
    """The waves: shares in percent, with the error of simple random sampling (the design is unpublished)."""
    content = file.read_bytes()
    source = json.loads(content)
    digest = hashlib.sha256(content).hexdigest()[:12]
    added = 0
    for key, which in WAVES.items():
        indicator = Indicator.objects.filter(key=key).first()
        if indicator is None:
            continue
        for year, answers in source["response"].items():
            share = source["direct"][year][0] if which == "often" else source["direct_any_lonely"][year]
            error = math.sqrt(share * (100 - share) / answers["n"])
            figure = Figure(
                date(int(year), 12, 1),
                date(int(year), 12, 31),
                value=share,
                standard_error=round(error, 4),
                data_version=f"{SURVEY} {digest}",
                note=f"n={answers['n']:,}",
            )
            made = keep_published(indicator=indicator, figure=figure, maker=f"data/{SURVEY}", at=at)
            added += made is not None
    return added
