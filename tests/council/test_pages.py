"""The pages: what the public reads, and the secretary's desk from plan to approved minutes, by forms."""

import io
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.council.conftest import FOUNDED, Council, make_council, make_pdf
from tests.factories import AT, make_member, sign_in
from tsunagari.accounts.models import Role
from tsunagari.config import asgi
from tsunagari.council import blockers
from tsunagari.council.blockers import Blocker
from tsunagari.council.files import MOST_BYTES
from tsunagari.council.models import (
    ActionItem,
    Body,
    Material,
    Meeting,
    Membership,
    Minutes,
    Motion,
    Post,
    ScheduleItem,
)
from tsunagari.council.services import actions, meetings, minutes, motions, posts
from tsunagari.council.views import desk_council
from tsunagari.directory.ageing import day_of


def page(client: Client, name: str, *arguments: object) -> str:
    response = client.get(reverse(name, args=arguments))
    assert response.status_code == 200, (name, response.status_code)
    return response.content.decode()


# -- the public ----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("real_council")
@pytest.mark.parametrize("prefix", ["", "/en", "/y"])
def test_the_real_council_is_readable(prefix: str):
    body = Body.objects.get(name="孤独・孤立対策に関する連絡調整会議")
    home = Client().get(f"{prefix}/council/").content.decode()
    for item in ScheduleItem.objects.all():
        assert item.date_text in home.replace("<rt>", "") or prefix == "/y"
    assert body.name in home or prefix == "/y"
    for path in (
        f"bodies/{body.pk}/",
        f"bodies/{body.pk}/record/",
        f"meetings/{Meeting.objects.first().pk}/",
    ):  # type: ignore[union-attr]
        assert Client().get(f"{prefix}/council/{path}").status_code == 200


@pytest.mark.usefixtures("real_council")
def test_who_was_a_member_on_that_day_is_a_page():
    body = Body.objects.get(name="孤独・孤立対策に関する連絡調整会議")
    path = reverse("council:body", args=[body.pk])
    led = Client().get(path, {"on": "2021-11-09"})
    assert led["Location"] == reverse("council:body_on", args=[body.pk, "2021-11-09"])
    shown = Client().get(led["Location"]).content.decode()
    assert "警察庁次長" in shown
    assert "2021年11月9日" in shown
    before = page(Client(), "council:body_on", body.pk, "2021-03-11")
    assert "警察庁次長" not in before
    for wrong in ("2021-02-30", "x", "0001-01-01", "99999-01-01", "2021-11-09T00:00"):
        assert Client().get(path, {"on": wrong}).status_code == 404
        assert Client().get(f"{path}on/{wrong}/").status_code == 404


def test_the_public_sees_what_is_published_and_nothing_else(council: Council):
    meeting = council.meeting(number=1)
    motions.record_decision(actor=council.alice, meeting_id=meeting.pk, text="はじめての決定", at=AT)
    address = reverse("council:meeting", args=[meeting.pk])
    assert Client().get(address).status_code == 404
    assert "はじめての決定" not in page(Client(), "council:record", council.body.pk)
    meetings.publish_meeting(actor=council.alice, meeting_id=meeting.pk, published=True, at=AT)
    meetings.hold_meeting(actor=council.alice, meeting_id=meeting.pk, at=AT)
    minutes.write_summary(actor=council.alice, meeting_id=meeting.pk, text="要旨の文", publish=False, at=AT)
    kept = minutes.begin_minutes(actor=council.alice, meeting_id=meeting.pk, at=AT)
    shown = page(Client(), "council:meeting", meeting.pk)
    assert "はじめての決定" in shown
    assert "要旨の文" not in shown
    assert Client().get(reverse("council:minutes", args=[meeting.pk])).status_code == 404
    minutes.write_summary(actor=council.alice, meeting_id=meeting.pk, text="要旨の文", publish=True, at=AT)
    minutes.circulate_minutes(actor=council.alice, minutes_id=kept.pk, reply_by_on=date(2026, 11, 24), at=AT)
    minutes.approve_minutes(actor=council.alice, minutes_id=kept.pk, at=AT + timedelta(days=1))
    assert "要旨の文" in page(Client(), "council:meeting", meeting.pk)  # before the full minutes
    assert Client().get(reverse("council:minutes", args=[meeting.pk])).status_code == 404
    minutes.publish_minutes(actor=council.alice, minutes_id=kept.pk, at=AT + timedelta(days=1))
    assert "回覧で承認" in page(Client(), "council:minutes", meeting.pk)


def test_open_votes_and_private_actions_are_not_told(council: Council):
    meeting = council.meeting(number=1)
    meetings.publish_meeting(actor=council.alice, meeting_id=meeting.pk, published=True, at=AT)
    motion = motions.put_motion(
        actor=council.alice, meeting_id=meeting.pk, text="まだ決まらない議案", requirement="majority", at=AT
    )
    motions.cast_vote(
        actor=council.alice, motion_id=motion.pk, membership_id=council.chair.pk, option="no", at=AT
    )
    for public, text in ((False, "内輪のこと"), (True, "みんなへのこと")):
        actions.assign_action(
            actor=council.alice, meeting_id=meeting.pk, text=text, owner_id=council.secretariat.pk,
            due_on=date(2026, 12, 1), public=public, at=AT,
        )  # fmt: skip
    shown = page(Client(), "council:meeting", meeting.pk)
    assert "まだ決まらない議案" not in shown
    assert "内輪のこと" not in shown
    assert "みんなへのこと" in shown


# -- the desk ------------------------------------------------------------------------------------------------


@pytest.fixture
def secretary(council: Council) -> Client:
    return sign_in(Client(), council.alice)


def post(client: Client, name: str, /, *arguments: object, status: int = 302, **given: object) -> str:
    response = client.post(reverse(name, args=arguments), given)
    text = response.content.decode()
    assert response.status_code == status, (response.status_code, text[-3000:])
    return text


def test_a_meeting_from_plan_to_approved_minutes_by_forms(council: Council, secretary: Client):
    today = day_of(timezone.now())
    words = f"{today.month}月{today.day}日"
    post(secretary, "council_desk:act_on_body", council.body.pk, "plan",
         title="第1回会議", number=1, date_text=words, year=today.year)  # fmt: skip
    meeting = Meeting.objects.get()

    def do(name: str, /, status: int = 302, **given: object) -> str:
        return post(secretary, "council_desk:act_on_meeting", meeting.pk, name, status=status, **given)

    do("agenda", items="【決定】計画を決める\n意見交換")
    assert list(meeting.agenda.values_list("title", "kind")) == [
        ("計画を決める", "decision"), ("意見交換", "discussion"),
    ]  # fmt: skip
    do("call", held_on=today.isoformat(), begins_at="10:00", ends_at="11:00", place="会議室")
    do("invite", chair=council.chair.pk, name="参考 人", affiliation="NPO", reason="話を聞く", scope="議題1")
    seats = [council.chair, *council.members]
    do("attend", **{f"state_{seat.pk.hex}": "present" for seat in seats[:4]},
       **{f"state_{seats[4].pk.hex}": "deputy", f"deputy_{seats[4].pk.hex}": "代理 花子"})  # fmt: skip
    assert meeting.attendances.filter(state="present").count() == 4
    item = meeting.agenda.get(position=1)
    do("say", speaker=f"member:{council.chair.pk}", text="始めます。", agenda_item=item.pk)
    do("move", text="計画を決定する", classification="plan", requirement="two_thirds", agenda_item=item.pk)
    motion = Motion.objects.get()
    do("vote", motion=motion.pk, **{f"vote_{seat.pk.hex}": "yes" for seat in seats[:4]})
    twice = do("vote", status=409, motion=motion.pk, **{f"vote_{seats[4].pk.hex}": "yes", f"vote_{seats[0].pk.hex}": "no"})  # fmt: skip  # noqa: E501
    assert "すでに採決に加わっています" in twice
    assert motion.votes.count() == 4  # nothing half written
    do("count", motion=motion.pk)
    assert Motion.objects.get().passed
    do(
        "assign",
        text="公表する",
        owner=council.secretariat.pk,
        due_on=(today + timedelta(days=3)).isoformat(),
    )
    do("hold")
    do("begin_minutes")
    kept = Minutes.objects.get()
    form = page(secretary, "council_desk:minutes", meeting.pk)
    assert "始めます。" in form
    first = kept.paragraphs.order_by("position")[0]
    post(secretary, "council_desk:save_minutes", meeting.pk, version=1, kind_1="heading", id_1=first.pk,
         text_1="出席", kind_2="speech", speaker_2="議長", text_2="始めます。", kind_3="text",
         text_3="")  # fmt: skip
    assert list(kept.paragraphs.values_list("text", flat=True)) == ["出席", "始めます。"]
    lost = post(secretary, "council_desk:save_minutes", meeting.pk, status=409, version=1, kind_1="text",
                text_1="先に開いていた人の文")  # fmt: skip
    assert "先に開いていた人の文" in lost  # what was typed is still there
    post(secretary, "council_desk:act_on_minutes", meeting.pk, "circulate", reply_by_on=today.isoformat())
    speech = kept.paragraphs.get(kind="speech")
    post(secretary, "council_desk:act_on_minutes", meeting.pk, "correct", member=council.chair.pk,
         paragraph=speech.pk, proposed="会議を始めます。")  # fmt: skip
    early = post(secretary, "council_desk:act_on_minutes", meeting.pk, "approve", status=409)
    assert "答えていない修正が1件" in early
    post(secretary, "council_desk:act_on_minutes", meeting.pk, "answer", accept="yes",
         correction=kept.corrections.get().pk)  # fmt: skip
    speech.refresh_from_db()
    assert speech.text == "会議を始めます。"
    Minutes.objects.update(reply_by_on=today - timedelta(days=1))
    post(secretary, "council_desk:act_on_minutes", meeting.pk, "approve")
    post(secretary, "council_desk:act_on_minutes", meeting.pk, "publish")
    post(secretary, "council_desk:act_on_minutes", meeting.pk, "retain", retention="30",
         after_retention="discard")  # fmt: skip
    kept.refresh_from_db()
    assert (kept.retention, kept.after_retention) == ("30", "discard")
    do("publish")
    assert "会議を始めます。" in page(Client(), "council:minutes", meeting.pk)
    do("summary", text="要旨", publish="on")
    assert "計画を決定する" in page(secretary, "council_desk:body", council.body.pk)


def test_a_long_draft_is_written_in_parts(council: Council, secretary: Client):
    meeting = council.meeting()
    meetings.hold_meeting(actor=council.alice, meeting_id=meeting.pk, at=AT)
    kept = minutes.begin_minutes(actor=council.alice, meeting_id=meeting.pk, at=AT)
    minutes.save_minutes(
        actor=council.alice, minutes_id=kept.pk, version=1, at=AT,
        paragraphs=[minutes.Paragraph("text", f"段落{n}。") for n in range(320)],
    )  # fmt: skip
    address = reverse("council_desk:minutes", args=[meeting.pk])
    shown = secretary.get(f"{address}?part=2").content.decode()
    assert "段落150。" in shown
    assert "段落149。" not in shown
    rows = list(kept.paragraphs.order_by("position"))[150:300]
    given: dict[str, object] = {"version": 2, "part": 2}
    for n, row in enumerate(rows, 1):
        given |= {f"id_{n}": row.pk, f"kind_{n}": "text", f"text_{n}": row.text}
    given |= {"text_1": "書きなおした段落。", "text_2": ""}
    post(secretary, "council_desk:save_minutes", meeting.pk, **given)
    texts = list(kept.paragraphs.order_by("position").values_list("text", flat=True))
    assert texts == [
        *(f"段落{n}。" for n in range(150)), "書きなおした段落。", *(f"段落{n}。" for n in range(152, 320)),
    ]  # fmt: skip
    for odd in ("0", "99", "x", "2&part=1"):
        assert secretary.get(f"{address}?part={odd}").status_code == 200


def test_members_act_by_their_own_account_and_for_themselves(council: Council):
    mina = make_member("mina", Role.VIEWER)
    seat, other = council.members[:2]
    Membership.objects.filter(pk=seat.pk).update(user=mina)
    meeting = council.meeting()
    motion = motions.put_motion(
        actor=council.alice, meeting_id=meeting.pk, text="議案", requirement="majority", at=AT
    )
    client = sign_in(Client(), mina)
    shown = page(client, "council_desk:meeting", meeting.pk)
    assert f"vote_{seat.pk.hex}" in shown
    assert f"vote_{other.pk.hex}" not in shown
    vote = reverse("council_desk:act_on_meeting", args=[meeting.pk, "vote"])
    both = {f"vote_{seat.pk.hex}": "yes", f"vote_{other.pk.hex}": "yes", "motion": motion.pk}
    assert client.post(vote, both).status_code == 404
    assert motion.votes.count() == 0
    assert client.post(vote, {f"vote_{seat.pk.hex}": "yes", "motion": motion.pk}).status_code == 302
    assert [each.membership_id for each in motion.votes.all()] == [seat.pk]
    meetings.hold_meeting(actor=council.alice, meeting_id=meeting.pk, at=AT)
    kept = minutes.begin_minutes(actor=council.alice, meeting_id=meeting.pk, at=AT)
    minutes.circulate_minutes(
        actor=council.alice, minutes_id=kept.pk, reply_by_on=day_of(timezone.now()) + timedelta(days=3), at=AT
    )
    assert str(other.pk) not in page(client, "council_desk:minutes", meeting.pk)
    correct = reverse("council_desk:act_on_minutes", args=[meeting.pk, "correct"])
    given = {"paragraph": kept.paragraphs.order_by("position")[1].pk, "proposed": "直した文"}
    assert client.post(correct, given | {"member": other.pk}).status_code == 404
    assert client.post(correct, given | {"member": seat.pk}).status_code == 302
    assert kept.corrections.get().asked_by == seat


def test_a_page_asks_no_more_for_more_rows(council: Council):
    meeting = council.meeting(number=1)
    meetings.publish_meeting(actor=council.alice, meeting_id=meeting.pk, published=True, at=AT)

    def fill(times: int) -> None:
        for n in range(times):
            motions.record_decision(actor=council.alice, meeting_id=meeting.pk, text=f"決定{n}", at=AT)
            actions.assign_action(
                actor=council.alice, meeting_id=meeting.pk, text=f"仕事{n}", owner_id=council.secretariat.pk,
                due_on=date(2026, 12, 1), public=True, at=AT,
            )  # fmt: skip

    def queries(path: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert Client().get(path).status_code == 200
        return len(captured)

    paths = [
        reverse("council:meeting", args=[meeting.pk]),
        reverse("council:body", args=[council.body.pk]),
        reverse("council:record", args=[council.body.pk]),
    ]
    fill(1)
    few = [queries(path) for path in paths]
    fill(3)
    council.post("増えた職")
    assert [queries(path) for path in paths] == few


def test_files_come_to_the_one_address_that_lets_them_pass():
    assert reverse("council_desk:upload") == desk_council.UPLOAD_PATH
    papers = asgi.bounded.allowances[desk_council.UPLOAD_PATH]
    assert papers.most_bytes > MOST_BYTES


def test_papers_come_by_their_form(council: Council, secretary: Client):
    meeting = council.meeting()

    def send(content: bytes, status: int = 302, **given: object) -> str:
        file = io.BytesIO(content)
        file.name = "案.pdf"
        fields = {"meeting": meeting.pk, "act": "file", "number": "資料1", "title": "計画案",
                  "access": "members",
                  "retention": "30", "after_retention": "transfer", "file": file}  # fmt: skip
        return post(secretary, "council_desk:upload", status=status, **(fields | given))

    assert "20MB" in send(b"<html>", 422) or "PDF" in send(b"<html>", 422)
    assert Material.objects.count() == 0
    send(make_pdf())
    material = Material.objects.get()
    assert (material.access, material.retention, material.versions.get().file_name) == (
        "members",
        "30",
        "案.pdf",
    )
    assert "同じ番号の資料" in send(make_pdf(2), 409)
    send(make_pdf(2), act="replace", material=material.pk)
    assert material.versions.count() == 2
    newest, oldest = material.versions.order_by("-number")
    assert secretary.get(reverse("council_desk:material", args=[oldest.pk])).status_code == 200
    reader = sign_in(Client(), council.bob)
    assert reader.get(reverse("council_desk:material", args=[newest.pk])).status_code == 200
    assert reader.get(reverse("council_desk:material", args=[oldest.pk])).status_code == 404
    assert reader.get(reverse("council_desk:papers", args=[meeting.pk])).status_code == 200
    outsider = sign_in(Client(), council.charlie)
    assert outsider.get(reverse("council_desk:material", args=[newest.pk])).status_code == 404
    for stranger in (reader, outsider):
        sent = stranger.post(reverse("council_desk:upload"), {"meeting": meeting.pk, "act": "file"})
        assert sent.status_code == 404
    assert secretary.post(reverse("council_desk:upload"), {"meeting": "x"}).status_code == 404
    for act in ("file", "nothing"):
        response = secretary.post(reverse("council_desk:upload"), {"meeting": meeting.pk, "act": act})
        assert response.status_code == (422 if act == "file" else 404)


def test_posts_by_forms(council: Council, secretary: Client):
    def do(name: str, /, status: int = 302, **given: object) -> str:
        return post(secretary, "council_desk:act_on_body", council.body.pk, name, status=status, **given)

    today = day_of(timezone.now()).isoformat()
    seat = council.members[0]
    refused = do("appoint", 409, post=seat.post_id, name="別の人", begins_on=today, authority="指名")
    assert "委員1が就いています" in refused
    assert "別の人" in refused  # nothing that was typed is lost
    do("end", membership=seat.pk, ends_on="2026-06-30")
    do("appoint", post=seat.post_id, name="次の人", begins_on="2026-07-01", authority="指名")
    do("post", role="member", label="新しい職", mode="ex_officio", begins_on="2026-02-01")
    do("add_member", chair=council.chair.pk, label="有識者", name="識者", reason="知見", begins_on=today)
    assert "議長" in do("add_member", 422, chair=seat.pk, label="x", name="y", reason="z", begins_on=today)
    do("article", number=1, text="議長が会議を開く。", begins_on="2026-02-01")
    do("reshuffle", on=today, authority="改造", **{
        f"name_{each.post_id.hex}": f"新{n}" for n, each in enumerate([council.chair, *council.members[1:]])
    })  # fmt: skip
    assert Membership.objects.filter(begins_on=today, authority="改造").count() == 4
    assert Post.objects.filter(mode="added").count() == 1
    unnamed = Membership.objects.create(
        post=Post.objects.get(label="新しい職"), begins_on=FOUNDED + timedelta(days=40), authority="職による"
    )
    do("name", membership=unnamed.pk, name="名のある人")
    assert "名のある人" in page(secretary, "council_desk:body", council.body.pk)
    assert (
        secretary.post(reverse("council_desk:act_on_body", args=[council.body.pk, "nothing"])).status_code
        == 404
    )
    post(secretary, "council_desk:found", secretariat=council.secretariat.pk, name="新しい会議",
         classification="experts", founding_on=today)  # fmt: skip
    foreign = make_council("別の会議")
    wrong = post(secretary, "council_desk:found", status=422, secretariat=foreign.secretariat.pk,
                 name="乗っ取り", classification="experts", founding_on=today)  # fmt: skip
    assert "乗っ取り" in wrong
    assert not Body.objects.filter(name="乗っ取り").exists()


def test_readers_read_and_outsiders_find_nothing(council: Council):
    meeting = council.meeting()
    reader, outsider = sign_in(Client(), council.bob), sign_in(Client(), council.charlie)
    assert (
        "<button" not in page(reader, "council_desk:meeting", meeting.pk).split("<main")[1].split("</main")[0]
    )
    for client, expected in ((reader, 422), (outsider, 404)):
        sent = client.post(reverse("council_desk:act_on_meeting", args=[meeting.pk, "cancel"]), {})
        assert sent.status_code == expected
    # what a reader fills in completely is still not the reader's to do
    sent = reader.post(reverse("council_desk:act_on_meeting", args=[meeting.pk, "cancel"]), {"reason": "x"})
    assert sent.status_code == 404
    meeting.refresh_from_db()
    assert meeting.state == "called"
    for name, key in (("meeting", meeting.pk), ("body", council.body.pk), ("papers", meeting.pk)):
        assert outsider.get(reverse(f"council_desk:{name}", args=[key])).status_code == 404


def test_the_desk_says_what_is_due_late_and_blocked(council: Council, secretary: Client):
    today = day_of(timezone.now())
    meeting = council.meeting(day=today - timedelta(days=20))
    for text, days in (("遅れた仕事", -1), ("今日の仕事", 0), ("今週の仕事", 6), ("先の仕事", 7)):
        actions.assign_action(
            actor=council.alice, meeting_id=meeting.pk, text=text, owner_id=council.secretariat.pk,
            due_on=today + timedelta(days=days), at=AT,
        )  # fmt: skip
    blockers.register("test", lambda viewer, at: [Blocker("意見がまだ3件あります", "/desk/x/", "重点計画")])
    try:
        desk = page(secretary, "council_desk:desk")
    finally:
        blockers.forget("test")
    late, due = desk.split("今週が期限のもの")[0], desk.split("今週が期限のもの")[1].split("<section")[0]
    assert "遅れた仕事" in late
    assert "開催も中止も記録されていません" in late  # the meeting of three weeks ago
    assert [text for text in ("今日の仕事", "今週の仕事", "先の仕事", "遅れた仕事") if text in due] == [
        "今日の仕事", "今週の仕事",
    ]  # fmt: skip
    assert "意見がまだ3件あります" in desk


def test_action_items_are_closed_by_their_owner(council: Council):
    officer = make_member("officer", Role.OFFICER, council.secretariat)
    item = actions.assign_action(
        actor=council.alice, meeting_id=council.meeting().pk, text="調べる", owner_id=council.secretariat.pk,
        due_on=date(2026, 12, 1), at=AT,
    )  # fmt: skip
    client = sign_in(Client(), officer)
    assert "調べる" in page(client, "council_desk:actions")
    assert "理由を書いて" in post(client, "council_desk:act_on_action", item.pk, "drop", status=422)
    moved = {"due_on": "2026-12-09", "note": "x"}
    assert "庶務だけ" in post(client, "council_desk:act_on_action", item.pk, "move", status=403, **moved)
    secretary = sign_in(Client(), council.alice)
    assert "日付" in post(
        secretary, "council_desk:act_on_action", item.pk, "move", status=422, due_on="x", note="y"
    )
    post(secretary, "council_desk:act_on_action", item.pk, "move", **moved)
    post(client, "council_desk:act_on_action", item.pk, "done", note="すみました")
    item.refresh_from_db()
    assert (item.state, item.due_on, item.note) == (ActionItem.State.DONE, date(2026, 12, 9), "すみました")
    outsider = sign_in(Client(), council.charlie)
    assert outsider.post(reverse("council_desk:act_on_action", args=[item.pk, "done"])).status_code == 404
    assert client.post(reverse("council_desk:act_on_action", args=[item.pk, "x"])).status_code == 404


def test_the_chair_may_act_by_the_own_account(council: Council):
    chair = make_member("chair", Role.VIEWER)
    Membership.objects.filter(pk=council.chair.pk).update(user=chair)
    meeting = council.meeting()
    given = {"chair": council.chair.pk, "name": "参考", "affiliation": "NPO", "reason": "r", "scope": "s"}
    path = reverse("council_desk:act_on_meeting", args=[meeting.pk, "invite"])
    assert sign_in(Client(), chair).post(path, given).status_code == 302
    refused = sign_in(Client(), council.bob).post(path, given)
    assert refused.status_code == 403
    assert "議長だけ" in refused.content.decode()
    assert meeting.invitations.count() == 1
    assert posts.chair_on(council.body, FOUNDED) == council.chair
