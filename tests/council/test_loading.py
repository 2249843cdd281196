"""The real council in the database, and what a second load may touch."""

import json
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction

from tests.factories import AT
from tsunagari.accounts.models import Organization
from tsunagari.council.models import Article, Body, LoadedFact, Meeting, Membership, Post, ScheduleItem
from tsunagari.council.selectors.bodies import chair_on, memberships_on, who_decides
from tsunagari.council.services.loading import FILE, FORUM, SECRETARIAT, load_council

pytestmark = pytest.mark.usefixtures("real_council")


@pytest.fixture
def source() -> dict:
    return json.loads((settings.DATA_DIR / FILE).read_text(encoding="utf-8"))


@pytest.fixture
def body(source: dict) -> Body:
    return Body.objects.get(name=source["council"]["name"])


def changed(source: dict, folder: Path) -> Path:
    """A folder with this as its file."""
    (folder / FILE).write_text(json.dumps(source, ensure_ascii=False), encoding="utf-8")
    return folder


def test_body_articles_and_members_stand_as_in_the_document(source: dict, body: Body):
    council = source["council"]
    assert (body.founding_on, body.basis) == (date(2021, 3, 12), council["basis"])
    assert body.secretariat.name == SECRETARIAT
    assert list(body.articles.values_list("number", "text")) == [
        (article["number"], article["text"]) for article in council["articles"]
    ]
    assert list(body.posts.filter(role="member").order_by("position").values_list("label", "mode")) == [
        (member["office"], member["mode"]) for member in council["members"]
    ]
    sitting = list(memberships_on(body, date(2021, 11, 9)))
    assert len(sitting) == 18  # the chair, sixteen members, the secretariat
    assert sitting[0].post.label == council["chair"]
    assert all(seat.person is None and seat.authority == council["basis"] for seat in sitting)
    assert not memberships_on(body, date(2021, 3, 11)).exists()
    assert chair_on(body, date(2021, 3, 12)) == sitting[0]


def test_each_office_belongs_to_its_ministry(body: Body):
    offices = body.posts.filter(mode="designated").values_list("label", "ministry__name")
    assert {label[:2]: ministry for label, ministry in offices} == {
        "復興": "復興庁",
        "総務": "総務省",
        "外務": "外務省",
        "財務": "財務省",
        "文部": "文部科学省",
        "厚生": "厚生労働省",
        "農林": "農林水産省",
        "経済": "経済産業省",
        "国土": "国土交通省",
        "環境": "環境省",
    }
    assert Organization.objects.filter(kind="ministry", name="法務省").count() == 1


def test_who_decides_on_which_day(body: Body):
    names = {day: getattr(who_decides(body, day), "short_name", None) for day in (
        date(2021, 3, 11), date(2021, 3, 12), date(2021, 12, 27), date(2021, 12, 28),
        date(2024, 3, 31), date(2024, 4, 1), date(2026, 11, 24),
    )}  # fmt: skip
    assert list(names.values()) == [
        None, "連絡調整会議", "連絡調整会議", "推進会議", "推進会議", "推進本部", "推進本部",
    ]  # fmt: skip
    # asked from any body of the chain the answer is the same
    for each in Body.objects.filter(position__lte=3):
        assert getattr(who_decides(each, date(2022, 12, 26)), "short_name", None) == "推進会議"


def test_the_schedule_keeps_its_words(source: dict):
    assert list(ScheduleItem.objects.order_by("position").values_list("date_text", "title", "note")) == [
        (line["text"], line["title"], line.get("note", "")) for line in source["schedule"]
    ]
    forum = Meeting.objects.get(body__name=FORUM)
    assert (forum.number, forum.tentative, forum.earliest_on, forum.latest_on) == (
        10, True, date(2021, 11, 11), date(2021, 11, 30),
    )  # fmt: skip
    last = Meeting.objects.get(date_text="１２月中下旬")
    assert list(last.agenda.values_list("title", "kind")) == [("重点計画を決定", "decision")]
    assert not Meeting.objects.filter(schedule_item__note__contains="３回").exists()


def test_a_second_load_writes_nothing():
    assert load_council(folder=settings.DATA_DIR, at=AT) == {}


def test_what_people_edited_or_deleted_stays(source: dict, body: Body, tmp_path: Path):
    Article.objects.filter(body=body, number=2).update(text="書きなおした条文")
    Article.objects.filter(body=body, number=4).delete()
    for article in source["council"]["articles"]:
        article["text"] += "（改）"
    written = load_council(folder=changed(source, tmp_path), at=AT)
    assert written == {"body": 1, "article": 2}  # the body's purpose is the first article
    texts = dict(body.articles.values_list("number", "text"))
    assert texts[1].endswith("（改）")
    assert texts[3].endswith("（改）")
    assert texts[2] == "書きなおした条文"
    assert 4 not in texts
    assert load_council(folder=changed(source, tmp_path), at=AT) == {}


def test_a_called_meeting_is_not_set_back(source: dict, tmp_path: Path):
    """What happened to a meeting (its day, its state) is no edit of the announced words, and stays."""
    meeting = Meeting.objects.get(date_text="１１月９日（火）")
    Meeting.objects.filter(pk=meeting.pk).update(state="held", held_on=date(2021, 11, 9))
    source["schedule"][0]["title"] += "（第２回）"
    load_council(folder=changed(source, tmp_path), at=AT)
    meeting.refresh_from_db()
    assert (meeting.state, meeting.held_on, meeting.title[-5:]) == ("held", date(2021, 11, 9), "（第２回）")


def test_a_new_member_in_the_file_comes_with_the_next_load(source: dict, body: Body, tmp_path: Path):
    source["council"]["members"].append({"office": "環境副大臣（追加）", "mode": "ex_officio"})
    assert load_council(folder=changed(source, tmp_path), at=AT) == {"post": 1, "membership": 1}
    assert Post.objects.filter(body=body, label="環境副大臣（追加）").exists()
    assert Membership.objects.filter(post__label="環境副大臣（追加）").exists()


def test_a_load_that_fails_leaves_nothing(source: dict, tmp_path: Path):
    before = set(LoadedFact.objects.values_list("pk", flat=True))
    source["council"]["articles"].append({"number": 5, "text": "新しい条"})
    source["schedule"][4]["latest"] = "2021-12-01"  # before its earliest day
    with pytest.raises(IntegrityError), transaction.atomic():
        load_council(folder=changed(source, tmp_path), at=AT)
    assert not Article.objects.filter(number=5).exists()
    assert set(LoadedFact.objects.values_list("pk", flat=True)) == before
