"""What Popolo's published schemas say of each class: its fields, their types and patterns, what it must have.

Facts taken from https://github.com/popolo-project/popolo-spec, schemas/*.json (as at commit b6225682; post at
c731e3bf, event and vote_event at f11ea6e4), which are JSON Schema draft 3. Written here anew, for
jsonschema's draft 2020-12, and stricter in one way: a field that the schema does not name is refused.
"""

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource

BASE = "http://www.popoloproject.com/schemas/"
DAY = r"^[0-9]{4}(-[0-9]{2}){0,2}$"
MOMENT = r"^[0-9]{4}((-[0-9]{2}){0,2}|(-[0-9]{2}){2}T[0-9]{2}(:[0-9]{2}){0,2}(Z|[+-][0-9]{2}(:[0-9]{2})?))$"

# how a field is written below → its schema; "?": may be null
KINDS: dict[str, dict[str, Any]] = {
    "text": {"type": "string"},
    "text?": {"type": ["string", "null"]},
    "day?": {"type": ["string", "null"], "pattern": DAY},
    "moment?": {"type": ["string", "null"], "pattern": MOMENT},
    "time?": {"type": ["string", "null"], "format": "date-time"},
    "uri": {"type": "string", "format": "uri"},
    "uri?": {"type": ["string", "null"], "format": "uri"},
    "email?": {"type": ["string", "null"], "format": "email"},
    "whole": {"type": "integer"},
    "number?": {"type": ["number", "null"]},
    "object?": {"type": ["object", "null"]},
    "objects": {"type": "array", "items": {"type": "object"}},
    "texts": {"type": "array", "items": {"type": "string"}},
    "texts?": {"type": ["array", "null"], "items": {"type": "string"}},
}
_STAMPS = "created_at:time? updated_at:time? sources:[link]"
# class → its fields; "[class]" is a list of them, "class" one; "!" is required by the schema
CLASSES = {
    "link": "url!:uri note:text?",
    "identifier": "identifier!:text scheme:text?",
    "other_name": (
        "name!:text family_name:text? given_name:text? additional_name:text? honorific_prefix:text?"
        " honorific_suffix:text? patronymic_name:text? start_date:day? end_date:day? note:text?"
    ),
    "organization": (
        "id:text? name:text? other_names:[other_name] identifiers:[identifier] classification:text?"
        " parent_id:text? parent:organization area_id:text? area:object? founding_date:day?"
        " dissolution_date:day? image:uri? contact_details:objects links:[link] memberships:[membership]"
        f" posts:[post] {_STAMPS}"
    ),
    "person": (
        "id:text? name:text? other_names:[other_name] identifiers:[identifier] family_name:text?"
        " given_name:text? additional_name:text? honorific_prefix:text? honorific_suffix:text?"
        " patronymic_name:text? sort_name:text? email:email? gender:text? pronouns:texts? birth_date:day?"
        " death_date:day? image:uri? summary:text? biography:text? national_identity:text?"
        " contact_details:objects links:[link] memberships:[membership] motions:[motion] speeches:objects"
        f" votes:[vote] {_STAMPS}"
    ),
    "post": (
        "id:text? label:text? other_label:texts role:text? organization_id:text? organization:organization"
        " area_id:text? area:object? start_date:day? end_date:day? contact_details:objects links:[link]"
        f" memberships:[membership] {_STAMPS}"
    ),
    "membership": (
        "id:text? label:text? role:text? member:object? person_id:text? person:person organization_id:text?"
        " organization:organization post_id:text? post:post on_behalf_of_id:text? on_behalf_of:organization"
        " area_id:text? area:object? start_date:day? end_date:day? contact_details:objects links:[link]"
        f" {_STAMPS}"
    ),
    "event": (
        "id:text? name:text? description:text? start_date:moment? end_date:moment? location:text?"
        " status:text? identifiers:[identifier] classification:text? organization_id:text?"
        " organization:organization"
        f" attendees:[person] parent_id:text? parent:event children:[event] {_STAMPS}"
    ),
    "motion": (
        "id:text? organization_id:text? organization:organization legislative_session_id:text?"
        " legislative_session:object? creator_id:text? creator:person text:text? classification:text?"
        f" date:time? requirement:text? result:text? vote_events:[vote_event] {_STAMPS}"
    ),
    "vote_event": (
        "id:text? organization_id:text? organization:organization legislative_session_id:text?"
        " legislative_session:event identifier:text? motion_id:text? motion:motion classification:text?"
        " start_date:time? end_date:time? result:text? group_results:[group_result] counts:[count]"
        f" votes:[vote] {_STAMPS}"
    ),
    "group_result": "group_id:text? group:object? result!:text",
    "count": "option!:text value!:whole group_id:text? group:object?",
    "vote": (
        "id:text? vote_event_id:text? vote_event:vote_event voter_id:text? voter:object? option:text?"
        " group_id:text? group:organization role:text? weight:number? pair_id:text? pair:person"
    ),
}
COLLECTIONS = {
    "organizations": "organization",
    "posts": "post",
    "persons": "person",
    "memberships": "membership",
    "events": "event",
    "motions": "motion",
}
"""What a document of Popolo holds, each a list of one class."""

formats = FormatChecker(formats=())


@formats.checks("date-time", raises=ValueError)
def _is_moment(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


@formats.checks("uri", raises=ValueError)
def _is_uri(value: object) -> bool:
    return not isinstance(value, str) or bool(urlsplit(value).scheme and urlsplit(value).netloc)


@formats.checks("email")
def _is_email(value: object) -> bool:
    return not isinstance(value, str) or "@" in value


def _schema(name: str) -> dict[str, Any]:
    properties, required = {}, []
    for field in CLASSES[name].split():
        label, kind = field.split(":")
        if label.endswith("!"):
            label = label.removesuffix("!")
            required.append(label)
        if kind.startswith("["):
            properties[label] = {"type": "array", "items": {"$ref": f"{BASE}{kind[1:-1]}.json"}}
        else:
            properties[label] = KINDS.get(kind, {"$ref": f"{BASE}{kind}.json"})
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{BASE}{name}.json",
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


REGISTRY: Registry[Any] = Registry().with_resources(
    (f"{BASE}{name}.json", Resource.from_contents(_schema(name))) for name in CLASSES
)


def faults(document: dict[str, Any]) -> list[str]:
    """What the schemas do not allow in a document, with the place of each."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {
            name: {"type": "array", "items": {"$ref": f"{BASE}{kind}.json"}}
            for name, kind in COLLECTIONS.items()
        },
        "additionalProperties": False,
    }
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema, registry=REGISTRY, format_checker=formats)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(document)]
