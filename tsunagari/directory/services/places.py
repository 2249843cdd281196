"""The places of an entry's document: read, and written back without touching what others keep.

The shape, all keys always there: id (of the place), the texts of `PLACE_TEXTS`, area (code or ""), latitude
and longitude (float or null), note (of the service at this place) and confidential. Of a confidential place
nothing but its id, and at most its prefecture, is ever in a document; nothing is written into one from there.
"""

import uuid
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from tsunagari.accounts.models import Organization
from tsunagari.directory.models import Location, Service, ServiceAtLocation
from tsunagari.directory.services.bulk import ServiceBundle

PLACE_TEXTS = ("name", "postal_code", "address_1", "address_2", "transportation")


def blank_place(key: str) -> dict[str, Any]:
    """A row that says nothing."""
    texts = dict.fromkeys(PLACE_TEXTS, "")
    return {
        "id": key,
        **texts,
        "area": "",
        "latitude": None,
        "longitude": None,
        "note": "",
        "confidential": False,
    }


def place_content(place: Location, note: str = "") -> dict[str, Any]:
    """A place as a row."""
    row = blank_place(str(place.pk)) | {"area": place.area_id or "", "confidential": place.confidential}
    if place.confidential:
        return row
    texts = {name: getattr(place, name) for name in PLACE_TEXTS}
    return row | texts | {"latitude": place.latitude, "longitude": place.longitude, "note": note}


def places_content(service: Service) -> list[dict[str, Any]]:
    """The places of a service, in the order of their ids."""
    found = service.at_locations.select_related("location").order_by("location_id")
    return [place_content(at.location, at.description) for at in found]


def may_write_place(place: Location | None, organization: Organization) -> bool:
    """Whether an entry of this organisation may change the place: its own, or a new one."""
    return place is None or place.organization_id == organization.pk


def fill_places(bundle: ServiceBundle, rows: Iterable[Mapping[str, Any]]) -> None:
    """Put the places of a document into a bundle; those of others and confidential ones stay as they are."""
    service, organization = bundle.service, bundle.service.organization
    standing = {at.location_id: at for at in service.at_locations.all()}
    rows = list(rows)
    stored = Location.objects.in_bulk([UUID(row["id"]) for row in rows])
    for row in rows:
        key = UUID(row["id"])
        place = stored.get(key)
        if place is None:
            place = Location(id=key, organization=organization, confidential=row["confidential"])
            bundle.locations.append(place)
        elif not place.confidential and may_write_place(place, organization):
            bundle.locations.append(place)
        if not place.confidential and place in bundle.locations:
            for name in PLACE_TEXTS:
                setattr(place, name, row[name])
            place.area_id = row["area"] or None
            place.latitude, place.longitude = row["latitude"], row["longitude"]
        at = standing.get(key) or ServiceAtLocation(id=uuid.uuid4(), service=service, location=place)
        at.description = "" if place.confidential else row["note"]
        bundle.at_locations.append(at)


def remove_empty_places(ids: Iterable[UUID], organization: Organization) -> None:
    """Delete places of the organisation at which nothing is left; a confidential one keeps its mark."""
    for place in Location.objects.filter(pk__in=list(ids), organization=organization, confidential=False):
        relations = [relation for relation in Location._meta.related_objects if relation.field.model]
        if not any(
            relation.field.model._default_manager.filter(**{relation.field.name: place}).exists()
            for relation in relations
        ):
            place.delete()


def services_at(rows: Iterable[Mapping[str, Any]]) -> set[UUID]:
    """Services that are offered at any of these places."""
    ids = [UUID(row["id"]) for row in rows]
    return set(ServiceAtLocation.objects.filter(location__in=ids).values_list("service_id", flat=True))
