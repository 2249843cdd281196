"""The plan as pages, PDF and files show it: labels, groups of paragraphs, one line for each fact."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext

from tsunagari.core.templatetags.ui import day
from tsunagari.plan.text.differences import Part, Row, number_text
from tsunagari.plan.text.document import SECTIONS, Document, MeasureDocument, Paragraph, TargetLine

POLICIES_CHAPTER = 3
"""３ 孤独・孤立対策の基本方針: the policies themselves, which chapter 4 takes up one by one."""


def section_labels() -> dict[str, str]:
    """現状・課題・目標・対策, in the reader's language."""
    return {
        "situation": gettext("現状"),
        "challenge": gettext("課題"),
        "goal": gettext("目標"),
        "action": gettext("対策"),
    }


def place_labels() -> dict[str, str]:
    """What the rows of a comparison are about."""
    return section_labels() | {
        "body": gettext("本文"),
        "title": gettext("名前"),
        "policies": gettext("方針"),
        "ministries": gettext("担当の府省庁"),
        "budgets": gettext("予算事業"),
        "targets": gettext("目標と期限"),
        "no_target_reason": gettext("目標を定めない理由"),
    }


def change_labels() -> dict[str, str]:
    """What happened to a row or a part: said in words, for colour is not enough."""
    return {
        "changed": gettext("変更"),
        "new": gettext("新設"),
        "gone": gettext("削除"),
        "moved": gettext("移動"),
        "same": gettext("同じ"),
    }


@dataclass(frozen=True, slots=True)
class Group:
    """Paragraphs that belong together: one, or the items of a list."""

    kind: str
    paragraphs: tuple[Paragraph, ...]


def grouped(paragraphs: Iterable[Paragraph]) -> list[Group]:
    """Paragraphs with neighbouring items as one list."""
    groups: list[Group] = []
    for paragraph in paragraphs:
        if paragraph.kind == "item" and groups and groups[-1].kind == "item":
            groups[-1] = Group("item", (*groups[-1].paragraphs, paragraph))
        else:
            groups.append(Group(paragraph.kind, (paragraph,)))
    return groups


@dataclass(frozen=True, slots=True)
class SectionView:
    """One of the four sections of a measure; ``groups`` is empty where nothing has been written."""

    key: str
    label: str
    groups: list[Group]


@dataclass(frozen=True, slots=True)
class MeasureView:
    """A measure for a template."""

    document: MeasureDocument
    sections: list[SectionView]
    targets: list[str]
    source: list[tuple[str, str]]


def measure_view(measure: MeasureDocument) -> MeasureView:
    """A measure with labels. ``source``: (key of a source document, its short name)."""
    names = {"p2": gettext("項目案"), "honebuto2021": gettext("骨太の方針2021")}
    return MeasureView(
        measure,
        [SectionView(key, label, grouped(measure.sections[key])) for key, label in section_labels().items()],
        [target_line(target) for target in measure.targets],
        [(key, names[key]) for key in measure.source if key in names],
    )


def target_line(target: TargetLine) -> str:
    """「相談窓口のある都道府県：30か所 → 47か所（2027年3月31日（水）まで）」."""
    figures = " → ".join(
        f"{number_text(value)}{target.unit}" for value in (target.baseline, target.value) if value is not None
    )
    line = f"{target.text}：{figures}" if figures else target.text
    if target.deadline_on is None:
        return f"{line}（{gettext('期限なし')}）"
    return f"{line}（{gettext('%(day)sまで') % {'day': day(target.deadline_on)}}）"


@dataclass(frozen=True, slots=True)
class PolicyView:
    """A policy with its measures, in order."""

    number: int
    title: str
    list_ends_with: str
    measures: list[MeasureView]


def policy_views(document: Document) -> list[PolicyView]:
    """The policies with their measures; a measure of two policies stands in full under the first."""
    shown = {key: measure_view(measure) for key, measure in document.measures.items()}
    return [
        PolicyView(
            policy.number, policy.title, policy.list_ends_with, [shown[key] for key in policy.measures]
        )
        for policy in document.policies
    ]


def missing_sections(document: Document) -> int:
    """How many sections of measures nobody has written."""
    return sum(
        not measure.sections[section] for measure in document.measures.values() for section in SECTIONS
    )


@dataclass(frozen=True, slots=True)
class PartView:
    """A chapter's, policy's or measure's changes for a template."""

    part: Part
    heading: str
    change: str
    rows: list[tuple[str, str, Row]]


def part_views(parts: Sequence[Part]) -> list[PartView]:
    """The parts of a comparison with labels: each row is (place, change, row)."""
    places, changes = place_labels(), change_labels()
    headings = {"chapter": gettext("第%(key)s章"), "policy": gettext("方針（%(key)s）"), "measure": "%(key)s"}
    return [
        PartView(
            part,
            f"{headings[part.kind] % {'key': part.key}} {part.title}",
            changes[part.change],
            [(places[row.place], changes[row.change], row) for row in part.rows],
        )
        for part in parts
    ]
