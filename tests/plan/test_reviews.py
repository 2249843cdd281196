"""The year's cycle: review, experts, missed targets, change requests, the next draft; the follow-up table."""

import csv
from datetime import date, datetime
from io import BytesIO, StringIO

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from openpyxl import Workbook, load_workbook
from pypdf import PdfReader

from tests.factories import make_member, make_organization, sign_in
from tests.plan.making import (
    AT,
    make_indicator,
    make_measure,
    make_plan,
    make_target,
    make_version,
    observed,
    year,
)
from tsunagari.accounts.models import Organization, Role, User
from tsunagari.plan.figure_files.followup import BadTable, followup_table, read_back
from tsunagari.plan.models import (
    BudgetProject,
    ChangeRequest,
    Indicator,
    LogicEdge,
    Measure,
    MeasureIndicator,
    MeasureText,
    Plan,
    PlanVersion,
    Review,
    ReviewItem,
)
from tsunagari.plan.selectors.logic import logic_model
from tsunagari.plan.selectors.reviews import (
    Result,
    accepted_change_requests,
    items_visible_to,
    judge_targets,
    open_change_requests,
)
from tsunagari.plan.services import change_requests, logic, reviews
from tsunagari.plan.services.change_requests import BadAnswer, carry_into_draft, open_for_missed_targets
from tsunagari.plan.services.indicators import BadIndicator, change_indicator, define_indicator
from tsunagari.plan.services.observations import Figure
from tsunagari.plan.services.reviews import BadReview, StaleItem

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan() -> Plan:
    return make_plan()


@pytest.fixture
def version(plan: Plan) -> PlanVersion:
    return make_version(plan)


@pytest.fixture
def ministry() -> Organization:
    return make_organization("厚生労働省", kind=Organization.Kind.MINISTRY)


@pytest.fixture
def measure(version: PlanVersion, ministry: Organization) -> Measure:
    return make_measure(version, ministry)


@pytest.fixture
def indicator(ministry: Organization, measure: Measure) -> Indicator:
    made = make_indicator(ministry)
    MeasureIndicator.objects.create(measure=measure, indicator=made)
    observed(made, year(2021, 300), year(2024, 460))
    return made


@pytest.fixture
def alice(plan: Plan) -> User:
    return make_member("alice", Role.SECRETARY, plan.secretariat)


@pytest.fixture
def bob(ministry: Organization) -> User:
    return make_member("bob", Role.OFFICER, ministry)


@pytest.fixture
def charlie() -> User:
    return make_member("charlie", Role.OFFICER)


def opened(alice: User, version: PlanVersion) -> Review:
    return reviews.open_review(actor=alice, version_id=version.pk, fiscal_year=2024, at=AT)


def write(bob: User, review: Review, **texts: str) -> ReviewItem:
    item = review.items.get()
    given = {"narrative": "ある町の話", "assessment": "伸びた", "direction": "夜を増やす"} | texts
    return reviews.write_item(actor=bob, item_id=item.pk, revision=item.revision, at=AT, **given)


# -- the review ----------------------------------------------------------------------------------------------


def test_a_review_opens_filled_with_the_figures(
    alice: User, version: PlanVersion, measure: Measure, indicator: Indicator
) -> None:
    make_target(version, measure, indicator, value="60", deadline_on=date(2025, 3, 31))
    review = opened(alice, version)
    item = review.items.get()
    (figure,) = item.figures
    assert (figure["value"], figure["ends_on"], figure["progress"]) == (
        0.46,
        "2025-03-31",
        "substantial",
    ) or (figure["progress"] in {"moderate", "limited"})
    assert figure["low"] < 0.46 < figure["high"]
    assert figure["targets"][0]["result"] == "missed"
    assert "事例" in review.template["questions"]["narrative"]
    request = ChangeRequest.objects.get()
    assert (request.kind, request.state, request.measure) == ("missed", "open", measure)
    assert "46.0％" in request.reason


@pytest.mark.parametrize("fiscal_year", [2026, 2027, 2020])
def test_a_year_that_is_not_over_or_before_the_plan_is_refused(
    alice: User, version: PlanVersion, fiscal_year: int
) -> None:
    with pytest.raises(BadReview):
        reviews.open_review(actor=alice, version_id=version.pk, fiscal_year=fiscal_year, at=AT)


def test_a_draft_and_a_second_review_are_refused(alice: User, plan: Plan, version: PlanVersion) -> None:
    opened(alice, version)
    with pytest.raises(BadReview):
        opened(alice, version)
    draft = make_version(plan, state="draft", number=2)
    with pytest.raises(BadReview):
        opened(alice, draft)


def test_only_the_secretariat_opens_and_only_the_ministry_writes(
    alice: User, bob: User, charlie: User, version: PlanVersion, measure: Measure
) -> None:
    for other in (bob, charlie):
        with pytest.raises(PermissionDenied):
            opened(other, version)
    review = opened(alice, version)
    with pytest.raises(ReviewItem.DoesNotExist):
        write(charlie, review)
    assert write(bob, review).revision == 1
    stranger = make_member("sue", Role.SECRETARY)
    with pytest.raises(Review.DoesNotExist):
        reviews.move_review(actor=stranger, review_id=review.pk, step="ask_experts", at=AT)


def test_who_saves_on_an_old_page_is_told(
    alice: User, bob: User, version: PlanVersion, measure: Measure
) -> None:
    review = opened(alice, version)
    write(bob, review)
    with pytest.raises(StaleItem):
        reviews.write_item(
            actor=alice, item_id=review.items.get().pk, narrative="", assessment="", direction="",
            revision=0, at=AT,
        )  # fmt: skip
    assert review.items.get().assessment == "伸びた"


def test_from_writing_to_publication_and_then_it_stays(
    alice: User, bob: User, version: PlanVersion, measure: Measure, client: Client
) -> None:
    review = opened(alice, version)

    def move(step: str) -> Review:
        return reviews.move_review(actor=alice, review_id=review.pk, step=step, at=AT)

    with pytest.raises(BadReview, match=measure.key):
        move("ask_experts")
    write(bob, review)
    with pytest.raises(BadReview):
        move("publish")
    with pytest.raises(BadReview):
        reviews.add_opinion(
            actor=alice, review_id=review.pk, item_id=None, expert="x", text="y", given_on=date(2026, 1, 1),
            at=AT,
        )  # fmt: skip
    move("ask_experts")
    with pytest.raises(BadReview):
        write(bob, review)
    with pytest.raises(BadReview):
        move("publish")
    reviews.add_opinion(
        actor=alice, review_id=review.pk, item_id=review.items.get().pk, expert="大学教授",
        text="施策のつながりを見るべき", given_on=date(2026, 11, 1), at=AT,
    )  # fmt: skip
    url = reverse("plan:review", args=[version.number, 2024])
    assert client.get(url).status_code == 404
    assert move("publish").published_at == AT
    html = client.get(url).content.decode()
    for words in ("ある町の話", "伸びた", "夜を増やす", "施策のつながりを見るべき", "大学教授"):
        assert words in html
    with pytest.raises(BadReview):
        move("reopen")
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE plan_reviewitem SET assessment = 'x'")


def test_the_table_of_steps_is_all_there_is(alice: User, version: PlanVersion) -> None:
    """Every step from every state: only those of the table lead anywhere."""
    for step, (begins, ends) in reviews.TRANSITIONS.items():
        for state in Review.State.values:
            review = Review.objects.create(
                version=version, fiscal_year=2000 + Review.objects.count(), state=state,
                template={"questions": {}}, opened_by=alice, opened_at=AT,
                published_at=AT if state == "published" else None,
            )  # fmt: skip
            if step == "publish" and state == "with_experts":
                reviews.add_opinion(
                    actor=alice, review_id=review.pk, item_id=None, expert="a", text="b",
                    given_on=date(2026, 1, 1), at=AT,
                )  # fmt: skip
            if state == begins:
                moved = reviews.move_review(actor=alice, review_id=review.pk, step=step, at=AT)
                assert moved.state == ends
            else:
                with pytest.raises(BadReview):
                    reviews.move_review(actor=alice, review_id=review.pk, step=step, at=AT)


# -- targets and change requests -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("numerator", "value", "expected"),
    [(700, "60", Result.ACHIEVED), (460, "60", Result.MISSED), (600, "60", Result.UNCLEAR)],
)
def test_a_target_is_judged_at_its_deadline_by_the_interval(
    version: PlanVersion, measure: Measure, numerator: int, value: str, expected: Result
) -> None:
    made = make_indicator()
    target = make_target(version, measure, made, value=value, deadline_on=date(2025, 3, 31))
    observed(made, year(2023, 999), year(2024, numerator), year(2025, 1))
    assert judge_targets([target], AT)[0].result is expected


def test_a_target_waits_for_its_deadline_and_its_figure(version: PlanVersion, measure: Measure) -> None:
    made = make_indicator(due_days=60)
    target = make_target(version, measure, made, deadline_on=date(2026, 3, 31))

    def result(day: str) -> Result:
        return judge_targets([target], datetime.fromisoformat(f"{day}T12:00+09:00"))[0].result

    assert result("2026-03-31") is Result.NOT_DUE
    assert result("2026-05-30") is Result.NOT_DUE
    assert result("2026-05-31") is Result.NOT_MEASURED
    observed(made, Figure(date(2025, 4, 1), date(2026, 3, 31), state="not_measured"))
    assert result("2026-04-01") is Result.NOT_MEASURED


def test_missed_targets_ask_once_and_stop_the_next_version(
    alice: User, bob: User, plan: Plan, version: PlanVersion, measure: Measure, indicator: Indicator
) -> None:
    make_target(version, measure, indicator, deadline_on=date(2025, 3, 31))
    make_target(version, measure, deadline_on=date(2025, 3, 31))
    assert open_for_missed_targets(plan=plan, at=AT) == 2
    assert open_for_missed_targets(plan=plan, at=AT) == 0
    draft = make_version(plan, state="draft", number=2)
    waiting = list(open_change_requests(draft))
    assert {each.kind for each in waiting} == {"missed", "not_measured"}
    first, second = waiting
    for answer in ("", "  "):
        with pytest.raises(BadAnswer):
            change_requests.answer_request(
                actor=alice, request_id=first.pk, accept=True, answer=answer, at=AT
            )
    with pytest.raises(PermissionDenied):
        change_requests.answer_request(actor=bob, request_id=first.pk, accept=True, answer="x", at=AT)
    change_requests.answer_request(actor=alice, request_id=first.pk, accept=True, answer="見直す", at=AT)
    change_requests.answer_request(actor=alice, request_id=second.pk, accept=False, answer="測る", at=AT)
    with pytest.raises(BadAnswer):
        change_requests.answer_request(actor=alice, request_id=first.pk, accept=False, answer="x", at=AT)
    assert not open_change_requests(draft).exists()
    assert list(accepted_change_requests(plan)) == [first]
    assert carry_into_draft(version=draft) == 1
    assert carry_into_draft(version=draft) == 0
    first.refresh_from_db()
    assert first.carried_into == draft


def test_the_database_wants_a_reason_for_an_answer(
    plan: Plan, version: PlanVersion, measure: Measure, indicator: Indicator
) -> None:
    make_target(version, measure, indicator)
    open_for_missed_targets(plan=plan, at=AT)
    with pytest.raises(IntegrityError), transaction.atomic():
        ChangeRequest.objects.update(state="declined", answered_at=AT)


# -- logic models --------------------------------------------------------------------------------------------


def test_edges_cross_ministries_and_never_close_a_circle(
    bob: User, charlie: User, version: PlanVersion, measure: Measure
) -> None:
    other = make_measure(version, make_organization("文部科学省"))
    first, second, third = (
        make_indicator(name_ja=name, kind="output") for name in ("相談の窓口", "学校の窓口", "居場所")
    )
    logic.add_edge(actor=bob, measure=measure, from_id=first.pk, to_id=second.pk)
    LogicEdge.objects.create(measure=other, from_indicator=second, to_indicator=third)
    with pytest.raises(logic.CircularLogic) as refused:
        logic.add_edge(actor=bob, measure=measure, from_id=third.pk, to_id=first.pk)
    assert "居場所 → 相談の窓口 → 学校の窓口 → 居場所" in str(refused.value.sentence)
    assert LogicEdge.objects.count() == 2
    with pytest.raises(logic.CircularLogic):
        logic.add_edge(actor=bob, measure=measure, from_id=first.pk, to_id=first.pk)
    with pytest.raises(PermissionDenied):
        logic.add_edge(actor=charlie, measure=measure, from_id=first.pk, to_id=third.pk)
    model = logic_model(measure, version)
    assert {node.foreign for node in model.nodes} == {True}


def test_a_survey_belongs_to_no_measure_and_nothing_leads_backward(bob: User, measure: Measure) -> None:
    survey = make_indicator(source="survey", uncertainty="standard_error", unit="%")
    outcome, activity = make_indicator(), make_indicator(kind="activity")
    with pytest.raises(logic.BadLink):
        logic.attach_indicator(actor=bob, measure=measure, indicator_id=survey.pk)
    with pytest.raises(logic.BadLink):
        logic.add_edge(actor=bob, measure=measure, from_id=activity.pk, to_id=survey.pk)
    with pytest.raises(logic.BadLink):
        logic.add_edge(actor=bob, measure=measure, from_id=outcome.pk, to_id=activity.pk)
    assert not MeasureIndicator.objects.filter(measure=measure).exists()


def test_what_is_missing_is_said(bob: User, plan: Plan, version: PlanVersion, measure: Measure) -> None:
    target = make_target(version, measure)
    output = make_indicator(kind="output", denominator="", uncertainty="none", unit="人")
    logic.attach_indicator(actor=bob, measure=measure, indicator_id=output.pk)

    def codes() -> set[str]:
        return {warning.code for warning in logic_model(measure, version).warnings}

    assert codes() == {"target-without-outcome", "leads-nowhere", "counts-only"}
    with pytest.raises(logic.BadLink):  # percent against people
        logic.judge_target(
            actor=bob, plan=plan, measure=measure, lineage_id=target.lineage_id, indicator_id=output.pk
        )
    outcome = make_indicator()
    logic.judge_target(
        actor=bob, plan=plan, measure=measure, lineage_id=target.lineage_id, indicator_id=outcome.pk
    )
    logic.add_edge(actor=bob, measure=measure, from_id=output.pk, to_id=outcome.pk)
    assert codes() == {"outcome-without-budget"}


def test_an_outcome_is_never_a_mere_count(bob: User, ministry: Organization, indicator: Indicator) -> None:
    values = {
        name: getattr(indicator, name)
        for name in (
            "name_ja", "name_en", "definition", "unit", "kind", "better", "frequency", "source",
            "uncertainty", "numerator", "starts_on", "owner",
        )
    }  # fmt: skip
    with pytest.raises(BadIndicator):
        define_indicator(
            actor=bob, values=values | {"key": "users", "denominator": "", "uncertainty": "none"}
        )
    with pytest.raises(BadIndicator):
        define_indicator(actor=bob, values=values | {"key": indicator.key, "denominator": "試みた人"})
    made = define_indicator(actor=bob, values=values | {"key": "share", "denominator": "試みた人"})
    assert made.standings.get().reason == "not-measured"
    with pytest.raises(BadIndicator):
        change_indicator(actor=bob, indicator_id=indicator.pk, values={"unit": "人"})
    with pytest.raises(PermissionDenied):
        define_indicator(
            actor=bob,
            values=values | {"key": "theirs", "denominator": "x", "owner": make_organization("財務省")},
        )


# -- the follow-up table -------------------------------------------------------------------------------------


def filled(content: bytes, **cells: str) -> bytes:
    book = load_workbook(BytesIO(content))
    for place, value in cells.items():
        book["フォローアップ"][place] = value
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_the_table_goes_out_and_comes_back(
    alice: User, bob: User, version: PlanVersion, measure: Measure, indicator: Indicator
) -> None:
    review = opened(alice, version)
    table = followup_table(review, items_visible_to(bob, review))
    sheet = load_workbook(BytesIO(table))["フォローアップ"]
    assert sheet["A2"].value == measure.key
    assert "46.0％" in sheet["C2"].value
    back = filled(table, E2="ある人の話\n二行目", G2="夜を増やす")
    back = filled(back, F2="評価です")
    assert read_back(actor=bob, review=review, content=back, at=AT) == 1
    item = review.items.get()
    assert (item.narrative, item.assessment, item.direction) == (
        "ある人の話\n二行目",
        "評価です",
        "夜を増やす",
    )
    again = followup_table(review, items_visible_to(bob, review))
    assert read_back(actor=bob, review=review, content=again, at=AT) == 0
    with pytest.raises(BadTable, match="2行目"):  # the old form, filled again in another way
        read_back(actor=bob, review=review, content=filled(table, F2="ちがう評価"), at=AT)
    assert review.items.get().assessment == "評価です"


def test_a_table_with_one_wrong_row_changes_nothing(
    alice: User, bob: User, ministry: Organization, version: PlanVersion, measure: Measure
) -> None:
    second = make_measure(version, ministry, title="居場所")
    foreign = make_measure(version, make_organization("法務省"), title="よその施策")
    review = opened(alice, version)
    table = followup_table(review, items_visible_to(bob, review))
    assert load_workbook(BytesIO(table))["フォローアップ"].max_row == 3
    theirs = str(review.items.get(measure=foreign).pk)
    for wrong in (
        {"I3": theirs},
        {"I3": "x"},
        {"H3": "x"},
        {"I3": str(review.items.get(measure=measure).pk)},
        {"A3": "M99"},
        {"E1": "別の見出し"},
    ):
        with pytest.raises(BadTable):
            read_back(actor=bob, review=review, content=filled(table, F2="評価", F3="評価", **wrong), at=AT)
        assert not review.items.exclude(assessment="").exists()
    assert second.review_items.get().assessment == ""


def test_what_is_no_table_is_refused(alice: User, version: PlanVersion, measure: Measure) -> None:
    review = opened(alice, version)
    other = BytesIO()
    Workbook().save(other)
    for content in (b"", b"PK\x03\x04", b"<html>", other.getvalue(), b"x" * 1_000_000):
        with pytest.raises(BadTable):
            read_back(actor=alice, review=review, content=content, at=AT)


def test_a_text_like_a_formula_stays_a_text(
    alice: User, bob: User, version: PlanVersion, measure: Measure
) -> None:
    review = opened(alice, version)
    write(bob, review, assessment='=HYPERLINK("http://x")')
    table = followup_table(review, items_visible_to(bob, review))
    cell = load_workbook(BytesIO(table))["フォローアップ"]["F2"]
    assert (cell.value, cell.data_type) == ('=HYPERLINK("http://x")', "s")


# -- RS columns, overview ------------------------------------------------------------------------------------


def test_the_rs_systems_columns(
    client: Client, version: PlanVersion, measure: Measure, indicator: Indicator, ministry: Organization
) -> None:
    make_target(version, measure, indicator, value="60", deadline_on=date(2028, 3, 31))
    text = MeasureText.objects.get(version=version, measure=measure)
    PlanVersion.objects.filter(pk=version.pk).update(state="draft", decided_on=None, in_force_on=None)
    BudgetProject.objects.create(
        measure_text=text, project_id="001234", name="相談事業", fiscal_year=2024, ministry=ministry
    )
    PlanVersion.objects.filter(pk=version.pk).update(
        state="in_force", decided_on=date(2021, 12, 28), in_force_on=date(2021, 12, 28)
    )
    output = make_indicator(ministry, kind="output", name_ja="窓口の数")
    for each in (output,):
        MeasureIndicator.objects.create(measure=measure, indicator=each)
    LogicEdge.objects.create(measure=measure, from_indicator=output, to_indicator=indicator)
    text_of = client.get(reverse("plan:rs_goals")).content.decode("utf-8-sig")
    rows = list(csv.DictReader(StringIO(text_of)))
    mine = {
        r["目標年度／目標値／実績値／達成率"]: r for r in rows if r["活動指標／成果指標"] == indicator.name_ja
    }
    assert mine["目標値"]["2027"] == "60.0"
    assert mine["実績値"]["2024"] == "46.0"
    assert mine["達成率"]["2024"] == "76.7"
    assert mine["実績値"]["予算事業ID"] == "001234"
    assert mine["実績値"]["府省庁"] == "厚生労働省"
    text_of = client.get(reverse("plan:rs_edges")).content.decode("utf-8-sig")
    edges = list(csv.DictReader(StringIO(text_of)))
    assert [(e["派生元ー活動指標／成果指標"], e["派生先ー活動指標／成果指標"]) for e in edges] == [
        ("窓口の数", indicator.name_ja)
    ]


@pytest.mark.slow
def test_the_overview_is_one_page_that_says_the_figures(
    client: Client, version: PlanVersion, measure: Measure, indicator: Indicator
) -> None:
    response = client.get(reverse("plan:overview"))
    assert response["Content-Type"] == "application/pdf"
    pages = PdfReader(BytesIO(response.content)).pages
    assert len(pages) == 1
    text = pages[0].extract_text().replace("\n", "").replace(" ", "")
    for words in ("相談体制の整備", "人につながった割合", "46.0％", "42.9％〜49.1％"):
        assert words in text


# -- the desk ------------------------------------------------------------------------------------------------


def test_the_desk_from_entering_to_publishing(
    client: Client, alice: User, bob: User, version: PlanVersion, measure: Measure, indicator: Indicator
) -> None:
    desk = sign_in(client, bob)
    page = desk.get(reverse("plan_desk:indicators")).content.decode()
    assert indicator.name_ja in page
    assert "2025年度の値がまだありません" in page
    given = {
        "indicator": str(indicator.pk), "area": "", "begins_on": "2025-04-01", "ends_on": "2026-03-31",
        "state": "measured", "numerator": "500", "denominator": "1000", "value": "", "standard_error": "",
        "note": "",
    }  # fmt: skip
    refused = desk.post(reverse("plan_desk:observe"), given)
    assert refused.status_code == 422
    assert 'value="500"' in refused.content.decode()
    evidence = BytesIO(b"%PDF-1.7")
    evidence.name = "根拠.pdf"
    done = desk.post(reverse("plan_desk:observe"), given | {"evidence": evidence}, follow=True)
    assert "50.0％" in done.content.decode()
    observation = indicator.observations.get(ends_on=date(2026, 3, 31))
    file = desk.get(reverse("plan_desk:evidence", args=[observation.evidence.get().pk]))
    assert file["Content-Disposition"].startswith("attachment")
    assert file.content == b"%PDF-1.7"
    corrected = desk.post(
        reverse("plan_desk:observe"),
        {
            "observation": str(observation.pk), "state": "measured", "numerator": "510",
            "denominator": "1000", "why": "数えもれ",
        },
        follow=True,
    )  # fmt: skip
    html = corrected.content.decode()
    assert "51.0％" in html
    assert "<del>50.0％</del>" in html
    assert "数えもれ" in html


def test_others_ids_are_not_there_on_the_desk(
    client: Client, alice: User, charlie: User, version: PlanVersion, measure: Measure, indicator: Indicator
) -> None:
    review = opened(alice, version)
    observation = indicator.observations.first()
    assert observation is not None
    desk = sign_in(client, charlie)
    for name, args in [
        ("indicator", [indicator.pk]), ("indicator_edit", [indicator.pk]), ("observation", [observation.pk]),
        ("review", [review.pk]), ("followup", [review.pk]), ("followup_xlsx", [review.pk]),
        ("review_item", [review.pk, measure.key]), ("measure_logic", [measure.key]),
    ]:  # fmt: skip
        assert desk.get(reverse(f"plan_desk:{name}", args=args)).status_code == 404, name
    posts: list[tuple[str, list[object], dict[str, str]]] = [
        ("observe", [], {"indicator": str(indicator.pk)}),
        ("observe", [], {"observation": str(observation.pk)}),
        ("observe", [], {"indicator": "x"}),
        ("cut", [indicator.pk], {}),
        ("review_step", [review.pk, "publish"], {}),
        ("review_opinion", [review.pk], {}),
        ("review_ask", [review.pk, measure.key], {"reason": "x"}),
        ("review_open", [version.pk], {"fiscal_year": "2023"}),
        ("measure_logic", [measure.key], {"what": "attach"}),
    ]
    for name, args, data in posts:
        assert desk.post(reverse(f"plan_desk:{name}", args=args), data).status_code == 404, name


def test_the_secretary_walks_the_review_through_the_pages(
    client: Client, alice: User, version: PlanVersion, measure: Measure, indicator: Indicator
) -> None:
    make_target(version, measure, indicator)
    desk = sign_in(client, alice)
    desk.post(reverse("plan_desk:review_open", args=[version.pk]), {"fiscal_year": "2024"})
    review = Review.objects.get()
    item_url = reverse("plan_desk:review_item", args=[review.pk, measure.key])
    assert "46.0％" in desk.get(item_url).content.decode()
    texts = {"narrative": "話", "assessment": "評価", "direction": "方向"}
    assert desk.post(item_url, texts | {"revision": "0"}).status_code == 302
    stale = desk.post(item_url, texts | {"revision": "0", "narrative": "失われない文"})
    assert stale.status_code == 422
    assert "失われない文" in stale.content.decode()
    desk.post(reverse("plan_desk:review_step", args=[review.pk, "ask_experts"]))
    opinion = {"item": "", "expert": "教授", "text": "よい", "given_on": "2026-11-01"}
    desk.post(reverse("plan_desk:review_opinion", args=[review.pk]), opinion)
    desk.post(reverse("plan_desk:review_step", args=[review.pk, "publish"]))
    review.refresh_from_db()
    assert review.state == "published"
    request = ChangeRequest.objects.get()
    answer = reverse("plan_desk:answer", args=[request.pk])
    assert desk.post(answer, {"accept": "yes", "answer": ""}).status_code == 422
    kept = desk.post(answer, {"answer": "残る文"})
    assert "残る文" in kept.content.decode()
    assert desk.post(answer, {"accept": "no", "answer": "理由"}).status_code == 302
    request.refresh_from_db()
    assert (request.state, request.answer) == ("declined", "理由")


def test_a_logic_model_is_drawn_at_the_desk(
    client: Client, bob: User, version: PlanVersion, measure: Measure, indicator: Indicator
) -> None:
    desk, url = sign_in(client, bob), reverse("plan_desk:measure_logic", args=[measure.key])
    output = make_indicator(kind="output", name_ja="窓口の数")
    edge = {"what": "edge", "begins": str(output.pk), "ends": str(indicator.pk), "why": "開いていれば話せる"}
    assert desk.post(url, edge).status_code == 302
    page = desk.get(url).content.decode()
    assert "開いていれば話せる" in page
    back = desk.post(url, edge | {"begins": edge["ends"], "ends": edge["begins"]})
    assert back.status_code == 422
    assert "向きが逆です" in back.content.decode()
    assert desk.post(url, {"what": "edge"}).status_code == 422
    assert desk.post(url, {"what": "nothing"}).status_code == 404
    assert desk.post(url, {"what": "attach", "indicator": "x"}).status_code == 404
