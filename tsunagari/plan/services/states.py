"""A version's life. `TRANSITIONS` is all of it: services, tests and docs/plan.md read it.

Only the plan's secretariat moves a version. A decided text never changes again (the database refuses it).
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tsunagari.accounts.models import User
from tsunagari.core.errors import RuleBroken
from tsunagari.council.models import Motion
from tsunagari.council.selectors.meetings import meetings_read_by
from tsunagari.plan.models import (
    Block,
    BudgetProject,
    Chapter,
    MeasureText,
    Plan,
    PlanVersion,
    Policy,
    Responsibility,
    Target,
    VersionEvent,
)
from tsunagari.plan.selectors.versions import DECIDED, IN_WORK, plans_of
from tsunagari.plan.services.blockers import Blocker, blockers_of, measures_without_target
from tsunagari.plan.services.change_requests import carry_into_draft
from tsunagari.plan.services.editing import require_editable

TOKYO = ZoneInfo("Asia/Tokyo")
State = PlanVersion.State


@dataclass(frozen=True, slots=True)
class Step:
    """One way from a state to another. ``end`` None: the state stays."""

    start: frozenset[PlanVersion.State]
    end: PlanVersion.State | None
    reason: bool = False


TRANSITIONS: dict[str, Step] = {
    "publish_draft": Step(frozenset({State.DRAFT, State.CONSULTATION, State.FINAL_DRAFT}), None),
    "consult": Step(frozenset({State.DRAFT}), State.CONSULTATION),
    "finish": Step(frozenset({State.CONSULTATION}), State.FINAL_DRAFT),
    "back_to_draft": Step(frozenset({State.CONSULTATION, State.FINAL_DRAFT}), State.DRAFT, reason=True),
    "decide": Step(frozenset({State.FINAL_DRAFT}), State.DECIDED),
    "enter_into_force": Step(frozenset({State.DECIDED}), State.IN_FORCE),
    "supersede": Step(frozenset({State.IN_FORCE}), State.SUPERSEDED),
}
BY_HAND = tuple(step for step in TRANSITIONS if step != "supersede")
"""A version is superseded only as the next one enters into force."""


class WrongState(RuleBroken):
    """The version is no longer, or not yet, where this step begins."""

    status = 409


class ReasonMissing(RuleBroken):
    """A step back needs a reason that those who worked on it can read."""


class NotReady(RuleBroken):
    """Something is missing; ``blockers`` says exactly what, each with a link."""

    status = 409

    def __init__(self, blockers: list[Blocker]) -> None:
        super().__init__(
            str(_("まだ決定できません。足りないものが%(count)sつあります。")) % {"count": len(blockers)}
        )
        self.blockers = blockers


class MotionNotOurs(RuleBroken):
    """The motion is about something else, or has decided another version."""


class InWorkAlready(RuleBroken):
    """A plan has one version in work at a time."""

    status = 409


class BadDay(RuleBroken):
    """A version enters into force on or after the day of its decision, and not before the one it follows."""


def _locked(actor: User, version_id: UUID) -> PlanVersion:
    return (
        PlanVersion.objects.select_for_update(of=("self",))
        .select_related("plan", "motion__meeting__body")
        .get(pk=version_id, plan__in=plans_of(actor))
    )


def require_start(step: str, version: PlanVersion) -> None:
    """Refuse a step that does not begin where the version is.

    Raises:
        WrongState: it is elsewhere.
    """
    if version.state not in TRANSITIONS[step].start:
        sentence = _("この版は「%(state)s」です。ページを開きなおしてください。")
        raise WrongState(str(sentence) % {"state": version.get_state_display()})


def _go(
    step: str,
    version: PlanVersion,
    at: datetime,
    actor: User | None,
    *,
    on: date | None = None,
    reason: str = "",
    fields: tuple[str, ...] = (),
) -> PlanVersion:
    before = version.state
    version.state = TRANSITIONS[step].end or version.state
    version.save(update_fields=["state", *fields])
    VersionEvent.objects.create(
        version=version,
        step=step,
        state_before=before,
        state_after=version.state,
        at=at,
        on=on,
        actor=actor,
        reason=reason,
    )
    return version


@transaction.atomic
def publish_draft(*, actor: User, version_id: UUID, at: datetime) -> PlanVersion:
    """Let the public read a version that is not decided; a second time changes nothing.

    Raises:
        PlanVersion.DoesNotExist: none of `actor`'s plans.
        WrongState: it is decided, and public with that.
    """
    version = _locked(actor, version_id)
    require_start("publish_draft", version)
    if version.published_at is not None:
        return version
    version.published_at = at
    return _go("publish_draft", version, at, actor, fields=("published_at",))


@transaction.atomic
def consult(*, actor: User, version_id: UUID, at: datetime) -> PlanVersion:
    """Begin the consultation: rounds can be held on the text.

    Raises:
        PlanVersion.DoesNotExist, WrongState: as `publish_draft`.
    """
    version = _locked(actor, version_id)
    require_start("consult", version)
    return _go("consult", version, at, actor)


@transaction.atomic
def finish(*, actor: User, version_id: UUID, at: datetime) -> PlanVersion:
    """Make it the final draft: from here its text stands, so that the council decides what it has read.

    Raises:
        PlanVersion.DoesNotExist, WrongState: as `publish_draft`.
    """
    version = _locked(actor, version_id)
    require_start("finish", version)
    return _go("finish", version, at, actor)


@transaction.atomic
def back_to_draft(*, actor: User, version_id: UUID, reason: str, at: datetime) -> PlanVersion:
    """Take it back to be written on; a motion that was bound to it is about another text from now on.

    Raises:
        PlanVersion.DoesNotExist, WrongState: as `publish_draft`.
        ReasonMissing: nobody would know why.
    """
    version = _locked(actor, version_id)
    require_start("back_to_draft", version)
    if not reason.strip():
        raise ReasonMissing(_("案に戻す理由を書いてください。"))
    version.motion = None
    return _go("back_to_draft", version, at, actor, reason=reason.strip()[:2_000], fields=("motion",))


@transaction.atomic
def bind_motion(*, actor: User, version_id: UUID, motion_id: UUID) -> PlanVersion:
    """Say which motion of a council decides on this version.

    Raises:
        PlanVersion.DoesNotExist: none of `actor`'s plans.
        Motion.DoesNotExist: no motion that `actor` reads.
        WrongState: it is decided.
        MotionNotOurs: it is no motion on a plan, was withdrawn, or belongs to another version.
    """
    version = _locked(actor, version_id)
    if version.state not in IN_WORK:
        raise WrongState(_("決定した版の議案は、変えられません。"))
    motion = (
        Motion.objects.select_for_update(of=("self",))
        .filter(meeting__in=meetings_read_by(actor))
        .get(pk=motion_id)
    )
    other = PlanVersion.objects.filter(motion=motion).exclude(pk=version.pk).exists()
    withdrawn = motion.state in (Motion.State.WITHDRAWN, Motion.State.FAILED)
    if other or withdrawn or motion.classification != Motion.Classification.PLAN:
        raise MotionNotOurs(_("この議案では決められません。この重点計画を決定する議案を選んでください。"))
    version.motion = motion
    version.save(update_fields=["motion"])
    return version


@transaction.atomic
def decide(*, actor: User, version_id: UUID, at: datetime) -> PlanVersion:
    """Record that the council has decided, and publish the text with it (the Act, article 8).

    Raises:
        PlanVersion.DoesNotExist, WrongState: as `publish_draft`.
        NotReady: something is missing; it says what.
    """
    version = _locked(actor, version_id)
    require_start("decide", version)
    if missing := blockers_of(version):
        raise NotReady(missing)
    assert version.motion is not None  # noqa: S101 - `blockers_of` has seen it
    version.decided_on = version.motion.meeting.held_on
    version.published_at = at
    fields = ("decided_on", "published_at")
    return _go("decide", version, at, actor, on=version.decided_on, fields=fields)


@transaction.atomic
def enter_into_force(*, actor: User, version_id: UUID, on: date, at: datetime) -> PlanVersion:
    """Put a decided version into force; the one before is superseded on the same day.

    Raises:
        PlanVersion.DoesNotExist, WrongState: as `publish_draft`.
        BadDay: before its decision, in the future, or before its predecessor came into force.
    """
    visible = PlanVersion.objects.filter(plan__in=plans_of(actor)).get(pk=version_id)
    Plan.objects.select_for_update().get(pk=visible.plan_id)
    version = _locked(actor, version_id)
    require_start("enter_into_force", version)
    if on < (version.decided_on or on):
        raise BadDay(_("実施の日は、決定の日より前にはできません。"))
    if on > at.astimezone(TOKYO).date():
        raise BadDay(_("実施の日は、その日が来てから記録してください。"))
    before = PlanVersion.objects.select_for_update(of=("self",)).filter(
        plan=version.plan_id, state=State.IN_FORCE
    )
    for old in before:
        if on < (old.in_force_on or on):
            raise BadDay(_("実施の日は、前の版の実施の日より前にはできません。"))
        old.superseded_on = on
        _go("supersede", old, at, actor, on=on, fields=("superseded_on",))
    version.in_force_on = on
    return _go("enter_into_force", version, at, actor, on=on, fields=("in_force_on",))


@transaction.atomic
def write_no_target_reason(*, actor: User, version_id: UUID, reason: str) -> int:
    """Write one reason on every measure that has no target with a deadline and no reason yet.

    Returns:
        On how many.

    Raises:
        PlanVersion.DoesNotExist: none of `actor`'s plans.
        NotEditable: it is a final draft, or decided.
        ReasonMissing: there is no reason.
    """
    version = _locked(actor, version_id)
    require_editable(version)
    if not reason.strip():
        raise ReasonMissing(_("目標と期限を定めない理由を書いてください。"))
    texts = measures_without_target(version.pk)
    for text in texts:
        text.no_target_reason = reason.strip()[:2_000]
        text.revision += 1
    MeasureText.objects.bulk_update(texts, ["no_target_reason", "revision"])
    return len(texts)


@transaction.atomic
def begin_version(*, actor: User, plan_id: UUID, title: str, at: datetime) -> PlanVersion:
    """Begin the next version from the newest decided one: same measures and paragraph ids.

    Raises:
        Plan.DoesNotExist: none of `actor`'s.
        InWorkAlready: a version is in work.
        WrongState: nothing has been decided yet.
    """
    plan = Plan.objects.select_for_update(of=("self",)).get(pk=plan_id, pk__in=plans_of(actor))
    versions = PlanVersion.objects.filter(plan=plan).order_by("-number")
    if versions.filter(state__in=IN_WORK).exists():
        raise InWorkAlready(_("作成中の版があります。新しい版は、それを決定してから始めてください。"))
    old = versions.filter(state__in=DECIDED).first()
    if old is None:
        raise WrongState(_("もとになる、決定した版がまだありません。"))
    version = PlanVersion.objects.create(
        plan=plan,
        number=versions[0].number + 1,
        title=title.strip()[:200] or plan.title,
        predecessor=old,
        created_at=at,
    )
    _copy_text(old, version)
    carry_into_draft(version=version)
    VersionEvent.objects.create(version=version, step="begin", state_after=version.state, at=at, actor=actor)
    return version


def _copy_text(old: PlanVersion, new: PlanVersion) -> None:
    """Everything that the old version says, in rows of the new one."""
    chapters = {
        chapter.pk: Chapter(version=new, number=chapter.number, title=chapter.title, note=chapter.note)
        for chapter in old.chapters.all()
    }
    Chapter.objects.bulk_create(chapters.values())
    policies = {
        policy.pk: Policy(
            version=new, number=policy.number, title=policy.title, list_ends_with=policy.list_ends_with
        )
        for policy in old.policies.all()
    }
    Policy.objects.bulk_create(policies.values())
    texts = {
        text.pk: MeasureText(
            version=new,
            measure_id=text.measure_id,
            position=text.position,
            title=text.title,
            cross_cutting=text.cross_cutting,
            source=text.source,
            placed_by=text.placed_by,
            no_target_reason=text.no_target_reason,
        )
        for text in old.measure_texts.all()
    }
    MeasureText.objects.bulk_create(texts.values())
    through = MeasureText.policies.through
    through.objects.bulk_create(
        through(measuretext_id=texts[row.measuretext_id].pk, policy_id=policies[row.policy_id].pk)
        for row in through.objects.filter(measuretext__version=old)
    )
    Responsibility.objects.bulk_create(
        Responsibility(measure_text=texts[row.measure_text_id], ministry_id=row.ministry_id, lead=row.lead)
        for row in Responsibility.objects.filter(measure_text__version=old)
    )
    projects = list(BudgetProject.objects.filter(measure_text__version=old))
    targets = list(Target.objects.filter(measure_text__version=old))
    for project in projects:
        project.pk, project.measure_text = uuid4(), texts[project.measure_text_id]
    for target in targets:
        target.pk, target.measure_text = uuid4(), texts[target.measure_text_id]
    BudgetProject.objects.bulk_create(projects)
    Target.objects.bulk_create(targets)
    Block.objects.bulk_create(
        Block(
            version=new,
            chapter=chapters[block.chapter_id] if block.chapter_id else None,
            measure_text=texts[block.measure_text_id] if block.measure_text_id else None,
            section=block.section,
            paragraph_id=block.paragraph_id,
            position=block.position,
            kind=block.kind,
            level=block.level,
            text=block.text,
        )
        for block in old.blocks.all()
    )
