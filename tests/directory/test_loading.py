"""The real data in the database."""

import json
from collections import Counter
from datetime import UTC, datetime

import pytest
from django.conf import settings
from django.db import connection
from django.db.models import Q

from tsunagari.directory.models import (
    Channel,
    Metadata,
    OrganizationProfile,
    RequiredDocument,
    Schedule,
    SearchRow,
    Service,
    ServiceArea,
)
from tsunagari.directory.opening import hours_of, schedule_rows
from tsunagari.directory.schedules import hours_from_source
from tsunagari.directory.services.loading import FILES, load_directory

AT = datetime(2026, 11, 24, tzinfo=UTC)

pytestmark = pytest.mark.usefixtures("directory_data")


def test_every_nationwide_service_and_programme_is_there():
    assert Service.objects.filter(service_areas__area=None).exclude(kind="programme").count() == 44
    assert Service.objects.filter(kind="programme").count() >= 25
    assert not Service.objects.filter(kind="programme", basis="").exists()


def test_a_programme_speaks_english_in_all_its_texts():
    housing = Service.objects.get(key="jukyo-kakuho")
    assert housing.eligibility_description_en.startswith("People who have lost their home")
    assert housing.application_process_en.startswith("The office for self-reliance support")
    assert housing.fees_description_en == "Applying is free"
    documents = {row.document: row.document_en for row in housing.required_documents.all()}
    assert documents["本人確認書類"] == "Proof of identity"
    assert documents["賃貸借契約書の写し"] == "A copy of the rental contract"
    assert not RequiredDocument.objects.filter(document_en="").exists()
    for field in ("eligibility_description", "application_process", "fees_description"):
        without = Service.objects.exclude(**{field: ""}).filter(**{f"{field}_en": ""})
        assert not without.exists(), field


def test_every_organization_has_an_english_name():
    unnamed = Service.objects.filter(organization__profile__name_en="")
    assert list(unnamed.values_list("organization__name", flat=True)) == []


def test_municipal_kinds_stand_where_the_law_puts_them():
    counts = Counter(Service.objects.filter(contact_verified=False).values_list("key", flat=True))
    # 792 cities, 23 special wards, 47 prefectures for their towns and villages; 47 prefectures and 20 cities
    assert counts == {
        "shakyo": 1741,
        "houkatsu": 1741,
        "jiritsu-soudan": 792 + 23 + 47,
        "hikikomori-center": 67,
        "seishin-center": 67,
    }


def test_every_municipality_is_served_by_each_kind_that_it_needs():
    served = set(
        ServiceArea.objects.filter(service__key="jiritsu-soudan").values_list("area__code", flat=True)
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT code FROM core_area WHERE level = 'municipality'")
        assert {code for (code,) in cursor.fetchall()} == served


def test_an_entry_without_a_verified_contact_points_to_its_municipality_and_has_no_hours():
    entries = Service.objects.filter(contact_verified=False)
    assert not entries.filter(contact_area=None).exists()
    assert not Channel.objects.filter(service__contact_verified=False).exists()
    assert not SearchRow.objects.filter(service__contact_verified=False, hours__isnull=False).exists()


def test_every_entry_speaks_english_and_easy_japanese():
    entries = Service.objects.filter(key__isnull=False)
    assert not entries.filter(Q(name_en="") | Q(description_en="") | Q(description_easy="")).exists()
    assert Service.objects.get(key="yorisoi").name_en == "Yorisoi Hotline"
    shakyo = Service.objects.get(key="shakyo", contact_area="012068")
    assert shakyo.name_en == "Kushiro-shi Council of Social Welfare"
    assert Service.objects.get(key="seikatsu-hogo").description_easy.startswith("生活の お金が 足りない")


def test_hours_in_the_database_are_those_of_the_source():
    source = settings.DATA_DIR / "services.json"
    for entry in json.loads(source.read_text(encoding="utf-8"))["services"]:
        channels = Channel.objects.filter(service__key=entry["id"]).prefetch_related("schedules")
        assert [hours_of(channel.schedules.all()) for channel in channels] == [
            hours_from_source(channel) for channel in entry["channels"]
        ], entry["id"]


def test_the_same_hours_written_twice_are_the_same_rows():
    channel = Channel.objects.filter(schedules__is_closure=True).first()
    assert channel is not None
    rows = schedule_rows(hours_of(channel.schedules.all()), channel=channel)
    assert {row.id for row in rows} == set(channel.schedules.values_list("id", flat=True))


def test_an_unchanged_file_is_not_loaded_again():
    assert load_directory(folder=settings.DATA_DIR, at=AT) == {}


def test_loading_again_changes_no_row_and_writes_no_history():
    before = Metadata.objects.count(), Service.objects.count(), Schedule.objects.count()
    load_directory(folder=settings.DATA_DIR, at=AT, force=True)
    assert (Metadata.objects.count(), Service.objects.count(), Schedule.objects.count()) == before
    assert SearchRow.objects.values("service", "area_code").distinct().count() == SearchRow.objects.count()


def test_loading_again_names_an_organization_in_english_but_keeps_its_own_name():
    profiles = OrganizationProfile.objects
    profiles.filter(organization__name="国税庁").update(name_en="")
    profiles.filter(organization__name="法務省").update(name_en="MoJ")
    load_directory(folder=settings.DATA_DIR, at=AT, force=True)
    assert profiles.get(organization__name="国税庁").name_en == "National Tax Agency"
    assert profiles.get(organization__name="法務省").name_en == "MoJ"


def test_an_entry_that_left_the_data_is_defunct_and_not_lost(tmp_path):
    for name in FILES:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes((settings.DATA_DIR / name).read_bytes())

    source = json.loads((settings.DATA_DIR / "services.json").read_text(encoding="utf-8"))
    source["services"] = [entry for entry in source["services"] if entry["id"] != "yorisoi"]
    (tmp_path / "services.json").write_text(json.dumps(source), encoding="utf-8")
    load_directory(folder=tmp_path, at=AT)
    assert Service.objects.get(key="yorisoi").status == "defunct"
    assert not SearchRow.objects.filter(service__key="yorisoi").exists()


def test_history_tells_each_changed_field_and_who_changed_it():
    service = Service.objects.get(key="yorisoi")
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('tsunagari.actor', 'user:alice', true)")
    Service.objects.filter(pk=service.pk).update(name="新しい名前", alert="工事中")
    changes = Metadata.objects.filter(resource_id=service.pk, last_action_type="update")
    assert {(c.field_name, c.previous_value, c.replacement_value, c.updated_by) for c in changes} == {
        ("name", "よりそいホットライン", "新しい名前", "user:alice"),
        ("alert", "", "工事中", "user:alice"),
    }


def test_a_changed_child_renews_its_service_and_deleting_is_told():
    service = Service.objects.get(key="childline")
    modified = service.modified_at
    channel = service.channels.all()[0]
    channel_id = channel.pk
    channel.delete()
    service.refresh_from_db()
    assert service.modified_at > modified
    assert Metadata.objects.filter(resource_id=channel_id, last_action_type="delete").count() == 1


def test_the_address_of_who_confirms_never_enters_the_public_history():
    Service.objects.filter(key="childline").update(assurer_email="somebody@example.org")
    assert not Metadata.objects.filter(field_name="assurer_email").exists()
    assert not Metadata.objects.filter(replacement_value__contains="somebody").exists()
