"""Services as rows, with what they point at."""

from collections.abc import Generator, Iterator
from typing import Final

from tsunagari.core.areas import area_tree
from tsunagari.directory.exchange.cleaning import clean_text
from tsunagari.directory.exchange.columns import (
    further_texts,
)
from tsunagari.directory.exchange.identity import id_of
from tsunagari.directory.exchange.matching import keys_of_rows
from tsunagari.directory.exchange.records import (
    AreaRecord,
    Fields,
    LocationRecord,
    NeedRecord,
    OrganizationRecord,
    PlaceRecord,
    Record,
    ServiceRecord,
    TaxonomyRecord,
    TermRecord,
)
from tsunagari.directory.exchange.rows.objects import Objects
from tsunagari.directory.exchange.rows.telling import Incomplete
from tsunagari.directory.exchange.staged import Refused, Staged
from tsunagari.directory.models import (
    CostOption,
    RequiredDocument,
    Service,
    ServiceText,
)

TEXT_NEEDS: Final = ("language", "field", "text", "source")


class Rows(Objects):
    """Turns the records of one run into staged objects."""

    def staged(self, record: Record) -> Iterator[Staged | Refused]:
        """The objects of a record, what it points at first. Problems are added to ``problems``."""
        match record:
            case ServiceRecord():
                yield from self._service(record)
            case OrganizationRecord():
                yield from self._organization(record)
            case LocationRecord():
                yield from self._location(record)
            case TaxonomyRecord():
                yield self._taxonomy(record)
            case TermRecord():
                yield self._term(record)

    def _service(self, record: ServiceRecord) -> Iterator[Staged | Refused]:
        owner = yield from self._owner(record)
        locations = []
        for place in record.places or ():
            if place.location is None:
                key = id_of(self.source, "location", place.location_key) if place.location_key else ""
                locations.append(key)
                continue
            (found,) = self._location(place.location)
            locations.append(found.object_id if isinstance(found, Staged) else "")
            yield found
        self._begin(record)
        try:
            # an unknown status is not taken for "active"; none at all is
            status = record.fields.get("status")
            fields = {name: value for name, value in record.fields.items() if name != "status" or value}
            row = self._clean(Service, fields, required=("name", "status") if status else ("name",))
            if owner is None:
                self._say("missing", "organization")
                raise Incomplete
            self._check_ages(row)
        except Incomplete:
            yield Refused("service", record.number)
            return
        key = str(record.key) or f"{owner}\x1f{row['name']}"
        object_id = id_of(self.source, "service", key)
        row["id"] = object_id
        row["organization_id"] = owner
        if row.get("key") is not None and self.restricted:
            del row["key"]
        self._payload["service"] = [row]
        self._areas(object_id, record.areas)
        self._needs(object_id, record.needs)
        self._languages("service_id", object_id, record.languages)
        self._parts(
            "documents",
            RequiredDocument,
            "service_id",
            object_id,
            record.documents,
            required=("document",),
            ordered=True,
        )
        self._parts("costs", CostOption, "service_id", object_id, record.costs)
        self._parts(
            "texts", ServiceText, "service_id", object_id, further_texts(record.texts), required=TEXT_NEEDS
        )
        self._contacts("service_id", object_id, record.contacts)
        self._channels("channels", "service_id", object_id, record.channels)
        if record.schedules is not None or record.hours is not None:
            self._schedules("schedules", "service_id", object_id, record.schedules, record.hours)
        if record.places is not None:
            self._places(object_id, record.places, locations)
        self._attributes("service", object_id, record.attributes)
        self._keep("", record.foreign)
        self._foreign_rows("service", object_id, said=record.foreign is not None)
        yield Staged(
            "service",
            object_id,
            record.number,
            row["name"],
            self._payload,
            keys_of_rows(row, self._payload),
            record.part,
        )

    def _owner(self, record: ServiceRecord) -> Generator[Staged | Refused, None, str | None]:
        """Yield the service's organisation if it comes inside; return its id."""
        if record.organization is not None:
            for found in self._organization(record.organization):
                yield found
                if isinstance(found, Staged):
                    return found.object_id
            return None
        if record.organization_key:
            return self._alias(id_of(self.source, "organization", record.organization_key))
        return self.organization_id

    def _check_ages(self, row: Fields) -> None:
        low, high = row.get("minimum_age"), row.get("maximum_age")
        if low is not None and high is not None and low > high:
            self._say("ages_out_of_order", "minimum_age", low).severity = "warning"
            row["minimum_age"] = row["maximum_age"] = None

    def _areas(self, owner: str, records: list[AreaRecord] | None) -> None:
        if records is None:
            return
        rows = self._payload.setdefault("areas", [])
        seen = set()
        for record in self._many(records, "areas"):
            code = clean_text(record.code).strip() if record.code is not None else None
            if code is not None and code not in area_tree():
                # never without a code: that would be the whole country
                self._say("unknown_area", "areas", record.description or code)
                self._keep("", {"service_areas": [code, *self._foreign.get("", {}).get("service_areas", [])]})
                continue
            if code in seen:
                continue
            seen.add(code)
            row = {
                "id": self._id("area", record.key, owner, code or "JP"),
                "service_id": owner,
                "area_id": code,
            }
            if record.description:
                row["description"] = clean_text(record.description)
            rows.append(row)
            self._keep(f"areas/{row['id']}", record.foreign)

    def _needs(self, owner: str, records: list[NeedRecord] | None) -> None:
        if records is None:
            return
        rows = self._payload.setdefault("needs", [])
        others: list[NeedRecord] = []
        seen = set()
        for record in self._many(records, "needs"):
            if (found := self._term_of(record)) is None or found[0] in seen:
                continue
            if found[1] != "need" or record.value or record.label:
                others.append(record)
                continue
            seen.add(found[0])
            row = {
                "id": self._id("need", record.key, owner, found[0]),
                "service_id": owner,
                "term_id": found[0],
                "position": len(rows),
            }
            rows.append(row)
            self._keep(f"needs/{row['id']}", record.foreign)
        if others:
            self._attributes("service", owner, others)

    def _places(self, owner: str, records: list[PlaceRecord], locations: list[str]) -> None:
        for group in ("places", "place_channels", "place_channel_schedules", "place_schedules"):
            self._payload.setdefault(group, [])
        seen = set()
        for record, location in zip(records, locations, strict=True):
            self._at = record.at
            if not location or location in seen:
                self._say("left_out", "places", record.location_key or record.key)
                continue
            seen.add(location)
            row = {
                "id": self._id("place", record.key, owner, location),
                "service_id": owner,
                "location_id": location,
            }
            if record.description:
                row["description"] = clean_text(record.description)
            self._add("places", row)
            self._keep(f"places/{row['id']}", record.foreign)
            self._channels("place_channels", "service_at_location_id", row["id"], record.channels)
            self._schedules(
                "place_schedules", "service_at_location_id", row["id"], record.schedules, record.hours
            )
        self._at = None
