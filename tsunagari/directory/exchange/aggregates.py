"""Which tables make an object of the directory, and what stands in them.

An object (service, organisation, place, taxonomy, term) is a root row and groups of rows that belong to it. A
state is ``{group: [row, …]}`` with each row as PostgreSQL's ``to_jsonb`` gives it. The same description
serves comparing, publishing, undoing, merging and exporting, so that none of them forgets a table.
"""

import functools
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import NOT_PROVIDED

from tsunagari.accounts.models import Organization
from tsunagari.core.routers import reading_connection
from tsunagari.directory.models import (
    Accessibility,
    Attribute,
    Channel,
    Contact,
    CostOption,
    ForeignFields,
    Language,
    Location,
    OrganizationProfile,
    Reachability,
    RequiredDocument,
    Schedule,
    Service,
    ServiceArea,
    ServiceAtLocation,
    ServiceNeed,
    ServiceText,
    Taxonomy,
    TaxonomyTerm,
)

Row = dict[str, Any]
State = dict[str, list[Row]]


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of one table that belong to an object: their column ``key`` points at a row of ``parent``."""

    name: str
    model: type[models.Model]
    key: str = "id"
    parent: str = ""
    entity: str = ""
    """For ``Attribute`` and ``ForeignFields``: the value of ``link_entity``."""
    additive: bool = False
    """An import only adds to it."""
    insert_only: bool = False
    """What stands there is not changed by an import."""

    @property
    def table(self) -> str:
        """The table's name."""
        return self.model._meta.db_table

    @property
    def primary_key(self) -> str:
        """The column of the primary key."""
        return str(self.model._meta.pk.column) if self.model._meta.pk else "id"


def _linked(entity: str) -> tuple[Group, Group]:
    return (
        Group("attributes", Attribute, "link_id", entity, entity=entity),
        Group("foreign", ForeignFields, "link_id", entity, entity=entity),
    )


# each group after what it points at
KINDS: dict[str, tuple[Group, ...]] = {
    "taxonomy": (Group("taxonomy", Taxonomy, insert_only=True),),
    "term": (Group("term", TaxonomyTerm, insert_only=True),),
    "organization": (
        Group("organization", Organization, insert_only=True),
        Group("profile", OrganizationProfile, "organization_id", "organization"),
        Group("contacts", Contact, "organization_id", "organization"),
        Group("channels", Channel, "organization_id", "organization"),
        Group("contact_channels", Channel, "contact_id", "contacts"),
        Group("channel_schedules", Schedule, "channel_id", "channels"),
        Group("contact_channel_schedules", Schedule, "channel_id", "contact_channels"),
        *_linked("organization"),
    ),
    "location": (
        Group("location", Location),
        Group("languages", Language, "location_id", "location"),
        Group("accessibility", Accessibility, "location_id", "location"),
        Group("contacts", Contact, "location_id", "location"),
        Group("channels", Channel, "location_id", "location"),
        Group("contact_channels", Channel, "contact_id", "contacts"),
        Group("schedules", Schedule, "location_id", "location"),
        Group("channel_schedules", Schedule, "channel_id", "channels"),
        Group("contact_channel_schedules", Schedule, "channel_id", "contact_channels"),
        *_linked("location"),
    ),
    "service": (
        Group("service", Service),
        Group("areas", ServiceArea, "service_id", "service"),
        Group("needs", ServiceNeed, "service_id", "service"),
        Group("languages", Language, "service_id", "service"),
        Group("documents", RequiredDocument, "service_id", "service"),
        Group("costs", CostOption, "service_id", "service"),
        Group("texts", ServiceText, "service_id", "service"),
        Group("contacts", Contact, "service_id", "service"),
        Group("places", ServiceAtLocation, "service_id", "service"),
        Group("channels", Channel, "service_id", "service"),
        Group("contact_channels", Channel, "contact_id", "contacts"),
        Group("place_channels", Channel, "service_at_location_id", "places"),
        Group("schedules", Schedule, "service_id", "service"),
        Group("place_schedules", Schedule, "service_at_location_id", "places"),
        Group("channel_schedules", Schedule, "channel_id", "channels"),
        Group("contact_channel_schedules", Schedule, "channel_id", "contact_channels"),
        Group("place_channel_schedules", Schedule, "channel_id", "place_channels"),
        Group("reachability", Reachability, "channel_id", "channels", additive=True),
        *_linked("service"),
    ),
}
# what is not a fact of the object: counted, derived or stamped by the database
DERIVED = frozenset({"created_at", "modified_at", "recorded_at"})


@functools.cache
def groups_of(kind: str) -> dict[str, Group]:
    """The groups of a kind of object by name; the root's first."""
    return {group.name: group for group in KINDS[kind]}


def root_of(kind: str) -> Group:
    """The group of the object's own row."""
    return KINDS[kind][0]


@functools.cache
def named_parts(kind: str) -> dict[str, str]:
    """{group: table} of the groups below the object whose rows have ids of their own."""
    return {
        name: group.table
        for name, group in groups_of(kind).items()
        if group.parent and group.primary_key == "id"
    }


@functools.cache
def columns_of(model: type[models.Model]) -> tuple[str, ...]:
    """The columns of a table that an import may set."""
    return tuple(
        str(field.column)
        for field in model._meta.concrete_fields
        if field.column not in DERIVED and field.db_default is NOT_PROVIDED
    )


@functools.cache
def defaults_of(model: type[models.Model]) -> Row:
    """A new row's values where nothing is said, as JSON; without the primary key."""
    row: Row = {}
    for field in model._meta.concrete_fields:
        if field.primary_key or field.column not in columns_of(model):
            continue
        row[str(field.column)] = field.get_default() if field.has_default() or not field.null else None
    return row


@functools.cache
def owner_sql(kind: str, name: str) -> tuple[str, str]:
    """(FROM clause of a group's rows ``r``, the expression of the id of the object they belong to)."""
    groups = groups_of(kind)
    group = groups[name]
    if not group.parent:
        return f"{group.table} r", f"r.{group.primary_key}"
    joins, alias = [f"{group.table} r"], "r"
    while group.parent and groups[group.parent].parent:
        parent, above = groups[group.parent], f"p{len(joins)}"
        joins.append(f"JOIN {parent.table} {above} ON {above}.id = {alias}.{group.key}")
        group, alias = parent, above
    return " ".join(joins), f"{alias}.{group.key}"


def entity_condition(group: Group, alias: str = "r") -> str:
    """The condition on ``link_entity``, for tables whose rows name their kind of owner."""
    return f" AND {alias}.link_entity = '{group.entity}'" if group.entity else ""


def states_of(
    kind: str, ids: Sequence[UUID], names: Iterable[str] | None = None, *, lock: bool = False
) -> dict[UUID, State]:
    """What stands in the directory for these objects; those that are not there are missing.

    ``lock`` keeps their root rows from changing until the transaction ends.
    """
    found: dict[UUID, State] = {}
    wanted = set(names) if names is not None else None
    root = root_of(kind)
    with reading_connection().cursor() as cursor:
        for name, group in groups_of(kind).items():
            if wanted is not None and name not in wanted and group is not root:
                continue
            source, owner = owner_sql(kind, name)
            locking = "FOR UPDATE OF r" if lock and group is root else ""
            cursor.execute(
                f"SELECT {owner}, to_jsonb(r)::text FROM {source}"  # noqa: S608 - names of our tables
                f" WHERE {owner} = ANY(%s){entity_condition(group)} ORDER BY {owner}, r.{group.primary_key}"
                f" {locking}",
                [list(ids)],
            )
            for owner_id, text in cursor.fetchall():
                if group is root:
                    found[owner_id] = {}
                if (state := found.get(owner_id)) is not None:
                    state.setdefault(name, []).append(told(json.loads(text)))
    return found


def told(row: Row) -> Row:
    """A row without what is no fact of it."""
    for name in DERIVED & row.keys():
        del row[name]
    return row


def decode(value: Any) -> Any:
    """A JSON value of the database, which comes as text from a raw cursor."""
    return json.loads(value) if isinstance(value, str) else value
