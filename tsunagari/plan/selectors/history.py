"""A measure through the versions, the orders that asked for measures, and words found in the plan."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Prefetch, Q, QuerySet

from tsunagari.core.japanese import fold
from tsunagari.plan.models import (
    Measure,
    MeasureLineage,
    MeasureText,
    PlanVersion,
    SourceDocument,
    SourceOrder,
)
from tsunagari.plan.selectors.versions import KEY, measure_document_of, published_versions
from tsunagari.plan.text.differences import Part, compare_measures
from tsunagari.plan.text.document import Document, MeasureDocument


@dataclass(frozen=True, slots=True)
class Chapter:
    """What one version said of a measure, and what had changed since the version before."""

    version: PlanVersion
    text: MeasureText | None
    document: MeasureDocument | None
    change: Part | None


def public_measures() -> QuerySet[Measure]:
    """Measures that stand in a version which the public may read."""
    return Measure.objects.filter(plan__key=KEY, texts__version__published_at__isnull=False).distinct()


def life_of(measure: Measure) -> list[Chapter]:
    """The measure in every published version, the oldest first; None where it does not stand."""
    found: list[Chapter] = []
    before: MeasureDocument | None = None
    for version in published_versions().order_by("number"):
        text = (
            MeasureText.objects.filter(version=version, measure=measure)
            .select_related("measure", "version")
            .first()
        )
        document = measure_document_of(text) if text else None
        change = compare_measures(before, document) if found and (before or document) else None
        if document is not None or found:
            found.append(Chapter(version, text, document, change))
        before = document
    return found


def lineage_of(measure: Measure) -> QuerySet[MeasureLineage]:
    """Renames, splits and merges that concern a measure, in published versions, the oldest first."""
    return (
        MeasureLineage.objects.filter(
            Q(before=measure) | Q(after=measure), version__published_at__isnull=False
        )
        .select_related("version", "before", "after")
        .order_by("version__number", "at", "id")
    )


def source_documents() -> QuerySet[SourceDocument]:
    """The documents that the plan comes from."""
    return SourceDocument.objects.filter(plan__key=KEY).order_by("decided_on", "key")


def orders_with_answers(version: PlanVersion | None) -> QuerySet[SourceOrder]:
    """The orders in order, each with the measures of ``version`` that answer it (``answers``)."""
    answers = MeasureText.objects.filter(version=version).select_related("measure")
    return (
        SourceOrder.objects.filter(document__plan__key=KEY)
        .select_related("document")
        .prefetch_related(Prefetch("measures__texts", queryset=answers, to_attr="shown_texts"))
        .order_by("document__key", "number")
    )


def answers_of(order: SourceOrder) -> list[MeasureText]:
    """The texts of measures that answer an order; needs `orders_with_answers`."""
    return [text for measure in order.measures.all() for text in measure.shown_texts]  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Hit:
    """A place in the plan where the words stand."""

    anchor: str
    heading: str
    section: str
    text: str
    key: str


def found_in(document: Document, query: str, *, most: int = 200) -> list[Hit]:
    """Where all words of ``query`` stand in one paragraph, title or target; any kana, width or case."""
    words = [word for word in fold(query).split(" ") if word]
    if not words:
        return []
    hits: list[Hit] = []
    for hit in _places(document):
        folded = fold(hit.text)
        if all(word in folded for word in words):
            hits.append(hit)
            if len(hits) >= most:
                break
    return hits


def _places(document: Document) -> Iterator[Hit]:
    for chapter in document.chapters:
        heading = f"{chapter.number} {chapter.title}"
        yield Hit(f"c-{chapter.number}", heading, "title", chapter.title, "")
        for paragraph in chapter.paragraphs:
            yield Hit(paragraph.anchor, heading, "body", paragraph.plain, "")
    for policy in document.policies:
        yield Hit(f"policy-{policy.number}", f"（{policy.number}）", "policies", policy.title, "")
    for key, measure in document.measures.items():
        heading = f"{key} {measure.title}"
        yield Hit(key, heading, "title", measure.title, key)
        for section, paragraph in measure.paragraphs:
            yield Hit(paragraph.anchor, heading, section, paragraph.plain, key)
        for target in measure.targets:
            yield Hit(key, heading, "targets", target.text, key)
        for ministry in measure.ministries:
            yield Hit(key, heading, "ministries", ministry.name, key)
