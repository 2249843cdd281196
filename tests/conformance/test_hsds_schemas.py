"""The validators themselves: they take HSDS's own examples and refuse what is wrong."""

import copy

import pytest

from tests.conformance import hsds

pytestmark = hsds.needs_hsds

# file of an example, schema, whether it is a page
EXAMPLES = (
    ("service_full", "compiled/service", False),
    ("organization_full", "compiled/organization", False),
    ("service_at_location_full", "compiled/service_at_location", False),
    ("taxonomy", "taxonomy", False),
    ("taxonomy_term", "taxonomy_term", False),
    ("service_list", "compiled/service_list", True),
    ("organization_list", "compiled/organization_list", True),
    ("service_at_location_list", "compiled/service_at_location_list", True),
    ("taxonomy_list", "taxonomy", True),
    ("taxonomy_term_list", "taxonomy_term", True),
)


@pytest.mark.parametrize(("example", "schema", "is_page"), EXAMPLES)
def test_example_is_valid(example: str, schema: str, is_page: bool) -> None:
    content = hsds.read(f"examples/{example}.json")
    for item in content["contents"] if is_page else [content]:
        assert hsds.faults(schema, item) == []


@pytest.mark.parametrize(
    ("field", "value", "fault"),
    [
        ("id", "12", "id: '12' is not a 'uuid'"),
        ("status", "open", "status: 'open' is not one of"),
        ("email", None, "email: None is not of type 'string'"),
        ("minimum_age", "12", "minimum_age: '12' is not of type 'number'"),
    ],
)
def test_wrong_value_is_found(field: str, value: object, fault: str) -> None:
    broken = copy.deepcopy(hsds.read("examples/service_full.json"))
    broken[field] = value
    (found,) = hsds.faults("compiled/service", broken)
    assert found.startswith(fault)
