"""Every answer against HSDS 3.0's schemas, and against our own OpenAPI document's types."""

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import TypeAdapter

from tests.conformance import hsds
from tests.directory.api.making import ASSURER, make_rich_service
from tsunagari.directory.api import profile, shapes
from tsunagari.directory.models import (
    Channel,
    Contact,
    Location,
    OrganizationProfile,
    Service,
    ServiceAtLocation,
)

pytestmark = [hsds.needs_hsds, pytest.mark.django_db]

LISTS = (
    ("services", {}, "compiled/service_list", shapes.HsdsServiceBrief),
    ("services", {"minimal": "true"}, "compiled/service_list", shapes.HsdsServiceMinimal),
    ("services", {"full": "true"}, "compiled/service", shapes.HsdsService),
    ("organizations", {}, "compiled/organization_list", shapes.HsdsOrganizationBrief),
    ("organizations", {"full": "true"}, "compiled/organization", shapes.HsdsOrganization),
    ("organizations", {"full_service": "true"}, "compiled/organization", shapes.HsdsOrganization),
    ("service_at_locations", {}, "compiled/service_at_location_list", shapes.HsdsServiceAtLocationBrief),
    ("service_at_locations", {"full": "true"}, "compiled/service_at_location", shapes.HsdsServiceAtLocation),
    ("taxonomies", {}, "taxonomy", shapes.HsdsTaxonomy),
    ("taxonomy_terms", {}, "taxonomy_term", shapes.HsdsTaxonomyTerm),
)
ONES = (
    ("services", "compiled/service"),
    ("organizations", "compiled/organization"),
    ("service_at_locations", "compiled/service_at_location"),
    # the standard's OpenAPI document names this schema for it
    ("service_at_locations", "compiled/service"),
    ("taxonomies", "taxonomy"),
    ("taxonomy_terms", "taxonomy_term"),
)


@pytest.mark.parametrize(("address", "parameters", "schema", "shape"), LISTS)
def test_page_of_everything_there_can_be(
    bare: None, get: Any, address: str, parameters: dict[str, str], schema: str, shape: Any
) -> None:
    make_rich_service()
    page = get(address, **parameters)
    assert page["total_items"] == page["size"] == len(page["contents"]) > 0
    for item in page["contents"]:
        assert hsds.faults(schema, item) == []
        TypeAdapter(shape).validate_python(item, strict=True)


@pytest.mark.parametrize(("address", "schema"), ONES)
def test_one_of_everything_there_can_be(bare: None, get: Any, address: str, schema: str) -> None:
    make_rich_service()
    for listed in get(address)["contents"]:
        assert hsds.faults(schema, get(f"{address}/{listed['id']}")) == []


@pytest.mark.parametrize("address", sorted({address for address, _ in ONES}))
def test_the_full_list_says_what_each_one_says(bare: None, get: Any, address: str) -> None:
    make_rich_service()
    full = {} if address.startswith("taxonom") else {"full": "true"}
    for item in get(address, **full)["contents"]:
        assert get(f"{address}/{item['id']}") == item


@pytest.mark.parametrize(
    ("address", "parameters", "schema"),
    [
        # in full it takes half a minute; and what organisations have in full is what services have
        pytest.param(address, given, schema, marks=[pytest.mark.slow] if "full" in given else [])
        for address, given, schema, _ in LISTS
        if "full_service" not in given
    ],
)
def test_all_real_data(
    lines: Any, directory_data: dict[str, int], address: str, parameters: dict[str, str], schema: str
) -> None:
    items = lines(address, **parameters)
    expected = {
        "services": Service.objects.count(),
        "organizations": OrganizationProfile.objects.count(),
        "service_at_locations": ServiceAtLocation.objects.count(),
        "taxonomies": 1,
        "taxonomy_terms": directory_data["needs"],
    }
    assert len({item["id"] for item in items}) == len(items) == expected[address]
    valid = hsds.validator(schema).is_valid
    assert [item for item in items if not valid(item)] == []


def test_root(get: Any) -> None:
    root = get("")
    assert root == {
        "version": "3.0",
        "profile": "http://testserver/api/hsds/profile",
        "openapi_url": "http://testserver/api/hsds/openapi.json",
    }
    assert get("profile") == profile.document()


def test_nothing_personal_is_told(bare: None, get: Any, lines: Any) -> None:
    service = make_rich_service()
    Service.objects.update(assurer_email=f"another-{ASSURER}")
    Contact.objects.filter(service=service).update(name="前の人の名", email="before@example.org")
    Contact.objects.filter(service=service).update(name="窓口", email="")
    told = str([lines(address, **parameters) for address, parameters, _, _ in LISTS])
    told += str(get(f"services/{service.pk}"))
    assert "相談係" in told
    secrets = (ASSURER, "assurer", "前の人の名", "before@example.org")
    assert [secret for secret in secrets if secret in told] == []


def _named(item: Any, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """(HSDS object, its item) for an item and everything in it."""
    kinds = {
        "phones": "phone", "schedules": "schedule", "closures": "closure", "channels": "channel",
        "service_areas": "service_area", "service_at_locations": "service_at_location",
        "languages": "language", "organization": "organization", "cost_options": "cost_option",
        "required_documents": "required_document",
        "contacts": "contact", "attributes": "attribute", "metadata": "metadata", "location": "location",
        "addresses": "address", "accessibility": "accessibility", "taxonomy_term": "taxonomy_term",
        "taxonomy_detail": "taxonomy", "organization_identifiers": "organization_identifier",
        "service": "service", "locations": "location", "services": "service",
    }  # fmt: skip
    yield name, item
    for field, value in item.items():
        if field in kinds and name != "channel":
            for child in value if isinstance(value, list) else [value]:
                yield from _named(child, kinds[field])


def test_profile_names_every_extension_and_only_those(bare: None, get: Any) -> None:
    service = make_rich_service()
    hidden = Location.objects.create(organization=service.organization, area_id="130001", confidential=True)
    ServiceAtLocation.objects.create(service=service, location=hidden)
    OrganizationProfile.objects.update(name_en="Sunny spot")
    service.organization.name_kana = "ひだまりのかい"
    service.organization.area_id = "131016"
    service.organization.corporate_number = "7000012050002"
    service.organization.save(update_fields=["name_kana", "area", "corporate_number"])
    for model, fields in (
        (
            Service,
            {
                "key": "yoru",
                "description_en": "Talk at night",
                "contact_area_id": "131016",
                "note_en": "note",
            },
        ),
        (Channel, {"note": "注", "note_en": "note", "label_en": "at night"}),
    ):
        model.objects.update(**fields)
    added: dict[str, set[str]] = {}
    pages = (
        ("services", "service", {"full": "true", "lat": "35.68", "lng": "139.76"}),
        ("services", "service", {"minimal": "true"}),
        ("service_at_locations", "service_at_location", {"full": "true"}),
        ("organizations", "organization", {"full": "true"}),
        ("taxonomies", "taxonomy", {}),
        ("taxonomy_terms", "taxonomy_term", {}),
    )
    for address, kind, parameters in pages:
        for top in get(address, **parameters)["contents"]:
            for name, item in _named(top, kind):
                if name not in {"channel", "closure"}:
                    known = set(hsds.properties(name)) | {"service", "services"}
                    added.setdefault(name, set()).update(set(item) - known)
                else:
                    added.setdefault(name, set()).update(item)
    told = {name: set(fields) for name, fields in profile.EXTENSIONS.items()}
    assert {name: fields for name, fields in added.items() if fields} == told
