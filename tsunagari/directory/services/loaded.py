"""What ``data/`` says of an entry against what stands: what people have changed since is kept, and told.

Three words on each field: what the file said last (`LoadedEntry.said`), what stands, what the file says now.
Where only the file has changed, the file is followed. Where somebody else has (a keeper's publication, an
import, a merge), that stands; if the file has changed too, `LoadedEntry.kept` tells the keepers what it says.
Costs, contacts and places are nothing that the files speak of: they always stay.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from tsunagari.accounts.models import User
from tsunagari.core.areas import NATIONWIDE
from tsunagari.core.bulk import copy_models
from tsunagari.core.errors import RuleBroken
from tsunagari.directory.models import LoadedEntry, Metadata, Revision, Schedule, Service
from tsunagari.directory.opening import hours_of
from tsunagari.directory.selectors import upkeep
from tsunagari.directory.services import revisions
from tsunagari.directory.services.bulk import CHILDREN, SERVICE_FIELDS, ServiceBundle
from tsunagari.directory.services.content import CHANNEL_FIELDS, content_of

COLUMNS: Final = tuple(
    column.attname
    for column in Service._meta.concrete_fields
    if column.name in SERVICE_FIELDS and column.name != "key"
)
GROUPS: Final = ("areas", "needs", "languages", "documents", "channels")
STAYS: Final = ("costs", "contacts", "at_locations")
_NOT_COMPARED: Final = frozenset({"id", "service_id", "channel_id", "position"})
BATCH: Final = 2_000

Children = Mapping[str, Sequence[Any]]


class NothingKept(RuleBroken):
    """The file and the entry say the same."""


@dataclass(slots=True)
class Stored:
    """What stands of some services: the rows, what is remembered, and what the history says of edits."""

    services: dict[UUID, Service]
    children: dict[UUID, dict[str, list[Any]]]
    remembered: dict[UUID, LoadedEntry]
    edited: dict[UUID, set[str]] = field(default_factory=dict)
    """Columns and groups that somebody has changed, of services of which no word is remembered."""


def keep_what_people_wrote(bundles: Sequence[ServiceBundle], *, at: datetime) -> list[LoadedEntry]:
    """Put what people have written into bundles of ``data/`` that are about to be written.

    Locks the services. Returns what is to be remembered once the bundles stand: see `remember`.
    """
    words: list[LoadedEntry] = []
    for start in range(0, len(bundles), BATCH):
        batch = bundles[start : start + BATCH]
        stored = _stored({bundle.service.pk: bundle for bundle in batch}, lock=True)
        words.extend(_word_on(bundle, stored, at) for bundle in batch)
    return words


def remember(words: Sequence[LoadedEntry]) -> None:
    """Write down what the files say now; what is the same as before is left alone."""
    known = LoadedEntry.objects.in_bulk([word.pk for word in words])
    copy_models([word for word in words if word.pk not in known])
    changed = [
        word
        for word in words
        if (old := known.get(word.pk)) is not None
        and (old.said, old.kept, old.gone_at) != (word.said, word.kept, word.gone_at)
    ]
    LoadedEntry.objects.bulk_update(changed, ["said", "said_at", "kept", "gone_at"], batch_size=500)


def edited_entries(ids: Iterable[UUID], *, at: datetime) -> set[UUID]:
    """Which of these entries, that the files no longer have, people have changed since the files said so.

    They are marked as gone from the files; those that the keepers have been told of once are not told again.
    """
    stored = _stored(dict.fromkeys(ids), lock=True)
    edited, told = set(), []
    gone = digest(Service.Status.DEFUNCT.value)
    for pk, service in stored.services.items():
        word = stored.remembered.get(pk)
        if word is None:
            if stored.edited.get(pk):
                edited.add(pk)
                told.append(LoadedEntry(service=service, said={"status": gone}, said_at=at, gone_at=at))
            continue
        mine = values_of(service, stored.children[pk])
        if any(digest(value) != word.said.get(name, "") for name, value in mine.items() if name != "status"):
            edited.add(pk)
        if word.said.get("status") != gone:
            word.said["status"], word.said_at = gone, at
            word.gone_at = at if pk in edited else None
            told.append(word)
    remember(told)
    return edited


def as_the_files_say(ids: Iterable[UUID]) -> dict[UUID, set[str]]:
    """Which columns and groups of these entries stand as ``data/`` has them; other entries are left out."""
    stored = _stored(dict.fromkeys(ids))
    return {
        pk: {
            name
            for name, value in values_of(stored.services[pk], stored.children[pk]).items()
            if (mark := digest(value)) and mark == word.said.get(name)
        }
        for pk, word in stored.remembered.items()
    }


def kept_of(service: Service, content: Mapping[str, Any]) -> dict[str, Any]:
    """What the files say otherwise than the entry, by field, of what its keepers can change."""
    word = LoadedEntry.objects.filter(service=service).first()
    kept = word.kept if word else {}
    return {
        name: value for name, value in kept.items() if name in content and not _alike(content[name], value)
    }


@transaction.atomic
def begin_from_file(*, actor: User, service_id: UUID, at: datetime) -> Revision:
    """Begin a draft with what the files say; nothing is public before somebody else has looked at it.

    Raises:
        Service.DoesNotExist: none that `actor` keeps.
        NothingKept: they say the same.
    """
    service = upkeep.entry_kept_by(actor, service_id)
    kept = kept_of(service, content_of(service))
    if not kept:
        raise NothingKept(_("ファイルの内容と、いまの内容は同じです。"))
    return revisions.begin_with(actor=actor, service_id=service_id, changes=kept, at=at)


@transaction.atomic
def keep_ours(*, actor: User, service_id: UUID) -> None:
    """Say that the entry is right as it stands. When the files change again, that is told again.

    Raises:
        Service.DoesNotExist: none that `actor` keeps.
    """
    service = upkeep.entry_kept_by(actor, service_id)
    LoadedEntry.objects.filter(service=service).update(kept={}, gone_at=None)


def values_of(service: Service, children: Children) -> dict[str, Any]:
    """What is compared of an entry: column or group → value, without ids."""
    values: dict[str, Any] = {name: getattr(service, name) for name in COLUMNS}
    values["areas"] = sorted(area.area_id or NATIONWIDE for area in children["areas"])
    values["needs"] = [need.term.code for need in _in_order(children["needs"])]
    values["languages"] = sorted(language.code for language in children["languages"])
    values["documents"] = [_facts(row) for row in _in_order(children["documents"])]
    hours = defaultdict(list)
    for schedule in children["schedules"]:
        hours[schedule.channel_id].append(_facts(schedule))
    values["channels"] = [
        [*_facts(channel), sorted(hours[channel.pk], key=str)] for channel in _in_order(children["channels"])
    ]
    return values


def digest(value: Any) -> str:
    """A short fingerprint of a value; "" of an empty one."""
    if value in (None, "", []):
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


# -- inside ----------------------------------------------------------------------------------------------


def _word_on(bundle: ServiceBundle, stored: Stored, at: datetime) -> LoadedEntry:
    """Decide field by field whose word stands; what stands of others is put into the bundle."""
    pk = bundle.service.pk
    theirs = values_of(bundle.service, _children_of(bundle))
    said = {name: mark for name, value in theirs.items() if (mark := digest(value))}
    word = LoadedEntry(service=bundle.service, said=said, said_at=at)
    service, old = stored.services.get(pk), stored.remembered.get(pk)
    if service is None:
        return word
    mine = values_of(service, stored.children[pk])
    for name in STAYS:
        setattr(bundle, name, stored.children[pk][name])
    for name, value in theirs.items():
        if mine[name] == value:
            continue
        if old is None:
            ours, news = name in stored.edited.get(pk, ()), True
        else:
            before = old.said.get(name, "")
            ours, news = digest(mine[name]) != before, said.get(name, "") != before
        if not ours:
            continue
        if news:
            word.kept[name] = _in_content(name, bundle)
        elif old is not None and name in old.kept:
            word.kept[name] = old.kept[name]
        _put_back(name, bundle, service, stored.children[pk])
    return word


def _put_back(name: str, bundle: ServiceBundle, service: Service, children: dict[str, list[Any]]) -> None:
    if name not in GROUPS:
        setattr(bundle.service, name, getattr(service, name))
        return
    setattr(bundle, name, children[name])
    if name == "channels":
        bundle.schedules = children["schedules"]


def _in_content(name: str, bundle: ServiceBundle) -> Any:
    """What the file says, in the shape of `services.content`."""
    match name:
        case "documents":
            return [row.document for row in _in_order(bundle.documents)]
        case "channels":
            return [_channel_content(channel, bundle.schedules) for channel in _in_order(bundle.channels)]
        case _:
            value = values_of(bundle.service, _children_of(bundle))[name]
            return value if isinstance(value, str | int | list | None) else str(value)


def _channel_content(channel: Any, schedules: Iterable[Schedule]) -> dict[str, Any]:
    hours = hours_of([row for row in schedules if row.channel_id == channel.pk])
    row = {name: getattr(channel, name) for name in CHANNEL_FIELDS}
    return {"id": str(channel.pk), **row, "hours": hours.to_json() if hours.periods else ""}


def _alike(mine: Any, theirs: Any) -> bool:
    def bare(value: Any) -> Any:
        if isinstance(value, list):
            return [bare(item) for item in value]
        return {key: item for key, item in value.items() if key != "id"} if isinstance(value, dict) else value

    return bool(bare(mine) == bare(theirs))


def _children_of(bundle: ServiceBundle) -> dict[str, list[Any]]:
    return {name: getattr(bundle, name) for name, _model in CHILDREN}


def _in_order(rows: Iterable[Any]) -> list[Any]:
    return sorted(rows, key=lambda row: (row.position, str(row.pk)))


def _facts(row: models.Model) -> list[Any]:
    names = (column.attname for column in row._meta.concrete_fields)
    return [_plain(getattr(row, name)) for name in names if name not in _NOT_COMPARED]


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float | list | None) else str(value)


def _stored(given: Mapping[UUID, ServiceBundle | None], *, lock: bool = False) -> Stored:
    found = Service.objects.filter(pk__in=given).order_by("pk")
    if lock:
        found = found.select_for_update(no_key=True, of=("self",))
    services = {service.pk: service for service in found}
    stored = Stored(services, {pk: {name: [] for name, _ in CHILDREN} for pk in services}, {})
    if not services:
        return stored
    of_channel: dict[UUID, UUID] = {}
    for name, model in CHILDREN:
        owner = "channel__service_id__in" if model is Schedule else "service_id__in"
        rows: models.QuerySet[Any] = model._default_manager.filter(**{owner: services}).order_by("pk")
        for row in rows.select_related("term") if name == "needs" else rows:
            pk = of_channel[row.channel_id] if name == "schedules" else row.service_id
            stored.children[pk][name].append(row)
            if name == "channels":
                of_channel[row.pk] = pk
    stored.remembered = LoadedEntry.objects.in_bulk(list(services))
    stored.edited = _edited(stored, given)
    return stored


def _edited(stored: Stored, given: Mapping[UUID, ServiceBundle | None]) -> dict[UUID, set[str]]:
    """What somebody has changed, as the history says, of services on which no word is remembered."""
    parts: dict[UUID, tuple[UUID, str]] = {}
    for pk, children in stored.children.items():
        if pk in stored.remembered:
            continue
        bundle = given[pk]
        there = [children] if bundle is None else [children, _children_of(bundle)]
        for name, rows in ((name, rows) for groups in there for name, rows in groups.items()):
            group = "channels" if name == "schedules" else name
            parts |= {row.pk: (pk, group) for row in rows}
    new = [pk for pk in stored.services if pk not in stored.remembered]
    edited: dict[UUID, set[str]] = {}
    changes = Metadata.objects.filter(resource_id__in=[*new, *parts]).exclude(updated_by="system")
    for resource, name, action in changes.values_list(
        "resource_id", "field_name", "last_action_type"
    ).distinct():
        if resource in parts:
            pk, group = parts[resource]
            edited.setdefault(pk, set()).add(group)
        elif action == "update":
            edited.setdefault(resource, set()).add(name)
    return edited
