"""The whole directory as a file: HSDS JSON lines, or HSDS tables in a ZIP; written as it is read.

Everything public is in it and nothing else: no address of a person who confirms entries, no draft, nothing of
a confidential place. What an import kept as foreign fields stands where it came from.
"""

import csv
import io
import json
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from tsunagari.core.open_answers import dumped
from tsunagari.core.routers import reading_connection
from tsunagari.directory.exchange.aggregates import states_of
from tsunagari.directory.exchange.hsds.mapping import OBJECT_TYPE, words
from tsunagari.directory.exchange.hsds.tabular import DANGEROUS, FOREIGN_COLUMN, TABLES
from tsunagari.directory.exchange.hsds.writing import (
    BATCH,
    Item,
    Terms,
    location_item,
    organization_item,
    service_items,
)

_STRAY: Final = {
    "organization": (
        "SELECT p.organization_id FROM directory_organizationprofile p WHERE NOT EXISTS"
        " (SELECT FROM directory_service s WHERE s.organization_id = p.organization_id) ORDER BY 1"
    ),
    "location": (
        "SELECT l.id FROM directory_location l WHERE NOT EXISTS"
        " (SELECT FROM directory_serviceatlocation s WHERE s.location_id = l.id) ORDER BY 1"
    ),
}
_ALL: Final = {
    "organization": (
        "SELECT organization_id AS id FROM directory_organizationprofile UNION"
        " SELECT organization_id FROM directory_service ORDER BY 1"
    ),
    "location": "SELECT id FROM directory_location ORDER BY 1",
}


def export_lines() -> Iterator[bytes]:
    """The directory as JSON lines: the terms, each service in its compiled form, then what no service has."""
    terms = Terms()
    used = {term["taxonomy_id"] for term in terms.terms.values()}
    for pk, taxonomy in terms.taxonomies.items():
        if pk not in used:
            yield dumped({OBJECT_TYPE: "taxonomy", **taxonomy}) + b"\n"
    for term in terms.in_order():
        yield dumped({OBJECT_TYPE: "taxonomy_term", **term}) + b"\n"
    for item in service_items(terms):
        yield dumped(item) + b"\n"
    for kind in _STRAY:
        for item in _objects(kind, _STRAY[kind], terms):
            yield dumped({OBJECT_TYPE: kind, **item}) + b"\n"


def _objects(kind: str, query: str, terms: Terms) -> Iterator[Item]:
    make = organization_item if kind == "organization" else location_item
    with reading_connection().cursor() as cursor:
        cursor.execute(query)
        ids: list[UUID] = [row[0] for row in cursor.fetchall()]
    for start in range(0, len(ids), BATCH):
        batch = ids[start : start + BATCH]
        states = states_of(kind, batch)
        for pk in batch:
            if (state := states.get(pk)) is not None:
                yield make(state, terms)


# -- tables ---------------------------------------------------------------------------------------------

# the standard's columns, then ours
COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "organizations": tuple(
        words(
            "id name alternate_name description email website tax_status tax_id year_incorporated "
            "legal_status logo uri parent_organization_id name_kana name_en kind area_code"
        )
    ),
    "services": tuple(
        words(
            "id organization_id program_id name alternate_name description url email status "
            "interpretation_services application_process fees_description wait_time fees accreditations "
            "eligibility_description minimum_age maximum_age assured_date licenses alert key kind "
            "name_kana name_en description_en description_easy application_process_en fees_description_en "
            "eligibility_description_en audience basis note note_en as_of certainty contact_verified "
            "contact_area_code"
        )
    ),
    "locations": tuple(
        words(
            "id location_type url organization_id name alternate_name description transportation latitude "
            "longitude external_identifier external_identifier_type name_kana area_code confidential"
        )
    ),
    "service_at_location": ("id", "service_id", "location_id", "description"),
    "addresses": tuple(
        words(
            "id location_id attention address_1 address_2 city region state_province postal_code country "
            "address_type area_code"
        )
    ),
    "phones": tuple(
        words(
            "id location_id service_id organization_id contact_id service_at_location_id number extension "
            "type description toll_free from_mobile"
        )
    ),
    "channels": tuple(
        words(
            "id location_id service_id organization_id contact_id service_at_location_id type value "
            "extension label label_en note note_en toll_free from_mobile languages position"
        )
    ),
    "schedules": tuple(
        words(
            "id service_id location_id service_at_location_id organization_id contact_id channel_id "
            "valid_from valid_to dtstart timezone until count wkst freq interval byday byweekno "
            "bymonthday byyearday description opens_at closes_at schedule_link attending_type notes "
            "closes_next_day holidays rrule"
        )
    ),
    "closures": tuple(
        words(
            "id service_id location_id service_at_location_id organization_id contact_id channel_id "
            "closed_from closed_to description"
        )
    ),
    "contacts": tuple(
        words("id organization_id service_id service_at_location_id location_id name title department email")
    ),
    "service_areas": tuple(
        words("id service_id name description extent extent_type uri nationwide area_code area_level")
    ),
    "languages": ("id", "service_id", "location_id", "phone_id", "name", "code", "note"),
    "cost_options": tuple(
        words("id service_id valid_from valid_to option currency amount amount_description")
    ),
    "required_documents": ("id", "service_id", "document", "uri", "document_en"),
    "texts": ("id", "service_id", "language", "field", "text", "source", "checked_on"),
    "reachability": tuple(
        words("id channel_id attempts answered typical_wait_minutes source kind observed_from observed_on")
    ),
    "accessibility": ("id", "location_id", "description", "details", "url"),
    "organization_identifiers": (
        "id",
        "organization_id",
        "identifier_scheme",
        "identifier_type",
        "identifier",
    ),
    "programs": ("id", "organization_id", "name", "alternate_name", "description"),
    "funding": ("id", "organization_id", "service_id", "source"),
    "attributes": tuple(words("id link_id taxonomy_term_id link_type link_entity value label")),
    "taxonomies": ("id", "name", "description", "uri", "version", "key"),
    "taxonomy_terms": tuple(
        words(
            "id code name description parent_id taxonomy language taxonomy_id term_uri name_kana name_en "
            "name_easy position"
        )
    ),
}
# what stands in a table of its own, or is said by where a row stands
_ELSEWHERE: Final = frozenset({"organization", "location", "taxonomy_term", "taxonomy_detail", OBJECT_TYPE})
# table → {list in its objects: (table of the rows, column that names the owner)}
_LISTS: Final[dict[str, dict[str, tuple[str, str]]]] = {
    owner: {
        name: (table, column)
        for table, known in TABLES.items()
        for column, name, named in known.owners
        if named == owner
    }
    for owner in TABLES
}


def write_tables(file: Any) -> None:
    """The directory as tables in a ZIP, with datapackage.json."""
    with tempfile.TemporaryDirectory(prefix="tsunagari-export-") as folder, ExitStack() as stack:
        writers = {}
        for table, columns in COLUMNS.items():
            text = stack.enter_context(
                (Path(folder) / f"{table}.csv").open("w", encoding="utf-8", newline="")
            )
            writers[table] = csv.writer(text)
            writers[table].writerow([*columns, FOREIGN_COLUMN])
        for table, item in _every_object():
            _write(writers, table, item)
        stack.close()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
            archive.writestr(_entry("datapackage.json"), dumped(datapackage()))
            for table in COLUMNS:
                with (
                    (Path(folder) / f"{table}.csv").open("rb") as source,
                    archive.open(_entry(f"{table}.csv"), "w") as target,
                ):
                    while chunk := source.read(2**18):
                        target.write(chunk)


def _entry(name: str) -> zipfile.ZipInfo:
    # no time of writing: the same directory gives the same bytes
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry


def _every_object() -> Iterator[tuple[str, Item]]:
    terms = Terms()
    for taxonomy in terms.taxonomies.values():
        yield "taxonomies", taxonomy
    for term in terms.in_order():
        yield "taxonomy_terms", term
    for item in _objects("organization", _ALL["organization"], terms):
        yield "organizations", item
    for item in _objects("location", _ALL["location"], terms):
        yield "locations", item
    for item in service_items(terms):
        yield "services", item


def _write(writers: dict[str, Any], table: str, item: Item) -> None:
    columns, rest = COLUMNS[table], {}
    lists = _LISTS[table]
    for name, value in item.items():
        if name in lists and isinstance(value, list):
            child, column = lists[name]
            for entry in value:
                if isinstance(entry, dict):
                    _write(writers, child, _owned(entry, column, item))
        elif name not in columns and name not in _ELSEWHERE:
            rest[name] = value
    writers[table].writerow(
        [
            *(_cell(item.get(name)) for name in columns),
            _cell(json.dumps(rest, ensure_ascii=False, separators=(",", ":")) if rest else ""),
        ]
    )


def _owned(entry: Item, column: str, owner: Item) -> Item:
    """A row that names its owner, and its owner alone."""
    return entry if entry.get(column) == owner["id"] else {**entry, column: owner["id"]}


def _cell(value: Any) -> str:
    """A cell: nothing that a spreadsheet would run begins it; ``tabular.revealed`` takes the quote away."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        value = ",".join(map(str, value))
    text = str(value)
    return f"'{text}" if text.startswith((*DANGEROUS, "'")) and _is_dangerous(text) else text


def _is_dangerous(text: str) -> bool:
    # quotes before a sign count too, so that taking one away always gives back what was there
    return text.lstrip("'").startswith(DANGEROUS)


def datapackage() -> dict[str, Any]:
    """The description of the tables (Frictionless Data Package)."""
    return {
        "name": "human_services_data",
        "title": "HSDS 3.0 (HSDS-JP)",
        "profile": "tabular-data-package",
        "resources": [
            {
                "profile": "tabular-data-resource",
                "name": table,
                "path": f"{table}.csv",
                "encoding": "utf-8",
                "schema": {
                    "primaryKey": "id",
                    "fields": [{"name": name, "type": "string"} for name in (*columns, FOREIGN_COLUMN)],
                },
            }
            for table, columns in COLUMNS.items()
        ],
    }


def export_to(file: Path, *, format: str) -> None:
    """Write the directory into a file, which appears only when it is whole."""
    with tempfile.NamedTemporaryFile(dir=file.parent, prefix=f".{file.name}-", delete=False) as temporary:
        try:
            if format == "hsds-csv":
                write_tables(temporary)
            else:
                for line in export_lines():
                    temporary.write(line)
        except BaseException:
            Path(temporary.name).unlink()
            raise
    Path(temporary.name).replace(file)


def tables_as_bytes() -> bytes:
    """The ZIP of tables in memory, for tests and small directories."""
    buffer = io.BytesIO()
    write_tables(buffer)
    return buffer.getvalue()
