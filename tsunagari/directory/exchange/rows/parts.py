"""Parts of objects as rows: ways to reach them, hours, contacts, languages, terms."""

from django.db import models

from tsunagari.directory.exchange.cleaning import clean_text
from tsunagari.directory.exchange.columns import (
    closure_columns,
    fits,
    period_columns,
)
from tsunagari.directory.exchange.identity import digest_id, id_of
from tsunagari.directory.exchange.records import (
    ChannelRecord,
    ContactRecord,
    Fields,
    LanguageRecord,
    NeedRecord,
    PartRecord,
    ScheduleRecord,
    schedules_of,
)
from tsunagari.directory.exchange.rows.telling import MOST_PARTS, Incomplete, Telling
from tsunagari.directory.exchange.staged import UNSAID
from tsunagari.directory.models import (
    Channel,
    Contact,
    Reachability,
)
from tsunagari.directory.schedules import Closure, Hours


class Parts(Telling):
    """Adds the parts of an object to its payload."""

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
            except Incomplete:
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
            except Incomplete:
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
            except Incomplete:
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
