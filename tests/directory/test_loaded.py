"""What people have changed of an entry of ``data/`` stays when the files change, and they are told."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from tests.factories import AT, make_member, make_organization, sign_in
from tsunagari.accounts.models import Role, User
from tsunagari.directory.exchange.provenance import provenance_of
from tsunagari.directory.models import (
    LoadedEntry,
    Location,
    Metadata,
    Operator,
    Revision,
    SearchRow,
    Service,
    ServiceAtLocation,
)
from tsunagari.directory.schedules.reading import read_hours
from tsunagari.directory.selectors.upkeep import upkeep_list
from tsunagari.directory.services import loaded, revisions
from tsunagari.directory.services.content import content_of
from tsunagari.directory.services.loading import FILES, load_directory

LATER = AT + timedelta(days=30)
KEYS = ("yorisoi", "childline")

Load = Callable[..., dict[str, int]]


@pytest.fixture
def load(bare: None, tmp_path: Path) -> Load:
    """Loads two nationwide entries: ``load(yorisoi={"name": …})`` with these fields changed in the file."""
    for name in FILES:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes((settings.DATA_DIR / name).read_bytes())
    original = json.loads((settings.DATA_DIR / "services.json").read_text(encoding="utf-8"))
    texts = json.loads((tmp_path / "service_texts.json").read_text(encoding="utf-8"))
    texts["texts"] = {}
    (tmp_path / "service_texts.json").write_text(json.dumps(texts), encoding="utf-8")
    for name, empty in (("programmes.json", {"programmes": []}), ("programmes_easy.json", {})):
        (tmp_path / name).write_text(json.dumps(empty), encoding="utf-8")

    def load(*, without: str = "", force: bool = False, **changed: dict[str, Any]) -> dict[str, int]:
        entries = [entry for entry in original["services"] if entry["id"] in KEYS and entry["id"] != without]
        entries = [{**entry, **changed.get(entry["id"], {})} for entry in entries]
        source = {**original, "services": entries, "municipal_services": []}
        (tmp_path / "services.json").write_text(json.dumps(source), encoding="utf-8")
        return load_directory(folder=tmp_path, at=LATER, force=force)

    load()
    return load


@pytest.fixture
def keepers(load: Load) -> tuple[User, User]:
    """Two people of the organisation that runs the platform."""
    runs = make_organization("つながり運営室")
    Operator.objects.create(organization=runs)
    return make_member("olga", Role.OFFICER, runs), make_member("oscar", Role.OFFICER, runs)


def entry(key: str = "yorisoi") -> Service:
    return Service.objects.get(key=key)


def publish(keepers: tuple[User, User], **changed: Any) -> Service:
    """Written by one, published by the other."""
    olga, oscar = keepers
    draft = revisions.begin_revision(actor=olga, service_id=entry().pk, at=AT)
    draft = revisions.save_revision(
        actor=olga, revision_id=draft.pk, content=draft.content | changed, version=draft.version, at=AT
    )
    revisions.submit_revision(actor=olga, revision_id=draft.pk, at=AT)
    revisions.publish_revision(actor=oscar, revision_id=draft.pk, version=draft.version, at=AT)
    return entry()


def channels_of(file: dict[str, Any], **changed: Any) -> list[dict[str, Any]]:
    return [{**file["channels"][0], **changed}, *file["channels"][1:]]


def in_file(key: str = "yorisoi") -> dict[str, Any]:
    source = json.loads((settings.DATA_DIR / "services.json").read_text(encoding="utf-8"))
    return next(found for found in source["services"] if found["id"] == key)


def test_what_people_wrote_stays_and_the_rest_follows_the_file(load: Load, keepers: Any):
    publish(keepers, description="人が直した説明です。")
    load(yorisoi={"description": "ファイルの新しい説明です。", "note": "ファイルの新しい注意です。"})
    assert (entry().description, entry().note) == ("人が直した説明です。", "ファイルの新しい注意です。")
    word = LoadedEntry.objects.get(service=entry())
    assert word.kept == {"description": "ファイルの新しい説明です。"}
    assert LoadedEntry.objects.get(service=entry("childline")).kept == {}
    row = SearchRow.objects.filter(service=entry()).first()
    assert row is not None


def test_an_edit_that_the_file_says_nothing_new_about_is_no_news(load: Load, keepers: Any):
    publish(keepers, alert="1月まで工事中です。", url="https://example.org/new")
    load(yorisoi={"note": "ファイルの新しい注意です。"})
    assert (entry().alert, entry().url) == ("1月まで工事中です。", "https://example.org/new")
    assert LoadedEntry.objects.get(service=entry()).kept == {}
    assert entry() not in upkeep_list(keepers[0], "files", LATER)


def test_channels_and_hours_that_people_changed_stay_whole(load: Load, keepers: Any):
    hours = read_hours("月〜金 10:00〜12:00（祝日を除く）").hours.to_json()
    content = content_of(entry())
    rows = [{**content["channels"][0], "value": "03-0000-1111", "hours": hours}]
    publish(keepers, channels=rows)
    load(yorisoi={"channels": channels_of(in_file(), value="0120-000-000")})
    mine = content_of(entry())["channels"]
    assert [(row["value"], row["hours"]) for row in mine] == [("03-0000-1111", hours)]
    told = LoadedEntry.objects.get(service=entry()).kept["channels"]
    assert told[0]["value"] == "0120-000-000"
    assert len(told) == len(in_file()["channels"])


def test_hours_alone_count_as_a_change_of_the_channel(load: Load, keepers: Any):
    hours = read_hours("土 10:00〜12:00").hours.to_json()
    content = content_of(entry())
    publish(keepers, channels=[{**content["channels"][0], "hours": hours}, *content["channels"][1:]])
    load(yorisoi={"channels": channels_of(in_file(), note="新しい注意")})
    assert content_of(entry())["channels"][0]["hours"] == hours


def test_costs_and_places_that_no_file_speaks_of_stay(load: Load, keepers: Any):
    cost = {"id": "x", "option": "資料代", "amount": "100", "amount_description": ""}
    service = publish(keepers, costs=[cost])
    place = Location.objects.create(organization=service.organization, name="会館", address_1="1-2-3")
    ServiceAtLocation.objects.create(service=service, location=place)
    load(yorisoi={"name": "新しい名前"})
    assert entry().name == "新しい名前"
    assert [row["option"] for row in content_of(entry())["costs"]] == ["資料代"]
    assert [at.location for at in entry().at_locations.all()] == [place]


def test_where_the_file_takes_the_same_correction_it_is_followed_again(load: Load, keepers: Any):
    publish(keepers, note="人が直した注意です。")
    load(yorisoi={"note": "ファイルの注意です。"})
    assert LoadedEntry.objects.get(service=entry()).kept == {"note": "ファイルの注意です。"}
    load(yorisoi={"note": "人が直した注意です。"})
    assert LoadedEntry.objects.get(service=entry()).kept == {}
    load(yorisoi={"note": "もっと新しい注意です。"})
    assert entry().note == "もっと新しい注意です。"


def test_loading_again_writes_nothing_and_does_not_forget_what_was_told(load: Load, keepers: Any):
    publish(keepers, description="人が直した説明です。")
    load(yorisoi={"description": "ファイルの新しい説明です。"})
    before = Metadata.objects.count(), LoadedEntry.objects.get(service=entry()).said
    load(yorisoi={"description": "ファイルの新しい説明です。"}, force=True)
    word = LoadedEntry.objects.get(service=entry())
    assert (Metadata.objects.count(), word.said) == before
    assert word.kept == {"description": "ファイルの新しい説明です。"}


@pytest.mark.parametrize("edited", ["description", "channels", "areas"])
def test_an_entry_from_before_is_known_by_its_history(load: Load, keepers: Any, edited: str):
    content = content_of(entry())
    mine = {
        "description": "人が直した説明です。",
        "channels": content["channels"][1:],
        "areas": ["131041"],
    }[edited]
    publish(keepers, **{edited: mine})
    LoadedEntry.objects.all().delete()
    load(yorisoi={"description": "ファイルの新しい説明です。", "note": "ファイルの新しい注意です。"})
    now = content_of(entry())
    assert now[edited] == mine
    assert now["note"] == "ファイルの新しい注意です。"
    if edited != "description":
        assert now["description"] == "ファイルの新しい説明です。"


def test_an_edited_entry_that_leaves_the_files_stays_and_is_told_once(load: Load, keepers: Any):
    publish(keepers, description="人が直した説明です。")
    load(without="yorisoi")
    assert entry().status == "active"
    assert SearchRow.objects.filter(service=entry()).exists()
    assert entry() in upkeep_list(keepers[0], "files", LATER)
    loaded.keep_ours(actor=keepers[0], service_id=entry().pk)
    load(without="yorisoi", childline={"note": "x"})
    assert LoadedEntry.objects.get(service=entry()).gone_at is None
    assert entry().status == "active"


def test_an_untouched_entry_that_leaves_the_files_ends_and_comes_back(load: Load):
    load(without="yorisoi")
    assert entry().status == "defunct"
    load()
    assert entry().status == "active"
    assert SearchRow.objects.filter(service=entry()).exists()


def test_what_people_ended_stays_ended(load: Load, keepers: Any):
    publish(keepers, status="defunct")
    load(yorisoi={"note": "ファイルの新しい注意です。"})
    assert entry().status == "defunct"
    assert not SearchRow.objects.filter(service=entry()).exists()


def test_the_desk_tells_what_the_file_says_and_makes_a_draft_of_it(load: Load, keepers: Any):
    publish(keepers, description="人が直した説明です。")
    load(yorisoi={"description": "ファイルの新しい説明です。"})
    assert list(upkeep_list(keepers[0], "files", LATER)) == [entry()]
    olga = sign_in(Client(), keepers[0])
    shown = olga.get(reverse("directory:entry", args=[entry().pk]))
    assert "data/ のファイルとちがうところ" in shown.content.decode()
    (difference,) = shown.context["words_of_file"]
    assert (difference.name, "".join(text for _, text in difference.whole.after)) == (
        "description", "ファイルの新しい説明です。",
    )  # fmt: skip
    page = olga.get(reverse("directory:upkeep"), {"list": "files"})
    assert entry().name in page.content.decode()
    response = olga.post(reverse("directory:from_file", args=[entry().pk]))
    draft = Revision.objects.get(state="draft")
    assert response["Location"] == reverse("directory:revision", args=[draft.pk])
    assert draft.content["description"] == "ファイルの新しい説明です。"
    assert entry().description == "人が直した説明です。", "nothing is public before a second person looked"
    response = olga.post(reverse("directory:from_file", args=[entry().pk]), {"keep": "ours"})
    assert response.status_code == 302
    html = olga.get(reverse("directory:entry", args=[entry().pk])).content.decode()
    assert "data/ のファイルとちがうところ" not in html
    response = olga.post(reverse("directory:from_file", args=[entry().pk]))
    assert (response.status_code, Revision.objects.filter(state="draft").count()) == (422, 1)


def test_an_outsider_finds_nothing_to_decide(load: Load, keepers: Any):
    publish(keepers, description="人が直した説明です。")
    load(yorisoi={"description": "ファイルの新しい説明です。"})
    charlie = sign_in(Client(), make_member("charlie", Role.EDITOR, make_organization("別の会")))
    for data in ({}, {"keep": "ours"}):
        assert charlie.post(reverse("directory:from_file", args=[entry().pk]), data).status_code == 404
    assert LoadedEntry.objects.get(service=entry()).kept
    assert not Revision.objects.filter(state="draft").exists()


def test_a_field_says_whether_it_stands_as_in_the_files(load: Load, keepers: Any):
    publish(keepers, description="人が直した説明です。")
    origins = provenance_of(entry().pk)
    assert {origins[name].how for name in ("name", "channels", "channel_schedules", "areas", "needs")} == {
        "files"
    }
    assert origins["description"].how == "entered"
    html = sign_in(Client(), keepers[0]).get(reverse("directory:entry", args=[entry().pk])).content.decode()
    assert "このしくみのデータ" in html
