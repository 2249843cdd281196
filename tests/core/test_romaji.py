"""Names of areas in Latin letters."""

import csv
import re

import pytest
from django.conf import settings

from tsunagari.core.romaji import APART, area_in_romaji


@pytest.mark.parametrize(
    ("name", "kana", "expected"),
    [
        ("釧路市", "くしろし", "Kushiro-shi"),
        ("大阪市", "おおさかし", "Osaka-shi"),
        ("新宿区", "しんじゅくく", "Shinjuku-ku"),
        ("倶知安町", "くっちゃんちょう", "Kutchan-cho"),
        ("嵐山町", "らんざんまち", "Ranzan-machi"),
        ("日吉津村", "ひえづそん", "Hiezu-son"),
        ("天栄村", "てんえいむら", "Ten'ei-mura"),
        ("松浦市", "まつうらし", "Matsuura-shi"),
        ("瀬戸内市", "せとうちし", "Setouchi-shi"),
        ("竜王町", "りゅうおうちょう", "Ryuo-cho"),
        ("周防大島町", "すおうおおしまちょう", "Suooshima-cho"),
        ("東京都", "とうきょうと", "Tokyo"),
        ("北海道", "ほっかいどう", "Hokkaido"),
        ("京都府", "きょうとふ", "Kyoto Prefecture"),
        ("大分県", "おおいたけん", "Oita Prefecture"),
    ],
)
def test_names_as_they_are_written_on_signs(name: str, kana: str, expected: str):
    assert area_in_romaji(name, kana) == expected


def test_every_area_has_a_name_in_latin_letters():
    with (settings.DATA_DIR / "municipalities.csv").open(encoding="utf-8", newline="") as stream:
        areas = list(csv.DictReader(stream))
    wrong = [
        area["name"]
        for area in areas
        if not re.fullmatch(
            "[A-Z][a-z']+(-(shi|ku|cho|machi|mura|son)| Prefecture)?",
            area_in_romaji(area["name"], area["kana"]),
        )
    ]
    assert wrong == []
    readings = "\n".join(area["kana"] for area in areas)
    assert [stem for stem in APART if not re.search(f"(?m)^{stem}(ちょう|まち|し)$", readings)] == []
