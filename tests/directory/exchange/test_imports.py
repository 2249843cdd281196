"""An import: what a dry run says, what the real one does, and what people have edited."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client

from tests.directory.exchange.conftest import Write, a_service, bring, dry
from tests.factories import AT, make_membership, make_organization, make_user
from tsunagari.accounts.models import Organization
from tsunagari.directory.exchange import runs
from tsunagari.directory.exchange.identity import id_of
from tsunagari.directory.exchange.provenance import provenance_of
from tsunagari.directory.exchange.publishing import publish
from tsunagari.directory.exchange.undoing import ChangedSince, undo_run
from tsunagari.directory.models import (
    Channel,
    ForeignFields,
    ImportProblem,
    ImportRow,
    ImportRun,
    Location,
    Metadata,
    Schedule,
    SearchRow,
    Service,
    ServiceArea,
    ServiceAtLocation,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty")]
SERVICE = id_of("example.org", "service", "s1")


def by_hand(sql: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('tsunagari.actor', 'user:alice', true)")
        cursor.execute(sql, values)
        cursor.execute("SELECT set_config('tsunagari.actor', '', true)")


def codes(run: ImportRun) -> set[tuple[str, str]]:
    return set(ImportProblem.objects.filter(run=run).values_list("code", "field"))


def counts(run: ImportRun, kind: str = "service") -> dict[str, int]:
    return {
        action: run.counts[f"{kind}.{action}"]
        for action in ("created", "changed", "unchanged", "refused")
        if f"{kind}.{action}" in run.counts
    }


def test_a_dry_run_changes_nothing_and_says_what_the_real_one_does(write: Write):
    bring(write(a_service(), a_service("s2")))
    file = write(a_service(name="新しい名前"), a_service("s2"), a_service("s3"), name="next.ndjson")
    before = Service.objects.count(), Metadata.objects.count()
    run = dry(file)
    assert (Service.objects.count(), Metadata.objects.count()) == before
    said = dict(ImportRow.objects.filter(run=run, kind="service").values_list("number", "action"))
    assert said == {1: "changed", 2: "unchanged", 3: "created"}
    row = ImportRow.objects.get(run=run, kind="service", number=1)
    assert row.changes == {"name": ["みんなの相談室 s1", "新しい名前"]}
    done = publish(run.pk, at=AT)
    assert done.state == "done"
    assert said == dict(ImportRow.objects.filter(run=run, kind="service").values_list("number", "action"))
    assert counts(done) == {"created": 1, "changed": 1, "unchanged": 1}
    assert Service.objects.get(pk=SERVICE).name == "新しい名前"


def test_everything_of_a_service_arrives(write: Write):
    run = bring(write(a_service()))
    service = Service.objects.get(pk=SERVICE)
    assert service.organization.name == "NPO法人ひだまり"
    assert service.organization.kind == "npo"
    channel = Channel.objects.get(service=service)
    assert (channel.type, channel.value) == ("phone", "03-1234-5678")
    schedule = Schedule.objects.get(service=service)
    assert (schedule.byday, schedule.opens_minute, schedule.closes_minute) == ("MO,TU", 540, 1020)
    assert ServiceArea.objects.get(service=service).area_id == "131016"
    place = ServiceAtLocation.objects.get(service=service).location
    assert (place.area_id, place.address_1) == ("131016", "一番町1-2")
    assert SearchRow.objects.filter(service=service).exists()
    assert {row.updated_by for row in Metadata.objects.filter(resource_id=service.pk)} == {
        "import:example.org"
    }
    assert (run.rows_seen, run.rows_total, run.published) == (1, 1, 3)


def test_what_a_source_does_not_say_stays(write: Write):
    bring(write(a_service()))
    bring(write({"id": "s1", "name": "名前だけ", "status": "active", "organization_id": "o1"}))
    service = Service.objects.get(pk=SERVICE)
    assert service.name == "名前だけ"
    assert service.description == "だれでも話せます。"
    assert Channel.objects.filter(service=service).count() == 1
    bring(write(a_service(phones=[], description="")))
    service.refresh_from_db()
    assert service.description == ""
    assert not Channel.objects.filter(service=service).exists()


def test_what_a_person_has_edited_is_kept_and_told(write: Write):
    bring(write(a_service()))
    by_hand("UPDATE directory_service SET description = '人が書いた説明' WHERE id = %s", SERVICE)
    by_hand("UPDATE directory_channel SET value = '03-9999-9999' WHERE service_id = %s", SERVICE)
    file = write(
        a_service(
            description="出どころの新しい説明",
            alert="休みます",
            phones=[{"id": "s1-phone", "number": "03-0000-1111"}],
        )
    )
    run = bring(file)
    service = Service.objects.get(pk=SERVICE)
    assert service.description == "人が書いた説明"
    assert service.alert == "休みます"
    assert Channel.objects.get(service=service).value == "03-9999-9999"
    assert {("edited_by_person", "description"), ("edited_by_person", "channels")} <= codes(run)
    origins = provenance_of(service.pk)
    assert origins["alert"].run_id == run.pk
    assert origins["description"].how == origins["channels"].how == "entered"
    assert origins["name"].how == "imported"
    bring(file, policy=ImportRun.Policy.OVERWRITE)
    service.refresh_from_db()
    assert service.description == "出どころの新しい説明"
    assert Channel.objects.get(service=service).value == "03-0000-1111"


def test_an_entry_that_people_made_keeps_what_they_wrote(write: Write):
    organization = make_organization()
    service = Service.objects.create(organization=organization, name="前からある窓口", alert="はじめの注意")
    by_hand("UPDATE directory_service SET alert = '人が直した注意' WHERE id = %s", service.pk)
    item = {"id": str(service.pk), "name": "ファイルの名前", "alert": "ファイルの注意", "status": "active"}
    run = bring(write({**item, "organization_id": str(organization.pk)}))
    service.refresh_from_db()
    assert (service.name, service.alert) == ("ファイルの名前", "人が直した注意")
    assert ("edited_by_person", "alert") in codes(run)


def test_undo_puts_back_what_stood_before(write: Write):
    bring(write(a_service(), a_service("s2")))
    before = everything()
    run = bring(
        write(
            a_service(name="ちがう名前", phones=[{"id": "other", "number": "0120-000-000"}], schedules=[]),
            a_service("s3"),
            name="next.ndjson",
        )
    )
    assert everything() != before
    assert undo_run(run.pk, at=AT) == []
    run.refresh_from_db()
    assert run.state == "undone"
    assert everything() == before
    with pytest.raises(runs.WrongState):
        undo_run(run.pk, at=AT)


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the directory's facts, without what the database stamps."""
    found = {}
    for model in (Service, Channel, Schedule, ServiceArea, ServiceAtLocation, Location, Organization):
        names = [
            field.attname
            for field in model._meta.concrete_fields
            if field.attname not in ("created_at", "modified_at")
        ]
        found[model.__name__] = sorted(model.objects.values_list(*names), key=str)
    return found


def test_undo_names_what_was_changed_since_and_changes_nothing(write: Write):
    run = bring(write(a_service(), a_service("s2")))
    by_hand("UPDATE directory_service SET alert = 'あとから' WHERE id = %s", SERVICE)
    with pytest.raises(ChangedSince) as refused:
        undo_run(run.pk, at=AT)
    conflict = refused.value.conflicts[0]
    assert (conflict.kind, conflict.name, conflict.field) == ("service", "みんなの相談室 s1", "alert")
    assert Service.objects.count() == 2
    kept = undo_run(run.pk, at=AT, keep_changed=True)
    assert {found.kind for found in kept} >= {"service"}
    assert [str(pk) for pk in Service.objects.values_list("pk", flat=True)] == [SERVICE]


def test_nothing_is_imported_when_the_file_breaks_off(write: Write, tmp_path: Path):
    file = write(*(a_service(f"s{number}") for number in range(5)))
    file.write_bytes(file.read_bytes()[:-40])
    run = bring(file)
    assert run.state == "failed"
    assert "5" in run.failure_en
    assert not Service.objects.exists()
    assert not ImportRow.objects.filter(run=run).exists()
    assert ImportProblem.objects.get(run=run).severity == "error"


def test_a_refused_row_is_told_and_the_others_arrive(write: Write):
    run = bring(
        write(
            a_service(name=""),
            a_service("s2", status="maybe"),
            a_service("s3"),
            a_service("s3", name="もう一度"),
            {"id": "s4", "name": "団体なし", "status": "active"},
            {"id": "s5", "name": "どこの団体", "status": "active", "organization_id": "nowhere"},
            a_service("s6", url="javascript:alert(1)", email="x", minimum_age="若い"),
        )
    )
    assert counts(run) == {"created": 2, "refused": 4}
    assert {
        ("missing", "name"),
        ("not_allowed", "status"),
        ("twice_in_file", "id"),
        ("missing", "organization"),
        ("unknown_reference", "organization_id"),
        ("not_url", "url"),
        ("not_email", "email"),
        ("not_number", "minimum_age"),
    } <= codes(run)
    assert Service.objects.get(name="みんなの相談室 s6").url == ""


def test_an_unknown_area_never_becomes_the_whole_country(write: Write):
    run = bring(write(a_service(service_areas=[{"name": "どこかの町"}, {"area_code": "999999"}])))
    assert not ServiceArea.objects.exists()
    assert ("unknown_area", "areas") in codes(run)
    fields = ForeignFields.objects.get(link_id=SERVICE).fields[""]
    assert set(fields["service_areas"]) == {"どこかの町", "999999"}


def test_a_place_that_moves_takes_its_services_with_it_in_search(write: Write):
    item = a_service()
    bring(write(item))
    place = item["service_at_locations"][0]["location"]
    place |= {"latitude": 35.5, "longitude": 139.5}
    run = bring(write(place, name="place.json"))
    assert run.counts["location.changed"] == 1
    row = SearchRow.objects.get(service_id=SERVICE)
    assert (row.latitude, row.longitude) == (35.5, 139.5)


def test_the_same_number_in_two_files_is_not_the_same_service(write: Write):
    for name in ("one.ndjson", "two.ndjson"):
        bring(write(a_service(name=name), name=name), source="")
    assert set(Service.objects.values_list("name", flat=True)) == {"one.ndjson", "two.ndjson"}


def test_hours_that_cannot_be_read_are_kept_and_told(write: Write):
    odd = {"freq": "WEEKLY", "byday": "XX", "opens_at": "いつでも", "closes_at": "25:99"}
    run = bring(write(a_service(schedules=[odd])))
    assert not Schedule.objects.exists()
    assert ("bad_schedule", "schedules") in codes(run)
    assert ForeignFields.objects.get(link_id=SERVICE).fields[""]["unread_schedules"] == [odd]


def test_parts_of_another_entry_cannot_be_taken(write: Write):
    bring(write(a_service()))
    victim = Channel.objects.get()
    run = bring(write(a_service("s2", phones=[{"id": str(victim.pk), "number": "090-0000-0000"}])))
    victim.refresh_from_db()
    assert (str(victim.service_id), victim.value) == (SERVICE, "03-1234-5678")
    assert Channel.objects.count() == 2
    assert ("id_of_another", "id") in codes(run)
    run = bring(write(a_service("s1", phones=[{"id": str(victim.pk)[::-1], "number": "03-1"}])))
    assert run.state == "done"


def test_one_file_cannot_name_a_part_twice(write: Write):
    shared = str(uuid4())
    phones = [{"id": shared, "number": "03-1234-5678"}]
    run = bring(write(a_service("s1", phones=phones), a_service("s2", phones=phones)))
    assert run.state == "done"
    assert Channel.objects.count() == 2
    assert ("id_of_another", "id") in codes(run)


def restricted(organization: Organization) -> dict[str, Any]:
    return {"organization": organization, "restricted": True, "source": str(organization.pk)}


def test_an_organisation_changes_only_its_own(write: Write):
    ours, theirs = make_organization("うちの会"), make_organization("よその会")
    other = Service.objects.create(organization=theirs, name="よその窓口")
    item = {"name": "のっとり", "status": "active"}
    run = bring(
        write(
            {**item, "id": str(other.pk), "organization_id": str(ours.pk)},
            {**item, "id": "new", "organization_id": str(theirs.pk)},
            {**item, "id": "own", "name": "うちの窓口"},
            {**item, "id": "key", "name": "鍵つき", "key": "inochi-no-denwa"},
        ),
        **restricted(ours),
    )
    other.refresh_from_db()
    assert other.name == "よその窓口"
    assert other.organization_id == theirs.pk
    assert set(Service.objects.exclude(pk=other.pk).values_list("name", "key")) == {
        ("うちの窓口", None),
        ("鍵つき", None),
    }
    assert counts(run) == {"created": 2, "refused": 2}
    assert {("not_yours", "id"), ("not_yours", "organization_id")} <= codes(run)


def test_an_organisation_may_list_others_that_it_brings_and_change_them_later(write: Write):
    city, other = make_organization("ある市"), make_organization("別の市")
    listed = a_service()
    bring(write(listed), **restricted(city))
    run = bring(write({**listed, "name": "名前が変わった"}), **restricted(city))
    assert counts(run) == {"changed": 1}
    key = str(Service.objects.get().pk)
    stolen = {**listed, "id": key, "name": "のっとり"}
    run = bring(write(stolen, name="stolen.ndjson"), **restricted(other))
    assert counts(run) == {"refused": 1}
    assert Service.objects.get(pk=key).name == "名前が変わった"


def test_who_an_organisation_is_does_not_change_by_an_import(write: Write):
    organization = make_organization("厚生労働省", corporate_number="6000012070001")
    service = a_service()
    service["organization"] = {
        "id": "x",
        "name": "にせの名前",
        "organization_identifiers": [{"identifier_scheme": "JP-JCN", "identifier": "6000012070001"}],
    }
    run = bring(write(service))
    assert Service.objects.get().organization_id == organization.pk
    organization.refresh_from_db()
    assert organization.name == "厚生労働省"
    assert ("organization_kept", "name") in codes(run)


def test_the_address_of_a_confidential_place_is_refused(write: Write):
    bring(write(a_service()))
    place = Location.objects.get()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM directory_metadata")
        cursor.execute(
            "UPDATE directory_location SET confidential = true, name = '', address_1 = '', area_id = NULL"
        )
    assert not ImportRow.objects.filter(kind="location").exclude(payload={}).exists()
    secret = "地図にない通り9-9"
    item = a_service()
    item["service_at_locations"][0]["location"]["addresses"][0]["address_1"] = secret
    run = bring(write(item, name="again.ndjson"))
    place.refresh_from_db()
    assert (place.confidential, place.address_1, place.area_id) == (True, "", None)
    assert ("confidential_address", "location") in codes(run)
    assert run.counts["location.refused"] == 1
    for problem in ImportProblem.objects.filter(run=run):
        assert secret not in problem.value + problem.sentence_ja + problem.sentence_en
    assert not Metadata.objects.filter(replacement_value__contains=secret).exists()


def test_two_processes_do_not_work_on_one_run(write: Write):
    run = dry(write(a_service()))
    parameters = connection.get_connection_params()
    import psycopg  # noqa: PLC0415

    names = ("host", "port", "user", "password", "dbname")
    with psycopg.connect(**{name: parameters[name] for name in names if parameters.get(name)}) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [run.pk.int & 0x7FFF_FFFF_FFFF_FFFF])
        with pytest.raises(runs.RunBusy):
            publish(run.pk, at=AT)
    assert publish(run.pk, at=AT).state == "done"


def test_the_state_table_is_kept(write: Write):
    run = bring(write(a_service()))
    for state in ImportRun.State.values:
        if state not in runs.TRANSITIONS[run.state]:
            with pytest.raises(runs.WrongState):
                runs.move(run, state)
    assert set(runs.TRANSITIONS) == set(ImportRun.State.values)


def test_merged_and_moved_addresses_lead_on(write: Write, client: Client):
    from tsunagari.directory.exchange.merging import merge_services, undo_merge  # noqa: PLC0415

    bring(write(a_service(), a_service("s2", alert="二つ目の注意")))
    first, second = Service.objects.order_by("name")
    before = everything()
    merge = merge_services(survivor_id=first.pk, merged_id=second.pk, actor=None, at=AT)
    first.refresh_from_db()
    second.refresh_from_db()
    assert first.alert == "二つ目の注意"
    assert second.status == "defunct"
    # the same number and area stand once, the other hours and place are there, too
    assert Channel.objects.filter(service=first).count() == 1
    assert ServiceArea.objects.filter(service=first).count() == 1
    assert ServiceAtLocation.objects.filter(service=first).count() == 2
    assert not ServiceAtLocation.objects.filter(service=second).exists()
    answer = client.get(f"/api/hsds/services/{second.pk}")
    assert answer.status_code == 301
    assert answer["Location"] == f"/api/hsds/services/{first.pk}"
    page = client.get(f"/services/{second.pk}/")
    assert (page.status_code, page["Location"]) == (302, f"/services/{first.pk}/")
    undo_merge(merge_id=merge.pk, at=AT)
    assert everything() == before
    assert client.get(f"/api/hsds/services/{second.pk}").status_code == 200


def test_the_download_is_whole_and_bounded(write: Write, client: Client):
    bring(write(a_service()))
    answer = client.get("/open-data/tsunagari-hsds.ndjson")
    items = [json.loads(line) for line in b"".join(answer.streaming_content).splitlines()]
    assert [item["name"] for item in items if "object_type" not in item] == ["みんなの相談室 s1"]
    assert "assurer_email" not in json.dumps(items)
    waiting = [iter(client.get("/open-data/tsunagari-hsds.zip").streaming_content) for _download in range(2)]
    begun = [next(content) for content in waiting]
    busy = client.get("/open-data/tsunagari-hsds.zip")
    assert (busy.status_code, busy["Retry-After"]) == (503, "60")
    # the turn is free again when a download ends
    assert [len(list(content)) for content in waiting] == [0, 0]
    assert [content[:2] for content in begun] == [b"PK", b"PK"]
    again = client.get("/open-data/tsunagari-hsds.zip")
    assert b"".join(again.streaming_content)[:2] == b"PK"
    assert client.head("/open-data/tsunagari-hsds.zip").status_code == 200
    assert client.post("/open-data/tsunagari-hsds.zip").status_code == 405


def test_a_person_of_the_desk_stands_in_the_run(write: Write):
    user, organization = make_user(), make_organization()
    make_membership(user, organization)
    run = dry(write(a_service()), actor=user, organization=organization, restricted=True)
    assert (run.actor, run.organization) == (user, organization)
