"""Widgets for others' pages: framed, as data, readable in any colours, and nothing else may be framed."""

import re
from html import unescape

import pytest
from django.test import Client, override_settings
from hypothesis import given
from hypothesis import strategies as st

from tsunagari.core.middleware import CONTENT_SECURITY_POLICY
from tsunagari.portal.need_groups import NEED_GROUPS
from tsunagari.portal.reach.colours import AA, contrast, ink_on, palette, read_colour, stylesheet

colours = st.text(alphabet="0123456789abcdef", min_size=6, max_size=6)


@given(colours, colours)
def test_every_text_is_readable_on_whatever_is_chosen(accent: str, ground: str):
    found = palette(accent, ground)
    for text in (found.ink, found.soft, found.link, found.danger):
        assert contrast(text, found.ground) >= AA
    assert contrast(found.on_accent, found.accent) >= AA
    assert (found.accent, found.ground) == (accent, ground)


@given(st.text(max_size=12))
def test_what_is_no_colour_reaches_no_style_sheet(text: str):
    colour = read_colour(text)
    if colour is not None:
        assert re.fullmatch("[0-9a-f]{6}", colour)


def test_contrast_is_that_of_the_standard():
    assert contrast("000000", "ffffff") == pytest.approx(21)
    assert contrast("777777", "ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast("abcdef", "abcdef") == 1
    assert (ink_on("ffff00"), ink_on("000080")) == ("000000", "ffffff")
    assert (read_colour("#AbC"), read_colour("0a5a33\n"), read_colour("red")) == ("aabbcc", None, None)
    assert stylesheet(palette("0a5a33", "ffffff")).startswith(
        ":root:root{color-scheme:light;--ground:#ffffff;"
    )


pages = pytest.mark.usefixtures("directory")


@pages
def test_the_frame_may_be_framed_and_runs_nothing(client: Client):
    response = client.get("/widget/131091/")
    policy = response["Content-Security-Policy"]
    assert "frame-ancestors *" in policy
    assert "script-src 'none'" in policy
    assert "X-Frame-Options" not in response
    assert not response.cookies
    html = response.content.decode()
    assert "<script" not in html
    assert "style=" not in html
    assert 'href="tel:119"' in html
    assert 'href="tel:110"' in html
    for link in re.findall(r"<a [^>]*>", html):
        if 'href="tel:' not in link and 'href="mailto:' not in link:
            assert 'target="_blank" rel="noopener noreferrer"' in link, link
    assert '<form method="post" action="/search/" target="_blank"' in html
    assert 'name="area" value="131091"' in html


@pages
@pytest.mark.parametrize(
    "path",
    ["/", "/talk-now/", "/areas/131091/", "/for-organizations/widget/", "/areas/131091/offline/",
     "/offline/131091/", "/widget/131091.json", "/areas/131091/qr.svg", "/desk/login/", "/widget/999999/"],
)  # fmt: skip
def test_nothing_else_may_be_framed(client: Client, path: str):
    response = client.get(path)
    assert response["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in response["Content-Security-Policy"]


@pages
def test_the_page_to_set_it_up_frames_only_ourselves(client: Client):
    policy = client.get("/for-organizations/widget/")["Content-Security-Policy"]
    assert policy == f"{CONTENT_SECURITY_POLICY}; frame-src 'self'"


@pages
def test_colours_come_from_an_address_and_hold_only_digits(client: Client):
    html = client.get("/widget/131091/?accent=%23FF0&ground=222").content.decode()
    address = unescape(re.search(r'href="(/widget/colours\.css[^"]*)"', html)[1])  # type: ignore[index]
    response = client.get(address)
    assert response["Content-Type"].startswith("text/css")
    css = response.content.decode()
    assert "--accent:#ffff00" in css
    assert "--on-accent:#000000" in css
    assert "--ink:#ffffff" in css
    attack = client.get(
        "/widget/colours.css", {"accent": "red;}body{background:url(//x)", "ground": "</style>"}
    )
    assert re.fullmatch(
        r":root:root\{color-scheme:\w+;(--[a-z-]+:#[0-9a-f]{6};?)+\}\n", attack.content.decode()
    )


@pages
@pytest.mark.parametrize(
    "query",
    [
        {"accent": "green"}, {"ground": "#12345"}, {"accent": "12345g"}, {"need": "nothing"}, {"count": "0"},
        {"count": "13"}, {"count": "-1"}, {"count": "１"}, {"count": "9" * 400}, {"count": "x"},
        {"accent": "<script>"}, {"need": "\x00"},
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_said_and_the_usual_is_shown(client: Client, query: dict[str, str]):
    response = client.get("/widget/131091/", query)
    html = response.content.decode()
    assert response.status_code == 200
    assert html.count('class="problem"') == 1
    assert "<script" not in html
    data = client.get("/widget/131091.json", query).json()
    assert len(data["problems"]) == 1
    assert len(data["services"]) == 4
    assert data["colours"] is None


@pages
def test_the_options_choose_what_is_shown(client: Client):
    assert len(client.get("/widget/131091.json?count=12").json()["services"]) == 12
    for group in NEED_GROUPS:
        data = client.get(f"/widget/131091.json?need={group.key}").json()
        assert data["services"], group.key
        assert data["problems"] == []
    names = {
        each["name"] for each in client.get("/widget/131091.json?need=safety&count=12").json()["services"]
    }
    assert "DV相談プラス" in names
    english = client.get("/en/widget/131091.json").json()
    assert english["language"] == "en"
    assert english["more"].endswith("/en/areas/131091/")


@pages
@override_settings(SITE_URL="https://tsunagari.example.jp")
def test_the_data_is_for_every_site_and_says_when_it_has_not_changed(client: Client):
    response = client.get("/widget/131091.json")
    assert response["Access-Control-Allow-Origin"] == "*"
    assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
    data = response.json()
    assert data["version"] == 1
    assert data["area"] == {
        "code": "131091", "name": "東京都品川区", "url": "https://tsunagari.example.jp/areas/131091/"
    }  # fmt: skip
    assert [line["number"] for line in data["emergency"]] == ["119", "110"]
    for service in [*data["services"], *data["offices"]]:
        assert service["url"].startswith("https://tsunagari.example.jp/services/")
        assert all(re.match(r"(tel:|https?://|mailto:)", way["url"]) for way in service["ways"])
    again = client.get("/widget/131091.json", HTTP_IF_NONE_MATCH=response["ETag"])
    assert again.status_code in {304, 200}  # 200 when the minute ended in between
    if again.status_code == 200:
        assert again["ETag"] != response["ETag"]


@pages
def test_an_area_that_there_is_not(client: Client):
    response = client.get("/widget/999999.json")
    assert response.status_code == 404
    assert set(response.json()) == {"error", "error_en"}
    assert response["Access-Control-Allow-Origin"] == "*"
    assert client.get("/widget/999999/").status_code == 404


@pages
def test_the_script_is_for_every_site_and_keeps_nothing(client: Client):
    response = client.get("/widget/embed.js")
    assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert response["Content-Type"].startswith("text/javascript")
    script = response.content.decode()
    for word in (
        "localStorage",
        "sessionStorage",
        "cookie",
        "innerHTML",
        "eval(",
        "sendBeacon",
        'setAttribute("style',
    ):
        assert word not in script


@pages
def test_setting_it_up_without_a_script(client: Client):
    html = client.get("/for-organizations/widget/").content.decode()
    assert "data-tsunagari" not in html
    response = client.get(
        "/for-organizations/widget/",
        {
            "area": "しながわ",
            "own_colours": "on",
            "accent": "#c0392b",
            "ground": "#fff7e6",
            "need": "home",
            "count": "3",
        },
    )
    html = unescape(response.content.decode())
    assert response.status_code == 200
    assert (
        '<iframe class="preview" src="/widget/131091/?accent=c0392b&ground=fff7e6&need=home&count=3"' in html
    )
    assert 'data-tsunagari="http' in html
    assert "/widget/embed.js" in html
    framed = client.get("/widget/131091/?accent=c0392b&ground=fff7e6&need=home&count=3")
    assert framed.status_code == 200
    for language, beginning in (("en", "/en/widget/"), ("easy", "/y/widget/"), ("ja", "/widget/")):
        page = client.get("/for-organizations/widget/", {"area": "131091", "language": language})
        assert f'src="{beginning}131091/"' in page.content.decode()
        assert client.get(f"{beginning}131091/").status_code == 200


@pages
@pytest.mark.parametrize(
    ("query", "status", "sentence"),
    [
        ({"area": ""}, 422, "市区町村の名前を書いてください。"),
        ({"area": "ぬるぽ市"}, 422, "その名前の市区町村は見つかりませんでした。"),
        ({"area": "品川区", "count": "99"}, 422, "1から12までの数を書いてください。"),
        ({"area": "品川区", "own_colours": "on", "accent": "javascript:"}, 200, "いつもの色にしました。"),
        ({"area": '"><script>alert(1)</script>'}, 422, "見つかりませんでした"),
        ({"area": "府中"}, 200, "どちらのまちですか"),
    ],
)  # fmt: skip
def test_what_was_written_wrong_gets_a_sentence(
    client: Client, query: dict[str, str], status: int, sentence: str
):
    response = client.get("/for-organizations/widget/", query)
    html = response.content.decode()
    assert response.status_code == status
    assert sentence in html
    assert "<script>alert" not in html
