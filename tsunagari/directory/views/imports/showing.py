"""A mapping and a report as a page shows them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import Count
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from tsunagari.directory.exchange.municipal.reader import Plan
from tsunagari.directory.exchange.tables.columns import Proposal, dictionary
from tsunagari.directory.forms.imports import MOST_COLUMNS_SHOWN
from tsunagari.directory.models import ImportProblem, ImportRow, ImportRun
from tsunagari.directory.showing import label_of

SAMPLES = 3
PER_PAGE = 50
SEVERITIES = tuple(ImportProblem.Severity.values)
# groups of rows that belong to an entry (``aggregates.KINDS``), in words
_GROUPS: dict[str, Any] = {
    "areas": gettext_lazy("使える地域"),
    "needs": gettext_lazy("困りごと"),
    "languages": gettext_lazy("使えることば"),
    "documents": gettext_lazy("持ちもの"),
    "costs": gettext_lazy("料金"),
    "contacts": gettext_lazy("担当"),
    "places": gettext_lazy("場所"),
    "channels": gettext_lazy("連絡のしかた"),
    "schedules": gettext_lazy("受付時間"),
    "channel_schedules": gettext_lazy("受付時間"),
    "place_schedules": gettext_lazy("受付時間"),
    "attributes": gettext_lazy("分類"),
    "foreign": gettext_lazy("そのまま残す列"),
    "as_of": gettext_lazy("情報の時点"),
    "minimum_age": gettext_lazy("年齢"),
    "maximum_age": gettext_lazy("年齢"),
}
_HINDRANCES: dict[str, Any] = {
    "import": gettext_lazy("あとの取り込みで変わりました"),
    "used": gettext_lazy("ほかのところで使われています"),
    "refused": gettext_lazy("前の内容は、もう載せられません"),
}
ACTIONS = ("created", "changed", "unchanged", "refused")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table on the page: its heading, some values, the proposal and why."""

    name: str
    heading: str
    samples: list[str]
    field: str
    certainty: str
    sure: str
    reason: str


def mapping_of(plan: Plan) -> list[dict[str, Any]]:
    """The tables of a file with their columns; beyond what one form may hold, tables are only named."""
    found, shown = [], 0
    for number, planned in enumerate(plan.tables):
        shown += len(planned.table.headings)
        columns = [
            Column(
                name=f"column-{number}-{place}",
                heading=heading,
                samples=[row[place] for row in planned.samples if row[place].strip()][:SAMPLES],
                field=proposal.field,
                certainty=_certainty(proposal),
                sure=_sure(proposal),
                reason=_reason(proposal),
            )
            for place, (heading, proposal) in enumerate(
                zip(planned.table.headings, planned.proposals, strict=True)
            )
        ]
        found.append(
            {
                "number": number,
                "name": planned.table.name,
                # a lone table is meant, also before somebody says which column is the name
                "used": planned.used and (planned.names_entries or len(plan.tables) == 1),
                "list": planned.kind.key,
                "columns": columns if shown <= MOST_COLUMNS_SHOWN else [],
                "first_row": planned.table.heading_rows[-1] + 1,
            }
        )
    return found


def _sure(proposal: Proposal) -> str:
    return "high" if proposal.certainty >= 0.9 else "middle" if proposal.certainty >= 0.55 else "low"


def _certainty(proposal: Proposal) -> str:
    return {"high": _("たしか"), "middle": _("たぶん"), "low": _("分かりません")}[_sure(proposal)]


def _reason(proposal: Proposal) -> str:
    words = {
        "standard": _("標準の見出しです。"),
        "synonym": _("よく使われる見出しです。"),
        "part": _("見出しの一部が同じです。"),
        "similar": _("「%(like)s」に似た見出しです。"),
        "values": _("入っている値の形から考えました。"),
        "remembered": _("前に、こう選びました。"),
        "kept": _("名簿に場所がないので、そのまま残します。"),
        "second": _("ほかの列と同じ意味なので、そのまま残します。"),
        "unknown": _("見出しも値も、手がかりになりません。"),
    }
    field = dictionary().fields.get(proposal.like)
    english = get_language() == "en"
    like = (field.label_en if english else field.label) if field else proposal.like
    return words[proposal.reason] % {"like": like}


def report_of(run: ImportRun, asked: Mapping[str, Any]) -> dict[str, Any]:
    """What a run would do, or did: counts, problems and rows, narrowed by the address's query."""
    severity = asked.get("severity") if asked.get("severity") in SEVERITIES else ""
    action = asked.get("action") if asked.get("action") in ACTIONS else ""
    column = str(asked.get("column", ""))[:120].replace("\x00", "")
    problems = ImportProblem.objects.filter(run=run)
    by_severity = dict(problems.values_list("severity").annotate(n=Count("id")).order_by())
    by_column = (
        problems.exclude(field="").values("field").annotate(n=Count("id")).order_by("-n", "field")[:30]
    )
    if severity:
        problems = problems.filter(severity=severity)
    if column:
        problems = problems.filter(field=column)
    rows = ImportRow.objects.filter(run=run, kind="service").order_by("number", "id")
    rows = rows.filter(action=action) if action else rows.exclude(action="unchanged")
    kept = [
        (name, value)
        for name, value in (("severity", severity), ("column", column), ("action", action))
        if value
    ]
    problem_page = Paginator(problems.order_by("number", "id"), PER_PAGE).get_page(asked.get("page"))
    row_page = Paginator(rows.defer("payload", "before"), PER_PAGE).get_page(asked.get("rows"))
    for row in row_page:
        row.told = list(dict.fromkeys(_GROUPS.get(name) or label_of(name) for name in row.changes or ()))  # type: ignore[attr-defined]
    counts = {name: run.counts.get(f"service.{name}", 0) for name in ACTIONS}
    # a row that could not even be read as an entry is refused too
    wrong = ImportProblem.objects.filter(run=run, severity=ImportProblem.Severity.ERROR, number__gt=0)
    counts["refused"] = max(counts["refused"], wrong.values("part", "number").distinct().count())
    return {
        "counts": list(counts.items()),
        "severities": [(name, by_severity.get(name, 0)) for name in SEVERITIES],
        "columns_with_problems": list(by_column),
        "severity": severity,
        "action": action,
        "column": column,
        "problem_page": problem_page,
        "row_page": row_page,
        "problem_pages": _addresses(problem_page, "page", kept),
        "row_pages": _addresses(row_page, "rows", kept),
        "english": get_language() == "en",
    }


def hindering(run: ImportRun | None) -> list[tuple[str, str]]:
    """What was changed since the import and stood against undoing it: (name, what) in words."""

    def words(field: str) -> str:
        return str(_HINDRANCES.get(field) or _GROUPS.get(field) or label_of(field))

    conflicts = run.undo_conflicts or () if run else ()
    return [(conflict["name"], words(conflict["field"])) for conflict in conflicts]


def _addresses(page: Any, name: str, kept: list[tuple[str, str]]) -> dict[str, str]:
    def to(number: int) -> str:
        return "?" + urlencode([*kept, (name, number)])

    return {
        "previous": to(page.previous_page_number()) if page.has_previous() else "",
        "next": to(page.next_page_number()) if page.has_next() else "",
    }
