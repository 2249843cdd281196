"""Services and organisations → HSDS ``service``, ``organization`` and ``service_at_location``."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid5

from tsunagari.accounts.models import Organization
from tsunagari.directory.api.history import AnyOf, moment
from tsunagari.directory.api.objects import (
    brief_location_item,
    channel_is_open,
    channel_item,
    contact_item,
    filled,
    language_item,
    location_item,
    need_item,
    phones_of,
    place_item,
    schedules_and_closures,
    service_area_item,
)
from tsunagari.directory.models import OrganizationProfile, SearchRow, Service, ServiceAtLocation
from tsunagari.directory.search.kinds import KIND_AREA
from tsunagari.directory.search.openness import TALKING, open_pattern_ids

# 法人番号 in the list of org-id.guide
CORPORATE_NUMBER_SCHEME: Final = "JP-JCN"


# -- organisations ---------------------------------------------------------------------------------------


def brief_organization_item(organization: Organization) -> dict[str, Any]:
    """HSDS ``organization`` without what belongs to it; one without a public face has no description."""
    profile = getattr(organization, "profile", None) or OrganizationProfile()
    return filled(
        {
            "id": str(organization.pk),
            "name": organization.name,
            "description": profile.description,
            "kind": organization.kind,
        },
        alternate_name=profile.alternate_name,
        email=profile.email,
        website=profile.website,
        year_incorporated=profile.year_incorporated,
        legal_status=profile.legal_status,
        parent_organization_id=str(organization.parent_id) if organization.parent_id else None,
        name_kana=organization.name_kana,
        name_en=profile.name_en,
        area_code=organization.area_id,
    )


def organization_of_service_item(organization: Organization) -> dict[str, Any]:
    """HSDS ``organization`` inside a service in full: with its telephones, contacts and number."""
    number = organization.corporate_number
    return filled(
        brief_organization_item(organization),
        contacts=[contact_item(contact) for contact in organization.contacts.all()],
        phones=phones_of(organization.channels.all()),
        organization_identifiers=[
            {
                "id": str(uuid5(organization.pk, CORPORATE_NUMBER_SCHEME)),
                "organization_id": str(organization.pk),
                "identifier_scheme": CORPORATE_NUMBER_SCHEME,
                "identifier_type": "法人番号",
                "identifier": number,
            }
        ]
        if number
        else None,
    )


def organization_item(organization: Organization, at: datetime, *, full_service: bool) -> dict[str, Any]:
    """HSDS ``organization`` in full; its services in full as of ``at``, or only named."""
    services = organization.services.all()
    return {
        **organization_of_service_item(organization),
        "locations": [location_item(location) for location in organization.locations.all()],
        "services": [
            service_item(service, at)
            if full_service
            else {
                "id": str(service.pk),
                "organization_id": str(organization.pk),
                "name": service.name,
                "status": service.status,
                "last_modified": moment(service.modified_at),
            }
            for service in services
        ],
    }


# -- services --------------------------------------------------------------------------------------------


def open_states(services: Sequence[Service], at: datetime) -> dict[UUID, bool | None]:
    """Whether one can talk to somebody of each service at ``at``, from the search index: one query."""
    rows = dict(
        SearchRow.objects.filter(AnyOf("service_id", {service.pk for service in services}))
        .exclude(area_code=KIND_AREA)
        .values_list("service_id", "hours_id")
    )
    patterns = open_pattern_ids(at)
    return {service: patterns.state(hours) for service, hours in rows.items()}


def is_open_now(service: Service, at: datetime) -> bool | None:
    """The same from the service's own channels, by the same rule as the index (``search.index``)."""
    if not service.contact_verified or service.status != Service.Status.ACTIVE:
        return None
    states = [channel_is_open(channel, at) for channel in service.channels.all() if channel.type in TALKING]
    if True in states:
        return True
    return False if states and None not in states else None


def minimal_service_item(service: Service) -> dict[str, Any]:
    """Id and date of a service, with what HSDS requires of every service."""
    changed = moment(service.modified_at)
    return {
        "id": str(service.pk),
        "name": service.name,
        "status": service.status,
        "last_modified": changed,
        "modified_date": changed,
    }


def _core(service: Service, open_now: bool | None, distance_km: float | None) -> dict[str, Any]:
    return {
        **filled(
            {
                "id": str(service.pk),
                "organization_id": str(service.organization_id),
                "name": service.name,
                "status": service.status,
                "last_modified": moment(service.modified_at),
                "kind": service.kind,
                "audience": list(service.audience),
                "contact_verified": service.contact_verified,
            },
            alternate_name=service.alternate_name,
            description=service.description,
            url=service.url,
            email=service.email,
            interpretation_services=service.interpretation_services,
            application_process=service.application_process,
            fees_description=service.fees_description,
            wait_time=service.wait_time,
            eligibility_description=service.eligibility_description,
            minimum_age=service.minimum_age,
            maximum_age=service.maximum_age,
            assured_date=service.assured_on.isoformat() if service.assured_on else None,
            alert=service.alert,
            key=service.key,
            name_kana=service.name_kana,
            name_en=service.name_en,
            description_en=service.description_en,
            description_easy=service.description_easy,
            basis=service.basis,
            note=service.note,
            note_en=service.note_en,
            as_of=service.as_of,
            certainty=service.certainty,
            contact_area_code=service.contact_area_id,
            distance_km=distance_km,
        ),
        "open_now": open_now,
    }


def brief_service_item(
    service: Service, open_now: bool | None, distance_km: float | None = None
) -> dict[str, Any]:
    """HSDS ``service`` with one-to-one fields only."""
    return {
        **_core(service, open_now, distance_km),
        "organization": brief_organization_item(service.organization),
    }


def service_item(
    service: Service, at: datetime, distance_km: float | None = None, *, places: bool = True
) -> dict[str, Any]:
    """HSDS ``service`` with everything that belongs to it; open or not as of ``at``."""
    channels = list(service.channels.all())
    schedules, closures = schedules_and_closures(
        service.schedules.all(), channels, {"service_id": str(service.pk)}
    )
    item = {
        **_core(service, is_open_now(service, at), distance_km),
        "phones": phones_of(channels),
        "schedules": schedules,
        "service_areas": [service_area_item(area) for area in service.service_areas.all()],
        "languages": [language_item(language) for language in service.languages.all()],
        "organization": organization_of_service_item(service.organization),
        "cost_options": [
            filled(
                {"id": str(cost.pk), "service_id": str(service.pk), "currency": cost.currency},
                valid_from=cost.valid_from.isoformat() if cost.valid_from else None,
                valid_to=cost.valid_to.isoformat() if cost.valid_to else None,
                option=cost.option,
                amount=float(cost.amount) if cost.amount is not None else None,
                amount_description=cost.amount_description,
            )
            for cost in service.cost_options.all()
        ],
        "required_documents": [
            filled({"id": str(row.pk), "service_id": str(service.pk), "document": row.document}, uri=row.uri)
            for row in service.required_documents.all()
        ],
        "contacts": [contact_item(contact) for contact in service.contacts.all()],
        "attributes": [need_item(need) for need in service.service_needs.all()],
        "channels": [channel_item(channel, channel_is_open(channel, at)) for channel in channels],
        "closures": closures,
    }
    if places:
        item["service_at_locations"] = [place_item(place) for place in service.at_locations.all()]
    return item


# -- services at their places ----------------------------------------------------------------------------


def brief_service_at_location_item(
    place: ServiceAtLocation, states: Mapping[UUID, bool | None], distance_km: float | None = None
) -> dict[str, Any]:
    """HSDS ``service_at_location`` with one-to-one fields only."""
    return filled(
        {
            "id": str(place.pk),
            "service_id": str(place.service_id),
            "location_id": str(place.location_id),
            "location": brief_location_item(place.location),
            "service": brief_service_item(place.service, states.get(place.service_id), distance_km),
        },
        description=place.description,
    )


def service_at_location_item(
    place: ServiceAtLocation, at: datetime, distance_km: float | None = None
) -> dict[str, Any]:
    """HSDS ``service_at_location`` in full.

    The standard's OpenAPI document describes this answer by the schema of ``service``, its compiled schemas
    by one of its own; with the service's ``name`` and ``status`` it satisfies both.
    """
    return {
        **place_item(place),
        "service": service_item(place.service, at, distance_km, places=False),
        "name": place.service.name,
        "status": place.service.status,
    }
