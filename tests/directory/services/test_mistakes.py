"""Visitors' reports."""

import uuid
from datetime import UTC, datetime

import pytest

from tsunagari.directory.models import MistakeReport, Service
from tsunagari.directory.services import mistakes
from tsunagari.directory.services.mistakes import TooManyReports, report_mistake

AT = datetime(2026, 11, 24, 2, tzinfo=UTC)

pytestmark = pytest.mark.usefixtures("directory_data")


def test_a_report_keeps_what_is_wrong_and_nothing_about_the_visitor():
    service = Service.objects.get(key="yorisoi")
    report = report_mistake(service_id=service.pk, kind="hours", text="  夜は\x00出ません ", at=AT)
    stored = MistakeReport.objects.values().get(pk=report.pk)
    assert stored == {
        "id": report.pk,
        "service_id": service.pk,
        "kind": "hours",
        "source": "visitor",
        "text": "夜は出ません",
        "state": "open",
        "created_at": AT,
        "handled_at": None,
        "handled_by_id": None,
        "reason": "",
        "duplicate_of_id": None,
        "text_erased_at": None,
    }


def test_a_long_report_is_cut():
    service = Service.objects.get(key="yorisoi")
    assert len(report_mistake(service_id=service.pk, kind="other", text="あ" * 9_000, at=AT).text) == 500


def test_no_such_entry():
    with pytest.raises(Service.DoesNotExist):
        report_mistake(service_id=uuid.uuid4(), kind="other", text="", at=AT)


def test_a_flood_of_reports_ends(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(mistakes, "MOST_OPEN", 3)
    service = Service.objects.get(key="yorisoi")
    for _ in range(3):
        report_mistake(service_id=service.pk, kind="other", text="", at=AT)
    with pytest.raises(TooManyReports):
        report_mistake(service_id=service.pk, kind="other", text="", at=AT)
    MistakeReport.objects.filter(service=service).update(state="accepted", handled_at=AT)
    report_mistake(service_id=service.pk, kind="other", text="", at=AT)
