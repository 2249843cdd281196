"""Versions that somebody may read, and one as a document."""

from collections import defaultdict
from collections.abc import Iterator
from uuid import UUID

from django.db.models import Q, QuerySet

from tsunagari.accounts.models import Role, User
from tsunagari.accounts.selectors import active_memberships
from tsunagari.plan.models import (
    Block,
    BudgetProject,
    MeasureText,
    Plan,
    PlanVersion,
    Responsibility,
    Target,
)
from tsunagari.plan.text.document import (
    SECTIONS,
    Budget,
    ChapterDocument,
    Document,
    MeasureDocument,
    Ministry,
    Paragraph,
    PolicyDocument,
    TargetLine,
)

KEY = "kodoku-koritsu"
"""The plan that /plan/ shows, as ``data/`` names it."""
State = PlanVersion.State
IN_WORK = frozenset({State.DRAFT, State.CONSULTATION, State.FINAL_DRAFT})
DECIDED = frozenset({State.DECIDED, State.IN_FORCE, State.SUPERSEDED})


def published_versions() -> QuerySet[PlanVersion]:
    """Versions of the plan that the public may read, the newest first."""
    return (
        PlanVersion.objects.filter(plan__key=KEY, published_at__isnull=False)
        .select_related("plan__secretariat", "predecessor", "motion__meeting__body")
        .order_by("-number")
    )


def current_version() -> PlanVersion | None:
    """What /plan/ shows: the version in force, else the newest that is published."""
    versions = list(published_versions()[:200])
    return next((version for version in versions if version.state == State.IN_FORCE), None) or next(
        iter(versions), None
    )


def plans_of(viewer: User) -> QuerySet[Plan]:
    """Plans whose versions `viewer` moves: a secretary or administrator of the plan's secretariat."""
    held = [m.organization_id for m in active_memberships(viewer) if m.role in (Role.SECRETARY, Role.ADMIN)]
    return Plan.objects.filter(secretariat__in=held)


def versions_visible_to(viewer: User) -> QuerySet[PlanVersion]:
    """What `viewer` reads at the desk: versions of one's own plans and of one's ministry, and public ones."""
    held = [m.organization_id for m in active_memberships(viewer)]
    mine = Responsibility.objects.filter(ministry__in=held).values("measure_text__version")
    return (
        PlanVersion.objects.filter(
            Q(plan__secretariat__in=held) | Q(pk__in=mine) | Q(published_at__isnull=False)
        )
        .select_related("plan__secretariat", "predecessor", "motion__meeting__body")
        .order_by("plan__key", "-number")
    )


def measure_texts_edited_by(viewer: User) -> QuerySet[MeasureText]:
    """Measures of versions in work that `viewer` writes: all of one's own plans, those of one's ministry."""
    memberships = active_memberships(viewer)
    ministries = [m.organization_id for m in memberships if m.role in (Role.OFFICER, Role.ADMIN)]
    return MeasureText.objects.filter(
        Q(version__plan__in=plans_of(viewer))
        | Q(pk__in=Responsibility.objects.filter(ministry__in=ministries).values("measure_text")),
        version__state__in=IN_WORK,
    )


def document_of(version: PlanVersion) -> Document:
    """The whole version, read with a fixed number of queries; rows are tuples, for there are thousands."""
    paragraphs = _paragraphs(Block.objects.filter(version=version))
    measures = {
        measure.key: measure for measure in _measures(MeasureText.objects.filter(version=version), paragraphs)
    }
    return Document(
        plan_key=version.plan.key,
        plan_title=version.plan.title,
        number=version.number,
        title=version.title,
        state=version.state,
        decided_on=version.decided_on,
        in_force_on=version.in_force_on,
        published_at=version.published_at,
        source=version.source,
        note=version.note,
        chapters=tuple(
            ChapterDocument(
                chapter.pk,
                chapter.number,
                chapter.title,
                chapter.note,
                tuple(paragraphs[chapter.pk].get("body", ())),
            )
            for chapter in version.chapters.order_by("number")
        ),
        policies=tuple(
            PolicyDocument(
                policy.number,
                policy.title,
                policy.list_ends_with,
                tuple(key for key, measure in measures.items() if policy.number in measure.policies),
            )
            for policy in version.policies.order_by("number")
        ),
        measures=measures,
    )


def measure_document_of(text: MeasureText) -> MeasureDocument:
    """One measure of a version, as the tables have it now."""
    paragraphs = _paragraphs(Block.objects.filter(measure_text=text))
    return next(iter(_measures(MeasureText.objects.filter(pk=text.pk), paragraphs)))


Paragraphs = defaultdict[UUID, dict[str, list[Paragraph]]]


def _paragraphs(blocks: QuerySet[Block]) -> Paragraphs:
    """Chapter or measure text → section → its paragraphs in order."""
    found: Paragraphs = defaultdict(dict)
    for chapter, text, section, paragraph, kind, words, level in blocks.order_by("position").values_list(
        "chapter_id", "measure_text_id", "section", "paragraph_id", "kind", "text", "level"
    ):
        row = Paragraph(paragraph, kind, words, level)
        found[chapter or text].setdefault(section, []).append(row)
    return found


def _measures(texts: QuerySet[MeasureText], paragraphs: Paragraphs) -> Iterator[MeasureDocument]:
    """What each of the texts says, in order."""
    ids = texts.values("pk")
    policies: defaultdict[UUID, list[int]] = defaultdict(list)
    places = MeasureText.policies.through.objects.filter(measuretext__in=ids).order_by("policy__number")
    for text_id, number in places.values_list("measuretext_id", "policy__number"):
        policies[text_id].append(number)
    ministries: defaultdict[UUID, list[Ministry]] = defaultdict(list)
    held = Responsibility.objects.filter(measure_text__in=ids).order_by("-lead", "ministry__name")
    for text_id, pk, name, lead in held.values_list(
        "measure_text_id", "ministry_id", "ministry__name", "lead"
    ):
        ministries[text_id].append(Ministry(pk, name, lead))
    budgets: defaultdict[UUID, list[Budget]] = defaultdict(list)
    paid = BudgetProject.objects.filter(measure_text__in=ids).order_by("fiscal_year", "project_id")
    for text_id, project, name, year, amount, ministry in paid.values_list(
        "measure_text_id", "project_id", "name", "fiscal_year", "amount_yen", "ministry__name"
    ):
        budgets[text_id].append(Budget(project, name, year, amount, ministry or ""))
    targets: defaultdict[UUID, list[TargetLine]] = defaultdict(list)
    wanted = Target.objects.filter(measure_text__in=ids).order_by("position", "id")
    for row in wanted.values_list(
        "measure_text_id", "id", "lineage_id", "text", "baseline", "value", "unit", "begins_on", "deadline_on"
    ):
        targets[row[0]].append(TargetLine(row[1], row[2], row[3], row[4], row[5], row[6], row[7], row[8]))
    for pk, key, title, cross, source, placed_by, reason in texts.order_by(
        "position", "measure__key"
    ).values_list("pk", "measure__key", "title", "cross_cutting", "source", "placed_by", "no_target_reason"):
        own = paragraphs.get(pk, {})
        yield MeasureDocument(
            key=key,
            text_id=pk,
            title=title,
            policies=tuple(policies[pk]),
            cross_cutting=cross,
            source=tuple(source),
            placed_by=placed_by,
            no_target_reason=reason,
            ministries=tuple(ministries[pk]),
            budgets=tuple(budgets[pk]),
            targets=tuple(targets[pk]),
            sections={section: tuple(own.get(section, ())) for section in SECTIONS},
        )
