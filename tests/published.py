"""A plan in force and one in consultation, a council that has met: every public page has something to show.

For tests that look at all pages of the site. Everything is made by the services, as people would, in the days
before ``at``; what the public may comment upon is open at ``at``. Areas must have been loaded.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone

from tests.council.conftest import make_pdf
from tests.factories import make_member
from tests.plan.making import make_indicator, year
from tsunagari.accounts.models import Membership, Organization, Role, User
from tsunagari.council.models import Body, ConsultationRound, Meeting
from tsunagari.council.services import actions, materials, meetings, minutes, motions
from tsunagari.council.services.loading import load_council
from tsunagari.council.services.rounds import answers, life, visitors
from tsunagari.plan.models import Measure, MeasureIndicator, Plan, PlanVersion, Review, ReviewItem
from tsunagari.plan.services import consulting, editing, reviews, states
from tsunagari.plan.services.content import content_of
from tsunagari.plan.services.indicator_loading import load_indicators
from tsunagari.plan.services.loading import load_plan
from tsunagari.plan.services.observations import keep_published
from tsunagari.plan.services.standings import compute_standings

DECIDED_ON = date(2021, 12, 28)
REASON = "法の施行前のため。"
FIGURE = "connected"
TABLES = "plan_plan, plan_indicator, council_body, council_consultationround, council_loadedfact"
"""Journals and decided texts refuse to be deleted row by row."""


@dataclass(frozen=True)
class Published:
    """What fills the arguments of public routes of plan and council."""

    alice: User
    meeting: Meeting
    material: UUID
    open_round: ConsultationRound
    answered_round: ConsultationRound

    def arguments(self) -> dict[str, dict[str, object]]:
        """Route → its arguments, for every public route that takes any."""
        day = DECIDED_ON.isoformat()
        of_figure = ("figure", "figure_chart", "figure_areas_chart", "figure_csv", "figure_json")
        paragraph = self.open_round.paragraphs.order_by("position")[0].paragraph_id
        answered = {"round_id": self.answered_round.pk}
        return {
            **{f"plan:{name}": {"key": FIGURE} for name in of_figure},
            "plan:measure_figures": {"key": "M07"},
            "plan:review": {"number": 1, "fiscal_year": 2024},
            **{f"plan:{name}": {"number": 1} for name in ("version", "pdf", "json", "csv")},
            "plan:comparison": {"number": 2, "old": 1},
            "plan:comparison_pdf": {"number": 2, "old": 1},
            "plan:measure": {"key": "M07"},
            "plan:source": {"key": "p2"},
            "council:body": {"body_id": self.meeting.body_id},
            "council:body_on": {"body_id": self.meeting.body_id, "day": day},
            "council:record": {"body_id": self.meeting.body_id},
            "council:body_calendar": {"body_id": self.meeting.body_id},
            **{
                f"council:{name}": {"meeting_id": self.meeting.pk}
                for name in ("meeting", "minutes", "papers")
            },
            "council:material": {"version_id": self.material},
            "council:round": {"round_id": self.open_round.pk},
            "council:comment": {"round_id": self.open_round.pk, "paragraph_id": paragraph},
            "council:comment_whole": {"round_id": self.open_round.pk},
            **{f"council:{name}": answered for name in ("results", "results_csv", "results_xlsx")},
        }


def publish_everything(at: datetime) -> Published:
    """Load the real plan and council and lead them to where the public sees something everywhere."""
    before = at - timedelta(days=40)
    load_council(folder=settings.DATA_DIR, at=before)
    load_plan(folder=settings.DATA_DIR, at=before)
    load_indicators(folder=settings.DATA_DIR, at=before)
    version = PlanVersion.objects.select_related("plan__secretariat").get()
    alice = make_member("alice", Role.SECRETARY, version.plan.secretariat)
    Membership.objects.filter(user=alice).update(started_at=before)
    meeting, material = _meet_and_decide(alice, version, before)
    _review(alice, version, before)
    draft = _draft(alice, version.plan, before + timedelta(days=1))
    answered = _ask_and_answer(alice, draft, before + timedelta(days=2))
    open_round = consulting.ask_for_comments(
        actor=alice, version_id=draft.pk, kind="public", closes_at=at + timedelta(days=7), at=at,
        request="ご意見をください。",
    )  # fmt: skip
    return Published(alice, meeting, material, open_round, answered)


def take_everything_away(others: Iterable[UUID]) -> None:
    """For tests that commit: nothing of plan, council and people stays, and no organisation but these."""
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {TABLES} CASCADE")
        cursor.execute("DELETE FROM procrastinate_jobs WHERE task_name ~ '^(council|plan)[.]'")
    for table in (Membership, EmailAddress, Session, User):
        table.objects.all().delete()
    Organization.objects.exclude(pk__in=others).delete()
    connection.close()


def _meet_and_decide(alice: User, version: PlanVersion, at: datetime) -> tuple[Meeting, UUID]:
    """The body that decides on that day meets; its record, minutes and paper are public."""
    body = Body.objects.get(name="孤独・孤立対策推進会議")
    meeting = meetings.plan_meeting(
        actor=alice,
        body_id=body.pk,
        title="会議",
        date_text="12月28日",
        year=DECIDED_ON.year,
        number=1,
        at=at,
    )
    step = {"actor": alice, "meeting_id": meeting.pk, "at": at}
    meetings.call_meeting(**step, held_on=DECIDED_ON)  # type: ignore[arg-type]
    paper = materials.file_material(
        actor=alice, meeting_id=meeting.pk, number="資料1", title="計画の案", access="public",
        file_name="a.pdf", content=make_pdf(), at=at,
    )  # fmt: skip
    states.write_no_target_reason(actor=alice, version_id=version.pk, reason=REASON)
    states.consult(actor=alice, version_id=version.pk, at=at)
    states.finish(actor=alice, version_id=version.pk, at=at)
    motion = motions.put_motion(
        actor=alice, meeting_id=meeting.pk, text="重点計画を決定", requirement="acclamation",
        classification="plan", at=at + timedelta(minutes=1),
    )  # fmt: skip
    meetings.hold_meeting(**step)  # type: ignore[arg-type]
    motions.acclaim(actor=alice, motion_id=motion.pk, at=at + timedelta(minutes=2))
    actions.assign_action(
        actor=alice, meeting_id=meeting.pk, text="調べて知らせる", owner_id=body.secretariat_id,
        due_on=timezone.localdate(at) + timedelta(days=90), public=True, at=at,
    )  # fmt: skip
    meetings.publish_meeting(**step, published=True)  # type: ignore[arg-type]
    kept = minutes.begin_minutes(**step)  # type: ignore[arg-type]
    minutes.circulate_minutes(actor=alice, minutes_id=kept.pk, reply_by_on=timezone.localdate(at), at=at)
    minutes.approve_minutes(actor=alice, minutes_id=kept.pk, at=at + timedelta(days=1))
    minutes.publish_minutes(actor=alice, minutes_id=kept.pk, at=at + timedelta(days=1))
    minutes.write_summary(**step, text="計画を決めた。", publish=True)  # type: ignore[arg-type]
    states.bind_motion(actor=alice, version_id=version.pk, motion_id=motion.pk)
    states.decide(actor=alice, version_id=version.pk, at=at + timedelta(hours=2))
    states.enter_into_force(actor=alice, version_id=version.pk, on=DECIDED_ON, at=at + timedelta(hours=3))
    meeting.refresh_from_db()
    return meeting, paper.versions.get().pk


def _review(alice: User, version: PlanVersion, at: datetime) -> None:
    """A figure with two years, and the published review of the second."""
    indicator = make_indicator(version.plan.secretariat, key=FIGURE)
    MeasureIndicator.objects.create(measure=Measure.objects.get(key="M07"), indicator=indicator)
    tokyo = year(2024, 46, 100, area_code="130001")  # areas were loaded by the test
    for figure in (year(2023, 300), year(2024, 460), tokyo):
        keep_published(indicator=indicator, figure=figure, maker="a test", at=at)
    compute_standings()
    review = reviews.open_review(actor=alice, version_id=version.pk, fiscal_year=2024, at=at)
    ReviewItem.objects.filter(review=review).update(
        narrative="ある町の話", assessment="伸びた", direction="夜を増やす"
    )
    reviews.move_review(actor=alice, review_id=review.pk, step="ask_experts", at=at)
    reviews.add_opinion(
        actor=alice, review_id=review.pk, item_id=None, expert="大学教授", text="つながりを見るべき",
        given_on=timezone.localdate(at), at=at,
    )  # fmt: skip
    reviews.move_review(actor=alice, review_id=review.pk, step="publish", at=at)
    assert Review.objects.get().published_at is not None


def _draft(alice: User, plan: Plan, at: datetime) -> PlanVersion:
    """The next version: changed, published as a draft, in consultation."""
    draft = states.begin_version(actor=alice, plan_id=plan.pk, title="重点計画（改定案）", at=at)
    text = draft.measure_texts.get(measure__key="M07")
    editing.save_measure(
        actor=alice, text_id=text.pk, revision=text.revision, at=at,
        content=content_of(text) | {"situation": "電話の相談は、夜にはつながりにくい。"},
    )  # fmt: skip
    states.publish_draft(actor=alice, version_id=draft.pk, at=at)
    states.consult(actor=alice, version_id=draft.pk, at=at)
    return draft


def _ask_and_answer(alice: User, draft: PlanVersion, at: datetime) -> ConsultationRound:
    """A public round that is over: one comment, taken up and answered."""
    over = at + timedelta(days=7)
    round_ = consulting.ask_for_comments(
        actor=alice, version_id=draft.pk, kind="public", closes_at=over, at=at
    )
    comment_id = UUID(int=7, version=4)
    visitors.submit_comment(
        round_id=round_.pk, paragraph_id=round_.paragraphs.order_by("position")[0].pk, comment_id=comment_id,
        body="夜の電話をふやしてください。", label="", at=at + timedelta(hours=1),
    )  # fmt: skip
    visitors.publish_comment(
        actor=alice, comment_id=comment_id, body="夜の電話をふやしてください。", label="", at=over
    )
    life.begin_responding(actor=alice, round_id=round_.pk, at=over)
    answers.answer_comment(
        actor=alice, comment_id=comment_id, outcome="noted", text="参考にします。", at=over
    )
    life.finish_round(actor=alice, round_id=round_.pk, at=over)
    consulting.reflect_comments(actor=alice, version_id=draft.pk, round_id=round_.pk, at=over)
    return round_
