"""The feed: valid Atom, stable names, one entry for each service, never a value."""

import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db.models import F
from django.test import Client, override_settings

from tests.factories import make_organization
from tsunagari.core.models import Area
from tsunagari.directory.models import (
    Channel,
    Location,
    Metadata,
    Schedule,
    Service,
    ServiceArea,
    ServiceAtLocation,
)
from tsunagari.portal.reach.feed import PAGE

pytestmark = pytest.mark.usefixtures("directory")
A = "{http://www.w3.org/2005/Atom}"
XML = "{http://www.w3.org/XML/1998/namespace}"


def read(content: bytes) -> ET.Element:
    """Parse a feed and hold it against RFC 4287, sections 4.1.1 and 4.1.2."""
    feed = ET.fromstring(content)  # noqa: S314 - our own answer
    assert feed.tag == f"{A}feed"
    for parent in [feed, *feed.findall(f"{A}entry")]:
        for name in ("id", "title", "updated"):
            assert len(parent.findall(f"{A}{name}")) == 1, (parent.tag, name)
        assert datetime.fromisoformat(parent.findtext(f"{A}updated") or "").tzinfo is not None
        assert urlsplit(parent.findtext(f"{A}id") or "").scheme == "tag"
        alternates = [each for each in parent.findall(f"{A}link") if each.get("rel") == "alternate"]
        assert len({(each.get("type"), each.get("hreflang")) for each in alternates}) == len(alternates) == 1
        for link in parent.findall(f"{A}link"):
            assert urlsplit(link.attrib["href"]).scheme in {"http", "https"}
    assert feed.find(f"{A}author/{A}name") is not None
    ids = [entry.findtext(f"{A}id") for entry in feed.findall(f"{A}entry")]
    assert len(ids) == len(set(ids))
    moments = [entry.findtext(f"{A}updated") or "" for entry in feed.findall(f"{A}entry")]
    assert moments == sorted(moments, reverse=True)
    if moments:
        assert feed.findtext(f"{A}updated") == moments[0]
    return feed


def entries(feed: ET.Element) -> dict[str, ET.Element]:
    return {(each.findtext(f"{A}id") or "").split("/")[-1]: each for each in feed.findall(f"{A}entry")}


def age(by: timedelta) -> None:
    """Let all that is told until now be older: a test's changes are all of one moment, its transaction's."""
    Metadata.objects.update(last_action_date=F("last_action_date") - by)


@override_settings(SITE_URL="https://tsunagari.example.jp")
def test_the_feed_of_the_country(client: Client):
    response = client.get("/feed/atom.xml")
    assert response["Content-Type"] == "application/atom+xml; charset=utf-8"
    feed = read(response.content)
    assert feed.get(f"{XML}lang") == "ja"
    assert feed.findtext(f"{A}id") == "tag:tsunagari.example.jp,2026:feed"
    assert len(feed.findall(f"{A}entry")) == PAGE
    english = read(client.get("/en/feed/atom.xml").content)
    assert english.get(f"{XML}lang") == "en"
    assert english.findtext(f"{A}id") == "tag:tsunagari.example.jp,2026:en/feed"


def test_what_changed_is_said_once_in_words_and_without_values(client: Client, inochi: Service):
    age(timedelta(days=40))
    channel = inochi.channels.all()[0]
    channel.value = "0120-999-999"
    channel.save(update_fields=["value"])
    channel.label = "secret label"
    channel.save(update_fields=["label"])
    schedule = Schedule.objects.filter(channel=channel)[0]
    schedule.description = "secret hours"
    schedule.save(update_fields=["description"])
    Service.objects.filter(pk=inochi.pk).update(name="いのちの電話（新）", assurer_email="a@example.org")
    feed = read(client.get("/feed/atom.xml").content)
    entry = feed.findall(f"{A}entry")[0]
    assert (entry.findtext(f"{A}id") or "").endswith(str(inochi.pk))
    summary = entry.findtext(f"{A}summary") or ""
    assert summary.startswith("いのちの電話（新）。変わったところ：")
    assert set(summary.split("：")[1].split("・")) == {"連絡先", "受付時間", "名前"}
    whole = ET.tostring(entry, encoding="unicode")
    for value in ("0120-999-999", "secret", "example.org", "0120-783-556"):
        assert value not in whole
    # the name stands in the summary only: titles are seen in lists
    assert "いのち" not in (entry.findtext(f"{A}title") or "")
    assert entry.find(f"{A}category").get("term") == "changed"  # type: ignore[union-attr]


def make_service(area: str | None = "131091", name: str = "新しい窓口") -> Service:
    service = Service.objects.create(organization=make_organization(), name=name)
    ServiceArea.objects.create(service=service, area_id=area)
    return service


def test_new_and_ended_services_are_told(client: Client):
    service = make_service()
    entry = entries(read(client.get("/areas/131091/feed.atom").content))[str(service.pk)]
    assert entry.find(f"{A}category").get("term") == "new"  # type: ignore[union-attr]
    age(timedelta(days=2))
    service.status = Service.Status.DEFUNCT
    service.save(update_fields=["status"])
    entry = entries(read(client.get("/areas/131091/feed.atom").content))[str(service.pk)]
    assert entry.find(f"{A}category").get("term") == "ended"  # type: ignore[union-attr]
    assert str(service.pk) not in entry.find(f"{A}link").get("href")  # type: ignore[operator, union-attr]


def test_an_areas_feed_has_what_is_there_above_and_inside(client: Client):
    here, above, inside, elsewhere = (make_service(code) for code in ("011002", "010006", "011011", "131091"))
    found = set(entries(read(client.get("/areas/011002/feed.atom").content)))
    assert {str(each.pk) for each in (here, above, inside)} <= found
    assert str(elsewhere.pk) not in found
    prefecture = set(entries(read(client.get("/areas/010006/feed.atom").content)))
    assert {str(each.pk) for each in (here, above, inside)} <= prefecture


def test_where_a_shelter_is_is_in_no_feed(client: Client):
    service = make_service(name="シェルター")
    age(timedelta(days=30))
    hidden = Location.objects.create(organization=service.organization, confidential=True)
    ServiceAtLocation.objects.create(service=service, location=hidden)
    content = client.get("/areas/131091/feed.atom").content
    assert str(hidden.pk).encode() not in content
    summary = entries(read(content))[str(service.pk)].findtext(f"{A}summary") or ""
    assert "場所" not in summary
    # of a place that is public it is said, in a word
    public = Location.objects.create(organization=service.organization, address_1="駅の北1-2-3")
    ServiceAtLocation.objects.create(service=service, location=public)
    content = client.get("/areas/131091/feed.atom").content
    assert "場所" in (entries(read(content))[str(service.pk)].findtext(f"{A}summary") or "")
    assert "駅の北" not in content.decode()


def test_pages_follow_one_another_without_gap_or_repetition(client: Client):
    seen: list[str] = []
    path = "/areas/130001/feed.atom"
    for _ in range(40):
        feed = read(client.get(path).content)
        links = {each.get("rel"): each.attrib["href"] for each in feed.findall(f"{A}link")}
        assert urlsplit(links["first"]).path == "/areas/130001/feed.atom"
        seen += entries(feed)
        if "next" not in links:
            break
        address = urlsplit(links["next"])
        assert parse_qs(address.query).keys() == {"after"}
        path = f"{address.path}?{address.query}"
    areas = Area.objects.filter(prefecture="130001") | Area.objects.filter(pk="130001")
    all_of_it = Service.objects.filter(service_areas__area__in=areas).distinct()
    assert len(seen) == len(set(seen)) == all_of_it.count() > PAGE * 2


@pytest.mark.parametrize(
    "after", ["x", "1", "-", "1-zz", "9" * 18 + "-" + "0" * 32, "1-" + "0" * 31, "' OR 1=1"]
)
def test_a_page_that_there_is_not_gets_a_sentence(client: Client, after: str):
    response = client.get("/feed/atom.xml", {"after": after})
    assert response.status_code == 400
    assert "更新の一覧に、そのページはありません" in response.content.decode()


def test_what_is_no_xml_does_not_break_the_feed(client: Client):
    service = make_service(None, name="窓口\x0b\ufffe<b>&]]>")
    feed = read(client.get("/feed/atom.xml").content)
    assert entries(feed)[str(service.pk)].findtext(f"{A}summary") == "窓口  <b>&]]>"


def test_a_reader_that_has_it_is_told_so(client: Client):
    response = client.get("/feed/atom.xml")
    tag, moment = response["ETag"], response["Last-Modified"]
    assert client.get("/feed/atom.xml", HTTP_IF_NONE_MATCH=tag).status_code == 304
    assert client.get("/feed/atom.xml", HTTP_IF_MODIFIED_SINCE=moment).status_code == 304
    make_service(None)
    assert client.get("/feed/atom.xml", HTTP_IF_NONE_MATCH=tag).status_code == 200
    later = (datetime.now(UTC) - timedelta(days=4000)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    assert client.get("/feed/atom.xml", HTTP_IF_MODIFIED_SINCE=later).status_code == 200


@pytest.mark.parametrize(
    ("page", "address"), [("/", "/feed/atom.xml"), ("/areas/131091/", "/areas/131091/feed.atom")]
)
def test_readers_find_the_feed_from_the_page(client: Client, page: str, address: str):
    html = client.get(page).content.decode()
    assert f'<link rel="alternate" type="application/atom+xml" href="{address}"' in html


def test_the_number_of_queries_does_not_grow_with_the_feed(client: Client, django_assert_max_num_queries):
    for _ in range(60):
        service = make_service("472123")
        Channel.objects.create(service=service, type="phone", value="0")
    with django_assert_max_num_queries(16):
        client.get("/areas/472123/feed.atom")
