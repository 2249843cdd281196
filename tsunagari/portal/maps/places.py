"""Which places may stand on a map: those that people are invited to."""

from tsunagari.core.areas import AreaNode, area_tree
from tsunagari.directory.models import Location, Service, ServiceAtLocation
from tsunagari.portal.cards import text_of
from tsunagari.portal.maps.drawing import PublicPlace

MOST_PLACES = 100


def public_places(area: AreaNode) -> list[PublicPlace]:
    """Places in a municipality or its wards, at most `MOST_PLACES`; never a confidential one."""
    codes = [area.code, *(other.code for other in area_tree().values() if other.parent_code == area.code)]
    offered = (
        ServiceAtLocation.objects.filter(
            location__area__in=codes,
            location__confidential=False,
            location__location_type=Location.Type.PHYSICAL,
            location__latitude__isnull=False,
            service__status=Service.Status.ACTIVE,
        )
        .select_related("service", "location")
        .order_by("service__name_kana", "service__name", "id")[:MOST_PLACES]
    )
    return [
        PublicPlace(
            name=text_of(each.service.name, each.service.name_en)[0],
            service_id=each.service_id,
            latitude=each.location.latitude,
            longitude=each.location.longitude,
        )
        for each in offered
        if each.location.latitude is not None and each.location.longitude is not None
    ]
