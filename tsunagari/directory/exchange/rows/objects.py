"""Organisations, places, taxonomies and terms as rows."""

from collections.abc import Iterator

from tsunagari.accounts.models import Organization
from tsunagari.directory.exchange.cleaning import clean_text
from tsunagari.directory.exchange.identity import digest_id, id_of
from tsunagari.directory.exchange.organizations import corporate_number_is_valid, kind_by_name
from tsunagari.directory.exchange.records import (
    LocationRecord,
    OrganizationRecord,
    TaxonomyRecord,
    TermRecord,
)
from tsunagari.directory.exchange.rows.parts import Parts
from tsunagari.directory.exchange.rows.telling import Incomplete
from tsunagari.directory.exchange.staged import Refused, Staged
from tsunagari.directory.models import (
    Accessibility,
    Location,
    OrganizationProfile,
    Taxonomy,
    TaxonomyTerm,
)

_IDENTITY = ("name", "name_kana", "kind", "area_id", "corporate_number", "parent_id")


class Objects(Parts):
    """Makes staged objects of the records that services point at."""

    def organization_key(self, record: OrganizationRecord) -> str:
        """The id that an organisation would have by its record alone."""
        if record.key:
            return id_of(self.source, "organization", str(record.key))
        name = str(record.fields.get("name") or "").strip()
        number = str(record.fields.get("corporate_number") or "").strip()
        return digest_id(f"{self.source}\x1forganization by name\x1f{number or name}")

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
        except Incomplete:
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

    def _taxonomy(self, record: TaxonomyRecord) -> Staged | Refused:
        self._begin(record)
        try:
            row = self._clean(Taxonomy, record.fields, required=("name",))
        except Incomplete:
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
                raise Incomplete
            row = self._clean(TaxonomyTerm, fields, required=("name", "code"))
        except Incomplete:
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
