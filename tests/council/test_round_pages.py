"""Pages of rounds: the public without login or cookie, the desk of the secretariat and of the ministries."""

import io
import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from tests.council.rounds import TEXTS, make_scene, paragraphs
from tests.factories import make_member, sign_in
from tsunagari.accounts.models import RecordReading, Role
from tsunagari.config.asgi import bounded
from tsunagari.core import rate_limits
from tsunagari.council import round_tasks
from tsunagari.council.blockers import blockers_seen_by
from tsunagari.council.models import Comment, CommentGroup, ConsultationRound, FormFile, Response, RoundEntry
from tsunagari.council.services import rounds
from tsunagari.council.services.rounds import answers, asked, files, visitors
from tsunagari.council.views import asked_rounds, public_rounds
from tsunagari.council.views.showing_rounds import ACTIONS
from tsunagari.council.wording import pieces
from tsunagari.directory.ageing import day_of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _new_window(monkeypatch):
    monkeypatch.setattr(rate_limits, "_window", rate_limits._Window())


@pytest.fixture
def scene():
    return make_scene()


def opened(scene, kind="public", **changes):
    """A round that is open now; a public one asks nobody by name."""
    now = timezone.now()
    given = {
        "actor": scene.alice,
        "secretariat": scene.secretariat,
        "document_id": uuid4(),
        "title": "重点計画（案）",
        "paragraphs": paragraphs(),
        "kind": kind,
        "closes_at": now + DAY,
        "at": now - DAY,
        "asked": [] if kind == "public" else [scene.health, scene.education],
        **changes,
    }
    return rounds.open_round(**given)


def over(round_):
    """The round's time is over."""
    now = timezone.now()
    ConsultationRound.objects.filter(pk=round_.pk).update(opens_at=now - 2 * DAY, closes_at=now - HOUR)
    return round_


def place(round_, position=1):
    return round_.paragraphs.get(position=position)


def comment_address(round_, position=1):
    return f"/council/rounds/{round_.pk}/comment/{place(round_, position).paragraph_id}/"


def once(client, address):
    return re.search(r'name="once" value="([^"]+)"', client.get(address).content.decode())[1]


# -- the public ----------------------------------------------------------------------------------------------


def test_anybody_reads_comments_and_traces_without_a_cookie(client, scene):
    round_ = opened(scene)
    listed = client.get("/council/rounds/")
    assert f"/council/rounds/{round_.pk}/" in listed.content.decode()
    page = client.get(f"/council/rounds/{round_.pk}/").content.decode()
    for heading, text in TEXTS:
        assert heading in page
        assert text in page
    address = comment_address(round_)
    assert address in page
    sent = client.post(
        address, {"body": "窓口をふやして。", "label": "30代・会社員", "once": once(client, address)}
    )
    assert sent.status_code == 303
    received = client.get(sent["Location"])
    code = re.search(r"[2-9A-Z]{4}(?:-[2-9A-Z]{4}){3}", received.content.decode())[0]
    comment = Comment.objects.get()
    assert (comment.state, comment.body, comment.paragraph) == ("received", "", place(round_))
    # the words stand nowhere in the open: not on the page, not in the address
    assert "窓口をふやして" not in client.get(f"/council/rounds/{round_.pk}/").content.decode()
    assert code not in sent["Location"]
    traced = client.post("/council/rounds/trace/", {"code": code.lower().replace("-", " ")})
    assert code not in traced["Location"]
    assert "読むのを待っています" in client.get(traced["Location"]).content.decode()
    visitors.publish_comment(
        actor=scene.alice, comment_id=comment.pk, body="窓口をふやして。", label="", at=timezone.now()
    )
    assert "窓口をふやして" in client.get(traced["Location"]).content.decode()
    assert not client.cookies
    for response in (listed, received, sent, traced):
        assert not response.cookies


def test_a_wrong_code_is_told_and_tried_only_so_often(client, scene):
    opened(scene)
    for typed, words in (
        ("", "受付番号を書いて"),
        ("ABCD", "見つかりません"),
        ("2345-6789-ABCD-EFGH", "見つかりません"),
    ):
        response = client.post("/council/rounds/trace/", {"code": typed})
        assert response.status_code == 422
        assert words in response.content.decode()
    for _ in range(20):
        response = client.post("/council/rounds/trace/", {"code": "2345-6789-ABCD-EFGH"})
    assert response.status_code == 429
    assert client.get("/council/rounds/trace/x").status_code == 303


def test_sending_twice_is_one_comment_and_other_words_are_told(client, scene):
    round_ = opened(scene)
    address = comment_address(round_)
    fields = {"body": "一つの意見", "label": "", "once": once(client, address)}
    assert [client.post(address, fields).status_code for _ in range(2)] == [303, 303]
    again = client.post(address, {**fields, "body": "もう一つの意見"})
    assert again.status_code == 409
    assert "もう一つの意見" in again.content.decode()
    # the page that told so has a new form in it
    fresh = re.search(r'name="once" value="([^"]+)"', again.content.decode())[1]
    assert client.post(address, {**fields, "body": "もう一つの意見", "once": fresh}).status_code == 303
    assert Comment.objects.count() == 2


@pytest.mark.parametrize("token", ["", "x", "あ", "A" * 390])
def test_an_altered_form_is_taken_as_a_new_one(client, scene, token):
    round_ = opened(scene)
    assert client.post(comment_address(round_), {"body": "意見", "once": token}).status_code == 303
    assert Comment.objects.count() == 1


def test_what_may_tell_of_a_person_is_asked_about_and_kept(client, scene):
    round_ = opened(scene)
    address = comment_address(round_)
    fields = {"body": "電話は090-1234-5678です。", "once": once(client, address)}
    asked_back = client.post(address, fields)
    assert asked_back.status_code == 422
    assert "電話番号のようなもの" in asked_back.content.decode()
    assert "電話は090-1234-5678です。" in asked_back.content.decode()
    assert not Comment.objects.exists()
    assert client.post(address, {**fields, "sure": "on"}).status_code == 303


def test_late_by_a_second_the_words_stay_on_the_page(client, scene):
    round_ = opened(scene)
    address = comment_address(round_)
    fields = {"body": "書いておいた意見", "once": once(client, address)}
    ConsultationRound.objects.filter(pk=round_.pk).update(closes_at=timezone.now() - timedelta(seconds=1))
    response = client.post(address, fields)
    assert response.status_code == 409
    assert "終わりました" in response.content.decode()
    assert "書いておいた意見" in response.content.decode()
    english = client.post(f"/en{address}", fields).content.decode()
    assert "closed" in english
    assert not Comment.objects.exists()


@pytest.mark.parametrize("body", ["", " 　\n", "あ" * 4_001])
def test_no_words_or_too_many(client, scene, body):
    round_ = opened(scene)
    response = client.post(comment_address(round_), {"body": body})
    assert response.status_code == 422
    assert body.strip() in response.content.decode()
    assert not Comment.objects.exists()


def test_a_network_sends_only_so_many(client, scene, monkeypatch):
    round_ = opened(scene)
    address = comment_address(round_)
    monkeypatch.setattr(public_rounds, "MAX_COMMENTS", 3)
    statuses = [client.post(address, {"body": f"意見{n}"}).status_code for n in range(4)]
    assert statuses == [303] * 3 + [429]
    assert "意見9" in client.post(address, {"body": "意見9"}).content.decode()


def test_scripts_stay_text(client, scene):
    round_ = opened(scene)
    evil = "<script>alert(1)</script>"
    response = client.post(comment_address(round_), {"body": f"{evil} 090-1234-5678"})
    assert evil not in response.content.decode()
    assert "&lt;script&gt;" in response.content.decode()


def test_what_nobody_may_see_is_not_there(client, scene):
    ministry = opened(scene, "ministry")
    draft = opened(scene, opens_at=timezone.now() + HOUR)
    other = opened(scene)
    for address in (
        f"/council/rounds/{ministry.pk}/",
        f"/council/rounds/{ministry.pk}/comment/",
        f"/council/rounds/{draft.pk}/",
        f"/council/rounds/{draft.pk}/comment/",
        f"/council/rounds/{other.pk}/results/",
        f"/council/rounds/{other.pk}/results.csv",
        f"/council/rounds/{uuid4()}/",
        f"/council/rounds/{other.pk}/comment/{place(ministry).paragraph_id}/",
    ):
        assert client.get(address).status_code == 404
        assert client.post(address, {"body": "x"}).status_code in {404, 405}
    assert str(ministry.pk) not in client.get("/council/rounds/").content.decode()


def finished(scene, bodies=("窓口を。",), outcome="accepted", reflected=True):
    """A public round with its answers, in public."""
    round_ = opened(scene)
    for number, body in enumerate(bodies, start=1):
        visitors.submit_comment(
            round_id=round_.pk, paragraph_id=place(round_).pk, comment_id=uuid4(), body=body, label="",
            at=timezone.now(),
        )  # fmt: skip
        comment = Comment.objects.get(round=round_, number=number)
        visitors.publish_comment(
            actor=scene.alice, comment_id=comment.pk, body=body, label="", at=timezone.now()
        )
    after = timezone.now() + 2 * DAY
    for comment in round_.comments.all():
        answers.answer_comment(
            actor=scene.alice, comment_id=comment.pk, outcome=outcome, text="ご意見のとおり直します。",
            reason="大切なため", at=after,
        )  # fmt: skip
    rounds.finish_round(actor=scene.alice, round_id=round_.pk, at=after)
    if reflected:
        text = "孤独・孤立の状態にある人の数は、調査で39.3％である。"
        rounds.reflect(
            actor=scene.alice, round_id=round_.pk, texts={place(round_).paragraph_id: text}, at=after
        )
    return round_


def test_the_table_of_comments_and_answers_as_page_csv_and_excel(client, scene):
    round_ = finished(scene, ("窓口を。", '=HYPERLINK("http://x")'))
    page = client.get(f"/council/rounds/{round_.pk}/results/").content.decode()
    for words in ("窓口を。", "ご意見のとおり直します。", "反映する", "<ins>", "<del>", "大切なため"):
        assert words in page
    table = client.get(f"/council/rounds/{round_.pk}/results.csv")
    text = table.content.decode("utf-8-sig")
    assert "調査で39.3％である" in text
    assert "\"'=HYPERLINK(" in text
    book = load_workbook(io.BytesIO(client.get(f"/council/rounds/{round_.pk}/results.xlsx").content))
    rows = list(book.active.iter_rows(min_row=4, values_only=True))
    assert [(row[0], row[4], row[6]) for row in rows] == [
        ("1", "窓口を。", "反映する"), ("2", '=HYPERLINK("http://x")', "反映する"),
    ]  # fmt: skip
    assert book.active["E5"].data_type == "s"


def test_results_take_the_same_few_queries_however_many(client, scene, django_assert_max_num_queries):
    few, many = finished(scene, ("一",)), finished(scene, ("一", "二", "三", "四"))
    for round_ in (few, many):
        with django_assert_max_num_queries(5):
            assert client.get(f"/council/rounds/{round_.pk}/results/").status_code == 200


def test_reopened_answers_are_not_public(client, scene):
    round_ = finished(scene, reflected=False)
    assert client.get(f"/council/rounds/{round_.pk}/results/").status_code == 200
    rounds.reopen_answers(actor=scene.alice, round_id=round_.pk, at=timezone.now() + 2 * DAY)
    assert client.get(f"/council/rounds/{round_.pk}/results/").status_code == 404


# -- the secretariat -----------------------------------------------------------------------------------------


def test_the_secretariat_goes_through_a_public_round_by_its_pages(client, scene):
    round_ = opened(scene)
    alike = "夜間も電話で相談できる窓口を、全国に置いてください。"
    for body in (alike, f"{alike}お願いします。", "090-1234-5678の山田です。予算を。"):
        visitors.submit_comment(
            round_id=round_.pk, paragraph_id=place(round_).pk, comment_id=uuid4(), body=body, label="",
            at=timezone.now(),
        )  # fmt: skip
    sign_in(client, scene.alice)
    base = f"/desk/council/rounds/{round_.pk}/"
    assert "読んでいない意見 3件" in client.get(base).content.decode()
    first, second, third = Comment.objects.order_by("number")
    page = client.get(f"/desk/council/rounds/comments/{third.pk}/moderate/").content.decode()
    assert "090-1234-5678" in page
    assert "■■■■■■の山田です" in page
    assert RecordReading.objects.filter(subject_id=third.pk, actor=scene.alice).count() == 1
    for comment, body in ((first, alike), (second, f"{alike}お願いします。"), (third, "■です。予算を。")):
        response = client.post(
            f"/desk/council/rounds/comments/{comment.pk}/moderate/", {"body": body, "choice": "publish"}
        )
        assert response.status_code == 302
    empty = client.post(f"/desk/council/rounds/comments/{third.pk}/moderate/", {"choice": "hide"})
    assert empty.status_code == 422
    assert "理由" in empty.content.decode()
    page = client.get(f"{base}groups/").content.decode()
    assert "似た意見 2件" in page
    client.post(
        f"{base}groups/", {"comment": [first.pk, second.pk], "topic": "夜の電話", "choice": "together"}
    )
    group = CommentGroup.objects.get()
    early = client.post(f"{base}finish/")
    assert early.status_code == 409
    over(round_)
    response = client.post(
        f"/desk/council/rounds/groups/{group.pk}/answer/", {"outcome": "not_accepted", "text": "むずかしい"}
    )
    assert response.status_code == 422
    assert "理由" in response.content.decode()
    assert "むずかしい" in response.content.decode()
    client.post(
        f"/desk/council/rounds/groups/{group.pk}/answer/",
        {"outcome": "noted", "text": "参考とします", "version": 0},
    )
    early = client.post(f"{base}finish/")
    assert early.status_code == 409
    assert "#3" in early.content.decode()
    address = f"/desk/council/rounds/comments/{third.pk}/answer/"
    client.post(address, {"outcome": "noted", "text": "承知しました", "version": 0})
    raced = client.post(address, {"outcome": "noted", "text": "遅れた回答", "version": 0})
    assert raced.status_code == 409
    assert "遅れた回答" in raced.content.decode()
    assert "回答がない" in client.get(f"{base}comments/?show=open").content.decode()
    assert "承知しました" in client.get(f"{base}comments/").content.decode()
    assert client.get(f"{base}comments/?show=unread&page=x").status_code == 200
    assert client.post(f"{base}finish/").status_code == 302
    round_.refresh_from_db()
    assert round_.state == "answered"
    assert Response.objects.count() == 2
    assert "夜の電話" in client.get(f"/council/rounds/{round_.pk}/results/").content.decode()
    assert client.get(base).status_code == 200


def test_others_find_nothing_at_the_desk(client, scene):
    round_, ministry = opened(scene), opened(scene, "ministry")
    visitors.submit_comment(
        round_id=round_.pk, paragraph_id=None, comment_id=uuid4(), body="意見", label="", at=timezone.now()
    )
    comment = Comment.objects.get()
    theirs = asked.add_comment(
        actor=scene.bob, addressee_id=scene.addressee(ministry).pk, paragraph_id=None, body="厚労省の意見",
        at=timezone.now(),
    )  # fmt: skip
    own = scene.addressee(ministry).pk
    form = files.receive_file(
        actor=scene.bob, addressee_id=own, name="x.xlsx", at=timezone.now(),
        content=files.write_form(actor=scene.bob, addressee_id=own, kind="xlsx")[1],
    )  # fmt: skip
    eve = make_member("eve", Role.SECRETARY, scene.education, second_factor=False)
    for actor in (eve, scene.charlie):
        other = sign_in(Client(), actor)
        for address in (
            f"/desk/council/rounds/{round_.pk}/",
            f"/desk/council/rounds/{round_.pk}/comments/",
            f"/desk/council/rounds/{round_.pk}/groups/",
            f"/desk/council/rounds/comments/{comment.pk}/moderate/",
            f"/desk/council/rounds/comments/{theirs.pk}/answer/",
            f"/desk/council/rounds/asked/{own}/",
            f"/desk/council/rounds/asked/{own}/form.xlsx",
            f"/desk/council/rounds/files/{form.pk}/",
            f"/desk/council/rounds/files/{form.pk}/marked/",
        ):
            assert other.get(address).status_code == 404
        for address in (
            f"/desk/council/rounds/{round_.pk}/close/",
            f"/desk/council/rounds/asked/{own}/",
            f"/desk/council/rounds/asked/{own}/none/",
            f"/desk/council/rounds/asked/{own}/remind/",
            f"/desk/council/rounds/comments/{theirs.pk}/change/",
            f"/desk/council/rounds/comments/{comment.pk}/leave/",
            f"/desk/council/rounds/files/{form.pk}/take/",
        ):
            assert other.post(address, {"body": "x", "choice": "withdraw"}).status_code == 404
        assert "厚労省の意見" not in other.get("/desk/council/rounds/").content.decode()
    assert not RecordReading.objects.exists()


def test_extending_and_asking_again_by_the_page(client, scene):
    round_ = opened(scene, "ministry")
    sign_in(client, scene.alice)
    base = f"/desk/council/rounds/{round_.pk}/"
    for typed in ("", "あした", "2020-01-01T00:00"):
        assert client.post(f"{base}extend/", {"closes_at": typed}).status_code == 422
    assert client.post(f"{base}extend/", {"closes_at": "2099-01-01T17:00"}).status_code == 302
    round_.refresh_from_db()
    assert round_.closes_at.isoformat() == "2099-01-01T08:00:00+00:00"
    early = client.post(f"{base}further/", {"closes_at": "2099-02-01T17:00"})
    assert early.status_code == 409


def test_reminders_go_to_the_officers_by_mail(client, scene):
    round_ = opened(scene, "ministry")
    sign_in(client, scene.alice)
    own = scene.addressee(round_)
    assert "未回答" in client.get(f"/desk/council/rounds/{round_.pk}/").content.decode()
    assert client.post(f"/desk/council/rounds/asked/{own.pk}/remind/").status_code == 302
    assert client.post(f"/desk/council/rounds/asked/{own.pk}/remind/").status_code == 409
    assert round_tasks.tell_addressee(str(own.pk), "reminder") == 1
    (sent,) = mail.outbox
    assert sent.to == [scene.bob.email]
    assert f"/desk/council/rounds/asked/{own.pk}/" in sent.body
    asked.say_no_comment(actor=scene.bob, addressee_id=own.pk, at=timezone.now())
    assert round_tasks.tell_addressee(str(own.pk), "reminder") == 0


def test_every_entry_of_the_journal_has_a_name(scene):
    round_ = finished(scene, ("夜の窓口を。",))
    assert set(RoundEntry.objects.filter(round=round_).values_list("action", flat=True)) <= set(ACTIONS)


def test_the_desk_of_the_council_says_what_waits_in_rounds(scene):
    round_ = opened(scene, "ministry")
    asked.add_comment(
        actor=scene.bob,
        addressee_id=scene.addressee(round_).pk,
        paragraph_id=None,
        body="意見",
        at=timezone.now(),
    )
    (found,) = blockers_seen_by_rounds(scene.alice)
    assert found.sentence == "各省協議：返事のない府省・団体 1、回答のない意見 1件"
    assert (found.url, found.subject) == (f"/desk/council/rounds/{round_.pk}/", "重点計画（案）")
    assert found.due_on == day_of(round_.closes_at)
    assert blockers_seen_by_rounds(scene.bob) == []


def blockers_seen_by_rounds(viewer):
    return [b for b in blockers_seen_by(viewer, timezone.now()) if "/rounds/" in b.url]


# -- the ministries ------------------------------------------------------------------------------------------


def test_an_officer_answers_by_the_page(client, scene):
    round_ = opened(scene, "ministry")
    sign_in(client, scene.bob)
    own = f"/desk/council/rounds/asked/{scene.addressee(round_).pk}/"
    assert own in client.get("/desk/council/rounds/").content.decode()
    assert "返事を待たれている案 1件" in client.get("/desk/").content.decode()
    page = client.get(own).content.decode()
    assert TEXTS[1][1] in page
    assert (
        client.post(own, {"paragraph": place(round_).pk, "body": "", "proposal": "案だけ"}).status_code == 422
    )
    kept = client.post(
        own, {"paragraph": place(round_).pk, "body": "", "proposal": "案だけ"}
    ).content.decode()
    assert "案だけ" in kept
    assert client.post(own, {"paragraph": uuid4(), "body": "x"}).status_code == 404
    assert client.post(own, {"paragraph": "x", "body": "x"}).status_code == 422
    assert client.post(own, {"paragraph": place(round_).pk, "body": "数を書くべき"}).status_code == 302
    comment = Comment.objects.get()
    change = f"/desk/council/rounds/comments/{comment.pk}/change/"
    client.post(change, {"body": "数と年を書くべき", "proposal": "", "choice": "change"})
    assert "数と年を書くべき" in client.get(own).content.decode()
    assert client.post(f"{own}none/").status_code == 422
    client.post(change, {"choice": "withdraw"})
    client.post(f"{own}none/")
    assert scene.addressee(round_).state == "no_comment"
    client.post(change, {"choice": "restore"})
    assert scene.addressee(round_).state == "commented"
    over(round_)
    late = client.post(own, {"paragraph": "", "body": "遅れた意見"})
    assert late.status_code == 409
    assert "遅れた意見" in late.content.decode()
    assert "受付の延長" in late.content.decode()
    late = client.post(change, {"body": "遅れた直し", "choice": "change"})
    assert late.status_code == 409
    assert "遅れた直し" in late.content.decode()


def test_an_officer_answers_by_file(client, scene):
    round_ = opened(scene, "ministry")
    sign_in(client, scene.bob)
    addressee = scene.addressee(round_)
    own = f"/desk/council/rounds/asked/{addressee.pk}/"
    for kind in ("xlsx", "docx"):
        response = client.get(f"{own}form.{kind}")
        assert response.status_code == 200
        assert response["Content-Type"].startswith("application/vnd.openxmlformats")
    book = load_workbook(io.BytesIO(client.get(f"{own}form.xlsx").content))
    sheet = book["意見"]
    row = next(c.row for line in sheet.iter_rows() for c in line if str(c.value).startswith("P1-"))
    sheet.cell(row, 5).value = "修正案だけ"

    def send(content, name="回答.xlsx"):
        file = SimpleUploadedFile(name, content)
        return client.post("/desk/council/rounds/upload/", {"addressee": addressee.pk, "file": file})

    stream = io.BytesIO()
    book.save(stream)
    bad = send(stream.getvalue())
    page = client.get(bad["Location"]).content.decode()
    assert "修正案だけがあり" in page
    marked = client.get(f"{bad['Location']}marked/")
    assert "【直してください】" in "".join(
        c.comment.text
        for line in load_workbook(io.BytesIO(marked.content))["意見"].iter_rows()
        for c in line
        if c.comment
    )
    refused = client.post(f"{bad['Location']}take/")
    assert refused.status_code == 422
    sheet.cell(row, 4).value = "理由もあります"
    stream = io.BytesIO()
    book.save(stream)
    good = send(stream.getvalue())
    assert "新しい意見：1件" in client.get(good["Location"]).content.decode()
    assert client.post(f"{good['Location']}take/").status_code == 302
    assert Comment.objects.get().body == "理由もあります"
    for content, words in ((b"%PDF-1.7", "でもありません"), (b"", "空です"), (bytes(10_000_001), "10 MB")):
        response = send(content)
        assert response.status_code == 422
        assert words in response.content.decode()
    assert client.post("/desk/council/rounds/upload/", {"addressee": addressee.pk}).status_code == 422
    assert client.post("/desk/council/rounds/upload/", {"addressee": "x"}).status_code == 404
    assert FormFile.objects.count() == 2


def test_files_may_come_where_the_form_sends_them():
    assert reverse("council_desk:form_upload") == asked_rounds.UPLOAD_PATH
    allowance = bounded.allowances[asked_rounds.UPLOAD_PATH]
    assert allowance.most_bytes > 50_000_000  # one of 50 MB is refused in words, by the page


def test_agreeing_by_the_page(client, scene):
    round_ = opened(scene, "ministry")
    comment = asked.add_comment(
        actor=scene.bob, addressee_id=scene.addressee(round_).pk, paragraph_id=None, body="意見",
        at=timezone.now(),
    )  # fmt: skip
    asked.say_no_comment(
        actor=scene.charlie, addressee_id=scene.addressee(round_, scene.education).pk, at=timezone.now()
    )
    sign_in(client, scene.bob)
    own = f"/desk/council/rounds/asked/{scene.addressee(round_).pk}/"
    assert client.post(f"{own}agree/").status_code == 409
    after = timezone.now() + 2 * DAY
    answers.answer_comment(
        actor=scene.alice, comment_id=comment.pk, outcome="noted", text="承知しました", at=after
    )
    rounds.finish_round(actor=scene.alice, round_id=round_.pk, at=after)
    assert "承知しました" in client.get(own).content.decode()
    assert client.post(f"{own}agree/").status_code == 302
    assert scene.addressee(round_).state == "agreed"


@pytest.mark.parametrize(
    ("before", "after"),
    [("窓口を置く。", "相談窓口を10か所に置く。"), ("", "新しい文"), ("古い文", ""), ("同じ", "同じ")],
)
def test_differences_hold_both_wordings(before, after):
    found = pieces(before, after)
    assert "".join(text for kind, text in found if kind != "added") == before
    assert "".join(text for kind, text in found if kind != "removed") == after
    assert (before == after) == all(kind == "same" for kind, _ in found)
