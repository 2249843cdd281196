"""Sheets, copies and widgets in the way of showing that their address asks for: furigana, neutral titles."""

import io
import re
import zipfile

import pytest
from django.test import Client
from pypdf import PdfReader

from tests.portal.test_papers import FORMS, fonts_of, pdf_of, text_of
from tsunagari.directory.models import Service

pytestmark = pytest.mark.usefixtures("directory")
AREA = "/areas/131091"


def title_of(html: str) -> str:
    found = re.search("<title>(.*?)</title>", html)
    assert found
    return found[1]


@pytest.mark.parametrize("options", FORMS, ids=str)
@pytest.mark.parametrize("prefix", ["/f", "/yf", "/tyf"])
def test_a_sheet_with_furigana_has_the_readings_over_the_same_words(
    client: Client, prefix: str, options: dict[str, str]
):
    reader = pdf_of(client, f"{prefix}{AREA}/sheet.pdf", **options)
    assert len(reader.pages) == 1
    assert all(fonts_of(reader).values())
    text = text_of(reader)
    assert "0120-279-338" in text
    assert "はな" in text  # 話(はな)せるところ


def test_readings_stand_over_their_kanji_at_half_their_size(client: Client):
    sizes: dict[str, set[float]] = {}

    def seen(text: str, _: object, __: object, ___: object, size: float) -> None:
        if text.strip():
            sizes.setdefault(text.strip(), set()).add(round(size, 2))

    reader = pdf_of(client, f"/f{AREA}/sheet.pdf")
    reader.pages[0].extract_text(visitor_text=seen)
    every = sorted(size for found in sizes.values() for size in found)
    text = text_of(reader)
    for reading in ("しながわく", "むりょう", "でんわ"):
        assert reading in text, reading
    for word in ("品川区", "無料"):
        assert word in text, word
    assert every[0] * 2 == pytest.approx(min(size for size in every if size > every[0] * 1.9), rel=0.2)


def test_a_sheet_without_furigana_has_none(client: Client):
    for address in (f"{AREA}/sheet.pdf", f"/en{AREA}/sheet.pdf", f"/t{AREA}/sheet.pdf"):
        assert "しながわく" not in text_of(pdf_of(client, address)), address


def test_a_services_sheet_with_furigana(client: Client, inochi: Service):
    text = text_of(pdf_of(client, f"/f/services/{inochi.pk}/sheet.pdf"))
    assert "でんわ" in text
    assert "さいしょ" in text  # 最初のひとこと
    assert "0120-783-556" in text


@pytest.mark.parametrize(("prefix", "title"), [("/t", "お知らせ"), ("/t/en", "Notice"), ("/tyf", "お知らせ")])
def test_with_a_neutral_title_no_metadata_tells_what_a_paper_is_about(
    client: Client, inochi: Service, prefix: str, title: str
):
    for path in (f"{AREA}/sheet.pdf", f"/services/{inochi.pk}/sheet.pdf"):
        response = client.get(f"{prefix}{path}")
        metadata = PdfReader(io.BytesIO(response.content)).metadata
        assert metadata is not None
        assert metadata.title == title_of(client.get(f"{prefix}/about/").content.decode()), path
        assert not metadata.author
        assert "つながり" not in str(dict(metadata))
        assert response["Content-Disposition"] == 'inline; filename="memo.pdf"'


def test_with_a_neutral_title_saved_copies_and_widgets_have_it_too(client: Client):
    neutral = title_of(client.get("/t/about/").content.decode())
    for path in ("/offline/131091/", f"{AREA}/offline.html", "/widget/131091/"):
        assert title_of(client.get(f"/t{path}").content.decode()) == neutral, path
        assert title_of(client.get(path).content.decode()) != neutral, path
    english = title_of(client.get("/t/en/about/").content.decode())
    assert title_of(client.get("/t/en/widget/131091/").content.decode()) == english


def test_with_a_neutral_title_every_page_of_a_bundle_has_it(client: Client):
    response = client.get(f"/t{AREA}/offline.zip")
    assert response["Content-Disposition"] == 'attachment; filename="memo.zip"'
    neutral = {
        "": title_of(client.get("/t/about/").content.decode()),
        "en/": title_of(client.get("/t/en/about/").content.decode()),
    }
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        pages = [name for name in archive.namelist() if name.endswith(".html")]
        assert len(pages) > 100
        for name in pages:
            title = title_of(archive.read(name).decode())
            assert title == neutral["en/" if name.startswith("en/") else ""], name
        sheet = PdfReader(io.BytesIO(archive.read("sheet.pdf")))
    assert sheet.metadata is not None
    assert sheet.metadata.title == neutral[""]
