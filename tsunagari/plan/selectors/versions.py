"""Versions that somebody may read, and one as a document."""

from collections import defaultdict
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet

from tsunagari.accounts.models import Role, User
from tsunagari.accounts.selectors import active_memberships
from tsunagari.plan.models import (
    Block,
    MeasureText,
    Plan,
    PlanVersion,
    Policy,
    Responsibility,
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
    """The whole version, read with a fixed number of queries."""
    blocks: dict[UUID, dict[str, list[Paragraph]]] = defaultdict(lambda: defaultdict(list))
    rows = Block.objects.filter(version=version).order_by("section", "position")
    for chapter_id, text_id, section, pid, kind, text, level in rows.values_list(
        "chapter_id", "measure_text_id", "section", "paragraph_id", "kind", "text", "level"
    ):
        blocks[chapter_id or text_id][section].append(Paragraph(pid, kind, text, level))
    policies = list(Policy.objects.filter(version=version).order_by("number"))
    texts = (
        MeasureText.objects.filter(version=version)
        .select_related("measure")
        .prefetch_related(
            Prefetch("responsibilities", Responsibility.objects.select_related("ministry")),
            "budget_projects__ministry",
            "targets",
            Prefetch("policies", Policy.objects.order_by("number")),
        )
        .order_by("position", "measure__key")
    )
    measures = {text.measure.key: _measure(text, blocks[text.pk]) for text in texts}
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
                chapter.pk, chapter.number, chapter.title, chapter.note, tuple(blocks[chapter.pk]["body"])
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
            for policy in policies
        ),
        measures=measures,
    )


def measure_document_of(text: MeasureText) -> MeasureDocument:
    """One measure of a version."""
    blocks: dict[str, list[Paragraph]] = defaultdict(list)
    for block in text.blocks.order_by("section", "position"):
        blocks[block.section].append(Paragraph(block.paragraph_id, block.kind, block.text, block.level))
    return _measure(text, blocks)


def _measure(text: MeasureText, blocks: dict[str, list[Paragraph]]) -> MeasureDocument:
    return MeasureDocument(
        key=text.measure.key,
        text_id=text.pk,
        title=text.title,
        policies=tuple(policy.number for policy in text.policies.all()),
        cross_cutting=text.cross_cutting,
        source=tuple(text.source),
        placed_by=text.placed_by,
        no_target_reason=text.no_target_reason,
        ministries=tuple(
            Ministry(each.ministry_id, each.ministry.name, each.lead) for each in text.responsibilities.all()
        ),
        budgets=tuple(
            Budget(
                each.project_id,
                each.name,
                each.fiscal_year,
                each.amount_yen,
                each.ministry.name if each.ministry else "",
            )
            for each in text.budget_projects.all()
        ),
        targets=tuple(
            TargetLine(
                each.pk,
                each.lineage_id,
                each.text,
                each.baseline,
                each.value,
                each.unit,
                each.begins_on,
                each.deadline_on,
            )
            for each in text.targets.all()
        ),
        sections={section: tuple(blocks.get(section, ())) for section in SECTIONS},
    )
