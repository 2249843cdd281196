"""QR codes that a camera reads, and sheets of paper that hold what they should on one page."""

import io
import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from uuid import uuid4

import pytest
import zxingcpp
from django.test import Client, override_settings
from pypdf import PdfReader

from tests.factories import make_organization
from tsunagari.core.printable import MISSING, fonts_folder, printable
from tsunagari.core.runtime.typeset import NotTypeset, typeset
from tsunagari.directory.models import Channel, Service, ServiceArea
from tsunagari.portal.reach import sheet
from tsunagari.portal.reach.qr import QUIET_ZONE, qr_svg

pytestmark = pytest.mark.usefixtures("directory")
SVG = "{http://www.w3.org/2000/svg}"
FORMS = [{}, {"size": "large"}, {"form": "cards"}, {"size": "large", "form": "cards"}]


def pixels(svg: str, scale: int = 5) -> tuple[list[list[int]], memoryview]:
    """The drawing's dark modules, and the picture as a camera would see it."""
    root = ET.fromstring(svg)  # noqa: S314 - our own answer
    size = int(root.attrib["viewBox"].split()[2])
    dark = [[0] * size for _ in range(size)]
    path = next(root.iter(f"{SVG}path")).attrib["d"]
    for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", path):
        for place in range(int(x), int(x) + int(length)):
            dark[int(y)][place] = 1
    rows = b"".join(bytes(0 if each else 255 for each in row for _ in range(scale)) * scale for row in dark)
    return dark, memoryview(rows).cast("B", shape=[size * scale, size * scale])


def read_code(svg: str) -> str:
    (found,) = zxingcpp.read_barcodes(pixels(svg)[1])
    return found.text


@override_settings(SITE_URL="https://tsunagari.example.jp")
def test_a_camera_reads_the_pages_address(client: Client, inochi: Service):
    for path in (f"/services/{inochi.pk}/", "/areas/131091/", "/en/areas/131091/"):
        response = client.get(f"{path}qr.svg", HTTP_HOST="testserver")
        assert response["Content-Type"].startswith("image/svg+xml")
        assert read_code(response.content.decode()) == f"https://tsunagari.example.jp{path}"


def test_a_code_has_its_quiet_zone_a_size_and_a_name():
    svg = qr_svg("https://a.example/" + "x" * 200, '<b>"品川"</b>')
    root = ET.fromstring(svg)  # noqa: S314
    assert root.find(f"{SVG}title").text == '<b>"品川"</b>'  # type: ignore[union-attr]
    assert root.attrib["role"] == "img"
    assert int(root.attrib["width"]) >= 200
    dark, _ = pixels(svg)
    edge = len(dark)
    border = [
        dark[y][x]
        for y in range(edge)
        for x in range(edge)
        if min(x, y, edge - 1 - x, edge - 1 - y) < QUIET_ZONE
    ]
    assert not any(border)
    assert dark[QUIET_ZONE][QUIET_ZONE] == 1
    assert read_code(svg).endswith("x" * 200)


def test_there_is_no_code_and_no_sheet_of_what_there_is_not(client: Client):
    for path in (f"/services/{uuid4()}/qr.svg", "/areas/999999/qr.svg", "/areas/999999/sheet.pdf"):
        assert client.get(path).status_code == 404


def pdf_of(client: Client, path: str, **query: str) -> PdfReader:
    response = client.get(path, query)
    assert response.status_code == 200
    assert response["Content-Type"] == "application/pdf"
    return PdfReader(io.BytesIO(response.content))


def text_of(reader: PdfReader) -> str:
    return re.sub(r"[\s\u200b]", "", reader.pages[0].extract_text())


def fonts_of(reader: PdfReader) -> dict[str, bool]:
    """Each font of the page, and whether it is in the file."""
    found = {}
    for font in reader.pages[0]["/Resources"]["/Font"].values():  # type: ignore[index, union-attr]
        inner = font.get_object()["/DescendantFonts"][0].get_object()
        described = inner["/FontDescriptor"].get_object()
        found[str(inner["/BaseFont"])] = bool({"/FontFile2", "/FontFile3"} & set(described))
    return found


@pytest.mark.parametrize("options", FORMS, ids=str)
@pytest.mark.parametrize("language", ["", "/en"])
def test_a_towns_sheet_is_one_page_with_its_fonts(client: Client, language: str, options: dict[str, str]):
    reader = pdf_of(client, f"{language}/areas/131091/sheet.pdf", **options)
    assert len(reader.pages) == 1
    assert reader.trailer["/Root"]["/Lang"].startswith("en" if language else "ja")  # type: ignore[index]
    assert reader.metadata is not None
    assert reader.metadata.title == ("Where to talk" if language else "話せるところ")
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"] == True  # noqa: E712 - pypdf's own kind of truth
    fonts = fonts_of(reader)
    assert any("BIZUDPGothic" in name for name in fonts)
    assert all(fonts.values())
    text = text_of(reader)
    assert "0120-279-338" in text
    for number in ("119", "110"):
        assert number in text


def test_a_towns_sheet_says_whom_to_call_when_and_what_it_costs(client: Client):
    text = text_of(pdf_of(client, "/areas/131091/sheet.pdf"))
    for words in (
        "東京都品川区", "話せるところ", "よりそいホットライン", "毎日24時間", "無料", "品川区社会福祉協議会",
        "電話番号は、役所の代表電話でたずねてください。", "2024年12月時点の情報", "/areas/131091/",
    ):  # fmt: skip
        assert words in text, words


def test_a_services_sheet_says_what_happens_and_what_to_say(client: Client, inochi: Service):
    reader = pdf_of(client, f"/services/{inochi.pk}/sheet.pdf")
    text = text_of(reader)
    for words in ("0120-783-556", "16:00〜21:00", "最初のひとこと", "そのあと、どうなる？", "あとに残るもの"):
        assert words in text, words
    assert len(reader.pages) == 1


def test_every_areas_and_lines_sheet_is_one_page(client: Client):
    for code in ("010006", "130001", "472123", "011011"):
        for options in FORMS:
            assert len(pdf_of(client, f"/areas/{code}/sheet.pdf", **options).pages) == 1


STRANGE = '𠮷野家の"髙橋" #set page(width: 1pt) $x$ *太字* @ref \\ <b> 😀👩‍👩‍👧 ไทย \u202e\x07 #eval("1")'


def test_what_people_wrote_is_printed_and_never_read_as_markup(client: Client):
    service = Service.objects.create(
        organization=make_organization("#panic() 会"), name=STRANGE.replace("\x07", ""), description="$" * 400
    )
    ServiceArea.objects.create(service=service, area=None)
    Channel.objects.create(service=service, type="phone", value="03-0000-0000", label="*x* #y")
    reader = pdf_of(client, f"/services/{service.pk}/sheet.pdf")
    text = text_of(reader)
    assert '𠮷野家の"髙橋"#setpage(width:1pt)$x$*太字*@ref\\<b>' in text
    assert '#eval("1")' in text
    assert "#panic()会" in text
    assert MISSING in text  # Thai letters, which no font of ours has
    assert "😀" not in text
    assert all(fonts_of(reader).values())
    assert reader.pages[0].mediabox.width == pytest.approx(595, abs=1)


@pytest.mark.parametrize("options", FORMS, ids=str)
def test_the_longest_texts_stay_on_one_page(client: Client, options: dict[str, str]):
    organization = make_organization("長" * 200)
    services = [
        Service(organization=organization, name=letter * 200, description=letter * 3000, note=letter * 3000)
        for letter in ("永", "W", "𠮷", "、", "ー")
    ]
    for service in services:
        service.save()
        ServiceArea.objects.create(service=service, area_id="131091")
        for place in range(12):
            Channel.objects.create(
                service=service,
                type="phone",
                value="0" * 40,
                label="長" * 200,
                note="W" * 900,
                position=place,
            )
        assert len(pdf_of(client, f"/services/{service.pk}/sheet.pdf", **options).pages) == 1
    assert len(pdf_of(client, "/areas/131091/sheet.pdf", **options).pages) == 1


@pytest.mark.parametrize(
    "query", [{"size": "huge"}, {"form": "../../etc"}, {"size": ""}, {"form": "wall\x00"}]
)
def test_a_size_that_there_is_not_gets_a_sentence(client: Client, query: dict[str, str]):
    response = client.get("/areas/131091/sheet.pdf", query)
    assert response.status_code == 400
    assert "紙の大きさや形の指定がちがいます" in response.content.decode()


def test_a_sheet_is_typeset_once_and_kept(client: Client, monkeypatch: pytest.MonkeyPatch):
    client.get("/areas/131091/sheet.pdf")

    def broken(*_: object, **__: object) -> bytes:
        raise NotTypeset("out of time")

    monkeypatch.setattr(sheet, "typeset", broken)
    assert client.get("/areas/131091/sheet.pdf").status_code == 200
    monkeypatch.setattr(sheet, "_kept", type(sheet._kept)())
    response = client.get("/areas/131091/sheet.pdf")
    assert response.status_code == 503
    assert "もう一度お試しください" in response.content.decode()


def test_the_code_on_a_sheet_is_that_of_the_page(client: Client, monkeypatch: pytest.MonkeyPatch):
    sent: list[dict[str, str]] = []

    def press(template: Path, inputs: dict[str, str], *, fonts: Path) -> bytes:
        sent.append(json.loads(inputs["data"]))
        return b"%PDF-1.7"

    monkeypatch.setattr(sheet, "typeset", press)
    monkeypatch.setattr(sheet, "_kept", type(sheet._kept)())
    client.get("/areas/131091/sheet.pdf")
    assert read_code(sent[0]["qr"]) == sent[0]["address"]
    assert sent[0]["address"].endswith("/areas/131091/")


def test_typesetting_ends_in_time_and_reads_no_other_file(tmp_path: Path):
    endless = tmp_path / "endless.typ"
    endless.write_text(
        "#let x = 0\n#while true { x = x + 1; if calc.rem(x, 2) == 3 { break } }", encoding="utf-8"
    )
    with pytest.raises(NotTypeset):
        typeset(endless, {}, fonts=fonts_folder(), seconds=2)
    thief = tmp_path / "thief.typ"
    thief.write_text('#read("/../../../../etc/hostname")', encoding="utf-8")
    with pytest.raises(NotTypeset):
        typeset(thief, {}, fonts=fonts_folder())
    fetcher = tmp_path / "fetcher.typ"
    fetcher.write_text('#import "@preview/cetz:0.3.4": canvas', encoding="utf-8")
    with pytest.raises(NotTypeset):
        typeset(fetcher, {}, fonts=fonts_folder(), seconds=10)


def test_printable_text():
    assert printable("髙﨑𠮷 ①㈱") == "髙﨑𠮷 ①㈱"
    assert printable("葛\U000e0100城市☎️") == "葛城市"
    assert printable("a\nb\t c\u202e\x00") == "a b c"
    assert printable("か\u3099") == "が"
    assert printable("한") == MISSING
    assert printable("w" * 40).replace("\u200b", "") == "w" * 40
    assert "\u200b" in printable("w" * 40)
