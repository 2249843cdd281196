"""The judged set is whole: enough rows, unique, valid keys, and halves that nobody chose."""

import csv
import hashlib
import json
import unicodedata
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
DATA = HERE.parents[1] / "data"

KINDS = {"self_harm", "violence_now", "abuse", "sexual_violence", "emergency", "child_abuse"}
STYLES = {
    "kana", "slang", "misspelt", "romaji", "english", "dialect", "easy_japanese",
    "long", "two_words", "emoji", "child", "elder", "foreign",
}  # fmt: skip
# file: (prefix of its ids, least number of rows, fields)
FILES = {
    "crisis": ("c", 340, {"id", "q", "kind", "who", "style", "half"}),
    "negatives": ("n", 340, {"id", "q", "why", "half"}),
    "graded": ("g", 220, {"id", "q", "area", "in", "at", "grades", "half"}),
}


def load(name: str) -> list[dict[str, Any]]:
    """Read one file of the set, in its order."""
    lines = (HERE / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def plain(query: str) -> str:
    """The query as two people's writing of it would be compared: NFKC, case and outer spaces ignored."""
    return unicodedata.normalize("NFKC", query).strip().casefold()


def known_keys() -> set[str]:
    """Every key that a result can carry: services, municipal kinds, programmes."""
    services = json.loads((DATA / "services.json").read_text(encoding="utf-8"))
    programmes = json.loads((DATA / "programmes.json").read_text(encoding="utf-8"))
    rows = services["services"] + services["municipal_services"] + programmes["programmes"]
    return {row["id"] for row in rows}


def area_codes() -> set[str]:
    with (DATA / "municipalities.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"] for row in csv.DictReader(file)}


@pytest.mark.parametrize("name", FILES)
def test_enough_rows_with_exactly_the_fields_described(name: str) -> None:
    _, least, fields = FILES[name]
    rows = load(name)
    assert len(rows) >= least
    assert [row["id"] for row in rows if set(row) != fields] == []
    assert [row["id"] for row in rows if not row["q"].strip() or len(row["q"]) > 500] == []


@pytest.mark.parametrize("name", FILES)
def test_ids_are_unique_and_run_in_order(name: str) -> None:
    prefix = FILES[name][0]
    rows = load(name)
    assert [row["id"] for row in rows] == [f"{prefix}{number:03d}" for number in range(1, len(rows) + 1)]


@pytest.mark.parametrize("name", FILES)
def test_no_query_is_written_twice(name: str) -> None:
    queries = [plain(row["q"]) for row in load(name)]
    assert sorted(query for query in set(queries) if queries.count(query) > 1) == []


def test_no_query_is_both_a_crisis_and_a_negative() -> None:
    crisis = {plain(row["q"]) for row in load("crisis")}
    negatives = {plain(row["q"]) for row in load("negatives")}
    assert crisis & negatives == set()


@pytest.mark.parametrize("name", FILES)
def test_the_half_follows_from_the_id_alone(name: str) -> None:
    rows = load(name)
    for row in rows:
        even = hashlib.sha256(row["id"].encode()).digest()[0] % 2 == 0
        assert row["half"] == ("tune" if even else "final"), row["id"]
    # A figure from either half needs enough rows of its own.
    tune = sum(row["half"] == "tune" for row in rows)
    assert 0.4 <= tune / len(rows) <= 0.6


def test_crisis_rows_name_a_known_kind_person_and_style() -> None:
    rows = load("crisis")
    assert {row["kind"] for row in rows} == KINDS
    assert {row["who"] for row in rows} == {"self", "other"}
    assert {style for row in rows for style in row["style"]} == STYLES


def test_long_crisis_queries_are_whole_sentences_of_a_real_length() -> None:
    lengths = [len(row["q"]) for row in load("crisis") if "long" in row["style"]]
    assert len(lengths) >= 20
    assert min(lengths) >= 60
    assert max(lengths) <= 150


def test_negatives_say_why() -> None:
    assert [row["id"] for row in load("negatives") if not row["why"].strip()] == []


def test_graded_keys_exist_and_grades_are_one_to_three() -> None:
    keys = known_keys()
    for row in load("graded"):
        assert set(row["grades"]) <= keys, row["id"]
        assert set(row["grades"].values()) <= {1, 2, 3}, row["id"]
        # The ideal order must have something exactly right at its top.
        assert max(row["grades"].values()) == 3, row["id"]


def test_every_service_and_municipal_kind_is_asked_for_at_least_once() -> None:
    services = json.loads((DATA / "services.json").read_text(encoding="utf-8"))
    wanted = {row["id"] for row in services["services"] + services["municipal_services"]}
    best = {key for row in load("graded") for key, grade in row["grades"].items() if grade == 3}
    assert wanted - best == set()


def test_graded_areas_and_moments_are_valid() -> None:
    codes = area_codes()
    for row in load("graded"):
        assert row["area"] is None or row["area"] in codes, row["id"]
        assert row["in"] is None or row["in"] in codes, row["id"]
        assert row["area"] is None or row["in"] == row["area"], row["id"]
        assert datetime.fromisoformat(row["at"]).utcoffset() == timedelta(hours=9), row["id"]
