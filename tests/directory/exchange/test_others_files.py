"""Files as others make them: the standard's own examples; and ours, as the standard's schemas want them."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tests.conformance.hsds import HSDS, needs_hsds
from tests.directory.exchange.conftest import Write, a_service, bring, empty_directory
from tsunagari.directory.exchange.exporting import export_lines, tables_as_bytes
from tsunagari.directory.exchange.hsds.mapping import OBJECT_TYPE
from tsunagari.directory.models import Channel, ForeignFields, Service

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("empty"),
    needs_hsds,
]


@pytest.mark.parametrize(
    ("name", "services"),
    [
        ("service_full.json", 1),
        ("service_list.json", 1),
        ("organization_full.json", 1),
        ("service_at_location_full.json", 1),
        ("tabular.json", 1),
        ("csv", 1),
        ("location.json", 0),
        ("taxonomy.json", 0),
        ("taxonomy_term_list.json", 0),
    ],
)
def test_the_standards_examples_arrive_and_come_back(name: str, services: int, tmp_path: Path):
    run = bring(HSDS / "examples" / name)
    assert run.state == "done"
    assert Service.objects.count() == services
    lines = list(export_lines())
    file = tmp_path / "again.ndjson"
    file.write_bytes(b"".join(lines))
    empty_directory()
    assert bring(file).state == "done"
    assert list(export_lines()) == lines


def test_what_has_no_place_here_comes_back_where_it_was():
    bring(HSDS / "examples" / "service_full.json")
    fields = ForeignFields.objects.get(link_entity="service").fields[""]
    assert fields["licenses"] == "licences"
    (service,) = (item for line in export_lines() if OBJECT_TYPE not in (item := json.loads(line)))
    example = json.loads((HSDS / "examples" / "service_full.json").read_text())
    for name in ("fees", "accreditations", "licenses", "funding", "program"):
        assert service[name] == example[name]
    assert service["organization"]["logo"] == example["organization"]["logo"]
    # the address of a person stays out
    assert "assurer_email" not in json.dumps(service)


def test_an_export_satisfies_the_standards_schema(write: Write):
    bring(write(a_service(), a_service("s2", minimum_age=3, url="", phones=[], assured_date="2026-01-01")))
    schema = json.loads((HSDS / "schema" / "compiled" / "service.json").read_text())
    validator = Draft202012Validator(schema)
    items = [json.loads(line) for line in export_lines()]
    services = [item for item in items if OBJECT_TYPE not in item]
    assert len(services) == 2
    for item in services:
        assert [error.message for error in validator.iter_errors(item)] == []


# control characters are taken out, and an import strips the ends: neither is a loss
TEXT = st.text(st.characters(exclude_categories=("Cc", "Cs", "Cn")), min_size=1, max_size=40).map(str.strip)
CLOCK = st.tuples(st.integers(0, 23), st.sampled_from((0, 15, 30, 45))).map(
    lambda at: f"{at[0]:02d}:{at[1]:02d}"
)
SCHEDULE = st.fixed_dictionaries(
    {
        "opens_at": CLOCK,
        "closes_at": CLOCK,
        "freq": st.just("WEEKLY"),
        "byday": st.sampled_from(("MO", "SA,SU")),
    },
    optional={
        "holidays": st.sampled_from(("never", "also", "only", "as_weekday")),
        "description": TEXT,
        "valid_from": st.dates().map(str),
        "attending_type": TEXT,
    },
)
CHANNEL = st.fixed_dictionaries(
    {"type": st.sampled_from(("phone", "chat", "line", "web")), "value": TEXT.filter(bool)},
    optional={"label": TEXT, "note": TEXT, "toll_free": st.booleans(), "languages": st.just(["ja", "en"])},
)
SERVICE = st.fixed_dictionaries(
    {"name": TEXT.filter(bool), "status": st.sampled_from(("active", "inactive", "defunct"))},
    optional={
        "description": TEXT,
        "alert": TEXT,
        "minimum_age": st.integers(0, 50),
        "maximum_age": st.integers(50, 120),
        "assured_date": st.dates().map(str),
        "audience": st.lists(st.sampled_from(("child", "parent", "anyone")), unique=True, max_size=3),
        "schedules": st.lists(SCHEDULE, max_size=3),
        "channels": st.lists(CHANNEL, max_size=3),
        "cost_options": st.lists(
            st.fixed_dictionaries({"option": TEXT, "amount": st.integers(0, 9999)}), max_size=2
        ),
        "required_documents": st.lists(st.fixed_dictionaries({"document": TEXT.filter(bool)}), max_size=2),
        "something_else": st.dictionaries(TEXT, TEXT, max_size=2),
        "note": TEXT.map(lambda text: f"={text}"),
    },
)


@pytest.mark.slow
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(SERVICE, min_size=1, max_size=3))
def test_any_directory_survives_a_round_trip_either_way(
    write: Write, tmp_path: Path, made: list[dict[str, Any]]
):
    empty_directory()
    items = [{**a_service(f"s{place}"), **copy.deepcopy(item)} for place, item in enumerate(made)]
    assert bring(write(*items)).state == "done"
    lines, tables = list(export_lines()), tables_as_bytes()
    for name, content in (("again.ndjson", b"".join(lines)), ("again.zip", tables)):
        file = tmp_path / name
        file.write_bytes(content)
        empty_directory()
        run = bring(file)
        assert run.state == "done"
        assert run.counts.get("errors", 0) == 0
        assert list(export_lines()) == lines
        assert tables_as_bytes() == tables
    assert Channel.objects.count() <= 9 + len(made)
