"""The real plan with its secretariat: alice moves it, bob is of a ministry, charlie of another."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

from django.conf import settings

from tests.factories import AT, make_member, make_organization
from tsunagari.accounts.models import Organization, Role, User
from tsunagari.council.models import Body, Meeting, Motion
from tsunagari.plan.models import MeasureText, Plan, PlanVersion, Responsibility
from tsunagari.plan.selectors.versions import KEY
from tsunagari.plan.services import editing, states
from tsunagari.plan.services.content import content_of
from tsunagari.plan.services.loading import load_plan


@dataclass
class PlanScene:
    """The loaded plan; ``version`` is the 項目案 of 2021."""

    plan: Plan
    version: PlanVersion
    alice: User
    ministry: Organization
    bob: User
    charlie: User
    at: datetime = AT
    body: Body | None = field(default=None)

    def text(self, key: str) -> MeasureText:
        """What the version says of a measure."""
        return MeasureText.objects.select_related("version", "measure").get(
            version=self.version, measure__key=key
        )

    def save(self, key: str, actor: User | None = None, **changed: Any) -> MeasureText:
        """Save a measure with these fields of its form changed."""
        text = self.text(key)
        return editing.save_measure(
            actor=actor or self.alice,
            text_id=text.pk,
            content=content_of(text) | changed,
            revision=text.revision,
            at=self.at,
        )[0]

    def passed_motion(self, day: date = date(2026, 11, 24), **fields: Any) -> Motion:
        """A motion that the council has passed on a day, after the final draft."""
        if self.body is None:
            self.body = Body.objects.create(
                name=f"会議{uuid4().hex[:6]}",
                classification=Body.Classification.COUNCIL,
                founding_on=date(2021, 3, 12),
                secretariat=self.plan.secretariat,
            )
        meeting = Meeting.objects.create(
            body=self.body,
            title="会議",
            state=Meeting.State.HELD,
            date_text=day.isoformat(),
            earliest_on=day,
            held_on=day,
            created_at=self.at,
            changed_at=self.at,
        )
        wanted: dict[str, Any] = {
            "text": "重点計画を決定する",
            "classification": Motion.Classification.PLAN,
            "requirement": Motion.Requirement.ACCLAMATION,
            "state": Motion.State.PASSED,
            "result": "了承",
            "opened_at": self.at,
            "closed_at": self.at + timedelta(hours=1),
        }
        return Motion.objects.create(meeting=meeting, position=1, **(wanted | fields))

    def decided(self, reason: str = "法の施行前のため。", on: date = date(2026, 11, 24)) -> PlanVersion:
        """Bring the version in work to its decision and into force."""
        version_id = self.version.pk
        states.write_no_target_reason(actor=self.alice, version_id=version_id, reason=reason)
        states.consult(actor=self.alice, version_id=version_id, at=self.at)
        states.finish(actor=self.alice, version_id=version_id, at=self.at)
        motion = self.passed_motion(on)
        states.bind_motion(actor=self.alice, version_id=version_id, motion_id=motion.pk)
        states.decide(actor=self.alice, version_id=version_id, at=self.at + timedelta(hours=2))
        version = states.enter_into_force(
            actor=self.alice, version_id=version_id, on=on, at=self.at + timedelta(hours=3)
        )
        self.version.refresh_from_db()
        return version

    def next_version(self) -> PlanVersion:
        """Decide the one in work and begin the next, which is the scene's version from then on."""
        self.decided()
        self.version = states.begin_version(
            actor=self.alice, plan_id=self.plan.pk, title="重点計画（改定案）", at=self.at + timedelta(days=1)
        )
        return self.version


def make_plan_scene() -> PlanScene:
    """Load the real plan and put people around it; bob's ministry is responsible for M07."""
    load_plan(folder=settings.DATA_DIR, at=AT)
    plan = Plan.objects.get(key=KEY)
    version = PlanVersion.objects.get(plan=plan, number=1)
    ministry = make_organization("厚生労働省", kind=Organization.Kind.MINISTRY)
    scene = PlanScene(
        plan=plan,
        version=version,
        alice=make_member("alice", Role.SECRETARY, plan.secretariat),
        ministry=ministry,
        bob=make_member("bob", Role.OFFICER, ministry),
        charlie=make_member(
            "charlie", Role.OFFICER, make_organization("文部科学省", kind=Organization.Kind.MINISTRY)
        ),
    )
    Responsibility.objects.create(measure_text=scene.text("M07"), ministry=ministry, lead=True)
    return scene
