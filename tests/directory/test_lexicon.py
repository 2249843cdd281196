"""The lexicon: expressions to needs, wishes, synonyms, and what its files may hold."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tsunagari.directory.lexicon import Lexicon, LexiconError, load_lexicon, understand

HEADER = "expression\tkind\tneeds\tweight\tnote\n"
SYNONYMS_HEADER = "canonical\tvariants\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the data that a test may spoil, without the tables."""
    (tmp_path / "lexicon").mkdir()
    shutil.copy(settings.DATA_DIR / "services.json", tmp_path)
    for name in ("needs.json", "crisis.json"):
        shutil.copy(settings.DATA_DIR / "lexicon" / name, tmp_path / "lexicon")
    return tmp_path


def with_tables(folder: Path, expressions: str = "", synonyms: str = "") -> Lexicon:
    (folder / "lexicon" / "expressions.tsv").write_text(HEADER + expressions, encoding="utf-8")
    (folder / "lexicon" / "synonyms.tsv").write_text(SYNONYMS_HEADER + synonyms, encoding="utf-8")
    return load_lexicon(folder)


def spoil(folder: Path, change: Any) -> None:
    path = folder / "lexicon" / "crisis.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


# -- needs ----------------------------------------------------------------------------------------------


def test_the_first_need_counts_most_and_signs_add_up(folder: Path) -> None:
    lexicon = with_tables(
        folder,
        "学校行きたくない\tphrase\tschool-refusal,school\t0.9\t\n眠れない\tphrase\tinsomnia\t0.8\t\n不登校\tword\tschool-refusal\t0.5\t\n",
    )
    needs = {need.key: need for need in lexicon.understand("学校行きたくない 不登校 ねむい").needs}
    assert list(needs) == ["school-refusal", "school"]
    assert needs["school-refusal"].score == pytest.approx(1 - 0.1 * 0.5)
    assert needs["school"].score == pytest.approx(0.54)
    assert needs["school-refusal"].expressions == ("学校行きたくない", "不登校")


def test_an_expression_inside_a_longer_one_counts_less(folder: Path) -> None:
    lexicon = with_tables(
        folder, "学校\tphrase\tschool\t0.8\t\n学校行きたくない\tphrase\tschool-refusal\t0.8\t\n"
    )
    needs = {need.key: need.score for need in lexicon.understand("学校行きたくない").needs}
    assert needs == {"school-refusal": 0.8, "school": 0.4}


@pytest.mark.parametrize("text", ["ナマポ 受けたい", "なまぽ", "ﾅﾏﾎﾟ", "な ま ぽ もらう", "namapo"])
def test_phrases_in_any_writing(folder: Path, text: str) -> None:
    lexicon = with_tables(folder, "ナマポ\tphrase\twelfare\t0.9\t\n", "生活保護\tナマポ,生保\n")
    if " ま" not in text and text != "namapo":  # short kana count only where a word begins
        assert [need.key for need in lexicon.understand(text).needs] == ["welfare"]
        assert lexicon.understand(text).terms == ("生活保護",)
    else:
        assert lexicon.understand(text).needs == ()


def test_latin_letters_and_short_kana_only_as_words(folder: Path) -> None:
    lexicon = with_tables(folder, "sns\tphrase\tsns-trouble\t0.5\t\nうつ\tphrase\tdepression\t0.9\t\n")
    assert lexicon.understand("xsnsx").needs == ()
    assert [need.key for need in lexicon.understand("SNSで悪口").needs] == ["sns-trouble"]
    assert lexicon.understand("うつくしい").needs == ()
    assert [need.key for need in lexicon.understand("うつ つらい").needs][:1] == ["depression"]


def test_patterns(folder: Path) -> None:
    lexicon = with_tables(folder, "お金.{0,3}(?:ない|無い)\tpattern\tpoverty\t0.9\t\n")
    assert [need.key for need in lexicon.understand("もうお金が全然ない").needs] == ["poverty"]
    assert lexicon.understand("お金の話").needs == ()


def test_a_crisis_is_a_need_too() -> None:
    assert understand("しにたい").needs[0].key == "suicidal"


def test_a_synonym_that_is_there_already_is_not_added(folder: Path) -> None:
    lexicon = with_tables(folder, synonyms="生活保護\tナマポ\n")
    assert lexicon.understand("生活保護 ナマポ").terms == ()


# -- wishes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "channels"),
    [
        ("電話で相談", ("phone",)),
        ("LINEで話したい", ("line",)),
        ("ラインで相談", ("line",)),
        ("オンラインゲーム", ()),
        ("チャット 相談", ("chat",)),
        ("メールで相談したい", ("email",)),
        ("会って話を聞いてほしい", ("visit",)),
        ("電話は苦手 チャットがいい", ("chat",)),
        ("チームで働く", ()),
    ],
)
def test_channels(text: str, channels: tuple[str, ...]) -> None:
    assert understand(text).channels == channels


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("ベトナム語で相談", "vi"),
        ("中国語", "zh"),
        ("English speaking counselor", "en"),
        ("I want to talk to someone", "en"),
        ("ポルトガル語 電話", "pt"),
        ("タガログ語", "tl"),
        ("ネパール語", "ne"),
        ("한국어 상담", "ko"),
        ("ปรึกษา", "th"),
        ("tôi cần giúp đỡ", "vi"),
        ("我需要帮助", "zh"),
        ("生活保護", None),
        ("話したい", None),
    ],
)
def test_languages(text: str, language: str | None) -> None:
    assert understand(text).language == language


@pytest.mark.parametrize(
    "text",
    [
        "夜中に話せるところ",
        "いますぐ話したい",
        "今話せる",
        "深夜 相談",
        "24時間",
        "土日もやってる",
        "正月",
        "open now",
    ],
)
def test_now(text: str) -> None:
    assert understand(text).open_now


@pytest.mark.parametrize("text", ["うまい話", "今年の予定", "今後のこと", "仕事 探す", "います"])
def test_not_now(text: str) -> None:
    assert not understand(text).open_now


def test_free_audience_and_what_is_left() -> None:
    understood = understand("高校生 無料で電話相談できるところ 不登校")
    assert understood.free
    assert understood.audience == ("youth",)
    assert "不登校" in understood.residual
    assert "無料" not in understood.residual
    assert "電話" not in understood.residual


def test_nothing_is_understood_of_nothing() -> None:
    understood = understand("")
    assert (understood.needs, understood.crisis, understood.residual) == ((), (), "")


# -- files ----------------------------------------------------------------------------------------------


def test_the_tables_may_be_missing(folder: Path) -> None:
    assert load_lexicon(folder).expressions == ()


def test_the_real_files_are_right() -> None:
    lexicon = load_lexicon(settings.DATA_DIR)
    assert {one.key for one in lexicon.crisis.classes} == {
        "self_harm", "violence_now", "abuse", "sexual_violence", "child_abuse", "emergency",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("あ\tphrase\tnone-such\t0.5\t", r"expressions\.tsv:2: unknown need"),
        ("あ\tphrase\t\t0.5\t", r"expressions\.tsv:2: unknown need"),
        ("あ\tsentence\tdv\t0.5\t", r"expressions\.tsv:2: kind 'sentence'"),
        ("あ\tphrase\tdv\thigh\t", r"expressions\.tsv:2: weight 'high' is no number"),
        ("あ\tphrase\tdv\t1.5\t", r"expressions\.tsv:2: weight 1.5"),
        ("あ\tphrase\tdv", r"expressions\.tsv:2: 3 cells"),
        ("(a+)+\tpattern\tdv\t0.5\t", r"expressions\.tsv:2: \+ on a group"),
        ("(a\tpattern\tdv\t0.5\t", r"expressions\.tsv:2: "),
        ("\u200b\tphrase\tdv\t0.5\t", r"expressions\.tsv:2: an empty expression"),
    ],
)
def test_errors_in_expressions_name_the_line(folder: Path, row: str, message: str) -> None:
    with pytest.raises(LexiconError, match=message):
        with_tables(folder, row + "\n")


def test_errors_in_synonyms_name_the_line(folder: Path) -> None:
    with pytest.raises(LexiconError, match=r"synonyms\.tsv:3: 'ナマポ' already stands for '生活保護'"):
        with_tables(folder, synonyms="生活保護\tナマポ\n年金\tナマポ\n")
    with pytest.raises(LexiconError, match=r"synonyms\.tsv:2: expected"):
        with_tables(folder, synonyms="生活保護\n")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda c: c["classes"][0]["pins"].append("none-such"),
            r"classes\.emergency\.pins: unknown key 'none-such'",
        ),
        (lambda c: c["classes"][0]["pins"].clear(), r"classes\.emergency\.pins: empty"),
        (lambda c: c["classes"][0]["needs"].append("none-such"), r"classes\.emergency\.needs: unknown key"),
        (lambda c: c["classes"][0]["strong"].insert(0, "(a{0,3})+"), r"classes\.emergency\.strong\[0\]: "),
        (lambda c: c["classes"][0]["weak"].insert(0, "<none_such>"), r"weak\[0\]: no set <none_such>"),
        (lambda c: c["masks"].insert(0, {"pattern": "x", "example": "y"}), r"masks\[0\]: 'x' does not match"),
        (lambda c: c["information"].insert(0, "\\d"), r"information\[0\]: no backslash"),
    ],
)
def test_errors_in_crisis_rules_name_the_place(folder: Path, change: Any, message: str) -> None:
    spoil(folder, change)
    with pytest.raises(LexiconError, match=message):
        load_lexicon(folder)


def test_a_missing_or_broken_file_is_named(folder: Path) -> None:
    (folder / "lexicon" / "crisis.json").write_text("{\n oops", encoding="utf-8")
    with pytest.raises(LexiconError, match=r"crisis\.json:2: no JSON"):
        load_lexicon(folder)
    (folder / "lexicon" / "crisis.json").unlink()
    with pytest.raises(LexiconError, match=r"crisis\.json: the file is missing"):
        load_lexicon(folder)
