"""The places that an organisation keeps, for its own staff."""

from django.db.models import Prefetch, Q, QuerySet

from tsunagari.accounts.models import Membership, Organization, Role, User
from tsunagari.directory.models import Location, ServiceAtLocation

KEEPERS = (Role.ADMIN, Role.EDITOR)
"""Who keeps an organisation's entries."""


def organizations_kept_by(viewer: User) -> QuerySet[Organization]:
    """Organisations whose entries the viewer keeps, by kana."""
    held = Membership.objects.filter(user=viewer, role__in=KEEPERS, ended_at=None)
    return Organization.objects.filter(pk__in=held.values("organization")).order_by("name_kana", "name", "id")


def places_kept_by(viewer: User) -> QuerySet[Location]:
    """Places of the viewer's organisations; one without an owner belongs to who offers services there."""
    kept = organizations_kept_by(viewer).order_by().values("pk")
    offered = ServiceAtLocation.objects.filter(service__organization__in=kept).values("location")
    return (
        Location.objects.filter(Q(organization__in=kept) | Q(organization=None, pk__in=offered))
        .select_related("organization", "area__parent__parent", "sealed_address")
        .prefetch_related(
            Prefetch(
                "services_here", ServiceAtLocation.objects.select_related("service").order_by("service__name")
            )
        )
        .order_by("-confidential", "name", "id")
    )
