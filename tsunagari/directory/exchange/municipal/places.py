"""Where the entry of a row is: its address, its municipality, its point on the earth."""

from __future__ import annotations

import re
from typing import Any

from tsunagari.core.areas import area_tree
from tsunagari.core.models import Area
from tsunagari.directory.exchange.municipal.cells import Row
from tsunagari.directory.exchange.municipal.localities import code_of, split_address
from tsunagari.directory.exchange.records import LocationRecord, PartRecord
from tsunagari.directory.exchange.tables.values import point, point_of, postal_code, wide


def location_of(row: Row, own: str) -> tuple[LocationRecord | None, str]:
    """The place of a row, and its address in one line."""
    address_columns = ("address", "address_prefecture", "address_city", "address_town", "address_number")
    if not row.has(*address_columns, "place_name", "latitude", "point", "postal_code", "building"):
        return None, ""
    whole = wide(row["address"]).replace("\n", " ")
    parts = [wide(row[name]) for name in address_columns[1:]]
    if not whole:
        whole = "".join(parts)
    whole = re.sub(r"^〒?\s*\d{3}-?\d{4}\s*", "", whole)
    area, rest = split_address(whole, near=own) if whole else (area_tree().get(own), "")
    if whole and area is None:
        row.sayer("address")("unknown_place", whole)
    area = _checked(row, area, own)
    fields: dict[str, Any] = {
        "name": re.sub(r"\s+", " ", row["place_name"] or (row["name"] if row.kind == "place" else "")),
        "address_1": rest[:200],
        "address_2": wide(row["building"]).replace("\n", " ")[:200] if row.has("building") else None,
    }
    if area is not None and area.level != Area.Level.PREFECTURE:
        fields["area_id"] = area.code
    if row.has("postal_code", "address"):
        fields["postal_code"] = postal_code(row["postal_code"] or row["address"])
    if row.has("latitude", "longitude", "point"):
        found = (
            point_of(row["point"], row.sayer("point"))
            if row["point"]
            else point(row["latitude"], row["longitude"], row.sayer("latitude"))
        )
        fields["latitude"], fields["longitude"] = found or (None, None)
    if row.has("access"):
        fields["transportation"] = row["access"]
    if not any(fields.get(name) for name in ("address_1", "name", "latitude", "postal_code")):
        return None, ""
    record = LocationRecord(
        number=row.number, part=row.context.part, fields=fields, labels=dict(row.headings)
    )
    if row.has("accessibility"):
        text = row["accessibility"]
        record.accessibility = [PartRecord({"description": text})] if text else []
    line = f"{area.full_name if area else ''}{rest} {fields['address_2'] or ''}".strip()
    return record, line


def _checked(row: Row, area: Any, own: str) -> Any:
    """The area of the address, compared with the code that stands beside it."""
    if not row["address_code"]:
        return area
    code, _repaired = code_of(row["address_code"])
    if area is None or not code:
        return area_tree().get(code, area)
    if code not in area.scope and area.code not in area_tree()[code].scope:
        row.sayer("address_code")("place_differs", row["address_code"], now=area.full_name)
    elif area.code in area_tree()[code].scope:
        return area_tree()[code]
    return area
