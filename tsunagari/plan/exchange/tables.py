"""The plan as JSON (everything, with the permanent ids) and as CSV (one row for each measure)."""

import csv
import io
from typing import Any

from tsunagari.core.addresses import whole_address
from tsunagari.core.tables.formulas import harmless
from tsunagari.plan.text.differences import number_text
from tsunagari.plan.text.document import SECTIONS, Document, MeasureDocument, Paragraph
from tsunagari.plan.text.markup import write

FORMAT = "tsunagari-plan-1"
COLUMNS = (
    "id", "title", "policies", "cross_cutting", "ministries", "lead_ministry", *SECTIONS, "targets",
    "target_deadlines", "no_target_reason", "budget_projects", "source", "placed_by", "url",
)  # fmt: skip


def as_json(document: Document) -> dict[str, Any]:
    """The whole version; what nobody has written is an empty list, never a made-up sentence."""
    return {
        "format": FORMAT,
        "plan": {"key": document.plan_key, "title": document.plan_title},
        "version": {
            "number": document.number,
            "title": document.title,
            "state": document.state,
            "decided_on": document.decided_on.isoformat() if document.decided_on else None,
            "in_force_on": document.in_force_on.isoformat() if document.in_force_on else None,
            "published_at": document.published_at.isoformat() if document.published_at else None,
            "source": document.source,
            "note": document.note,
            "url": whole_address("plan:version", document.number),
        },
        "chapters": [
            {
                "number": chapter.number,
                "title": chapter.title,
                "note": chapter.note,
                "paragraphs": [_paragraph(each) for each in chapter.paragraphs],
            }
            for chapter in document.chapters
        ],
        "policies": [
            {
                "number": policy.number,
                "title": policy.title,
                "list_ends_with": policy.list_ends_with,
                "measures": list(policy.measures),
            }
            for policy in document.policies
        ],
        "measures": [_measure(document, measure) for measure in document.measures.values()],
    }


def _paragraph(paragraph: Paragraph) -> dict[str, Any]:
    return {
        "id": str(paragraph.id),
        "kind": paragraph.kind,
        "level": paragraph.level,
        "text": paragraph.text,
    }


def _measure(document: Document, measure: MeasureDocument) -> dict[str, Any]:
    return {
        "id": measure.key,
        "title": measure.title,
        "policies": list(measure.policies),
        "cross_cutting": measure.cross_cutting,
        "ministries": [{"name": each.name, "lead": each.lead} for each in measure.ministries],
        **{section: [_paragraph(each) for each in measure.sections[section]] for section in SECTIONS},
        "targets": [
            {
                "id": str(target.lineage_id),
                "text": target.text,
                "baseline": None if target.baseline is None else number_text(target.baseline),
                "value": None if target.value is None else number_text(target.value),
                "unit": target.unit,
                "begins_on": target.begins_on.isoformat() if target.begins_on else None,
                "deadline_on": target.deadline_on.isoformat() if target.deadline_on else None,
            }
            for target in measure.targets
        ],
        "no_target_reason": measure.no_target_reason,
        "budget_projects": [
            {
                "id": each.project_id,
                "name": each.name,
                "fiscal_year": each.fiscal_year,
                "amount_yen": each.amount_yen,
                "ministry": each.ministry,
            }
            for each in measure.budgets
        ],
        "source": list(measure.source),
        "placed_by": measure.placed_by,
        "url": f"{whole_address('plan:version', document.number)}#{measure.key}",
    }


def as_csv(document: Document) -> bytes:
    """One row for each measure, UTF-8 with a mark so that Excel reads it."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for measure in document.measures.values():
        writer.writerow(harmless(cell) for cell in _row(document, measure))
    return out.getvalue().encode("utf-8-sig")


def _row(document: Document, measure: MeasureDocument) -> list[str]:
    return [
        measure.key,
        measure.title,
        " ".join(map(str, measure.policies)),
        "1" if measure.cross_cutting else "0",
        "、".join(each.name for each in measure.ministries),
        next((each.name for each in measure.ministries if each.lead), ""),
        *(write(paragraph.piece for paragraph in measure.sections[section]) for section in SECTIONS),
        "\n".join(
            " ".join(filter(None, [each.text, _figure(each.value, each.unit)])) for each in measure.targets
        ),
        "\n".join(each.deadline_on.isoformat() if each.deadline_on else "" for each in measure.targets),
        measure.no_target_reason,
        "\n".join(f"{each.fiscal_year} {each.project_id} {each.name}" for each in measure.budgets),
        " ".join(measure.source),
        measure.placed_by,
        f"{whole_address('plan:version', document.number)}#{measure.key}",
    ]


def _figure(value: object, unit: str) -> str:
    return "" if value is None else f"{number_text(value)}{unit}"
