"""HSDS objects, compiled (each with what belongs to it inside) → records."""

import functools
import re
from collections.abc import Iterator
from typing import Any, Final

from tsunagari.core.areas import AreaNode, area_tree
from tsunagari.core.tables.problems import Problem
from tsunagari.directory.exchange.hsds.mapping import COLUMNS, CORPORATE_NUMBER_SCHEMES, foreign_of
from tsunagari.directory.exchange.problems import problem
from tsunagari.directory.exchange.records import (
    AreaRecord,
    ChannelRecord,
    ContactRecord,
    Fields,
    Item,
    LanguageRecord,
    LocationRecord,
    NeedRecord,
    OrganizationRecord,
    PartRecord,
    PlaceRecord,
    ScheduleRecord,
    ServiceRecord,
    TaxonomyRecord,
    TermRecord,
)
from tsunagari.directory.schedules import BadSchedule, Closure, Period, period_from_hsds

LINE: Final = "\x1fline"
"""In an object that was put together from tables: (name of the table, line in it)."""
_MORE_SCHEMES = re.compile(r"^\s*(?P<code>[0-9]{6})(\s|$)", re.ASCII)


def text_of(value: Any) -> str:
    """An identifier or code as text; numbers are written out, anything else is none."""
    if isinstance(value, str):
        return value.strip()[:500]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**18:
        return str(value)
    return ""


@functools.cache
def _areas_by_name() -> dict[str, str]:
    """Code by full name, and by short name where only one area has it."""
    found: dict[str, str] = {}
    twice: set[str] = set()
    for node in area_tree().values():
        for name in {node.name, node.full_name}:
            if name in found:
                twice.add(name)
            found[name] = node.code
    return {name: code for name, code in found.items() if name not in twice}


def area_by_name(name: str) -> AreaNode | None:
    """The area of this name, when only one has it."""
    if not area_tree():
        return None
    code = _areas_by_name().get(name.strip())
    return area_tree().get(code) if code else None


class Objects:
    """Reads the objects of one file; terms and taxonomies are yielded before what uses them, once."""

    def __init__(self) -> None:
        self._terms: set[str] = set()
        self._taxonomies: set[str] = set()
        self._number = 0
        self._part = ""
        self._told: set[str] = set()
        self._items: list[Item] = []

    def items(self, kind: str, item: Any, *, number: int, part: str = "") -> Iterator[Item]:
        """The records and problems of one object of a kind (service, organization …)."""
        self._number, self._part, self._items = number, part, []
        if not isinstance(item, dict):
            yield problem("not_an_object", number=number, part=part)
            return
        match kind:
            case "service":
                record: Item | None = self._service(item)
            case "organization":
                record = self._organization(item)
            case "location":
                record = self._location(item)
            case "service_at_location":
                record = self._service_of_place(item)
            case "taxonomy":
                self._taxonomy(item)
                record = None
            case "taxonomy_term":
                self._term(item)
                record = None
            case _:
                record = problem("file_unknown", number=number, part=part, value=kind)
        yield from self._items
        if record is not None:
            yield record
        if kind == "organization":
            yield from self._of_organization(item, number, part)

    # -- telling -----------------------------------------------------------------------------------------

    def _say(self, code: str, field: str = "", value: object = "", at: Any = None, **words: Any) -> Problem:
        part, number = at if isinstance(at, tuple) else (self._part, self._number)
        found = problem(code, number=number, part=part, field=field, value=value, **words)
        self._items.append(found)
        return found

    def _foreign(self, kind: str, item: Fields, *more: str) -> Fields | None:
        foreign = foreign_of(kind, item, *more)
        for name in foreign or ():
            if (told := f"{kind}.{name}") not in self._told and len(self._told) < 500:
                self._told.add(told)
                self._say("kept_as_foreign", told)
        return foreign

    def _objects(self, item: Fields, name: str) -> list[Fields] | None:
        """The objects of a list; None when the source has no such list."""
        value = item.get(name)
        if value is None:
            return None
        if isinstance(value, dict):
            value = [value]
        if not isinstance(value, list):
            self._say("left_out", name, value)
            return None
        objects = [entry for entry in value if isinstance(entry, dict)]
        if len(objects) != len(value):
            self._say("left_out", name, "")
        return objects

    def _fields(self, kind: str, item: Fields) -> Fields:
        return {column: item[name] for name, column in COLUMNS[kind].items() if item.get(name) is not None}

    # -- parts -------------------------------------------------------------------------------------------

    def _schedules(self, item: Fields) -> tuple[list[ScheduleRecord] | None, dict[str, list[ScheduleRecord]]]:
        """(hours of the object itself, hours of its channels by the channel's id)."""
        schedules, closures = self._objects(item, "schedules"), self._objects(item, "closures")
        if schedules is None and closures is None:
            return None, {}
        own: list[ScheduleRecord] = []
        unread: list[Fields] = []
        of_channels: dict[str, list[ScheduleRecord]] = {}
        for entry in closures or ():
            try:
                closure = Closure(
                    str(entry.get("closed_from")),
                    str(entry.get("closed_to") or entry.get("closed_from")),
                    text_of(entry.get("description")),
                )
            except BadSchedule as bad:
                self._bad_schedule(bad, entry)
                unread.append(entry)
                continue
            record = ScheduleRecord(closure=closure, key=text_of(entry.get("id")), at=entry.get(LINE))
            record.foreign = self._foreign("closure", entry)
            _sorted_in(entry, record, own, of_channels)
        for entry in schedules or ():
            try:
                period = _period(entry)
            except BadSchedule as bad:
                self._bad_schedule(bad, entry)
                unread.append(entry)
                continue
            record = ScheduleRecord(
                period=period,
                key=text_of(entry.get("id")),
                attending_type=text_of(entry.get("attending_type")),
                at=entry.get(LINE),
                foreign=self._foreign("schedule", entry, *(("notes",) if "holidays" in entry else ())),
            )
            _sorted_in(entry, record, own, of_channels)
        if unread:
            # not lost: kept beside, as the source has them
            item["unread_schedules"] = unread
        return own, of_channels

    def _bad_schedule(self, bad: BadSchedule, entry: Fields) -> None:
        found = self._say("bad_schedule", "schedules", at=entry.get(LINE), ja=bad.ja, en=bad.en)
        found.severity = "warning"

    def _channels(
        self, item: Fields, hours: dict[str, list[ScheduleRecord]] | None = None
    ) -> list[ChannelRecord] | None:
        phones, channels = self._objects(item, "phones"), self._objects(item, "channels")
        if phones is None and channels is None:
            return None
        hours = hours or {}
        records, seen = [], set()
        for entry in channels or ():
            key = text_of(entry.get("id"))
            seen.add(key)
            record = ChannelRecord(
                type=text_of(entry.get("type")), fields=self._fields("channel", entry), key=key
            )
            record.foreign, record.at = self._foreign("channel", entry), entry.get(LINE)
            reachability = self._objects(entry, "reachability")
            if reachability:
                record.reachability = [self._fields("reachability", seen_once) for seen_once in reachability]
            records.append(record)
        for entry in phones or ():
            key = text_of(entry.get("id"))
            if not key or key not in seen:
                records.append(self._phone(entry, key))
        said = "schedules" in item or "closures" in item
        for record in records:
            found = hours.get(record.key) if record.key else None
            record.schedules = found if found is not None else [] if said and channels is not None else None
        return records

    def _phone(self, entry: Fields, key: str) -> ChannelRecord:
        fields: Fields = {"value": entry.get("number")}
        for name in ("toll_free", "from_mobile", "label", "label_en", "note", "note_en", "position"):
            if entry.get(name) is not None:
                fields[name] = entry[name]
        if entry.get("extension") is not None:
            fields["extension"] = text_of(entry["extension"])
        description = entry.get("description")
        if isinstance(description, str) and description and "label" not in fields and "note" not in fields:
            fields["label" if len(description) <= 60 else "note"] = description
        languages = [text_of(one.get("code")) for one in self._objects(entry, "languages") or ()]
        if languages := [code for code in languages if 0 < len(code) <= 8]:
            fields["languages"] = languages
        foreign = self._foreign("phone", entry)
        kind = text_of(entry.get("type")).lower()
        if kind not in ("", "voice", "text"):
            foreign = {**(foreign or {}), "type": kind}
        return ChannelRecord(type="phone", fields=fields, key=key, foreign=foreign, at=entry.get(LINE))

    def _contacts(self, item: Fields) -> list[ContactRecord] | None:
        contacts = self._objects(item, "contacts")
        if contacts is None:
            return None
        records = []
        for entry in contacts:
            _own, hours = self._schedules(entry)
            records.append(
                ContactRecord(
                    fields=self._fields("contact", entry),
                    key=text_of(entry.get("id")),
                    channels=self._channels(entry, hours),
                    foreign=self._foreign("contact", entry),
                    at=entry.get(LINE),
                )
            )
        return records

    def _languages(self, item: Fields) -> list[LanguageRecord] | None:
        languages = self._objects(item, "languages")
        if languages is None:
            return None
        return [
            LanguageRecord(
                code=text_of(entry.get("code")) or text_of(entry.get("name")),
                note=text_of(entry.get("note")),
                key=text_of(entry.get("id")),
                foreign=self._foreign("language", entry),
                at=entry.get(LINE),
            )
            for entry in languages
        ]

    def _parts(self, item: Fields, name: str, kind: str) -> list[PartRecord] | None:
        entries = self._objects(item, name)
        if entries is None:
            return None
        return [
            PartRecord(
                fields=self._fields(kind, entry),
                key=text_of(entry.get("id")),
                foreign=self._foreign(kind, entry) if kind != "text" else None,
                at=entry.get(LINE),
            )
            for entry in entries
        ]

    def _areas(self, item: Fields) -> list[AreaRecord] | None:
        areas = self._objects(item, "service_areas")
        if areas is None:
            return None
        records = []
        for entry in areas:
            name, description = text_of(entry.get("name")), entry.get("description")
            record = AreaRecord(
                code=self._area_code(entry, name),
                description=description if isinstance(description, str) else "",
                key=text_of(entry.get("id")),
                foreign=self._foreign("service_area", entry),
                at=entry.get(LINE),
            )
            if record.code == "":
                record.code, record.description = name or "?", name
            records.append(record)
        return records

    def _area_code(self, entry: Fields, name: str) -> str | None:
        """The code of an area, None for the whole country, "" when it is not known."""
        if code := text_of(entry.get("area_code")):
            return code
        if entry.get("nationwide") is True or str(entry.get("nationwide")).lower() == "true":
            return None
        extent = text_of(entry.get("extent"))
        if found := _MORE_SCHEMES.match(extent):
            return found["code"]
        if name in ("全国", "日本", "日本全国", "Japan", "nationwide") or extent in ("JP", "JP 全国"):
            return None
        area = area_by_name(name) or area_by_name(extent)
        return area.code if area else ""

    def _needs(self, item: Fields) -> list[NeedRecord] | None:
        attributes = self._objects(item, "attributes")
        if attributes is None:
            return None
        records = []
        for entry in attributes:
            term = entry.get("taxonomy_term")
            key = text_of(entry.get("taxonomy_term_id"))
            if isinstance(term, dict):
                key = self._term(term) or key
            records.append(
                NeedRecord(
                    term_key=key,
                    taxonomy=text_of(entry.get("link_type")),
                    key=text_of(entry.get("id")),
                    value=text_of(entry.get("value")),
                    label=text_of(entry.get("label")),
                    foreign=self._foreign("attribute", entry),
                    at=entry.get(LINE),
                )
            )
        return records

    def _term(self, term: Fields) -> str:
        """Yield a term and its taxonomy before what uses it; return its key."""
        key = text_of(term.get("id")) or text_of(term.get("code"))
        if not key or key in self._terms:
            return key
        self._terms.add(key)
        detail = term.get("taxonomy_detail")
        taxonomy = text_of(term.get("taxonomy_id"))
        if isinstance(detail, dict):
            taxonomy = self._taxonomy(detail) or taxonomy
        name = text_of(term.get("taxonomy"))
        taxonomy = taxonomy or name
        if taxonomy and taxonomy not in self._taxonomies:
            self._taxonomy({"id": taxonomy, "name": name or taxonomy})
        self._items.append(
            TermRecord(
                number=self._number,
                part=self._part,
                fields=self._fields("taxonomy_term", term),
                key=key,
                taxonomy_key=taxonomy,
                parent_key=text_of(term.get("parent_id")),
            )
        )
        return key

    def _taxonomy(self, taxonomy: Fields) -> str:
        key = text_of(taxonomy.get("id")) or text_of(taxonomy.get("name"))
        if key and key not in self._taxonomies:
            self._taxonomies.add(key)
            fields = self._fields("taxonomy", taxonomy)
            self._items.append(TaxonomyRecord(number=self._number, part=self._part, fields=fields, key=key))
        return key

    # -- objects -----------------------------------------------------------------------------------------

    def _organization(self, item: Fields) -> OrganizationRecord:
        fields = self._fields("organization", item)
        identifiers = self._objects(item, "organization_identifiers")
        others = []
        for entry in identifiers or ():
            if text_of(entry.get("identifier_scheme")) in CORPORATE_NUMBER_SCHEMES:
                fields["corporate_number"] = text_of(entry.get("identifier"))
            else:
                others.append(entry)
        _own, hours = self._schedules(item)
        foreign = self._foreign("organization", item, "programs", "funding", *item.keys() & {"program"})
        for name in ("programs", "funding"):
            if item.get(name):
                foreign = {**(foreign or {}), name: item[name]}
        if others:
            foreign = {**(foreign or {}), "organization_identifiers": others}
        return OrganizationRecord(
            number=self._number,
            part=self._part,
            key=text_of(item.get("id")),
            fields=fields,
            contacts=self._contacts(item),
            channels=self._channels(item, hours),
            attributes=self._needs(item),
            foreign=foreign,
        )

    def _location(self, item: Fields) -> LocationRecord:
        fields = self._fields("location", item)
        addresses = self._objects(item, "addresses") or []
        code = text_of(item.get("area_code"))
        own, hours = self._schedules(item)
        foreign = self._foreign("location", item)
        for place, address in enumerate(addresses):
            if place == 0:
                fields |= self._fields("address", address)
                code = code or text_of(address.get("area_code")) or self._area_of(address)
                rest = self._foreign("address", address) or {}
                if not code:
                    rest |= {
                        name: address[name]
                        for name in ("city", "state_province", "country")
                        if address.get(name)
                    }
                if rest:
                    foreign = {**(foreign or {}), "address": rest}
            else:
                foreign = {**(foreign or {}), "addresses": addresses[1:]}
        if code:
            fields["area_id"] = code
        if item.get("confidential") in (True, "true"):
            fields["confidential"] = True
        return LocationRecord(
            number=self._number,
            part=self._part,
            key=text_of(item.get("id")),
            fields=fields,
            organization_key=text_of(item.get("organization_id")),
            languages=self._languages(item),
            accessibility=self._parts(item, "accessibility", "accessibility"),
            contacts=self._contacts(item),
            channels=self._channels(item, hours),
            schedules=own,
            attributes=self._needs(item),
            foreign=foreign,
        )

    def _area_of(self, address: Fields) -> str:
        city, prefecture = text_of(address.get("city")), text_of(address.get("state_province"))
        area = area_by_name(prefecture + city) or (area_by_name(city) if not prefecture else None)
        return area.code if area else ""

    def _places(self, item: Fields) -> list[PlaceRecord] | None:
        places = self._objects(item, "service_at_locations")
        if places is None:
            return None
        return [self._place(entry) for entry in places]

    def _place(self, entry: Fields) -> PlaceRecord:
        own, hours = self._schedules(entry)
        location = entry.get("location")
        description = entry.get("description")
        return PlaceRecord(
            location=self._location(location) if isinstance(location, dict) else None,
            location_key=text_of(entry.get("location_id")),
            description=description if isinstance(description, str) else "",
            key=text_of(entry.get("id")),
            channels=self._channels(entry, hours),
            schedules=own,
            foreign=self._foreign("service_at_location", entry),
            at=entry.get(LINE),
        )

    def _service(self, item: Fields) -> ServiceRecord:
        organization = item.get("organization")
        own, hours = self._schedules(item)
        contacts = self._contacts(item)
        for place in self._objects(item, "service_at_locations") or ():
            # a contact of a service at a place is one of the service here
            if place.get("contacts"):
                contacts = [*(contacts or []), *(self._contacts(place) or [])]
        record = ServiceRecord(
            number=self._number,
            part=self._part,
            key=text_of(item.get("id")),
            fields=self._fields("service", item),
            organization=self._organization(organization) if isinstance(organization, dict) else None,
            organization_key=text_of(item.get("organization_id")),
            areas=self._areas(item),
            needs=self._needs(item),
            languages=self._languages(item),
            channels=self._channels(item, hours),
            schedules=own,
            documents=self._parts(item, "required_documents", "required_document"),
            costs=self._parts(item, "cost_options", "cost_option"),
            contacts=contacts,
            places=self._places(item),
            texts=self._parts(item, "texts", "text"),
            foreign=self._foreign("service", item),
        )
        if record.organization and not record.organization.key:
            record.organization.key = record.organization_key
        if "assurer_email" in item and "assurer_email" not in self._told:
            self._told.add("assurer_email")
            self._say("not_kept", "assurer_email")
        return record

    def _service_of_place(self, item: Fields) -> Item:
        """A service at a location that holds its service inside."""
        service = item.get("service")
        if not isinstance(service, dict):
            return problem("missing", number=self._number, part=self._part, field="service")
        place = {name: value for name, value in item.items() if name not in ("service", "name", "status")}
        return self._service({**service, "service_at_locations": [place]})

    def _of_organization(self, item: Fields, number: int, part: str) -> Iterator[Item]:
        """The services and places inside an organisation."""
        key = text_of(item.get("id"))
        for entry in self._objects(item, "locations") or ():
            yield from self.items("location", {"organization_id": key, **entry}, number=number, part=part)
        for entry in self._objects(item, "services") or ():
            # named only, as in an answer without full_service: nothing new about it
            if entry.keys() <= {"id", "organization_id", "name", "status", "last_modified"}:
                continue
            yield from self.items("service", {"organization_id": key, **entry}, number=number, part=part)


def _sorted_in(
    entry: Fields,
    record: ScheduleRecord,
    own: list[ScheduleRecord],
    of_channels: dict[str, list[ScheduleRecord]],
) -> None:
    channel = text_of(entry.get("channel_id"))
    (of_channels.setdefault(channel, []) if channel else own).append(record)


_PERIOD_FIELDS: Final = (
    "valid_from", "valid_to", "dtstart", "timezone", "until", "count", "wkst", "freq", "interval", "byday",
    "byweekno", "bymonthday", "byyearday", "description", "opens_at", "closes_at", "closes_next_day",
    "holidays", "rrule",
)  # fmt: skip


def _period(entry: Fields) -> Period:
    """The period of an HSDS schedule; the same text is read once.

    Raises:
        BadSchedule: it cannot be read.
    """
    values = tuple(entry.get(name) for name in _PERIOD_FIELDS)
    if all(value is None or isinstance(value, str | int | float) for value in values):
        return _read_period(values, tuple(map(type, values)))
    return period_from_hsds(dict(zip(_PERIOD_FIELDS, values, strict=True)))


@functools.lru_cache(maxsize=20_000)
def _read_period(values: tuple[Any, ...], _types: tuple[type, ...]) -> Period:
    fields = {name: value for name, value in zip(_PERIOD_FIELDS, values, strict=True) if value is not None}
    if isinstance(next_day := fields.get("closes_next_day"), str):
        fields["closes_next_day"] = next_day.strip().lower() in ("true", "1")
    return period_from_hsds(fields)
