"""The shapes of the answers: HSDS 3.0 objects, in the order of its schemas, then the profile's extensions.

A field without a value is left out, as HSDS has no null. The order of an object's fields follows HSDS.
``profile.EXTENSIONS`` says what each extension means.
"""

from typing import Annotated, Any, Literal, NotRequired

from pydantic import Field

# Python 3.11's own TypedDict is not read by pydantic
from typing_extensions import TypedDict

Id = Annotated[str, Field(json_schema_extra={"format": "uuid"})]
Uri = Annotated[str, Field(json_schema_extra={"format": "uri"})]
Email = Annotated[str, Field(json_schema_extra={"format": "email"})]
Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
Day = Annotated[str, Field(json_schema_extra={"format": "date"})]
Point = Literal["physical", "postal", "virtual"]
Weekday = Literal["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
Status = Literal["active", "inactive", "defunct", "temporarily closed"]


class HsdsError(TypedDict):
    """What was wrong, in one sentence each in Japanese and English."""

    error: str
    error_en: str


class HsdsApi(TypedDict):
    """What this API is."""

    version: str
    profile: Uri
    openapi_url: Uri


class HsdsMetadata(TypedDict):
    """One change of one field."""

    id: Id
    resource_id: Id
    resource_type: str
    last_action_date: Moment
    last_action_type: str
    field_name: str
    previous_value: str
    replacement_value: str
    updated_by: str


class HsdsTaxonomy(TypedDict):
    """A classification."""

    id: Id
    name: str
    description: str
    uri: NotRequired[Uri]
    version: NotRequired[str]
    metadata: NotRequired[list[HsdsMetadata]]
    key: str


class HsdsTaxonomyTerm(TypedDict):
    """A term of a classification."""

    id: Id
    code: str
    name: str
    description: str
    parent_id: NotRequired[Id]
    taxonomy: str
    taxonomy_detail: NotRequired[HsdsTaxonomy]
    language: str
    taxonomy_id: Id
    metadata: NotRequired[list[HsdsMetadata]]
    name_kana: NotRequired[str]
    name_en: NotRequired[str]
    name_easy: NotRequired[str]


class HsdsAttribute(TypedDict):
    """A term on an object."""

    id: Id
    link_id: Id
    taxonomy_term_id: Id
    link_type: NotRequired[str]
    link_entity: str
    value: NotRequired[str]
    taxonomy_term: HsdsTaxonomyTerm
    metadata: NotRequired[list[HsdsMetadata]]
    label: NotRequired[str]


class _Described(TypedDict):
    """What any object in full may carry."""

    attributes: NotRequired[list[HsdsAttribute]]
    metadata: NotRequired[list[HsdsMetadata]]


class HsdsLanguage(_Described):
    """A language that is spoken."""

    id: Id
    service_id: NotRequired[Id]
    location_id: NotRequired[Id]
    phone_id: NotRequired[Id]
    name: str
    code: str
    note: NotRequired[str]


class HsdsPhone(_Described):
    """A telephone number."""

    id: Id
    location_id: NotRequired[Id]
    service_id: NotRequired[Id]
    organization_id: NotRequired[Id]
    contact_id: NotRequired[Id]
    service_at_location_id: NotRequired[Id]
    number: str
    extension: NotRequired[int]
    type: str
    description: NotRequired[str]
    languages: NotRequired[list[HsdsLanguage]]
    toll_free: NotRequired[bool]
    from_mobile: NotRequired[bool]


class HsdsSchedule(_Described):
    """One opening period."""

    id: Id
    service_id: NotRequired[Id]
    location_id: NotRequired[Id]
    service_at_location_id: NotRequired[Id]
    valid_from: NotRequired[Day]
    valid_to: NotRequired[Day]
    dtstart: NotRequired[Day]
    timezone: int
    until: NotRequired[Day]
    count: NotRequired[int]
    wkst: NotRequired[Weekday]
    freq: NotRequired[Literal["WEEKLY", "MONTHLY"]]
    interval: NotRequired[int]
    byday: NotRequired[str]
    byweekno: NotRequired[str]
    bymonthday: NotRequired[str]
    byyearday: NotRequired[str]
    description: NotRequired[str]
    opens_at: str
    closes_at: str
    attending_type: NotRequired[str]
    notes: NotRequired[str]
    channel_id: NotRequired[Id]
    closes_next_day: bool
    holidays: Literal["as_weekday", "also", "only", "never"]
    rrule: NotRequired[str]


class HsdsClosure(TypedDict):
    """Days on which something is closed that would be open (extension)."""

    id: Id
    channel_id: NotRequired[Id]
    closed_from: str
    closed_to: str
    description: NotRequired[str]


class HsdsServiceArea(_Described):
    """Where a service may be used from."""

    id: Id
    service_id: Id
    name: str
    description: NotRequired[str]
    extent: str
    extent_type: Literal["text"]
    nationwide: bool
    area_code: NotRequired[str]
    area_level: NotRequired[Literal["prefecture", "municipality", "ward"]]


class HsdsContact(_Described):
    """A desk to ask for."""

    id: Id
    organization_id: NotRequired[Id]
    service_id: NotRequired[Id]
    location_id: NotRequired[Id]
    name: NotRequired[str]
    title: NotRequired[str]
    department: NotRequired[str]
    email: NotRequired[Email]
    phones: NotRequired[list[HsdsPhone]]


class HsdsAddress(_Described):
    """An address."""

    id: Id
    location_id: Id
    address_1: str
    address_2: NotRequired[str]
    city: str
    state_province: str
    postal_code: str
    country: str
    address_type: Point
    area_code: NotRequired[str]


class HsdsAccessibility(_Described):
    """How a place can be used by people with disabilities."""

    id: Id
    location_id: Id
    description: str
    details: NotRequired[str]
    url: NotRequired[Uri]


class HsdsLocationBrief(TypedDict):
    """A place, without what belongs to it."""

    id: Id
    location_type: Point
    url: NotRequired[Uri]
    organization_id: NotRequired[Id]
    name: NotRequired[str]
    alternate_name: NotRequired[str]
    description: NotRequired[str]
    transportation: NotRequired[str]
    latitude: NotRequired[float]
    longitude: NotRequired[float]
    name_kana: NotRequired[str]
    area_code: NotRequired[str]
    confidential: NotRequired[bool]


class HsdsLocation(HsdsLocationBrief, _Described):
    """A place in full."""

    languages: NotRequired[list[HsdsLanguage]]
    addresses: NotRequired[list[HsdsAddress]]
    contacts: NotRequired[list[HsdsContact]]
    accessibility: NotRequired[list[HsdsAccessibility]]
    phones: NotRequired[list[HsdsPhone]]
    schedules: NotRequired[list[HsdsSchedule]]
    closures: NotRequired[list[HsdsClosure]]


class HsdsCostOption(_Described):
    """What it costs."""

    id: Id
    service_id: Id
    valid_from: NotRequired[Day]
    valid_to: NotRequired[Day]
    option: NotRequired[str]
    currency: NotRequired[str]
    amount: NotRequired[float]
    amount_description: NotRequired[str]


class HsdsRequiredDocument(_Described):
    """What to bring."""

    id: Id
    service_id: Id
    document: str
    uri: NotRequired[Uri]


class HsdsReachability(TypedDict):
    """How often a channel answered (extension)."""

    attempts: int
    answered: int
    share: float
    typical_wait_minutes: NotRequired[int]
    kind: Literal["reported", "measured", "published"]
    source: str
    observed_from: NotRequired[Day]
    observed_on: Day


class HsdsChannel(TypedDict):
    """A way to reach a service, of any kind (extension)."""

    id: Id
    type: Literal["phone", "chat", "line", "email", "visit", "web"]
    value: str
    extension: NotRequired[str]
    label: NotRequired[str]
    label_en: NotRequired[str]
    note: NotRequired[str]
    note_en: NotRequired[str]
    toll_free: NotRequired[bool]
    from_mobile: NotRequired[bool]
    languages: NotRequired[list[str]]
    open_now: bool | None
    reachability: NotRequired[list[HsdsReachability]]


class HsdsOrganizationIdentifier(_Described):
    """The number that others know an organisation by."""

    id: Id
    organization_id: Id
    identifier_scheme: NotRequired[str]
    identifier_type: str
    identifier: str


class HsdsOrganizationBrief(TypedDict):
    """An organisation, without what belongs to it."""

    id: Id
    name: str
    alternate_name: NotRequired[str]
    description: str
    email: NotRequired[Email]
    website: NotRequired[Uri]
    year_incorporated: NotRequired[int]
    legal_status: NotRequired[str]
    parent_organization_id: NotRequired[Id]
    name_kana: NotRequired[str]
    name_en: NotRequired[str]
    kind: str
    area_code: NotRequired[str]


class HsdsOrganizationOfService(HsdsOrganizationBrief, _Described):
    """The organisation of a service in full."""

    contacts: NotRequired[list[HsdsContact]]
    phones: NotRequired[list[HsdsPhone]]
    organization_identifiers: NotRequired[list[HsdsOrganizationIdentifier]]


class HsdsServiceMinimal(TypedDict):
    """What is needed to see which services have changed."""

    id: Id
    name: str
    status: Status
    last_modified: Moment
    modified_date: Moment


class _ServiceCore(TypedDict):
    id: Id
    organization_id: Id
    name: str
    alternate_name: NotRequired[str]
    description: NotRequired[str]
    url: NotRequired[Uri]
    email: NotRequired[Email]
    status: Status
    interpretation_services: NotRequired[str]
    application_process: NotRequired[str]
    fees_description: NotRequired[str]
    wait_time: NotRequired[str]
    eligibility_description: NotRequired[str]
    minimum_age: NotRequired[int]
    maximum_age: NotRequired[int]
    assured_date: NotRequired[Day]
    alert: NotRequired[str]
    last_modified: Moment
    key: NotRequired[str]
    kind: Literal["consultation", "programme", "place", "information", "emergency"]
    name_kana: NotRequired[str]
    name_en: NotRequired[str]
    description_en: NotRequired[str]
    description_easy: NotRequired[str]
    audience: list[str]
    basis: NotRequired[str]
    note: NotRequired[str]
    note_en: NotRequired[str]
    as_of: NotRequired[str]
    certainty: NotRequired[str]
    contact_verified: bool
    contact_area_code: NotRequired[str]
    open_now: bool | None
    distance_km: NotRequired[float]


class HsdsServiceBrief(_ServiceCore):
    """A service, without what belongs to it."""

    organization: HsdsOrganizationBrief


class HsdsServiceAtLocationOfService(_Described):
    """One of the places of a service in full."""

    id: Id
    service_id: Id
    location_id: Id
    description: NotRequired[str]
    phones: NotRequired[list[HsdsPhone]]
    schedules: NotRequired[list[HsdsSchedule]]
    closures: NotRequired[list[HsdsClosure]]
    location: HsdsLocation


class HsdsService(_ServiceCore, _Described):
    """A service with everything that belongs to it."""

    phones: list[HsdsPhone]
    schedules: list[HsdsSchedule]
    service_areas: list[HsdsServiceArea]
    service_at_locations: NotRequired[list[HsdsServiceAtLocationOfService]]
    languages: list[HsdsLanguage]
    organization: HsdsOrganizationOfService
    cost_options: list[HsdsCostOption]
    required_documents: list[HsdsRequiredDocument]
    contacts: list[HsdsContact]
    channels: list[HsdsChannel]
    closures: list[HsdsClosure]


class HsdsServiceReference(TypedDict):
    """A service inside its organisation."""

    id: Id
    organization_id: Id
    name: str
    status: Status
    last_modified: Moment


class HsdsOrganization(HsdsOrganizationOfService):
    """An organisation with everything that belongs to it."""

    locations: list[HsdsLocation]
    services: list[HsdsServiceReference] | list[HsdsService]


class HsdsServiceAtLocationBrief(TypedDict):
    """A service at one of its places, without what belongs to them."""

    id: Id
    service_id: Id
    location_id: Id
    description: NotRequired[str]
    location: HsdsLocationBrief
    service: HsdsServiceBrief


class HsdsServiceAtLocation(HsdsServiceAtLocationOfService):
    """A service at one of its places, in full. ``name`` and ``status`` are the service's (extension)."""

    service: HsdsService
    name: str
    status: Status


class _Page(TypedDict):
    total_items: int
    total_pages: int
    page_number: int
    size: int
    first_page: bool
    last_page: bool
    empty: bool
    total_is_estimate: NotRequired[Literal[True]]


class HsdsServicePage(_Page):
    """A page of services: in full with ``full``, ids and dates with ``minimal``."""

    contents: list[HsdsService] | list[HsdsServiceBrief] | list[HsdsServiceMinimal]


class HsdsOrganizationPage(_Page):
    """A page of organisations."""

    contents: list[HsdsOrganization] | list[HsdsOrganizationBrief]


class HsdsServiceAtLocationPage(_Page):
    """A page of services at their places."""

    contents: list[HsdsServiceAtLocation] | list[HsdsServiceAtLocationBrief]


class HsdsTaxonomyPage(_Page):
    """A page of classifications."""

    contents: list[HsdsTaxonomy]


class HsdsTaxonomyTermPage(_Page):
    """A page of terms."""

    contents: list[HsdsTaxonomyTerm]


class HsdsProfile(TypedDict):
    """What the Japanese profile adds to HSDS."""

    name: str
    hsds_version: str
    description: str
    description_en: str
    documentation: str
    extensions: dict[str, dict[str, dict[str, Any]]]
