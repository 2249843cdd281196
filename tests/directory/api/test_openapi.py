"""The OpenAPI document: complete, true, and tried by schemathesis and by hypothesis."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.conf import settings as settings_of_site
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter
from schemathesis import GenerationMode

from tests.conformance import hsds
from tsunagari.directory.api import shapes
from tsunagari.directory.api.parameters import HINTS, SENTENCES

pytestmark = pytest.mark.django_db

# what a client of these lists may be answered
PAGES = {
    "services": shapes.HsdsServicePage,
    "organizations": shapes.HsdsOrganizationPage,
    "service_at_locations": shapes.HsdsServiceAtLocationPage,
    "taxonomies": shapes.HsdsTaxonomyPage,
    "taxonomy_terms": shapes.HsdsTaxonomyTermPage,
}


@pytest.fixture
def document(get: Any) -> Any:
    return get("openapi.json")


@hsds.needs_hsds
def test_every_operation_and_parameter_of_the_standard_is_there(document: Any) -> None:
    standard = hsds.read("schema/openapi.json")
    common = standard["components"]["parameters"]
    for path, item in standard["paths"].items():
        ours = document["paths"][f"/api/hsds{path}"]["get"]
        assert ours["operationId"] == item["get"]["operationId"] or path.startswith("/taxonomy_terms")
        asked = {parameter["name"] for parameter in ours.get("parameters", ())}
        for parameter in (*item.get("parameters", ()), *item["get"].get("parameters", ())):
            reference = parameter.get("$ref", "").rpartition("/")[2]
            name = common[reference]["name"] if reference else parameter["name"]
            assert name in asked | set(HINTS)


def test_every_parameter_is_described_in_both_languages(document: Any) -> None:
    named = set()
    for item in document["paths"].values():
        for parameter in item["get"].get("parameters", ()):
            if parameter["in"] == "query":
                ja, en = SENTENCES[parameter["name"]]
                assert parameter["description"] == f"{ja} / {en}"
                named.add(parameter["name"])
    assert named == set(SENTENCES)


def test_the_guide_names_every_address_and_parameter(document: Any) -> None:
    guide = (settings_of_site.BASE_DIR / "docs" / "api.md").read_text(encoding="utf-8")
    addresses = [path.removeprefix("/api/hsds") for path in document["paths"]]
    assert [name for name in (*SENTENCES, *HINTS, *addresses) if f"`{name}`" not in guide] == []


def test_only_what_can_be_read_is_there(document: Any) -> None:
    assert document["openapi"] == "3.1.0"
    assert document["info"]["license"] == {"name": "Apache-2.0", "identifier": "Apache-2.0"}
    for path, item in document["paths"].items():
        assert set(item) == {"get"}
        assert set(item["get"]["responses"]) <= {"200", "400", "404", "422"}
        assert item["get"]["description"], path


# -- any parameters at all --------------------------------------------------------------------------------

_likely = {
    "search": st.sampled_from(["相談", "いのちの電話", "0120", "'", "\\", "%", "a" * 200]) | st.text(),
    "page": st.integers().map(str) | st.text(),
    "per_page": st.integers(-1, 600).map(str),
    "format": st.sampled_from(["json", "ndjson", "xml"]),
    "taxonomy_term_id": st.sampled_from(["dv", "loneliness", "x"]) | st.uuids().map(str) | st.text(),
    "taxonomy_id": st.sampled_from(["need", "x"]) | st.text(),
    "organization_id": st.uuids().map(str) | st.text(),
    "modified_after": st.datetimes().map(str) | st.dates().map(str) | st.text(),
    "minimal": st.sampled_from(["true", "false", "1"]),
    "full": st.sampled_from(["true", "false", "1"]),
    "area": st.sampled_from(["131016", "011002", "000000", "999999"]) | st.text(),
    "open_at": st.just("now") | st.datetimes().map(lambda at: at.isoformat()) | st.text(),
    "language": st.sampled_from(["ja", "vi", "xx", "日本"]),
    "free": st.sampled_from(["true", "false", ""]),
    "channel": st.sampled_from(["phone", "line", "fax"]),
    "kind": st.sampled_from(["consultation", "place", "x"]),
    "status": st.sampled_from(["active", "temporarily closed", "x"]),
    "lat": st.floats().map(str) | st.floats(30, 40).map(str),
    "lng": st.floats().map(str) | st.floats(130, 140).map(str),
    "radius": st.floats().map(str) | st.floats(0, 300).map(str),
    "full_service": st.sampled_from(["true", "false"]),
    "top_only": st.sampled_from(["true", "x"]),
    "parent_id": st.uuids().map(str) | st.text(),
}


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    address=st.sampled_from(sorted(PAGES)),
    names=st.sets(st.sampled_from(sorted(_likely)), max_size=4),
    data=st.data(),
)
def test_any_parameters_get_a_page_or_a_sentence(
    client: Client, directory_data: dict[str, int], address: str, names: set[str], data: st.DataObject
) -> None:
    parameters = {name: data.draw(_likely[name], label=name) for name in sorted(names)}
    # a page in full of everything takes seconds; the tests of conformance read them all
    parameters.setdefault("per_page", "5")
    response = client.get(f"/api/hsds/{address}", parameters)
    assert response.status_code in {200, 400, 422}
    if response.streaming:
        first = next(iter(response.streaming_content), b"{}\n").splitlines()[0]
        assert isinstance(json.loads(first), dict)
    elif response.status_code == 200:
        TypeAdapter(PAGES[address]).validate_python(response.json(), strict=True)
    else:
        assert set(response.json()) == {"error", "error_en"}


# -- schemathesis -----------------------------------------------------------------------------------------

PATHS = (
    "",
    "profile",
    *(f"{address}{rest}" for address in sorted(PAGES) for rest in ("", "/{id}")),
)


@pytest.fixture
def kept_connection() -> Iterator[None]:
    """The end of a request leaves the test's connection alone, as Django's own test client does."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "mode"),
    [
        *((path, GenerationMode.POSITIVE) for path in PATHS),
        # elsewhere nothing can be wrong: an id is any text
        *((path, GenerationMode.NEGATIVE) for path in (*sorted(PAGES), "organizations/{id}")),
    ],
)
def test_schemathesis(
    directory_data: dict[str, int], kept_connection: None, path: str, mode: GenerationMode
) -> None:
    schema = schemathesis.openapi.from_wsgi("/api/hsds/openapi.json", get_wsgi_application())
    # a value of the right form may still be unknown here (an area, a term): 422, with a sentence
    schema.config.checks.positive_data_acceptance.expected_statuses = ["2xx", "404", "422"]
    operation = schema[f"/api/hsds/{path}"]["GET"]

    @settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode))
    def try_it(case: Any) -> None:
        case.call_and_validate()

    try_it()


@pytest.mark.slow
def test_schemathesis_knows_every_path(document: Any) -> None:
    assert set(document["paths"]) == {f"/api/hsds/{path}" for path in PATHS}
