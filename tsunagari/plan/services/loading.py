"""Load the real plan of ``data/``: the 項目案 of November 2021 and the orders that asked for it.

What is there already is left alone: people have the plan from the first load on. A later load only adds what
is missing around it (a source document, an order), never a text.
"""

import json
import uuid
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from tsunagari.accounts.models import Organization
from tsunagari.accounts.services.organizations import register_organizations
from tsunagari.plan.models import (
    Chapter,
    Measure,
    MeasureText,
    Plan,
    PlanVersion,
    Policy,
    SourceDocument,
    SourceOrder,
    VersionEvent,
)
from tsunagari.plan.selectors.versions import KEY

SECRETARIAT = "内閣官房孤独・孤立対策担当室"
CROSS_CUTTING = frozenset({"M01"})
"""The survey serves every policy; with the yearly review (PDCA) it is what cuts across the plan."""
_NAMES = uuid.UUID("5b1c0e0e-4f0c-4f9e-9f0f-2a3a6c1a2021")


def loaded_id(*names: str) -> uuid.UUID:
    """The id of something from ``data/``: the same in every installation."""
    return uuid.uuid5(_NAMES, "/".join(names))


@transaction.atomic
def load_plan(*, folder: Path, at: datetime) -> dict[str, int]:
    """Load the plan, its sources and orders, if they are not there yet. One load at a time.

    Returns:
        How many of each were added; empty when everything was there.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [0x706C616E])
    source, texts = _read(folder / "priority_plan.json"), _read(folder / "priority_plan_sources.json")
    counts: dict[str, int] = {}
    plan = Plan.objects.filter(key=KEY).first()
    if plan is None:
        plan = Plan.objects.create(
            id=loaded_id("plan"),
            key=KEY,
            title=source["title"],
            secretariat=_secretariat(),
            duties_from=date.fromisoformat(source["statute"]["in_force"]),
            act=source["statute"]["name"],
        )
        counts |= {"plans": 1} | _load_version(plan, source, at)
    counts |= _load_sources(plan, source, texts)
    return {name: count for name, count in counts.items() if count}


def _read(file: Path) -> Any:
    return json.loads(file.read_text(encoding="utf-8"))


def _secretariat() -> Organization:
    known = Organization.objects.filter(name=SECRETARIAT, kind=Organization.Kind.MINISTRY).first()
    if known is None:
        known = Organization(id=loaded_id("secretariat"), name=SECRETARIAT, kind=Organization.Kind.MINISTRY)
        register_organizations([known])
    return known


def _load_version(plan: Plan, source: dict[str, Any], at: datetime) -> dict[str, int]:
    version = PlanVersion.objects.create(
        id=loaded_id("version", "1"),
        plan=plan,
        number=1,
        title=f"{source['title']}（{source['status']}）",
        source=source["source"],
        note=source["note"],
        published_at=at,
        created_at=at,
    )
    VersionEvent.objects.create(
        version=version, step="publish_draft", state_before="draft", state_after="draft", at=at
    )
    Chapter.objects.bulk_create(
        Chapter(
            version=version, number=chapter["number"], title=chapter["title"], note=chapter.get("note", "")
        )
        for chapter in source["chapters"]
    )
    policies = {
        row["number"]: Policy(
            version=version, number=row["number"], title=row["title"], list_ends_with=row["list_ends_with"]
        )
        for row in source["policies"]
    }
    Policy.objects.bulk_create(policies.values())
    for position, row in enumerate(source["measures"], 1):
        measure = Measure.objects.create(id=loaded_id("measure", row["id"]), plan=plan, key=row["id"])
        text = MeasureText.objects.create(
            version=version,
            measure=measure,
            position=position,
            title=row["title"],
            source=row["source"],
            placed_by=row["placed_by"],
            cross_cutting=row["id"] in CROSS_CUTTING,
        )
        text.policies.add(policies[row["policy"]])
    return {
        "chapters": len(source["chapters"]),
        "policies": len(policies),
        "measures": len(source["measures"]),
    }


def _load_sources(plan: Plan, source: dict[str, Any], texts: dict[str, Any]) -> dict[str, int]:
    p2, basic, later = texts["p2"], source["basic_policy_2021"], source["later"]
    documents = {
        "p2": {name: p2[name] for name in ("title", "dated", "place", "text")},
        "honebuto2021": {
            "title": basic["title"],
            "decided_on": date.fromisoformat(basic["decided_on"]),
            "place": basic["place"],
            "text": texts["honebuto2021"]["text"],
        },
        "later": {
            "title": "重点計画のその後",
            "text": "\n".join(f"{row['date']} {row['event']}" for row in later),
        },
    }
    added = 0
    for key, fields in documents.items():
        _document, created = SourceDocument.objects.get_or_create(
            plan=plan, key=key, defaults={"id": loaded_id("source", key), **fields}
        )
        added += created
    basic_policy = SourceDocument.objects.get(plan=plan, key="honebuto2021")
    measures = {measure.key: measure for measure in Measure.objects.filter(plan=plan)}
    answers = {row["order"]: row for row in texts["honebuto2021"]["answers"]}
    orders = 0
    for number, text in enumerate(basic["orders"], 1):
        order, created = SourceOrder.objects.get_or_create(
            document=basic_policy,
            number=number,
            defaults={
                "id": loaded_id("order", str(number)),
                "text": text,
                "note": answers[number]["note"],
            },
        )
        if created:
            order.measures.set(measures[key] for key in answers[number]["measures"] if key in measures)
            orders += 1
    return {"sources": added, "orders": orders}
