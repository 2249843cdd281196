"""What a measure's form holds, as plain data: read from the tables, checked, written back.

Sections are text as people type it (`plan.text.markup`); days are ISO dates, numbers are decimal strings.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID, uuid4

from django.utils.translation import gettext as _

from tsunagari.accounts.models import Organization
from tsunagari.core.errors import RuleBroken
from tsunagari.plan.models import (
    Block,
    BudgetProject,
    Chapter,
    MeasureText,
    PlanVersion,
    Policy,
    Responsibility,
    Target,
)
from tsunagari.plan.selectors.versions import measure_document_of
from tsunagari.plan.text.differences import number_text
from tsunagari.plan.text.document import SECTIONS
from tsunagari.plan.text.markup import TooLong, keep_ids, read, write

MOST_TARGETS, MOST_BUDGETS, MOST_MINISTRIES = 30, 60, 30


class NotValid(RuleBroken):
    """Something that was written cannot stand as it is; the sentence says what and how to put it right."""


@dataclass(frozen=True, slots=True)
class CheckedTarget:
    """A target whose parts fit together."""

    lineage_id: UUID
    text: str
    baseline: Decimal | None
    value: Decimal | None
    unit: str
    begins_on: date | None
    deadline_on: date | None


def content_of(text: MeasureText) -> dict[str, Any]:
    """What the form of this measure holds now."""
    document = measure_document_of(text)
    lead = next((str(each.id) for each in document.ministries if each.lead), "")
    return {
        "title": document.title,
        "policies": list(document.policies),
        "cross_cutting": document.cross_cutting,
        "ministries": sorted(str(each.id) for each in document.ministries),
        "lead": lead,
        **{
            section: write(paragraph.piece for paragraph in document.sections[section])
            for section in SECTIONS
        },
        "targets": [
            {
                "lineage_id": str(target.lineage_id),
                "text": target.text,
                "baseline": _written(target.baseline),
                "value": _written(target.value),
                "unit": target.unit,
                "begins_on": target.begins_on.isoformat() if target.begins_on else "",
                "deadline_on": target.deadline_on.isoformat() if target.deadline_on else "",
            }
            for target in document.targets
        ],
        "budgets": [
            {
                "project_id": each.project_id,
                "name": each.name,
                "fiscal_year": str(each.fiscal_year),
                "amount_yen": "" if each.amount_yen is None else str(each.amount_yen),
                "ministry": str(each.ministry_id) if each.ministry_id else "",
            }
            for each in text.budget_projects.all()
        ],
        "no_target_reason": document.no_target_reason,
    }


def _written(value: Decimal | None) -> str:
    return "" if value is None else number_text(value)


def number_of(text: str, what: str) -> Decimal | None:
    """A number as it was typed, full-width digits and thousands' commas too; None for nothing.

    Raises:
        NotValid: it is no number, or longer than the tables keep.
    """
    plain = text.strip().replace(",", "").replace("，", "").replace("．", ".").replace("－", "-")
    if not plain:
        return None
    try:
        value = Decimal(plain)
    except InvalidOperation:
        raise NotValid(_("%(what)sは、数字で書いてください。") % {"what": what}) from None
    if not value.is_finite() or abs(value) >= Decimal(10) ** 15:
        raise NotValid(_("%(what)sは、数字で書いてください。") % {"what": what})
    return value.quantize(Decimal("0.0001"))


def day_of(text: str, what: str) -> date | None:
    """A day in ISO form; None for nothing.

    Raises:
        NotValid: there is no such day.
    """
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise NotValid(
            _("%(what)sは、2027-03-31のように、ある日付で書いてください。") % {"what": what}
        ) from None


def checked_target(row: Mapping[str, Any]) -> CheckedTarget:
    """A target from its form.

    Raises:
        NotValid: a value without a unit, a deadline before the beginning, no words.
    """
    words = str(row.get("text", "")).strip()[:500]
    baseline = number_of(str(row.get("baseline", "")), _("基準値"))
    value = number_of(str(row.get("value", "")), _("目標値"))
    unit = str(row.get("unit", "")).strip()[:40]
    begins = day_of(str(row.get("begins_on", "")), _("目標の始まり"))
    deadline = day_of(str(row.get("deadline_on", "")), _("目標の期限"))
    if not words:
        raise NotValid(_("目標を、ことばで書いてください。数字や期限だけでは、何の目標かわかりません。"))
    if (value is not None or baseline is not None) and not unit:
        raise NotValid(_("目標「%(target)s」の数字に、単位を書いてください。") % {"target": words[:40]})
    if begins and deadline and deadline < begins:
        raise NotValid(_("目標「%(target)s」の期限が、始まりより前になっています。") % {"target": words[:40]})
    return CheckedTarget(
        _uuid(row.get("lineage_id")) or uuid4(), words, baseline, value, unit, begins, deadline
    )


def _uuid(value: object) -> UUID | None:
    try:
        return UUID(str(value))
    except ValueError:
        return None


def write_blocks(
    *,
    version: PlanVersion,
    section: str,
    typed: str,
    chapter: Chapter | None = None,
    text: MeasureText | None = None,
) -> None:
    """Put a section's paragraphs in place of those that stand; one that comes from an old one keeps its id.

    Raises:
        NotValid: a paragraph is too long, or there are too many.
    """
    try:
        pieces = read(typed)
    except TooLong:
        raise NotValid(
            _("ひとつの段落は9,000字まで、ひとつの欄は400段落までです。段落を分けてください。")
        ) from None
    old = Block.objects.filter(version=version, chapter=chapter, measure_text=text, section=section)
    known = list(old.order_by("position").values_list("paragraph_id", "kind", "text", "level"))
    if [(kind, words, level) for _id, kind, words, level in known] == [
        (piece.kind, piece.text, piece.level) for piece in pieces
    ]:
        return
    ids = keep_ids([(row[0], row[2]) for row in known], [piece.text for piece in pieces])
    old.delete()
    Block.objects.bulk_create(
        Block(
            version=version,
            chapter=chapter,
            measure_text=text,
            section=section,
            paragraph_id=paragraph_id,
            position=position,
            kind=piece.kind,
            level=piece.level,
            text=piece.text,
        )
        for position, (paragraph_id, piece) in enumerate(zip(ids, pieces, strict=True), 1)
    )


def write_content(text: MeasureText, content: Mapping[str, Any]) -> None:
    """Write what a form holds into the tables; the caller holds the lock and has decided that it may.

    Raises:
        NotValid: something cannot stand as it is; nothing is written then (the caller's transaction ends).
    """
    title = str(content["title"]).strip()
    if not title or len(title) > 200:
        raise NotValid(_("施策の名前を、200字までで書いてください。"))
    text.title = title
    text.cross_cutting = bool(content["cross_cutting"])
    text.no_target_reason = str(content["no_target_reason"]).strip()[:2_000]
    text.save(update_fields=["title", "cross_cutting", "no_target_reason"])
    numbers = {int(number) for number in content["policies"]}
    text.policies.set(Policy.objects.filter(version_id=text.version_id, number__in=numbers))
    _write_ministries(text, content)
    for section in SECTIONS:
        write_blocks(version=text.version, section=section, typed=str(content[section]), text=text)
    _write_targets(text, content["targets"])
    _write_budgets(text, content["budgets"])


def _write_ministries(text: MeasureText, content: Mapping[str, Any]) -> None:
    wanted = {each for value in content["ministries"] if (each := _uuid(value))}
    lead = _uuid(content["lead"]) if content["lead"] else None
    found = set(
        Organization.objects.filter(pk__in=wanted, kind=Organization.Kind.MINISTRY).values_list(
            "pk", flat=True
        )
    )
    if found != wanted or len(wanted) > MOST_MINISTRIES:
        raise NotValid(_("担当の府省庁を、一覧から選んでください。"))
    if lead is not None and lead not in found:
        raise NotValid(_("とりまとめの府省庁は、担当の府省庁の中から選んでください。"))
    known = {each.ministry_id: each for each in text.responsibilities.all()}
    text.responsibilities.exclude(ministry__in=found).delete()
    text.responsibilities.filter(lead=True).exclude(ministry=lead).update(lead=False)
    Responsibility.objects.bulk_create(
        Responsibility(measure_text=text, ministry_id=each, lead=each == lead)
        for each in sorted(found - set(known))
    )
    if lead is not None:
        text.responsibilities.filter(ministry=lead, lead=False).update(lead=True)


def _write_targets(text: MeasureText, rows: Any) -> None:
    targets = [checked_target(row) for row in rows]
    if len(targets) > MOST_TARGETS:
        raise NotValid(_("目標は、ひとつの施策に30までです。"))
    if len({target.lineage_id for target in targets}) != len(targets):
        raise NotValid(_("同じ目標が二つあります。ページを開きなおしてください。"))
    known = {target.lineage_id: target for target in text.targets.all()}
    text.targets.exclude(lineage_id__in=[target.lineage_id for target in targets]).delete()
    for position, checked in enumerate(targets):
        # the row stays the same one: an indicator is linked to it
        target = known.get(checked.lineage_id) or Target(measure_text=text, lineage_id=checked.lineage_id)
        target.position, target.text, target.unit = position, checked.text, checked.unit
        target.baseline, target.value = checked.baseline, checked.value
        target.begins_on, target.deadline_on = checked.begins_on, checked.deadline_on
        target.save()


def _write_budgets(text: MeasureText, rows: Any) -> None:
    if len(rows) > MOST_BUDGETS:
        raise NotValid(_("予算事業は、ひとつの施策に60までです。"))
    projects, seen = [], set()
    for row in rows:
        project, name = str(row["project_id"]).strip(), str(row["name"]).strip()[:200]
        year, amount = str(row["fiscal_year"]).strip(), number_of(str(row["amount_yen"]), _("予算額"))
        if not (project.isascii() and project.isdigit() and len(project) <= 10):
            raise NotValid(_("予算事業IDは、10桁までの数字です。"))
        if not (year.isascii() and year.isdigit() and 2000 <= int(year) <= 2100):
            raise NotValid(_("予算事業の年度は、2027のように西暦で書いてください。"))
        if amount is not None and (amount < 0 or amount != int(amount)):
            raise NotValid(_("予算額は、0以上の円で書いてください。"))
        if not name:
            raise NotValid(_("予算事業の名前を書いてください。"))
        if (project, year) in seen:
            raise NotValid(
                _("予算事業%(project)sの%(year)s年度が、二度あります。") % {"project": project, "year": year}
            )
        seen.add((project, year))
        ministry = _uuid(row.get("ministry"))
        if ministry is not None and not Organization.objects.filter(pk=ministry, kind="ministry").exists():
            raise NotValid(_("担当の府省庁を、一覧から選んでください。"))
        projects.append(
            BudgetProject(
                measure_text=text,
                project_id=project,
                name=name,
                fiscal_year=int(year),
                amount_yen=None if amount is None else int(amount),
                ministry_id=ministry,
            )
        )
    text.budget_projects.all().delete()
    BudgetProject.objects.bulk_create(projects)
