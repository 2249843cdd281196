"""Places and addresses in the form of an entry: added, changed, taken out; what is confidential stays so."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from tests.directory.upkeep.conftest import Scene
from tests.directory.upkeep.test_pages import typed
from tests.directory.upkeep.test_revisions import draft_of, publish
from tests.factories import AT, sign_in
from tsunagari.directory.forms.entries import initial_places
from tsunagari.directory.models import (
    Accessibility,
    ConfidentialAddress,
    Location,
    Metadata,
    Revision,
    Service,
    ServiceAtLocation,
)
from tsunagari.directory.services import revisions
from tsunagari.directory.services.confidential import AddressTold, make_confidential
from tsunagari.directory.services.content import content_of
from tsunagari.directory.services.places import blank_place, place_content

HALL = {
    "name": "ひだまり会館", "postal_code": "140-0014", "area": "131091", "address_1": "大井1-14-1",
    "address_2": "3階", "transportation": "大井町駅から歩いて5分", "latitude": 35.6092, "longitude": 139.7302,
}  # fmt: skip


@pytest.fixture
def alice(client: Client, scene: Scene) -> Client:
    return sign_in(client, scene.alice)


def hall(scene: Scene, **changed: Any) -> Location:
    """A place of the organisation at which its entry is offered."""
    columns = {**HALL, **changed}
    columns["area_id"] = columns.pop("area")
    place = Location.objects.create(**{"organization": scene.organization, **columns})
    ServiceAtLocation.objects.create(service=scene.service, location=place, description="受付は1階です")
    return place


def sent(scene: Scene, draft: Revision, *new: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """What a browser sends of the places: those of the draft with ``p0_name=…`` changed, then new ones."""
    rows = initial_places(draft.content, scene.organization)
    data = typed(draft) | {
        "places-TOTAL_FORMS": len(rows) + len(new), "places-INITIAL_FORMS": len(rows),
        "places-MIN_NUM_FORMS": 0, "places-MAX_NUM_FORMS": 30,
    }  # fmt: skip
    for number, row in enumerate([*rows, *new]):
        kept = {name: value for name, value in row.items() if name not in {"standing", "shown"}}
        data |= {f"places-{number}-{name}": value for name, value in kept.items() if value is not None}
    return data | {f"places-{name[1]}-{name[3:]}": value for name, value in changed.items()}


def save(client: Client, scene: Scene, *new: dict[str, Any], **changed: Any) -> Revision:
    draft = revisions.begin_revision(actor=scene.alice, service_id=scene.service.pk, at=AT)
    response = client.post(reverse("directory:edit", args=[draft.pk]), sent(scene, draft, *new, **changed))
    assert response.status_code == 302, [form.errors for form in response.context["places"]]
    draft.refresh_from_db()
    return draft


def refused(client: Client, scene: Scene, *new: dict[str, Any], **changed: Any) -> Any:
    draft = revisions.begin_revision(actor=scene.alice, service_id=scene.service.pk, at=AT)
    response = client.post(reverse("directory:edit", args=[draft.pk]), sent(scene, draft, *new, **changed))
    assert response.status_code == 422
    draft.refresh_from_db()
    assert draft.version == 1
    return response


def published(scene: Scene, draft: Revision) -> list[dict[str, Any]]:
    revisions.submit_revision(actor=scene.alice, revision_id=draft.pk, at=AT)
    revisions.publish_revision(actor=scene.bob, revision_id=draft.pk, version=draft.version, at=AT)
    places: list[dict[str, Any]] = content_of(Service.objects.get(pk=scene.service.pk))["places"]
    return places


def test_a_place_is_added_looked_at_by_a_second_person_and_public(alice: Client, scene: Scene):
    draft = save(
        alice, scene,
        {"name": "ひだまり会館", "postal_code": "〒１４０－００１４", "area": "東京都品川区",
         "address_1": "大井1-14-1", "address_2": "3階", "point": "(35.6092, 139.7302)",
         "transportation": "大井町駅から歩いて5分", "note": "予約を"},
    )  # fmt: skip
    assert not Location.objects.exists()
    shown = sign_in(Client(), scene.bob).get(reverse("directory:revision", args=[draft.pk])).content.decode()
    for words in ("大井1-14-1", "東京都品川区", "140-0014", "35.6092, 139.7302"):
        assert f"<ins>{words}</ins>" in shown
    (row,) = published(scene, draft)
    assert {name: row[name] for name in HALL} == HALL
    assert (row["note"], row["confidential"]) == ("予約を", False)
    place = Location.objects.get()
    assert (place.organization, place.location_type) == (scene.organization, "physical")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'directory.reindex'")
        assert cursor.fetchone()[0] == 1


def test_a_changed_address_forgets_the_point_of_the_old_one(alice: Client, scene: Scene):
    place = hall(scene)
    Location.objects.filter(pk=place.pk).update(name_kana="ひだまりかいかん", description="赤い屋根")
    draft = save(alice, scene, p0_address_1="大井2-2-2")
    (row,) = published(scene, draft)
    assert (row["address_1"], row["latitude"], row["longitude"]) == ("大井2-2-2", None, None)
    place.refresh_from_db()
    assert (place.name_kana, place.description) == ("ひだまりかいかん", "赤い屋根")
    changes = Metadata.objects.filter(resource_id=place.pk, field_name="address_1")
    assert [(change.previous_value, change.replacement_value) for change in changes] == [
        ("大井1-14-1", "大井2-2-2")
    ]
    assert changes[0].updated_by.startswith("staff-")


def test_a_form_sent_back_as_it_is_changes_nothing(alice: Client, scene: Scene):
    hall(scene)
    draft = save(alice, scene)
    assert draft.content == draft.base


def test_a_place_that_is_taken_out_is_gone_and_comes_back_with_its_version(alice: Client, scene: Scene):
    place = hall(scene)
    draft = save(alice, scene, p0_DELETE="on")
    assert published(scene, draft) == []
    assert not Location.objects.filter(pk=place.pk).exists()
    back = revisions.begin_restoring(actor=scene.alice, revision_id=draft.pk, before=True, at=AT)
    (row,) = published(scene, back)
    assert (row["id"], row["address_1"], row["note"]) == (str(place.pk), "大井1-14-1", "受付は1階です")


def test_a_place_at_which_something_is_left_is_only_taken_out(alice: Client, scene: Scene):
    place = hall(scene)
    Accessibility.objects.create(location=place, description="段差なし")
    assert published(scene, save(alice, scene, p0_DELETE="on")) == []
    assert Location.objects.filter(pk=place.pk).exists()


def test_a_place_of_ours_is_chosen_from_the_list(alice: Client, scene: Scene):
    place = Location.objects.create(organization=scene.organization, name="分室", address_1="一番町1-2")
    stranger = Location.objects.create(organization=scene.olga.memberships.get().organization, name="よそ")
    Location.objects.create(organization=scene.organization, name="別室", address_1="一番町3-4")
    (row,) = published(scene, save(alice, scene, {"existing": str(place.pk)}))
    assert (row["id"], row["name"]) == (str(place.pk), "分室")
    response = refused(alice, scene, {"existing": str(stranger.pk)})
    assert response.context["places"].errors[1]["existing"]
    response = refused(alice, scene, {"existing": str(uuid4())})
    assert response.context["places"].errors[1]["existing"]


def test_the_place_of_another_organisation_is_shown_and_not_changed(alice: Client, scene: Scene):
    other = scene.charlie.memberships.get().organization
    place = hall(scene, organization=other)
    draft = revisions.begin_revision(actor=scene.alice, service_id=scene.service.pk, at=AT)
    page = alice.get(reverse("directory:edit", args=[draft.pk])).content.decode()
    assert "ひだまり会館" in page
    assert 'name="places-0-address_1"' not in page
    draft = save(alice, scene, p0_address_1="のっとり1-1", p0_name="のっとり", p0_note="2階へ")
    (row,) = published(scene, draft)
    assert (row["address_1"], row["name"], row["note"]) == ("大井1-14-1", "ひだまり会館", "2階へ")
    place.refresh_from_db()
    assert place.organization == other


def test_a_draft_that_writes_into_another_organisations_place_changes_nothing_there(scene: Scene):
    place = hall(scene, organization=scene.charlie.memberships.get().organization)
    row = {**place_content(place), "address_1": "のっとり1-1"}
    publish(scene, places=[row])
    place.refresh_from_db()
    assert place.address_1 == "大井1-14-1"


def test_fields_sent_with_the_id_of_another_row_are_not_taken(alice: Client, scene: Scene):
    ours = hall(scene)
    theirs = hall(scene, organization=scene.charlie.memberships.get().organization, name="よその会館")
    draft = revisions.begin_revision(actor=scene.alice, service_id=scene.service.pk, at=AT)
    rows = initial_places(draft.content, scene.organization)
    number = next(n for n, row in enumerate(rows) if row["id"] == str(ours.pk))
    draft = save(alice, scene, **{f"p{number}_id": str(theirs.pk), f"p{number}_address_1": "のっとり1-1"})
    written = {row["id"]: row["address_1"] for row in draft.content["places"]}
    assert written == {str(ours.pk): "のっとり1-1", str(theirs.pk): "大井1-14-1"}


@pytest.fixture
def shelter(scene: Scene) -> Location:
    place = hall(scene, name="ほたるの家", address_1="朧月町3-14-15", address_2="蜃気楼コーポ")
    return make_confidential(
        actor=scene.alice, location_id=place.pk, keep_address=True, tell_prefecture=True, at=AT
    )


def test_a_confidential_place_shows_no_field_and_takes_no_address(
    alice: Client, scene: Scene, shelter: Location
):
    draft = revisions.begin_revision(actor=scene.alice, service_id=scene.service.pk, at=AT)
    page = alice.get(reverse("directory:edit", args=[draft.pk])).content.decode()
    assert "所在地を知らせない場所" in page
    for name in ("name", "address_1", "area", "note", "point"):
        assert f'name="places-0-{name}"' not in page
    assert "朧月町" not in page
    typed_in = {"p0_address_1": "虹ヶ丘9-9", "p0_name": "虹の家", "p0_note": "裏口へ", "p0_confidential": ""}
    draft = save(alice, scene, **typed_in)
    assert "虹" not in str(draft.content)
    (row,) = published(scene, draft)
    shelter.refresh_from_db()
    assert (shelter.confidential, shelter.name, shelter.address_1, row["confidential"]) == (
        True,
        "",
        "",
        True,
    )
    assert ServiceAtLocation.objects.get(location=shelter).description == ""


def test_no_draft_writes_into_a_confidential_place(scene: Scene, shelter: Location):
    row = {**blank_place(str(shelter.pk)), "name": "虹の家", "address_1": "虹ヶ丘9-9", "note": "裏口へ"}
    publish(scene, places=[row])
    shelter.refresh_from_db()
    assert (shelter.confidential, shelter.address_1, shelter.latitude) == (True, "", None)
    assert "虹" not in str(Revision.objects.get(state="published").content)
    assert not Metadata.objects.filter(replacement_value__contains="裏口").exists()


@pytest.mark.parametrize(
    "telling",
    [
        {"name": "会館", "address_1": "朧月町3-14-15"},
        {"name": "会館", "address_1": "朧月町三丁目14番15号"},
        {"name": "蜃気楼コーポ"},
        {"name": "会館", "point": "35.6092, 139.7302"},
        {"name": "会館", "note": "蜃気楼コーポの裏"},
    ],
)
def test_its_address_does_not_come_back_as_a_new_place(
    alice: Client, scene: Scene, shelter: Location, telling: dict[str, str]
):
    response = refused(alice, scene, telling)
    assert "所在地がわかることばがあります" in response.content.decode()
    for value in telling.values():
        assert value in response.content.decode(), "nothing typed is lost"


def test_nor_through_a_draft_from_before(scene: Scene):
    place = hall(scene, address_1="朧月町3-14-15", address_2="蜃気楼コーポ")
    draft = draft_of(scene, note="はじめに電話を")
    make_confidential(actor=scene.bob, location_id=place.pk, keep_address=True, tell_prefecture=False, at=AT)
    draft.refresh_from_db()
    assert not {"朧月町", "蜃気楼", "35.6092", "131091", "受付は1階"} & {
        word for word in ("朧月町", "蜃気楼", "35.6092", "131091", "受付は1階")
        if word in f"{draft.content} {draft.base}"
    }  # fmt: skip
    revisions.submit_revision(actor=scene.alice, revision_id=draft.pk, at=AT)
    with pytest.raises(revisions.PublishedMeanwhile):
        revisions.publish_revision(actor=scene.bob, revision_id=draft.pk, version=draft.version, at=AT)
    draft, _both = revisions.carry_over_revision(actor=scene.alice, revision_id=draft.pk, at=AT)
    (row,) = published(scene, draft)
    place.refresh_from_db()
    assert (row["confidential"], place.confidential, place.address_1) == (True, True, "")


def test_a_draft_with_its_address_is_refused_where_it_is_published(scene: Scene, shelter: Location):
    draft = draft_of(scene)
    row = {**blank_place(str(uuid4())), "name": "会館", "address_1": "朧月町3-14-15"}
    Revision.objects.filter(pk=draft.pk).update(content={**draft.content, "places": [row]})
    revisions.submit_revision(actor=scene.alice, revision_id=draft.pk, at=AT)
    with pytest.raises(AddressTold):
        revisions.publish_revision(actor=scene.bob, revision_id=draft.pk, version=draft.version, at=AT)
    assert Location.objects.count() == 1


def test_a_shelter_is_added_without_ever_writing_its_address(alice: Client, scene: Scene):
    response = refused(alice, scene, {"confidential": "on", "address_1": "朧月町3-14-15"})
    assert "住所も名前も書かないでください" in response.content.decode()
    (row,) = published(scene, save(alice, scene, {"confidential": "on"}))
    place = Location.objects.get()
    assert (row["confidential"], place.confidential, place.address_1, place.area_id) == (True, True, "", None)
    assert not ConfidentialAddress.objects.exists()


@pytest.mark.parametrize(
    ("field", "row"),
    [
        ("postal_code", {"name": "会館", "postal_code": "12345"}),
        ("area", {"name": "会館", "area": "どこでもない市"}),
        ("area", {"name": "会館", "area": "全国"}),
        ("point", {"name": "会館", "point": "ここ"}),
        ("point", {"name": "会館", "point": "95.0, 139.7"}),
        ("name", {"note": "2階"}),
        ("existing", {"existing": "not-a-place"}),
    ],
)
def test_what_is_wrong_is_told_at_the_field(alice: Client, scene: Scene, field: str, row: dict[str, str]):
    Location.objects.create(organization=scene.organization, name="分室")
    response = refused(alice, scene, row)
    assert list(response.context["places"].forms[0].errors) == [field]


def test_too_many_places_are_refused(alice: Client, scene: Scene):
    refused(alice, scene, *({"name": f"会館{n}"} for n in range(31)))


def test_a_form_from_before_there_were_places_keeps_them(alice: Client, scene: Scene):
    hall(scene)
    draft = revisions.begin_revision(actor=scene.alice, service_id=scene.service.pk, at=AT)
    response = alice.post(reverse("directory:edit", args=[draft.pk]), typed(draft, note="はじめに電話を"))
    assert response.status_code == 302
    draft.refresh_from_db()
    assert (draft.content["note"], draft.content["places"]) == ("はじめに電話を", draft.base["places"])


def test_a_place_shared_with_another_entry_takes_it_along(alice: Client, scene: Scene):
    place = hall(scene)
    other = Service.objects.create(organization=scene.organization, name="朝の電話")
    ServiceAtLocation.objects.create(service=other, location=place)
    published(scene, save(alice, scene, p0_address_1="大井2-2-2"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT args::text FROM procrastinate_jobs WHERE task_name = 'directory.reindex'")
        (args,) = (row[0] for row in cursor.fetchall())
    assert str(other.pk) in args
    assert str(scene.service.pk) in args
