"""Imports of what belongs to confidential places: addresses are refused, and so are texts that tell them."""

from typing import Any

import pytest

from tests.directory.exchange.conftest import Write, a_service, bring
from tests.factories import AT, make_member
from tsunagari.accounts.models import Role
from tsunagari.directory.exchange.identity import id_of
from tsunagari.directory.models import ImportProblem, ImportRow, Location, Service
from tsunagari.directory.services.confidential import make_confidential

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty")]


@pytest.fixture
def place(write: Write) -> Location:
    """The place of an import, made confidential."""
    bring(write(a_service()))
    place = Location.objects.get()
    service = Service.objects.get(pk=id_of("example.org", "service", "s1"))
    alice = make_member("alice", Role.ADMIN, service.organization)
    return make_confidential(
        actor=alice, location_id=place.pk, keep_address=True, tell_prefecture=True, at=AT
    )


def test_the_same_file_again_leaves_the_place_without_an_address(place: Location, write: Write) -> None:
    assert not ImportRow.objects.filter(payload__icontains="一番町").exists()
    run = bring(write(a_service(), name="again.ndjson"))
    place.refresh_from_db()
    assert (place.confidential, place.address_1, place.name) == (True, "", "")
    problem = ImportProblem.objects.get(run=run, code="confidential_address")
    assert "一番町" not in problem.sentence_ja + problem.value


@pytest.mark.parametrize("key", ["s1", "s2"])
@pytest.mark.parametrize(
    "more",
    [
        {"description": "一番町１－２にあります。"},
        {"description": "いちばんちょう1-2"},
        {"alert": "1-2 Ichibancho"},
        {"name": "一番町一丁目二番の相談室"},
    ],
)
def test_a_text_that_tells_the_address_stops_the_whole_import(
    place: Location, write: Write, key: str, more: dict[str, Any]
) -> None:
    item = {**a_service(key), **more}
    del item["service_at_locations"]
    run = bring(write(item, a_service("s3", service_at_locations=[]), name="telling.ndjson"))
    assert run.state == "failed"
    assert "何も取り込んでいません" in run.failure_ja
    assert "一番町" not in run.failure_ja
    assert sorted(Service.objects.values_list("name", flat=True)) == ["みんなの相談室 s1"]
    assert Service.objects.get().description == "だれでも話せます。"


def test_another_organisation_may_stand_in_the_same_street(place: Location, write: Write) -> None:
    item = a_service("s2", description="一番町1-2にあります。", service_at_locations=[])
    item["organization"] = {"id": "o2", "name": "一番町商店会", "description": "商店会です。"}
    assert bring(write(item, name="other.ndjson")).state == "done"
