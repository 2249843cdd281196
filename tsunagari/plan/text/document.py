"""A version as one document: pages, PDF, JSON, CSV and the comparison read it. No database."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from tsunagari.plan.text.markup import Piece, Span, plain, spans

SECTIONS = ("situation", "challenge", "goal", "action")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph with its permanent id."""

    id: UUID
    kind: str
    text: str
    level: int = 1

    @property
    def anchor(self) -> str:
        """Its place on the page; the same in every version."""
        return f"p-{self.id}"

    @property
    def spans(self) -> list[Span]:
        """Its runs of text."""
        return spans(self.text)

    @property
    def plain(self) -> str:
        """Its words without marks."""
        return plain(self.text)

    @property
    def piece(self) -> Piece:
        """It without its identity."""
        return Piece(self.kind, self.text, self.level)


@dataclass(frozen=True, slots=True)
class Ministry:
    """A responsible ministry."""

    id: UUID
    name: str
    lead: bool


@dataclass(frozen=True, slots=True)
class Budget:
    """A budget project of a fiscal year."""

    project_id: str
    name: str
    fiscal_year: int
    amount_yen: int | None
    ministry: str


@dataclass(frozen=True, slots=True)
class TargetLine:
    """A target as the plan says it."""

    id: UUID
    lineage_id: UUID
    text: str
    baseline: Decimal | None
    value: Decimal | None
    unit: str
    begins_on: date | None
    deadline_on: date | None


@dataclass(frozen=True, slots=True)
class MeasureDocument:
    """What the version says of a measure. ``policies``: their numbers; ``sections``: four, some empty."""

    key: str
    text_id: UUID
    title: str
    policies: tuple[int, ...]
    cross_cutting: bool
    source: tuple[str, ...]
    placed_by: str
    no_target_reason: str
    ministries: tuple[Ministry, ...]
    budgets: tuple[Budget, ...]
    targets: tuple[TargetLine, ...]
    sections: dict[str, tuple[Paragraph, ...]]

    @property
    def paragraphs(self) -> Iterator[tuple[str, Paragraph]]:
        """Every paragraph with its section."""
        for section in SECTIONS:
            for paragraph in self.sections[section]:
                yield section, paragraph


@dataclass(frozen=True, slots=True)
class ChapterDocument:
    """A chapter with its own text."""

    id: UUID
    number: int
    title: str
    note: str
    paragraphs: tuple[Paragraph, ...]


@dataclass(frozen=True, slots=True)
class PolicyDocument:
    """A basic policy and the keys of the measures that serve it, in order."""

    number: int
    title: str
    list_ends_with: str
    measures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A whole version."""

    plan_key: str
    plan_title: str
    number: int
    title: str
    state: str
    decided_on: date | None
    in_force_on: date | None
    published_at: datetime | None
    source: str
    note: str
    chapters: tuple[ChapterDocument, ...]
    policies: tuple[PolicyDocument, ...]
    measures: dict[str, MeasureDocument] = field(default_factory=dict)

    @property
    def cross_cutting(self) -> list[MeasureDocument]:
        """The measures that serve every policy."""
        return [measure for measure in self.measures.values() if measure.cross_cutting]

    @property
    def unplaced(self) -> list[MeasureDocument]:
        """The measures under no policy: none is left out of the page for that."""
        return [
            measure
            for measure in self.measures.values()
            if not measure.policies and not measure.cross_cutting
        ]
