"""Records → rows of tables, checked: lengths, URLs, enumerations, ids, references. For every format alike."""

from collections.abc import Generator, Iterable, Iterator
from typing import Any, Final

from django.db import models

from tsunagari.accounts.models import Organization
from tsunagari.core.areas import area_tree
from tsunagari.directory.exchange.cleaning import Unusable, clean_text, cleaners
from tsunagari.directory.exchange.columns import (
    closure_columns,
    fits,
    further_texts,
    period_columns,
    storable,
)
from tsunagari.directory.exchange.identity import digest_id, id_of
from tsunagari.directory.exchange.matching import keys_of_rows
from tsunagari.directory.exchange.organizations import corporate_number_is_valid, kind_by_name
from tsunagari.directory.exchange.problems import Problem, problem
from tsunagari.directory.exchange.records import (
    AreaRecord,
    At,
    ChannelRecord,
    ContactRecord,
    Fields,
    LanguageRecord,
    LocationRecord,
    NeedRecord,
    OrganizationRecord,
    PartRecord,
    PlaceRecord,
    Record,
    ScheduleRecord,
    ServiceRecord,
    TaxonomyRecord,
    TermRecord,
    schedules_of,
)
from tsunagari.directory.exchange.staged import UNSAID, Refused, Staged, Terms
from tsunagari.directory.models import (
    Accessibility,
    Channel,
    Contact,
    CostOption,
    Location,
    OrganizationProfile,
    Reachability,
    RequiredDocument,
    Service,
    ServiceText,
    Taxonomy,
    TaxonomyTerm,
)
from tsunagari.directory.schedules import Closure, Hours

# more parts than this belong to no real service
MOST_PARTS: Final = 2_000
TEXT_NEEDS: Final = ("language", "field", "text", "source")
_IDENTITY = ("name", "name_kana", "kind", "area_id", "corporate_number", "parent_id")


class Rows:
    """Turns the records of one run into staged objects."""

    def __init__(
        self, *, source: str, terms: Terms, organization_id: str | None = None, restricted: bool = False
    ) -> None:
        self.source = source
        self.terms = terms
        self.organization_id = organization_id
        self.restricted = restricted
        self.aliases: dict[str, str] = {}
        """Ids of organisations that are known under another id, by their corporate number."""
        self.problems: list[Problem] = []
        self._record: Record | None = None
        self._foreign: dict[str, Fields] = {}
        self._payload: dict[str, Any] = {}
        self._ids: set[str] = set()
        self._at: At | None = None

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

    def organization_key(self, record: OrganizationRecord) -> str:
        """The id that an organisation would have by its record alone."""
        if record.key:
            return id_of(self.source, "organization", str(record.key))
        name = str(record.fields.get("name") or "").strip()
        number = str(record.fields.get("corporate_number") or "").strip()
        return digest_id(f"{self.source}\x1forganization by name\x1f{number or name}")

    # -- problems ----------------------------------------------------------------------------------------

    def _say(self, code: str, column: str = "", value: object = "", **words: Any) -> Problem:
        record = self._record
        labels = getattr(record, "labels", None) or {}
        part, number = self._at or ((record.part, record.number) if record else ("", 0))
        found = problem(
            code,
            number=number,
            part=part,
            field=labels.get(column, column),
            value=value,
            **words,
        )
        self.problems.append(found)
        return found

    def _clean(self, model: type[models.Model], fields: Fields, *, required: Iterable[str] = ()) -> Fields:
        """The usable fields; what is unusable is told, and left out if the row can do without it.

        Raises:
            _Incomplete: a required field is missing or unusable.
        """
        known = cleaners(model)
        row: Fields = {}
        for column, value in fields.items():
            if value is None:
                continue
            clean = known.get(column)
            if clean is None:
                self._say("not_kept", column, value)
                continue
            try:
                result = clean(value)
            except Unusable as bad:
                found = self._say(bad.code, column, value, **bad.words)
                if column not in required:
                    found.severity = "warning"
                    found.ja += "この項目だけ、入れません。"
                    found.en += " This field alone is left out."
                    continue
                raise _Incomplete from bad
            row[column] = result
            if type(value) is str and not value.isprintable() and clean_text(value) != value:
                self._say("invisible_removed", column)
        for column in required:
            if row.get(column) in (None, ""):
                self._say("missing", column)
                raise _Incomplete
        return row

    def _begin(self, record: Record) -> None:
        self._record = record
        self._foreign = {}
        self._payload = {}
        self._ids = set()
        self._at = None

    # -- parts -------------------------------------------------------------------------------------------

    def _id(self, kind: str, key: str, owner: str, content: str) -> str:
        """The id of a part: its own, or one that follows from its owner and content."""
        found = id_of(self.source, kind, key) if key else digest_id(f"{owner}\x1f{kind}\x1f{content}")
        if found in self._ids:
            # the same telephone under the service and under its place: two rows for us
            found = digest_id(f"{owner}\x1f{kind}\x1f{found}")
            count = 1
            while found in self._ids:
                count += 1
                found = digest_id(f"{owner}\x1f{kind}\x1f{found}\x1f{count}")
        self._ids.add(found)
        return found

    def _keep(self, path: str, foreign: Fields | None) -> None:
        if foreign:
            kept = self._foreign.setdefault(path, {})
            for name, value in foreign.items():
                kept[clean_text(str(name))[:100]] = storable(value)

    def _add(self, group: str, row: Fields) -> None:
        self._payload.setdefault(group, []).append(row)

    def _many(self, parts: Iterable[Any], name: str) -> Iterator[Any]:
        for count, part in enumerate(parts):
            if count >= MOST_PARTS:
                self._say(
                    "too_long", name, "", length=f"{MOST_PARTS}+", limit=MOST_PARTS
                ).severity = "warning"
                break
            self._at = part.at
            yield part
        self._at = None

    def _schedules(
        self, group: str, column: str, owner: str, records: list[ScheduleRecord] | None, hours: Hours | None
    ) -> None:
        if records is None and hours is not None:
            records = schedules_of(hours)
        if records is None:
            self._payload.setdefault(group, [])
            self._payload.setdefault(UNSAID, []).append([group, owner])
            return
        rows = self._payload.setdefault(group, [])
        for record in self._many(records, group):
            content = record.closure or record.period
            if content is None:
                continue
            row = dict(closure_columns(content) if isinstance(content, Closure) else period_columns(content))
            if not fits(row):
                said = "繰り返しの規則が長すぎます。", "The rule is too long."
                self._say("bad_schedule", group, ja=said[0], en=said[1]).severity = "warning"
                continue
            row["id"] = self._id("schedule", record.key, owner, repr(content))
            row[column] = owner
            if record.attending_type:
                row["attending_type"] = clean_text(record.attending_type)[:40]
            rows.append(row)
            self._keep(f"{group}/{row['id']}", record.foreign)

    def _channels(
        self,
        group: str,
        column: str,
        owner: str,
        records: list[ChannelRecord] | None,
        *,
        with_hours: bool = True,
    ) -> None:
        if records is None:
            if column not in ("service_id", "location_id", "organization_id"):
                self._payload.setdefault(group, [])
                self._payload.setdefault(UNSAID, []).append([group, owner])
            return
        self._payload.setdefault(group, [])
        hours_group = f"{group.removesuffix('s')}_schedules"
        if with_hours:
            self._payload.setdefault(hours_group, [])
        for place, record in enumerate(self._many(records, group)):
            try:
                row = self._clean(Channel, {"type": record.type, **record.fields}, required=("type", "value"))
            except _Incomplete:
                self.problems[-1].severity = "warning"
                continue
            row.setdefault("position", place)
            row["id"] = self._id("channel", record.key, owner, f"{row['type']} {row['value']}")
            row[column] = owner
            self._add(group, row)
            self._keep(f"{group}/{row['id']}", record.foreign)
            if with_hours:
                self._schedules(hours_group, "channel_id", row["id"], record.schedules, record.hours)
            if record.reachability and group == "channels":
                self._reachability(row["id"], record.reachability)

    def _reachability(self, channel: str, seen: list[Fields]) -> None:
        if self.restricted:
            self._say("not_kept", "reachability")
            return
        for fields in seen[:MOST_PARTS]:
            wanted = ("attempts", "answered", "source", "observed_on")
            try:
                row = self._clean(Reachability, fields, required=wanted)
            except _Incomplete:
                self.problems[-1].severity = "warning"
                continue
            if not row["attempts"] > 0 or row["answered"] > row["attempts"]:
                self._say("left_out", "answered", row["answered"])
                continue
            row["id"] = self._id("reachability", "", channel, repr(sorted(row.items())))
            row["channel_id"] = channel
            self._add("reachability", row)

    def _contacts(self, column: str, owner: str, records: list[ContactRecord] | None) -> None:
        if records is None:
            return
        self._payload.setdefault("contacts", [])
        self._payload.setdefault("contact_channels", [])
        self._payload.setdefault("contact_channel_schedules", [])
        for record in self._many(records, "contacts"):
            row = self._clean(Contact, record.fields)
            row["id"] = self._id("contact", record.key, owner, repr(sorted(row.items())))
            row[column] = owner
            self._add("contacts", row)
            self._keep(f"contacts/{row['id']}", record.foreign)
            self._channels("contact_channels", "contact_id", row["id"], record.channels)

    def _languages(self, column: str, owner: str, records: list[LanguageRecord] | None) -> None:
        if records is None:
            return
        rows = self._payload.setdefault("languages", [])
        seen = set()
        for record in self._many(records, "languages"):
            code = clean_text(record.code).strip()
            if not code or len(code) > 8 or not code.isascii():
                self._say("left_out", "languages", record.code)
                continue
            if code in seen:
                continue
            seen.add(code)
            row = {"id": self._id("language", record.key, owner, code), column: owner, "code": code}
            if record.note:
                row["note"] = clean_text(record.note)
            rows.append(row)
            self._keep(f"languages/{row['id']}", record.foreign)

    def _parts(
        self,
        group: str,
        model: type[models.Model],
        column: str,
        owner: str,
        records: list[PartRecord] | None,
        *,
        required: tuple[str, ...] = (),
        ordered: bool = False,
    ) -> None:
        if records is None:
            return
        rows = self._payload.setdefault(group, [])
        for place, record in enumerate(self._many(records, group)):
            try:
                row = self._clean(model, record.fields, required=required)
            except _Incomplete:
                self.problems[-1].severity = "warning"
                continue
            if ordered:
                row.setdefault("position", place)
            row["id"] = self._id(group, record.key, owner, repr(sorted(row.items())))
            row[column] = owner
            rows.append(row)
            self._keep(f"{group}/{row['id']}", record.foreign)

    def _term_of(self, record: NeedRecord) -> tuple[str, str] | None:
        """(id, key of the taxonomy) of the term that a record names."""
        if record.term_key:
            found = id_of(self.source, "term", record.term_key)
            if known := self.terms.by_id.get(found):
                return known
        if found_id := self.terms.by_code.get((record.taxonomy, record.code)):
            return found_id, record.taxonomy
        self._say("unknown_term", "attributes", record.code or record.term_key)
        return None

    def _attributes(self, entity: str, owner: str, records: list[NeedRecord] | None) -> None:
        if records is None:
            return
        rows = self._payload.setdefault("attributes", [])
        for record in self._many(records, "attributes"):
            if (found := self._term_of(record)) is None:
                continue
            term = found[0]
            row = {
                "id": self._id("attribute", record.key, owner, f"{term} {record.value}"),
                "link_id": owner,
                "link_entity": entity,
                "term_id": term,
            }
            if record.value:
                row["value"] = clean_text(record.value)[:500]
            if record.label:
                row["label"] = clean_text(record.label)[:200]
            rows.append(row)
            self._keep(f"attributes/{row['id']}", record.foreign)

    def _foreign_rows(self, entity: str, owner: str, *, said: bool) -> None:
        if self._foreign:
            row = {
                "id": digest_id(f"{owner}\x1fforeign"),
                "link_entity": entity,
                "link_id": owner,
                "fields": self._foreign,
            }
            self._payload["foreign"] = [row]
        elif said:
            self._payload["foreign"] = []

    # -- objects -----------------------------------------------------------------------------------------

    def _organization(self, record: OrganizationRecord) -> Iterator[Staged | Refused]:
        self._begin(record)
        identity = {name: record.fields[name] for name in _IDENTITY if name in record.fields}
        face = {name: value for name, value in record.fields.items() if name not in _IDENTITY}
        object_id = self.organization_key(record)
        number = clean_text(identity.pop("corporate_number", None) or "").strip().upper().removeprefix("T")
        parent = identity.pop("parent_id", None)
        try:
            row = self._clean(Organization, identity, required=("name",))
            profile = self._clean(OrganizationProfile, face)
        except _Incomplete:
            yield Refused("organization", record.number)
            return
        if number and not corporate_number_is_valid(number):
            self._say("bad_corporate_number", "corporate_number", number).severity = "warning"
            number = ""
        row.setdefault("kind", kind_by_name(row["name"]))
        if number:
            row["corporate_number"] = number
        if parent:
            row["parent_id"] = self._alias(id_of(self.source, "organization", clean_text(parent)))
        object_id = self._alias(object_id)
        if row.get("parent_id") == object_id:
            del row["parent_id"]
        row["id"] = object_id
        self._payload["organization"] = [row]
        self._payload["profile"] = [{"organization_id": object_id, **profile}]
        self._contacts("organization_id", object_id, record.contacts)
        self._channels("channels", "organization_id", object_id, record.channels)
        self._attributes("organization", object_id, record.attributes)
        self._keep("", record.foreign)
        self._foreign_rows("organization", object_id, said=record.foreign is not None)
        yield Staged("organization", object_id, record.number, row["name"], self._payload, part=record.part)

    def _alias(self, object_id: str) -> str:
        return self.aliases.get(object_id, object_id)

    def _location(self, record: LocationRecord) -> Iterator[Staged | Refused]:
        self._begin(record)
        confidential = record.fields.get("confidential") is True
        fields = {name: value for name, value in record.fields.items() if name != "confidential"}
        row = self._clean(Location, fields)
        if confidential:
            row = {name: value for name, value in row.items() if name in ("location_type", "area_id")}
            row["confidential"] = True
            if str(row.get("area_id") or "")[2:5] not in ("", "000"):
                del row["area_id"]
            record.accessibility = record.foreign = None
        if (row.get("latitude") is None) != (row.get("longitude") is None):
            self._say("half_a_point", "latitude").severity = "warning"
            row["latitude"] = row["longitude"] = None
        key = record.key or "\x1f".join(
            str(row.get(name) or "") for name in ("name", "area_id", "address_1", "address_2")
        )
        object_id = id_of(self.source, "location", key)
        if record.organization_key:
            found = self._alias(id_of(self.source, "organization", record.organization_key))
            row["organization_id"] = found
        row["id"] = object_id
        self._payload["location"] = [row]
        self._languages("location_id", object_id, record.languages)
        self._parts(
            "accessibility",
            Accessibility,
            "location_id",
            object_id,
            record.accessibility,
            required=("description",),
        )
        self._contacts("location_id", object_id, record.contacts)
        self._channels("channels", "location_id", object_id, record.channels)
        if record.schedules is not None or record.hours is not None:
            self._schedules("schedules", "location_id", object_id, record.schedules, record.hours)
        self._attributes("location", object_id, record.attributes)
        self._keep("", record.foreign)
        self._foreign_rows("location", object_id, said=record.foreign is not None)
        name = row.get("name") or row.get("address_1") or ""
        yield Staged("location", object_id, record.number, name, self._payload, part=record.part)

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
                raise _Incomplete
            self._check_ages(row)
        except _Incomplete:
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

    def _taxonomy(self, record: TaxonomyRecord) -> Staged | Refused:
        self._begin(record)
        try:
            row = self._clean(Taxonomy, record.fields, required=("name",))
        except _Incomplete:
            return Refused("taxonomy", record.number)
        object_id = id_of(self.source, "taxonomy", record.key or row["name"])
        row.setdefault("key", f"x-{object_id[:30]}")
        row.setdefault("description", "")
        known = next((key for key, value in self.terms.taxonomies.items() if value == row["key"]), None)
        row["id"] = known or object_id
        if known and known != object_id:
            self.terms.taxonomies[object_id] = row["key"]
        self.terms.taxonomies[row["id"]] = row["key"]
        return Staged(
            "taxonomy", row["id"], record.number, row["name"], {"taxonomy": [row]}, part=record.part
        )

    def _term(self, record: TermRecord) -> Staged | Refused:
        self._begin(record)
        taxonomy_id = id_of(self.source, "taxonomy", record.taxonomy_key)
        taxonomy = self.terms.taxonomies.get(taxonomy_id)
        object_id = id_of(self.source, "term", record.key or f"{taxonomy_id} {record.fields.get('code')}")
        fields = dict(record.fields)
        if not fields.get("code"):
            fields["code"] = f"x-{object_id}"
        try:
            if taxonomy is None:
                self._say("unknown_reference", "taxonomy_id", record.taxonomy_key)
                raise _Incomplete
            row = self._clean(TaxonomyTerm, fields, required=("name", "code"))
        except _Incomplete:
            return Refused("term", record.number)
        code = (taxonomy, row["code"])
        known = self.terms.by_code.get(code)
        if taxonomy in self.terms.closed and known is None and object_id not in self.terms.by_id:
            self._say("unknown_term", "code", row["code"])
            return Refused("term", record.number)
        # others know the term under an id of their own
        row["id"] = object_id if known is None else known
        self.terms.by_id[object_id] = self.terms.by_id[row["id"]] = (row["id"], taxonomy)
        self.terms.by_code.setdefault(code, row["id"])
        row.setdefault("description", "")
        taxonomies = self.terms.taxonomies
        row["taxonomy_id"] = next(key for key, value in taxonomies.items() if value == taxonomy)
        if record.parent_key:
            parent = id_of(self.source, "term", record.parent_key)
            parent = self.terms.by_id.get(parent, (parent, ""))[0]
            if parent != row["id"]:
                row["parent_id"] = parent
        return Staged("term", row["id"], record.number, row["name"], {"term": [row]}, part=record.part)


class _Incomplete(Exception):
    """A row lacks what it cannot do without; told already."""
