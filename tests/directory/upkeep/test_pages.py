"""The desk's pages of entries: owner, team-mate, outsider, operator. Nothing typed is lost."""

import csv
import io
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.directory.upkeep.conftest import Scene, entry_content
from tests.factories import AT, make_member, make_organization, sign_in
from tsunagari.accounts.models import Role
from tsunagari.directory.forms.entries import initial_channels, initial_of
from tsunagari.directory.models import (
    ConfirmationMail,
    ConfirmationRequest,
    Metadata,
    MistakeReport,
    Revision,
    Service,
)
from tsunagari.directory.services import mistakes, revisions
from tsunagari.directory.services.content import content_of, write_content

NOW = timezone.now()


@pytest.fixture
def alice(client: Client, scene: Scene) -> Client:
    return sign_in(client, scene.alice)


def as_(user: Any) -> Client:
    return sign_in(Client(), user)


def typed(revision: Revision, **changed: Any) -> dict[str, Any]:
    """What the form of a draft sends, as a browser would."""
    data = {
        name: value
        for name, value in initial_of(revision.content, revision.version).items()
        if value is not None
    }
    for prefix, rows in (
        ("channels", initial_channels(revision.content)),
        ("costs", revision.content["costs"]),
    ):
        data |= {
            f"{prefix}-TOTAL_FORMS": len(rows) + 1,
            f"{prefix}-INITIAL_FORMS": len(rows),
            f"{prefix}-MIN_NUM_FORMS": 0,
            f"{prefix}-MAX_NUM_FORMS": 30,
        }
        for place, row in enumerate(rows):
            data |= {
                f"{prefix}-{place}-{name}": "" if value is None else value for name, value in row.items()
            }
    # the empty row, as the browser sends it: the first choice of the list is chosen
    data |= {f"channels-{len(revision.content['channels'])}-type": "phone"}
    return data | changed


def begin(scene: Scene) -> Revision:
    return revisions.begin_revision(actor=scene.alice, service_id=scene.service.pk, at=AT)


def edit(revision: Revision) -> str:
    return reverse("directory:edit", args=[revision.pk])


def saved(revision: Revision) -> dict[str, Any]:
    revision.refresh_from_db()
    content: dict[str, Any] = revision.content
    return content


# -- the whole way -----------------------------------------------------------------------------------------


def test_from_the_list_to_a_published_version_and_back(scene: Scene, alice: Client):
    assert "ひだまり電話" in alice.get("/desk/entries/").content.decode()
    address = alice.post(reverse("directory:begin", args=[scene.service.pk]))["Location"]
    assert alice.get(address).status_code == 200
    draft = Revision.objects.get()
    sent = alice.post(address, typed(draft, description="朝に話せる電話です。"))
    assert sent.status_code == 302
    page = alice.get(sent["Location"]).content.decode()
    assert "<del>夜</del>" in page
    assert "<ins>朝</ins>" in page
    alice.post(reverse("directory:step", args=[draft.pk, "submit"]))
    bob = as_(scene.bob)
    assert "ひだまり電話" in bob.get("/desk/entries/reviews/").content.decode()
    assert "公開する" not in alice.get(sent["Location"]).content.decode()
    draft.refresh_from_db()
    published = bob.post(
        reverse("directory:step", args=[draft.pk, "publish"]), {"version": draft.version}, follow=True
    )
    assert "第1版" in published.content.decode()
    scene.service.refresh_from_db()
    assert scene.service.description == "朝に話せる電話です。"
    back = alice.post(reverse("directory:restore", args=[draft.pk]), {"side": "before"})
    assert back.status_code == 302
    assert Revision.objects.get(restores=draft).content["description"] == "夜に話せる電話です。"


def test_a_new_entry_and_its_end(scene: Scene, alice: Client):
    made = alice.post("/desk/entries/new/", {"organization": scene.organization.pk})
    draft = Revision.objects.get(service=None)
    assert made["Location"] == edit(draft)
    assert "これから載せる窓口" in alice.get("/desk/entries/").content.decode()
    other = make_organization("よその会")
    for organization in (other.pk, "x", ""):
        assert alice.post("/desk/entries/new/", {"organization": organization}).status_code == 404


def test_the_form_changes_nothing_when_nothing_is_typed(scene: Scene, alice: Client):
    full = entry_content(
        documents=["身分証"], areas=["131041", "130001"], minimum_age=6, fees_description="無料", note="a\nb"
    )
    service = write_content(full, service=None, organization=scene.organization)
    draft = revisions.begin_revision(actor=scene.alice, service_id=service.pk, at=AT)
    assert alice.post(edit(draft), typed(draft)).status_code == 302
    assert saved(draft) == draft.base == content_of(service)


# -- hours -------------------------------------------------------------------------------------------------


def test_hours_are_typed_as_people_write_them_and_shown_as_a_week(scene: Scene, alice: Client):
    draft = begin(scene)
    hours = {"channels-0-hours": "月〜金 10:00〜19:00（祝日を除く）、土 10時から正午"}
    shown = alice.post(edit(draft), typed(draft, **hours, preview="1"))
    html = shown.content.decode()
    assert shown.status_code == 200
    assert "このように読みました" in html
    assert "10:00〜19:00" in html
    assert saved(draft)["channels"][0]["hours"] == content_of(scene.service)["channels"][0]["hours"]
    alice.post(edit(draft), typed(draft, **hours))
    assert '"opens":600' in saved(draft)["channels"][0]["hours"]


@pytest.mark.parametrize(
    "text", ["そのうち", "だいたい 9時ごろ", "月〜金", "9:00〜17:00（祝日の場合は翌日）", "あ" * 500]
)
def test_hours_that_cannot_be_read_are_told_and_stay_as_typed(scene: Scene, alice: Client, text: str):
    draft = begin(scene)
    response = alice.post(edit(draft), typed(draft, **{"channels-0-hours": text, "note": "のこる"}))
    html = response.content.decode()
    assert response.status_code == 422
    assert text in html
    assert "のこる" in html
    assert "直すところがあります" in html
    assert draft.version == Revision.objects.get(pk=draft.pk).version


def test_words_beside_the_hours_become_a_note(scene: Scene, alice: Client):
    draft = begin(scene)
    alice.post(edit(draft), typed(draft, **{"channels-0-hours": "月〜金 9:00〜18:00（要予約）"}))
    row = saved(draft)["channels"][0]
    assert "要予約" in row["note"]
    assert '"closes":1080' in row["hours"]


# -- bad input ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""), ("name", "あ" * 201), ("description", "あ" * 5001), ("url", "javascript:alert(1)"),
        ("url", "https://"), ("email", "x"), ("areas", "どこかの町"), ("areas", "府中市"),
        ("areas", "999999"),
        ("needs", ["nothing"]), ("languages", ["xx"]), ("minimum_age", "-1"), ("minimum_age", "1000"),
        ("maximum_age", "x"), ("documents", "あ" * 301), ("documents", "\n".join(map(str, range(51)))),
        ("kind", "x"), ("status", "x"), ("channels-0-value", "でんわ"), ("channels-0-value", ""),
        ("channels-0-type", "x"), ("channels-0-toll_free", "x"), ("costs-0-amount", "-1"),
        ("costs-0-amount", "1e99"), ("costs-0-option", "あ" * 201), ("channels-TOTAL_FORMS", "x"),
        ("channels-TOTAL_FORMS", "9999"), ("version", "x"), ("version", ""),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_and_nothing_is_saved(scene: Scene, alice: Client, field: str, value: Any):
    draft = begin(scene)
    response = alice.post(edit(draft), typed(draft, **{field: value, "alert": "書いたものは残る"}))
    assert response.status_code == 422
    assert "書いたものは残る" in response.content.decode()
    assert Revision.objects.get(pk=draft.pk).version == draft.version


def test_markup_is_text(scene: Scene, alice: Client):
    draft = begin(scene)
    evil = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    sent = alice.post(edit(draft), typed(draft, name=evil, description=evil, alert="a\x00b\u202ec"))
    assert sent.status_code == 302
    for address in (sent["Location"], edit(draft), "/desk/entries/"):
        html = alice.get(address).content.decode()
        assert "<script>alert" not in html
        assert "<img src=x" not in html
    assert saved(draft)["alert"] == "a b c"


def test_areas_by_name_or_code_and_numbers_in_wide_digits(scene: Scene, alice: Client):
    draft = begin(scene)
    changed = {"areas": "東京都新宿区\n130001\n　大阪府 \n", "channels-0-value": "０３ー１２３４ー５６７８"}
    assert alice.post(edit(draft), typed(draft, **changed)).status_code == 302
    content = saved(draft)
    assert content["areas"] == ["130001", "131041", "270008"]
    assert content["channels"][0]["value"] == "03-1234-5678"


def test_rows_are_added_and_taken_away(scene: Scene, alice: Client):
    draft = begin(scene)
    row = {
        "channels-1-type": "web",
        "channels-1-value": "https://example.org/",
        "channels-1-id": str(uuid4()),
    }
    alice.post(edit(draft), typed(draft, **row, **{"channels-0-DELETE": "on", "costs-0-DELETE": "on"}))
    content = saved(draft)
    assert [(one["type"], one["value"]) for one in content["channels"]] == [("web", "https://example.org/")]
    # the id that was sent is nobody's: we give one
    assert content["channels"][0]["id"] != row["channels-1-id"]
    assert content["costs"] == []


# -- at once -----------------------------------------------------------------------------------------------


def test_who_saves_second_sees_what_the_first_wrote_and_loses_nothing(scene: Scene, alice: Client):
    draft = begin(scene)
    first = typed(draft, note="bob が先に")
    mine = typed(draft, note="alice のことば")
    assert as_(scene.bob).post(edit(draft), first).status_code == 302
    conflict = alice.post(edit(draft), mine)
    html = conflict.content.decode()
    assert conflict.status_code == 409
    assert "bob" in html
    assert "alice のことば" in html
    assert saved(draft)["note"] == "bob が先に"
    # the form now carries the version that was saved, so that sending it again is a decision
    assert f'name="version" value="{draft.version}"' in html
    assert alice.post(edit(draft), mine | {"version": draft.version}).status_code == 302
    assert saved(draft)["note"] == "alice のことば"


def test_what_was_published_meanwhile_is_shown_beside_the_draft(scene: Scene, alice: Client):
    draft = begin(scene)
    alice.post(edit(draft), typed(draft, description="わたしの説明"))
    alice.post(reverse("directory:step", args=[draft.pk, "submit"]))
    scene.service.refresh_from_db()
    write_content(
        content_of(scene.service) | {"description": "ほかの説明", "url": "https://example.org/"},
        service=scene.service, organization=scene.organization,
    )  # fmt: skip
    draft.refresh_from_db()
    bob = as_(scene.bob)
    conflict = bob.post(reverse("directory:step", args=[draft.pk, "publish"]), {"version": draft.version})
    html = conflict.content.decode()
    assert conflict.status_code == 409
    for text in (
        "引き継いでください",
        "両方で変わったところ：説明",
        "https://example.org/",
        "ほか",
        "わたし",
    ):
        assert text in html, text
    carried = alice.post(reverse("directory:step", args=[draft.pk, "carry_over"]), follow=True)
    assert "引き継ぎました" in carried.content.decode()
    assert saved(draft)["url"] == "https://example.org/"


@pytest.mark.parametrize("version", ["", "x", "-1", "９", "9" * 30, "0"])
def test_a_version_that_was_not_read_is_not_published(scene: Scene, alice: Client, version: str):
    draft = begin(scene)
    alice.post(edit(draft), typed(draft, note="n"))
    alice.post(reverse("directory:step", args=[draft.pk, "submit"]))
    answer = as_(scene.bob).post(reverse("directory:step", args=[draft.pk, "publish"]), {"version": version})
    assert answer.status_code == 409
    assert saved(draft)["note"] == "n"
    assert draft.state == "in_review"


def test_a_reviewer_returns_with_a_reason_and_the_author_sees_it(scene: Scene, alice: Client):
    draft = begin(scene)
    alice.post(edit(draft), typed(draft, note="n"))
    alice.post(reverse("directory:step", args=[draft.pk, "submit"]))
    bob = as_(scene.bob)
    address = reverse("directory:step", args=[draft.pk, "return"])
    assert bob.post(address, {"reason": ""}).status_code == 422
    bob.post(address, {"reason": "時間が<b>ちがいます"})
    assert "時間が&lt;b&gt;ちがいます" in alice.get(edit(draft)).content.decode()
    assert alice.post(reverse("directory:step", args=[draft.pk, "publish"])).status_code == 404
    assert alice.post(reverse("directory:step", args=[draft.pk, "nonsense"])).status_code == 404
    assert alice.get(reverse("directory:step", args=[draft.pk, "submit"])).status_code == 405


# -- who ---------------------------------------------------------------------------------------------------


def pages_of(scene: Scene) -> list[tuple[str, str]]:
    draft = begin(scene)
    report = mistakes.report_mistake(service_id=scene.service.pk, kind="hours", text="x", at=NOW)
    one, ours, told = [scene.service.pk], [draft.pk], [report.pk]
    return [
        ("get", reverse("directory:entry", args=one)),
        ("post", reverse("directory:begin", args=one)),
        ("post", reverse("directory:confirm_entry", args=one)),
        ("post", reverse("directory:bounced", args=one)),
        ("get", reverse("directory:revision", args=ours)),
        ("get", edit(draft)),
        ("post", edit(draft)),
        *(("post", reverse("directory:step", args=[draft.pk, step])) for step in revisions.TRANSITIONS),
        ("post", reverse("directory:restore", args=ours)),
        ("get", reverse("directory:report", args=told)),
        ("post", reverse("directory:accept_report", args=told)),
        ("post", reverse("directory:decline_report", args=told)),
        ("post", reverse("directory:duplicate_report", args=told)),
    ]


def test_another_organisations_entries_are_not_there(scene: Scene):
    charlie = as_(scene.charlie)
    for method, address in pages_of(scene):
        data = {"reason": "x", "original": str(uuid4())} if method == "post" else {}
        assert getattr(charlie, method)(address, data).status_code == 404, address
    for address in (
        "/desk/entries/",
        "/desk/entries/reports/",
        "/desk/entries/upkeep/",
        "/desk/entries/upkeep.csv",
    ):
        html = charlie.get(address).content.decode()
        assert "ひだまり電話" not in html
    assert MistakeReport.objects.get().state == "open"


def test_who_runs_the_platform_keeps_every_entry(scene: Scene):
    olga = as_(scene.olga)
    for address in ("/desk/entries/", reverse("directory:entry", args=[scene.service.pk])):
        assert "ひだまり電話" in olga.get(address).content.decode()
    olga.post(reverse("directory:confirm_entry", args=[scene.service.pk]))
    scene.service.refresh_from_db()
    assert scene.service.assured_on == timezone.localdate()


def test_drafts_are_nowhere_in_public(scene: Scene, alice: Client):
    draft = begin(scene)
    alice.post(edit(draft), typed(draft, name="まだひみつの名前", note="まだひみつの文"))
    visitor = Client()
    for address in (
        f"/services/{scene.service.pk}/", f"/services/{scene.service.pk}/print/",
        f"/api/hsds/services/{scene.service.pk}", "/api/hsds/services", "/freshness/",
    ):  # fmt: skip
        response = visitor.get(address)
        assert response.status_code == 200, address
        assert "まだひみつ" not in response.content.decode()
    found = visitor.post("/api/search", {"q": "まだひみつの名前"}, content_type="application/json")
    assert "まだひみつの" not in found.content.decode().replace('"まだひみつの名前"', "")


# -- reports -----------------------------------------------------------------------------------------------


def test_the_list_shows_no_words_and_the_report_does(scene: Scene, alice: Client):
    report = mistakes.report_mistake(
        service_id=scene.service.pk, kind="hours", text="わたしは<b>山田", at=NOW - timedelta(days=15)
    )
    listed = alice.get("/desk/entries/reports/").content.decode()
    assert "山田" not in listed
    assert "14日以上たっています" in listed
    html = alice.get(reverse("directory:report", args=[report.pk])).content.decode()
    assert "わたしは&lt;b&gt;山田" in html
    home = alice.get("/desk/").content.decode()
    assert "1件が14日以上" in home
    assert "山田" not in home


def test_accepting_leads_to_the_field_in_question(scene: Scene, alice: Client):
    report = mistakes.report_mistake(service_id=scene.service.pk, kind="closed", text="x", at=NOW)
    answer = alice.post(reverse("directory:accept_report", args=[report.pk]))
    assert answer["Location"] == f"{edit(Revision.objects.get())}#id_status"
    again = alice.post(reverse("directory:accept_report", args=[report.pk]))
    assert (again.status_code, Revision.objects.count()) == (409, 1)


def test_declining_and_duplicates_by_the_page(scene: Scene, alice: Client):
    one, two = (
        mistakes.report_mistake(service_id=scene.service.pk, kind="hours", text=text, at=NOW) for text in "ab"
    )
    decline = reverse("directory:decline_report", args=[one.pk])
    assert alice.post(decline, {"reason": ""}).status_code == 422
    assert alice.post(decline, {"reason": "あ" * 501}).status_code == 422
    duplicate = reverse("directory:duplicate_report", args=[two.pk])
    for original in ("x", str(two.pk), str(uuid4())):
        assert alice.post(duplicate, {"original": original}).status_code == 422
    assert alice.post(duplicate, {"original": str(one.pk)}).status_code == 302
    assert alice.post(decline, {"reason": "正しいです"}).status_code == 302
    states = set(MistakeReport.objects.values_list("state", flat=True))
    assert states == {"declined", "duplicate"}
    for state in ("", "late", "open", "declined", "duplicate"):
        assert alice.get(f"/desk/entries/reports/?state={state}").status_code == 200
    assert alice.get("/desk/entries/reports/?state=x").status_code == 422


# -- upkeep ------------------------------------------------------------------------------------------------


def test_the_upkeep_list_has_each_entry_where_it_belongs(scene: Scene):
    organization, today = scene.organization, timezone.localdate()

    def make(name: str, **fields: Any) -> Service:
        return Service.objects.create(organization=organization, name=name, **fields)

    def ask(service: Service, **fields: Any) -> ConfirmationRequest:
        given = {"asked_at": NOW, "last_sent_at": NOW} | fields
        return ConfirmationRequest.objects.create(service=service, **given)

    Service.objects.filter(pk=scene.service.pk).update(assured_on=today)
    make("古い", assured_on=date(2024, 1, 1))
    ask(make("聞いた", as_of="2024-12"))
    ask(make("だまっている", as_of="2024-12"), asked_at=NOW - timedelta(days=400))
    mail = ConfirmationMail.objects.create(
        organization=organization, created_at=NOW, expires_at=NOW, bounced_at=NOW
    )
    mail.requests.add(ask(make("届かない", as_of="2024-12")))
    nobody = make_organization("だれもいない会")
    Service.objects.create(organization=nobody, name="相手がいない")
    line = Service.objects.create(organization=nobody, name="全国の窓口", key="x", as_of="2024-12")
    line.service_areas.create(area=None)
    make("終わった", status="defunct")
    olga = as_(scene.olga)

    def names(wanted: str) -> set[str]:
        text = olga.get(f"/desk/entries/upkeep.csv?list={wanted}").content.decode("utf-8-sig")
        return {row["窓口"] for row in csv.DictReader(io.StringIO(text))}

    everything_old = {"古い", "聞いた", "だまっている", "届かない", "相手がいない", "全国の窓口"}
    assert {wanted: names(wanted) for wanted in ("oldest", "never_asked", "unanswered", "silent")} == {
        "oldest": everything_old,
        "never_asked": {"古い", "相手がいない", "全国の窓口"},
        "unanswered": {"聞いた", "だまっている", "届かない"},
        "silent": {"だまっている"},
    }
    assert (names("bounced"), names("nobody"), names("curated")) == (
        {"届かない"}, {"相手がいない", "全国の窓口"}, {"全国の窓口"},
    )  # fmt: skip
    assert olga.get("/desk/entries/upkeep/?list=curated").status_code == 200
    assert olga.get("/desk/entries/upkeep/?list=x").status_code == 404


def test_the_csv_computes_nothing_and_tells_no_address(scene: Scene):
    Service.objects.filter(pk=scene.service.pk).update(
        name="=1+1", assurer_email="secret@example.org", assured_on=date(2024, 1, 1)
    )
    text = as_(scene.olga).get("/desk/entries/upkeep.csv?list=oldest").content.decode("utf-8-sig")
    assert "'=1+1" in text
    assert "secret@" not in text


def test_whom_to_ask_is_chosen_by_keepers_and_stays_out_of_public_and_history(scene: Scene, alice: Client):
    Metadata.objects.all().delete()
    address = reverse("directory:whom_to_ask", args=[scene.service.pk])
    bad = alice.post(address, {"email": "x"})
    assert (bad.status_code, 'value="x"' in bad.content.decode()) == (422, True)
    assert as_(scene.charlie).post(address, {"email": "c@example.org"}).status_code == 404
    assert alice.post(address, {"email": "Desk@Example.org"}).status_code == 302
    scene.service.refresh_from_db()
    assert scene.service.assurer_email == "desk@example.org"
    assert not Metadata.objects.exists()
    assert (
        "desk@example.org" in alice.get(reverse("directory:entry", args=[scene.service.pk])).content.decode()
    )
    visitor = Client()
    for path in (f"/services/{scene.service.pk}/", f"/api/hsds/services/{scene.service.pk}"):
        assert "desk@example.org" not in visitor.get(path).content.decode()


def test_a_mail_that_came_back_is_marked_by_hand(scene: Scene, alice: Client):
    request = ConfirmationRequest.objects.create(service=scene.service, asked_at=NOW, last_sent_at=NOW)
    mail = ConfirmationMail.objects.create(organization=scene.organization, created_at=NOW, expires_at=NOW)
    mail.requests.add(request)
    alice.post(reverse("directory:bounced", args=[scene.service.pk]))
    mail.refresh_from_db()
    assert mail.bounced_at is not None


@pytest.mark.parametrize(
    "address",
    [
        "/desk/", "/desk/entries/", "/desk/entries/reviews/", "/desk/entries/reports/",
        "/desk/entries/upkeep/?list=unanswered", "/desk/entries/upkeep/?list=oldest",
    ],
)  # fmt: skip
def test_lists_ask_the_database_as_often_for_three_as_for_one(scene: Scene, address: str):
    bob = as_(scene.bob)
    counts = []
    for number in (1, 3):
        while Service.objects.filter(organization=scene.organization).count() < number + 1:
            fill(scene)
        bob.get(address)
        with CaptureQueriesContext(connection) as captured:
            assert bob.get(address).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]


def fill(scene: Scene) -> None:
    """One more entry with everything that a list may show of it."""
    service = write_content(entry_content(), service=None, organization=scene.organization)
    ConfirmationRequest.objects.create(service=service, asked_at=NOW, last_sent_at=NOW)
    mistakes.report_mistake(service_id=service.pk, kind="hours", text="x", at=NOW)
    draft = revisions.begin_revision(actor=scene.alice, service_id=service.pk, at=AT)
    draft = revisions.save_revision(
        actor=scene.alice, revision_id=draft.pk, content=draft.content | {"note": "n"},
        version=draft.version, at=AT,
    )  # fmt: skip
    revisions.submit_revision(actor=scene.alice, revision_id=draft.pk, at=AT)
    make_member(f"m{uuid4().hex[:6]}", Role.VIEWER, scene.organization, second_factor=False)
