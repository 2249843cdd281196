"""A service's pages."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.test import Client

from tsunagari.directory.models import MistakeReport, Service
from tsunagari.portal import calendar
from tsunagari.portal.cards import card_of
from tsunagari.portal.week import week_of

NIGHT = datetime(2026, 11, 24, 18, 30, tzinfo=UTC)  # 3:30 on Wednesday the 25th in Tokyo


def test_the_page_says_all_that_one_wants_to_know_before_calling(client: Client, yorisoi: Service):
    response = client.get(f"/services/{yorisoi.pk}/")
    html = response.content.decode()
    assert response.status_code == 200
    assert response["Cache-Control"] == "public, max-age=60"
    for text in (
        "よりそいホットライン",
        "一般社団法人社会的包摂サポートセンター",
        'href="tel:0120279338"',
        "かける人の通話料はかかりません。",
        "携帯電話からかけても無料です。",
        "毎日 24時間",
        "かけると、どうなる？",
        "最初のひとこと",
        "通話履歴に残ります",
        "2024年12月時点",
        "まちがいを知らせる",
    ):
        assert text in html, text
    assert "<title>相談先｜つながり</title>" in html


def test_the_english_page_is_english(client: Client, yorisoi: Service):
    html = client.get(f"/en/services/{yorisoi.pk}/").content.decode()
    for text in ("What happens when you call?", "First words", "Every day, 24 hours", "Report a mistake"):
        assert text in html, text
    assert '<html lang="en">' in html


def test_a_number_with_a_mark_can_be_called(client: Client, directory: None):
    dial = Service.objects.get(key="dv-navi")
    assert 'href="tel:%238008"' in client.get(f"/services/{dial.pk}/").content.decode()


def test_an_entry_without_confirmed_contact_names_whom_to_ask(client: Client, directory: None):
    office = Service.objects.get(key="shakyo", contact_area="131091")
    html = client.get(f"/services/{office.pk}/").content.decode()
    assert "連絡先は未確認" in html
    assert "東京都品川区の役所に聞いてください。" in html
    assert "開いています" not in html.split("<h1")[0].split("<main")[1]


def test_a_programme_says_the_law_and_where_to_apply(client: Client, directory: None):
    programme = Service.objects.get(key="seikatsu-hogo")
    html = client.get(f"/services/{programme.pk}/").content.decode()
    for text in ("生活保護法第2条・第7条", "福祉事務所", "どこで申しこむ"):
        assert text in html, text


def test_every_service_of_the_files_has_a_page(client: Client, directory: None):
    for service in Service.objects.filter(service_areas__area=None):
        for prefix in ("", "/en"):
            assert client.get(f"{prefix}/services/{service.pk}/").status_code == 200, service.key


@pytest.mark.parametrize("ending", ["", "print/", "hours.ics", "mistake/", "mistake/thanks/"])
def test_an_unknown_service_is_not_found(client: Client, directory: None, ending: str):
    assert client.get(f"/services/{uuid4()}/{ending}").status_code == 404


def test_an_ended_service_is_not_found_and_one_that_rests_says_so(client: Client, inochi: Service):
    inochi.status = Service.Status.TEMPORARILY_CLOSED
    inochi.save(update_fields=["status"])
    assert "お休み中です" in client.get(f"/services/{inochi.pk}/").content.decode()
    inochi.status = Service.Status.DEFUNCT
    inochi.save(update_fields=["status"])
    assert client.get(f"/services/{inochi.pk}/").status_code == 404


def test_the_week_shows_the_10th_with_its_own_hours(inochi: Service):
    before_the_10th = datetime(2026, 12, 8, 3, 0, tzinfo=UTC)
    week = week_of(card_of(inochi, before_the_10th).channels, before_the_10th)
    rows = {row["label"]: row["periods"] for row in week["rows"]}
    assert rows["12月9日（水）"] == ["16:00〜21:00"]
    assert rows["12月10日（木）"] == ["8:00〜24:00"]
    assert rows["12月11日（金）"] == ["0:00〜8:00", "16:00〜21:00"]
    assert [row["today"] for row in week["rows"]] == [True, *[False] * 6]


def test_a_line_that_never_closes_needs_no_table(yorisoi: Service):
    week = week_of(card_of(yorisoi, NIGHT).channels, NIGHT)
    assert week == {"summaries": [{"label": "", "text": "毎日 24時間"}], "rows": []}


def test_the_calendar_holds_four_weeks_and_tells_nothing_in_its_titles(inochi: Service):
    text = calendar.hours_calendar(card_of(inochi, NIGHT), NIGHT, language="ja")
    assert text is not None
    lines = text.split("\r\n")
    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines[-2:] == ["END:VCALENDAR", ""]
    assert all(len(line.encode()) <= 75 for line in lines)
    unfolded = text.replace("\r\n ", "")
    assert unfolded.count("BEGIN:VEVENT") == 28
    assert {line for line in unfolded.split("\r\n") if line.startswith("SUMMARY")} == {"SUMMARY:話せる時間"}
    # the 10th of December from 8:00 to 8:00 the next day, in UTC
    assert "DTSTART:20261209T230000Z\r\nDTEND:20261210T230000Z" in unfolded


def test_the_calendar_of_a_line_of_any_hour_repeats_daily(yorisoi: Service):
    text = calendar.hours_calendar(card_of(yorisoi, NIGHT), NIGHT, language="ja") or ""
    assert text.count("BEGIN:VEVENT") == 1
    assert "DTSTART;VALUE=DATE:20261125\r\nRRULE:FREQ=DAILY" in text


def test_the_calendar_is_a_file_with_a_plain_name(client: Client, inochi: Service):
    response = client.get(f"/services/{inochi.pk}/hours.ics")
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="hours.ics"'


def test_a_service_of_unknown_hours_has_no_calendar(client: Client, directory: None):
    unknown = Service.objects.get(key="kokoro-dial")
    assert client.get(f"/services/{unknown.pk}/hours.ics").status_code == 404
    assert "カレンダーに入れる" not in client.get(f"/services/{unknown.pk}/").content.decode()


def test_the_sheet_to_print_has_the_number_and_the_hours(client: Client, inochi: Service):
    html = client.get(f"/services/{inochi.pk}/print/").content.decode()
    assert "0120-783-556" in html
    assert "毎日 16:00〜21:00" in html


def test_a_mistake_is_kept_without_anything_about_who_told_it(client: Client, inochi: Service):
    address = f"/services/{inochi.pk}/mistake/"
    assert client.get(address).status_code == 200
    response = client.post(address, {"kind": "hours", "text": "夜9時\x00まで\u202eでした"})
    assert (response.status_code, response["Location"]) == (303, f"{address}thanks/")
    report = MistakeReport.objects.get(service=inochi)
    assert (report.kind, report.text, report.state) == ("hours", "夜9時 まで でした", "open")
    assert "ありがとうございます" in client.get(response["Location"]).content.decode()


@pytest.mark.parametrize(
    "fields", [{}, {"kind": "nothing"}, {"kind": "hours", "text": "あ" * 501}, {"kind": ["hours", "x"]}]
)
def test_a_report_that_cannot_be_read_is_not_kept(client: Client, inochi: Service, fields: dict[str, str]):
    response = client.post(f"/services/{inochi.pk}/mistake/", fields)
    assert response.status_code == 422
    assert 'class="error"' in response.content.decode()
    assert not MistakeReport.objects.exists()


def test_a_flood_of_reports_from_one_network_is_asked_to_wait(client: Client, inochi: Service):
    address = f"/services/{inochi.pk}/mistake/"
    # the ten minutes may end in between, once
    answers = [
        client.post(address, {"kind": "hours"}, REMOTE_ADDR="203.0.113.9").status_code for _ in range(21)
    ]
    assert answers[:5] == [303] * 5
    assert 429 in answers
