"""Read data/lexicon/ and say clearly what is wrong in it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tsunagari.core import japanese
from tsunagari.directory.lexicon.crisis import CrisisClass, CrisisRules
from tsunagari.directory.lexicon.forms import forms_of
from tsunagari.directory.lexicon.matcher import Matcher
from tsunagari.directory.lexicon.patterns import UnsafePattern, compile_safely, expand
from tsunagari.directory.lexicon.types import LexiconError

KINDS = ("phrase", "word", "pattern")
EXPRESSIONS_HEADER = ("expression", "kind", "needs", "weight", "note")
# A pattern of expressions.tsv may hold this many unbounded repeats.
UNBOUNDED_IN_EXPRESSIONS = 2


@dataclass(frozen=True, slots=True)
class Expression:
    """What people write, and the needs it tells of, the first foremost. found: what is looked for."""

    written: str
    kind: str
    needs: tuple[str, ...]
    weight: float
    found: str


def read_json(path: Path) -> Any:
    """The content of a JSON file.

    Raises:
        LexiconError: it is missing or no JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise LexiconError(f"{path.name}: the file is missing") from error
    except json.JSONDecodeError as error:
        raise LexiconError(f"{path.name}:{error.lineno}: no JSON: {error.msg}") from error


def read_needs(path: Path) -> dict[str, str]:
    """Key → kind ("topic" or "audience") of needs.json."""
    return {row["key"]: row["kind"] for row in read_json(path)["needs"]}


def service_keys(path: Path) -> frozenset[str]:
    """The ids of data/services.json that can be pinned."""
    return frozenset(row["id"] for row in read_json(path)["services"])


# -- crisis.json ----------------------------------------------------------------------------------------


def read_crisis(path: Path, *, needs: Mapping[str, str], services: frozenset[str]) -> CrisisRules:
    """Compile crisis.json.

    Raises:
        LexiconError: a pattern is wrong or unsafe, a key unknown, a mask's example not masked; says where.
    """
    content = read_json(path)
    sets: dict[str, str] = {}
    for name, parts in content["sets"].items():
        where = f"{path.name}: sets.{name}"
        sets[name] = "|".join(_written(expand_or_fail(part, sets, where), where) for part in parts)
    masks = []
    for number, row in enumerate(content["masks"]):
        where = f"{path.name}: masks[{number}]"
        masks.append(_checked(row["pattern"], sets, where))
        forms = forms_of(row["example"])
        if next((True for form in forms for _ in Matcher(masks[-1:]).find(form.text)), None) is None:
            raise LexiconError(f"{where}: {row['pattern']!r} does not match its example {row['example']!r}")
    return CrisisRules(
        classes=tuple(
            _crisis_class(row, f"{path.name}: classes.{row['key']}", sets, needs, services)
            for row in content["classes"]
        ),
        masks=Matcher(masks),
        examples=tuple(row["example"] for row in content["masks"]),
        information=_matcher(content["information"], sets, f"{path.name}: information"),
        personal=_matcher(content["personal"], sets, f"{path.name}: personal"),
        acts=_matcher(content["acts"], sets, f"{path.name}: acts"),
    )


def _crisis_class(
    row: Mapping[str, Any],
    where: str,
    sets: Mapping[str, str],
    needs: Mapping[str, str],
    services: frozenset[str],
) -> CrisisClass:
    for name, known in (("pins", services), ("pins_foreign", services), ("needs", frozenset(needs))):
        if not row.get(name):
            raise LexiconError(f"{where}.{name}: empty")
        if unknown := [key for key in row[name] if key not in known]:
            raise LexiconError(f"{where}.{name}: unknown key {unknown[0]!r}")
    strong = [_checked(rule, sets, f"{where}.strong[{at}]") for at, rule in enumerate(row["strong"])]
    alone = [_checked(rule, sets, f"{where}.alone[{at}]") for at, rule in enumerate(row["alone"])]
    return CrisisClass(
        key=row["key"],
        pins=tuple(row["pins"]),
        pins_foreign=tuple(row["pins_foreign"]),
        needs=tuple(row["needs"]),
        strong=Matcher([*strong, *alone]),
        alone=len(strong),
        weak=_matcher(row["weak"], sets, f"{where}.weak"),
    )


def _matcher(rules: list[str], sets: Mapping[str, str], where: str) -> Matcher:
    return Matcher([_checked(rule, sets, f"{where}[{at}]") for at, rule in enumerate(rules)])


def expand_or_fail(pattern: str, sets: Mapping[str, str], where: str) -> str:
    """`expand`, with the place of an error."""
    try:
        return expand(pattern, sets)
    except UnsafePattern as error:
        raise LexiconError(f"{where}: {error}") from error


def _written(pattern: str, where: str) -> str:
    """A pattern in the form of the texts: hiragana, NFKC, lower case. Backslashes would not survive it."""
    if "\\" in pattern:
        raise LexiconError(f"{where}: no backslash in a pattern: {pattern!r}")
    return japanese.fold(pattern) if pattern.strip() == pattern else pattern


def _checked(pattern: str, sets: Mapping[str, str], where: str) -> str:
    """A rule in the form of the texts, with its sets put in, known to be safe."""
    try:
        return compile_safely(expand_or_fail(_written(pattern, where), sets, where)).pattern
    except UnsafePattern as error:
        raise LexiconError(f"{where}: {error} in {pattern!r}") from error


# -- tables ---------------------------------------------------------------------------------------------


def _rows(path: Path) -> Iterator[tuple[str, list[str]]]:
    """(place, cells) of a table, without header, comments (#) and empty lines; nothing if it is missing."""
    if not path.exists():
        return
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
        if number == 1 or not line.strip() or line.startswith("#"):
            continue
        yield f"{path.name}:{number}", [cell.strip() for cell in line.rstrip("\r").split("\t")]


def read_expressions(path: Path, *, needs: Mapping[str, str]) -> tuple[Expression, ...]:
    """expressions.tsv: expression, kind, needs (comma), weight 0..1, note.

    Raises:
        LexiconError: a row is wrong; names the line.
    """
    found = []
    for where, cells in _rows(path):
        if len(cells) not in (4, 5):
            raise LexiconError(f"{where}: {len(cells)} cells; expected {' | '.join(EXPRESSIONS_HEADER)}")
        written, kind, keys, weight = cells[:4]
        if kind not in KINDS:
            raise LexiconError(f"{where}: kind {kind!r} is none of {', '.join(KINDS)}")
        wanted = tuple(key.strip() for key in keys.split(",") if key.strip())
        if not wanted or any(key not in needs for key in wanted):
            raise LexiconError(f"{where}: unknown need in {keys!r}")
        try:
            value = float(weight)
        except ValueError as error:
            raise LexiconError(f"{where}: weight {weight!r} is no number") from error
        if not 0 < value <= 1:
            raise LexiconError(f"{where}: weight {weight} is not over 0 and up to 1")
        found.append(_expression(where, written, kind, wanted, value))
    return tuple(found)


def _expression(where: str, written: str, kind: str, needs: tuple[str, ...], weight: float) -> Expression:
    if kind == "pattern":
        try:
            compile_safely(written, unbounded=UNBOUNDED_IN_EXPRESSIONS)
        except UnsafePattern as error:
            raise LexiconError(f"{where}: {error} in {written!r}") from error
        return Expression(written, kind, needs, weight, written)
    looked_for = japanese.normalize(written) if kind == "word" else japanese.fold(written)
    if not looked_for:
        raise LexiconError(f"{where}: an empty expression")
    return Expression(written, kind, needs, weight, looked_for)


def read_synonyms(path: Path) -> dict[str, str]:
    """Variant (folded) → canonical word, of synonyms.tsv: canonical, variants (comma).

    Raises:
        LexiconError: a row is wrong, or a variant stands for two words; names the line.
    """
    found: dict[str, str] = {}
    for where, cells in _rows(path):
        if len(cells) < 2 or not cells[0]:
            raise LexiconError(f"{where}: expected canonical | variants")
        for variant in cells[1].split(","):
            key = japanese.fold(variant)
            if not key:
                continue
            if found.get(key, cells[0]) != cells[0]:
                raise LexiconError(f"{where}: {variant.strip()!r} already stands for {found[key]!r}")
            found[key] = cells[0]
    return found
