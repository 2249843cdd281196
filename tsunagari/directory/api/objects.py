"""Rows → HSDS objects: everything below services and organisations.

What has no value is left out (HSDS's types know no null).
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid5

from django.db.models import Model

from tsunagari.core.areas import area_tree
from tsunagari.directory.models import (
    Attribute,
    Channel,
    Contact,
    Language,
    Location,
    Schedule,
    ServiceArea,
    ServiceAtLocation,
    ServiceNeed,
    Taxonomy,
    TaxonomyTerm,
)
from tsunagari.directory.opening import hours_of
from tsunagari.directory.schedules import is_open, period_to_hsds, to_rrule

LANGUAGE_NAMES: Final = {
    "ja": "日本語", "en": "英語", "zh": "中国語", "ko": "韓国・朝鮮語", "tl": "タガログ語",
    "fil": "フィリピノ語", "pt": "ポルトガル語", "es": "スペイン語", "th": "タイ語", "vi": "ベトナム語",
    "ne": "ネパール語", "id": "インドネシア語", "my": "ミャンマー語", "km": "クメール語",
    "mn": "モンゴル語", "fr": "フランス語", "de": "ドイツ語", "ru": "ロシア語", "uk": "ウクライナ語",
    "hi": "ヒンディー語", "bn": "ベンガル語", "si": "シンハラ語", "ta": "タミル語",
    "ur": "ウルドゥー語", "fa": "ペルシャ語", "ar": "アラビア語", "tr": "トルコ語", "ms": "マレー語",
    "lo": "ラオ語", "it": "イタリア語", "ps": "パシュトー語", "prs": "ダリー語", "jsl": "日本手話",
}  # fmt: skip
COUNTRY: Final = "JP"


def filled(required: dict[str, Any], **optional: Any) -> dict[str, Any]:
    """``required``, and of ``optional`` what has a value."""
    return {
        **required,
        **{
            name: value
            for name, value in optional.items()
            if value is not None and value != "" and value != []
        },
    }


def owner_of(row: Model, *names: str) -> dict[str, Any]:
    """{"service_id": "…"} for the owners among ``names`` that a row has."""
    return {
        f"{name}_id": str(owner) for name in names if (owner := getattr(row, f"{name}_id", None)) is not None
    }


def taxonomy_item(taxonomy: Taxonomy) -> dict[str, Any]:
    """HSDS ``taxonomy``."""
    return filled(
        {
            "id": str(taxonomy.pk),
            "name": taxonomy.name,
            "description": taxonomy.description,
            "key": taxonomy.key,
        },
        uri=taxonomy.uri,
        version=taxonomy.version,
    )


def taxonomy_term_item(term: TaxonomyTerm, *, detail: bool = False) -> dict[str, Any]:
    """HSDS ``taxonomy_term``; with its taxonomy in ``detail``."""
    return filled(
        {
            "id": str(term.pk),
            "code": term.code,
            "name": term.name,
            "description": term.description,
            "taxonomy": term.taxonomy.name,
            "taxonomy_id": str(term.taxonomy_id),
            "language": "ja",
        },
        parent_id=str(term.parent_id) if term.parent_id else None,
        taxonomy_detail=taxonomy_item(term.taxonomy) if detail else None,
        name_kana=term.name_kana,
        name_en=term.name_en,
        name_easy=term.name_easy,
    )


def attribute_item(attribute: Attribute) -> dict[str, Any]:
    """HSDS ``attribute``: a term on any object."""
    return filled(
        {
            "id": str(attribute.pk),
            "link_id": str(attribute.link_id),
            "taxonomy_term_id": str(attribute.term_id),
            "link_entity": attribute.link_entity,
            "taxonomy_term": taxonomy_term_item(attribute.term),
        },
        value=attribute.value,
        label=attribute.label,
    )


def need_item(need: ServiceNeed) -> dict[str, Any]:
    """HSDS ``attribute``: a need that a service answers."""
    return {
        "id": str(need.pk),
        "link_id": str(need.service_id),
        "taxonomy_term_id": str(need.term_id),
        "link_type": need.term.taxonomy.key,
        "link_entity": "service",
        "taxonomy_term": taxonomy_term_item(need.term),
    }


def language_item(language: Language) -> dict[str, Any]:
    """HSDS ``language`` of a service or place."""
    return filled(
        {
            "id": str(language.pk),
            **owner_of(language, "service", "location"),
            "name": LANGUAGE_NAMES.get(language.code, language.code),
            "code": language.code,
        },
        note=language.note,
    )


def phone_item(channel: Channel) -> dict[str, Any]:
    """HSDS ``phone``. Its extension is a number there; any other stands in the description."""
    number = channel.extension if channel.extension.isascii() and channel.extension.isdigit() else ""
    inner = channel.extension if channel.extension and not number else ""
    return filled(
        {
            "id": str(channel.pk),
            **owner_of(channel, "location", "service", "organization", "contact", "service_at_location"),
            "number": channel.value,
            "type": "voice",
        },
        extension=int(number) if number else None,
        description=" ".join(text for text in (channel.label, inner, channel.note) if text),
        languages=[
            {
                "id": str(uuid5(channel.pk, code)),
                "phone_id": str(channel.pk),
                "name": LANGUAGE_NAMES.get(code, code),
                "code": code,
            }
            for code in channel.languages
        ],
        toll_free=channel.toll_free,
        from_mobile=channel.from_mobile,
    )


def phones_of(channels: Iterable[Channel]) -> list[dict[str, Any]]:
    """The telephones among these channels."""
    return [phone_item(channel) for channel in channels if channel.type == Channel.Type.PHONE]


def channel_item(channel: Channel, open_now: bool | None) -> dict[str, Any]:
    """The extension ``channel``: a way to reach somebody, of any kind."""
    return {
        **filled(
            {"id": str(channel.pk), "type": channel.type, "value": channel.value},
            extension=channel.extension,
            label=channel.label,
            label_en=channel.label_en,
            note=channel.note,
            note_en=channel.note_en,
            toll_free=channel.toll_free,
            from_mobile=channel.from_mobile,
            languages=list(channel.languages),
            reachability=[
                filled(
                    {
                        "attempts": seen.attempts,
                        "answered": seen.answered,
                        "share": round(seen.answered / seen.attempts, 3),
                        "kind": seen.kind,
                        "source": seen.source,
                        "observed_on": seen.observed_on.isoformat(),
                    },
                    typical_wait_minutes=seen.typical_wait_minutes,
                    observed_from=seen.observed_from and seen.observed_from.isoformat(),
                )
                for seen in channel.reachability.all()
            ],
        ),
        "open_now": open_now,
    }


def channel_is_open(channel: Channel, at: datetime) -> bool | None:
    """Whether a channel is open at this moment; None when its hours are not known."""
    return is_open(hours_of(channel.schedules.all()), at)


def schedule_item(row: Schedule, owner: dict[str, str]) -> dict[str, Any]:
    """HSDS ``schedule`` of a row that is no closure; ``owner`` names what it belongs to.

    Hours of 祝日 alone carry no ``freq`` and ``byday``: whoever reads only those would take them for daily.
    """
    (period,) = hours_of([row]).periods
    fields = period_to_hsds(period)
    if period.holidays == "only":
        for name in ("freq", "byday", "bymonthday", "byyearday", "byweekno"):
            fields.pop(name, None)
        fields["rrule"] = to_rrule(period)
    return {
        "id": str(row.pk),
        **owner,
        **fields,
        "opens_at": f"{fields['opens_at']}+09:00",
        "closes_at": f"{fields['closes_at']}+09:00",
        **filled({}, attending_type=row.attending_type),
        "notes": str(row.get_holidays_display()),
    }


def closure_item(row: Schedule) -> dict[str, Any]:
    """The extension ``closure``: days on which something is closed."""
    return filled(
        {
            "id": str(row.pk),
            **owner_of(row, "channel"),
            "closed_from": row.closed_from,
            "closed_to": row.closed_to,
        },
        description=row.description,
    )


def schedules_and_closures(
    rows: Iterable[Schedule], channels: Iterable[Channel], owner: dict[str, str]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The hours of a service (place, service at a place) and those of its channels, as the owner's."""
    every = [*rows, *(row for channel in channels for row in channel.schedules.all())]
    return (
        [schedule_item(row, {**owner, **owner_of(row, "channel")}) for row in every if not row.is_closure],
        [closure_item(row) for row in every if row.is_closure],
    )


def service_area_item(row: ServiceArea) -> dict[str, Any]:
    """HSDS ``service_area``: the extent is the area's code and name."""
    area = area_tree().get(row.area_id) if row.area_id else None
    code, name = (row.area_id, area.full_name) if area else (COUNTRY, "全国")
    return filled(
        {
            "id": str(row.pk),
            "service_id": str(row.service_id),
            "name": name,
            "extent": f"{code} {name}",
            "extent_type": "text",
            "nationwide": row.area_id is None,
        },
        description=row.description,
        area_code=row.area_id,
        area_level=area.level if area else None,
    )


def contact_item(contact: Contact) -> dict[str, Any]:
    """HSDS ``contact``: a desk, never a private person."""
    return filled(
        {"id": str(contact.pk), **owner_of(contact, "organization", "service", "location")},
        name=contact.name,
        title=contact.title,
        department=contact.department,
        email=contact.email,
        phones=phones_of(contact.channels.all()),
    )


def address_item(location: Location) -> dict[str, Any] | None:
    """HSDS ``address`` of a place, or None when nothing is known of it or nobody may know it."""
    if location.confidential:
        return None
    area = area_tree().get(location.area_id) if location.area_id else None
    if area is None and not location.address_1:
        return None
    prefecture = area_tree()[area.prefecture_code].name if area else ""
    return filled(
        {
            "id": str(uuid5(location.pk, "address")),
            "location_id": str(location.pk),
            "address_1": location.address_1,
            "city": area.full_name.removeprefix(prefecture) if area else "",
            "state_province": prefecture,
            "postal_code": location.postal_code,
            "country": COUNTRY,
            "address_type": location.location_type,
        },
        address_2=location.address_2,
        area_code=location.area_id,
    )


def brief_location_item(location: Location) -> dict[str, Any]:
    """HSDS ``location`` without what belongs to it."""
    return filled(
        {"id": str(location.pk), "location_type": location.location_type},
        url=location.url,
        organization_id=str(location.organization_id) if location.organization_id else None,
        name=location.name,
        alternate_name=location.alternate_name,
        description=location.description,
        transportation=location.transportation,
        latitude=location.latitude,
        longitude=location.longitude,
        name_kana=location.name_kana,
        area_code=location.area_id,
        confidential=location.confidential or None,
    )


def location_item(location: Location) -> dict[str, Any]:
    """HSDS ``location`` in full."""
    address = address_item(location)
    channels = list(location.channels.all())
    schedules, closures = schedules_and_closures(
        location.schedules.all(), channels, {"location_id": str(location.pk)}
    )
    return filled(
        brief_location_item(location),
        languages=[language_item(language) for language in location.languages.all()],
        addresses=[address] if address else None,
        contacts=[contact_item(contact) for contact in location.contacts.all()],
        accessibility=[
            filled(
                {
                    "id": str(row.pk),
                    "location_id": str(location.pk),
                    "description": row.description,
                },
                details=row.details,
                url=row.url,
            )
            for row in location.accessibility.all()
        ],
        phones=phones_of(channels),
        schedules=schedules,
        closures=closures,
    )


def place_item(place: ServiceAtLocation) -> dict[str, Any]:
    """HSDS ``service_at_location`` without its service."""
    channels = list(place.channels.all())
    schedules, closures = schedules_and_closures(
        place.schedules.all(), channels, {"service_at_location_id": str(place.pk)}
    )
    return filled(
        {
            "id": str(place.pk),
            "service_id": str(place.service_id),
            "location_id": str(place.location_id),
            "location": location_item(place.location),
        },
        description=place.description,
        phones=phones_of(channels),
        schedules=schedules,
        closures=closures,
    )


def id_or_none(text: str) -> UUID | None:
    """The UUID that a text is, or None."""
    try:
        return UUID(text)
    except ValueError:
        return None
