"""Places whose address nobody may learn: what is flagged, refused, sealed, read and erased."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction

from tests.directory.api.making import make_areas, make_public_organization, make_rich_service, make_service
from tests.factories import AT, make_member, make_membership, make_user
from tsunagari.accounts.models import RecordReading, Role, User
from tsunagari.core.areas import forget_areas
from tsunagari.directory.models import (
    Accessibility,
    Channel,
    ConfidentialAddress,
    Contact,
    Language,
    Location,
    Metadata,
    OrganizationProfile,
    Revision,
    Schedule,
    SearchRow,
    Service,
    ServiceAtLocation,
)
from tsunagari.directory.services import confidential
from tsunagari.directory.services.bulk import ServiceBundle, replace_services
from tsunagari.directory.told_addresses import tell_of

pytestmark = pytest.mark.django_db

ADDRESS = {
    "name": "駅の部屋",
    "address_1": "千代田区丸の内3丁目14番15号",
    "address_2": "ひだまりコーポ 203号室",
    "postal_code": "100-0005",
    "latitude": 35.6789,
    "longitude": 139.7654,
    "transportation": "地下鉄の東口から花屋の角をまがる",
    "description": "青い門のある二階建て",
}


@pytest.fixture
def service() -> Service:
    """A service with everything, at a place with a whole address."""
    service = make_rich_service()
    Location.objects.filter(services_here__service=service).update(**ADDRESS)
    return service


@pytest.fixture
def place(service: Service) -> Location:
    return Location.objects.get(services_here__service=service)


@pytest.fixture
def alice(place: Location) -> User:
    """The administrator of the organisation that owns the place."""
    return make_member("alice", Role.ADMIN, place.organization)


def flag(actor: User, place: Location, **given: Any) -> Location:
    asked = {"keep_address": True, "tell_prefecture": True} | given
    return confidential.make_confidential(actor=actor, location_id=place.pk, at=AT, **asked)


def commit_now() -> None:
    """Look at what the database looks at when a transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def clear(place: Location) -> None:
    """Nothing hangs on the place any more that may tell where it is."""
    Accessibility.objects.filter(location=place).delete()
    Channel.objects.filter(service_at_location__location=place).delete()
    ServiceAtLocation.objects.filter(location=place).update(description="")


def test_the_place_keeps_no_address(service: Service, place: Location, alice: User) -> None:
    Accessibility.objects.filter(location=place).update(description="地下鉄側の入口に段差なし")
    flagged = flag(alice, place)
    commit_now()
    assert flagged.confidential
    assert {name: getattr(flagged, name) for name in ADDRESS} == {
        name: None if name in {"latitude", "longitude"} else "" for name in ADDRESS
    }
    assert flagged.area_id == "130001"
    assert not Accessibility.objects.filter(location=place).exists()
    assert set(SearchRow.objects.filter(service=service).values_list("latitude", "longitude")) == {
        (None, None)
    }


def test_without_wish_not_even_the_prefecture_is_told(place: Location, alice: User) -> None:
    assert flag(alice, place, tell_prefecture=False).area_id is None


def test_the_history_tells_that_it_changed_and_nothing_else(place: Location, alice: User) -> None:
    Location.objects.filter(pk=place.pk).update(address_1="千代田区丸の内9丁目8番7号")
    assert Metadata.objects.filter(resource_id=place.pk, replacement_value__contains="丸の内9").exists()
    at = ServiceAtLocation.objects.get(location=place)
    ServiceAtLocation.objects.filter(pk=at.pk).update(description="裏口のベルを鳴らす")
    flag(alice, place)
    changes = Metadata.objects.filter(resource_id__in=[place.pk, at.pk], last_action_type="update")
    values = set(changes.values_list("field_name", "previous_value", "replacement_value"))
    assert ("confidential", "false", "true") in values
    assert {(old, new) for name, old, new in values if name != "confidential"} == {("", "")}
    assert changes.get(field_name="confidential").updated_by == f"user:{alice.pk}"


def test_the_flagging_update_itself_writes_no_value_even_in_plain_sql(place: Location) -> None:
    clear(place)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE directory_location SET confidential = true, address_1 = '', address_2 = '', name = '', "
            "name_kana = '', alternate_name = '', description = '', transportation = '', url = '', "
            "postal_code = '', latitude = NULL, longitude = NULL, area_id = NULL WHERE id = %s",
            [place.pk],
        )
    newest = Metadata.objects.filter(resource_id=place.pk, last_action_type="update", field_name="address_1")
    assert ("", "") in set(newest.values_list("previous_value", "replacement_value"))
    assert not newest.filter(previous_value=ADDRESS["address_1"]).exists()


@pytest.mark.parametrize("column", [*ADDRESS, "area_id", "name_kana", "alternate_name", "url"])
def test_the_database_refuses_an_address(place: Location, alice: User, column: str) -> None:
    flag(alice, place)
    told = ADDRESS | {
        "area_id": "131016",
        "name_kana": "え",
        "alternate_name": "え",
        "url": "https://a.example",
    }
    given = {column: told[column]}
    if column in {"latitude", "longitude"}:
        given = {"latitude": 35.0, "longitude": 139.0}
    with pytest.raises(IntegrityError), transaction.atomic():
        Location.objects.filter(pk=place.pk).update(**given)


@pytest.mark.parametrize("child", ["accessibility", "visit", "visit at", "visit contact", "at", "at update"])
def test_the_database_refuses_what_hangs_on_it(place: Location, alice: User, child: str) -> None:
    flag(alice, place)
    at = ServiceAtLocation.objects.get(location=place)
    make = {
        "accessibility": lambda: Accessibility.objects.create(location=place, description="段差なし"),
        "visit": lambda: Channel.objects.create(location=place, type="visit", value="丸の内"),
        "visit at": lambda: Channel.objects.create(service_at_location=at, type="visit", value="丸の内"),
        "visit contact": lambda: Channel.objects.create(
            contact=Contact.objects.create(location=place), type="visit", value="丸の内"
        ),
        "at": lambda: ServiceAtLocation.objects.create(
            service=make_service(), location=place, description="丸の内"
        ),
        "at update": lambda: ServiceAtLocation.objects.filter(pk=at.pk).update(description="丸の内"),
    }
    with pytest.raises(IntegrityError, match="confidential place"), transaction.atomic():
        make[child]()
    Channel.objects.create(location=place, type="phone", value="0120-000-111")


def test_plain_sql_cannot_flag_while_something_still_tells(place: Location) -> None:
    Location.objects.filter(pk=place.pk).update(
        confidential=True,
        area=None,
        latitude=None,
        longitude=None,
        **dict.fromkeys(confidential.TELLING_TEXTS, ""),
    )
    with pytest.raises(IntegrityError, match="nothing that tells"), transaction.atomic():
        commit_now()  # its accessibility is still there
    clear(place)


def test_the_flag_stays_whatever_is_written(place: Location, alice: User) -> None:
    flag(alice, place)
    with pytest.raises(IntegrityError, match="stays confidential"), transaction.atomic():
        Location.objects.filter(pk=place.pk).update(confidential=False)
    with pytest.raises(IntegrityError, match="stays confidential"), transaction.atomic():
        Location.objects.filter(pk=place.pk).update(confidential=False, address_1="丸の内")
    for model in (ServiceAtLocation, Channel, Language, Contact, Schedule):
        model.objects.filter(location=place).delete()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM directory_location WHERE id = %s", [place.pk])
    with pytest.raises(IntegrityError, match="stays confidential"), transaction.atomic():
        Location.objects.create(pk=place.pk, address_1="丸の内")
    Location.objects.create(pk=place.pk, confidential=True)


def test_an_import_leaves_the_flag_and_is_refused_with_an_address(
    service: Service, place: Location, alice: User
) -> None:
    flag(alice, place)
    profile = OrganizationProfile.objects.get(organization=service.organization)
    bare = Location(pk=place.pk, organization=place.organization, area_id="130001")
    replace_services([ServiceBundle(service=service, profile=profile, locations=[bare])])
    place.refresh_from_db()
    assert place.confidential
    for given in ({"address_1": "丸の内1-1"}, {"latitude": 35.0, "longitude": 139.0}, {"area_id": "131016"}):
        brought = Location(pk=place.pk, organization=place.organization, **given)
        with pytest.raises(confidential.ConfidentialPlace), transaction.atomic():
            replace_services([ServiceBundle(service=service, profile=profile, locations=[brought])])


@pytest.mark.parametrize(
    "text",
    [
        "丸の内３－１４－１５へどうぞ",
        "マルノウチ3-14",
        "まるのうち三丁目十四番十五号",
        "3-14-15 Marunouchi, Chiyoda-ku",
        "〒１０００００５",
        "ヒダマリコーポ",
        "北緯35.67891 東経139.76543",
        "青い門のある二階建てです",
        "あ" * 4990 + "丸の内3-14-15" + "い" * 4000,
    ],
)
def test_a_text_that_tells_the_address_is_refused_then_and_later(
    service: Service, place: Location, alice: User, text: str
) -> None:
    Service.objects.filter(pk=service.pk).update(note=text)
    with pytest.raises(confidential.AddressTold) as refused:
        flag(alice, place)
    assert "「夜の電話」（note）" in str(refused.value.sentence)
    assert text not in str(refused.value.sentence)
    Service.objects.filter(pk=service.pk).update(note="相談は電話で")
    flag(alice, place)
    service.refresh_from_db()
    profile = OrganizationProfile.objects.get(organization=service.organization)
    service.description = text
    with pytest.raises(confidential.AddressTold), transaction.atomic():
        replace_services([ServiceBundle(service=service, profile=profile)])
    service.description = "相談は電話で"
    channel = Channel(service=service, type="phone", value="0120-000-000", note=text)
    with pytest.raises(confidential.AddressTold), transaction.atomic():
        replace_services([ServiceBundle(service=service, profile=profile, channels=[channel])])
    elsewhere = Location(organization=service.organization, address_1=text)
    with pytest.raises(confidential.AddressTold), transaction.atomic():
        replace_services([ServiceBundle(service=service, profile=profile, locations=[elsewhere])])
    replace_services([ServiceBundle(service=service, profile=profile)])


@pytest.mark.parametrize(
    "text",
    ["丸の内は広い町です", "電話 03-1000-0051", "0120-314-159", "3-14-15", "千代田区で話せます", "24時間"],
)
def test_an_ordinary_text_is_not_taken_for_the_address(text: str) -> None:
    make_areas()
    assert not tell_of(ADDRESS).is_in(text)


def test_former_texts_that_told_it_leave_the_history_but_others_stay(
    service: Service, place: Location, alice: User
) -> None:
    for note in ("丸の内3-14-15に来てください", "夜だけ", "電話で"):
        Service.objects.filter(pk=service.pk).update(note=note)
    flag(alice, place)
    changes = Metadata.objects.filter(resource_id=service.pk, field_name="note")
    assert sorted(changes.values_list("previous_value", "replacement_value")) == [
        ("", ""),
        ("", ""),
        ("夜だけ", "電話で"),
    ]


def test_drafts_and_imports_lose_the_address(service: Service, place: Location, alice: User) -> None:
    content = {"locations": [{"id": str(place.pk), **ADDRESS}], "note": "丸の内3-14-15", "name": "夜の電話"}
    draft = Revision.objects.create(
        organization=service.organization, service=service, content=content, base=content, author=alice,
        created_at=AT, edited_at=AT,
    )  # fmt: skip
    flag(alice, place)
    draft.refresh_from_db()
    blank = {name: None if name in {"latitude", "longitude"} else "" for name in ADDRESS}
    expected = {"locations": [{"id": str(place.pk), **blank}], "note": "", "name": "夜の電話"}
    assert (draft.content, draft.base) == (expected, expected)


def test_a_draft_that_spells_the_address_otherwise_loses_it(
    service: Service, place: Location, alice: User
) -> None:
    def draft(note: str) -> Revision:
        return Revision.objects.create(
            organization=service.organization, service=service, content={"note": note}, author=alice,
            created_at=AT, edited_at=AT,
        )  # fmt: skip

    telling, harmless = draft("ﾏﾙﾉｳﾁ３－１４－１５です"), draft("丸の内は広い町です")
    flag(alice, place)
    telling.refresh_from_db()
    harmless.refresh_from_db()
    assert (telling.content, harmless.content) == ({"note": ""}, {"note": "丸の内は広い町です"})


def test_the_seal_holds_ciphertext_and_opens_for_the_owner_with_a_trace(place: Location, alice: User) -> None:
    flag(alice, place)
    sealed = bytes(ConfidentialAddress.objects.get(location=place).sealed or b"")
    assert not any(str(value).encode() in sealed for value in ADDRESS.values())
    kept = confidential.read_sealed_address(actor=alice, location_id=place.pk, at=AT)
    assert {name: kept.address[name] for name in ADDRESS} == ADDRESS
    assert "車いすで入れます" in kept.around
    reading = RecordReading.objects.get()
    assert (reading.actor, reading.subject_id, reading.basis) == (alice, place.pk, "own_place")
    assert reading.organization == place.organization


def test_a_seal_moved_to_another_place_does_not_open(place: Location, alice: User) -> None:
    flag(alice, place)
    other = Location.objects.create(organization=place.organization, confidential=True)
    ConfidentialAddress.objects.create(
        location=other, sealed=ConfidentialAddress.objects.get(location=place).sealed, sealed_at=AT
    )
    with pytest.raises(confidential.CannotOpen):
        confidential.read_sealed_address(actor=alice, location_id=other.pk, at=AT)


@pytest.mark.parametrize("who", ["outsider", "viewer", "ended"])
def test_nobody_else_flags_reads_erases_or_lifts(place: Location, alice: User, who: str) -> None:
    stranger = {
        "outsider": lambda: make_member("charlie", Role.ADMIN),
        "viewer": lambda: make_membership(make_user("bob"), place.organization, Role.VIEWER).user,
        "ended": lambda: make_membership(make_user("dan"), place.organization, Role.ADMIN, ended_at=AT).user,
    }[who]()
    with pytest.raises((Location.DoesNotExist, PermissionDenied)):
        flag(stranger, place)
    flag(alice, place)
    for act in (
        lambda: confidential.read_sealed_address(actor=stranger, location_id=place.pk, at=AT),
        lambda: confidential.erase_sealed_address(actor=stranger, location_id=place.pk, at=AT),
        lambda: confidential.lift_confidentiality(actor=stranger, location_id=place.pk),
        lambda: confidential.erase_sealed_address(actor=alice, location_id=uuid4(), at=AT),
    ):
        with pytest.raises((Location.DoesNotExist, PermissionDenied)):
            act()
    assert not RecordReading.objects.exists()
    assert ConfidentialAddress.objects.get().sealed is not None


def test_erased_is_erased_once(place: Location, alice: User) -> None:
    flag(alice, place)
    confidential.erase_sealed_address(actor=alice, location_id=place.pk, at=AT)
    record = ConfidentialAddress.objects.get()
    assert (record.sealed, record.erased_at, record.erased_by) == (None, AT, alice)
    with pytest.raises(confidential.NothingSealed):
        confidential.read_sealed_address(actor=alice, location_id=place.pk, at=AT)
    with pytest.raises(confidential.NothingSealed):
        confidential.erase_sealed_address(actor=alice, location_id=place.pk, at=AT)
    assert not RecordReading.objects.exists()


def test_an_address_that_nobody_wants_to_keep_is_never_sealed(place: Location, alice: User) -> None:
    flag(alice, place, keep_address=False)
    record = ConfidentialAddress.objects.get()
    assert (record.sealed, record.erased_at) == (None, AT)


def test_lifted_the_place_is_empty_and_the_seal_gone(place: Location, alice: User) -> None:
    flag(alice, place)
    lifted = confidential.lift_confidentiality(actor=alice, location_id=place.pk)
    commit_now()
    assert (lifted.confidential, lifted.address_1, lifted.latitude) == (False, "", None)
    assert not ConfidentialAddress.objects.exists()
    with pytest.raises(confidential.NotConfidential):
        confidential.lift_confidentiality(actor=alice, location_id=place.pk)
    Location.objects.filter(pk=place.pk).update(address_1="丸の内5-5")
    newest = Metadata.objects.filter(resource_id=place.pk, field_name="address_1").latest("last_action_date")
    assert newest.last_action_type == "update"


def test_twice_is_told(place: Location, alice: User) -> None:
    flag(alice, place)
    with pytest.raises(confidential.AlreadyConfidential):
        flag(alice, place)


def test_a_place_without_an_owner_gets_the_one_that_offers_services_there() -> None:
    make_areas()
    organization = make_public_organization()
    place = Location.objects.create(address_1="丸の内1-1")
    ServiceAtLocation.objects.create(service=make_service(organization=organization), location=place)
    alice = make_member("alice", Role.EDITOR, organization)
    assert flag(alice, place).organization == organization
    assert confidential.read_sealed_address(actor=alice, location_id=place.pk, at=AT).address["address_1"]


@pytest.fixture
def committed() -> Iterator[tuple[User, Location]]:
    """A place and its administrator, committed."""
    forget_areas()
    service = make_rich_service()
    place = Location.objects.get(services_here__service=service)
    yield make_member("alice", Role.ADMIN, place.organization), place
    forget_areas()


def in_a_thread(work: Callable[[], None]) -> threading.Thread:
    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


@pytest.mark.django_db(transaction=True)
def test_an_address_added_just_before_the_flag_goes_with_it(committed: tuple[User, Location]) -> None:
    alice, place = committed
    begun, go_on = threading.Event(), threading.Event()

    def add() -> None:
        with transaction.atomic():
            Channel.objects.create(location=place, type="visit", value="丸の内1-1-1")
            begun.set()
            go_on.wait(10)

    thread = in_a_thread(add)
    assert begun.wait(10)
    threading.Timer(0.3, go_on.set).start()
    flag(alice, place)  # waits for the other
    thread.join()
    assert not Channel.objects.filter(location=place, type="visit").exists()


@pytest.mark.django_db(transaction=True)
def test_an_address_added_during_the_flag_is_refused(committed: tuple[User, Location]) -> None:
    alice, place = committed
    outcome: list[str] = []

    def add() -> None:
        try:
            Channel.objects.create(location=place, type="visit", value="丸の内1-1-1")
            outcome.append("added")
        except IntegrityError:
            outcome.append("refused")

    with transaction.atomic():
        flag(alice, place)
        thread = in_a_thread(add)
        time.sleep(0.3)
        assert outcome == []  # it waits
    thread.join()
    assert outcome == ["refused"]
