"""The proof: once a place is confidential, its address stands nowhere.

Every field that can say where a place is carries a word of its own. The same look is taken twice: before the
flag it must find the words (else it would prove nothing), after it none: in no page, feed, sheet or bundle
that the table of routes has (so that later ones are looked at too; over a plan in force and a council that
has met), in no answer of the API, in no column of any table, in no line of a log. Words are looked for as
they are read, spelled, folded and encoded.
"""

import base64
import gzip
import html
import io
import logging
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator
from itertools import product
from typing import Any
from urllib.parse import quote, unquote

import jaconv
import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from pypdf import PdfReader

from tests.config.test_access import EXPECTED, PUBLIC, all_routes
from tests.directory.api.making import make_rich_service, make_service
from tests.factories import AT, make_member, sign_in
from tests.published import Published, publish_everything
from tsunagari.accounts.models import Role, User
from tsunagari.core.areas import area_tree, distance_km
from tsunagari.core.japanese import reading
from tsunagari.core.logs import JsonFormatter
from tsunagari.directory.models import (
    Accessibility,
    Channel,
    ConfidentialAddress,
    ForeignFields,
    ImportProblem,
    ImportRow,
    ImportRun,
    Language,
    Location,
    Merge,
    Revision,
    Service,
    ServiceAtLocation,
    ServiceText,
)
from tsunagari.directory.search.index import reindex_services
from tsunagari.directory.services.bulk import ServiceBundle, replace_services
from tsunagari.directory.services.confidential import AddressTold, ConfidentialPlace, make_confidential

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

ADDRESS: dict[str, Any] = {
    "name": "ねむりねこの離れ",
    "name_kana": "ねむりねこのはなれ",
    "alternate_name": "オモカゲ荘",
    "description": "瓦屋根のかげの二階の部屋です",
    "transportation": "鵺野駅の裏手の踏切から三軒目",
    "url": "https://map.example.org/kagerou-tei",
    "address_1": "千代田区朧月町3丁目14番15号",
    "address_2": "蜃気楼コーポ 271号室",
    "postal_code": "987-6543",
    "latitude": 35.271828,
    "longitude": 139.314159,
}
# what of it nobody else could have said
WORDS = (
    "朧月町", "蜃気楼コーポ", "鵺野駅", "瓦屋根のかげ", "ねむりねこ", "オモカゲ荘", "裏木戸に段差",
    "蔦の手すり", "合鍵は郵便受け",
)  # fmt: skip
SIGNS = ("kagerou-tei", "987-6543", "9876543", "35.2718", "139.3141", "3-14-15", "3丁目14番")


def flat(text: str) -> str:
    """A text without differences of width, case, kana and spaces."""
    return re.sub(r"\s+", "", jaconv.kata2hira(unicodedata.normalize("NFKC", text).lower()))


def needles() -> set[str]:
    """The words as they may stand: written, read, in Latin letters; and inside what was encoded."""
    found = {flat(text) for text in (*WORDS, *SIGNS)}
    readings = {flat(reading(word)) for word in WORDS}
    found |= readings | {flat(jaconv.kana2alphabet(kana)) for kana in readings if kana.isalpha()}
    for word in (*WORDS, "kagerou-tei"):
        for encoding in ("utf-8", "cp932", "utf-16-le"):
            try:
                raw = word.encode(encoding)
            except UnicodeEncodeError:
                continue
            found.add(raw.hex())
            for shift in range(3):
                # without the letters that neighbours have a part in
                letters = base64.b64encode(b"\0" * shift + raw).decode().rstrip("=")
                found.add(letters[(0, 2, 3)[shift] : -2].lower())
                found.add(letters[(0, 2, 3)[shift] : -2].lower().translate(str.maketrans("+/", "-_")))
    return {needle for needle in found if len(needle) >= (4 if needle.isascii() else 3)}


NEEDLES: set[str] = set()


def contents(blob: bytes) -> Iterator[bytes]:
    """What a file holds: itself, and what is packed in it."""
    yield blob
    if blob[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(blob)) as archive:
            for member in archive.namelist():
                yield member.encode()
                yield from contents(archive.read(member))
    elif blob[:2] == b"\x1f\x8b":
        yield from contents(gzip.decompress(blob))
    elif blob[:5] == b"%PDF-":
        reader = PdfReader(io.BytesIO(blob))
        yield " ".join(page.extract_text() for page in reader.pages).encode()
        yield str(reader.metadata).encode()


def told(blob: bytes | str) -> set[str]:
    """Which of the words stand in this."""
    NEEDLES.update(needles() if not NEEDLES else ())
    found: set[str] = set()
    for part in contents(blob.encode("utf-8", "surrogatepass") if isinstance(blob, str) else blob):
        for encoding in ("utf-8", "cp932", "utf-16-le"):
            text = part.decode(encoding, "ignore")
            plain = re.sub(r"\\u([0-9a-fA-F]{4})", lambda code: chr(int(code[1], 16)), text)
            said = {flat(form) for form in (text, html.unescape(unquote(plain)))}
            found |= {needle for needle in NEEDLES for form in said if needle in form}
    return found


@pytest.mark.parametrize(
    "written",
    [
        "朧月町", "ﾈﾑﾘﾈｺ", "ネムリネコ", "９８７－６５４３", "kagerou%2Dtei", quote("朧月町"),
        "&#26407;&#26376;&#30010;", "\\u6727\\u6708\\u753a", "朧月町".encode().hex(),
        base64.b64encode("住所は朧月町です".encode()).decode(),
        "朧 月 町", "おもかげ荘", reading("朧月町"), "35.27182818",
    ],
)  # fmt: skip
def test_the_look_sees_through_encodings(written: str) -> None:
    assert told(written)


def test_the_look_sees_into_files() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("index.html", "朧月町".encode())
    assert told(packed.getvalue())
    assert told(gzip.compress("蜃気楼コーポ".encode("cp932")))
    assert not told("千代田区で話せます。電話 0120-314-159")


# -- what is there -------------------------------------------------------------------------------------------


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """Every line that is logged, as it would be written."""
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(JsonFormatter().format(record))

    # Django's own record of statements carries parameters; no installation turns it on
    logging.getLogger("django.db.backends").setLevel(logging.INFO)
    handler, root = Keep(), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield lines
    root.setLevel(level)
    root.removeHandler(handler)


def server_log() -> bytes:
    """What the database server has logged."""
    file = settings.TEST_SERVER_LOG
    return file.read_bytes() if file else b""


@pytest.fixture
def service() -> Service:
    """A service at a place that tells its address wherever it can, with a past, drafts and imports."""
    service = make_rich_service()
    place = Location.objects.get(services_here__service=service)
    at = ServiceAtLocation.objects.get(location=place)
    Location.objects.filter(pk=place.pk).update(
        address_1="千代田区朧月町9番9号", description="蜃気楼コーポの前"
    )
    Location.objects.filter(pk=place.pk).update(**ADDRESS)
    Accessibility.objects.filter(location=place).update(description="裏木戸に段差なし", details="蔦の手すり")
    ServiceAtLocation.objects.filter(pk=at.pk).update(description="合鍵は郵便受けの中")
    Channel.objects.create(location=place, type="visit", value="朧月町3-14-15 蜃気楼コーポ", label="玄関")
    Service.objects.filter(pk=service.pk).update(note="朧月町3-14-15に来てください")
    Service.objects.filter(pk=service.pk).update(note="相談は電話で")
    row = {"id": str(place.pk), **ADDRESS}
    author = make_member("dora", Role.EDITOR, service.organization)
    Revision.objects.create(
        organization=service.organization, service=service, content={"note": "朧月町3-14-15です"}, base=row,
        author=author, created_at=AT, edited_at=AT,
    )  # fmt: skip
    run = ImportRun.objects.create(
        source="x", file_name="x.json", file_digest="0", file_size=1, format="hsds", created_at=AT
    )
    ImportRow.objects.create(
        run=run, kind="location", object_id=place.pk, number=1, payload={"location": [row]}, before=row,
        changes={"address_1": ["", ADDRESS["address_1"]]},
    )  # fmt: skip
    ImportProblem.objects.create(
        run=run, number=1, field="address_1", value=ADDRESS["address_1"], code="x", severity="note",
        sentence_ja="x", sentence_en="x",
    )  # fmt: skip
    other = Service.objects.create(organization=service.organization, name="前の名", status="defunct")
    Merge.objects.create(
        survivor=service, merged=other, before={"locations": [row]}, after={"note": "987-6543"}, merged_at=AT
    )
    ForeignFields.objects.create(
        link_entity="location", link_id=place.pk, fields={"": {"door": "蜃気楼コーポ"}}
    )
    spoken = make_service("ベトナム語の電話", organization=service.organization)
    Channel.objects.create(service=spoken, type="phone", value="0120-000-222")
    Language.objects.create(service=spoken, code="vi")
    ServiceText.objects.create(
        service=service, language="vi", field="description", text="Xin chào", source="human"
    )
    reindex_services([service.pk, spoken.pk])
    return service


@pytest.fixture
def place(service: Service) -> Location:
    return Location.objects.get(services_here__service=service)


@pytest.fixture
def alice(place: Location) -> User:
    return make_member("alice", Role.ADMIN, place.organization)


def tables_that_tell() -> set[str]:
    """Every table of the database in which one of the words stands, in any column of any type."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name, data_type FROM information_schema.columns "
            "WHERE table_schema = current_schema() ORDER BY table_name, ordinal_position"
        )
        columns = cursor.fetchall()
        found = set()
        for table, column, kind in columns:
            name = f"{connection.ops.quote_name(table)}.{connection.ops.quote_name(column)}"
            shown = name if kind == "bytea" else f"{name}::text"
            cursor.execute(f"SELECT {shown} FROM {connection.ops.quote_name(table)}")  # noqa: S608
            values = [value for (value,) in cursor.fetchall() if value is not None]
            blob = b"\n".join(bytes(value) if kind == "bytea" else value.encode() for value in values)
            if told(blob):
                found.add(table)
    return found


# -- every public address ------------------------------------------------------------------------------------

# what is no page; the API of search is asked on its own
NEVER_OPEN = {"hsds:unknown", "readyz", "search-api"}
# apps that read no entry; the last test of this file holds them to it
READ_NO_ENTRY = ("council", "plan", "consultation")
# the namespaces of the chat's routes, which lead nowhere on this site: no helpline is open
NOT_CRAWLED = ("talk", "talk_room", "consultation_streams")
# whose pages are opened in English, too
PAGES_OF = ("portal:", "upkeep:", "plan:", "council:")
VARIANTS = (
    "", "?full=true", "?format=ndjson&full=true", "?full_service=true&full=true",
    "?lat=35.27&lng=139.31&radius=200",
    "?format=csv", "?per_page=100",
)  # fmt: skip


def candidates(name: str, service: Service, place: Location) -> list[Any]:
    """What may fill an argument of a route, by its name and then by anything."""
    at = ServiceAtLocation.objects.get(location=place)
    term = service.needs.get()
    ids = [service.pk, place.pk, at.pk, service.organization_id, term.pk, term.taxonomy_id]
    return [*ids, "130001", "131016", "ja", "vi", "company", "safety", "json", "x" * 40]


def addresses(service: Service, place: Location, published: Published) -> Iterator[tuple[str, str]]:
    """(route, address) of every public route with everything that fits its arguments."""
    known = published.arguments()
    for name, pattern in all_routes():
        if EXPECTED.get(name, PUBLIC) != PUBLIC or name.split(":")[0] in NOT_CRAWLED:
            continue
        if name in known:
            yield name, reverse(name, kwargs=known[name])
            continue
        arguments = sorted({*pattern.pattern.regex.groupindex, *pattern.pattern.converters})
        made = set()
        for values in product(*(candidates(argument, service, place) for argument in arguments)):
            try:
                made.add(reverse(name, kwargs=dict(zip(arguments, values, strict=True))))
            except NoReverseMatch:
                continue
        for address in sorted(made):
            yield name, address


def crawl(
    client: Client, service: Service, place: Location, published: Published
) -> tuple[dict[str, set[str]], set[str]]:
    """(address → words that it tells, routes that answered with something to read)."""
    telling: dict[str, set[str]] = {}
    opened: set[str] = set()
    seen: set[str] = set()
    waiting = list(addresses(service, place, published))
    while waiting:
        name, address = waiting.pop()
        page = name.startswith(PAGES_OF)
        for each in (address + query for query in (VARIANTS[:1] if page else VARIANTS)):
            if each in seen:
                continue
            seen.add(each)
            response = client.get(each)
            assert response.status_code < 500 or name == "readyz", each
            if response.status_code == 200:
                opened.add(name)
                if page and not each.startswith("/en/") and "text/html" in response["Content-Type"]:
                    waiting.append((name, f"/en{each}"))
            if words := told(body_of(response) + repr(dict(response.items())).encode()):
                telling[each] = words
    return telling, opened


def body_of(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


def searched(client: Client, words: Iterable[str], published: Published) -> list[bytes]:
    """What searching answers, with an area so that distances are shown; in the plan; after a comment."""
    comment = reverse("council:comment_whole", args=[published.open_round.pk])
    receipt = client.post(comment, {"body": "電話がほしい。", "sure": "on"}, follow=True)
    (code,) = re.findall(r"\b[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}\b", receipt.content.decode())[:1]
    pages = [receipt.content, client.post(reverse("council:trace"), {"code": code}, follow=True).content]
    for word in words:
        answer = client.post("/api/search", {"q": word, "area": "131016"}, content_type="application/json")
        pages.append(answer.content)
        pages.append(
            client.post(reverse("portal:search"), {"q": word, "area": "131016"}, follow=True).content
        )
        pages.append(client.post(reverse("plan:search"), {"q": word}, follow=True).content)
    return pages


def test_the_address_appears_nowhere(
    client: Client, service: Service, place: Location, alice: User, logged: list[str]
) -> None:
    published = publish_everything(timezone.now())
    before, _ = crawl(client, service, place, published)
    assert {address.split("?")[0] for address in before} >= {
        f"/api/hsds/services/{service.pk}",
        f"/api/hsds/service_at_locations/{ServiceAtLocation.objects.get(location=place).pk}",
    }
    assert tables_that_tell() >= {
        "directory_location", "directory_metadata", "directory_accessibility", "directory_serviceatlocation",
        "directory_channel", "directory_revision", "directory_importrow", "directory_importproblem",
        "directory_merge", "directory_foreignfields", "directory_searchrow",
    }  # fmt: skip
    logged.clear()
    began = len(server_log())

    make_confidential(actor=alice, location_id=place.pk, keep_address=True, tell_prefecture=False, at=AT)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")

    telling, opened = crawl(client, service, place, published)
    assert telling == {}
    tokens = {
        name
        for name, pattern in all_routes()
        if "token" in pattern.pattern.regex.groupindex or "token" in pattern.pattern.converters
    }
    public = {
        name
        for name, _ in all_routes()
        if EXPECTED.get(name, PUBLIC) == PUBLIC and name.split(":")[0] not in NOT_CRAWLED
    }
    assert public - opened - tokens - NEVER_OPEN == set()
    assert not any(told(page) for page in searched(client, ["夜の電話", "話したい", "シェルター"], published))
    assert tables_that_tell() == set()
    sealed = bytes(ConfidentialAddress.objects.get().sealed or b"")
    assert len(sealed) > 200
    assert not told(sealed)

    # what is tried afterwards is refused, and the refusal tells nothing either
    refusals = attempts(service, place)
    assert len(refusals) == 3
    assert not any(told(refusal) for refusal in refusals)
    stranger = sign_in(Client(), make_member("charlie", Role.ADMIN))
    keeper = sign_in(Client(), alice)
    for reader in (stranger, keeper):
        for name in ("places", "reachability", "entries", "reports"):
            assert not told(reader.get(reverse(f"directory:{name}")).content)
        assert not told(reader.get(reverse("directory:place", args=[place.pk])).content)
        assert not told(reader.get(reverse("directory:entry", args=[service.pk])).content)
    assert tables_that_tell() == set()
    assert not told("\n".join(logged))
    assert not told(server_log()[began:])


def attempts(service: Service, place: Location) -> list[str]:
    """What importers and editors might bring later."""
    profile = service.organization.profile
    refusals = []
    for bundle in (
        ServiceBundle(service=service, profile=profile, locations=[Location(pk=place.pk, **ADDRESS)]),
        ServiceBundle(service=service, profile=profile, locations=[Location(address_1="朧月町3-14-15")]),
        ServiceBundle(
            service=service, profile=profile,
            channels=[Channel(service=service, type="visit", value="おぼろ月町 ３－１４－１５ 蜃気楼コーポ")],
        ),
    ):  # fmt: skip
        with pytest.raises((AddressTold, ConfidentialPlace)) as refused, transaction.atomic():
            replace_services([bundle])
        refusals.append(str(refused.value.sentence))
    return refusals


def test_the_distance_is_no_longer_from_the_place(
    client: Client, service: Service, place: Location, alice: User
) -> None:
    address = "/api/hsds/services?lat=35.27&lng=139.31&radius=100&format=ndjson"

    def distance() -> float:
        lines = body_of(client.get(address)).decode().splitlines()
        return next(
            float(found[1])
            for line in lines
            if str(service.pk) in line and (found := re.search(r'"distance_km": ?([\d.]+)', line))
        )

    assert distance() < 1
    make_confidential(actor=alice, location_id=place.pk, keep_address=False, tell_prefecture=True, at=AT)
    ward = area_tree()["131016"]
    assert ward.latitude is not None
    assert ward.longitude is not None
    office = distance_km(35.27, 139.31, ward.latitude, ward.longitude)
    assert distance() == pytest.approx(office, abs=0.2)
    places = body_of(
        client.get("/api/hsds/service_at_locations?lat=35.27&lng=139.31&radius=200&format=ndjson")
    )
    assert str(place.pk).encode() not in places


@pytest.mark.parametrize("app", READ_NO_ENTRY)
def test_an_app_that_is_not_crawled_reads_no_entry(app: str) -> None:
    """It imports nothing by which the directory's tables are read, and asks none of them by name."""
    modules = "models|selectors|services|search|opening|indicators"
    readers = re.compile(rf"tsunagari\.directory\.({modules})\b|directory_[a-z]")
    files = list((settings.BASE_DIR / "tsunagari" / app).rglob("*.py"))
    assert len(files) > 20
    assert [file for file in files if readers.search(file.read_text())] == []
