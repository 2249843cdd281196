"""Furigana: how words are read, and where in a page it is written."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.http import HttpResponse
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tsunagari.core.furigana import align, annotate, readings, segments, with_ruby
from tsunagari.core.furigana.pages import write_readings

JUDGED = Path(__file__).parent / "data"
RUBY = re.compile(r"<ruby>(.*?)<rt>.*?</rt></ruby>", re.DOTALL)


def without_readings(html: str) -> str:
    """The document as it was before readings were written into it."""
    html = RUBY.sub(r"\1", html)
    return re.sub(r'<span class="yomi">(.*?)</span>', r"\1", html, flags=re.S)


def written(html: str, *, everywhere: bool = True) -> str:
    response = HttpResponse(html)
    write_readings(response, everywhere=everywhere)
    return str(response.content.decode())


def read(text: str) -> str:
    return "".join(reading or surface for surface, reading in segments(text))


def shown(text: str) -> str:
    return "".join(f"{surface}[{reading}]" if reading else surface for surface, reading in segments(text))


def judged(name: str) -> list[tuple[str, str]]:
    lines = (JUDGED / name).read_text(encoding="utf-8").splitlines()
    return [(text, reading) for text, _, reading in (line.partition("\t") for line in lines)]


def test_the_judged_readings_hold():
    names = ("readings_judged.tsv", "readings_unseen.tsv", "readings_third.tsv")
    cases = [case for name in names for case in judged(name)]
    assert len(cases) >= 200
    assert len({text for text, _ in cases}) == len(cases)
    wrong = [(shown(text), reading) for text, reading in cases if read(text) != reading]
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("受け取りました。", "受[う]け取[と]りました。"),
        ("立ち寄って話す", "立[た]ち寄[よ]って話[はな]す"),
        ("いま4人待っています", "いま4人[にん]待[ま]っています"),
        ("お金がない", "お金[かね]がない"),
        ("10日の9時", "10日[とおか]の9時[じ]"),
        ("1人で", "1人[ひとり]で"),
        ("21人で", "21人[にん]で"),
        ("12月1日", "12月[がつ]1日[ついたち]"),
        ("富山県朝日町", "富山県朝日町[とやまけんあさひまち]"),
        ("北海道朝日町", None),
        ("ひらがな カタカナ abc 123", "ひらがな カタカナ abc 123"),
        ("", ""),
    ],
)
def test_only_the_kanji_carry_a_reading(text: str, expected: str | None):
    assert "".join(surface for surface, _ in segments(text)) == text
    if expected is not None:
        assert shown(text) == expected


def test_a_reading_that_does_not_fit_stands_over_the_whole_word():
    assert align("飼い犬", "かいいぬ") == [("飼", "か"), ("い", ""), ("犬", "いぬ")]
    assert align("大人しい", "おとなしい") == [("大人", "おとな"), ("しい", "")]
    assert align("今日", "") == [("今日", "")]
    assert align("お巡り", "けいかん") == [("お巡り", "けいかん")]


def test_a_name_with_two_readings_is_not_guessed_from_the_file():
    by_surface, _ = readings._rules()
    assert "池田町" not in by_surface
    assert by_surface["宍粟市"][0].reading == "しそうし"
    assert read("長野県池田町") == "ながのけんいけだまち"
    assert read("岐阜県池田町") == "ぎふけんいけだちょう"


def test_a_correction_counts_only_at_the_edges_of_words_and_in_its_context():
    assert read("東北区間") == "とうほくくかん"
    assert read("人気のない道") != read("人気の店")
    assert read("チャットを開く") == "チャットをひらく"
    assert read("いま開いています") == "いまあいています"


PAGE = """<!DOCTYPE html><html lang='ja'><head><title>相談</title><meta content="相談>窓口"></head>
<body><!-- 相談 <p> --><p title='漢字 > "字"'>話<b>し</b>方</p><input value=相談>
<select><option>電話</option></select><textarea>相談 <b></textarea>
<script>let 相談 = '<p>電話</p>';</script><code>相談</code><svg><text>電話</text></svg>
<ruby>相談<rt>そうだん</rt></ruby><p lang=zh>中文電話</p><p lang='en'>相談</p>
<p>電話 &amp; 相談 < 3</p></body></html>"""


def test_readings_stand_in_the_text_of_the_page_alone():
    html = written(PAGE)
    assert without_readings(html) == PAGE.replace("<ruby>相談<rt>そうだん</rt></ruby>", "相談")
    for same in (
        "<title>相談</title>",
        'content="相談>窓口"',
        "<!-- 相談 <p> -->",
        "title='漢字 > \"字\"'",
        "value=相談",
        "<option>電話</option>",
        "<textarea>相談 <b></textarea>",
        "let 相談 = '<p>電話</p>';",
        "<code>相談</code>",
        "<text>電話</text>",
        "<p lang=zh>中文電話</p>",
        "<p lang='en'>相談</p>",
    ):
        assert same in html, same
    assert "<ruby>電話<rt>でんわ</rt></ruby> &amp; <ruby>相談<rt>そうだん</rt></ruby> </span>< 3" in html
    assert html.count("そうだん</rt>") == 2


def test_writing_twice_is_writing_once():
    once = written(PAGE)
    assert written(once) == once


def test_on_an_easy_page_plain_japanese_alone_is_read():
    html = '<html lang="ja-x-easy"><p>電話 します</p><p lang="ja">電話<b>相談</b></p><p lang="en">電話</p>'
    assert written(html, everywhere=False) == (
        '<html lang="ja-x-easy"><p>電話 します</p><p lang="ja"><ruby>電話<rt>でんわ</rt></ruby>'
        '<b><ruby>相談<rt>そうだん</rt></ruby></b></p><p lang="en">電話</p>'
    )


def test_an_element_may_say_how_it_is_read():
    html = '<h3 lang="ja" data-kana="さいたまのいえ"><a href="/x">埼玉の家</a></h3><p>家</p>'
    found = written(html)
    assert "<ruby>埼玉<rt>さいたま</rt></ruby>の<ruby>家<rt>いえ</rt></ruby>" in found
    assert without_readings(found) == html
    # a reading that does not fit the name, or is that of a shorter one, is not forced on it
    assert readings.matched("生活困窮者自立相談支援窓口", "じりつそうだんしえん") is None
    odd = '<h3 data-kana="にじゅうよじかん">24時間の電話</h3>'
    assert written(odd) == odd.replace(
        "24時間の電話",
        '<span class="yomi">24<ruby>時間<rt>じかん</rt></ruby>の<ruby>電話<rt>でんわ</rt></ruby></span>',
    )


MARKUP = r"""<p> </p> <b_class='漢'> </b> <a_href="/x?漢=>"> </a> <br> <!--_漢_--> <!漢> </漢> <p_lang=ja>
<p_lang="en"> <script> </script> <textarea> </textarea> <select> </select> <svg> </svg> < > &amp; &#x6f22;
<p <p_a=' " <code> </code> <!-- --> <img_alt=漢字> <p_data-kana='かん'> <title> </title> <?漢?>"""
PIECES = st.one_of(
    st.sampled_from([piece.replace("_", " ") for piece in MARKUP.split()]),
    st.text(alphabet="漢字人日1024分あいアヶ々〇、。 \n生活困窮者相談電話𠮷", max_size=12),
)


@given(st.lists(PIECES, max_size=25).map("".join))
@example("<p a = 'x>漢'>字</p>")
@example("<a b=c>漢</a>")
@hypothesis_settings(deadline=None, max_examples=300)
def test_without_the_readings_it_is_the_same_document(html: str):
    assert without_readings(written(html)) == html
    assert without_readings(written(html, everywhere=False)) == html


@given(st.text(max_size=60))
@hypothesis_settings(deadline=None, max_examples=200)
def test_the_pieces_of_any_text_are_the_text(text: str):
    assert "".join(surface for surface, _ in segments(text)) == text


def test_a_very_long_text_is_read_in_pieces():
    text = "相談の電話です。" * 5_000
    assert read(text) == "そうだんのでんわです。" * 5_000
    solid = "漢" * 30_000
    assert "".join(surface for surface, _ in segments(solid)) == solid


def test_a_visitors_words_are_not_kept(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(readings, "_KEPT", {})
    private = HttpResponse("<p>私の秘密の悩み</p>")
    private["Cache-Control"] = "no-store"
    write_readings(private)
    assert "<ruby>" in private.content.decode()
    assert readings._KEPT == {}
    shared = HttpResponse("<p>相談先</p>")
    shared["Cache-Control"] = "public, max-age=60"
    write_readings(shared)
    assert list(readings._KEPT) == ["相談先"]


def test_what_is_kept_has_a_bound(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(readings, "_KEPT", {})
    monkeypatch.setattr(readings, "_MOST_KEPT", 3)
    for number in range(10):
        with_ruby(f"相談{number}", keep=True)
        assert len(readings._KEPT) <= 3


def test_other_answers_are_left_alone():
    for kind in ("application/json", "text/calendar", "image/svg+xml"):
        response = HttpResponse("<p>相談</p>", content_type=kind)
        write_readings(response)
        assert response.content.decode() == "<p>相談</p>"


def test_the_corrections_are_each_said_once_and_needed():
    lines = (settings.DATA_DIR / "readings.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    assert rows[0] == ["surface", "reading", "before", "after"]
    assert all(len(row) == 4 for row in rows)
    keys = [(row[0], row[2], row[3]) for row in rows]
    assert len(keys) == len(set(keys))
    assert all(re.fullmatch("[ぁ-ゖー・〜（）A-Z]*", row[1]) for row in rows[1:])


def test_annotate_reads_with_what_it_is_given():
    assert annotate("<p>a</p>", str.upper, by_kana=lambda text, kana: kana) == "<p>A</p>"
