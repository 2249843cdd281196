"""HSDS 3.0 names ↔ our columns, for reading and writing alike; extensions as in ``api.profile``."""

from typing import Final


def words(text: str) -> list[str]:
    """The words of a text."""
    return text.split()


# object → HSDS field → column
COLUMNS: Final[dict[str, dict[str, str]]] = {
    "service": {
        "name": "name",
        "alternate_name": "alternate_name",
        "description": "description",
        "url": "url",
        "email": "email",
        "status": "status",
        "interpretation_services": "interpretation_services",
        "application_process": "application_process",
        "fees_description": "fees_description",
        "wait_time": "wait_time",
        "eligibility_description": "eligibility_description",
        "minimum_age": "minimum_age",
        "maximum_age": "maximum_age",
        "assured_date": "assured_on",
        "alert": "alert",
        "key": "key",
        "kind": "kind",
        "name_kana": "name_kana",
        "name_en": "name_en",
        "description_en": "description_en",
        "description_easy": "description_easy",
        "application_process_en": "application_process_en",
        "fees_description_en": "fees_description_en",
        "eligibility_description_en": "eligibility_description_en",
        "audience": "audience",
        "basis": "basis",
        "note": "note",
        "note_en": "note_en",
        "as_of": "as_of",
        "certainty": "certainty",
        "contact_verified": "contact_verified",
        "contact_area_code": "contact_area_id",
    },
    "organization": {
        "name": "name",
        "name_kana": "name_kana",
        "kind": "kind",
        "area_code": "area_id",
        "parent_organization_id": "parent_id",
        "name_en": "name_en",
        "alternate_name": "alternate_name",
        "description": "description",
        "email": "email",
        "website": "website",
        "year_incorporated": "year_incorporated",
        "legal_status": "legal_status",
    },
    "location": {
        "location_type": "location_type",
        "url": "url",
        "name": "name",
        "name_kana": "name_kana",
        "alternate_name": "alternate_name",
        "description": "description",
        "transportation": "transportation",
        "latitude": "latitude",
        "longitude": "longitude",
    },
    "address": {"address_1": "address_1", "address_2": "address_2", "postal_code": "postal_code"},
    "channel": {
        "value": "value",
        "extension": "extension",
        "label": "label",
        "label_en": "label_en",
        "note": "note",
        "note_en": "note_en",
        "toll_free": "toll_free",
        "from_mobile": "from_mobile",
        "languages": "languages",
        "position": "position",
    },
    "contact": {"name": "name", "title": "title", "department": "department", "email": "email"},
    "cost_option": {
        "valid_from": "valid_from",
        "valid_to": "valid_to",
        "option": "option",
        "currency": "currency",
        "amount": "amount",
        "amount_description": "amount_description",
    },
    "required_document": {"document": "document", "document_en": "document_en", "uri": "uri"},
    "accessibility": {"description": "description", "details": "details", "url": "url"},
    "text": {
        "language": "language",
        "field": "field",
        "text": "text",
        "source": "source",
        "checked_on": "checked_on",
    },
    "reachability": {
        "attempts": "attempts",
        "answered": "answered",
        "typical_wait_minutes": "typical_wait_minutes",
        "source": "source",
        "kind": "kind",
        "observed_from": "observed_from",
        "observed_on": "observed_on",
    },
    "taxonomy": {
        "key": "key",
        "name": "name",
        "description": "description",
        "uri": "uri",
        "version": "version",
    },
    "taxonomy_term": {
        "code": "code",
        "name": "name",
        "description": "description",
        "name_kana": "name_kana",
        "name_en": "name_en",
        "name_easy": "name_easy",
        "position": "position",
    },
}
# what is read in another way, counted, or said by where an object stands
HANDLED: Final[dict[str, frozenset[str]]] = {
    "service": frozenset(
        words(
            "id organization_id organization phones schedules service_areas service_at_locations "
            "languages channels cost_options required_documents contacts attributes closures texts "
            "last_modified modified_date open_now distance_km metadata assurer_email"
        )
    ),
    "organization": frozenset(
        words(
            "id phones contacts channels organization_identifiers services locations attributes metadata "
            "last_modified schedules closures"
        )
    ),
    "location": frozenset(
        words(
            "id organization_id addresses languages contacts accessibility phones channels schedules "
            "closures attributes metadata area_code distance_km confidential"
        )
    ),
    "address": frozenset(words("id location_id city state_province country address_type area_code metadata")),
    "channel": frozenset(
        words(
            "id type open_now reachability channel_id location_id service_id organization_id contact_id"
            " service_at_location_id metadata"
        )
    ),
    "phone": frozenset(
        words(
            "id number extension type description languages toll_free from_mobile metadata location_id "
            "service_id organization_id contact_id service_at_location_id label label_en note note_en "
            "position"
        )
    ),
    "schedule": frozenset(
        words(
            "id organization_id contact_id service_id location_id service_at_location_id channel_id"
            " valid_from valid_to dtstart timezone until count wkst freq interval byday byweekno"
            " bymonthday byyearday description opens_at closes_at attending_type closes_next_day holidays"
            " rrule metadata"
        )
    ),
    "closure": frozenset(
        words(
            "id channel_id service_id location_id service_at_location_id organization_id contact_id"
            " closed_from closed_to description metadata"
        )
    ),
    "service_area": frozenset(
        words("id service_id name description extent extent_type nationwide area_code area_level metadata")
    ),
    "language": frozenset(words("id service_id location_id phone_id name code note metadata")),
    "contact": frozenset(
        words(
            "id organization_id service_id service_at_location_id location_id phones channels schedules "
            "closures metadata"
        )
    ),
    "cost_option": frozenset(words("id service_id metadata")),
    "required_document": frozenset(words("id service_id metadata position")),
    "accessibility": frozenset(words("id location_id metadata")),
    "attribute": frozenset(
        words("id link_id taxonomy_term_id link_type link_entity value label taxonomy_term metadata")
    ),
    "service_at_location": frozenset(
        words(
            "id service_id location_id description location service phones channels schedules closures "
            "contacts name status metadata last_modified distance_km open_now"
        )
    ),
    "organization_identifier": frozenset(
        words("id organization_id identifier_scheme identifier_type identifier metadata")
    ),
}
CORPORATE_NUMBER_SCHEMES: Final = frozenset({"JP-JCN", "JP-CORPORATE-NUMBER", "法人番号"})
PRIVATE: Final = frozenset({"assurer_email"})
"""The address of a person: never kept as a foreign field."""


OBJECT_TYPE: Final = "object_type"
"""An extension: the kind of an object in a file of several kinds, where it is no service."""


def foreign_of(kind: str, item: dict[str, object], *more: str) -> dict[str, object] | None:
    """The fields of an object for which we have no place; ``more`` are such as the caller reads itself."""
    known, handled = COLUMNS.get(kind, {}), HANDLED.get(kind, frozenset())
    if item.keys() <= known.keys() | handled:
        return None
    rest = {
        name: value
        for name, value in item.items()
        if name not in known
        and name not in handled
        and name not in more
        and name not in PRIVATE
        and name != OBJECT_TYPE
        and value is not None
        and value != ""
        and value != []
        and not name.startswith("\x1f")
    }
    return rest or None
