"""Rows into tables: for publishing, undoing, merging and taking a merge back alike."""

import json
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db import connection

from tsunagari.accounts.models import Organization
from tsunagari.accounts.services.organizations import register_organizations
from tsunagari.directory.exchange.aggregates import (
    Group,
    Row,
    State,
    columns_of,
    defaults_of,
    groups_of,
    owner_sql,
    root_of,
)

BATCH = 2_000
STAMPS = frozenset({"created_at", "modified_at"})


def act_as(actor: str) -> None:
    """Let the history of this transaction name ``actor``."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('tsunagari.actor', %s, true)", [actor[:100]])


def check_at_once() -> None:
    """Let foreign keys be checked after each statement: millions of checks do not wait in memory."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def insert_staged(run_id: UUID, kind: str, first: int, last: int) -> None:
    """Insert the new objects among the staged rows ``first`` to ``last`` (ids, inclusive), table by table."""
    for name, group in groups_of(kind).items():
        if name == "organization":
            _register_staged(run_id, first, last)
            continue
        names = [f'"{column}"' for column in columns_of(group.model)]
        values = [f"p.{name}" for name in names]
        # the start of the transaction, not of the statement, which is the default: the triggers then see that
        # a service is of this moment, and do not stamp it once more for each thing that is added to it
        stamps = [field.name for field in group.model._meta.fields if field.name in STAMPS]
        columns, given = ", ".join([*names, *stamps]), ", ".join([*values, *("now()" for _ in stamps)])
        with connection.cursor() as cursor:
            cursor.execute(
                f"WITH base AS MATERIALIZED"  # noqa: S608 - names of our tables and columns
                f" (SELECT jsonb_populate_record(NULL::{group.table}, %s::jsonb) AS empty)"
                f" INSERT INTO {group.table} ({columns})"
                f" SELECT {given} FROM directory_importrow r CROSS JOIN base"
                f" CROSS JOIN LATERAL jsonb_populate_recordset(base.empty, r.payload->%s) p"
                f" WHERE r.run_id = %s AND r.kind = %s AND r.id BETWEEN %s AND %s"
                f" AND r.action = 'created' AND jsonb_typeof(r.payload->%s) = 'array'",
                [json.dumps(defaults_of(group.model)), name, run_id, kind, first, last, name],
            )


def _register_staged(run_id: UUID, first: int, last: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (payload->'organization'->0)::text FROM directory_importrow WHERE run_id = %s"
            " AND kind = 'organization' AND id BETWEEN %s AND %s AND action = 'created' ORDER BY id",
            [run_id, first, last],
        )
        rows = [json.loads(text) for (text,) in cursor.fetchall()]
    register_rows(rows)


def register_rows(rows: Sequence[Row]) -> None:
    """Register organisations; a parent that is nowhere is left out, one in the same rows comes first."""
    ids = {row["id"] for row in rows}
    parents = {row["parent_id"] for row in rows if row.get("parent_id")}
    there = {str(pk) for pk in Organization.objects.filter(pk__in=parents).values_list("pk", flat=True)}
    instances = []
    for row in rows:
        values = dict(row)
        if values.get("parent_id") and values["parent_id"] not in there | ids:
            del values["parent_id"]
        instances.append(Organization(**values))
    register_organizations(instances)


def apply_rows(group: Group, target: Iterable[Row], current: Iterable[Row]) -> None:
    """Make ``current`` rows of a table into ``target``; what is deleted is deleted by ``delete_gone``."""
    key = group.primary_key
    standing = {str(row[key]): row for row in current}
    new, changed = [], []
    for row in target:
        before = standing.get(str(row[key]))
        if before is None:
            new.append(row)
        elif before != row:
            changed.append(row)
    columns = columns_of(group.model)
    with connection.cursor() as cursor:
        for start in range(0, len(new), BATCH):
            names = ", ".join(f'"{column}"' for column in columns)
            cursor.execute(
                f"INSERT INTO {group.table} ({names}) SELECT {names}"  # noqa: S608 - names of our own
                f" FROM jsonb_populate_recordset("
                f"jsonb_populate_record(NULL::{group.table}, %s::jsonb), %s::jsonb)",
                [json.dumps(defaults_of(group.model)), json.dumps(new[start : start + BATCH])],
            )
        names = ", ".join(f'"{column}"' for column in columns if column != key)
        values = ", ".join(f'p."{column}"' for column in columns if column != key)
        for start in range(0, len(changed), BATCH):
            cursor.execute(
                f"UPDATE {group.table} t SET ({names}) = ROW({values})"  # noqa: S608 - names of our own
                f" FROM jsonb_populate_recordset(NULL::{group.table}, %s::jsonb) p WHERE t.{key} = p.{key}",
                [json.dumps(changed[start : start + BATCH])],
            )


def delete_gone(group: Group, target: Iterable[Row], current: Iterable[Row]) -> None:
    """Delete the rows of ``current`` that are not in ``target``, with what hangs on them elsewhere."""
    key = group.primary_key
    kept = {str(row[key]) for row in target}
    gone = [row[key] for row in current if str(row[key]) not in kept]
    for start in range(0, len(gone), BATCH):
        group.model._default_manager.filter(pk__in=gone[start : start + BATCH]).delete()


def apply_states(kind: str, changes: Sequence[tuple[State, State]]) -> None:
    """Make each (before, after) pair of states true: deletions from the leaves up, then rows from the root.

    Only groups that ``after`` names are touched.
    """
    groups = groups_of(kind)
    for name in reversed(groups):
        pairs = [(before.get(name, []), after[name]) for before, after in changes if name in after]
        current = [row for before, _after in pairs for row in before]
        target = [row for _before, after in pairs for row in after]
        if current:
            delete_gone(groups[name], target, current)
    for name, group in groups.items():
        if group.insert_only:
            continue
        pairs = [(before.get(name, []), after[name]) for before, after in changes if name in after]
        if pairs:
            apply_rows(
                group,
                [row for _before, after in pairs for row in after],
                [row for before, _after in pairs for row in before],
            )


def delete_objects(kind: str, ids: Sequence[UUID]) -> None:
    """Delete whole objects: our own tables by statement, then the root with whatever else hangs on it."""
    root: Any = root_of(kind)
    with connection.cursor() as cursor:
        for name in reversed(groups_of(kind)):
            group = groups_of(kind)[name]
            if group is root:
                continue
            source, owner = owner_sql(kind, name)
            key = group.primary_key
            entity = f" AND r.link_entity = '{group.entity}'" if group.entity else ""
            cursor.execute(
                f"DELETE FROM {group.table} WHERE {key} IN"  # noqa: S608 - names of our tables
                f" (SELECT r.{key} FROM {source} WHERE {owner} = ANY(%s){entity})",
                [list(ids)],
            )
    root.model._default_manager.filter(pk__in=ids).delete()
