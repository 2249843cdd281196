"""What may be handed in, what leaves as calendar, open data and bound papers: read by others' parsers."""

import io
import re
import zipfile
from datetime import UTC, date, datetime, time

import icalendar
import ics
import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import Workbook
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

from tests.council import popolo
from tests.council.conftest import Council, make_pdf
from tests.factories import AT
from tsunagari.council.files import MOST_BYTES, BadFile, check_file
from tsunagari.council.models import Meeting
from tsunagari.council.services import materials, meetings, motions
from tsunagari.council.services.loading import FORUM

# what everybody who reads it will look for, though Popolo's schemas let it be absent
REQUIRED = {
    "organizations": {"id", "name"},
    "posts": {"id", "label", "role", "organization_id"},
    "persons": {"id", "name"},
    "memberships": {"id", "organization_id"},
    "events": {"id", "name"},
    "motions": {"id", "text"},
}


def package(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name in names:
            made.writestr(name, "x")
    return out.getvalue()


def pdf(**more: object) -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(width=100, height=100)
    if "password" in more:
        writer.encrypt(str(more["password"]))
    if "script" in more:
        action = {
            NameObject("/S"): NameObject("/JavaScript"),
            NameObject("/JS"): TextStringObject("app.alert(1)"),
        }
        writer.root_object[NameObject("/OpenAction")] = DictionaryObject(action)
    if "attached" in more:
        writer.add_attachment("evil.exe", b"MZ")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_files_are_known_by_their_bytes():
    book = io.BytesIO()
    Workbook().save(book)
    assert check_file("資料1.pdf", make_pdf(3)).pages == 3
    assert check_file("a.exe", make_pdf()).name == "a.pdf"
    assert check_file("表.docx", book.getvalue()).name == "表.xlsx"
    word = check_file("案", package("[Content_Types].xml", "word/document.xml"))
    assert word.content_type.endswith("wordprocessingml.document")


@pytest.mark.parametrize(
    "content",
    [b"", b"MZ\x90", b"<html><script>", b"%PDF-1.7 broken", b"PK\x03\x04broken", b"\x00" * 10,
     package("evil.txt"), package("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"),
     pdf(password="x"), pdf(script=1), pdf(attached=1), b"%PDF-" + b"0" * MOST_BYTES],
    ids=["empty", "program", "html", "broken-pdf", "broken-zip", "zeros", "zip", "macro", "password",
         "script", "attachment", "large"],
)  # fmt: skip
def test_other_files_are_refused_with_a_sentence(content: bytes):
    with pytest.raises(BadFile) as refused:
        check_file("a.pdf", content)
    assert str(refused.value.sentence).endswith("。")


@pytest.mark.parametrize(
    ("given", "kept"),
    [("../../etc/passwd", "passwd.pdf"), ("C:\\x\\案.pdf", "案.pdf"),
     ('a"b\r\nSet-Cookie: x.pdf', "abSet-Cookie x.pdf"),
     ("\u202efdp.exe", "fdp.pdf"), ("...", "shiryo.pdf"), ("長" * 300, "長" * 100 + ".pdf")],
)  # fmt: skip
def test_names_become_safe(given: str, kept: str):
    assert check_file(given, make_pdf()).name == kept


# -- iCalendar -----------------------------------------------------------------------------------------------


def calendar(path: str) -> bytes:
    response = Client().get(path)
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    return response.content


def test_the_calendar_is_read_alike_by_two_parsers(council: Council):
    timed = council.meeting(number=1)
    meetings.call_meeting(
        actor=council.alice, meeting_id=timed.pk, held_on=date(2026, 11, 30), begins_at=time(9, 30),
        ends_at=time(11, 0), place="合同庁舎8号館、特別会議室; 10階", at=AT,
    )  # fmt: skip
    planned = meetings.plan_meeting(
        actor=council.alice,
        body_id=council.body.pk,
        title="年末の会議",
        date_text="１２月中下旬",
        year=2026,
        at=AT,
    )
    cancelled = council.meeting(day=date(2026, 12, 1))
    meetings.cancel_meeting(actor=council.alice, meeting_id=cancelled.pk, reason="嵐のため", at=AT)
    hidden = council.meeting(day=date(2026, 12, 2))
    for each in (timed, planned, cancelled):
        meetings.publish_meeting(actor=council.alice, meeting_id=each.pk, published=True, at=AT)
    content = calendar(reverse("council:body_calendar", args=[council.body.pk]))
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))  # RFC 5545, 3.1
    parsed = {
        str(event["uid"]).split("@")[0]: event for event in icalendar.Calendar.from_ical(content).events
    }
    second = {event.uid.split("@")[0]: event for event in ics.Calendar(content.decode()).events}
    assert set(parsed) == set(second) == {str(each.pk) for each in (timed, planned, cancelled)}
    assert str(hidden.pk) not in content.decode()
    one, other = parsed[str(timed.pk)], second[str(timed.pk)]
    begin = datetime(2026, 11, 30, 0, 30, tzinfo=UTC)
    assert one["dtstart"].dt == other.begin.datetime == begin
    assert one["dtend"].dt == other.end.datetime == datetime(2026, 11, 30, 2, 0, tzinfo=UTC)
    assert one["location"] == other.location == "合同庁舎8号館、特別会議室; 10階"
    assert (one["status"], one["sequence"]) == (other.status, 3) == ("CONFIRMED", 3)
    span, again = parsed[str(planned.pk)], second[str(planned.pk)]
    assert (span["dtstart"].dt, span["dtend"].dt) == (date(2026, 12, 11), date(2027, 1, 1))
    assert again.all_day
    assert (again.begin.date(), again.status) == (date(2026, 12, 11), "TENTATIVE")
    assert span["transp"] == "TRANSPARENT"
    assert "１２月中下旬" in again.description
    assert (parsed[str(cancelled.pk)]["status"], second[str(cancelled.pk)].status) == ("CANCELLED",) * 2
    assert "嵐のため" in second[str(cancelled.pk)].description


@pytest.mark.usefixtures("real_council")
def test_the_real_schedule_as_a_calendar():
    events = {
        event.name: event for event in ics.Calendar(calendar(reverse("council:calendar")).decode()).events
    }
    forum = next(event for name, event in events.items() if FORUM in name)
    assert (forum.begin.date(), forum.end.date()) == (date(2021, 11, 11), date(2021, 12, 1))
    assert len(events) == 3


# -- Popolo --------------------------------------------------------------------------------------------------


def test_open_data_has_the_fields_of_the_schemas(council: Council):
    meeting = council.meeting(number=1)
    meetings.publish_meeting(actor=council.alice, meeting_id=meeting.pk, published=True, at=AT)
    for passed in (True, False):
        motion = motions.put_motion(
            actor=council.alice, meeting_id=meeting.pk, text="議案", requirement="majority", at=AT
        )
        for seat, option in zip([council.chair, *council.members], ("yes", "yes", "no"), strict=False):
            motions.cast_vote(
                actor=council.alice, motion_id=motion.pk, membership_id=seat.pk, option=option, at=AT
            )
        if passed:
            motions.count_votes(actor=council.alice, motion_id=motion.pk, at=AT)
    secret = council.meeting(day=date(2026, 12, 2))
    response = Client().get(reverse("council:popolo"))
    data = response.json()
    assert popolo.faults(data) == []
    assert set(data) == set(REQUIRED)
    for name, rows in data.items():
        assert rows, name
        for row in rows:
            assert set(row) >= REQUIRED[name], name
    ids = {row["id"] for rows in data.values() for row in rows}
    for row in data["memberships"]:
        assert {row["organization_id"], row["post_id"], row["person_id"]} <= ids
    assert str(secret.pk) not in response.content.decode()
    closed, still_open = data["motions"]
    [event] = closed["vote_events"]
    assert len(event["votes"]) == 3
    assert (closed["result"], event["counts"]) == ("passed", [
        {"option": "yes", "value": 2}, {"option": "no", "value": 1}, {"option": "abstain", "value": 0},
    ])  # fmt: skip
    assert "result" not in still_open
    assert "vote_events" not in still_open  # how they have voted so far is nobody's business yet
    assert council.alice.email not in response.content.decode()


def test_the_real_councils_open_data_is_popolo(real_council: dict[str, int]):
    data = Client().get(reverse("council:popolo")).json()
    assert real_council
    assert len(data["memberships"]) > 15
    assert popolo.faults(data) == []


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("organizations", "founding_date"), "令和3年", "does not match"),
        (("organizations", "secretariat"), "x", "additional"),
        (("organizations", "sources"), [{"note": "x"}], "'url' is a required property"),
        (("organizations", "other_names"), [{"name": 1}], "not of type"),
        (("events", "start_date"), "2021-11-09T10:00", "does not match"),
        (("motions", "date"), "2021-11-09T10:00:00", "not a 'date-time'"),
        (("motions", "vote_events"), [{"counts": [{"option": "yes", "value": "2"}]}], "not of type"),
        (("posts", "role"), ["chair"], "not of type"),
    ],
)  # fmt: skip
def test_the_schemas_find_what_is_wrong(path: tuple[str, str], value: object, said: str):
    """The check has teeth: without the wrong field there is no fault, with it there is one."""
    collection, field = path
    assert popolo.faults({collection: [{"id": "1"}]}) == []
    (fault,) = popolo.faults({collection: [{"id": "1", field: value}]})
    assert said in fault.lower() or said in fault


# -- papers --------------------------------------------------------------------------------------------------


@pytest.fixture
def with_papers(council: Council) -> Meeting:
    meeting = council.meeting(number=3)
    meetings.write_agenda(
        actor=council.alice, meeting_id=meeting.pk, items=[("重点計画の案について", "decision")], at=AT
    )
    book = io.BytesIO()
    Workbook().save(book)
    for number, access, content in (
        ("資料1", "public", make_pdf(2)),
        ("資料2", "members", make_pdf(5)),
        ("資料3", "public", book.getvalue()),
        ("資料4", "public", make_pdf(1)),
    ):
        materials.file_material(
            actor=council.alice, meeting_id=meeting.pk, number=number, title=f"{number}の題", access=access,
            file_name="a", content=content, at=AT,
        )  # fmt: skip
    return meetings.publish_meeting(actor=council.alice, meeting_id=meeting.pk, published=True, at=AT)


def test_papers_are_bound_with_a_table_of_contents(with_papers: Meeting):
    response = Client().get(reverse("council:papers", args=[with_papers.pk]))
    assert (response.status_code, response["Content-Type"]) == (200, "application/pdf")
    bound = PdfReader(io.BytesIO(response.content))
    assert len(bound.pages) == 1 + 2 + 1  # cover; what is for members is not in it
    cover = re.sub(r"\s", "", bound.pages[0].extract_text())
    for words in (
        "会議（第3回）",
        "重点計画の案について",
        "資料1資料1の題2",
        "資料3資料3の題別添",
        "資料4資料4の題4",
    ):
        assert words in cover
    assert "資料2" not in cover
    outline = [(item.title, bound.get_destination_page_number(item)) for item in bound.outline]  # type: ignore[arg-type, union-attr]
    assert outline == [("目次", 0), ("資料1　資料1の題", 1), ("資料4　資料4の題", 3)]


def test_a_paper_is_served_as_what_it_is_and_only_while_it_is_public(council: Council, with_papers: Meeting):
    shown = Client().get(reverse("council:meeting", args=[with_papers.pk])).content.decode()
    assert "資料1の題" in shown
    assert "資料2の題" not in shown
    first, second = (with_papers.materials.get(number=number) for number in ("資料1", "資料2"))
    path = reverse("council:material", args=[first.versions.get().pk])
    response = Client().get(path)
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"].startswith("attachment;")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response.content.startswith(b"%PDF-")
    assert Client().get(reverse("council:material", args=[second.versions.get().pk])).status_code == 404
    newer = materials.replace_file(
        actor=council.alice, material_id=first.pk, file_name="b", content=make_pdf(4), at=AT
    )
    led = Client().get(path)
    assert (led.status_code, led["Location"]) == (302, reverse("council:material", args=[newer.pk]))
    materials.set_access(actor=council.alice, material_id=first.pk, access="members", at=AT)
    for version in first.versions.all():
        assert Client().get(reverse("council:material", args=[version.pk])).status_code == 404
    meetings.publish_meeting(actor=council.alice, meeting_id=with_papers.pk, published=False, at=AT)
    assert Client().get(reverse("council:papers", args=[with_papers.pk])).status_code == 404
