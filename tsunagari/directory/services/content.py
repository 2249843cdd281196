"""An entry as one document: read for a draft, compared, written back as a whole.

The shape, all keys always there: the fields of `TEXTS` (str), `AGES` (int or null), ``kind``, ``status``,
``needs`` and ``areas`` (codes, `NATIONWIDE` for the country), ``languages`` (codes), ``documents`` (str),
``costs`` (id, option, amount, amount_description), ``channels`` (id, type, value, label, note, toll_free,
hours: `Hours.to_json`, or "" when not known) and ``places`` (see `services.places`).
"""

import uuid
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.db import connection

from tsunagari.accounts.models import Organization
from tsunagari.core.areas import NATIONWIDE
from tsunagari.directory.models import (
    Channel,
    CostOption,
    Language,
    OrganizationProfile,
    RequiredDocument,
    Schedule,
    Service,
    ServiceArea,
    ServiceNeed,
    TaxonomyTerm,
)
from tsunagari.directory.opening import hours_of, schedule_rows
from tsunagari.directory.schedules import Hours
from tsunagari.directory.services.bulk import ServiceBundle, replace_services
from tsunagari.directory.services.places import fill_places, places_content, remove_empty_places

TEXTS = (
    "name", "name_kana", "name_en", "description", "description_en", "description_easy", "alert",
    "eligibility_description", "application_process", "fees_description", "note", "url", "email",
)  # fmt: skip
AGES = ("minimum_age", "maximum_age")
CHOICES = ("kind", "status")
LISTS = ("areas", "needs", "languages", "documents", "costs", "channels", "places")
CHANNEL_FIELDS = ("type", "value", "label", "note", "toll_free")
TALKING_KINDS = (Service.Kind.CONSULTATION, Service.Kind.PLACE, Service.Kind.EMERGENCY)


def empty_content() -> dict[str, Any]:
    """The document of an entry that is not there yet."""
    content: dict[str, Any] = dict.fromkeys(TEXTS, "")
    content |= dict.fromkeys(AGES)
    content |= {name: [] for name in LISTS}
    content |= {"kind": Service.Kind.CONSULTATION.value, "status": Service.Status.ACTIVE.value}
    return content | {"languages": ["ja"]}


def content_of(service: Service) -> dict[str, Any]:
    """The document of an entry as it stands now: nine statements, whatever its size."""
    content: dict[str, Any] = {name: getattr(service, name) for name in (*TEXTS, *AGES, *CHOICES)}
    content["needs"] = list(
        service.service_needs.order_by("position", "term__code").values_list("term__code", flat=True)
    )
    areas = service.service_areas.values_list("area_id", flat=True)
    content["areas"] = sorted(code or NATIONWIDE for code in areas)
    content["languages"] = sorted(service.languages.values_list("code", flat=True))
    documents = service.required_documents.order_by("position", "id")
    content["documents"] = list(documents.values_list("document", flat=True))
    costs = [
        {
            "id": str(cost.pk),
            "option": cost.option,
            "amount": None if cost.amount is None else f"{cost.amount.normalize():f}",
            "amount_description": cost.amount_description,
        }
        for cost in service.cost_options.all()
    ]
    content["costs"] = sorted(costs, key=lambda cost: (cost["option"], cost["id"]))
    channels = service.channels.order_by("position", "id").prefetch_related("schedules")
    content["channels"] = [_channel_content(channel) for channel in channels]
    content["places"] = places_content(service)
    return content


def _channel_content(channel: Channel) -> dict[str, Any]:
    hours = hours_of(channel.schedules.all())
    return {
        "id": str(channel.pk),
        **{name: getattr(channel, name) for name in CHANNEL_FIELDS},
        "hours": hours.to_json() if hours.periods else "",
    }


def write_content(
    content: Mapping[str, Any], *, service: Service | None, organization: Organization
) -> Service:
    """Write a document as an entry (None: a new one) and return the entry. Call it in a transaction.

    What the document does not speak of (contacts, texts in further languages, observations of a channel)
    stays. Equal children stay untouched, so that the history tells only what changed.
    """
    written = service or Service(organization=organization)
    for name in (*TEXTS, *AGES, *CHOICES):
        setattr(written, name, content[name])
    talks = bool(content["channels"])
    if service is None:
        written.contact_verified = talks or written.kind not in TALKING_KINDS
    elif talks:
        written.contact_verified = True
    bundle = ServiceBundle(service=written, profile=_profile_of(organization))
    _fill_lists(bundle, content)
    _fill_channels(bundle, content["channels"])
    bundle.contacts = list(bundle.service.contacts.all())
    before = set(written.at_locations.values_list("location_id", flat=True))
    fill_places(bundle, content["places"])
    replace_services([bundle])
    remove_empty_places(before - {at.location_id for at in bundle.at_locations}, organization)
    return written


def _profile_of(organization: Organization) -> OrganizationProfile:
    known = OrganizationProfile.objects.filter(organization=organization).first()
    return known or OrganizationProfile(organization=organization, description=organization.name)


def _fill_lists(bundle: ServiceBundle, content: Mapping[str, Any]) -> None:
    service = bundle.service
    areas = {area.area_id or NATIONWIDE: area for area in service.service_areas.all()}
    bundle.areas = [
        areas.get(code)
        or ServiceArea(id=uuid.uuid4(), service=service, area_id=None if code == NATIONWIDE else code)
        for code in content["areas"]
    ]
    terms = {
        term.code: term
        for term in TaxonomyTerm.objects.filter(taxonomy__key="need", code__in=content["needs"])
    }
    needs = {need.term_id: need for need in service.service_needs.all()}
    for position, code in enumerate(code for code in content["needs"] if code in terms):
        term = terms[code]
        need = needs.get(term.pk) or ServiceNeed(id=uuid.uuid4(), service=service, term=term)
        need.position = position
        bundle.needs.append(need)
    languages = {language.code: language for language in service.languages.all()}
    bundle.languages = [
        languages.get(code) or Language(id=uuid.uuid4(), service=service, code=code)
        for code in content["languages"]
    ]
    documents = {document.document: document for document in service.required_documents.all()}
    for position, text in enumerate(content["documents"]):
        document = documents.pop(text, None) or RequiredDocument(
            id=uuid.uuid4(), service=service, document=text
        )
        document.position = position
        bundle.documents.append(document)
    costs = {str(cost.pk): cost for cost in service.cost_options.all()}
    for row in content["costs"]:
        cost = costs.pop(row["id"], None) or CostOption(id=_new_id(CostOption, row["id"]), service=service)
        cost.option, cost.amount_description = row["option"], row["amount_description"]
        cost.amount = None if row["amount"] is None else Decimal(row["amount"])
        bundle.costs.append(cost)


def _new_id(model: type[Channel | CostOption], wanted: str) -> uuid.UUID:
    """The id that a draft gave to a new row, unless some row has it: nobody's row is taken over."""
    try:
        given = uuid.UUID(wanted)
    except ValueError:
        return uuid.uuid4()
    return uuid.uuid4() if model._default_manager.filter(pk=given).exists() else given


def _fill_channels(bundle: ServiceBundle, rows: Iterable[Mapping[str, Any]]) -> None:
    service = bundle.service
    stored = {str(channel.pk): channel for channel in service.channels.prefetch_related("schedules")}
    for position, row in enumerate(rows):
        known = stored.pop(row["id"], None)
        channel = known or Channel(id=_new_id(Channel, row["id"]), service=service)
        for name in CHANNEL_FIELDS:
            if name in {"label", "note"} and known is not None and getattr(known, name) != row[name]:
                # an English text that no longer says the same is worse than none
                setattr(channel, f"{name}_en", "")
            setattr(channel, name, row[name])
        channel.position = position
        bundle.channels.append(channel)
        schedules = list(known.schedules.all()) if known else []
        before = hours_of(schedules)
        if row["hours"] == (before.to_json() if before.periods else ""):
            bundle.schedules.extend(schedules)
        elif row["hours"]:
            bundle.schedules.extend(_rows_of(Hours.from_json(row["hours"]), channel))


def _rows_of(hours: Hours, channel: Channel) -> list[Schedule]:
    return schedule_rows(hours, channel=channel)


def act_as(pseudonym: str) -> None:
    """Let the history's triggers write down this pseudonym for the rest of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('tsunagari.actor', %s, true)", [pseudonym])
