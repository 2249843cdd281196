"""The index: rows by area, what never counts as open, what is outdated."""

import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import date

import psutil
import pytest

from tsunagari.core.areas import NATIONWIDE
from tsunagari.directory.models import Channel, HoursPattern, SearchRow, Service
from tsunagari.directory.search import index
from tsunagari.directory.search.apart import DocumentMaker
from tsunagari.directory.search.document import Source, document
from tsunagari.directory.search.index import (
    index_version,
    outdated_services,
    reindex_outdated,
    reindex_services,
)
from tsunagari.directory.search.kinds import KIND_AREA, municipal_kinds

pytestmark = pytest.mark.usefixtures("directory_data")
ON = date(2026, 11, 24)


def rows_of(key: str) -> list[SearchRow]:
    return list(SearchRow.objects.filter(service__key=key).exclude(area_code=KIND_AREA).order_by("area_code"))


def test_a_service_has_one_row_for_each_of_its_areas() -> None:
    service = Service.objects.get(key="jiritsu-soudan", contact_area="010006")
    areas = set(service.service_areas.values_list("area_id", flat=True))
    rows = SearchRow.objects.filter(service=service).exclude(area_code=KIND_AREA)
    assert {row.area_code for row in rows} == areas
    assert len(areas) == 144
    assert [row.area_code for row in rows_of("yorisoi")] == [NATIONWIDE]


def test_reindexing_changes_nothing_and_counts_rows() -> None:
    before = list(
        SearchRow.objects.order_by("service", "area_code").values("service", "area_code", "document")
    )
    ids = list(Service.objects.filter(key__in=["yorisoi", "childline"]).values_list("id", flat=True))
    assert reindex_services(ids, on=ON) == 2
    after = list(
        SearchRow.objects.order_by("service", "area_code").values("service", "area_code", "document")
    )
    assert after == before


def test_a_municipal_kind_has_one_row_as_a_whole() -> None:
    rows = SearchRow.objects.filter(area_code=KIND_AREA)
    assert sorted(row.kind_key for row in rows) == sorted(municipal_kinds())
    assert {row.hours_id for row in rows} == {None}


def test_what_is_over_has_no_rows_and_its_kind_finds_another_carrier() -> None:
    carrier = SearchRow.objects.get(area_code=KIND_AREA, kind_key="shakyo").service
    carrier.status = Service.Status.DEFUNCT
    carrier.save(update_fields=["status"])
    reindex_services([carrier.pk], on=ON)
    assert not SearchRow.objects.filter(service=carrier).exists()
    assert SearchRow.objects.filter(area_code=KIND_AREA, kind_key="shakyo").count() == 1


@pytest.mark.parametrize("change", [{"contact_verified": False}, {"status": "temporarily closed"}])
def test_what_cannot_be_reached_has_no_hours(change: dict[str, object]) -> None:
    service = Service.objects.get(key="yorisoi")
    (before,) = rows_of("yorisoi")
    assert before.hours_id is not None
    Service.objects.filter(pk=service.pk).update(**change)
    reindex_services([service.pk], on=ON)
    (after,) = rows_of("yorisoi")
    assert after.hours_id is None
    assert after.quality < before.quality


def test_unverified_entries_of_the_real_data_have_no_hours() -> None:
    assert not SearchRow.objects.filter(service__contact_verified=False, hours__isnull=False).exists()
    (closed,) = rows_of("kodoku-9999")
    assert closed.hours_id is None


def test_equal_hours_share_a_pattern() -> None:
    (one,), (other,) = rows_of("yorisoi"), rows_of("jisou-189")
    assert one.hours_id == other.hours_id
    assert HoursPattern.objects.count() < SearchRow.objects.filter(hours__isnull=False).count()


def test_facets_names_and_numbers_stand_in_the_document() -> None:
    (row,) = rows_of("yorisoi")
    for lexeme in ("'@ch:phone'", "'@lang:vi'", "'@need:dv'", "'@kind:consultation'", "'@free'",
                   "'@tel:0120279338':1A", "'よりそいほっとらいん':1A"):  # fmt: skip
        assert lexeme in row.document
    assert row.needs[:2] == ["loneliness", "suicidal"]
    assert "ほっ" in row.bigrams


def test_a_new_channel_is_found_after_reindexing() -> None:
    service = Service.objects.get(key="yorisoi")
    Channel.objects.create(service=service, type="chat", value="https://example.org/", position=9)
    reindex_services([service.pk], on=ON)
    (row,) = rows_of("yorisoi")
    assert row.channels == ["chat", "phone"]


def test_rows_of_another_dictionary_are_written_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    ids = list(Service.objects.filter(key__in=["yorisoi", "childline"]).values_list("id", flat=True))
    assert outdated_services() == []
    assert reindex_outdated(on=ON) == 0
    SearchRow.objects.filter(service__in=ids).update(dictionary="sudachidict-core 2019")
    assert outdated_services() == sorted(ids)
    assert reindex_outdated(on=ON) == 2
    assert outdated_services() == []
    before = index_version()
    monkeypatch.setattr(index, "RULES", index.RULES + 1)
    assert index_version() != before


def test_nationwide_lines_are_better_than_unverified_entries() -> None:
    worst_line = min(
        row.quality
        for row in SearchRow.objects.filter(area_code=NATIONWIDE, service__status="active").exclude(
            service__kind="emergency"
        )
    )
    best_entry = max(row.quality for row in SearchRow.objects.filter(service__contact_verified=False))
    assert worst_line > best_entry


def test_many_services_are_written_as_few_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """From the second batch on, another process analyses the words; the rows are the same."""
    columns = ("service", "area_code", "hours", "needs", "document", "bigrams")
    before = list(SearchRow.objects.order_by("service", "area_code").values(*columns))
    monkeypatch.setattr(index, "BATCH", 1_000)
    moved: list[int] = []
    begin = DocumentMaker.begin

    def counted(maker: DocumentMaker, sources: Sequence[Source]) -> None:
        if maker.is_apart:
            moved.append(len(sources))
        begin(maker, sources)

    monkeypatch.setattr(DocumentMaker, "begin", counted)
    assert reindex_services(on=ON) == len(before)
    after = list(SearchRow.objects.order_by("service", "area_code").values(*columns))
    assert after == before
    assert sum(moved) > 2_000


def test_what_changes_while_it_is_read_is_read_again() -> None:
    service = Service.objects.get(key="yorisoi")
    terms = index._need_terms()
    batch = index._read([service.pk], terms, date(2026, 11, 24))
    assert batch is not None
    # another transaction would have stamped a later time than the one that was read
    batch.services[0] = batch.services[0]._replace(version="2026-11-23 00:00:00+00")
    Service.objects.filter(pk=service.pk).update(name="よりそいの新しい名前")
    count, _ = index._write(batch, [document(source) for source in batch.sources], terms, ON)
    assert count == 1
    (row,) = rows_of("yorisoi")
    assert "よりそいの新しい名前" in row.document


def test_the_other_process_ends_with_the_one_that_started_it() -> None:
    program = """
import time
from tsunagari.directory.search.apart import DocumentMaker
from tsunagari.directory.search.document import Source, document
maker = DocumentMaker()
maker.move_apart()
maker.begin([Source(name="いのちの電話")])
print(len(maker.finish()), maker._process.pid, flush=True)
time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as started:
        assert started.stdout is not None
        made, other = started.stdout.readline().split()
        assert made == "1"
        started.kill()
    for _ in range(100):
        if not psutil.pid_exists(int(other)) or psutil.Process(int(other)).status() == "zombie":
            return
        time.sleep(0.05)
    pytest.fail("the other process has stayed")
