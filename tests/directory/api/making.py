"""Services that have everything HSDS knows, for the tests of the API."""

from datetime import date
from typing import Any

from tests.factories import make_organization
from tsunagari.accounts.models import Organization
from tsunagari.core.areas import forget_areas
from tsunagari.core.models import Area
from tsunagari.directory.models import (
    Accessibility,
    Attribute,
    Channel,
    Contact,
    CostOption,
    Language,
    Location,
    OrganizationProfile,
    Reachability,
    RequiredDocument,
    Schedule,
    Service,
    ServiceArea,
    ServiceAtLocation,
    ServiceNeed,
    Taxonomy,
    TaxonomyTerm,
)
from tsunagari.directory.search.index import reindex_services

TOKYO_STATION = (35.681, 139.767)
ASSURER = "the-person-who-confirms@example.org"


def make_areas() -> None:
    """東京都 and 千代田区, if there are none."""
    Area.objects.bulk_create(
        [
            Area(
                code="130001",
                level="prefecture",
                kind="prefecture",
                name="東京都",
                name_kana="とうきょうと",
                latitude=35.6895,
                longitude=139.6917,
            ),
            Area(
                code="131016",
                level="municipality",
                kind="special_ward",
                name="千代田区",
                name_kana="ちよだく",
                parent_id="130001",
                prefecture_id="130001",
                latitude=35.694,
                longitude=139.7536,
            ),
        ],
        ignore_conflicts=True,
    )
    forget_areas()


def make_term(code: str = "sleepless") -> TaxonomyTerm:
    """A term below another one, in a taxonomy of its own."""
    taxonomy, _ = Taxonomy.objects.get_or_create(
        key="trial",
        defaults={
            "name": "試し",
            "description": "試しの分類",
            "version": "1",
            "uri": "https://example.org/t",
        },
    )
    parent, _ = TaxonomyTerm.objects.get_or_create(
        taxonomy=taxonomy, code="night", defaults={"name": "夜", "description": "夜のこと"}
    )
    term, _ = TaxonomyTerm.objects.get_or_create(
        taxonomy=taxonomy,
        code=code,
        defaults={
            "name": "眠れない",
            "name_kana": "ねむれない",
            "name_easy": "ねむれない とき",
            "name_en": "Sleepless",
            "description": "眠れないこと",
            "parent": parent,
        },
    )
    return term


def make_public_organization(name: str = "ひだまりの会") -> Organization:
    """An organisation with a public face, a telephone, a contact and a number."""
    organization = make_organization(name)
    OrganizationProfile.objects.create(
        organization=organization,
        description="話を聴く会",
        website="https://example.org/",
        email="kai@example.org",
        year_incorporated=1998,
        legal_status="NPO法人",
        alternate_name="ひだまり",
    )
    Channel.objects.create(organization=organization, type="phone", value="03-0000-0001")
    contact = Contact.objects.create(organization=organization, department="広報", email="pr@example.org")
    Channel.objects.create(contact=contact, type="phone", value="03-0000-0002", extension="12")
    return organization


def make_service(
    name: str = "夜の電話",
    *,
    organization: Organization | None = None,
    area: str | None = None,
    **fields: Any,
) -> Service:
    """A bare service for one area (the nation: None), without index."""
    service = Service.objects.create(
        organization=organization or make_public_organization(),
        name=name,
        description="話を聴きます",
        **fields,
    )
    ServiceArea.objects.create(service=service, area_id=area)
    return service


def make_rich_service(name: str = "夜の電話", *, organization: Organization | None = None) -> Service:
    """A service with at least one of everything, indexed. Weekdays 22:00 to 2:00, closed at New Year."""
    make_areas()
    service = make_service(
        name,
        organization=organization,
        area="131016",
        name_kana="よるのでんわ",
        name_en="Night line",
        alternate_name="夜電",
        description_easy="よるに はなせます",
        url="https://example.org/night",
        email="yoru@example.org",
        application_process="電話するだけ",
        fees_description="無料",
        wait_time="10分",
        interpretation_services="英語",
        eligibility_description="どなたでも",
        minimum_age=15,
        maximum_age=39,
        alert="台風の日は休み",
        basis="法",
        audience=["youth"],
        note="注",
        as_of="2024-12",
        certainty="high",
        assured_on=date(2026, 11, 1),
        assurer_email=ASSURER,
    )
    phone = Channel.objects.create(
        service=service,
        type="phone",
        value="0120-000-000",
        extension="内線 3",
        label="夜",
        toll_free=True,
        from_mobile=True,
        languages=["ja", "vi"],
    )
    Channel.objects.create(service=service, type="line", value="@night", position=1)
    Schedule.objects.create(
        channel=phone, byday="MO,TU,WE,TH,FR", opens_minute=22 * 60, closes_minute=26 * 60, holidays="also"
    )
    Schedule.objects.create(
        channel=phone,
        freq="DAILY",
        opens_minute=600,
        closes_minute=1440,
        holidays="only",
        description="祝日の昼",
    )
    Schedule.objects.create(
        service=service,
        freq="MONTHLY",
        bymonthday="10",
        opens_minute=480,
        closes_minute=1920,
        holidays="as_weekday",
    )
    closed = {"is_closure": True, "closed_from": "12-29", "closed_to": "01-03", "description": "年末年始"}
    Schedule.objects.create(channel=phone, **closed)
    Reachability.objects.create(
        channel=phone,
        attempts=300,
        answered=100,
        typical_wait_minutes=7,
        source="自ら測定",
        observed_on=date(2026, 10, 1),
    )
    for code in ("ja", "vi"):
        Language.objects.create(service=service, code=code)
    CostOption.objects.create(service=service, option="相談", amount=0, amount_description="無料")
    RequiredDocument.objects.create(service=service, document="保険証", uri="https://example.org/doc")
    contact = Contact.objects.create(service=service, department="相談係", name="窓口", title="係")
    Channel.objects.create(contact=contact, type="phone", value="03-0000-0003")
    term = make_term()
    ServiceNeed.objects.create(service=service, term=term)
    location = Location.objects.create(
        organization=service.organization,
        name="駅の部屋",
        name_kana="えきのへや",
        latitude=TOKYO_STATION[0],
        longitude=TOKYO_STATION[1],
        area_id="131016",
        address_1="丸の内1-1",
        postal_code="100-0005",
        transportation="東京駅",
        url="https://example.org/room",
        description="静かな部屋",
    )
    Accessibility.objects.create(location=location, description="車いすで入れます", details="段差なし")
    Language.objects.create(location=location, code="ja")
    Channel.objects.create(location=location, type="phone", value="03-0000-0004")
    Schedule.objects.create(location=location, byday="SA", opens_minute=540, closes_minute=1020)
    Schedule.objects.create(location=location, **closed)
    Contact.objects.create(location=location, department="受付")
    place = ServiceAtLocation.objects.create(service=service, location=location, description="毎週")
    Schedule.objects.create(service_at_location=place, byday="SU", opens_minute=540, closes_minute=1020)
    Schedule.objects.create(service_at_location=place, **closed)
    Channel.objects.create(service_at_location=place, type="phone", value="03-0000-0005")
    for entity, row in (("location", location), ("service", service), ("organization", service.organization)):
        Attribute.objects.create(link_id=row.pk, link_entity=entity, term=term, value="あり", label="備考")
    reindex_services([service.pk])
    return service
