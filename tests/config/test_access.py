"""Every route × every role, from one declared table.

`EXPECTED` names every route of the site and says who may open it. A route that is missing here, a view that
is not marked, and a mark that says something else than this table, all fail. If a route has arguments, add to
`ARGUMENTS` what fills them (see `Scene`); for a page that anybody may open, `always(…)` will do.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import ResolverMatch, URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from tests.consultation.making import make_helpline, make_task
from tests.factories import (
    make_membership,
    make_organization,
    make_passkey,
    make_second_factor,
    make_user,
    sign_in,
)
from tsunagari.accounts import services
from tsunagari.accounts.middleware import access_to
from tsunagari.accounts.models import MFA_ROLES, Invitation, Organization, Role, User
from tsunagari.accounts.selectors import has_second_factor
from tsunagari.consultation.models import Alarm, Helpline
from tsunagari.core.access import Access, Kind
from tsunagari.council.models import (
    Body,
    Comment,
    CommentGroup,
    ConsultationRound,
    FormFile,
    Material,
    MaterialVersion,
    Meeting,
    Minutes,
    RoundAddressee,
)
from tsunagari.council.round_forms import docx
from tsunagari.council.services.rounds.files import form_for
from tsunagari.directory.models import ImportUpload, Location, MistakeReport, Operator, Revision, Service
from tsunagari.directory.services.content import content_of
from tsunagari.plan.models import (
    Chapter,
    Evidence,
    Indicator,
    Measure,
    MeasureText,
    Observation,
    Plan,
    PlanVersion,
    Responsibility,
    Review,
    ReviewItem,
)

pytestmark = pytest.mark.django_db

PUBLIC = Access(Kind.PUBLIC)
ENTRANCE = Access(Kind.ENTRANCE, second_factor=False)
SIGNED_IN = Access(Kind.SIGNED_IN)
BEFORE_SECOND_FACTOR = Access(Kind.SIGNED_IN, second_factor=False)
TO_ADD_A_FACTOR = Access(Kind.SIGNED_IN, second_factor=False, adds_factor=True)


def roles(*names: Role, within: str | None = None) -> Access:
    return Access(Kind.ROLES, roles=frozenset(name.value for name in names), within=within)


ADMIN_OF_IT = roles(Role.ADMIN, within="organization_id")
OFFICERS = roles(Role.ADMIN, Role.PRIVACY_OFFICER)
KEEPERS = roles(Role.ADMIN, Role.EDITOR, Role.OFFICER)
EDITORS = roles(Role.ADMIN, Role.EDITOR)
EDITORS_OF_IT = roles(Role.ADMIN, Role.EDITOR, within="organization_id")
SECRETARIES = roles(Role.ADMIN, Role.SECRETARY)
PLAN_WRITERS = roles(Role.ADMIN, Role.SECRETARY, Role.OFFICER)
FIGURE_KEEPERS = roles(Role.ADMIN, Role.SECRETARY, Role.OFFICER, Role.RESEARCHER)
PLAN_READERS = roles(Role.ADMIN, Role.SECRETARY, Role.OFFICER, Role.RESEARCHER, Role.VIEWER)

COUNCIL_READERS = roles(Role.ADMIN, Role.SECRETARY, Role.OFFICER, Role.VIEWER)

SECRETARIES_OF_ROUNDS = roles(Role.ADMIN, Role.SECRETARY)
SUPERVISORS = roles(Role.SUPERVISOR)
ASKED_IN_ROUNDS = roles(Role.ADMIN, Role.SECRETARY, Role.OFFICER, Role.EDITOR)

EXPECTED: dict[str, Access] = {
    # core
    "healthz": PUBLIC,
    "readyz": PUBLIC,
    # accounts: the way in
    "account_login": ENTRANCE,
    "account_logout": ENTRANCE,
    "account_inactive": ENTRANCE,
    "account_reset_password": ENTRANCE,
    "account_reset_password_done": ENTRANCE,
    "account_reset_password_from_key": ENTRANCE,
    "account_reset_password_from_key_done": ENTRANCE,
    "mfa_authenticate": ENTRANCE,
    "mfa_login_webauthn": ENTRANCE,
    "accounts:invitation": ENTRANCE,
    # accounts: one's own security
    "account_reauthenticate": BEFORE_SECOND_FACTOR,
    "mfa_index": BEFORE_SECOND_FACTOR,
    "mfa_reauthenticate": BEFORE_SECOND_FACTOR,
    "mfa_reauthenticate_webauthn": BEFORE_SECOND_FACTOR,
    "mfa_activate_totp": TO_ADD_A_FACTOR,
    "mfa_add_webauthn": TO_ADD_A_FACTOR,
    "account_change_password": SIGNED_IN,
    "mfa_deactivate_totp": SIGNED_IN,
    "mfa_list_webauthn": SIGNED_IN,
    "mfa_edit_webauthn": SIGNED_IN,
    "mfa_remove_webauthn": SIGNED_IN,
    "mfa_view_recovery_codes": SIGNED_IN,
    "mfa_generate_recovery_codes": SIGNED_IN,
    "mfa_download_recovery_codes": SIGNED_IN,
    # accounts: the desk
    "accounts:home": SIGNED_IN,
    "accounts:profile": SIGNED_IN,
    "accounts:members": ADMIN_OF_IT,
    "accounts:invite": ADMIN_OF_IT,
    "accounts:change_role": ADMIN_OF_IT,
    "accounts:end": ADMIN_OF_IT,
    "accounts:restore": ADMIN_OF_IT,
    "accounts:revoke": ADMIN_OF_IT,
    "accounts:unrevoke": ADMIN_OF_IT,
    "accounts:readings": OFFICERS,
    "accounts:readings_export": OFFICERS,
    "accounts:own_readings": SIGNED_IN,
    # directory: search and open data
    "search-api": PUBLIC,
    "hsds:api-root": PUBLIC,
    "hsds:openapi-json": PUBLIC,
    "hsds:profile": PUBLIC,
    "hsds:services": PUBLIC,
    "hsds:service": PUBLIC,
    "hsds:service_at_locations": PUBLIC,
    "hsds:service_at_location": PUBLIC,
    "hsds:organizations": PUBLIC,
    "hsds:organization": PUBLIC,
    "hsds:taxonomies": PUBLIC,
    "hsds:taxonomy": PUBLIC,
    "hsds:taxonomy_terms": PUBLIC,
    "hsds:taxonomy_term": PUBLIC,
    "hsds:unknown": PUBLIC,
    # directory: the desk of entries, and the page behind a mail's link
    "directory:entries": KEEPERS,
    "directory:begin_new": KEEPERS,
    "directory:reviews": KEEPERS,
    "directory:reports": KEEPERS,
    "directory:report": KEEPERS,
    "directory:accept_report": KEEPERS,
    "directory:decline_report": KEEPERS,
    "directory:duplicate_report": KEEPERS,
    "directory:upkeep": KEEPERS,
    "directory:upkeep_csv": KEEPERS,
    "directory:revision": KEEPERS,
    "directory:edit": KEEPERS,
    "directory:restore": KEEPERS,
    "directory:step": KEEPERS,
    "directory:entry": KEEPERS,
    "directory:begin": KEEPERS,
    "directory:confirm_entry": KEEPERS,
    "directory:whom_to_ask": KEEPERS,
    "directory:from_file": KEEPERS,
    "directory:provenance": KEEPERS,
    "directory:bounced": KEEPERS,
    "directory:places": EDITORS,
    "directory:place": EDITORS,
    "directory:flag_place": EDITORS,
    "directory:read_place": EDITORS,
    "directory:erase_place": EDITORS,
    "directory:lift_place": EDITORS,
    "directory:reachability": EDITORS,
    "directory:paste_reachability": EDITORS,
    "directory:report_reachability": EDITORS,
    "directory:correct_reachability": EDITORS,
    "directory:withdraw_reachability": EDITORS,
    "directory:undo_reachability": EDITORS,
    "upkeep:confirm": PUBLIC,
    # plan: the text
    # council: bodies, meetings, minutes
    "council:council": PUBLIC,
    "council:calendar": PUBLIC,
    "council:popolo": PUBLIC,
    "council:body": PUBLIC,
    "council:body_on": PUBLIC,
    "council:record": PUBLIC,
    "council:body_calendar": PUBLIC,
    "council:meeting": PUBLIC,
    "council:minutes": PUBLIC,
    "council:papers": PUBLIC,
    "council:material": PUBLIC,
    "council_desk:desk": COUNCIL_READERS,
    "council_desk:found": SECRETARIES,
    "council_desk:actions": COUNCIL_READERS,
    "council_desk:act_on_action": COUNCIL_READERS,
    "council_desk:body": COUNCIL_READERS,
    "council_desk:act_on_body": COUNCIL_READERS,
    "council_desk:meeting": COUNCIL_READERS,
    "council_desk:act_on_meeting": COUNCIL_READERS,
    "council_desk:papers": COUNCIL_READERS,
    "council_desk:minutes": COUNCIL_READERS,
    "council_desk:save_minutes": COUNCIL_READERS,
    "council_desk:act_on_minutes": COUNCIL_READERS,
    "council_desk:upload": SECRETARIES,
    "council_desk:material": COUNCIL_READERS,
    # plan: figures and reviews
    "plan:figures": PUBLIC,
    "plan:figures_csv": PUBLIC,
    "plan:figures_json": PUBLIC,
    "plan:measure_figures": PUBLIC,
    "plan:figure": PUBLIC,
    "plan:figure_chart": PUBLIC,
    "plan:figure_areas_chart": PUBLIC,
    "plan:figure_csv": PUBLIC,
    "plan:figure_json": PUBLIC,
    "plan:reviews": PUBLIC,
    "plan:review": PUBLIC,
    "plan:rs_goals": PUBLIC,
    "plan:rs_edges": PUBLIC,
    "plan:overview": PUBLIC,
    "plan_desk:indicators": PLAN_READERS,
    "plan_desk:indicator_new": FIGURE_KEEPERS,
    "plan_desk:indicator": PLAN_READERS,
    "plan_desk:indicator_edit": FIGURE_KEEPERS,
    "plan_desk:cut": FIGURE_KEEPERS,
    "plan_desk:observe": FIGURE_KEEPERS,
    "plan_desk:observation": FIGURE_KEEPERS,
    "plan_desk:evidence": PLAN_READERS,
    "plan_desk:measure_logic": PLAN_READERS,
    "plan_desk:reviews": PLAN_READERS,
    "plan_desk:review_open": FIGURE_KEEPERS,
    "plan_desk:review": PLAN_READERS,
    "plan_desk:followup": PLAN_READERS,
    "plan_desk:followup_xlsx": PLAN_READERS,
    "plan_desk:review_opinion": FIGURE_KEEPERS,
    "plan_desk:review_step": FIGURE_KEEPERS,
    "plan_desk:review_item": PLAN_READERS,
    "plan_desk:review_ask": FIGURE_KEEPERS,
    "plan_desk:change_requests": PLAN_READERS,
    "plan_desk:answer": FIGURE_KEEPERS,
    "plan:plan": PUBLIC,
    "plan:version": PUBLIC,
    "plan:pdf": PUBLIC,
    "plan:json": PUBLIC,
    "plan:csv": PUBLIC,
    "plan:comparison": PUBLIC,
    "plan:comparison_pdf": PUBLIC,
    "plan:measure": PUBLIC,
    "plan:source": PUBLIC,
    "plan:orders": PUBLIC,
    "plan:compliance": PUBLIC,
    "plan:search": PUBLIC,
    "plan:found": PUBLIC,
    "plan:feed": PUBLIC,
    "plan_desk:versions": PLAN_READERS,
    "plan_desk:version": PLAN_READERS,
    "plan_desk:changes": PLAN_READERS,
    "plan_desk:orders": SECRETARIES,
    "plan_desk:begin": SECRETARIES,
    "plan_desk:step": SECRETARIES,
    "plan_desk:bind_motion": SECRETARIES,
    "plan_desk:no_target_reason": SECRETARIES,
    "plan_desk:ask": SECRETARIES,
    "plan_desk:reflect": SECRETARIES,
    "plan_desk:add_measure": SECRETARIES,
    "plan_desk:chapter": SECRETARIES,
    "plan_desk:split": SECRETARIES,
    "plan_desk:merge": SECRETARIES,
    "plan_desk:leave_out": SECRETARIES,
    "plan_desk:measure": PLAN_WRITERS,
    "plan_desk:revisions": PLAN_WRITERS,
    # directory: lists in and out
    "directory:imports": EDITORS,
    "directory:import_upload": EDITORS,
    "directory:import": EDITORS,
    "directory:import_columns": EDITORS,
    "directory:import_progress": EDITORS,
    "directory:import_start": EDITORS,
    "directory:import_answer": EDITORS,
    "directory:import_undo": EDITORS,
    "directory:merges": EDITORS,
    "directory:merge": EDITORS,
    "directory:merge_decline": EDITORS,
    "directory:merge_undo": EDITORS,
    "directory:import_erase": EDITORS,
    "directory:export_csv": EDITORS_OF_IT,
    "directory:export_xlsx": EDITORS_OF_IT,
    # consultation: live streams
    "consultation_streams:person": PUBLIC,
    "consultation_streams:console": Access(Kind.ROLES, roles=frozenset({Role.COUNSELLOR, Role.SUPERVISOR})),
    # consultation: the supervisor's wall
    "consultation_desk:walls": SUPERVISORS,
    "consultation_desk:wall": SUPERVISORS,
    "consultation_desk:wall_now": SUPERVISORS,
    "consultation_desk:wall_act": SUPERVISORS,
    "consultation_desk:alarm_seen": SUPERVISORS,
    "consultation_desk:contact": SUPERVISORS,
    "consultation_desk:whisper": SUPERVISORS,
    "consultation_desk:assess": SUPERVISORS,
    "consultation_desk:take_over": SUPERVISORS,
    # council: rounds of consultation
    "council:rounds": PUBLIC,
    "council:round": PUBLIC,
    "council:comment": PUBLIC,
    "council:comment_whole": PUBLIC,
    "council:receipt": PUBLIC,
    "council:trace": PUBLIC,
    "council:traced": PUBLIC,
    "council:results": PUBLIC,
    "council:results_csv": PUBLIC,
    "council:results_xlsx": PUBLIC,
    "council_desk:rounds": ASKED_IN_ROUNDS,
    "council_desk:form_upload": ASKED_IN_ROUNDS,
    "council_desk:asked": ASKED_IN_ROUNDS,
    "council_desk:change": ASKED_IN_ROUNDS,
    "council_desk:form_xlsx": ASKED_IN_ROUNDS,
    "council_desk:form_docx": ASKED_IN_ROUNDS,
    "council_desk:say_none": ASKED_IN_ROUNDS,
    "council_desk:say_agree": ASKED_IN_ROUNDS,
    "council_desk:form_file": ASKED_IN_ROUNDS,
    "council_desk:form_marked": ASKED_IN_ROUNDS,
    "council_desk:form_take": ASKED_IN_ROUNDS,
    "council_desk:round": SECRETARIES_OF_ROUNDS,
    "council_desk:comments": SECRETARIES_OF_ROUNDS,
    "council_desk:groups": SECRETARIES_OF_ROUNDS,
    "council_desk:round_open": SECRETARIES_OF_ROUNDS,
    "council_desk:round_close": SECRETARIES_OF_ROUNDS,
    "council_desk:round_respond": SECRETARIES_OF_ROUNDS,
    "council_desk:round_finish": SECRETARIES_OF_ROUNDS,
    "council_desk:round_reopen": SECRETARIES_OF_ROUNDS,
    "council_desk:round_extend": SECRETARIES_OF_ROUNDS,
    "council_desk:round_further": SECRETARIES_OF_ROUNDS,
    "council_desk:moderate": SECRETARIES_OF_ROUNDS,
    "council_desk:answer": SECRETARIES_OF_ROUNDS,
    "council_desk:leave": SECRETARIES_OF_ROUNDS,
    "council_desk:answer_group": SECRETARIES_OF_ROUNDS,
    "council_desk:dissolve": SECRETARIES_OF_ROUNDS,
    "council_desk:remind": SECRETARIES_OF_ROUNDS,
    # consultation: the person's pages
    "talk:entry": PUBLIC,
    "talk:begin": PUBLIC,
    "talk:begin_young": PUBLIC,
    "talk:come_back": PUBLIC,
    "talk_room:room": PUBLIC,
    "talk_room:status": PUBLIC,
    "talk_room:say": PUBLIC,
    "talk_room:here": PUBLIC,
    "talk_room:safety": PUBLIC,
    "talk_room:key": PUBLIC,
    "talk_room:callback": PUBLIC,
    "talk_room:end": PUBLIC,
    "talk_room:after": PUBLIC,
    "talk_room:rate": PUBLIC,
    "talk_room:summary": PUBLIC,
    "talk_room:delete": PUBLIC,
    "talk_room:leave": PUBLIC,
    # portal
    "portal:home": PUBLIC,
    "portal:talk_now": PUBLIC,
    "portal:search": PUBLIC,
    "portal:results": PUBLIC,
    "portal:service": PUBLIC,
    "portal:service_print": PUBLIC,
    "portal:service_hours": PUBLIC,
    "portal:report_mistake": PUBLIC,
    "portal:mistake_reported": PUBLIC,
    "portal:feed": PUBLIC,
    "portal:area_feed": PUBLIC,
    "portal:area_offline": PUBLIC,
    "portal:offline_file": PUBLIC,
    "portal:offline_bundle": PUBLIC,
    "portal:offline_page": PUBLIC,
    "portal:offline_worker": PUBLIC,
    "portal:widget": PUBLIC,
    "portal:widget_data": PUBLIC,
    "portal:widget_colours": PUBLIC,
    "portal:widget_script": PUBLIC,
    "portal:widget_setup": PUBLIC,
    "portal:service_qr": PUBLIC,
    "portal:service_sheet": PUBLIC,
    "portal:area_qr": PUBLIC,
    "portal:area_sheet": PUBLIC,
    "portal:area_csv": PUBLIC,
    "portal:area_xlsx": PUBLIC,
    "portal:need": PUBLIC,
    "portal:areas": PUBLIC,
    "portal:areas_found": PUBLIC,
    "portal:points": PUBLIC,
    "portal:area": PUBLIC,
    "portal:places": PUBLIC,
    "portal:programmes": PUBLIC,
    "portal:others": PUBLIC,
    "portal:guide": PUBLIC,
    "portal:guide_step": PUBLIC,
    "portal:guide_results": PUBLIC,
    "portal:guide_sheet": PUBLIC,
    "portal:guide_note": PUBLIC,
    "portal:guide_rules": PUBLIC,
    "portal:guide_rules_schema": PUBLIC,
    "portal:gaps": PUBLIC,
    "portal:gaps_csv": PUBLIC,
    "portal:gaps_json": PUBLIC,
    "portal:gaps_area": PUBLIC,
    "portal:gaps_area_csv": PUBLIC,
    "portal:gaps_area_json": PUBLIC,
    "portal:safety": PUBLIC,
    "portal:shared_device": PUBLIC,
    "portal:under_18": PUBLIC,
    "portal:languages": PUBLIC,
    "portal:language": PUBLIC,
    "portal:service_in": PUBLIC,
    "portal:about": PUBLIC,
    "portal:open_data": PUBLIC,
    "portal:open_data_lines": PUBLIC,
    "portal:open_data_tables": PUBLIC,
    "portal:freshness": PUBLIC,
    "portal:freshness_csv": PUBLIC,
    "portal:freshness_json": PUBLIC,
}


@dataclass(frozen=True)
class Scene:
    """What stands when a route is opened: the organisation whose page it is, and who looks (None: nobody)."""

    organization: Organization
    viewer: User | None


NOBODYS = UUID("00000000-0000-4000-8000-000000000000")


def invitation_in(scene: Scene) -> Invitation:
    alice = make_membership(make_user("alice"), scene.organization, Role.ADMIN).user
    return services.invite_member(
        actor=alice,
        organization_id=scene.organization.pk,
        email="new@example.org",
        role=Role.VIEWER,
        at=timezone.now(),
    )


def organization(scene: Scene) -> dict[str, Any]:
    return {"organization_id": scene.organization.pk}


def membership(scene: Scene) -> dict[str, Any]:
    return {**organization(scene), "membership_id": make_membership(organization=scene.organization).pk}


def invitation(scene: Scene) -> dict[str, Any]:
    return {**organization(scene), "invitation_id": invitation_in(scene).pk}


def kept_entry(scene: Scene) -> Service:
    """An entry that the viewer keeps, of the own organisation; that of an officer runs the platform."""
    active = scene.viewer.memberships.filter(ended_at=None).first() if scene.viewer else None
    organization = active.organization if active else scene.organization
    if active and active.role == Role.OFFICER:
        Operator.objects.get_or_create(organization=organization)
    return Service.objects.create(organization=organization, name="夜の電話")


def entry(scene: Scene) -> dict[str, Any]:
    return {"service_id": kept_entry(scene).pk}


def handed_in(scene: Scene) -> dict[str, Any]:
    upload = ImportUpload.objects.create(
        organization=kept_entry(scene).organization,
        file_name="一覧.csv",
        digest="0" * 64,
        size=1,
        format="municipal",
        created_at=timezone.now(),
        erased_at=timezone.now(),
    )
    return {"upload_id": upload.pk}


def kept_place(scene: Scene) -> dict[str, Any]:
    organization = kept_entry(scene).organization
    return {"location_id": Location.objects.create(organization=organization, name="部屋").pk}


def draft(scene: Scene) -> dict[str, Any]:
    service, author = kept_entry(scene), make_user("dora")
    content = content_of(service)
    now = timezone.now()
    made = Revision.objects.create(
        organization=service.organization, service=service, content=content, base=content, author=author,
        created_at=now, edited_at=now,
    )  # fmt: skip
    return {"revision_id": made.pk}


def mistake_report(scene: Scene) -> dict[str, Any]:
    service = kept_entry(scene)
    return {
        "report_id": MistakeReport.objects.create(service=service, kind="hours", created_at=timezone.now()).pk
    }


def plan_version(scene: Scene) -> PlanVersion:
    """A draft of the organisation's own plan, in which the organisation is responsible for a measure."""
    active = scene.viewer.memberships.filter(ended_at=None).first() if scene.viewer else None
    secretariat = active.organization if active else scene.organization
    # one for each route that asks: a key is given once
    plan = Plan.objects.create(key=f"plan-{Plan.objects.count()}", title="計画", secretariat=secretariat)
    version = PlanVersion.objects.create(plan=plan, number=1, title="案", created_at=timezone.now())
    Chapter.objects.create(version=version, number=1, title="現状")
    measure = Measure.objects.create(plan=plan, key="M01")
    text = MeasureText.objects.create(version=version, measure=measure, position=1, title="実態把握")
    Responsibility.objects.create(measure_text=text, ministry=secretariat)
    return version


def plan_version_id(scene: Scene) -> dict[str, Any]:
    return {"version_id": plan_version(scene).pk}


def plan_measure(scene: Scene) -> dict[str, Any]:
    return {"text_id": plan_version(scene).measure_texts.get().pk}


def plan_chapter(scene: Scene) -> dict[str, Any]:
    return {"chapter_id": plan_version(scene).chapters.get().pk}


def figure_row(scene: Scene) -> Observation:
    """An observation, with evidence, of an entered figure of the organisation."""
    version = plan_version(scene)
    now = timezone.now()
    indicator = Indicator.objects.create(
        key=f"share-{Indicator.objects.count()}", name_ja="割合", name_en="share", definition="割合",
        unit="ratio", kind="outcome",
        better="up", frequency="A", source="entered", uncertainty="none", denominator="全部",
        starts_on=now.date(), owner=version.plan.secretariat,
    )  # fmt: skip
    return Observation.objects.create(
        indicator=indicator, begins_on=now.date(), ends_on=now.date(), state="not_measured", maker="test",
        made_at=now,
    )  # fmt: skip


def figure_indicator(scene: Scene) -> dict[str, Any]:
    return {"indicator_id": figure_row(scene).indicator_id}


def figure_observation(scene: Scene) -> dict[str, Any]:
    return {"observation_id": figure_row(scene).pk}


def figure_evidence(scene: Scene) -> dict[str, Any]:
    made = Evidence.objects.create(
        observation=figure_row(scene), name="a.txt", media_type="text/plain", size=1, digest="0",
        content=b"a", uploaded_by=make_user("author"), uploaded_at=timezone.now(),
    )  # fmt: skip
    return {"evidence_id": made.pk}


def measure_key(scene: Scene) -> dict[str, Any]:
    return {"key": plan_version(scene).measure_texts.get().measure.key}


def plan_review(scene: Scene) -> dict[str, Any]:
    version = plan_version(scene)
    made = Review.objects.create(
        version=version, fiscal_year=2024, template={"questions": {}}, opened_by=make_user("author"),
        opened_at=timezone.now(),
    )  # fmt: skip
    measure = version.measure_texts.get().measure
    ReviewItem.objects.create(review=made, measure=measure, title="実態把握")
    return {"review_id": made.pk}


def review_item(scene: Scene) -> dict[str, Any]:
    return plan_review(scene) | {"key": "M01"}


def council_meeting_row(scene: Scene) -> Meeting:
    """A meeting of a body whose secretariat is the viewer's own organisation, on a day."""
    active = scene.viewer.memberships.filter(ended_at=None).first() if scene.viewer else None
    secretariat = active.organization if active else scene.organization
    body = Body.objects.create(
        name=f"会議{Body.objects.count()}", classification="council", secretariat=secretariat
    )
    now = timezone.now()
    return Meeting.objects.create(
        body=body, title="第1回", date_text="11月24日", earliest_on=now.date(), latest_on=now.date(),
        held_on=now.date(), state="held", created_at=now, changed_at=now,
    )  # fmt: skip


def council_body(scene: Scene) -> dict[str, Any]:
    return {"body_id": council_meeting_row(scene).body_id}


def council_meeting(scene: Scene) -> dict[str, Any]:
    return {"meeting_id": council_meeting_row(scene).pk}


def council_minutes(scene: Scene) -> dict[str, Any]:
    meeting = council_meeting_row(scene)
    Minutes.objects.create(meeting=meeting, made_on=meeting.earliest_on)
    return {"meeting_id": meeting.pk}


def council_material(scene: Scene) -> dict[str, Any]:
    meeting = council_meeting_row(scene)
    material = Material.objects.create(
        meeting=meeting, number="資料1", title="案", access="members", made_on=meeting.earliest_on
    )
    version = MaterialVersion.objects.create(
        material=material, number=1, file_name="a.pdf", content_type="application/pdf", size=1,
        digest="0", content=b"x", uploaded_at=timezone.now(),
    )  # fmt: skip
    return {"version_id": version.pk}


def own_passkey(scene: Scene) -> dict[str, Any]:
    # only for who has a second factor anyway, since it would be one
    has_one = scene.viewer is not None and has_second_factor(scene.viewer)
    return {"pk": make_passkey(scene.viewer).pk if has_one else 1}


def consulted(scene: Scene) -> tuple[ConsultationRound, RoundAddressee]:
    """A round that the viewer's organisation runs, and in which it is asked."""
    active = scene.viewer.memberships.filter(ended_at=None).first() if scene.viewer else None
    organization, at = active.organization if active else scene.organization, timezone.now()
    round_ = ConsultationRound.objects.create(
        document_id=NOBODYS, document_title="案", kind="ministry", secretariat=organization, state="open",
        opens_at=at, opened_at=at, closes_at=at + timedelta(days=1), created_at=at,
        number=1,
    )  # fmt: skip
    return round_, RoundAddressee.objects.create(round=round_, organization=organization)


def round_run(scene: Scene) -> dict[str, Any]:
    return {"round_id": scenes_round(scene)[0].pk}


def scenes_round(scene: Scene) -> tuple[ConsultationRound, RoundAddressee]:
    """One for each scene: two cannot run on a document."""
    found = RoundAddressee.objects.filter(round__document_id=NOBODYS).select_related("round").first()
    return (found.round, found) if found else consulted(scene)


def addressee_asked(scene: Scene) -> dict[str, Any]:
    return {"addressee_id": scenes_round(scene)[1].pk}


def comment_made(scene: Scene) -> dict[str, Any]:
    round_, addressee = scenes_round(scene)
    comment = Comment.objects.create(
        round=round_, addressee=addressee, number=round_.comments.count() + 1, body="意見",
        state="published", received_at=timezone.now(), entered_by=make_user("dora"),
    )  # fmt: skip
    return {"comment_id": comment.pk}


def comment_of_the_public(scene: Scene) -> dict[str, Any]:
    round_, _ = scenes_round(scene)
    ConsultationRound.objects.filter(pk=round_.pk).update(kind="public")
    comment = Comment.objects.create(
        round=round_, number=round_.comments.count() + 1, body="意見", state="published",
        received_at=timezone.now(), receipt=uuid4().bytes,
    )  # fmt: skip
    return {"comment_id": comment.pk}


def group_made(scene: Scene) -> dict[str, Any]:
    group = CommentGroup.objects.create(
        round=scenes_round(scene)[0], topic="x", state="together", decided_by=make_user("dora"),
        decided_at=timezone.now(),
    )  # fmt: skip
    return {"group_id": group.pk}


def form_sent(scene: Scene) -> dict[str, Any]:
    addressee = scenes_round(scene)[1]
    file = FormFile.objects.create(
        addressee=addressee, name="x.docx", kind="docx", content=docx.write(form_for(addressee)),
        state="refused", uploaded_by=make_user("dora"), uploaded_at=timezone.now(), digest="0" * 64,
    )  # fmt: skip
    return {"file_id": file.pk}


def consultation_line(scene: Scene) -> dict[str, Any]:
    """A helpline of the viewer's own organisation."""
    return {"helpline_id": supervised_line(scene).pk}


def supervised_line(scene: Scene) -> Helpline:
    active = scene.viewer.memberships.filter(ended_at=None).first() if scene.viewer else None
    organization = active.organization if active else scene.organization
    return make_helpline(organization=organization, opened=False)


def consultation_contact(scene: Scene) -> dict[str, Any]:
    return {"task_id": make_task(supervised_line(scene)).pk}


def consultation_alarm(scene: Scene) -> dict[str, Any]:
    alarm = Alarm.objects.create(
        helpline=supervised_line(scene), kind=Alarm.Kind.NO_SUPERVISOR, raised_at=timezone.now()
    )
    return {"alarm_id": alarm.pk}


def always(**arguments: Any) -> Callable[[Scene], dict[str, Any]]:
    """Arguments of a public page; that there is nothing under them (404) is no matter here."""
    return lambda scene: arguments


ARGUMENTS: dict[str, Callable[[Scene], dict[str, Any]]] = {
    "talk:begin": always(key="demo"),
    "talk:begin_young": always(key="demo"),
    "consultation_desk:wall": consultation_line,
    "consultation_desk:wall_now": consultation_line,
    "consultation_desk:wall_act": lambda scene: consultation_line(scene) | {"name": "start"},
    "consultation_desk:alarm_seen": consultation_alarm,
    "consultation_desk:contact": consultation_contact,
    "consultation_desk:whisper": consultation_contact,
    "consultation_desk:assess": consultation_contact,
    "consultation_desk:take_over": consultation_contact,
    "plan:measure_figures": always(key="M01"),
    "plan:figure": always(key="share"),
    "plan:figure_chart": always(key="share"),
    "plan:figure_areas_chart": always(key="share"),
    "plan:figure_csv": always(key="share"),
    "plan:figure_json": always(key="share"),
    "plan:review": always(number=1, fiscal_year=2024),
    "plan_desk:indicator": figure_indicator,
    "plan_desk:indicator_edit": figure_indicator,
    "plan_desk:cut": figure_indicator,
    "plan_desk:observation": figure_observation,
    "plan_desk:evidence": figure_evidence,
    "plan_desk:measure_logic": measure_key,
    "plan_desk:review_open": always(version_id=NOBODYS),
    "plan_desk:review": plan_review,
    "plan_desk:followup": plan_review,
    "plan_desk:followup_xlsx": plan_review,
    "plan_desk:review_opinion": plan_review,
    "plan_desk:review_step": lambda scene: plan_review(scene) | {"name": "fill"},
    "plan_desk:review_item": review_item,
    "plan_desk:review_ask": review_item,
    "plan_desk:answer": always(request_id=NOBODYS),
    "council:round": always(round_id=NOBODYS),
    "council:comment": always(round_id=NOBODYS, paragraph_id=NOBODYS),
    "council:comment_whole": always(round_id=NOBODYS),
    "council:receipt": always(round_id=NOBODYS, token="x"),
    "council:traced": always(token="x"),
    "council:results": always(round_id=NOBODYS),
    "council:results_csv": always(round_id=NOBODYS),
    "council:results_xlsx": always(round_id=NOBODYS),
    "council_desk:round": round_run,
    "council_desk:comments": round_run,
    "council_desk:groups": round_run,
    "council_desk:round_open": round_run,
    "council_desk:round_close": round_run,
    "council_desk:round_respond": round_run,
    "council_desk:round_finish": round_run,
    "council_desk:round_reopen": round_run,
    "council_desk:round_extend": round_run,
    "council_desk:round_further": round_run,
    "council_desk:asked": addressee_asked,
    "council_desk:remind": addressee_asked,
    "council_desk:form_xlsx": addressee_asked,
    "council_desk:form_docx": addressee_asked,
    "council_desk:say_none": addressee_asked,
    "council_desk:say_agree": addressee_asked,
    "council_desk:answer": comment_made,
    "council_desk:leave": comment_made,
    "council_desk:change": comment_made,
    "council_desk:moderate": comment_of_the_public,
    "council_desk:answer_group": group_made,
    "council_desk:dissolve": group_made,
    "council_desk:form_file": form_sent,
    "council_desk:form_marked": form_sent,
    "council_desk:form_take": form_sent,
    "directory:import": handed_in,
    "directory:import_columns": handed_in,
    "directory:import_progress": handed_in,
    "directory:import_start": handed_in,
    "directory:import_answer": handed_in,
    "directory:import_undo": handed_in,
    "directory:merge": always(proposal_id=NOBODYS),
    "directory:merge_decline": always(proposal_id=NOBODYS),
    "directory:merge_undo": always(merge_id=NOBODYS),
    "directory:import_erase": handed_in,
    "directory:export_csv": organization,
    "directory:export_xlsx": organization,
    "accounts:members": organization,
    "accounts:invite": organization,
    "accounts:change_role": membership,
    "accounts:end": membership,
    "accounts:restore": membership,
    "accounts:revoke": invitation,
    "accounts:unrevoke": invitation,
    "accounts:invitation": lambda scene: {"token": services.token_of(invitation_in(scene))},
    "account_reset_password_from_key": always(uidb36=NOBODYS.hex, key="abc-def"),
    "mfa_edit_webauthn": own_passkey,
    "mfa_remove_webauthn": own_passkey,
    "directory:entry": entry,
    "directory:begin": entry,
    "directory:confirm_entry": entry,
    "directory:whom_to_ask": entry,
    "directory:from_file": entry,
    "directory:provenance": entry,
    "directory:bounced": entry,
    "directory:place": kept_place,
    "directory:flag_place": kept_place,
    "directory:read_place": kept_place,
    "directory:erase_place": kept_place,
    "directory:lift_place": kept_place,
    "directory:report_reachability": always(channel_id=NOBODYS),
    "directory:correct_reachability": always(observation_id=NOBODYS),
    "directory:withdraw_reachability": always(observation_id=NOBODYS),
    "directory:undo_reachability": always(observation_id=NOBODYS),
    "directory:revision": draft,
    "directory:edit": draft,
    "directory:restore": draft,
    "directory:step": lambda scene: {**draft(scene), "name": "submit"},
    "directory:report": mistake_report,
    "directory:accept_report": mistake_report,
    "directory:decline_report": mistake_report,
    "directory:duplicate_report": mistake_report,
    "upkeep:confirm": always(token="x" * 40),
    "council:body": always(body_id=NOBODYS),
    "council:body_on": always(body_id=NOBODYS, day="2021-11-09"),
    "council:record": always(body_id=NOBODYS),
    "council:body_calendar": always(body_id=NOBODYS),
    "council:meeting": always(meeting_id=NOBODYS),
    "council:minutes": always(meeting_id=NOBODYS),
    "council:papers": always(meeting_id=NOBODYS),
    "council:material": always(version_id=NOBODYS),
    "council_desk:body": council_body,
    "council_desk:act_on_body": always(body_id=NOBODYS, name="plan"),
    "council_desk:meeting": council_meeting,
    "council_desk:act_on_meeting": always(meeting_id=NOBODYS, name="call"),
    "council_desk:papers": council_meeting,
    "council_desk:minutes": council_minutes,
    "council_desk:save_minutes": always(meeting_id=NOBODYS),
    "council_desk:act_on_minutes": always(meeting_id=NOBODYS, name="approve"),
    "council_desk:act_on_action": always(action_id=NOBODYS, name="done"),
    "council_desk:material": council_material,
    "plan:version": always(number=1),
    "plan:pdf": always(number=1),
    "plan:json": always(number=1),
    "plan:csv": always(number=1),
    "plan:comparison": always(number=2, old=1),
    "plan:comparison_pdf": always(number=2, old=1),
    "plan:measure": always(key="M01"),
    "plan:source": always(key="p2"),
    "plan:found": always(token="x" * 40),
    "plan_desk:version": plan_version_id,
    "plan_desk:changes": plan_version_id,
    "plan_desk:chapter": plan_chapter,
    "plan_desk:measure": plan_measure,
    "plan_desk:revisions": plan_measure,
    "plan_desk:begin": always(plan_id=NOBODYS),
    "plan_desk:step": always(version_id=NOBODYS, name="consult"),
    "plan_desk:bind_motion": always(version_id=NOBODYS),
    "plan_desk:no_target_reason": always(version_id=NOBODYS),
    "plan_desk:add_measure": always(version_id=NOBODYS),
    "plan_desk:ask": always(version_id=NOBODYS),
    "plan_desk:reflect": always(version_id=NOBODYS, round_id=NOBODYS),
    "plan_desk:split": always(text_id=NOBODYS),
    "plan_desk:merge": always(text_id=NOBODYS),
    "plan_desk:leave_out": always(text_id=NOBODYS),
    "hsds:service": always(id=NOBODYS),
    "hsds:service_at_location": always(id=NOBODYS),
    "hsds:organization": always(id=NOBODYS),
    "hsds:taxonomy": always(id=NOBODYS),
    "hsds:taxonomy_term": always(id=NOBODYS),
    "hsds:unknown": always(address="nothing"),
    "portal:results": always(token="x" * 40),
    "portal:service": always(service_id=NOBODYS),
    "portal:service_print": always(service_id=NOBODYS),
    "portal:service_hours": always(service_id=NOBODYS),
    "portal:report_mistake": always(service_id=NOBODYS),
    "portal:mistake_reported": always(service_id=NOBODYS),
    "portal:area_feed": always(code="131041"),
    "portal:area_offline": always(code="131041"),
    "portal:offline_file": always(code="131041"),
    "portal:offline_bundle": always(code="131041"),
    "portal:offline_page": always(code="131041"),
    "portal:offline_worker": always(code="131041"),
    "portal:widget": always(code="131041"),
    "portal:widget_data": always(code="131041"),
    "portal:service_qr": always(service_id=NOBODYS),
    "portal:service_sheet": always(service_id=NOBODYS),
    "portal:area_qr": always(code="131041"),
    "portal:area_sheet": always(code="131041"),
    "portal:area_csv": always(code="131041"),
    "portal:area_xlsx": always(code="131041"),
    "portal:service_in": always(service_id=NOBODYS, code="vi"),
    "portal:language": always(code="vi"),
    "portal:need": always(key="suicidal"),
    "portal:areas_found": always(token="x" * 40),
    "portal:guide_step": always(token="x" * 40),
    "portal:guide_results": always(token="x" * 40),
    "portal:guide_sheet": always(token="x" * 40),
    "portal:guide_note": always(token="x" * 40),
    "portal:area": always(code="131041"),
    "portal:gaps_area": always(code="131041"),
    "portal:gaps_area_csv": always(code="131041"),
    "portal:gaps_area_json": always(code="131041"),
}


def routes(
    patterns: list[URLPattern | URLResolver], namespaces: tuple[str, ...] = ()
) -> Iterator[tuple[str, URLPattern]]:
    """Every URL pattern with its full route name, recursively."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = (*namespaces, pattern.namespace) if pattern.namespace else namespaces
            yield from routes(pattern.url_patterns, inner)
        else:
            yield ":".join([*namespaces, pattern.name or f"(no name) {pattern.pattern}"]), pattern


def all_routes() -> list[tuple[str, URLPattern]]:
    return list(routes(get_resolver().url_patterns))


def access_of(name: str, pattern: URLPattern) -> Access | None:
    """What the middleware will read for this pattern."""
    namespaces = name.split(":")[:-1]
    return access_to(ResolverMatch(pattern.callback, (), {}, pattern.name, namespaces=namespaces))


def test_every_route_is_declared_here_and_nothing_else() -> None:
    names = [name for name, _ in all_routes()]
    assert sorted(set(names)) == sorted(EXPECTED)


def test_every_view_is_marked_as_declared() -> None:
    found = {name: access_of(name, pattern) for name, pattern in all_routes()}
    assert found == EXPECTED


def test_every_route_with_arguments_says_how_to_fill_them() -> None:
    wanting = {
        name
        for name, pattern in all_routes()
        if pattern.pattern.regex.groupindex or pattern.pattern.converters
    }
    assert wanting == set(ARGUMENTS)


def viewer_with(
    role: Role, organization_: Organization, *, ended: bool = False, second_factor: bool = True
) -> User:
    now = timezone.now()
    user = make_user("bob")
    user.password = "argon2$never-matches"  # usable as far as allauth looks; hashing would take the time
    user.save(update_fields=["password"])
    make_membership(user, organization_, role, started_at=now, ended_at=now if ended else None)
    if second_factor:
        make_second_factor(user)
    return user


def open_as(client: Client, name: str, scene: Scene) -> HttpResponse:
    arguments = ARGUMENTS.get(name, lambda scene: {})(scene)
    return client.get(reverse(name, kwargs=arguments))


def outcome(response: HttpResponse) -> str:
    """`login`, `set_up` and `show` (a second factor), `hidden` (404), or `open`: the view has answered."""
    assert response.status_code < 500
    assert response.status_code != 403
    if response.status_code == 404:
        return "hidden"
    if response.status_code == 302:
        address = response["Location"]
        if address.startswith("/desk/login/?next="):
            return "login"
        if address == reverse("mfa_index"):
            return "set_up"
        if address.startswith(f"{reverse('mfa_reauthenticate')}?next=/"):
            return "show"
    return "open"


DESK = sorted(name for name, access in EXPECTED.items() if access.kind in {Kind.SIGNED_IN, Kind.ROLES})
OPEN = sorted(name for name, access in EXPECTED.items() if access.kind in {Kind.PUBLIC, Kind.ENTRANCE})


@pytest.mark.parametrize("name", OPEN)
def test_open_routes_open_for_everybody(name: str) -> None:
    """Public pages also know nobody: no cookie is set and none makes a difference."""
    anonymous = open_as(Client(), name, Scene(make_organization(), None))
    staff = viewer_with(Role.VIEWER, make_organization("別の会"))
    client = sign_in(Client(), staff)
    signed_in = open_as(client, name, Scene(make_organization("三つめの会"), staff))
    for response in (anonymous, signed_in):
        assert response.status_code < 500 or name == "readyz"  # whose 503 is an answer
        assert response.status_code not in {401, 403}
        assert "/desk/login/?next=" not in response.get("Location", "")
    if EXPECTED[name].kind is Kind.PUBLIC:
        for response in (anonymous, signed_in):
            assert not response.cookies
            assert "Cookie" not in response.get("Vary", "")
        assert anonymous.status_code == signed_in.status_code


def test_anonymous_is_led_to_the_login() -> None:
    scene = Scene(make_organization(), None)
    assert {name: outcome(open_as(Client(), name, scene)) for name in DESK} == dict.fromkeys(DESK, "login")


@pytest.mark.parametrize("place", ["own", "elsewhere", "ended"])
@pytest.mark.parametrize("role", list(Role))
def test_each_role_opens_what_is_declared(role: Role, place: str) -> None:
    """In the own organisation; with the same role elsewhere (an outsider); after the membership ended."""
    own = make_organization()
    home = make_organization("別の会") if place == "elsewhere" else own
    viewer = viewer_with(role, home, ended=place == "ended")
    client = sign_in(Client(), viewer)

    def expected(access: Access) -> str:
        if access.kind is Kind.SIGNED_IN:
            return "open"
        if role.value not in access.roles or place == "ended":
            return "hidden"
        return "hidden" if place == "elsewhere" and access.within is not None else "open"

    found = {name: outcome(open_as(client, name, Scene(own, viewer))) for name in DESK}
    assert found == {name: expected(EXPECTED[name]) for name in DESK}


@pytest.mark.parametrize("set_up", [False, True])
@pytest.mark.parametrize("role", sorted(MFA_ROLES))
def test_roles_that_read_records_need_their_second_factor(role: Role, set_up: bool) -> None:
    """Not set up: to where it is set up. Set up, but not shown in this session: to where it is shown."""
    own = make_organization()
    viewer = viewer_with(role, own, second_factor=set_up)
    client = sign_in(Client(), viewer, second_factor=False)

    def expected(access: Access) -> str:
        if access.kind is Kind.ROLES and role.value not in access.roles:
            return "hidden"
        if not access.second_factor and not (access.adds_factor and set_up):
            return "open"
        return "show" if set_up else "set_up"

    found = {name: outcome(open_as(client, name, Scene(own, viewer))) for name in DESK}
    assert found == {name: expected(EXPECTED[name]) for name in DESK}
