"""The desk: each page for its people and nobody else; refusals say what is missing; what was typed stays."""

import re
from datetime import timedelta
from html import unescape
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.factories import AT, make_member, sign_in
from tests.plan.scenes import PlanScene, make_plan_scene
from tsunagari.accounts.models import Role, User
from tsunagari.plan.models import PlanVersion, SourceOrder
from tsunagari.plan.services import states
from tsunagari.plan.services.content import content_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> PlanScene:
    return make_plan_scene()


def desk(user: User) -> Client:
    return sign_in(Client(), user)


def words(response: object) -> str:
    return unescape(re.sub(r"<[^>]+>", "", response.content.decode()))  # type: ignore[attr-defined]


def form_of(scene: PlanScene, key: str, **changed: object) -> dict[str, object]:
    """What a browser sends when the form of a measure is saved."""
    text = scene.text(key)
    content = content_of(text)
    data: dict[str, object] = {
        name: content[name]
        for name in ("title", "policies", "ministries", "lead", "situation", "challenge", "goal", "action",
                     "no_target_reason")
    }  # fmt: skip
    data["revision"] = text.revision
    for prefix, rows in (("targets", content["targets"]), ("budgets", content["budgets"])):
        data |= {
            f"{prefix}-TOTAL_FORMS": len(rows) + 1,
            f"{prefix}-INITIAL_FORMS": len(rows),
            f"{prefix}-MIN_NUM_FORMS": 0,
            f"{prefix}-MAX_NUM_FORMS": 60,
        }
        for number, row in enumerate(rows):
            data |= {f"{prefix}-{number}-{name}": value for name, value in row.items()}
    return data | changed


def measure_url(scene: PlanScene, key: str) -> str:
    return f"/desk/plan/measures/{scene.text(key).pk}/"


def version_url(scene: PlanScene) -> str:
    return f"/desk/plan/versions/{scene.version.pk}/"


def test_a_measure_is_written_through_its_form(scene: PlanScene):
    client = desk(scene.bob)
    url = measure_url(scene, "M07")
    assert client.get(url).status_code == 200
    data = form_of(
        scene,
        "M07",
        situation="電話がある。",
        **{
            "targets-0-text": "窓口のある県",
            "targets-0-value": "47",
            "targets-0-unit": "か所",
            "targets-0-deadline_on": "2027-03-31",
            "budgets-0-project_id": "1234",
            "budgets-0-name": "相談",
            "budgets-0-fiscal_year": "2027",
        },
    )
    assert client.post(url, data).status_code == 302
    content = content_of(scene.text("M07"))
    assert content["situation"] == "電話がある。"
    assert content["targets"][0]["deadline_on"] == "2027-03-31"
    assert content["budgets"][0]["project_id"] == "1234"
    # saved again as it is, nothing changes
    assert client.post(url, form_of(scene, "M07")).status_code == 302
    assert content_of(scene.text("M07")) == content


def test_a_wrong_target_is_told_and_what_was_typed_stays(scene: PlanScene):
    client = desk(scene.bob)
    data = form_of(scene, "M07", goal="夜も開く。", **{"targets-0-text": "窓口", "targets-0-value": "47"})
    answer = client.post(measure_url(scene, "M07"), data)
    assert answer.status_code == 422
    assert "単位を書いてください" in words(answer)
    assert "夜も開く。" in words(answer)
    assert content_of(scene.text("M07"))["goal"] == ""


@pytest.mark.parametrize(
    "changed",
    [
        {"revision": "x"},
        {"revision": "99999999999999999999"},
        {"title": "あ" * 201},
        {"policies": ["77"]},
        {"situation": "あ\x00い"},
        {"ministries": [str(uuid4())]},
        {"situation": "あ" * 60_001},
    ],
)  # fmt: skip
def test_broken_input_is_an_answer_not_an_error(scene: PlanScene, changed: dict[str, object]):
    answer = desk(scene.alice).post(measure_url(scene, "M07"), form_of(scene, "M07", **changed))
    assert answer.status_code == 422
    assert content_of(scene.text("M07"))["situation"] == ""


def test_a_form_without_its_parts_is_refused(scene: PlanScene):
    answer = desk(scene.alice).post(measure_url(scene, "M07"), {"title": "a", "revision": "0"})
    assert answer.status_code == 422


def test_two_at_once_see_each_other_and_keep_their_words(scene: PlanScene):
    mine = form_of(scene, "M07", situation="わたしの文。")
    scene.save("M07", scene.bob, situation="かれの文。")
    client = desk(scene.alice)
    answer = client.post(measure_url(scene, "M07"), mine)
    assert answer.status_code == 409
    page = words(answer)
    assert "わたしの文。" in page
    assert "かれの文。" in page
    # the form now knows what stands: saving again is a decision
    revision = re.search(r'name="revision" value="(\d+)"', answer.content.decode())
    assert revision is not None
    assert client.post(measure_url(scene, "M07"), mine | {"revision": revision[1]}).status_code == 302
    history = words(client.get(f"{measure_url(scene, 'M07')}revisions/"))
    assert "かれの文。" in history


def test_others_find_nothing(scene: PlanScene):
    others = [scene.charlie, make_member("dora", Role.SECRETARY)]
    for user in others:
        client = desk(user)
        assert client.get(measure_url(scene, "M07")).status_code == 404
        assert client.post(measure_url(scene, "M07"), form_of(scene, "M07", title="a")).status_code == 404
        for path in ("split/", "merge/", "leave-out/"):
            assert client.post(f"{measure_url(scene, 'M07')}{path}", {"title": "a"}).status_code == 404
        for path in ("step/consult/", "motion/", "no-target-reason/", "measures/add/"):
            answer = client.post(f"{version_url(scene)}{path}", {"title": "a", "reason": "a"})
            assert answer.status_code == 404, path
        assert client.post(f"/desk/plan/plans/{scene.plan.pk}/begin/").status_code == 404
        order = SourceOrder.objects.get(number=9)
        if user is not scene.charlie:
            answer = client.post("/desk/plan/orders/", {"order": str(order.pk), "measures": ["M01"]})
            assert answer.status_code == 404
        assert not order.measures.exists()
    assert scene.text("M07").title == "電話・ＳＮＳ相談の24時間対応の推進"
    assert PlanVersion.objects.get().state == "draft"


def test_an_officer_reads_a_public_draft_but_moves_nothing(scene: PlanScene):
    page = desk(scene.bob).get(version_url(scene))
    assert page.status_code == 200
    assert "step/consult" not in page.content.decode()
    assert desk(scene.bob).get("/desk/plan/").status_code == 200


def test_a_draft_that_is_not_public_is_for_those_who_write_it(scene: PlanScene):
    scene.next_version()
    for path in ("", "changes/"):
        assert desk(scene.bob).get(f"{version_url(scene)}{path}").status_code == 200  # his ministry's measure
        assert desk(scene.charlie).get(f"{version_url(scene)}{path}").status_code == 404


def test_the_way_to_the_decision_through_the_pages(scene: PlanScene):
    client = desk(scene.alice)
    url = version_url(scene)
    assert client.post(f"{url}step/consult/").status_code == 302
    assert client.post(f"{url}no-target-reason/", {"reason": ""}).status_code == 422
    assert client.post(f"{url}no-target-reason/", {"reason": "施行前のため"}).status_code == 302
    assert client.post(f"{url}step/finish/").status_code == 302
    refused = client.post(f"{url}step/decide/")
    assert refused.status_code == 409
    assert "足りないものが1つあります" in words(refused)
    assert "会議の議案が、まだ結びつけられていません。" in words(refused)
    motion = scene.passed_motion(closed_at=AT + timedelta(days=400))
    assert "会議：重点計画を決定する" in words(client.get(url))
    assert client.post(f"{url}motion/", {"motion": str(uuid4())}).status_code == 404
    assert client.post(f"{url}motion/", {"motion": "x"}).status_code == 404
    assert client.post(f"{url}motion/", {"motion": str(motion.pk)}).status_code == 302
    assert client.post(f"{url}step/decide/").status_code == 302
    assert client.post(f"{url}step/decide/").status_code == 409
    assert client.post(f"{url}step/enter_into_force/", {"on": "きょう"}).status_code == 422
    assert client.post(f"{url}step/enter_into_force/", {"on": "2026-11-24"}).status_code == 302
    assert client.post(f"{url}step/supersede/").status_code == 404
    scene.version.refresh_from_db()
    assert scene.version.state == "in_force"
    begun = client.post(f"/desk/plan/plans/{scene.plan.pk}/begin/", {"title": "改定案\x00"})
    assert begun.status_code == 302
    assert client.get(f"{begun['Location']}changes/").status_code == 200
    assert client.get("/desk/plan/").status_code == 200


def test_every_blocker_is_on_the_page_with_its_link(scene: PlanScene):
    page = desk(scene.alice).get(version_url(scene)).content.decode()
    assert page.count("に、期限のある目標も、定めない理由もありません。</a>") == 16
    assert f'href="/desk/plan/measures/{scene.text("M01").pk}/#targets"' in page


def test_measures_are_added_split_merged_and_left_out(scene: PlanScene):
    client = desk(scene.alice)
    assert client.post(f"{version_url(scene)}measures/add/", {"title": ""}).status_code == 422
    added = client.post(f"{version_url(scene)}measures/add/", {"title": "あたらしい施策", "policy": "1"})
    assert added.status_code == 302
    assert client.get(added["Location"]).status_code == 200
    url = measure_url(scene, "M17")
    assert client.post(f"{url}split/", {"title": "その一部"}).status_code == 302
    assert client.post(f"{url}merge/", {"into": "x"}).status_code == 404
    assert client.post(f"{url}merge/", {"into": str(uuid4())}).status_code == 404
    into = scene.text("M18").pk
    assert client.post(f"{url}merge/", {"into": str(into)})["Location"].endswith(f"{into}/")
    assert client.post(f"{measure_url(scene, 'M18')}leave-out/").status_code == 302
    assert scene.version.measure_texts.count() == 16


def test_a_chapter_and_its_conflict(scene: PlanScene):
    client = desk(scene.alice)
    chapter = scene.version.chapters.get(number=1)
    url = f"/desk/plan/chapters/{chapter.pk}/"
    assert client.get(url).status_code == 200
    typed = {"title": chapter.title, "body": "孤独がある。", "revision": "0"}
    assert client.post(url, typed).status_code == 302
    answer = client.post(url, typed | {"body": "別の文。"})
    assert answer.status_code == 409
    assert "孤独がある。" in words(answer)
    assert "別の文。" in words(answer)
    assert desk(scene.bob).get(url).status_code == 404


def test_orders_are_traced_at_the_desk(scene: PlanScene, client: Client):
    order = SourceOrder.objects.get(number=17)
    secretary = desk(scene.alice)
    assert secretary.get("/desk/plan/orders/").status_code == 200
    answer = secretary.post(
        "/desk/plan/orders/", {"order": str(order.pk), "measures": ["M13", "M99", "M\x0001"], "note": "気運"}
    )
    assert answer.status_code == 302
    assert list(order.measures.values_list("key", flat=True)) == ["M13"]
    assert "こたえる施策がない指示：4" in words(client.get("/plan/orders/"))


def test_a_final_draft_has_no_forms_to_save(scene: PlanScene):
    states.consult(actor=scene.alice, version_id=scene.version.pk, at=AT)
    states.finish(actor=scene.alice, version_id=scene.version.pk, at=AT)
    client = desk(scene.alice)
    assert "書きかえられません" in words(client.get(measure_url(scene, "M07")))
    answer = client.post(measure_url(scene, "M07"), form_of(scene, "M07", goal="あとから"))
    assert answer.status_code == 409
    assert "あとから" in words(answer)


def queries(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


def test_lists_cost_the_same_with_more_measures(scene: PlanScene):
    client = desk(scene.alice)
    client.get("/plan/")
    states.write_no_target_reason(actor=scene.alice, version_id=scene.version.pk, reason="施行前")
    paths = ("/plan/", version_url(scene))
    before = [queries(client, path) for path in paths]
    for number in range(5):
        client.post(f"{version_url(scene)}measures/add/", {"title": f"施策{number}", "policy": "1"})
    assert [queries(client, path) for path in paths] == before
