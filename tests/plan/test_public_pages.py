"""The plan as anybody reads it: pages, files, feed; what is not published is not there."""

import csv
import io
import json
import re
import threading
from datetime import timedelta
from html import unescape
from uuid import uuid4

import feedparser
import pytest
from django.test import Client
from django.utils import translation
from pypdf import PdfReader

from tests.factories import AT
from tests.plan.scenes import PlanScene, make_plan_scene
from tests.plan.test_editing import target
from tsunagari.plan.compliance import duties
from tsunagari.plan.exchange import printed
from tsunagari.plan.models import Block, PlanVersion
from tsunagari.plan.selectors.versions import document_of
from tsunagari.plan.services import measures, states

pytestmark = pytest.mark.django_db
ATTACK = "<script>alert(1)</script> [x](javascript:alert(1)) **太い** [国](https://www.cao.go.jp/)"


@pytest.fixture
def scene() -> PlanScene:
    return make_plan_scene()


def words(response: object) -> str:
    """The text of a page without tags."""
    return unescape(re.sub(r"<[^>]+>", "", response.content.decode()))  # type: ignore[attr-defined]


def test_the_plan_reads_as_the_document_does(scene: PlanScene, client: Client):
    text = words(client.get("/plan/"))
    for key in ("M01", "M16"):
        assert f"{key} {scene.text(key).title}" in text
    assert "孤独・孤立に陥っても支援を求める声をあげやすい社会とする" in text
    # 16 measures × 現状・課題・目標・対策: none is invented
    assert "まだ書かれていない欄が64つあります" in text
    assert text.count("未入力") >= 64
    assert "Not yet" not in text


def test_paragraphs_have_anchors_and_nothing_typed_becomes_code(scene: PlanScene, client: Client):
    scene.save("M07", situation=ATTACK)
    block = Block.objects.get()
    page = client.get("/plan/").content.decode()
    assert f'id="p-{block.paragraph_id}"' in page
    assert f'href="#p-{block.paragraph_id}"' in page
    assert "<script>alert" not in page
    assert 'href="javascript' not in page
    assert '<a href="https://www.cao.go.jp/" rel="noopener noreferrer">国</a>' in page
    assert "<strong>太い</strong>" in page


def test_an_unpublished_version_is_nowhere(scene: PlanScene, client: Client):
    scene.next_version()
    scene.save("M07", situation="まだ言わない。", title="まだ言わない名")
    states.consult(actor=scene.alice, version_id=scene.version.pk, at=AT)
    for path in (
        "/plan/", "/plan/measures/M07/", "/plan/feed.atom", "/plan/orders/", "/plan/compliance/",
        "/plan/versions/1/plan.json", "/plan/sources/p2/",
    ):  # fmt: skip
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert "まだ言わない" not in answer.content.decode()
        assert "改定案" not in answer.content.decode()
    for path in (
        "versions/2/", "versions/2/plan.pdf", "versions/2/plan.json", "versions/2/plan.csv",
        "versions/2/from/1/", "versions/1/from/2/", "versions/2/from/1/plan.pdf",
    ):  # fmt: skip
        assert client.get(f"/plan/{path}").status_code == 404, path


@pytest.mark.parametrize(
    "path",
    ["versions/99999999999999/", "versions/0/", "measures/M99/", "measures/x'--/", "sources/none/",
     "versions/1/from/99999999999/"],
)  # fmt: skip
def test_what_is_not_there_is_not_found(scene: PlanScene, client: Client, path: str):
    assert client.get(f"/plan/{path}").status_code == 404


def test_before_there_is_a_plan_its_pages_say_so(client: Client):
    assert "公開されている版がありません" in words(client.get("/plan/"))
    assert client.get("/plan/feed.atom").status_code == 404
    for path in ("orders/", "compliance/", "search/"):
        assert client.get(f"/plan/{path}").status_code == 200


def test_search_seals_the_words_and_finds_them_in_any_writing(scene: PlanScene, client: Client):
    scene.save("M07", situation="電話の相談は、ＳＮＳより多い。")
    assert client.post("/plan/search/", {"q": ""}).status_code == 422
    assert client.post("/plan/search/", {"q": "あ" * 101}).status_code == 422
    answer = client.post("/plan/search/", {"q": "sns 電話"})
    assert answer.status_code == 303
    assert "sns" not in answer["Location"].lower().split("/r/")[0]
    page = client.get(answer["Location"])
    assert page["Cache-Control"] == "no-store"
    assert f"#p-{Block.objects.get().paragraph_id}" in page.content.decode()
    assert "2か所" in words(page)  # the title, too
    assert client.get(answer["Location"][:-3] + "xx/").status_code == 410


def test_a_measures_page_tells_its_whole_life(scene: PlanScene, client: Client):
    scene.save("M07", situation="電話がある。")
    scene.next_version()
    scene.save("M07", title="電話・SNS・チャット相談", situation="電話とチャットがある。")
    part = measures.split_measure(actor=scene.alice, text_id=scene.text("M07").pk, title="同行支援", at=AT)
    scene.decided()
    page = words(client.get("/plan/measures/M07/"))
    assert "改称：電話・ＳＮＳ相談の24時間対応の推進 → 電話・SNS・チャット相談" in page
    assert f"分割：M07 電話・SNS・チャット相談 → {part.measure.key} 同行支援" in page
    assert "電話がある。" in page
    assert "電話とチャットがある。" in page
    assert "この施策がこたえる指示" in page
    assert words(client.get(f"/plan/measures/{part.measure.key}/")).count("分割：") == 1


def test_two_versions_side_by_side(scene: PlanScene, client: Client):
    scene.save("M07", situation="電話相談を推進する。")
    scene.next_version()
    scene.save("M07", situation="電話相談の拡充を推進する。")
    scene.decided()
    page = client.get("/plan/versions/2/from/1/").content.decode()
    assert "<ins>の拡充</ins>" in page
    assert "M01" not in page
    pdf = client.get("/plan/versions/2/from/1/plan.pdf")
    text = "".join(each.extract_text() for each in PdfReader(io.BytesIO(pdf.content)).pages)
    assert "電話相談の拡充を推進する。" in text.replace("\n", "").replace("\u200b", "")


def test_the_pdf_says_what_the_plan_says(scene: PlanScene, client: Client):
    scene.save(
        "M07",
        situation="電話は**少ない**。\n\n- 昼の電話\n- 夜の電話\n\n> 声を聞いた。",
        targets=[target()],
        no_target_reason="理由の文。",
    )
    answer = client.get("/plan/versions/1/plan.pdf")
    assert answer["Content-Type"] == "application/pdf"
    reader = PdfReader(io.BytesIO(answer.content))
    text = re.sub(r"\s|\u200b", "", "".join(page.extract_text() for page in reader.pages))
    document = document_of(scene.version)
    for chapter in document.chapters:
        assert re.sub(r"\s", "", chapter.title) in text
    for policy in document.policies:
        assert re.sub(r"\s", "", policy.title) in text
    for measure in document.measures.values():
        assert text.count(re.sub(r"\s", "", f"{measure.key}{measure.title}")) >= 1, measure.key
        for _section, paragraph in measure.paragraphs:
            assert re.sub(r"\s", "", paragraph.plain) in text
    assert "窓口のある都道府県：47か所（2027年3月31日（水）まで）" in text
    assert "理由の文。" in text
    # sections, targets, ministries, and the chapters 1 and 2; chapter 3 is the list of policies
    assert text.count("未入力") == 63 + 15 + 15 + 2
    assert reader.metadata is not None
    assert reader.metadata.title == document.title


def test_a_pdf_is_printed_once(scene: PlanScene, monkeypatch: pytest.MonkeyPatch):
    printings = []
    real = printed.typeset
    monkeypatch.setattr(printed, "typeset", lambda *a, **k: printings.append(1) or real(*a, **k))
    scene.save("M07", situation=f"この版だけの文 {uuid4()}")
    document = document_of(scene.version)
    threads = [threading.Thread(target=printed.plan_pdf, args=(document,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(printings) == 1


def test_json_and_csv_hold_all_of_it(scene: PlanScene, client: Client):
    scene.save("M07", situation="=1+1\n\n電話がある。", targets=[target()])
    data = client.get("/plan/versions/1/plan.json").json()
    assert [row["id"] for row in data["measures"]] == [f"M{number:02d}" for number in range(1, 17)]
    m07 = data["measures"][6]
    assert [row["text"] for row in m07["situation"]] == ["=1+1", "電話がある。"]
    assert m07["situation"][1]["id"] == str(Block.objects.get(text="電話がある。").paragraph_id)
    assert (m07["targets"][0]["value"], m07["targets"][0]["deadline_on"]) == ("47", "2027-03-31")
    assert m07["ministries"] == [{"name": "厚生労働省", "lead": True}]
    assert m07["challenge"] == []
    answer = client.get("/plan/versions/1/plan.csv").content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(answer)))
    assert len(rows) == 16
    assert rows[6]["situation"] == "'=1+1\n\n電話がある。"
    assert rows[0]["situation"] == ""
    assert json.dumps(data, ensure_ascii=False).count("未入力") == 0


def test_the_feed_is_read_without_a_warning(scene: PlanScene, client: Client):
    scene.save("M07", situation="電話がある。")
    scene.next_version()
    scene.save("M07", situation="電話とチャットがある。\x00\ufffe & <b>")
    states.back_to_draft(
        actor=scene.alice,
        version_id=states.consult(actor=scene.alice, version_id=scene.version.pk, at=AT).pk,
        reason="内輪の理由",
        at=AT,
    )
    scene.decided()
    answer = client.get("/plan/feed.atom")
    feed = feedparser.parse(answer.content)
    assert not feed.bozo, feed.get("bozo_exception")
    assert feed.version == "atom10"
    ids = [entry.id for entry in feed.entries]
    assert len(set(ids)) == len(ids)
    assert [entry.updated for entry in feed.entries] == sorted(
        (entry.updated for entry in feed.entries), reverse=True
    )
    titles = [entry.title for entry in feed.entries]
    assert any("決定しました" in title for title in titles)
    assert any(title.startswith("M07 ") and "変更" in title for title in titles)
    assert not any(title.startswith("M06 ") for title in titles)
    assert "内輪の理由" not in answer.content.decode()
    assert client.get("/plan/feed.atom", headers={"If-None-Match": answer["ETag"]}).status_code == 304


def test_orders_that_no_measure_answers_are_shown(scene: PlanScene, client: Client):
    page = words(client.get("/plan/orders/"))
    assert "こたえる施策がない指示：5" in page
    before, after = page.split("こたえる施策がある指示")
    assert "社会全体の気運醸成" in before
    assert "社会全体の気運醸成" not in after
    measures.leave_out_measure(actor=scene.alice, text_id=scene.text("M10").pk)
    assert "こたえる施策がない指示：6" in words(client.get("/plan/orders/"))


def states_of(version: PlanVersion) -> list[str]:
    with translation.override("ja"):
        return [duty.state for duty in duties(version, AT.date())]


def test_the_acts_duties_are_judged_by_evidence(scene: PlanScene):
    assert states_of(scene.version) == ["not_yet", "not_yet", "not_yet", "unknown", "unknown"]
    scene.decided()
    assert states_of(scene.version)[:3] == ["kept", "kept", "not_yet"]
    # a plan that nobody reviewed two years after it came into force
    PlanVersion.objects.filter(pk=scene.version.pk).update(
        in_force_on=AT.date() - timedelta(days=700), decided_on=AT.date() - timedelta(days=700)
    )
    scene.version.refresh_from_db()
    # … and that was published 700 days after its decision
    assert states_of(scene.version)[:3] == ["kept", "not_kept", "not_kept"]


def test_a_decision_before_the_act_is_not_judged_by_it(scene: PlanScene, client: Client):
    scene.decided()
    day = AT.date().replace(year=2021, month=12, day=28)
    PlanVersion.objects.filter(pk=scene.version.pk).update(decided_on=day, in_force_on=day)
    scene.version.refresh_from_db()
    assert states_of(scene.version)[0] == "not_yet"
    assert "より前の版です" in words(client.get("/plan/compliance/"))


def test_sources_can_be_browsed(scene: PlanScene, client: Client):
    page = words(client.get("/plan/sources/honebuto2021/"))
    assert "官民一体で取組を推進する。" in page
    assert "M09 ひきこもり支援" in page
    assert "2021年6月18日" in page
    assert "項目（案）" in words(client.get("/plan/sources/p2/"))


@pytest.mark.parametrize("path", ["", "orders/", "compliance/", "search/", "measures/M07/", "sources/p2/"])
def test_every_page_is_in_english_too(scene: PlanScene, client: Client, path: str):
    assert client.get(f"/en/plan/{path}").status_code == 200
