"""Parameters → querysets. Every condition is one more ``filter``, so that all of them must hold."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.search import SearchQuery
from django.db.models import Exists, F, FloatField, Min, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Abs, ASin, Coalesce, Cos, Greatest, Least, Power, Radians, Sin, Sqrt

from tsunagari.accounts.models import Organization
from tsunagari.core import japanese
from tsunagari.core.areas import EARTH_RADIUS_KM, area_tree, distance_km
from tsunagari.directory.api.objects import id_or_none
from tsunagari.directory.api.parameters import (
    OrganizationParameters,
    PageParameters,
    Refused,
    ServiceFilters,
    TaxonomyTermParameters,
    refused_value,
)
from tsunagari.directory.models import (
    Attribute,
    Channel,
    CostOption,
    Language,
    SearchRow,
    Service,
    ServiceArea,
    ServiceAtLocation,
    ServiceNeed,
    Taxonomy,
    TaxonomyTerm,
)
from tsunagari.directory.search.kinds import KIND_AREA
from tsunagari.directory.search.lexemes import quoted
from tsunagari.directory.search.openness import open_pattern_ids

KM_PER_DEGREE = math.pi * EARTH_RADIUS_KM / 180


_wide: ContextVar[bool] = ContextVar("wide", default=False)


@contextmanager
def for_conditions_that_much_satisfies() -> Iterator[None]:
    """Within, querysets are made to find a few rows soon where nearly every row satisfies the conditions."""
    token = _wide.set(True)
    try:
        yield
    finally:
        _wide.reset(token)


def _any_of_services(*ids: QuerySet[Any]) -> Q:
    """Services that any of these name.

    One set of ids: two EXISTS with OR would be asked of every row. That is what is wanted, though, where the
    set would be nearly everything and a page needs a few rows of it.
    """
    if _wide.get():
        condition = Q()
        for rows in ids:
            (field,) = rows.query.values_select
            condition |= Q(Exists(rows.filter(**{field: OuterRef("pk")})))
        return condition
    first, *others = ids
    return Q(pk__in=first.union(*others, all=True))


# -- services --------------------------------------------------------------------------------------------


def services_for(parameters: ServiceFilters, at: datetime) -> QuerySet[Service]:
    """The services that satisfy every condition, without an order. ``at`` is what ``open_at=now`` means.

    With a centre, each has ``distance``, in km.

    Raises:
        Refused: a value that nothing here has (an unknown area, term, taxonomy or organisation).
    """
    services = Service.objects.all()
    if parameters.search is not None:
        services = services.filter(pk__in=_found_services(parameters.search))
    for term in parameters.taxonomy_term_id:
        services = services.filter(_with_terms(term__in=_term_ids(term)))
    if parameters.taxonomy_id is not None:
        services = services.filter(_with_terms(term__taxonomy=_taxonomy(parameters.taxonomy_id)))
    if parameters.organization_id is not None:
        services = services.filter(organization=_organization(parameters.organization_id))
    if parameters.modified_after is not None:
        services = services.filter(modified_at__gte=parameters.modified_after)
    if parameters.area is not None:
        area = area_tree().get(parameters.area)
        if area is None:
            raise Refused(
                422,
                f"地域コード {parameters.area} はありません。全国地方公共団体コード（6桁）で書いてください。",
                f"There is no area {parameters.area}; write a municipality's or prefecture's six-digit code.",
            )
        usable = ServiceArea.objects.filter(Q(area=None) | Q(area__in=area.scope))
        services = services.filter(pk__in=usable.values("service"))
    if parameters.open_at is not None:
        moment = at if parameters.open_at == "now" else parameters.open_at
        rows = SearchRow.objects.exclude(area_code=KIND_AREA).filter(hours__in=open_pattern_ids(moment).open)
        services = services.filter(pk__in=rows.values("service"))
    for code in parameters.language:
        services = services.filter(
            _any_of_services(
                Language.objects.filter(code=code, service__isnull=False).values("service"),
                Channel.objects.filter(languages__contains=[code], service__isnull=False).values("service"),
            )
        )
    for channel in parameters.channel:
        services = services.filter(pk__in=Channel.objects.filter(type=channel).values("service"))
    if parameters.free is not None:
        free = _any_of_services(
            CostOption.objects.filter(amount=0).values("service"),
            Channel.objects.filter(toll_free=True, service__isnull=False).values("service"),
        )
        services = services.filter(free if parameters.free else ~free)
    if parameters.kind is not None:
        services = services.filter(kind=parameters.kind)
    if parameters.status is not None:
        services = services.filter(status=parameters.status)
    centre = parameters.centre()
    return _near(services, *centre) if centre else services


def places_for(parameters: ServiceFilters, at: datetime) -> QuerySet[ServiceAtLocation]:
    """The services at their places that satisfy every condition; a centre is measured to the place itself.

    Raises:
        Refused: as in ``services_for``.
    """
    centre = parameters.centre()
    without_centre = parameters.model_copy(update={"lat": None, "lng": None, "radius": None})
    places = ServiceAtLocation.objects.all()
    if parameters.conditions() != type(parameters)().conditions():
        places = places.filter(service__in=services_for(without_centre, at))
    if centre:
        latitude, longitude, radius = centre
        places = (
            places.filter(_in_box("location__", latitude, longitude, radius))
            .annotate(distance=_distance("location__", latitude, longitude))
            .filter(distance__lte=radius)
        )
    return places


class WrittenQuery(SearchQuery):
    """A tsquery that is written already: its words come from Sudachi, not from PostgreSQL's parser."""

    def as_sql(self, compiler: Any, connection: Any, *_: Any, **__: Any) -> Any:
        """The text as it is."""
        return super().as_sql(compiler, connection, template="%(expressions)s::tsquery")


def _found_services(text: str) -> QuerySet[Any]:
    """The rows of the search index that have every word of a text, or the telephone number that it is."""
    words = [quoted(word) for word in japanese.tokens_for_query(text)]
    query = " & ".join(dict.fromkeys(words))
    if numbers := japanese.digits(text):
        number = " & ".join(quoted(f"@tel:{digits}") for digits in numbers)
        query = f"({query}) | ({number})" if query else number
    rows = SearchRow.objects.exclude(area_code=KIND_AREA)
    if not query:
        return rows.none().values("service")
    return rows.filter(document=WrittenQuery(query)).values("service")


def _term_ids(given: str) -> list[UUID]:
    """The terms with this id or code.

    Raises:
        Refused: there is none.
    """
    identifier = id_or_none(given)
    condition = Q(pk=identifier) if identifier else Q(code=given)
    found = list(TaxonomyTerm.objects.filter(condition).values_list("pk", flat=True))
    if not found:
        raise Refused(
            422,
            f"分類の言葉「{given}」はありません。/taxonomy_terms に一覧があります。",
            f'There is no taxonomy term "{given}"; /taxonomy_terms lists them.',
        )
    return found


def _with_terms(**terms: object) -> Q:
    """Services that answer a need, or carry an attribute, whose term is one of these."""
    return _any_of_services(
        ServiceNeed.objects.filter(**terms).values("service"),
        Attribute.objects.filter(link_entity="service", **terms).values("link_id"),
    )


def _taxonomy(given: str) -> UUID:
    identifier = id_or_none(given)
    condition = Q(pk=identifier) if identifier else Q(key=given)
    found = Taxonomy.objects.filter(condition).values_list("pk", flat=True).first()
    if found is None:
        raise Refused(
            422,
            f"分類「{given}」はありません。/taxonomies に一覧があります。",
            f'There is no taxonomy "{given}"; /taxonomies lists them.',
        )
    return found


def _organization(identifier: UUID) -> UUID:
    if not Organization.objects.filter(pk=identifier).exists():
        raise Refused(
            422,
            f"団体 {identifier} はありません。/organizations に一覧があります。",
            f"There is no organization {identifier}; /organizations lists them.",
        )
    return identifier


# -- nearness --------------------------------------------------------------------------------------------


def _in_box(prefix: str, latitude: float, longitude: float, radius: float) -> Q:
    """A box around the circle, so that few distances need be computed; none near a pole or the date line."""
    north = radius / KM_PER_DEGREE * 1.001
    condition = Q(**{f"{prefix}latitude__range": (latitude - north, latitude + north)})
    if abs(latitude) + north < 85:
        east = north / math.cos(math.radians(abs(latitude) + north))
        if abs(longitude) + east < 180:
            condition &= Q(**{f"{prefix}longitude__range": (longitude - east, longitude + east)})
    return condition


def _distance(prefix: str, latitude: float, longitude: float) -> Combinable:
    """Great-circle distance in km from the columns' point (haversine, as ``core.areas.distance_km``)."""
    # PostgreSQL refuses a product that is too small for a float; a tenth of a millimetre is as good as 0
    least = Value(1e-9)
    parallel = Radians(Greatest(Abs(F(f"{prefix}latitude")), least))
    north = Radians(Greatest(Abs(F(f"{prefix}latitude") - Value(latitude)), least))
    east = Radians(Greatest(Abs(F(f"{prefix}longitude") - Value(longitude)), least))
    narrowing = Value(math.cos(math.radians(latitude))) * Cos(parallel)
    half = Power(Sin(north / 2), 2) + narrowing * Power(Sin(east / 2), 2)
    return Value(2 * EARTH_RADIUS_KM) * ASin(Sqrt(Least(Value(1.0), half)), output_field=FloatField())


def _near(services: QuerySet[Service], latitude: float, longitude: float, radius: float) -> QuerySet[Service]:
    """Services with a place within the radius; those without any point, by the offices of their areas."""
    pointed = ServiceAtLocation.objects.filter(location__latitude__isnull=False)
    near_places = (
        ServiceAtLocation.objects.filter(_in_box("location__", latitude, longitude, radius))
        .annotate(km=_distance("location__", latitude, longitude))
        .filter(km__lte=radius)
    )
    offices = [
        area.code
        for area in area_tree().values()
        if area.latitude is not None
        and area.longitude is not None
        and distance_km(latitude, longitude, area.latitude, area.longitude) <= radius
    ]
    near_offices = ServiceArea.objects.filter(area__in=offices).exclude(service__in=pointed.values("service"))

    def nearest(rows: QuerySet[ServiceAtLocation] | QuerySet[ServiceArea], prefix: str) -> Subquery:
        return Subquery(
            rows.filter(service=OuterRef("pk"))
            .order_by()
            .values("service")
            .annotate(nearest=Min(_distance(prefix, latitude, longitude)))
            .values("nearest"),
            output_field=FloatField(),
        )

    near = _any_of_services(near_places.values("service"), near_offices.values("service"))
    return services.filter(near).annotate(
        distance=Coalesce(nearest(near_places, "location__"), nearest(near_offices, "area__"))
    )


# -- organisations and taxonomies ------------------------------------------------------------------------


def organizations_for(parameters: OrganizationParameters) -> QuerySet[Organization]:
    """Organisations with a public face whose name, kana or description has every word."""
    return _with_words(
        Organization.objects.filter(profile__isnull=False),
        parameters,
        "name", "name_kana", "profile__alternate_name", "profile__description",
    )  # fmt: skip


def taxonomies_for(parameters: PageParameters) -> QuerySet[Taxonomy]:
    """Taxonomies whose name, key or description has every word."""
    return _with_words(Taxonomy.objects.all(), parameters, "name", "key", "description")


def terms_for(parameters: TaxonomyTermParameters) -> QuerySet[TaxonomyTerm]:
    """Terms that satisfy every condition.

    ``top_only``: the standard says "terms that have not child terms" under this name; we read it as the name
    does: terms that are no other's child.

    Raises:
        Refused: an unknown taxonomy or parent.
    """
    terms = _with_words(
        TaxonomyTerm.objects.all(),
        parameters,
        "name",
        "name_kana",
        "name_en",
        "name_easy",
        "code",
        "description",
    )
    if parameters.taxonomy_id is not None:
        terms = terms.filter(taxonomy=_taxonomy(parameters.taxonomy_id))
    if parameters.top_only:
        terms = terms.filter(parent=None)
    if parameters.parent_id is not None:
        if not TaxonomyTerm.objects.filter(pk=parameters.parent_id).exists():
            raise refused_value("parent_id")
        terms = terms.filter(parent=parameters.parent_id)
    return terms


def _with_words(rows: QuerySet[Any], parameters: PageParameters, *fields: str) -> QuerySet[Any]:
    """The rows that have each word of the search, letter by letter, in one of these fields."""
    if parameters.search is None:
        return rows
    words = japanese.normalize(parameters.search).split()
    if not words:
        return rows.none()
    for word in words:
        condition = Q()
        for field in fields:
            condition |= Q(**{f"{field}__icontains": word})
        rows = rows.filter(condition)
    return rows
