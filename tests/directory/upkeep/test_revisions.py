"""Drafts and versions: the table of states, four eyes, conflicts, what is written back."""

import itertools
import threading
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.test import Client

from tests.directory.upkeep.conftest import WEEKDAYS, Scene, entry_content, make_scene
from tests.factories import AT, make_member
from tsunagari.accounts.models import Role, User
from tsunagari.directory.models import (
    Channel,
    ConfirmationRequest,
    Metadata,
    MistakeReport,
    Reachability,
    Revision,
    Schedule,
    Service,
)
from tsunagari.directory.schedules.reading import read_hours
from tsunagari.directory.services import mistakes, revisions
from tsunagari.directory.services.content import content_of
from tsunagari.directory.services.revisions import TRANSITIONS

State = Revision.State


def draft_of(scene: Scene, actor: User | None = None, **changed: object) -> Revision:
    """A draft of alice's with these fields changed."""
    actor = actor or scene.alice
    draft = revisions.begin_revision(actor=actor, service_id=scene.service.pk, at=AT)
    return revisions.save_revision(
        actor=actor, revision_id=draft.pk, content=draft.content | changed, version=draft.version, at=AT
    )


def publish(scene: Scene, **changed: object) -> Revision:
    """Written by alice, published by bob."""
    draft = draft_of(scene, **changed)
    revisions.submit_revision(actor=scene.alice, revision_id=draft.pk, at=AT)
    return revisions.publish_revision(
        actor=scene.bob, revision_id=draft.pk, version=draft.version, at=AT + timedelta(hours=1)
    )


def test_a_draft_is_reviewed_and_published(scene: Scene):
    draft = draft_of(scene, description="朝に話せる電話です。")
    scene.service.refresh_from_db()
    assert scene.service.description == "夜に話せる電話です。"
    revisions.submit_revision(actor=scene.alice, revision_id=draft.pk, at=AT)
    scene.service.refresh_from_db()
    assert (scene.service.description, scene.service.assured_on) == ("夜に話せる電話です。", None)
    done = revisions.publish_revision(actor=scene.bob, revision_id=draft.pk, version=draft.version, at=AT)
    scene.service.refresh_from_db()
    assert scene.service.description == "朝に話せる電話です。"
    assert scene.service.assured_on == date(2026, 11, 24)
    assert (done.state, done.number, done.author, done.reviewer, done.decided_at) == (
        "published", 1, scene.alice, scene.bob, AT,
    )  # fmt: skip
    assert publish(scene, note="n").number == 2


def test_publishing_lets_the_search_follow_in_the_same_transaction(scene: Scene):
    publish(scene, description="朝に話せる電話です。")
    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name, args FROM procrastinate_jobs")
        jobs = [(name, args) for name, args in cursor.fetchall() if name == "directory.reindex"]
    assert len(jobs) == 1
    assert str(scene.service.pk) in str(jobs[0][1])


def test_the_history_names_a_pseudonym_and_only_what_changed(scene: Scene):
    Metadata.objects.all().delete()
    publish(scene, description="朝に話せる電話です。")
    rows = Metadata.objects.exclude(field_name="assured_on").values_list(
        "resource_type", "field_name", "replacement_value", "updated_by"
    )
    pseudonym = revisions.pseudonym_of(scene.bob)
    assert list(rows) == [("service", "description", "朝に話せる電話です。", pseudonym)]
    assert scene.bob.display_name not in pseudonym
    assert str(scene.bob.pk) not in pseudonym
    assert pseudonym != revisions.pseudonym_of(scene.alice)


def test_a_new_entry_is_nothing_until_it_is_published(scene: Scene):
    before = Service.objects.count()
    draft = revisions.begin_entry(actor=scene.alice, organization_id=scene.organization.pk, at=AT)
    content = entry_content(name="あたらしい窓口")
    draft = revisions.save_revision(
        actor=scene.alice, revision_id=draft.pk, content=content, version=1, at=AT
    )
    revisions.submit_revision(actor=scene.alice, revision_id=draft.pk, at=AT)
    assert Service.objects.count() == before
    done = revisions.publish_revision(actor=scene.bob, revision_id=draft.pk, version=draft.version, at=AT)
    made = Service.objects.get(name="あたらしい窓口")
    assert (done.service, made.organization, made.contact_verified) == (made, scene.organization, True)
    assert content_of(made) == done.content
    with pytest.raises(PermissionDenied):
        revisions.begin_entry(actor=scene.charlie, organization_id=scene.organization.pk, at=AT)


@pytest.mark.parametrize("lack", ["name", "description", "areas", "channels"])
def test_what_a_public_entry_needs(scene: Scene, lack: str):
    draft = draft_of(scene, **{lack: [] if lack in {"areas", "channels"} else ""})
    with pytest.raises(revisions.NotComplete):
        revisions.submit_revision(actor=scene.alice, revision_id=draft.pk, at=AT)
    draft.refresh_from_db()
    assert draft.state == State.DRAFT


def test_a_closed_entry_needs_no_channel_and_leaves_the_public_pages(scene: Scene, client: Client):
    address = f"/services/{scene.service.pk}/"
    assert client.get(address).status_code == 200
    publish(scene, status="temporarily closed", alert="1月までお休みです。", channels=[])
    html = client.get(address).content.decode()
    assert "1月までお休みです。" in html
    publish(scene, status="defunct")
    assert client.get(address).status_code == 404


def test_a_flood_of_drafts_ends(scene: Scene, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(revisions, "MOST_OPEN_DRAFTS", 2)
    given = {"actor": scene.alice, "organization_id": scene.organization.pk, "at": AT}
    drafts = [revisions.begin_entry(**given) for _ in range(2)]
    with pytest.raises(revisions.TooManyDrafts):
        revisions.begin_entry(**given)
    revisions.withdraw_revision(actor=scene.alice, revision_id=drafts[0].pk, at=AT)
    revisions.begin_entry(**given)


def test_nothing_changed_is_nothing_to_look_at(scene: Scene):
    draft = revisions.begin_revision(actor=scene.alice, service_id=scene.service.pk, at=AT)
    with pytest.raises(revisions.NothingChanged):
        revisions.submit_revision(actor=scene.alice, revision_id=draft.pk, at=AT)


# -- the table of states -----------------------------------------------------------------------------------


def put_in(scene: Scene, state: Revision.State) -> Revision:
    """A draft of alice's in this state."""
    draft = draft_of(scene, description=f"{state} {uuid4()}")
    if state == State.WITHDRAWN:
        return revisions.withdraw_revision(actor=scene.alice, revision_id=draft.pk, at=AT)
    if state != State.DRAFT:
        draft = revisions.submit_revision(actor=scene.alice, revision_id=draft.pk, at=AT)
    if state == State.PUBLISHED:
        return revisions.publish_revision(actor=scene.bob, revision_id=draft.pk, version=draft.version, at=AT)
    if state == State.RETURNED:
        return revisions.return_revision(actor=scene.bob, revision_id=draft.pk, reason="なぜ", at=AT)
    return draft


def go(step: str, actor: User, draft: Revision) -> Revision:
    """One step of the table."""
    given: dict[str, Any] = {"actor": actor, "revision_id": draft.pk, "at": AT}
    match step:
        case "save":
            return revisions.save_revision(
                **given, content=draft.content | {"note": str(uuid4())}, version=draft.version
            )
        case "publish":
            return revisions.publish_revision(**given, version=draft.version)
        case "return":
            return revisions.return_revision(**given, reason="なぜ")
        case "carry_over":
            return revisions.carry_over_revision(**given)[0]
        case _:
            found: Revision = getattr(revisions, f"{step}_revision")(**given)
            return found


@pytest.mark.parametrize(("step", "state"), list(itertools.product(TRANSITIONS, State)))
def test_each_step_goes_where_the_table_says_and_nowhere_else(scene: Scene, step: str, state: State):
    way = TRANSITIONS[step]
    draft = put_in(scene, state)
    actor = scene.bob if way.by == "reviewer" else scene.alice
    if state in way.start:
        assert go(step, actor, draft).state == way.end
    else:
        with pytest.raises(revisions.WrongState):
            go(step, actor, draft)
    draft.refresh_from_db()
    assert draft.state == (way.end if state in way.start else state)


def test_the_handbook_shows_the_same_table():
    text = Path(settings.BASE_DIR, "docs", "operations", "upkeep.md").read_text(encoding="utf-8")
    cells = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| `")]
    rows = [row for row in cells if len(row) == 4]
    written = {row[0].strip("`"): (frozenset(row[1].split(", ")), row[2], row[3]) for row in rows}
    assert written == {
        name: (frozenset(str(state.value) for state in way.start), str(way.end.value), way.by)
        for name, way in TRANSITIONS.items()
    }


# -- who ---------------------------------------------------------------------------------------------------


def test_whoever_has_written_does_not_decide(scene: Scene):
    draft = draft_of(scene, note="alice")
    draft = revisions.save_revision(
        actor=scene.bob, revision_id=draft.pk, content=draft.content | {"note": "bob"},
        version=draft.version, at=AT,
    )  # fmt: skip
    draft = revisions.submit_revision(actor=scene.alice, revision_id=draft.pk, at=AT)
    for author in (scene.alice, scene.bob):
        with pytest.raises(PermissionDenied):
            revisions.publish_revision(actor=author, revision_id=draft.pk, version=draft.version, at=AT)
        with pytest.raises(PermissionDenied):
            revisions.return_revision(actor=author, revision_id=draft.pk, reason="x", at=AT)
    done = revisions.publish_revision(actor=scene.olga, revision_id=draft.pk, version=draft.version, at=AT)
    assert done.reviewer == scene.olga


def test_the_database_itself_refuses_an_author_who_decides(scene: Scene):
    draft = put_in(scene, State.IN_REVIEW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Revision.objects.filter(pk=draft.pk).update(reviewer=scene.alice)


@pytest.mark.parametrize("step", list(TRANSITIONS))
def test_an_outsider_finds_no_draft(scene: Scene, step: str):
    draft = put_in(scene, State.IN_REVIEW)
    with pytest.raises(Revision.DoesNotExist):
        go(step, scene.charlie, draft)
    viewer = make_member("vera", Role.COUNSELLOR, scene.organization)
    with pytest.raises(Revision.DoesNotExist):
        go(step, viewer, draft)
    with pytest.raises(Service.DoesNotExist):
        revisions.begin_revision(actor=scene.charlie, service_id=scene.service.pk, at=AT)


def test_a_member_who_has_left_finds_no_draft(scene: Scene):
    draft = put_in(scene, State.DRAFT)
    scene.alice.memberships.update(ended_at=AT + timedelta(days=400))
    with pytest.raises(Revision.DoesNotExist):
        revisions.submit_revision(actor=scene.alice, revision_id=draft.pk, at=AT)


def test_no_draft_is_returned_without_a_reason(scene: Scene):
    draft = put_in(scene, State.IN_REVIEW)
    with pytest.raises(revisions.ReasonMissing):
        revisions.return_revision(actor=scene.bob, revision_id=draft.pk, reason="  ", at=AT)


# -- at once -----------------------------------------------------------------------------------------------


def test_two_tabs_do_not_overwrite_each_other(scene: Scene):
    draft = draft_of(scene, note="first")
    with pytest.raises(revisions.EditedMeanwhile):
        revisions.save_revision(
            actor=scene.alice, revision_id=draft.pk, content=draft.content | {"note": "second"},
            version=draft.version - 1, at=AT,
        )  # fmt: skip
    draft.refresh_from_db()
    assert draft.content["note"] == "first"


def test_what_was_published_meanwhile_is_not_overwritten_and_can_be_carried_over(scene: Scene):
    mine = draft_of(scene, note="わたし", description="わたしの説明です。")
    other = draft_of(scene, scene.olga, url="https://example.org/", description="あなたの説明です。")
    revisions.submit_revision(actor=scene.olga, revision_id=other.pk, at=AT)
    revisions.publish_revision(actor=scene.bob, revision_id=other.pk, version=other.version, at=AT)
    mine = revisions.submit_revision(actor=scene.alice, revision_id=mine.pk, at=AT)
    with pytest.raises(revisions.PublishedMeanwhile) as meanwhile:
        revisions.publish_revision(actor=scene.bob, revision_id=mine.pk, version=mine.version, at=AT)
    assert meanwhile.value.fields == ["description"]
    assert content_of(Service.objects.get(pk=scene.service.pk))["url"] == "https://example.org/"
    mine, both = revisions.carry_over_revision(actor=scene.alice, revision_id=mine.pk, at=AT)
    assert both == ["description"]
    assert (mine.content["note"], mine.content["url"], mine.content["description"]) == (
        "わたし", "https://example.org/", "わたしの説明です。",
    )  # fmt: skip
    revisions.submit_revision(actor=scene.alice, revision_id=mine.pk, at=AT)
    revisions.publish_revision(actor=scene.bob, revision_id=mine.pk, version=mine.version, at=AT)
    now = content_of(Service.objects.get(pk=scene.service.pk))
    assert (now["note"], now["url"]) == ("わたし", "https://example.org/")


def test_a_confirmation_meanwhile_is_no_conflict(scene: Scene):
    draft = draft_of(scene, note="n")
    Service.objects.filter(pk=scene.service.pk).update(assured_on=date(2026, 11, 1))
    revisions.submit_revision(actor=scene.alice, revision_id=draft.pk, at=AT)
    assert revisions.publish_revision(
        actor=scene.bob, revision_id=draft.pk, version=draft.version, at=AT
    ).state == State.PUBLISHED  # fmt: skip


def test_a_reviewer_publishes_what_was_read(scene: Scene):
    draft = put_in(scene, State.IN_REVIEW)
    seen = draft.version
    revisions.take_back_revision(actor=scene.alice, revision_id=draft.pk, at=AT)
    draft.refresh_from_db()
    revisions.save_revision(
        actor=scene.alice, revision_id=draft.pk, content=draft.content | {"note": "あとから"},
        version=draft.version, at=AT,
    )  # fmt: skip
    revisions.submit_revision(actor=scene.alice, revision_id=draft.pk, at=AT)
    with pytest.raises(revisions.EditedMeanwhile):
        revisions.publish_revision(actor=scene.bob, revision_id=draft.pk, version=seen, at=AT)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_publish_at_once_one_does():
    scene = make_scene()
    draft = put_in(scene, State.IN_REVIEW)
    start = threading.Barrier(2)
    outcomes: list[str] = []

    def decide(actor: User) -> None:
        start.wait()
        try:
            revisions.publish_revision(actor=actor, revision_id=draft.pk, version=draft.version, at=AT)
            outcomes.append("published")
        except revisions.WrongState:
            outcomes.append("late")
        finally:
            connection.close()

    threads = [threading.Thread(target=decide, args=[actor]) for actor in (scene.bob, scene.olga)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["late", "published"]
    assert Revision.objects.filter(service=scene.service, number=1).count() == 1


# -- what is written ---------------------------------------------------------------------------------------


def test_what_a_draft_does_not_speak_of_stays(scene: Scene):
    channel = scene.service.channels.get()
    Channel.objects.filter(pk=channel.pk).update(extension="12", from_mobile=True, languages=["vi"])
    Reachability.objects.create(
        channel=channel, attempts=10, answered=5, source="自己申告", observed_on=date(2026, 11, 1)
    )
    schedules = set(channel.schedules.values_list("pk", flat=True))
    before = content_of(scene.service)
    row = before["channels"][0]
    publish(scene, channels=[row | {"label": "昼の電話"}])
    stored = scene.service.channels.get()
    assert stored.pk == channel.pk
    assert (stored.label, stored.extension, stored.from_mobile, stored.languages) == (
        "昼の電話", "12", True, ["vi"],
    )  # fmt: skip
    assert stored.reachability.count() == 1
    assert set(stored.schedules.values_list("pk", flat=True)) == schedules
    publish(scene, channels=[row | {"hours": read_hours("土 10:00〜12:00").hours.to_json()}])
    assert list(Schedule.objects.filter(channel=channel).values_list("byday", "opens_minute")) == [
        ("SA", 600)
    ]
    publish(scene, channels=[row | {"hours": ""}])
    assert not Schedule.objects.filter(channel=channel).exists()


def test_the_content_read_back_is_the_content_written(scene: Scene):
    full = entry_content(
        documents=["身分証", "印かん"], needs=["work", "loneliness"], languages=["en", "ja"],
        areas=["000000"], minimum_age=6, maximum_age=18, fees_description="無料です。",
    )  # fmt: skip
    done = publish(scene, **full)
    now = content_of(Service.objects.get(pk=scene.service.pk))
    assert {**now, "channels": 0, "costs": 0} == {**full, "channels": 0, "costs": 0}
    assert now["channels"][0]["hours"] == WEEKDAYS
    assert now == done.content


def test_a_draft_takes_over_no_channel_of_another_entry(scene: Scene):
    other = Service.objects.create(organization=scene.organization, name="ほか")
    theirs = Channel.objects.create(service=other, type="phone", value="110")
    row = content_of(scene.service)["channels"][0]
    publish(scene, channels=[row | {"id": str(theirs.pk), "value": "03-9999-9999"}])
    theirs.refresh_from_db()
    assert (theirs.service, theirs.value) == (other, "110")
    assert scene.service.channels.get().value == "03-9999-9999"


def test_going_back_is_a_new_draft_with_the_old_words(scene: Scene):
    first = publish(scene, description="いち")
    second = publish(scene, description="に")
    draft = revisions.begin_restoring(actor=scene.alice, revision_id=first.pk, before=False, at=AT)
    assert (draft.state, draft.content["description"], draft.base["description"]) == (
        State.DRAFT, "いち", "に",
    )  # fmt: skip
    scene.service.refresh_from_db()
    assert scene.service.description == "に"
    before_all = revisions.begin_restoring(actor=scene.alice, revision_id=first.pk, before=True, at=AT)
    assert before_all.content["description"] == "夜に話せる電話です。"
    with pytest.raises(revisions.NothingChanged):
        revisions.begin_restoring(actor=scene.alice, revision_id=second.pk, before=False, at=AT)
    with pytest.raises(Revision.DoesNotExist):
        revisions.begin_restoring(actor=scene.charlie, revision_id=first.pk, before=False, at=AT)


def test_publishing_answers_the_question_that_was_open(scene: Scene):
    request = ConfirmationRequest.objects.create(service=scene.service, asked_at=AT, last_sent_at=AT)
    publish(scene, note="n")
    request.refresh_from_db()
    assert request.answer == "confirmed"


def test_a_withdrawn_draft_lets_its_report_wait_again(scene: Scene):
    report = mistakes.report_mistake(service_id=scene.service.pk, kind="hours", text="", at=AT)
    draft = mistakes.accept_report(actor=scene.alice, report_id=report.pk, at=AT)
    report.refresh_from_db()
    assert report.state == MistakeReport.State.ACCEPTED
    revisions.withdraw_revision(actor=scene.alice, revision_id=draft.pk, at=AT)
    report.refresh_from_db()
    assert (report.state, report.handled_at) == (MistakeReport.State.OPEN, None)


def test_an_unknown_draft_is_not_found(scene: Scene):
    with pytest.raises(Revision.DoesNotExist):
        revisions.submit_revision(actor=scene.alice, revision_id=UUID(int=1), at=AT)
