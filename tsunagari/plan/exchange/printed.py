"""The plan and the comparison of two versions as PDF (typst, PDF/UA). What nobody has written says 未入力."""

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.utils.translation import get_language, gettext

from tsunagari.core.addresses import whole_address
from tsunagari.core.printable import fonts_folder, printable
from tsunagari.core.runtime.typeset import typeset
from tsunagari.core.templatetags.ui import day
from tsunagari.plan import showing
from tsunagari.plan.models import PlanVersion
from tsunagari.plan.showing import part_views, section_labels, target_line
from tsunagari.plan.text.differences import Part, Run
from tsunagari.plan.text.document import ChapterDocument, Document, MeasureDocument, Paragraph
from tsunagari.plan.text.markup import spans

TEMPLATE = Path(__file__).with_name("plan.typ")
SECONDS = 60.0
KEPT = 8
"""Documents kept in memory; the whole plan takes about 2 MB."""

_kept: OrderedDict[str, bytes] = OrderedDict()
_lock = threading.Lock()
_press = threading.BoundedSemaphore(1)


def plan_pdf(document: Document) -> bytes:
    """The whole version.

    Raises:
        NotTypeset: it could not be made in time.
    """
    return _printed(
        _head(document.title, "version", document.number)
        | {
            "kind": "plan",
            "about": [printable(line) for line in _about(document)],
            "contents": gettext("もくじ"),
            "chapters": _chapters(document),
        }
    )


def comparison_pdf(old: PlanVersion, new: PlanVersion, parts: Sequence[Part]) -> bytes:
    """The 新旧対照表: the new text on the left, the old one on the right, changed words marked.

    Raises:
        NotTypeset: it could not be made in time.
    """
    title = gettext("新旧対照表：%(new)s") % {"new": new.title}
    return _printed(
        _head(title, "comparison", new.number, old.number)
        | {
            "kind": "comparison",
            "about": [
                printable(gettext("改定前：%(old)s") % {"old": old.title}),
                gettext("下線と太字は加わったことば、取り消し線はなくなったことばです。"),
            ],
            "nothing": gettext("変わったところはありません。"),
            "columns": [gettext("どこが"), gettext("改定後"), gettext("改定前")],
            "parts": [
                {
                    "heading": printable(f"{view.heading}（{view.change}）"),
                    "rows": [
                        {
                            "place": place,
                            "change": change,
                            "old": [_run(run) for run in row.old],
                            "new": [_run(run) for run in row.new],
                        }
                        for place, change, row in view.rows
                    ],
                }
                for view in part_views(parts)
            ],
        }
    )


def _run(run: Run) -> dict[str, str]:
    # typst joins the runs: spaces at their ends are words' too
    text = printable(run.text)
    before = " " if run.text[:1].isspace() and text else ""
    after = " " if run.text[-1:].isspace() and text else ""
    return {"t": f"{before}{text}{after}", "m": run.mark}


def _head(title: str, route: str, *args: int) -> dict[str, Any]:
    return {
        "title": printable(title),
        "author": gettext("つながり"),
        "lang": "en" if get_language() == "en" else "ja",
        "address": whole_address(f"plan:{route}", *args),
        "missing": gettext("未入力"),
    }


def _about(document: Document) -> list[str]:
    states = dict(PlanVersion.State.choices)
    lines = [gettext("いまの段階：%(state)s") % {"state": states[PlanVersion.State(document.state)]}]
    if document.decided_on:
        lines.append(gettext("決定：%(day)s") % {"day": day(document.decided_on)})
    if document.in_force_on:
        lines.append(gettext("実施：%(day)s") % {"day": day(document.in_force_on)})
    return lines


def _chapters(document: Document) -> list[dict[str, Any]]:
    last = document.chapters[-1].number if document.chapters else 0
    return [
        {
            "heading": printable(f"{chapter.number}　{chapter.title}"),
            "paragraphs": [
                _paragraph(each) for each in chapter.paragraphs or _list_of_policies(document, chapter)
            ],
            "policies": _policies(document) if chapter.number == last else [],
        }
        for chapter in document.chapters
    ]


def _list_of_policies(document: Document, chapter: ChapterDocument) -> list[Paragraph]:
    """The chapter on the basic policies, where it has no words of its own, is their list."""
    if chapter.number != showing.POLICIES_CHAPTER:
        return []
    return [
        Paragraph(chapter.id, "paragraph", f"（{policy.number}）{policy.title}")
        for policy in document.policies
    ]


def _policies(document: Document) -> list[dict[str, Any]]:
    """The policies with their measures; a measure of two policies is printed in full under the first."""
    printed: set[str] = set()
    rows = []
    for policy in document.policies:
        own = [key for key in policy.measures if key not in printed]
        also = [document.measures[key] for key in policy.measures if key in printed]
        printed.update(own)
        rows.append(
            {
                "heading": printable(f"（{policy.number}）{policy.title}"),
                "measures": [_measure(document.measures[key]) for key in own],
                "also": [printable(f"{each.key} {each.title}（{gettext('再掲')}）") for each in also],
                "ends": printable(policy.list_ends_with),
            }
        )
    rest = [measure for key, measure in document.measures.items() if key not in printed]
    if rest:
        heading = gettext("方針にまだ位置づけられていない施策")
        rows.append({"heading": heading, "measures": [_measure(m) for m in rest], "also": [], "ends": ""})
    return rows


def _measure(measure: MeasureDocument) -> dict[str, Any]:
    lead = gettext("とりまとめ")
    ministries = [f"{each.name}（{lead}）" if each.lead else each.name for each in measure.ministries]
    budgets = [f"{each.fiscal_year} {each.project_id} {each.name}" for each in measure.budgets]
    facts = [
        (gettext("担当の府省庁"), ["、".join(ministries) or gettext("未入力")]),
        (gettext("予算事業"), budgets),
    ]
    return {
        "heading": printable(f"{measure.key}　{measure.title}"),
        "facts": [
            {"label": label, "values": [printable(value) for value in values]} for label, values in facts
        ],
        "sections": [
            {"label": label, "paragraphs": [_paragraph(each) for each in measure.sections[key]]}
            for key, label in section_labels().items()
        ],
        "targets_label": gettext("目標と期限"),
        "targets": [printable(target_line(target)) for target in measure.targets],
        "reason_label": gettext("目標を定めない理由："),
        "reason": printable(measure.no_target_reason),
    }


def _paragraph(paragraph: Paragraph) -> dict[str, Any]:
    return {
        "kind": paragraph.kind,
        "level": paragraph.level,
        "lines": [
            [{"t": printable(span.text), "b": span.bold, "h": span.href} for span in spans(line)]
            for line in paragraph.text.split("\n")
        ],
    }


def _printed(data: dict[str, Any]) -> bytes:
    """The PDF of this data; the same data is printed once while it is kept. One at a time in a process."""
    written = json.dumps(data, ensure_ascii=False)
    name = hashlib.sha256(written.encode()).hexdigest()
    with _lock:
        if name in _kept:
            _kept.move_to_end(name)
            return _kept[name]
    with _press:
        with _lock:
            if name in _kept:  # printed while this one waited
                return _kept[name]
        pdf = typeset(TEMPLATE, {"data": written}, fonts=fonts_folder(), seconds=SECONDS)
        with _lock:
            _kept[name] = pdf
            while len(_kept) > KEPT:
                _kept.popitem(last=False)
    return pdf
