"""How two versions differ, as a 新旧対照表: paragraphs side by side, changed words marked.

Words are Sudachi's (`core.japanese`). Paragraphs meet by their permanent id; sentences that stand as they did
are not read, so the time goes with what has changed, not with the length of the plan.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from tsunagari.core.japanese import morphemes
from tsunagari.plan.text.document import SECTIONS, Document, MeasureDocument, Paragraph, TargetLine

Mark = Literal["same", "gone", "new"]
_SENTENCE = re.compile(r"[^。！？\n]*[。！？\n]?")
_ALIKE = 0.3
"""Sentences less alike are told as gone and new: marks on single words of them would be noise."""


@dataclass(frozen=True, slots=True)
class Run:
    """Some words with what happened to them."""

    text: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table. ``old`` or ``new`` may be empty; ``place``: section or field."""

    place: str
    change: Literal["same", "changed", "gone", "new", "moved"]
    old: tuple[Run, ...]
    new: tuple[Run, ...]
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A chapter's or a measure's rows; ``key`` is "1" of a chapter and "M01" of a measure."""

    kind: Literal["chapter", "policy", "measure"]
    key: str
    title: str
    change: Literal["changed", "gone", "new"]
    rows: tuple[Row, ...]


def words(text: str) -> list[str]:
    """The words of a text as they are written; joined, they are the text."""
    found: list[str] = []
    at = 0
    for morpheme in morphemes(text):
        begin, end = morpheme.begin(), morpheme.end()
        if begin > at:
            found.append(text[at:begin])
        if end > begin:
            found.append(text[begin:end])
        at = end
    if at < len(text):
        found.append(text[at:])
    return found


def _merged(runs: Iterator[Run]) -> tuple[Run, ...]:
    found: list[Run] = []
    for run in runs:
        if not run.text:
            continue
        if found and found[-1].mark == run.mark:
            found[-1] = Run(found[-1].text + run.text, run.mark)
        else:
            found.append(run)
    return tuple(found)


def compare_texts(old: str, new: str) -> tuple[tuple[Run, ...], tuple[Run, ...]]:
    """Both texts as runs: on the old side same and gone, on the new side same and new."""
    if old == new:
        same = (Run(old, "same"),) if old else ()
        return same, same
    left: list[Run] = []
    right: list[Run] = []
    a, b = _sentences(old), _sentences(new)
    for tag, i, i_end, j, j_end in SequenceMatcher(a=a, b=b, autojunk=False).get_opcodes():
        before, after = "".join(a[i:i_end]), "".join(b[j:j_end])
        if tag == "equal":
            left.append(Run(before, "same"))
            right.append(Run(after, "same"))
        elif tag == "replace":
            lefts, rights = _compare_words(before, after)
            left += lefts
            right += rights
        else:
            left.append(Run(before, "gone"))
            right.append(Run(after, "new"))
    return _merged(iter(left)), _merged(iter(right))


def _sentences(text: str) -> list[str]:
    return [sentence for sentence in _SENTENCE.findall(text) if sentence]


def _compare_words(old: str, new: str) -> tuple[list[Run], list[Run]]:
    a, b = words(old), words(new)
    matcher = SequenceMatcher(a=a, b=b, autojunk=False)
    if matcher.quick_ratio() < _ALIKE or matcher.ratio() < _ALIKE:
        return [Run(old, "gone")], [Run(new, "new")]
    left: list[Run] = []
    right: list[Run] = []
    for tag, i, i_end, j, j_end in matcher.get_opcodes():
        same = tag == "equal"
        left.append(Run("".join(a[i:i_end]), "same" if same else "gone"))
        right.append(Run("".join(b[j:j_end]), "same" if same else "new"))
    return left, right


def compare_paragraphs(place: str, old: Sequence[Paragraph], new: Sequence[Paragraph]) -> list[Row]:
    """The rows of a section, in the new order; what is gone stands where it stood."""
    by_id = {paragraph.id: paragraph for paragraph in old}
    order = SequenceMatcher(a=[p.id for p in old], b=[p.id for p in new], autojunk=False)
    rows: list[Row] = []
    there = {paragraph.id for paragraph in new}
    for tag, i, i_end, j, j_end in order.get_opcodes():
        for paragraph in old[i:i_end]:
            if paragraph.id not in there:
                rows.append(Row(place, "gone", (Run(paragraph.plain, "gone"),), ()))
        for at, paragraph in enumerate(new[j:j_end]):
            before = by_id.get(paragraph.id)
            if before is None:
                rows.append(Row(place, "new", (), (Run(paragraph.plain, "new"),), paragraph.anchor))
                continue
            left, right = compare_texts(before.plain, paragraph.plain)
            stays = tag == "equal" and old[i + at].id == paragraph.id
            alike = before.plain == paragraph.plain and before.kind == paragraph.kind
            change: Literal["same", "changed", "moved"] = (
                "changed" if not alike else "same" if stays else "moved"
            )
            rows.append(Row(place, change, left, right, paragraph.anchor))
    return rows


def _field(place: str, old: str, new: str) -> list[Row]:
    if old == new:
        return []
    left, right = compare_texts(old, new)
    change: Literal["changed", "gone", "new"] = "changed" if old and new else "new" if new else "gone"
    return [Row(place, change, left, right)]


def target_text(target: TargetLine) -> str:
    """A target in one line, for people and for the comparison."""
    parts = [target.text]
    if target.baseline is not None:
        parts.append(f"{number_text(target.baseline)}{target.unit} →")
    if target.value is not None:
        parts.append(f"{number_text(target.value)}{target.unit}")
    if target.begins_on or target.deadline_on:
        begin = target.begins_on.isoformat() if target.begins_on else ""
        parts.append(f"({begin}–{target.deadline_on.isoformat() if target.deadline_on else ''})")
    return " ".join(parts)


def number_text(value: object) -> str:
    """A decimal without trailing noughts."""
    text = f"{value:f}" if hasattr(value, "as_tuple") else str(value)
    return text.rstrip("0").rstrip(".") if "." in text else text


def _facts(measure: MeasureDocument) -> list[tuple[str, str]]:
    return [
        ("policies", "、".join(f"（{number}）" for number in measure.policies)),
        ("ministries", "、".join(ministry.name for ministry in measure.ministries)),
        ("budgets", "、".join(f"{b.fiscal_year} {b.project_id} {b.name}" for b in measure.budgets)),
        ("no_target_reason", measure.no_target_reason),
    ]


def _compare_targets(old: MeasureDocument | None, new: MeasureDocument | None) -> list[Row]:
    before = {target.lineage_id: target for target in (old.targets if old else ())}
    after = {target.lineage_id: target for target in (new.targets if new else ())}
    rows: list[Row] = []
    for key in [*after, *(key for key in before if key not in after)]:
        rows += _field(
            "targets",
            target_text(before[key]) if key in before else "",
            target_text(after[key]) if key in after else "",
        )
    return rows


def compare_measures(old: MeasureDocument | None, new: MeasureDocument | None) -> Part | None:
    """What has changed of a measure; None when nothing has."""
    shown = new or old
    if shown is None:
        return None
    rows = _field("title", old.title if old else "", new.title if new else "")
    facts_old = dict(_facts(old)) if old else {}
    facts_new = dict(_facts(new)) if new else {}
    for place in ("policies", "ministries"):
        rows += _field(place, facts_old.get(place, ""), facts_new.get(place, ""))
    for section in SECTIONS:
        rows += compare_paragraphs(
            section, old.sections[section] if old else (), new.sections[section] if new else ()
        )
    rows += _compare_targets(old, new)
    for place in ("budgets", "no_target_reason"):
        rows += _field(place, facts_old.get(place, ""), facts_new.get(place, ""))
    kept = tuple(row for row in rows if row.change != "same")
    if not kept and old and new:
        return None
    change: Literal["changed", "gone", "new"] = "new" if old is None else "gone" if new is None else "changed"
    return Part("measure", shown.key, shown.title, change, kept)


def compare(old: Document, new: Document) -> list[Part]:
    """What has changed between two versions, in the new one's order; measures that are gone come last."""
    parts: list[Part] = []
    chapters_old = {chapter.number: chapter for chapter in old.chapters}
    chapters_new = {chapter.number: chapter for chapter in new.chapters}
    for number in sorted({*chapters_old, *chapters_new}):
        before, after = chapters_old.get(number), chapters_new.get(number)
        rows = _field("title", before.title if before else "", after.title if after else "")
        rows += compare_paragraphs(
            "body", before.paragraphs if before else (), after.paragraphs if after else ()
        )
        parts += _part("chapter", number, before, after, rows)
    policies_old = {policy.number: policy for policy in old.policies}
    policies_new = {policy.number: policy for policy in new.policies}
    for number in sorted({*policies_old, *policies_new}):
        was, now = policies_old.get(number), policies_new.get(number)
        parts += _part(
            "policy", number, was, now, _field("title", was.title if was else "", now.title if now else "")
        )
    for key in [*new.measures, *(key for key in old.measures if key not in new.measures)]:
        part = compare_measures(old.measures.get(key), new.measures.get(key))
        if part is not None:
            parts.append(part)
    return parts


def _part(
    kind: Literal["chapter", "policy"], number: int, old: object, new: object, rows: list[Row]
) -> list[Part]:
    kept = tuple(row for row in rows if row.change != "same")
    if not kept:
        return []
    change: Literal["changed", "gone", "new"] = "new" if old is None else "gone" if new is None else "changed"
    return [Part(kind, str(number), str(getattr(new or old, "title", "")), change, kept)]
