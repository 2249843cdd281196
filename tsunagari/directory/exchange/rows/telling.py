"""The state of one record on its way to rows, and what is told about it."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from django.db import models

from tsunagari.core.tables.problems import Problem
from tsunagari.directory.exchange.cleaning import Unusable, clean_text, cleaners
from tsunagari.directory.exchange.columns import (
    storable,
)
from tsunagari.directory.exchange.identity import digest_id, id_of
from tsunagari.directory.exchange.problems import problem
from tsunagari.directory.exchange.records import (
    At,
    Fields,
    Record,
)
from tsunagari.directory.exchange.staged import Terms

# more parts than this belong to no real service
MOST_PARTS: Final = 2_000


class Incomplete(Exception):
    """A row lacks what it cannot do without; told already."""


class Telling:
    """What all kinds of objects share: clean fields, ids of parts, what is foreign, told problems."""

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
            Incomplete: a required field is missing or unusable.
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
                raise Incomplete from bad
            row[column] = result
            if type(value) is str and not value.isprintable() and clean_text(value) != value:
                self._say("invisible_removed", column)
        for column in required:
            if row.get(column) in (None, ""):
                self._say("missing", column)
                raise Incomplete
        return row

    def _begin(self, record: Record) -> None:
        self._record = record
        self._foreign = {}
        self._payload = {}
        self._ids = set()
        self._at = None

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
