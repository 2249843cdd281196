"""Rows with everything that an object in full needs: as many queries for 500 services as for one.

Children come in a fixed order, so that the same data give the same bytes, and so the same ETag.
"""

from django.db.models import Prefetch, QuerySet

from tsunagari.accounts.models import Organization
from tsunagari.directory.models import (
    Accessibility,
    Channel,
    Contact,
    CostOption,
    Language,
    Location,
    Reachability,
    Schedule,
    Service,
    ServiceArea,
    ServiceAtLocation,
    ServiceNeed,
)


def _schedules() -> "Prefetch[str]":
    return Prefetch("schedules", Schedule.objects.order_by("opens_minute", "closes_minute", "id"))


def _channels() -> "Prefetch[str]":
    return Prefetch(
        "channels",
        Channel.objects.order_by("position", "id").prefetch_related(
            _schedules(), Prefetch("reachability", Reachability.objects.filter(withdrawn_at=None))
        ),
    )


def _contacts() -> "Prefetch[str]":
    numbers = Prefetch("channels", Channel.objects.order_by("position", "id"))
    return Prefetch(
        "contacts", Contact.objects.order_by("department", "name", "id").prefetch_related(numbers)
    )


def _languages() -> "Prefetch[str]":
    return Prefetch("languages", Language.objects.order_by("code", "id"))


def full_locations() -> QuerySet[Location]:
    """Places with all that belongs to them."""
    return Location.objects.order_by("name", "id").prefetch_related(
        _channels(),
        _contacts(),
        _schedules(),
        _languages(),
        Prefetch("accessibility", Accessibility.objects.order_by("id")),
    )


def full_places() -> QuerySet[ServiceAtLocation]:
    """Services at their places, with the place in full, without the service."""
    return ServiceAtLocation.objects.order_by("location__name", "id").prefetch_related(
        _channels(), _schedules(), Prefetch("location", full_locations())
    )


def brief_services() -> QuerySet[Service]:
    """Services with their organisation."""
    return Service.objects.select_related("organization__profile").defer("assurer_email")


def full_services() -> QuerySet[Service]:
    """Services with all that belongs to them."""
    return brief_services().prefetch_related(
        _channels(),
        _schedules(),
        _languages(),
        _contacts(),
        Prefetch(
            "service_needs",
            ServiceNeed.objects.select_related("term__taxonomy").order_by("position", "id"),
        ),
        Prefetch("service_areas", ServiceArea.objects.order_by("area", "id")),
        Prefetch("cost_options", CostOption.objects.order_by("amount", "id")),
        "required_documents",
        Prefetch("at_locations", full_places()),
        Prefetch("organization__channels", Channel.objects.order_by("position", "id")),
        Prefetch("organization__contacts", _contacts().queryset),
    )


def brief_organizations() -> QuerySet[Organization]:
    """Organisations that have a public face."""
    return Organization.objects.filter(profile__isnull=False).select_related("profile")


def full_organizations(*, full_service: bool) -> QuerySet[Organization]:
    """Organisations with all that belongs to them; their services in full, or only to be named."""
    services = (
        full_services()
        if full_service
        else Service.objects.only("id", "organization_id", "name", "status", "modified_at")
    )
    return brief_organizations().prefetch_related(
        Prefetch("channels", Channel.objects.order_by("position", "id")),
        _contacts(),
        Prefetch("locations", full_locations()),
        Prefetch("services", services.order_by("id")),
    )


def brief_service_at_locations() -> QuerySet[ServiceAtLocation]:
    """Services at their places with service, organisation and place, without what belongs to them."""
    return ServiceAtLocation.objects.select_related("location", "service__organization__profile").defer(
        "service__assurer_email"
    )


def full_service_at_locations() -> QuerySet[ServiceAtLocation]:
    """Services at their places, with the service and the place in full."""
    return full_places().prefetch_related(Prefetch("service", full_services()))
