"""What a reader yields: one object of the directory as its source tells it, before anything is checked.

``fields`` has the columns of our model as keys; None and missing both mean that the source does not say.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tsunagari.core.tables.problems import Problem
from tsunagari.directory.schedules import Closure, Hours, Period

Fields = dict[str, Any]
At = tuple[str, int]
"""Where a part stands that comes from a table of its own: (name of the table, line)."""


@dataclass(slots=True)
class ScheduleRecord:
    """One opening period or one closure."""

    period: Period | None = None
    closure: Closure | None = None
    key: str = ""
    attending_type: str = ""
    foreign: Fields | None = None
    at: At | None = None


def schedules_of(hours: Hours) -> list[ScheduleRecord]:
    """The records of these hours."""
    return [
        *(ScheduleRecord(closure=closure) for closure in hours.closures),
        *(ScheduleRecord(period=period) for period in hours.periods),
    ]


@dataclass(slots=True)
class ChannelRecord:
    """A way to reach something. ``type``: phone, chat, line, email, visit, web.

    ``fields``: value, extension, label, label_en, note, note_en, toll_free, from_mobile, languages.
    """

    type: str
    fields: Fields = field(default_factory=dict)
    key: str = ""
    schedules: list[ScheduleRecord] | None = None
    hours: Hours | None = None
    """Instead of ``schedules``."""
    reachability: list[Fields] | None = None
    foreign: Fields | None = None
    at: At | None = None


@dataclass(slots=True)
class ContactRecord:
    """A desk to ask for; ``fields``: name, title, department, email."""

    fields: Fields = field(default_factory=dict)
    key: str = ""
    channels: list[ChannelRecord] | None = None
    foreign: Fields | None = None
    at: At | None = None


@dataclass(slots=True)
class AreaRecord:
    """Where a service may be used from: the code of an area, or None for the whole country."""

    code: str | None = None
    description: str = ""
    key: str = ""
    foreign: Fields | None = None
    at: At | None = None


@dataclass(slots=True)
class NeedRecord:
    """A term on an object: a need that a service answers, or any other classification.

    The term is named by ``term_key`` (an id), or by taxonomy and code: ``taxonomy="need", code="dv"``.
    """

    taxonomy: str = ""
    code: str = ""
    term_key: str = ""
    key: str = ""
    value: str = ""
    label: str = ""
    foreign: Fields | None = None
    at: At | None = None


@dataclass(slots=True)
class LanguageRecord:
    """A language, by its ISO 639 code."""

    code: str
    note: str = ""
    key: str = ""
    foreign: Fields | None = None
    at: At | None = None


@dataclass(slots=True)
class PartRecord:
    """A row of ``fields`` alone: a required document, a cost, how a place can be used."""

    fields: Fields = field(default_factory=dict)
    key: str = ""
    foreign: Fields | None = None
    at: At | None = None


@dataclass(slots=True)
class OrganizationRecord:
    """An organisation. ``fields``: name, name_kana, kind, area_id, corporate_number of its identity, and
    name_en, alternate_name, description, email, website, year_incorporated, legal_status of its public face.
    """

    number: int
    fields: Fields = field(default_factory=dict)
    key: str = ""
    part: str = ""
    contacts: list[ContactRecord] | None = None
    channels: list[ChannelRecord] | None = None
    attributes: list[NeedRecord] | None = None
    foreign: Fields | None = None
    labels: dict[str, str] | None = None


@dataclass(slots=True)
class LocationRecord:
    """A place with its address. ``fields``: the columns of ``Location``, ``area_id`` the municipality."""

    number: int
    fields: Fields = field(default_factory=dict)
    key: str = ""
    part: str = ""
    organization_key: str = ""
    languages: list[LanguageRecord] | None = None
    accessibility: list[PartRecord] | None = None
    contacts: list[ContactRecord] | None = None
    channels: list[ChannelRecord] | None = None
    schedules: list[ScheduleRecord] | None = None
    hours: Hours | None = None
    attributes: list[NeedRecord] | None = None
    foreign: Fields | None = None
    labels: dict[str, str] | None = None


@dataclass(slots=True)
class PlaceRecord:
    """A service offered at a place: the place itself, or the key of one that comes as a record of its own."""

    location: LocationRecord | None = None
    location_key: str = ""
    description: str = ""
    key: str = ""
    channels: list[ChannelRecord] | None = None
    schedules: list[ScheduleRecord] | None = None
    hours: Hours | None = None
    foreign: Fields | None = None
    at: At | None = None


@dataclass(slots=True)
class ServiceRecord:
    """A service with everything that belongs to it. ``fields``: the columns of ``Service``."""

    number: int
    fields: Fields = field(default_factory=dict)
    key: str = ""
    part: str = ""
    organization: OrganizationRecord | None = None
    organization_key: str = ""
    """Instead of ``organization``: the key of one that comes as a record of its own."""
    areas: list[AreaRecord] | None = None
    needs: list[NeedRecord] | None = None
    languages: list[LanguageRecord] | None = None
    channels: list[ChannelRecord] | None = None
    schedules: list[ScheduleRecord] | None = None
    hours: Hours | None = None
    documents: list[PartRecord] | None = None
    costs: list[PartRecord] | None = None
    contacts: list[ContactRecord] | None = None
    places: list[PlaceRecord] | None = None
    texts: list[PartRecord] | None = None
    """Texts in further languages: ``fields`` language, field, text, source (human, machine), checked_on."""
    attributes: list[NeedRecord] | None = None
    foreign: Fields | None = None
    labels: dict[str, str] | None = None
    """Our field → the heading of its column in the file, for the report."""


@dataclass(slots=True)
class TaxonomyRecord:
    """A classification. ``fields``: key, name, description, uri, version."""

    number: int
    fields: Fields = field(default_factory=dict)
    key: str = ""
    part: str = ""


@dataclass(slots=True)
class TermRecord:
    """A term of a classification, which is named by its key. ``fields``: code, name, description, …"""

    number: int
    fields: Fields = field(default_factory=dict)
    key: str = ""
    part: str = ""
    taxonomy_key: str = ""
    parent_key: str = ""


Record = ServiceRecord | OrganizationRecord | LocationRecord | TaxonomyRecord | TermRecord
Item = Record | Problem
Items = Iterator[Item]
