"""The operations of HSDS 3.0, and the OpenAPI document that is made from them."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponsePermanentRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from ninja import NinjaAPI, Query
from ninja.errors import ValidationError

from tsunagari.core.open_answers import json_answer
from tsunagari.directory.api import filters, profile, reading, shapes
from tsunagari.directory.api.answers import error_answer
from tsunagari.directory.api.history import add_history
from tsunagari.directory.api.listing import MOST_SORTED, Total, count_of, in_order, page_of, stream_of
from tsunagari.directory.api.objects import id_or_none, taxonomy_item, taxonomy_term_item
from tsunagari.directory.api.parameters import (
    SENTENCES,
    OrganizationDetail,
    OrganizationParameters,
    PageParameters,
    Refused,
    ServiceFilters,
    ServiceParameters,
    TaxonomyTermParameters,
    check_names,
    refused_value,
)
from tsunagari.directory.api.services import (
    brief_organization_item,
    brief_service_at_location_item,
    brief_service_item,
    minimal_service_item,
    open_states,
    organization_item,
    service_at_location_item,
    service_item,
)
from tsunagari.directory.exchange.merging import survivor_of
from tsunagari.directory.models import Service, Taxonomy, TaxonomyTerm

api = NinjaAPI(
    title="tsunagari 相談窓口オープンデータ (HSDS 3.0)",
    version="1.0",
    description=(
        "孤独・孤立に関わる相談窓口、支援制度、居場所のオープンデータ。HSDS 3.0 と日本のプロファイル。"
        "鍵は要りません。 / Open data on services against loneliness and isolation in Japan: HSDS 3.0 with a"
        " Japanese profile. No key is needed."
    ),
    urls_namespace="hsds",
    docs_url=None,
    openapi_url="/openapi.json",
    openapi_extra={"info": {"license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}}},
)

_REFUSED: Final = {frozenset({400, 422}): shapes.HsdsError}
_STREAM: Final = {
    "responses": {
        200: {
            "content": {
                "application/x-ndjson": {
                    "schema": {"type": "string", "description": "format=ndjson: one item of contents a line"}
                }
            }
        }
    }
}
_NOT_FOUND: Final = {frozenset({400, 404, 422}): shapes.HsdsError}


@api.exception_handler(ValidationError)
def _bad_value(request: HttpRequest, error: ValidationError) -> HttpResponseBase:
    """Say of the first parameter that cannot be read what it takes."""
    name = next(str(part) for part in error.errors[0]["loc"] if part in SENTENCES)
    return error_answer(refused_value(name))


@api.exception_handler(Refused)
def _refused(request: HttpRequest, refused: Refused) -> HttpResponseBase:
    return error_answer(refused)


def _listing(
    request: HttpRequest,
    parameters: PageParameters,
    rows: Any,
    items: Callable[[Sequence[Any]], list[dict[str, Any]]],
    *,
    conditions: str | None,
    nearest_first: bool = False,
    anew: Callable[[], Any] | None = None,
) -> HttpResponseBase:
    """A page, or with ``format=ndjson`` all rows.

    ``anew`` makes the rows once more, for conditions that nearly everything satisfies.
    """
    if parameters.format == "ndjson":
        return stream_of(request, rows, items)
    total = count_of(rows, conditions) if conditions is not None else Total(rows.count(), exact=True)
    order = ("distance", "pk") if nearest_first and total.rows <= MOST_SORTED else ("pk",)
    if not total.exact and anew is not None:
        with filters.for_conditions_that_much_satisfies():
            rows = anew()
    return json_answer(
        page_of(rows, items, page=parameters.page, size=parameters.size, total=total, order=order)
    )


def _check(request: HttpRequest, parameters: PageParameters) -> None:
    fields = type(parameters).model_fields
    lists = [name for name, field in fields.items() if field.default_factory is list]
    check_names(request, fields, repeated=lists)


def _counted(name: str, parameters: ServiceFilters | OrganizationParameters, at: datetime) -> str:
    """One text for one set of rows: the list, its conditions, and the minute that "now" is."""
    conditions = parameters.model_dump_json(
        exclude={"page", "per_page", "format", "full", "full_service", "minimal"}
    )
    return f"{name} {at:%Y%m%d%H%M} {conditions}"


def _one(rows: Any, identifier: str) -> Any:
    """The row with this id.

    Raises:
        Refused: 404; what is not a UUID is nobody's id.
    """
    pk = id_or_none(identifier)
    found = rows.filter(pk=pk).first() if pk else None
    if found is None:
        raise Refused(404, "この id のものはありません。", "There is nothing with this id.")
    return found


# -- about -----------------------------------------------------------------------------------------------


@api.get(
    "",
    response={200: shapes.HsdsApi, 400: shapes.HsdsError},
    url_name="api-root",
    operation_id="getAPIMetaInformation",
)
def about(request: HttpRequest) -> HttpResponseBase:
    """この API の版、プロファイル、OpenAPI 文書。 / Version, profile and OpenAPI document of this API."""
    check_names(request, ())
    return json_answer(
        {
            "version": profile.HSDS_VERSION,
            "profile": request.build_absolute_uri(reverse("hsds:profile")),
            "openapi_url": request.build_absolute_uri(reverse("hsds:openapi-json")),
        }
    )


@api.get(
    "/profile",
    response={200: shapes.HsdsProfile, 400: shapes.HsdsError},
    url_name="profile",
    operation_id="getProfile",
)
def about_profile(request: HttpRequest) -> HttpResponseBase:
    """日本のプロファイル: HSDS 3.0 に足したもの。 / The Japanese profile: what is added to HSDS 3.0."""
    check_names(request, ())
    return json_answer(profile.document())


# -- services --------------------------------------------------------------------------------------------


def _distances(rows: Any, parameters: ServiceFilters, ids: Sequence[UUID]) -> dict[UUID, float]:
    """How far each of these is from the centre that was asked for, in km to 10 m."""
    if parameters.centre() is None:
        return {}
    return {pk: round(km, 2) for pk, km in rows.filter(pk__in=ids).values_list("pk", "distance")}


@api.get(
    "/services",
    response={200: shapes.HsdsServicePage, **_REFUSED},
    openapi_extra=_STREAM,
    url_name="services",
    operation_id="getPaginatedListOfServices",
)
def services(request: HttpRequest, parameters: Query[ServiceParameters]) -> HttpResponseBase:
    """条件をすべて満たすサービス。 / Services that satisfy every condition, by id (lat, lng: by distance)."""
    _check(request, parameters)
    at = timezone.now()
    rows = filters.services_for(parameters, at)

    def items(ids: Sequence[UUID]) -> list[dict[str, Any]]:
        if parameters.minimal:
            found = in_order(Service.objects.only("id", "name", "status", "modified_at"), ids)
            return [minimal_service_item(service) for service in found]
        distances = _distances(rows, parameters, ids)
        if parameters.full:
            answered = [
                service_item(service, at, distances.get(service.pk))
                for service in in_order(reading.full_services(), ids)
            ]
            add_history(answered)
            return answered
        found = in_order(reading.brief_services(), ids)
        states = open_states(found, at)
        return [
            brief_service_item(service, states.get(service.pk), distances.get(service.pk))
            for service in found
        ]

    return _listing(
        request,
        parameters,
        rows,
        items,
        conditions=_counted("services", parameters, at),
        nearest_first=parameters.centre() is not None,
        anew=lambda: filters.services_for(parameters, at),
    )


@api.get(
    "/services/{id}",
    response={200: shapes.HsdsService, **_NOT_FOUND},
    url_name="service",
    operation_id="getFullyNestedServiceById",
)
def service(request: HttpRequest, id: str) -> HttpResponseBase:
    """サービスひとつを、属するものすべてと。 / One service with everything that belongs to it."""
    check_names(request, ())
    if (known := id_or_none(id)) and (survivor := survivor_of(known)):
        # merged with another: its address leads there
        return HttpResponsePermanentRedirect(reverse("hsds:service", kwargs={"id": survivor}))
    item = service_item(_one(reading.full_services(), id), timezone.now())
    add_history([item])
    return json_answer(item)


@api.get(
    "/service_at_locations",
    response={200: shapes.HsdsServiceAtLocationPage, **_REFUSED},
    openapi_extra=_STREAM,
    url_name="service_at_locations",
    operation_id="getPaginatedListOfServiceAtLocation",
)
def service_at_locations(request: HttpRequest, parameters: Query[ServiceFilters]) -> HttpResponseBase:
    """場所ごとのサービスの一覧。 / Services at their places that satisfy every condition."""
    _check(request, parameters)
    at = timezone.now()
    rows = filters.places_for(parameters, at)

    def items(ids: Sequence[UUID]) -> list[dict[str, Any]]:
        distances = _distances(rows, parameters, ids)
        if parameters.full:
            answered = [
                service_at_location_item(place, at, distances.get(place.pk))
                for place in in_order(reading.full_service_at_locations(), ids)
            ]
            add_history(answered)
            return answered
        found = in_order(reading.brief_service_at_locations(), ids)
        states = open_states([place.service for place in found], at)
        return [brief_service_at_location_item(place, states, distances.get(place.pk)) for place in found]

    return _listing(
        request,
        parameters,
        rows,
        items,
        conditions=_counted("service_at_locations", parameters, at),
        nearest_first=parameters.centre() is not None,
        anew=lambda: filters.places_for(parameters, at),
    )


@api.get(
    "/service_at_locations/{id}",
    response={200: shapes.HsdsServiceAtLocation, **_NOT_FOUND},
    url_name="service_at_location",
    operation_id="getServiceAtLocationWithNestedDataById",
)
def service_at_location(request: HttpRequest, id: str) -> HttpResponseBase:
    """場所ごとのサービスひとつ。 / One service at one of its places."""
    check_names(request, ())
    item = service_at_location_item(_one(reading.full_service_at_locations(), id), timezone.now())
    add_history([item])
    return json_answer(item)


# -- organisations ---------------------------------------------------------------------------------------


@api.get(
    "/organizations",
    response={200: shapes.HsdsOrganizationPage, **_REFUSED},
    openapi_extra=_STREAM,
    url_name="organizations",
    operation_id="getPaginatedListOfOrganizations",
)
def organizations(request: HttpRequest, parameters: Query[OrganizationParameters]) -> HttpResponseBase:
    """団体の一覧。 / Organizations."""
    _check(request, parameters)
    at = timezone.now()

    def items(ids: Sequence[UUID]) -> list[dict[str, Any]]:
        if not (parameters.full or parameters.full_service):
            return [brief_organization_item(row) for row in in_order(reading.brief_organizations(), ids)]
        found = in_order(reading.full_organizations(full_service=parameters.full_service), ids)
        answered = [organization_item(row, at, full_service=parameters.full_service) for row in found]
        add_history(answered)
        return answered

    return _listing(
        request,
        parameters,
        filters.organizations_for(parameters),
        items,
        conditions=_counted("organizations", parameters, at),
    )


@api.get(
    "/organizations/{id}",
    response={200: shapes.HsdsOrganization, **_NOT_FOUND},
    url_name="organization",
    operation_id="getOrganizationById",
)
def organization(request: HttpRequest, id: str, parameters: Query[OrganizationDetail]) -> HttpResponseBase:
    """団体ひとつ。 / One organization."""
    check_names(request, OrganizationDetail.model_fields)
    rows = reading.full_organizations(full_service=parameters.full_service)
    item = organization_item(_one(rows, id), timezone.now(), full_service=parameters.full_service)
    add_history([item])
    return json_answer(item)


# -- taxonomies ------------------------------------------------------------------------------------------


@api.get(
    "/taxonomies",
    response={200: shapes.HsdsTaxonomyPage, **_REFUSED},
    openapi_extra=_STREAM,
    url_name="taxonomies",
    operation_id="getPaginatedListOfTaxonomies",
)
def taxonomies(request: HttpRequest, parameters: Query[PageParameters]) -> HttpResponseBase:
    """分類の一覧。 / Taxonomies."""
    _check(request, parameters)

    def items(ids: Sequence[UUID]) -> list[dict[str, Any]]:
        answered = [taxonomy_item(taxonomy) for taxonomy in in_order(Taxonomy.objects.all(), ids)]
        add_history(answered)
        return answered

    return _listing(request, parameters, filters.taxonomies_for(parameters), items, conditions=None)


@api.get(
    "/taxonomies/{id}",
    response={200: shapes.HsdsTaxonomy, **_NOT_FOUND},
    url_name="taxonomy",
    operation_id="getTaxonomyById",
)
def taxonomy(request: HttpRequest, id: str) -> HttpResponseBase:
    """分類ひとつ。 / One taxonomy."""
    check_names(request, ())
    item = taxonomy_item(_one(Taxonomy.objects.all(), id))
    add_history([item])
    return json_answer(item)


@api.get(
    "/taxonomy_terms",
    response={200: shapes.HsdsTaxonomyTermPage, **_REFUSED},
    openapi_extra=_STREAM,
    url_name="taxonomy_terms",
    operation_id="getPaginatedListOfTaxonomyTerms",
)
def taxonomy_terms(request: HttpRequest, parameters: Query[TaxonomyTermParameters]) -> HttpResponseBase:
    """分類の言葉の一覧。 / Taxonomy terms."""
    _check(request, parameters)

    def items(ids: Sequence[UUID]) -> list[dict[str, Any]]:
        found = in_order(TaxonomyTerm.objects.select_related("taxonomy"), ids)
        answered = [taxonomy_term_item(term, detail=True) for term in found]
        add_history(answered)
        return answered

    return _listing(
        request,
        parameters,
        filters.terms_for(parameters),
        items,
        conditions=None,
    )


@api.get(
    "/taxonomy_terms/{id}",
    response={200: shapes.HsdsTaxonomyTerm, **_NOT_FOUND},
    url_name="taxonomy_term",
    operation_id="getTaxonomyTermById",
)
def taxonomy_term(request: HttpRequest, id: str) -> HttpResponseBase:
    """分類の言葉ひとつ。 / One taxonomy term."""
    check_names(request, ())
    item = taxonomy_term_item(_one(TaxonomyTerm.objects.select_related("taxonomy"), id), detail=True)
    add_history([item])
    return json_answer(item)
