"""The format ``municipal``: CSV and Excel lists of cities, as records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.utils.translation import gettext_lazy as _

from tsunagari.accounts.models import Organization
from tsunagari.core.tables.grid import Document
from tsunagari.core.tables.headings import Table, tables_of
from tsunagari.core.tables.problems import FileRefused, Problem
from tsunagari.core.tables.reading import read_document
from tsunagari.directory.exchange.formats import Format, SourceFile, register
from tsunagari.directory.exchange.municipal.cells import Context, Row
from tsunagari.directory.exchange.municipal.row import record_of
from tsunagari.directory.exchange.records import Item
from tsunagari.directory.exchange.tables.columns import (
    KEPT,
    UNUSED,
    ListKind,
    Proposal,
    dictionary,
    headings_digest,
    knows,
    list_kind,
    propose,
)
from tsunagari.directory.exchange.tables.remarks import refusal, remark

KEY = "municipal"
SAMPLED_ROWS = 12
"""Rows that are looked at for a proposal, and shown on the page."""


@dataclass(slots=True)
class TablePlan:
    """A table with what its columns are taken to mean."""

    table: Table
    kind: ListKind
    proposals: list[Proposal]
    samples: list[tuple[str, ...]]
    digest: str
    used: bool = True

    @property
    def columns(self) -> dict[str, str]:
        """Heading → field."""
        pairs = zip(self.table.headings, self.proposals, strict=True)
        return {heading: proposal.field for heading, proposal in pairs}

    @property
    def names_entries(self) -> bool:
        """Whether some column gives the name, without which no row can be imported."""
        return bool({"name", "place_name"} & set(self.columns.values()))


@dataclass(slots=True)
class Plan:
    """A file with all its tables, and what is to be said of it as a whole."""

    document: Document
    tables: list[TablePlan] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def plan_file(
    file: SourceFile,
    *,
    options: Mapping[str, Any] | None = None,
    remembered: Mapping[str, Mapping[str, str]] | None = None,
) -> Plan:
    """What a file holds and what its columns mean: by ``options``, else by a proposal.

    ``remembered``: what the organisation chose before, by the digest of the headings.

    Raises:
        FileRefused: it cannot be read, or holds no table.
    """
    document = read_document(file.path, file.name)
    tables, problems = tables_of(document, knows=knows)
    if not tables:
        raise refusal("no_table")
    plan = Plan(document, problems=problems)
    chosen = (options or {}).get("tables") or {}
    for table in tables:
        rows = [row.cells for row in islice((r for r in table.rows() if r.cells), SAMPLED_ROWS)]
        digest = headings_digest(table.headings)
        columns = list(zip(*rows, strict=True)) if rows else [()] * len(table.headings)
        own = chosen.get(table.name, {}) if isinstance(chosen, Mapping) else {}
        remembers: Mapping[str, str] | None = (remembered or {}).get(digest)
        if own and isinstance(own.get("columns"), Mapping):
            remembers = {heading: str(own["columns"].get(heading, UNUSED)) for heading in table.headings}
        proposals = propose(table.headings, columns, remembered=remembers)
        kind = _kind(own, file, table)
        plan.tables.append(
            TablePlan(table, kind, proposals, rows, digest, used=table.name not in chosen or own is not None)
        )
    return plan


def _kind(own: Mapping[str, Any] | None, file: SourceFile, table: Table) -> ListKind:
    wanted = (own or {}).get("list")
    for kind in dictionary().lists:
        if kind.key == wanted:
            return kind
    return list_kind([file.name, table.name, *table.titles, *table.headings])


def read_municipal(file: SourceFile) -> Iterator[Item]:
    """The entries of a city's list, with what is odd in its rows.

    Raises:
        FileRefused: it cannot be read, holds no table, or no column gives the name.
    """
    plan = plan_file(file, options=file.options)
    used = [table for table in plan.tables if table.used and table.names_entries]
    if not used:
        raise refusal("no_name_column")
    yield from plan.problems
    for planned in used:
        yield from _read_table(planned, file, scope=planned.table.name if len(used) > 1 else "")


def _read_table(planned: TablePlan, file: SourceFile, *, scope: str) -> Iterator[Item]:
    table = planned.table
    columns = planned.columns
    for heading, target in columns.items():
        if target == UNUSED:
            yield remark("column_unused", part=table.name, field=heading)
    context = Context(
        kind=planned.kind,
        columns={heading: target for heading, target in columns.items() if target != UNUSED},
        part=table.name,
        organization=str(file.options.get("organization", "")),
        area=str(file.options.get("area", "")),
        scope=scope,
    )
    for line in table.rows():
        yield from line.problems
        if not line.cells:
            continue
        row = Row(context, line.number, dict(zip(table.headings, line.cells, strict=True)))
        record = record_of(row)
        yield from row.problems
        if record is not None:
            yield record


def looks_municipal(file: SourceFile) -> bool:
    """Whether a file is a table with headings that we know; a refusal with a reason counts as well."""
    if file.path.is_dir():
        return False
    name = file.name.lower()
    if not name.endswith((".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")):
        return False
    if name.endswith((".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")):
        return True
    try:
        plan = plan_file(file)
    except FileRefused:
        return False
    return any(
        sum(proposal.certainty >= 0.8 and proposal.field != KEPT for proposal in table.proposals) >= 2
        for table in plan.tables
    )


def options_for(organization: Organization | None) -> dict[str, Any]:
    """Whose list it is, for a run that no page has prepared."""
    if organization is None:
        return {}
    return {"organization": organization.name, "area": organization.area_id or ""}


def describe(file: SourceFile) -> Iterator[str]:
    """How the columns of a file are understood, line by line, in Japanese and English.

    Raises:
        FileRefused: it cannot be read.
    """
    fields = dictionary().fields
    for planned in plan_file(file, options=file.options).tables:
        kind = planned.kind
        yield f"{planned.table.name or file.name}: {kind.label} / {kind.label_en}"
        for heading, proposal in zip(planned.table.headings, planned.proposals, strict=True):
            known = fields.get(proposal.field)
            meaning = f"{known.label} / {known.label_en}" if known else _WORDS[proposal.field]
            yield f"  {heading} → {meaning} ({proposal.certainty:.0%})"


_WORDS = {UNUSED: "使わない / not used", KEPT: "そのまま残す / kept as it is"}

register(
    Format(
        key=KEY,
        label=_("自治体の一覧（CSV・Excel）"),
        read=read_municipal,
        recognises=looks_municipal,
        options_for=options_for,
        describe=describe,
    )
)
