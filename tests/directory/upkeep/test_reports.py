"""Reports of mistakes: who reads them, what becomes of them, and when their words are erased."""

import logging
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from tests.directory.upkeep.conftest import Scene
from tests.factories import AT, make_member
from tsunagari.accounts.models import RecordReading, Role
from tsunagari.core.areas import area_tree
from tsunagari.core.indicators import NOT_MEASURED, Period, observe
from tsunagari.directory.models import MistakeReport, Service
from tsunagari.directory.selectors import upkeep
from tsunagari.directory.services import mistakes

State = MistakeReport.State


@pytest.fixture
def report(scene: Scene) -> MistakeReport:
    return mistakes.report_mistake(service_id=scene.service.pk, kind="hours", text="金曜は休み", at=AT)


def test_reading_the_words_is_written_down_for_whom_one_reads(scene: Scene, report: MistakeReport):
    found = mistakes.read_report(actor=scene.alice, report_id=report.pk, at=AT)
    assert found.text == "金曜は休み"
    mistakes.read_report(actor=scene.olga, report_id=report.pk, at=AT)
    rows = RecordReading.objects.values_list("actor", "organization", "subject_type", "subject_id", "basis")
    runs = scene.olga.memberships.get().organization
    subject = ("directory.mistakereport", report.pk, "directory-upkeep")
    assert set(rows) == {
        (scene.alice.pk, scene.organization.pk, *subject),
        (scene.olga.pk, runs.pk, *subject),
    }


def test_a_report_without_words_is_nobodys_record(scene: Scene):
    silent = mistakes.report_mistake(service_id=scene.service.pk, kind="hours", text="", at=AT)
    mistakes.read_report(actor=scene.alice, report_id=silent.pk, at=AT)
    assert not RecordReading.objects.exists()


def test_outsiders_and_other_roles_find_no_report(scene: Scene, report: MistakeReport):
    strangers = [
        scene.charlie,
        make_member("vera", Role.COUNSELLOR, scene.organization),
        # an officer of an organisation that does not run the platform
        make_member("otto", Role.OFFICER, scene.organization),
        make_member("rita", Role.VIEWER, scene.olga.memberships.get().organization),
    ]
    for stranger in strangers:
        for act in (
            lambda who: mistakes.read_report(actor=who, report_id=report.pk, at=AT),
            lambda who: mistakes.accept_report(actor=who, report_id=report.pk, at=AT),
            lambda who: mistakes.decline_report(actor=who, report_id=report.pk, reason="x", at=AT),
            lambda who: mistakes.mark_duplicate(actor=who, report_id=report.pk, original_id=report.pk, at=AT),
        ):
            with pytest.raises(MistakeReport.DoesNotExist):
                act(stranger)
    assert not RecordReading.objects.exists()


def test_accepting_opens_a_draft_that_knows_its_report(scene: Scene, report: MistakeReport):
    draft = mistakes.accept_report(actor=scene.alice, report_id=report.pk, at=AT)
    report.refresh_from_db()
    assert (draft.report, draft.service, draft.author) == (report, scene.service, scene.alice)
    assert (report.state, report.handled_at, report.handled_by) == (State.ACCEPTED, AT, scene.alice)


def test_declining_needs_a_reason(scene: Scene, report: MistakeReport):
    with pytest.raises(mistakes.NeedsReason):
        mistakes.decline_report(actor=scene.alice, report_id=report.pk, reason=" ", at=AT)
    done = mistakes.decline_report(actor=scene.alice, report_id=report.pk, reason="確かめました", at=AT)
    assert (done.state, done.reason) == (State.DECLINED, "確かめました")
    with pytest.raises(mistakes.AlreadyHandled):
        mistakes.accept_report(actor=scene.bob, report_id=report.pk, at=AT)


def test_a_duplicate_is_of_the_same_entry(scene: Scene, report: MistakeReport):
    other = Service.objects.create(organization=scene.organization, name="ほか")
    elsewhere = mistakes.report_mistake(service_id=other.pk, kind="hours", text="", at=AT)
    second = mistakes.report_mistake(service_id=scene.service.pk, kind="hours", text="", at=AT)
    for wrong in (elsewhere, second):
        with pytest.raises(mistakes.NoSuchOriginal):
            mistakes.mark_duplicate(actor=scene.alice, report_id=second.pk, original_id=wrong.pk, at=AT)
    done = mistakes.mark_duplicate(actor=scene.alice, report_id=second.pk, original_id=report.pk, at=AT)
    assert (done.state, done.duplicate_of) == (State.DUPLICATE, report)
    # no ring of reports that all point at each other
    with pytest.raises(mistakes.NoSuchOriginal):
        mistakes.mark_duplicate(actor=scene.alice, report_id=report.pk, original_id=second.pk, at=AT)


def test_the_database_keeps_what_is_decided_whole(report: MistakeReport):
    for wrong in ({"state": "declined"}, {"handled_at": AT}, {"text_erased_at": AT}):
        with pytest.raises(IntegrityError), transaction.atomic():
            MistakeReport.objects.filter(pk=report.pk).update(**wrong)


def test_words_are_erased_ninety_days_after_it_was_handled_and_never_before(
    scene: Scene, report: MistakeReport
):
    waiting = mistakes.report_mistake(
        service_id=scene.service.pk, kind="other", text="まだ", at=AT - timedelta(days=400)
    )
    mistakes.decline_report(actor=scene.alice, report_id=report.pk, reason="x", at=AT)
    assert mistakes.erase_old_texts(at=AT + timedelta(days=90) - timedelta(seconds=1)) == 0
    at = AT + timedelta(days=90)
    assert mistakes.erase_old_texts(at=at) == 1
    report.refresh_from_db()
    waiting.refresh_from_db()
    assert (report.text, report.text_erased_at, waiting.text) == ("", at, "まだ")
    assert mistakes.erase_old_texts(at=at + timedelta(days=1)) == 0


@pytest.mark.parametrize(("days", "late"), [(13, 0), (14, 1)])
def test_untouched_for_fourteen_days_is_late(scene: Scene, report: MistakeReport, days: int, late: int):
    at = AT + timedelta(days=days)
    for keeper in (scene.alice, scene.olga):
        assert upkeep.reports_counted(keeper, at) == {"reports": 1, "late": late}
    assert upkeep.reports_counted(scene.charlie, at) == {"reports": 0, "late": 0}
    said = upkeep.reports_waiting(scene.alice, at)
    assert ("14日以上" in said) == bool(late)
    mistakes.decline_report(actor=scene.alice, report_id=report.pk, reason="x", at=at)
    assert upkeep.reports_waiting(scene.alice, at) == ""


def test_no_words_are_logged(scene: Scene, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.DEBUG):
        report = mistakes.report_mistake(
            service_id=scene.service.pk, kind="other", text="ひみつのことば", at=AT
        )
        mistakes.read_report(actor=scene.alice, report_id=report.pk, at=AT)
        mistakes.decline_report(actor=scene.alice, report_id=report.pk, reason="だめ", at=AT)
    assert "ひみつのことば" not in caplog.text
    assert "ひみつのことば" not in str(report)


# -- figures -----------------------------------------------------------------------------------------------


def test_the_share_handled_in_time_counts_reports_whose_days_are_over(scene: Scene):
    day = Period(date(2026, 11, 24), date(2026, 11, 24))
    assert observe("directory.mistakes_handled_in_time", None, day) == NOT_MEASURED
    begun = AT - timedelta(days=14)
    reports = [
        mistakes.report_mistake(service_id=scene.service.pk, kind="other", text="", at=begun) for _ in "abcd"
    ]
    mistakes.report_mistake(service_id=scene.service.pk, kind="other", text="", at=AT)
    handled = {0: timedelta(days=1), 1: timedelta(days=14), 2: timedelta(days=14, seconds=1)}
    for place, after in handled.items():
        mistakes.decline_report(actor=scene.alice, report_id=reports[place].pk, reason="x", at=begun + after)
    found = observe("directory.mistakes_handled_in_time", None, day)
    assert (found.numerator, found.denominator, found.value) == (2, 4, 0.5)
    here = observe("directory.mistakes_handled_in_time", area_tree()["131041"], day)
    elsewhere = observe("directory.mistakes_handled_in_time", area_tree()["131091"], day)
    assert (here.denominator, elsewhere) == (4, NOT_MEASURED)


def test_the_share_confirmed_within_six_months(scene: Scene):
    today = Period(date(2026, 11, 24), date(2026, 11, 24))
    Service.objects.exclude(pk=scene.service.pk).delete()
    for place, day in enumerate((date(2026, 5, 24), date(2026, 5, 25), date(2026, 11, 25), None)):
        Service.objects.create(organization=scene.organization, name=f"{place}", assured_on=day)
    Service.objects.create(
        organization=scene.organization, name="終わった", status="defunct", assured_on=date(2026, 11, 1)
    )
    found = observe("directory.confirmed_within_six_months", None, today)
    assert (found.numerator, found.denominator) == (1, 5)
    here = observe("directory.confirmed_within_six_months", area_tree()["131041"], today)
    assert (here.numerator, here.denominator) == (0, 1)
