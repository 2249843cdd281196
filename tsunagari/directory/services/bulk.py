"""Write many whole services at once: the service, its children and, by triggers, its history."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db import models, transaction

from tsunagari.accounts.services.organizations import register_organizations
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
    OrganizationProfile.objects.bulk_create(
        organizations.values(), ignore_conflicts=True
    )
    ids = [bundle.service.pk for bundle in bundles]
    known = set(Service.objects.filter(pk__in=ids).values_list("pk", flat=True))
    services = [bundle.service for bundle in bundles]
    Service.objects.bulk_create([service for service in services if service.pk not in known])
    if known:
        Service.objects.bulk_update(
            [service for service in services if service.pk in known], SERVICE_FIELDS, batch_size=BATCH
        )
    Location.objects.bulk_create(
        [location for bundle in bundles for location in bundle.locations],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=[f.name for f in Location._meta.concrete_fields if f.name != "id"],
    )
    for name, model in CHILDREN:
        _write_children(model, [child for bundle in bundles for child in getattr(bundle, name)], ids, known)


def _write_children(
    model: type[models.Model], children: Iterable[models.Model], ids: Sequence[object], known: set[object]
) -> None:
    """Insert new children, change known ones, delete those that the services no longer have."""
    rows = {child.pk: child for child in children}
    manager = model._default_manager
    if known:
        owner = "channel__service_id__in" if model is Schedule else "service_id__in"
        manager.filter(**{owner: list(known)}).exclude(pk__in=rows).delete()
    manager.bulk_create(
        rows.values(),
        batch_size=BATCH * 5,
        update_conflicts=bool(known),
        unique_fields=["id"] if known else None,
        update_fields=[f.name for f in model._meta.concrete_fields if f.name != "id"] if known else None,
    )
