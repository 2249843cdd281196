"""Where an address may stand besides its place: other texts, the history, what imports and drafts keep."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from django.db.models import Q
from django.db.models.functions import Cast

from tsunagari.accounts.models import Organization
from tsunagari.directory.models import (
    Attribute,
    ConfidentialAddress,
    CoverageWeek,
    HoursPattern,
    LoadedData,
    Metadata,
    SearchRow,
    Taxonomy,
    TaxonomyTerm,
)
from tsunagari.directory.models.places import TELLING_TEXTS
from tsunagari.directory.told_addresses import Tell

# derived anew, without texts, or the very thing that is kept sealed
_NOT_LOOKED_AT = {ConfidentialAddress, CoverageWeek, HoursPattern, LoadedData, Metadata, SearchRow}
_OF_NOBODY = {Taxonomy, TaxonomyTerm}
_DEPTH = 3
MOST_READ = 20_000
"""Rows of an organisation in one working table that are read word for word; more (the staged rows of a large
import) are looked through by the database."""
LEAST_TO_LOOK_FOR = 3
"""Letters of a value that is looked for in the working tables."""
POINT = ("latitude", "longitude")
_OF_DRAFTS = ("area", "note")
"""What a draft says of a place besides (`services.places`)."""


@dataclass(frozen=True, slots=True)
class Said:
    """A text of an organisation's entries: where it stands, and what it says."""

    row: models.Model
    field: str
    text: str


def public_texts(organizations: Iterable[UUID], services: Iterable[UUID] = ()) -> Iterator[Said]:
    """Every text of these organisations and services that the public can read, translations included.

    Public is what has a history: `public_models`. How a row belongs to an organisation follows from its
    foreign keys, so that tables added later are looked at too.
    """
    organizations, services = list(organizations), list(services)
    ids: set[UUID] = set(organizations)
    for model in public_models():
        names = text_fields(model)
        if model in _OF_NOBODY | {Attribute} or not names:
            continue
        belongs = Q()
        for path, target in paths_to(model):
            belongs |= Q(**{f"{path}__in": organizations if target is Organization else services})
        rows = model._default_manager.filter(belongs).order_by().distinct() if belongs else ()
        for row in rows:
            ids.add(row.pk)
            yield from _said(row, names)
    for organization in Organization.objects.filter(pk__in=organizations):
        yield from _said(organization, ["name", "name_kana"])
    for attribute in Attribute.objects.filter(link_id__in=ids):
        yield from _said(attribute, text_fields(Attribute))


def texts_of(rows: Iterable[models.Model]) -> Iterator[Said]:
    """The texts of rows that are not saved yet."""
    for row in rows:
        yield from _said(row, text_fields(type(row)))


def _said(row: models.Model, names: Sequence[str]) -> Iterator[Said]:
    for name in names:
        value = getattr(row, name)
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) if value else ""
        if text:
            yield Said(row, name, text)


def public_models() -> list[type[models.Model]]:
    """The directory's tables of public facts: those whose changes the history tells."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
            "WHERE t.tgname = 'history_update' AND c.relnamespace = current_schema()::regnamespace"
        )
        tables = {row[0] for row in cursor.fetchall()}
    return [
        model for model in apps.get_app_config("directory").get_models() if model._meta.db_table in tables
    ]


@cache
def text_fields(model: type[models.Model]) -> list[str]:
    """The columns of a table that hold words."""
    kinds = (models.CharField, models.TextField, models.JSONField, ArrayField)
    return [
        column.name
        for column in model._meta.concrete_fields
        if isinstance(column, kinds) and not column.primary_key and not column.choices
    ]


@cache
def paths_to(model: type[models.Model], depth: int = _DEPTH) -> tuple[tuple[str, type[models.Model]], ...]:
    """Ways over foreign keys from a table to organisations and to services, as Django writes them."""
    service = apps.get_model("directory", "Service")
    found: list[tuple[str, type[models.Model]]] = [("pk", service)] if model is service else []
    for column in model._meta.concrete_fields:
        target = column.related_model if isinstance(column, models.ForeignKey) else None
        if not isinstance(target, type) or target is model:
            continue
        if target in {Organization, service}:
            found.append((column.name, target))
        if depth and target is not Organization and target._meta.app_label == "directory":
            found += [
                (f"{column.name}__{path}", end) for path, end in paths_to(target, depth - 1) if path != "pk"
            ]
    return tuple(found)


def blank_history(*, whole: Iterable[UUID], also: Iterable[UUID], tells: Sequence[Tell]) -> int:
    """Take earlier values out of the history: all of the objects ``whole``, of ``also`` those that tell.

    That something changed, and when, stays. Returns how many lines were blanked.
    """
    told = Q(previous_value__gt="") | Q(replacement_value__gt="")
    changes = Metadata.objects.filter(told, last_action_type="update")
    count = (
        changes.filter(resource_id__in=list(whole))
        .exclude(field_name="confidential")
        .update(previous_value="", replacement_value="")
    )
    telling = [
        change.pk
        for change in changes.filter(resource_id__in=list(also)).iterator()
        if any(
            tell.is_in(text) for tell in tells for text in (change.previous_value, change.replacement_value)
        )
    ]
    return count + Metadata.objects.filter(pk__in=telling).update(previous_value="", replacement_value="")


def scrub_working_tables(
    *,
    location_id: UUID,
    organizations: Iterable[UUID],
    services: Iterable[UUID],
    values: Mapping[str, Any],
    tells: Sequence[Tell],
) -> int:
    """Take the values out of what imports, merges, drafts and reports keep beside the public tables.

    Everything of these organisations and services is read word for word, and of others what holds the values
    themselves, the name of the town or building, or the place's id. Returns how many rows were changed.
    """
    owners = {Organization: list(organizations), None: list(services)}
    words = {
        str(value) for value in values.values() if value is not None and len(str(value)) >= LEAST_TO_LOOK_FOR
    }
    # also as they stand in JSON
    sought = {form for word in words for form in (word, json.dumps(word, ensure_ascii=False)[1:-1])}
    sought |= {str(location_id), *(word for tell in tells for word in (*tell.towns, *tell.phrases))}
    points = {values[name] for name in POINT if values.get(name) is not None}
    public = set(public_models())
    count = 0
    for model in apps.get_app_config("directory").get_models():
        if model in public or model in _NOT_LOOKED_AT:
            continue
        own = Q()
        for path, target in paths_to(model):
            own |= Q(**{f"{path}__in": owners[Organization if target is Organization else None]})
        if own and model._default_manager.filter(own).count() > MOST_READ:
            own = Q()
        for name in text_fields(model):
            count += _scrub_column(model, name, sought, own, _Scrub(str(location_id), words, points, tells))
    return count


@dataclass(frozen=True, slots=True)
class _Scrub:
    """Blanks in a value whatever tells the place."""

    location_id: str
    words: set[str]
    points: set[float]
    tells: Sequence[Tell]

    def of(self, value: Any) -> Any:
        """The value without what tells the place."""
        if isinstance(value, str):
            tells = value in self.words or any(tell.is_in(value) for tell in self.tells)
            return "" if tells else value
        if isinstance(value, float):
            return None if value in self.points else value
        if isinstance(value, list):
            return [self.of(item) for item in value]
        if isinstance(value, dict):
            own = str(value.get("id")) == self.location_id
            return {
                key: (None if key in POINT else "")
                if own and key in {*TELLING_TEXTS, *POINT, *_OF_DRAFTS}
                else self.of(item)
                for key, item in value.items()
            }
        return value


def _scrub_column(model: type[models.Model], name: str, sought: Iterable[str], own: Q, scrub: _Scrub) -> int:
    found = own
    for text in sought:
        found |= Q(written__contains=text)
    count = 0
    written = model._default_manager.annotate(written=Cast(name, models.TextField()))
    for row in written.filter(found).order_by("pk"):
        value = getattr(row, name)
        if (clean := scrub.of(value)) != value:
            model._default_manager.filter(pk=row.pk).update(**{name: clean})
            count += 1
    return count
