"""Observations: who may enter them, what contradicts itself, evidence, corrections, live ones, lateness."""

import threading
from dataclasses import replace
from datetime import date, datetime, timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from openpyxl import Workbook

from tests.factories import make_member, make_organization
from tests.plan.making import AT, make_indicator, make_plan, make_version, observed, year
from tsunagari.accounts.models import Organization, Role, User
from tsunagari.core.areas import NATIONWIDE
from tsunagari.core.errors import RuleBroken
from tsunagari.core.indicators import Period
from tsunagari.plan.models import Evidence, Indicator, Observation, SeriesBreak, Standing
from tsunagari.plan.periods import last_due_period, period_of
from tsunagari.plan.selectors.indicators import indicators_visible_to, late_among
from tsunagari.plan.services.evidence import MOST_BYTES, EvidenceRefused, File, check_evidence
from tsunagari.plan.services.observations import (
    AlreadyObserved,
    BadFigure,
    Figure,
    StaleObservation,
    correct_observation,
    observe_live,
    observe_period,
    record_observation,
)
from tsunagari.plan.services.standings import compute_standings

pytestmark = pytest.mark.django_db
PDF = File("根拠.pdf", b"%PDF-1.7 evidence")


@pytest.fixture
def ministry() -> Organization:
    return make_organization("厚生労働省", kind=Organization.Kind.MINISTRY)


@pytest.fixture
def officer(ministry: Organization) -> User:
    return make_member("bob", Role.OFFICER, ministry)


@pytest.fixture
def indicator(ministry: Organization) -> Indicator:
    return make_indicator(ministry)


def record(officer: User, indicator: Indicator, figure: Figure, *files: File) -> Observation:
    return record_observation(
        actor=officer, indicator_id=indicator.pk, figure=figure, files=files or [PDF], at=AT
    )


def test_a_figure_is_kept_with_its_evidence_and_where_it_comes_from(
    officer: User, indicator: Indicator
) -> None:
    made = record(officer, indicator, replace(year(2024, 452), value=None))
    made.refresh_from_db()
    assert (made.value, made.revision, made.current, made.made_by) == (0.452, 1, True, officer)
    evidence = made.evidence.get()
    assert (evidence.name, evidence.media_type, bytes(evidence.content)) == (
        "根拠.pdf",
        "application/pdf",
        PDF.content,
    )
    assert len(evidence.digest) == 64
    standing = Standing.objects.get(indicator=indicator, area=None)
    assert (standing.latest, standing.progress, standing.reason) == (made, "not-available", "one-observation")


@pytest.mark.parametrize(
    "figure",
    [
        replace(year(2024, 452), value=0.52),
        replace(year(2024, 1001), value=None),
        replace(year(2024, -1), value=None),
        replace(year(2024, 5), denominator=0.0, value=None),
        replace(year(2024, 5), denominator=-3.0, value=None),
        replace(year(2024, 5), numerator=None, value=None),
        replace(year(2024, 5), numerator=None, denominator=None),
        replace(year(2024, 5), value=float("nan")),
        replace(year(2024, 5), denominator=float("inf")),
        replace(year(2024, 5), ends_on=date(2024, 3, 31)),
        replace(year(2024, 5), begins_on=date(2023, 1, 1)),
        replace(year(2024, 5), begins_on=date(1900, 1, 1), ends_on=date(1900, 12, 31)),
        replace(year(2026, 5)),
        replace(year(2024, 5), area_code="999999"),
        replace(year(2024, 5), area_code=NATIONWIDE),
        replace(year(2024, 5), state="not_measured"),
        replace(year(2024, 5), state="suppressed"),
    ],
)
def test_what_contradicts_itself_is_refused_and_nothing_is_kept(
    officer: User, indicator: Indicator, figure: Figure
) -> None:
    with pytest.raises(BadFigure) as refused:
        record(officer, indicator, figure)
    assert str(refused.value.sentence).endswith("。")
    assert not Observation.objects.exists()


def test_an_entered_figure_without_evidence_is_refused(officer: User, indicator: Indicator) -> None:
    with pytest.raises(BadFigure):
        record_observation(actor=officer, indicator_id=indicator.pk, figure=year(2024, 5), files=[], at=AT)


def test_an_estimate_needs_its_error(officer: User, ministry: Organization) -> None:
    survey = make_indicator(ministry, source="survey", uncertainty="standard_error", unit="%")
    wave = Figure(date(2024, 12, 1), date(2024, 12, 31), value=4.3)
    with pytest.raises(BadFigure):
        record(officer, survey, wave)
    made = record(officer, survey, replace(wave, standard_error=0.2))
    assert made.standard_error == 0.2


def test_not_measured_and_suppressed_are_values(officer: User, indicator: Indicator) -> None:
    nothing = Figure(date(2024, 4, 1), date(2025, 3, 31), state="not_measured")
    hidden = Figure(date(2023, 4, 1), date(2024, 3, 31), state="suppressed", denominator=40.0)
    assert record(officer, indicator, nothing).value is None
    assert record(officer, indicator, hidden).numerator is None


def test_a_live_figure_is_not_entered_by_hand(officer: User, ministry: Organization) -> None:
    live = make_indicator(ministry, source="live", registry_key="plan.measures_with_target")
    with pytest.raises(BadFigure):
        record(officer, live, year(2024, 5))


def test_the_same_period_again_is_a_correction(officer: User, indicator: Indicator) -> None:
    record(officer, indicator, year(2024, 452))
    with pytest.raises(AlreadyObserved):
        record(officer, indicator, year(2024, 460))
    assert Observation.objects.get().numerator == 452


def test_others_figures_are_not_there(indicator: Indicator) -> None:
    outsider = make_member("charlie", Role.OFFICER)
    with pytest.raises(Indicator.DoesNotExist):
        record(outsider, indicator, year(2024, 452))
    viewer = make_member("vera", Role.VIEWER, indicator.owner)
    with pytest.raises(PermissionDenied):
        record(viewer, indicator, year(2024, 452))


def test_a_correction_keeps_what_was_said_before(officer: User, indicator: Indicator) -> None:
    old = record(officer, indicator, year(2024, 452))
    new = correct_observation(
        actor=officer,
        observation_id=old.pk,
        figure=year(1999, 460),
        why="集計に重なりがあった",
        at=AT + timedelta(days=1),
    )
    old.refresh_from_db()
    assert (old.current, old.value) == (False, 0.452)
    assert (new.current, new.value, new.revision, new.begins_on) == (True, 0.46, 2, old.begins_on)
    assert Standing.objects.get(indicator=indicator, area=None).latest == new
    with pytest.raises(StaleObservation):
        correct_observation(
            actor=officer, observation_id=old.pk, figure=year(2024, 1), why="おそい訂正", at=AT
        )
    with pytest.raises(BadFigure):
        correct_observation(actor=officer, observation_id=new.pk, figure=year(2024, 1), why=" ", at=AT)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE plan_observation SET value = 0.9",
        "UPDATE plan_observation SET current = false, value = 0.9",
        "DELETE FROM plan_observation",
        "DELETE FROM plan_evidence",
        "UPDATE plan_evidence SET content = ''",
    ],
)
def test_the_database_keeps_what_was_observed(officer: User, indicator: Indicator, sql: str) -> None:
    record(officer, indicator, year(2024, 452))
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_two_currents_of_one_figure_cannot_be(indicator: Indicator) -> None:
    (first,) = observed(indicator, year(2024, 452))
    with pytest.raises(IntegrityError), transaction.atomic():
        Observation.objects.create(
            indicator=indicator, begins_on=first.begins_on, ends_on=first.ends_on, state="measured",
            value=0.1, revision=2, why_corrected="x", maker="x", made_at=AT,
        )  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_of_two_corrections_at_once_one_wins() -> None:
    ministry = make_organization(kind=Organization.Kind.MINISTRY)
    officer, indicator = make_member("bob", Role.OFFICER, ministry), make_indicator(ministry)
    old = record(officer, indicator, year(2024, 452))
    results: list[str] = []

    def correct(numerator: int) -> None:
        try:
            correct_observation(
                actor=officer, observation_id=old.pk, figure=year(2024, numerator), why="訂正", at=AT
            )
            results.append("kept")
        except RuleBroken as broken:
            results.append(type(broken).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=correct, args=(number,)) for number in (1, 2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["StaleObservation", "StaleObservation", "kept"]
    assert Observation.objects.filter(current=True).count() == 1


def _excel(*, macro: bool = False) -> bytes:
    stream = BytesIO()
    Workbook().save(stream)
    if macro:
        with ZipFile(stream, "a") as archive:
            archive.writestr("xl/vbaProject.bin", b"macro")
    return stream.getvalue()


def test_evidence_is_what_it_says() -> None:
    good = [PDF, File("a.xlsx", _excel()), File("../../数.csv", "年,値\n".encode("cp932"))]
    assert [file.name for file in check_evidence(good)] == ["根拠.pdf", "a.xlsx", "数.csv"]


@pytest.mark.parametrize(
    "file",
    [
        File("a.pdf", b""),
        File("a.pdf", b"<html>"),
        File("a.html", b"<html>"),
        File("a.svg", b"<svg/>"),
        File("a.exe", b"MZ"),
        File("a.xlsx", b"PK\x03\x04 broken"),
        File("a.xlsx", _excel(macro=True)),
        File("a.csv", b"a\0b"),
        File("a.png", b"\xff\xd8\xff"),
        File("a.pdf", b"%PDF-" + b"x" * MOST_BYTES),
    ],
)
def test_evidence_that_is_refused(file: File) -> None:
    with pytest.raises(EvidenceRefused):
        check_evidence([file])


def test_six_files_are_too_many() -> None:
    with pytest.raises(EvidenceRefused):
        check_evidence([PDF] * 6)


# -- live figures --------------------------------------------------------------------------------------------


def test_a_live_figure_is_computed_once_and_corrected_when_it_changes() -> None:
    plan = make_plan()
    live = make_indicator(
        plan.secretariat, source="live", registry_key="plan.measures_with_target", uncertainty="none",
        frequency="M", starts_on=date(2026, 10, 1),
    )  # fmt: skip
    assert observe_period(indicator_id=live.pk, at=AT) == 1
    first = Observation.objects.get()
    assert (first.state, first.begins_on, first.ends_on) == (
        "not_measured",
        date(2026, 10, 1),
        date(2026, 10, 31),
    )
    assert observe_period(indicator_id=live.pk, at=AT) == 1  # tried again, and the same
    assert Observation.objects.count() == 1
    from tests.plan.making import make_measure, make_target  # noqa: PLC0415

    version = make_version(plan)
    make_target(version, make_measure(version))
    make_measure(version)
    again = observe_live(
        indicator_id=live.pk, period=Period(first.begins_on, first.ends_on), area=None, at=AT
    )
    assert (again.value, again.numerator, again.denominator, again.revision) == (0.5, 1, 2, 2)
    assert again.maker == "core.indicators:plan.measures_with_target"
    assert len(again.code_version) == 32
    assert observe_period(indicator_id=live.pk, at=AT) == 0
    assert (
        observe_live(indicator_id=live.pk, period=Period(first.begins_on, first.ends_on), area=None, at=AT)
        == again
    )


def test_what_no_app_measures_yet_is_not_measured() -> None:
    live = make_indicator(source="live", registry_key="consultation.not_there_yet", frequency="M")
    assert observe_period(indicator_id=live.pk, at=AT) == 1
    assert Observation.objects.get().state == "not_measured"
    assert Standing.objects.get().progress == "not-available"


# -- late, periods, standings --------------------------------------------------------------------------------


def test_what_is_late_stands_on_its_owners_list(officer: User, indicator: Indicator) -> None:
    other = make_indicator(make_organization("文部科学省"))
    late = late_among(indicators_visible_to(officer), AT)
    assert [(each.indicator, each.period.begins_on) for each in late] == [(indicator, date(2025, 4, 1))]
    observed(indicator, year(2025, 452))
    assert late_among(indicators_visible_to(officer), AT) == []
    secretary = make_member("alice", Role.SECRETARY, make_plan().secretariat)
    assert [each.indicator for each in late_among(indicators_visible_to(secretary), AT)] == [other]
    # ninety days after the end of March it is due
    assert late_among(indicators_visible_to(officer), datetime.fromisoformat("2027-06-28T12:00+09:00")) == []
    assert late_among(indicators_visible_to(officer), datetime.fromisoformat("2027-06-30T12:00+09:00"))


def test_periods_begin_in_april() -> None:
    assert period_of("A", date(2026, 3, 31)) == Period(date(2025, 4, 1), date(2026, 3, 31))
    assert period_of("S", date(2026, 11, 24)) == Period(date(2026, 10, 1), date(2027, 3, 31))
    assert period_of("Q", date(2026, 2, 28)) == Period(date(2026, 1, 1), date(2026, 3, 31))
    assert period_of("M", date(2024, 2, 29)) == Period(date(2024, 2, 1), date(2024, 2, 29))
    assert last_due_period("M", date(2026, 11, 24), 30) == Period(date(2026, 9, 1), date(2026, 9, 30))


def test_the_standing_stops_at_a_break(indicator: Indicator) -> None:
    observed(indicator, year(2021, 300), year(2022, 400), year(2023, 700), year(2024, 690))
    assert Standing.objects.get(indicator=indicator).change == "improved"
    SeriesBreak.objects.create(indicator=indicator, on=date(2023, 4, 1), reason="数え方が変わった")
    compute_standings([indicator.pk])
    standing = Standing.objects.get(indicator=indicator)
    assert (standing.change, standing.reason, standing.since) == (
        "unclear",
        "within-error",
        date(2024, 3, 31),
    )


def test_evidence_of_another_is_not_there(officer: User, indicator: Indicator) -> None:
    record(officer, indicator, year(2024, 452))
    assert Evidence.objects.filter(observation__indicator=indicator).count() == 1
