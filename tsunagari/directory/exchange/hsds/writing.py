"""The directory → HSDS objects, compiled, in the shapes of the API and with what else a round trip needs.

Built from states (``aggregates``), not from models: an export writes what an import compares.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any, Final
from uuid import UUID, uuid5

from tsunagari.core.areas import area_tree
from tsunagari.directory.api.objects import COUNTRY, LANGUAGE_NAMES
from tsunagari.directory.api.services import CORPORATE_NUMBER_SCHEME
from tsunagari.directory.exchange.aggregates import Row, State, states_of
from tsunagari.directory.exchange.hsds.mapping import COLUMNS
from tsunagari.directory.models import Schedule, Service, Taxonomy, TaxonomyTerm
from tsunagari.directory.opening import hours_of
from tsunagari.directory.schedules import period_to_hsds, to_rrule

BATCH: Final = 500
Item = dict[str, Any]
_DATES: Final = ("until", "dtstart", "valid_from", "valid_to")
_PERIOD_COLUMNS: Final = tuple(
    str(column.column)
    for column in Schedule._meta.concrete_fields
    if column.column not in {"id", "channel_id", "service_id", "location_id", "service_at_location_id"}
)


@dataclass(slots=True)
class Foreign:
    """The foreign fields of an object, by the path of what they belong to."""

    fields: dict[str, Item] = field(default_factory=dict)

    def into(self, path: str, item: Item) -> Item:
        """An item with its foreign fields after its own."""
        for name, value in self.fields.get(path, {}).items():
            if name not in item:
                item[name] = value
        return item


def foreign_in(state: State) -> Foreign:
    """The foreign fields in a state."""
    rows = state.get("foreign")
    return Foreign(rows[0]["fields"] if rows else {})


def filled(kind: str, row: Row) -> Item:
    """The fields of a row that have a value, under their HSDS names."""
    return {
        name: row[column]
        for name, column in COLUMNS[kind].items()
        if row.get(column) is not None and row[column] != "" and row[column] != []
    }


class Terms:
    """Terms with their taxonomies, read once."""

    def __init__(self) -> None:
        self.taxonomies = {
            str(row.pk): _without_empty(
                {
                    "id": str(row.pk),
                    "name": row.name,
                    "description": row.description,
                    "key": row.key,
                    "uri": row.uri,
                    "version": row.version,
                }
            )
            for row in Taxonomy.objects.order_by("id")
        }
        self.keys = {pk: str(taxonomy["key"]) for pk, taxonomy in self.taxonomies.items()}
        self.terms: dict[str, Item] = {}
        for row in TaxonomyTerm.objects.order_by("id"):
            taxonomy = self.taxonomies[str(row.taxonomy_id)]
            self.terms[str(row.pk)] = {
                "id": str(row.pk),
                "code": row.code,
                "name": row.name,
                "description": row.description,
                "taxonomy": taxonomy["name"],
                "taxonomy_id": str(row.taxonomy_id),
                "language": "ja",
                **_without_empty(
                    {
                        "parent_id": str(row.parent_id) if row.parent_id else "",
                        "name_kana": row.name_kana,
                        "name_en": row.name_en,
                        "name_easy": row.name_easy,
                        "position": row.position or "",
                    }
                ),
                "taxonomy_detail": taxonomy,
            }

    def in_order(self) -> Iterator[Item]:
        """Each term after its parent."""
        given: set[str] = set()
        waiting = list(self.terms.values())
        while waiting:
            ready = [term for term in waiting if term.get("parent_id", "") in given | {""}]
            # a ring of parents, or one that is gone: as they stand
            for term in ready or waiting:
                given.add(term["id"])
                yield term
            waiting = [term for term in waiting if term["id"] not in given]


def _without_empty(item: Item) -> Item:
    return {name: value for name, value in item.items() if value not in (None, "", [])}


# -- parts ----------------------------------------------------------------------------------------------


@lru_cache(maxsize=20_000)
def _period_fields(values: tuple[Any, ...]) -> Item:
    row = Schedule(**dict(zip(_PERIOD_COLUMNS, values, strict=True)))
    for name in _DATES:
        if (text := getattr(row, name)) is not None:
            setattr(row, name, date.fromisoformat(text))
    (period,) = hours_of([row]).periods
    fields = period_to_hsds(period)
    if period.holidays == "only":
        for name in ("freq", "byday", "bymonthday", "byyearday", "byweekno"):
            fields.pop(name, None)
        fields["rrule"] = to_rrule(period)
    fields["opens_at"] = f"{fields['opens_at']}+09:00"
    fields["closes_at"] = f"{fields['closes_at']}+09:00"
    return fields


def _schedules(
    state: State, groups: Sequence[tuple[str, Iterable[str]]], owner: Item, foreign: Foreign
) -> tuple[list[Item], list[Item]]:
    """(schedules, closures) of an object and of its channels; ``groups``: (group, ids of the owners)."""
    schedules, closures = [], []
    for group, ids in groups:
        wanted = set(ids)
        for row in state.get(group, ()):
            if (row["channel_id"] or row[_owner_column(owner)]) not in wanted:
                continue
            channel = {"channel_id": row["channel_id"]} if row["channel_id"] else {}
            if row["is_closure"]:
                item = {"id": row["id"], **channel, "closed_from": row["closed_from"]}
                item["closed_to"] = row["closed_to"]
                if row["description"]:
                    item["description"] = row["description"]
                closures.append(foreign.into(f"{group}/{row['id']}", item))
                continue
            fields = _period_fields(tuple(row[column] for column in _PERIOD_COLUMNS))
            item = {"id": row["id"], **owner, **channel, **fields}
            if row["attending_type"]:
                item["attending_type"] = row["attending_type"]
            schedules.append(foreign.into(f"{group}/{row['id']}", item))
    schedules.sort(key=lambda item: (item["opens_at"], item["closes_at"], item["id"]))
    closures.sort(key=lambda item: (item["closed_from"], item["id"]))
    return schedules, closures


def _owner_column(owner: Item) -> str:
    return next(iter(owner), "service_id")


def _channels(
    rows: Sequence[Row], group: str, owner: Item, foreign: Foreign, reachability: Sequence[Row] = ()
) -> Item:
    """``phones`` as the standard has them, and ``channels`` with everything."""
    ordered = sorted(rows, key=lambda row: (row["position"], row["id"]))
    phones, channels = [], []
    for row in ordered:
        if row["type"] == "phone":
            phones.append(_phone(row, owner))
        item = {"id": row["id"], "type": row["type"], **filled("channel", row)}
        seen = [
            filled("reachability", one)
            for one in reachability
            if one["channel_id"] == row["id"] and one["withdrawn_at"] is None
        ]
        if seen:
            item["reachability"] = sorted(seen, key=lambda one: (one["observed_on"], str(one)))
        channels.append(foreign.into(f"{group}/{row['id']}", item))
    return {"phones": phones, "channels": channels}


def _phone(row: Row, owner: Item) -> Item:
    extension = row["extension"]
    number = extension if extension.isascii() and extension.isdigit() and len(extension) < 16 else ""
    inner = extension if extension and not number else ""
    item: Item = {"id": row["id"], **owner, "number": row["value"], "type": "voice"}
    if number:
        item["extension"] = int(number)
    if description := " ".join(text for text in (row["label"], inner, row["note"]) if text):
        item["description"] = description
    if row["languages"]:
        item["languages"] = [
            {
                "id": str(uuid5(UUID(row["id"]), code)),
                "phone_id": row["id"],
                "name": LANGUAGE_NAMES.get(code, code),
                "code": code,
            }
            for code in row["languages"]
        ]
    for name in ("toll_free", "from_mobile"):
        if row[name] is not None:
            item[name] = row[name]
    return item


def _contacts(state: State, owner: Item, foreign: Foreign) -> list[Item]:
    items = []
    rows = sorted(state.get("contacts", ()), key=lambda row: (row["department"], row["name"], row["id"]))
    for row in rows:
        own = {"contact_id": row["id"]}
        channels = [one for one in state.get("contact_channels", ()) if one["contact_id"] == row["id"]]
        ids = [one["id"] for one in channels]
        schedules, closures = _schedules(state, [("contact_channel_schedules", ids)], {}, foreign)
        item = {
            "id": row["id"],
            **owner,
            **filled("contact", row),
            **_channels(channels, "contact_channels", own, foreign),
            "schedules": schedules,
            "closures": closures,
        }
        items.append(foreign.into(f"contacts/{row['id']}", item))
    return items


def _languages(state: State, owner: Item, foreign: Foreign) -> list[Item]:
    items = []
    for row in sorted(state.get("languages", ()), key=lambda row: (row["code"], row["id"])):
        code = row["code"]
        item = {"id": row["id"], **owner, "name": LANGUAGE_NAMES.get(code, code), "code": code}
        if row["note"]:
            item["note"] = row["note"]
        items.append(foreign.into(f"languages/{row['id']}", item))
    return items


def _attributes(state: State, terms: Terms, foreign: Foreign) -> list[Item]:
    items = []
    needs = sorted(state.get("needs", ()), key=lambda row: (row["position"], row["id"]))
    for row in needs:
        term = terms.terms[row["term_id"]]
        item = {
            "id": row["id"],
            "link_id": row["service_id"],
            "taxonomy_term_id": row["term_id"],
            "link_type": terms.keys[term["taxonomy_id"]],
            "link_entity": "service",
            "taxonomy_term": term,
        }
        items.append(foreign.into(f"needs/{row['id']}", item))
    for row in state.get("attributes", ()):
        item = {
            "id": row["id"],
            "link_id": row["link_id"],
            "taxonomy_term_id": row["term_id"],
            "link_entity": row["link_entity"],
            **_without_empty({"value": row["value"], "label": row["label"]}),
            "taxonomy_term": terms.terms[row["term_id"]],
        }
        items.append(foreign.into(f"attributes/{row['id']}", item))
    return items


def _parts(state: State, group: str, kind: str, owner: Item, foreign: Foreign) -> list[Item]:
    rows = state.get(group, ())
    if rows and "position" in rows[0]:
        rows = sorted(rows, key=lambda row: (row["position"], row["id"]))
    return [
        foreign.into(f"{group}/{row['id']}", {"id": row["id"], **owner, **filled(kind, row)}) for row in rows
    ]


def _areas(state: State, owner: Item, foreign: Foreign) -> list[Item]:
    items = []
    for row in sorted(state.get("areas", ()), key=lambda row: (row["area_id"] or "", row["id"])):
        code = row["area_id"]
        area = area_tree().get(code) if code else None
        name = area.full_name if area else "全国"
        item = {
            "id": row["id"],
            **owner,
            "name": name,
            "extent": f"{code or COUNTRY} {name}",
            "extent_type": "text",
            "nationwide": code is None,
        }
        if row["description"]:
            item["description"] = row["description"]
        if area:
            item |= {"area_code": code, "area_level": area.level}
        items.append(foreign.into(f"areas/{row['id']}", item))
    for name in foreign.fields.get("", {}).get("service_areas", ()):
        # areas that are not known here, as their source named them
        items.append({"name": name})
    return items


# -- objects --------------------------------------------------------------------------------------------


def organization_item(state: State, terms: Terms) -> Item:
    """HSDS ``organization``."""
    row = {**state["organization"][0], **(state.get("profile") or [{}])[0]}
    own, foreign = {"organization_id": row["id"]}, foreign_in(state)
    item: Item = {
        "id": row["id"],
        "name": row["name"],
        "description": row.get("description") or "",
        **filled("organization", row),
    }
    channels = state.get("channels", ())
    schedules, closures = _schedules(
        state, [("channel_schedules", [one["id"] for one in channels])], {}, foreign
    )
    if contacts := _contacts(state, own, foreign):
        item["contacts"] = contacts
    if channels:
        item |= _channels(channels, "channels", own, foreign)
    if schedules or closures:
        item |= {"schedules": schedules, "closures": closures}
    if attributes := _attributes(state, terms, foreign):
        item["attributes"] = attributes
    identifiers = list(foreign.fields.get("", {}).get("organization_identifiers", ()))
    if number := row.get("corporate_number"):
        identifiers.insert(
            0,
            {
                "id": str(uuid5(UUID(row["id"]), CORPORATE_NUMBER_SCHEME)),
                **own,
                "identifier_scheme": CORPORATE_NUMBER_SCHEME,
                "identifier_type": "法人番号",
                "identifier": number,
            },
        )
    if identifiers:
        item["organization_identifiers"] = identifiers
    return foreign.into("", item)


def location_item(state: State, terms: Terms) -> Item:
    """HSDS ``location``. A confidential one has nothing that tells where it is."""
    row = state["location"][0]
    own, foreign = {"location_id": row["id"]}, foreign_in(state)
    item: Item = {"id": row["id"], "location_type": row["location_type"], **filled("location", row)}
    if row["organization_id"]:
        item["organization_id"] = row["organization_id"]
    if row["area_id"]:
        item["area_code"] = row["area_id"]
    if row.get("confidential"):
        item["confidential"] = True
    if address := _address(row, foreign):
        item["addresses"] = [address, *foreign.fields.get("", {}).get("addresses", ())]
    channels = state.get("channels", ())
    schedules, closures = _schedules(
        state,
        [("schedules", [row["id"]]), ("channel_schedules", [one["id"] for one in channels])],
        own,
        foreign,
    )
    for name, value in (
        ("languages", _languages(state, own, foreign)),
        ("contacts", _contacts(state, own, foreign)),
        ("accessibility", _parts(state, "accessibility", "accessibility", own, foreign)),
        ("attributes", _attributes(state, terms, foreign)),
    ):
        if value:
            item[name] = value
    if channels:
        item |= _channels(channels, "channels", own, foreign)
    if schedules or closures:
        item |= {"schedules": schedules, "closures": closures}
    kept = {name: value for name, value in foreign.fields.get("", {}).items() if name != "address"}
    return Foreign({"": kept}).into("", item)


def _address(row: Row, foreign: Foreign) -> Item | None:
    area = area_tree().get(row["area_id"]) if row["area_id"] else None
    rest = foreign.fields.get("", {}).get("address", {})
    if area is None and not row["address_1"] and not rest:
        return None
    prefecture = area_tree()[area.prefecture_code].name if area else ""
    item: Item = {
        "id": str(uuid5(UUID(row["id"]), "address")),
        "location_id": row["id"],
        "address_1": row["address_1"],
        "city": area.full_name.removeprefix(prefecture) if area else rest.get("city", ""),
        "state_province": prefecture or rest.get("state_province", ""),
        "postal_code": row["postal_code"],
        "country": COUNTRY if area else rest.get("country", COUNTRY),
        "address_type": row["location_type"],
    }
    if row["address_2"]:
        item["address_2"] = row["address_2"]
    if area:
        item["area_code"] = row["area_id"]
    return Foreign({"": rest}).into("", item)


def service_item(state: State, organization: Item, locations: dict[str, Item], terms: Terms) -> Item:
    """HSDS ``service`` with everything that belongs to it."""
    row = state["service"][0]
    own, foreign = {"service_id": row["id"]}, foreign_in(state)
    channels = state.get("channels", ())
    schedules, closures = _schedules(
        state,
        [("schedules", [row["id"]]), ("channel_schedules", [one["id"] for one in channels])],
        own,
        foreign,
    )
    item: Item = {
        "id": row["id"],
        "organization_id": row["organization_id"],
        **filled("service", row),
        "contact_verified": row["contact_verified"],
        "audience": row["audience"],
        **_channels(channels, "channels", own, foreign, state.get("reachability", ())),
        "schedules": schedules,
        "closures": closures,
        "service_areas": _areas(state, own, foreign),
        "languages": _languages(state, own, foreign),
        "organization": organization,
        "cost_options": _parts(state, "costs", "cost_option", own, foreign),
        "required_documents": _parts(state, "documents", "required_document", own, foreign),
        "contacts": _contacts(state, own, foreign),
        "attributes": _attributes(state, terms, foreign),
        "service_at_locations": [
            _place(state, place, locations.get(place["location_id"]), foreign)
            for place in state.get("places", ())
        ],
    }
    if texts := _parts(state, "texts", "text", {}, foreign):
        item["texts"] = sorted(texts, key=lambda text: (text["language"], text["field"]))
    return foreign.into("", item)


def _place(state: State, row: Row, location: Item | None, foreign: Foreign) -> Item:
    own = {"service_at_location_id": row["id"]}
    channels = [one for one in state.get("place_channels", ()) if one["service_at_location_id"] == row["id"]]
    schedules, closures = _schedules(
        state,
        [("place_schedules", [row["id"]]), ("place_channel_schedules", [one["id"] for one in channels])],
        own,
        foreign,
    )
    item: Item = {"id": row["id"], "service_id": row["service_id"], "location_id": row["location_id"]}
    if row["description"]:
        item["description"] = row["description"]
    if location is not None:
        item["location"] = location
    item |= {**_channels(channels, "place_channels", own, foreign), "schedules": schedules}
    item["closures"] = closures
    return foreign.into(f"places/{row['id']}", item)


def service_items(terms: Terms, after: UUID | None = None) -> Iterator[Item]:
    """Every service of the directory in the order of ids, compiled; in batches, in constant memory."""
    while ids := _next_ids(Service, after):
        after = ids[-1]
        states = states_of("service", ids)
        owners = list({UUID(state["service"][0]["organization_id"]) for state in states.values()})
        organizations = {
            str(pk): organization_item(state, terms)
            for pk, state in states_of("organization", owners).items()
        }
        places = {UUID(p["location_id"]) for state in states.values() for p in state.get("places", ())}
        locations = {
            str(pk): location_item(state, terms) for pk, state in states_of("location", list(places)).items()
        }
        for pk in ids:
            if (found := states.get(pk)) is not None:
                owner = found["service"][0]["organization_id"]
                yield service_item(found, organizations[owner], locations, terms)


def _next_ids(model: Any, after: UUID | None) -> list[UUID]:
    rows = model._default_manager.order_by("pk")
    if after is not None:
        rows = rows.filter(pk__gt=after)
    return list(rows.values_list("pk", flat=True)[:BATCH])
