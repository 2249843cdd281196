"""The files in ``data/``: valid, complete, consistent, and without what they must not hold."""

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest

DATA = Path(__file__).parents[2] / "data"
HIRAGANA = re.compile(r"[ぁ-ゖー]+(?: [ぁ-ゖー]+)*")
LANGUAGES = {"ja", "en", "easy_ja"}
CHANNEL_TYPES = {"phone", "chat", "line", "email", "visit", "web"}
DAYS = {"mon", "tue", "wed", "thu", "fri", "sat", "sun", "hol"}
PROGRAMME_FIELDS = {
    "id", "name", "name_kana", "name_easy", "name_en", "kind", "organization", "basis", "description",
    "description_en", "for_whom", "where_to_apply", "apply_at", "required_documents", "topics", "audience",
    "cost", "url", "as_of", "certainty",
}  # fmt: skip
EXPECTED_PROGRAMMES = {
    "seikatsu-fukushi-shikin", "kinkyu-koguchi", "jukyo-kakuho", "shugaku-enjo", "seikatsu-hogo",
    "jidou-fuyou-teate", "jidou-teate", "shougai-nenkin", "jiritsu-shien-iryou", "kougaku-ryouyou",
    "shugaku-shien-shinseido", "koyou-hoken", "shoubyou-teate", "kokuho-genmen", "nenkin-menjo",
    "ikuji-kyugyou", "kaigo-kyugyou", "boshi-fushi-kashitsuke", "tokubetsu-shougaisha-teate",
    "tokubetsu-jidou-fuyou-teate", "kyushokusha-shien", "izoku-nenkin", "shussan-ichijikin",
    "hanzai-higai-kyufu", "houterasu-tatekae", "mikaku",
}  # fmt: skip
ENGLISH_FIELDS = {
    "name_en", "description_en", "description_easy", "organization_en", "note_en", "labels_en"
}  # fmt: skip
PROGRAMME_ENGLISH_FIELDS = {"for_whom", "where_to_apply", "cost", "required_documents", "organization_en"}
# An amount of money or a telephone number would be out of date soon, or invented.
AMOUNT = re.compile(r"[0-9０-９,]+(?:万|千)?円")
TELEPHONE = re.compile(r"0[0-9]{1,4}-[0-9]{1,4}-[0-9]{3,4}|0(?:120|570|800)[-0-9]{4,}")


def load(name: str) -> Any:
    return json.loads((DATA / name).read_text(encoding="utf-8"))


def repeated(values: list[str]) -> list[str]:
    return sorted({value for value in values if values.count(value) > 1})


def check_digit(code: str) -> str:
    """総務省: weights 6 to 2 on the first five digits; 11 minus the rest modulo 11, its last digit."""
    total = sum(int(digit) * weight for digit, weight in zip(code[:5], (6, 5, 4, 3, 2), strict=True))
    return str(11 - total % 11)[-1]


@pytest.fixture(scope="module")
def areas() -> list[dict[str, str]]:
    with (DATA / "municipalities.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def services() -> list[dict[str, Any]]:
    return load("services.json")["services"]


@pytest.fixture(scope="module")
def municipal_kinds() -> list[dict[str, Any]]:
    return load("services.json")["municipal_services"]


@pytest.fixture(scope="module")
def programmes() -> list[dict[str, Any]]:
    return load("programmes.json")["programmes"]


@pytest.fixture(scope="module")
def words() -> dict[str, Any]:
    return load("first_words.json")


@pytest.fixture(scope="module")
def need_keys() -> set[str]:
    if not (DATA / "lexicon" / "needs.json").exists():
        pytest.skip("data/lexicon/needs.json does not exist")
    return {need["key"] for need in load("lexicon/needs.json")["needs"]}


# -- every file -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted(DATA.rglob("*.json")), ids=lambda path: path.name)
def test_json_is_utf8_without_repeated_keys(path: Path):
    def no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        assert repeated([key for key, _ in pairs]) == []
        return dict(pairs)

    json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=no_repeats)


def test_readme_names_every_file():
    readme = (DATA / "README.md").read_text(encoding="utf-8")
    files = {path.name for path in DATA.iterdir() if path.is_file()} - {"README.md"}
    assert {name for name in files if f"`{name}`" not in readme} == set()


# -- areas ----------------------------------------------------------------------------------------------


def test_counts_of_areas(areas):
    levels = [area["level"] for area in areas]
    counts = {level: levels.count(level) for level in set(levels)}
    assert counts == {"prefecture": 47, "municipality": 1741, "ward": 171}


def test_area_codes_are_unique_with_a_valid_check_digit(areas):
    codes = [area["code"] for area in areas]
    assert len(set(codes)) == len(codes)
    assert [c for c in codes if not re.fullmatch("[0-9]{6}", c) or c[5] != check_digit(c)] == []


@pytest.mark.parametrize("code", ["010006", "011002", "130001", "131041", "271004", "470007"])
def test_check_digit_of_known_codes(code):
    """北海道, 札幌市, 東京都, 新宿区, 大阪市, 沖縄県: the rule above is the ministry's."""
    assert check_digit(code) == code[5]


def test_parents_are_one_level_up(areas):
    by_code = {area["code"]: area for area in areas}
    above = {"municipality": "prefecture", "ward": "municipality"}
    wrong = []
    for area in areas:
        parent = by_code.get(area["parent_code"])
        if area["level"] == "prefecture":
            right = area["parent_code"] == ""
        else:
            right = (
                parent is not None
                and parent["level"] == above[area["level"]]
                and parent["code"][:2] == area["code"][:2]
                and parent["prefecture"] == area["prefecture"]
            )
        if not right:
            wrong.append(area["code"])
    assert wrong == []


def test_area_names_end_in_what_they_are(areas):
    ends = {"prefecture": "都道府県", "municipality": "市区町村", "ward": "区"}
    assert [a["code"] for a in areas if a["name"][-1] not in ends[a["level"]]] == []


def test_area_kana_is_hiragana(areas):
    assert [a["code"] for a in areas if not re.fullmatch("[ぁ-ゖー]+", a["kana"])] == []


def test_every_municipality_has_a_point_in_japan(areas):
    outside = [
        area["code"]
        for area in areas
        if area["level"] == "municipality"
        and not (
            area["latitude"]
            and area["longitude"]
            and 24.0 < float(area["latitude"]) < 45.6
            and 122.9 < float(area["longitude"]) < 146.0
        )
    ]
    assert outside == []


# -- services -------------------------------------------------------------------------------------------


def test_there_are_44_services_and_5_municipal_kinds(services, municipal_kinds):
    assert (len(services), len(municipal_kinds)) == (44, 5)


def test_ids_are_unique_over_services_kinds_and_programmes(services, municipal_kinds, programmes):
    ids = [entry["id"] for entry in [*services, *municipal_kinds, *programmes]]
    assert repeated(ids) == []
    assert [key for key in ids if not re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", key) or len(key) > 60] == []


def test_services_are_complete(services):
    for service in services:
        assert service["name"], service["id"]
        assert HIRAGANA.fullmatch(service["name_kana"]), service["id"]
        assert service["organization"], service["id"]
        assert service["description"], service["id"]
        assert service["topics"], service["id"]
        assert service["channels"], service["id"]
        assert service["status"] in {"active", "temporarily closed"}, service["id"]
        assert service["as_of"] == "2024-12", service["id"]


def test_hours_of_channels_are_readable(services):
    clock = re.compile("([01][0-9]|2[0-9]|3[0-2]):[0-5][0-9]")
    for service in services:
        for channel in service["channels"]:
            assert channel["type"] in CHANNEL_TYPES, service["id"]
            for period in channel["hours"]:
                assert set(period["days"]) <= DAYS, service["id"]
                assert period["days"], service["id"]
                assert clock.fullmatch(period["opens"]), service["id"]
                assert clock.fullmatch(period["closes"]), service["id"]
                assert period["opens"] < period["closes"], service["id"]


def test_municipal_kinds_are_complete(municipal_kinds):
    for kind in municipal_kinds:
        assert "{area}" in kind["name_pattern"], kind["id"]
        assert HIRAGANA.fullmatch(kind["kana"]), kind["id"]
        assert kind["levels"], kind["id"]
        assert kind["topics"], kind["id"]
        assert kind["basis"], kind["id"]
        assert kind["description"], kind["id"]


# -- the same in English and in やさしい日本語 -----------------------------------------------------------


def strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for inner in value.values() for text in strings(inner)]
    return [value]


def test_english_is_there_for_every_service_and_kind(services, municipal_kinds):
    english = load("services_en.json")
    assert list(english) == [entry["id"] for entry in [*services, *municipal_kinds]]
    for entry in [*services, *municipal_kinds]:
        texts = english[entry["id"]]
        assert set(texts) == ENGLISH_FIELDS, entry["id"]
        assert [f for f in ENGLISH_FIELDS - {"note_en", "labels_en"} if not texts[f]] == [], entry["id"]
        assert bool(texts["note_en"]) is bool(entry.get("note")), entry["id"]
        labels = {c.get(field) for c in entry.get("channels", []) for field in ("label", "note")} - {"", None}
        assert set(texts["labels_en"]) == labels, entry["id"]
        assert len(texts["name_en"]) <= 150, entry["id"]  # with an area's name still within the column's 200


def test_english_has_no_japanese_letters():
    wrong = {
        key: text
        for key, texts in load("services_en.json").items()
        for field, value in texts.items()
        if field.endswith("_en")
        for text in strings(value)
        if not text.isascii()
    }
    assert wrong == {}


def test_english_names_of_municipal_kinds_leave_room_for_the_area(services, municipal_kinds):
    english = load("services_en.json")
    assert [k["id"] for k in municipal_kinds if english[k["id"]]["name_en"].count("{area}") != 1] == []
    assert [s["id"] for s in services if "{" in "".join(strings(english[s["id"]]))] == []


def test_easy_descriptions_are_short_and_there_for_every_entry(services, municipal_kinds, programmes):
    texts = {key: entry["description_easy"] for key, entry in load("services_en.json").items()}
    programmes_easy = load("programmes_easy.json")
    assert list(programmes_easy) == [programme["id"] for programme in programmes]
    texts |= programmes_easy
    for key, text in texts.items():
        sentences = re.findall("[^。]+。", text)
        assert "".join(sentences) == text, key
        assert 1 <= len(sentences) <= 3, key
        assert max(map(len, sentences)) <= 50, key
        # phrases stand apart
        assert all(" " in sentence for sentence in sentences if len(sentence) > 14), key


def test_programmes_tell_everything_in_easy_words_too(programmes):
    easy = load("programmes_easy_texts.json")["texts"]
    official = {
        text
        for programme in programmes
        for text in (
            programme["for_whom"],
            programme["where_to_apply"],
            programme["cost"],
            *programme["required_documents"],
        )
        if text
    }
    assert set(easy) == official  # each by its very words, and none for what nobody says any more


def test_easy_words_of_programmes_are_short_and_say_the_same_numbers():
    for official, easy in load("programmes_easy_texts.json")["texts"].items():
        assert sorted(set(re.findall(r"\d+", official))) == sorted(set(re.findall(r"\d+", easy))), official
        sentences = re.findall("[^。]+。?", easy)
        assert max(map(len, sentences)) <= 60, easy
        assert all(" " in sentence for sentence in sentences if len(sentence) > 14), easy
        assert len(sentences) <= 4, easy


# -- programmes -----------------------------------------------------------------------------------------


def test_programmes_are_enough_and_the_known_ones_are_there(programmes):
    complete = [p for p in programmes if p["basis"] and p["for_whom"] and p["where_to_apply"]]
    assert len(complete) == len(programmes)
    assert len(programmes) >= 30
    assert {p["id"] for p in programmes} >= EXPECTED_PROGRAMMES


def test_programmes_have_every_field(programmes):
    kinds = set(load("programmes.json")["kinds"])
    for programme in programmes:
        key = programme["id"]
        assert set(programme) == PROGRAMME_FIELDS, key
        may_be_empty = {"required_documents", "cost", "url"}
        assert [f for f in PROGRAMME_FIELDS - may_be_empty if not programme[f]] == [], key
        assert programme["kind"] in kinds, key
        assert HIRAGANA.fullmatch(programme["name_kana"]), key
        assert programme["as_of"] == "2024-12", key
        assert programme["certainty"] in {"high", "medium"}, key
        assert re.fullmatch(r"https://www\.[a-z]+\.go\.jp/", programme["url"]), key


def test_programmes_fit_the_columns_of_a_service(programmes):
    # directory.models: name 200, name_kana 300, basis 200, document 300
    for programme in programmes:
        assert len(programme["name"]) <= 200, programme["id"]
        assert len(programme["name_kana"]) <= 300, programme["id"]
        assert len(programme["basis"]) <= 200, programme["id"]
        assert max(map(len, programme["required_documents"]), default=0) <= 300, programme["id"]


def test_programmes_say_the_same_in_english(programmes):
    english = load("programmes_en.json")
    assert list(english) == [programme["id"] for programme in programmes]
    for programme in programmes:
        key, texts = programme["id"], english[programme["id"]]
        assert set(texts) == PROGRAMME_ENGLISH_FIELDS, key
        documents = texts["required_documents"]
        assert len(documents) == len(programme["required_documents"]), key
        assert all(documents), key
        assert max(map(len, documents), default=0) <= 300, key  # RequiredDocument.document_en
        for field in ("for_whom", "where_to_apply", "cost"):
            assert bool(texts[field]) is bool(programme[field]), (key, field)
        assert [text for text in [*texts.values(), *documents] if not str(text).isascii()] == [], key


def test_an_organization_has_one_english_name(services, programmes):
    of_services, of_programmes = load("services_en.json"), load("programmes_en.json")
    names = {(s["organization"], of_services[s["id"]]["organization_en"]) for s in services}
    names |= {(p["organization"], of_programmes[p["id"]]["organization_en"]) for p in programmes}
    assert repeated([japanese for japanese, _ in names]) == []
    assert [japanese for japanese, english in names if not english] == []


def test_programmes_name_the_same_numbers_in_english(programmes):
    english = load("programmes_en.json")
    for programme in programmes:
        for field in ("for_whom", "where_to_apply", "cost"):
            # an age, a day, a telephone number; shares are written as per cent, months and years as words
            text = re.sub("([0-9])割", r"\g<1>0%", programme[field])
            numbers = {number for number in re.findall("[0-9]+", text) if int(number) > 9}
            said = set(re.findall("[0-9]+", english[programme["id"]][field]))
            assert numbers <= said, (programme["id"], field)


def test_programmes_hold_no_amounts_and_no_telephone_numbers(programmes):
    found = {}
    for programme in programmes:
        text = json.dumps(programme, ensure_ascii=False)
        if hits := AMOUNT.findall(text) + TELEPHONE.findall(text):
            found[programme["id"]] = hits
    assert found == {}


def test_programmes_say_when_money_is_paid_back(programmes):
    for programme in programmes:
        if programme["kind"] == "loan":
            assert "返す" in programme["description"], programme["id"]
            assert "返す" in programme["cost"], programme["id"]


def test_apply_at_leads_to_something_known(programmes, services, municipal_kinds):
    known = {
        "service": {service["id"] for service in services},
        "municipal_kind": {kind["id"] for kind in municipal_kinds},
    }
    for programme in programmes:
        apply_at = programme["apply_at"]
        if apply_at["type"] == "municipality":
            assert set(apply_at) == {"type"}, programme["id"]
        elif apply_at["type"] == "office":
            assert apply_at["name"], programme["id"]
        else:
            assert apply_at["key"] in known[apply_at["type"]], programme["id"]


def test_topics_and_audiences_are_needs(services, municipal_kinds, programmes, need_keys):
    used = {
        word
        for entry in [*services, *municipal_kinds, *programmes]
        for word in [*entry["topics"], *entry.get("audience", [])]
    }
    assert used - need_keys == set()


# -- first words ----------------------------------------------------------------------------------------


def test_every_topic_and_channel_has_first_words(words, services, municipal_kinds):
    topics = {topic for entry in [*services, *municipal_kinds] for topic in entry["topics"]}
    assert topics - set(words["first_words"]["by_topic"]) == set()
    assert set(words["first_words"]["by_channel"]) == CHANNEL_TYPES


def test_topics_of_first_words_are_needs(words, need_keys):
    assert set(words["first_words"]["by_topic"]) - need_keys == set()


def test_first_words_say_the_same_in_every_language(words):
    for group in words["first_words"].values():
        for key, texts in group.items():
            assert set(texts) == LANGUAGES, key
            assert {len(sentences) for sentences in texts.values()} == {len(texts["ja"])}, key
            assert all(sentence for sentences in texts.values() for sentence in sentences), key


def test_steps_are_three_in_every_language(words):
    assert set(words["steps"]["by_channel"]) == CHANNEL_TYPES
    for group in words["steps"].values():
        for key, texts in group.items():
            assert {language: len(steps) for language, steps in texts.items()} == dict.fromkeys(
                LANGUAGES, 3
            ), key


def test_traces_are_told_for_every_channel_used(words, services):
    used = {channel["type"] for service in services for channel in service["channels"]}
    assert used - set(words["traces"]) == set()
    assert all(set(texts) == LANGUAGES for texts in words["traces"].values())


def cost_of(words: dict[str, Any], number: str) -> dict[str, Any]:
    plain = number.replace("-", "")
    return next(cost for cost in words["call_costs"] if re.match(cost["pattern"], plain))


def test_cost_of_a_call_agrees_with_the_services(words, services):
    for service in services:
        for channel in service["channels"]:
            if channel["type"] == "phone":
                assert cost_of(words, channel["value"])["free"] is channel["toll_free"], channel["value"]


@pytest.mark.parametrize(
    ("number", "free", "in_flat_rate", "mobile"),
    [
        ("110", True, None, "yes"),
        ("119", True, None, "yes"),
        ("189", True, None, "yes"),
        ("188", False, None, "yes"),
        ("0120-279-338", True, None, "usually"),
        ("0800-100-2707", True, None, "usually"),
        ("0570-064-556", False, False, "usually"),
        ("050-5358-6578", False, None, "yes"),
        ("03-1234-5678", False, None, "yes"),
        ("#8891", True, None, "yes"),
        ("#9110", False, None, "yes"),
        ("#1234", None, None, "unknown"),
    ],
)
def test_cost_of_a_call_by_prefix(words, number, free, in_flat_rate, mobile):
    cost = cost_of(words, number)
    assert (cost["free"], cost["in_flat_rate"], cost["mobile"]) == (free, in_flat_rate, mobile)
    assert set(cost["cost"]) == set(cost["mobile_note"]) == LANGUAGES


def test_easy_japanese_has_spaces_between_words_and_short_sentences(words, programmes):
    texts = [p["name_easy"] for p in programmes]
    for group in [*words["first_words"].values(), *words["steps"].values()]:
        texts += [sentence for entry in group.values() for sentence in entry["easy_ja"]]
    texts += [entry["easy_ja"] for entry in words["traces"].values()]
    texts += [cost[field]["easy_ja"] for cost in words["call_costs"] for field in ("cost", "mobile_note")]
    sentences = [part for text in texts for part in re.split("(?<=。)", text) if part]
    assert [s for s in sentences if len(s) > 60] == []
    assert [s for s in sentences if len(s) > 14 and " " not in s] == []


# -- the plan and the survey ----------------------------------------------------------------------------


def test_plan_has_four_policies_and_its_measures_belong_to_them():
    plan = load("priority_plan.json")
    policies = {policy["number"] for policy in plan["policies"]}
    assert policies == {1, 2, 3, 4}
    assert repeated([measure["id"] for measure in plan["measures"]]) == []
    assert {measure["policy"] for measure in plan["measures"]} == policies


def test_survey_shares_add_up_to_a_hundred():
    survey = load("survey_published.json")
    for wave, shares in survey["direct"].items():
        if wave.isdigit() and None not in shares:
            assert sum(shares) == pytest.approx(100, abs=0.15), wave
    for wave, response in survey["response"].items():
        assert 100 * response["n"] / survey["design"]["n"] == pytest.approx(response["rate"], abs=0.06), wave
