"""What a result shows: read in one statement for all results of a page."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from tsunagari.core.areas import NATIONWIDE, area_label, area_tree
from tsunagari.core.routers import reading_connection
from tsunagari.directory.models import Service
from tsunagari.directory.search import openness
from tsunagari.directory.search.kinds import municipal_kinds

_TYPES = openness.TALKING


@dataclass(frozen=True, slots=True)
class Result:
    """One service as a card shows it; or a municipal kind as a whole (``id`` None) that asks for the place.

    open_now: True, False, or None when the hours are not known; always None without a verified contact.
    next_opening: when a closed service opens again; closes_at: when an open one closes (Asia/Tokyo).
    channels: dicts with type, value, extension, label, label_en, note, note_en, toll_free, from_mobile,
    languages, open_now.
    area_name: where it may be used (「札幌市」, 「東京都府中市」 where two have the name; in English in Latin
    letters), "" for the whole country. distance_km: from the area's office.
    why: sentences, in the language of the request. as_of: YYYY-MM.
    """

    id: UUID | None
    key: str | None
    kind: str
    name: str
    name_en: str
    name_kana: str
    organization: str
    organization_en: str
    description: str
    description_en: str
    description_easy: str
    status: str
    open_now: bool | None
    next_opening: datetime | None
    closes_at: datetime | None
    channels: tuple[dict[str, Any], ...]
    distance_km: float | None
    why: tuple[str, ...]
    area_code: str
    area_name: str
    contact_verified: bool
    contact_area_code: str | None
    contact_area_name: str
    costs: tuple[str, ...]
    fees_description: str
    free: bool
    url: str
    alert: str
    note: str
    note_en: str
    as_of: str
    assured_on: date | None
    needs: tuple[str, ...]
    hours_known: bool
    asks_for_place: bool

    def to_json(self) -> dict[str, Any]:
        """The result in the shape of ``POST /api/search``."""
        return {
            "id": str(self.id) if self.id else None,
            # of data/services.json alone; programmes have theirs in another file
            "key": None if self.kind == Service.Kind.PROGRAMME else self.key,
            "name": self.name,
            "organization": self.organization,
            "open_now": self.open_now,
            "next_opening": self.next_opening.isoformat() if self.next_opening else None,
            "channels": list(self.channels),
            "distance_km": self.distance_km,
            "why": list(self.why),
        }


_SQL = """
SELECT s.id, s.key, s.kind, s.name, s.name_en, s.name_kana, o.name, p.name_en, s.description,
       s.description_en,
       s.description_easy, s.status, s.contact_verified, s.contact_area_id, s.fees_description,
       s.url, s.alert, s.note, s.note_en, s.as_of, s.assured_on,
       (SELECT json_agg(json_build_array(c.type, c.value, c.extension, c.label, c.label_en, c.note,
                                         c.note_en, c.toll_free, c.from_mobile, c.languages)
                        ORDER BY c.position, c.id)
          FROM directory_channel AS c WHERE c.service_id = s.id),
       (SELECT json_agg(json_build_array(f.option, f.amount_description, f.amount))
          FROM directory_costoption AS f WHERE f.service_id = s.id)
  FROM directory_service AS s JOIN accounts_organization AS o ON o.id = s.organization_id
       LEFT JOIN directory_organizationprofile AS p ON p.organization_id = o.id
 WHERE s.id = ANY(%s::uuid[])
"""
_FIELDS = (
    "id", "key", "kind", "name", "name_en", "name_kana", "organization", "organization_en", "description",
    "description_en", "description_easy", "status", "contact_verified", "contact_area_code",
    "fees_description", "url", "alert", "note", "note_en", "as_of", "assured_on", "channels", "costs",
)  # fmt: skip
_CHANNEL = (
    "type", "value", "extension", "label", "label_en", "note", "note_en", "toll_free", "from_mobile",
    "languages",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """What a card is made for: a service in one of its areas, with its hours pattern."""

    service_id: UUID
    area_code: str
    kind_key: str
    hours_id: int | None
    needs: tuple[str, ...] = ()
    distance_km: float | None = None
    whole_kind: bool = False


def statement(ids: Sequence[UUID]) -> tuple[str, list[Any]]:
    """The statement that reads the cards of these services."""
    return _SQL, [[str(pk) for pk in ids]]


def results(found: Sequence[Found], at: datetime) -> list[Result]:
    """The cards of what was found, in its order; services that have gone in between are missing."""
    if not found:
        return []
    with reading_connection().cursor() as cursor:
        cursor.execute(*statement(list(dict.fromkeys(item.service_id for item in found))))
        rows = {row[0]: dict(zip(_FIELDS, row, strict=True)) for row in cursor.fetchall()}
    states = openness.open_pattern_ids(at)
    return [_result(item, rows[item.service_id], states, at) for item in found if item.service_id in rows]


def explained(result: Result, why: Iterable[str]) -> Result:
    """The result with its reasons. It is new and nobody else's yet, so it is not copied for this."""
    object.__setattr__(result, "why", tuple(why))
    return result


def _result(found: Found, row: dict[str, Any], states: openness.OpenPatterns, at: datetime) -> Result:
    hours = openness.pattern(found.hours_id)
    open_now = states.state(found.hours_id)
    channels = tuple(_channel(channel, hours, at) for channel in _json(row["channels"]))
    costs = _json(row["costs"])
    node = area_tree().get(found.area_code)
    contact = area_tree().get(row["contact_area_code"] or "")
    result = Result(
        id=row["id"],
        key=row["key"],
        kind=row["kind"],
        name=row["name"],
        name_en=row["name_en"],
        name_kana=row["name_kana"],
        organization=row["organization"],
        organization_en=row["organization_en"] or "",
        description=row["description"],
        description_en=row["description_en"],
        description_easy=row["description_easy"],
        status=row["status"],
        open_now=open_now,
        next_opening=openness.opens_next(found.hours_id, at) if open_now is not True else None,
        closes_at=openness.closes_next(found.hours_id, at) if open_now else None,
        channels=channels,
        distance_km=found.distance_km,
        why=(),
        area_code=found.area_code,
        area_name=area_label(node) if node else "",
        contact_verified=row["contact_verified"],
        contact_area_code=row["contact_area_code"],
        contact_area_name=area_label(contact) if contact else "",
        costs=tuple(text for option, about, _ in costs if (text := about or option)),
        fees_description=row["fees_description"],
        free=any(amount == 0 for _, _, amount in costs) or any(channel["toll_free"] for channel in channels),
        url=row["url"],
        alert=row["alert"],
        note=row["note"],
        note_en=row["note_en"],
        as_of=row["as_of"],
        assured_on=row["assured_on"],
        needs=found.needs,
        hours_known=bool(hours),
        asks_for_place=False,
    )
    return _whole_kind(result, found.kind_key) if found.whole_kind else result


def _whole_kind(result: Result, key: str) -> Result:
    """The card of a municipal kind: nobody in particular until the place is known."""
    kind = municipal_kinds()[key]
    return replace(
        result,
        id=None,
        key=key,
        name=kind.name,
        name_en=kind.name_en,
        name_kana=kind.name_kana,
        organization="",
        organization_en="",
        description=kind.description,
        description_en=kind.description_en,
        open_now=None,
        next_opening=None,
        closes_at=None,
        channels=(),
        area_code=NATIONWIDE,
        area_name="",
        contact_verified=False,
        contact_area_code=None,
        contact_area_name="",
        url="",
        needs=kind.needs,
        asks_for_place=True,
    )


def _channel(values: list[Any], hours: openness.Pattern, at: datetime) -> dict[str, Any]:
    channel = dict(zip(_CHANNEL, values, strict=True))
    known = channel["type"] in _TYPES and channel["type"] in hours
    channel["open_now"] = openness.state_of(hours, at, (channel["type"],)) if known else None
    return channel


def _json(value: Any) -> list[list[Any]]:
    return (json.loads(value) if isinstance(value, str) else value) or []
