"""Write many whole services at once: the service, its children and, by triggers, its history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import models, transaction

from tsunagari.accounts.services.organizations import register_organizations
from tsunagari.core.bulk import copy_models
from tsunagari.directory.models import (
    Channel,
    Contact,
    CostOption,
    Language,
    Location,
    OrganizationProfile,
    RequiredDocument,
    Schedule,
    Service,
    ServiceArea,
    ServiceAtLocation,
    ServiceNeed,
)
from tsunagari.directory.services.confidential import keep_confidential, refuse_told_addresses

BATCH = 2_000

SERVICE_FIELDS = [
    field.name
    for field in Service._meta.concrete_fields
    if field.name not in {"id", "created_at", "modified_at", "assured_on", "assurer_email"}
]


@dataclass(slots=True)
class ServiceBundle:
    """A service with everything that belongs to it, unsaved."""

    service: Service
    profile: OrganizationProfile
    areas: list[ServiceArea] = field(default_factory=list)
    needs: list[ServiceNeed] = field(default_factory=list)
    languages: list[Language] = field(default_factory=list)
    channels: list[Channel] = field(default_factory=list)
    schedules: list[Schedule] = field(default_factory=list)
    documents: list[RequiredDocument] = field(default_factory=list)
    costs: list[CostOption] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)
    locations: list[Location] = field(default_factory=list)
    at_locations: list[ServiceAtLocation] = field(default_factory=list)


# each after what it points at
CHILDREN: tuple[tuple[str, type[models.Model]], ...] = (
    ("areas", ServiceArea),
    ("needs", ServiceNeed),
    ("languages", Language),
    ("documents", RequiredDocument),
    ("costs", CostOption),
    ("contacts", Contact),
    ("at_locations", ServiceAtLocation),
    ("channels", Channel),
    ("schedules", Schedule),
)


@transaction.atomic
def replace_services(bundles: Sequence[ServiceBundle]) -> int:
    """Write the bundles: new services are made, known ones (by id) changed, their children written anew.

    Children that are the same as before stay as they are, so that the history tells only what changed.

    Returns:
        How many services were written.
    """
    for start in range(0, len(bundles), BATCH):
        _replace(bundles[start : start + BATCH])
    return len(bundles)


def _replace(bundles: Sequence[ServiceBundle]) -> None:
    organizations = {bundle.profile.organization.pk: bundle.profile for bundle in bundles}
    register_organizations(profile.organization for profile in organizations.values())
    OrganizationProfile.objects.bulk_create(organizations.values(), ignore_conflicts=True)
    _name_in_english(organizations)
    _keep_places_untold(bundles)
    known = Service.objects.in_bulk([bundle.service.pk for bundle in bundles])
    _upsert(Service, [bundle.service for bundle in bundles], known, SERVICE_FIELDS)
    locations = [location for bundle in bundles for location in bundle.locations]
    _upsert(Location, locations, Location.objects.in_bulk([location.pk for location in locations]))
    for name, model in CHILDREN:
        owner = "channel__service_id__in" if model is Schedule else "service_id__in"
        stored = {row.pk: row for row in model._default_manager.filter(**{owner: known})} if known else {}
        children = [child for bundle in bundles for child in getattr(bundle, name)]
        gone = stored.keys() - {child.pk for child in children}
        if gone:
            model._default_manager.filter(pk__in=gone).delete()
        _upsert(model, children, stored)


def _keep_places_untold(bundles: Sequence[ServiceBundle]) -> None:
    """Leave confidential places as they are, and refuse texts that tell where they are."""
    keep_confidential(location for bundle in bundles for location in bundle.locations)
    rows: dict[UUID, list[models.Model]] = {}
    for bundle in bundles:
        children = [child for name, _ in CHILDREN for child in getattr(bundle, name)]
        found = [bundle.service, bundle.profile, *bundle.locations, *children]
        rows.setdefault(bundle.profile.organization.pk, []).extend(found)
    refuse_told_addresses(rows)


def _name_in_english(profiles: Mapping[Any, OrganizationProfile]) -> None:
    """Give an English name to stored profiles without one; what an organisation has written itself stays."""
    unnamed = OrganizationProfile.objects.filter(pk__in=profiles, name_en="")
    named = [stored for stored in unnamed if profiles[stored.pk].name_en]
    for stored in named:
        stored.name_en = profiles[stored.pk].name_en
    OrganizationProfile.objects.bulk_update(named, ["name_en"], batch_size=BATCH)


def _upsert(
    model: type[models.Model],
    rows: Sequence[models.Model],
    stored: Mapping[Any, models.Model],
    fields: Sequence[str] | None = None,
) -> None:
    """Insert the rows that are not stored, and change those that differ in ``fields`` (all but the id)."""
    fields = fields or [field.name for field in model._meta.concrete_fields if field.name != "id"]
    columns = [field.attname for field in model._meta.concrete_fields if field.name in fields]
    manager = model._default_manager
    copy_models([row for row in rows if row.pk not in stored])
    changed = [
        row
        for row in rows
        if row.pk in stored and any(getattr(row, name) != getattr(stored[row.pk], name) for name in columns)
    ]
    if changed:
        manager.bulk_create(
            changed,
            batch_size=_batch(model),
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=fields,
        )


def _batch(model: type[models.Model]) -> int:
    """Rows in one statement: the protocol takes 65,535 parameters."""
    return 60_000 // len(model._meta.concrete_fields)
