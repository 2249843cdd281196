"""From which source each field of an entry comes, and since when: for its page, and as JSON."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tsunagari.accounts.models import Organization, User
from tsunagari.accounts.views.requests import user_of
from tsunagari.directory.exchange.municipal import handed_in
from tsunagari.directory.exchange.provenance import (
    FILES,
    IMPORTED,
    Provenance,
    provenance_of,
    provenance_of_objects,
)
from tsunagari.directory.models import Location, Service
from tsunagari.directory.selectors import upkeep
from tsunagari.directory.showing import SOURCE_LABELS
from tsunagari.directory.views.roles import keepers


@dataclass(frozen=True, slots=True)
class Origin:
    """One field with its origin in words. ``upload`` is the file's page, where the viewer may see it."""

    field: str
    label: str
    how: str
    source: str
    at: datetime | None
    upload: str = ""


@dataclass(frozen=True, slots=True)
class PlaceOrigins:
    """A place of the entry with the origins of its fields."""

    id: str
    name: str
    fields: list[Origin]


def origins_of(service: Service, viewer: User) -> tuple[list[Origin], list[PlaceOrigins]]:
    """The entry's fields, and those of its places; what is confidential has none."""
    own = provenance_of(service.pk)
    places = list(
        Location.objects.filter(services_here__service=service, confidential=False).order_by("name", "id")
    )
    of_places = provenance_of_objects("location", [place.pk for place in places])
    told = [own, *of_places.values()]
    uploads = {
        upload.run_id: upload
        for upload in handed_in.uploads_visible_to(viewer).filter(
            run__in={one.run_id for fields in told for one in fields.values() if one.run_id}
        )
    }
    organizations = _organizations(one.source for fields in told for one in fields.values())

    def shown(fields: dict[str, Provenance]) -> list[Origin]:
        found = []
        for name, label in SOURCE_LABELS.items():
            if (one := fields.get(name)) is not None:
                upload = uploads.get(one.run_id) if one.run_id else None
                source = upload.file_name if upload else organizations.get(one.source, one.source)
                found.append(
                    Origin(
                        field=name,
                        label=str(label),
                        how=one.how,
                        source={IMPORTED: source, FILES: "data/"}.get(one.how, ""),
                        at=one.at,
                        upload=str(upload.pk) if upload else "",
                    )
                )
        return found

    return shown(own), [
        PlaceOrigins(str(place.pk), place.name or _("場所"), shown(of_places.get(place.pk, {})))
        for place in places
    ]


def _organizations(sources: Iterable[str]) -> dict[str, str]:
    """Sources that are an organisation's id, by its name."""
    ids = {source: _uuid(source) for source in sources}
    names = dict(
        Organization.objects.filter(pk__in={pk for pk in ids.values() if pk}).values_list("pk", "name")
    )
    return {source: names[pk] for source, pk in ids.items() if pk in names}


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


@keepers
@require_safe
def provenance_json(request: HttpRequest, service_id: UUID) -> HttpResponse:
    """Where each field comes from: ``how`` is ``files``, ``imported`` or ``entered``; ``at`` is RFC 3339."""
    viewer = user_of(request)
    service = get_object_or_404(upkeep.entries_kept_by(viewer), pk=service_id)
    fields, places = origins_of(service, viewer)
    answer: dict[str, Any] = {
        "id": str(service.pk),
        "fields": [asdict(one) for one in fields],
        "places": [asdict(place) for place in places],
    }
    response = JsonResponse(answer, json_dumps_params={"ensure_ascii": False})
    response["Cache-Control"] = "no-store"
    return response
