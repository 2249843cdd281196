"""Make data/lexicon/danger_weights.json from judged questions.

    pip install scikit-learn==1.9.1        (only for this; the site itself needs none of it)
    python -m tools.train_danger_weights [--evaluate]

Learns from tests/directory/crisis_second.jsonl and the half "tune" of tests/relevance/, never from the half
"final"; and, as harmless, from the lexicon's own expressions of needs that are no danger (they were judged
in passing, so they count less). ``--evaluate`` leaves out one round of questions at a time and prints what
the weights alone find.
"""

import argparse
import json
import math
import os
import re
from collections import Counter
from pathlib import Path
from typing import Any

import django
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tsunagari.config.settings")
django.setup()

from tsunagari.directory.lexicon import lexicon  # noqa: E402
from tsunagari.directory.lexicon.weights import grams  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
CERTAIN = 0.8
DOUBTFUL = 0.01
"""Left out in turn, 3 of 1,000 crises lie below it, and 4 of 10 harmless questions."""
STRENGTH = 30.0
"""Inverse strength of the L2 penalty; 30 and 100 gave the same recall at the same share of false alarms."""
SMALLEST = 0.15
"""Smaller weights are left out: with the scale of a question they change the likelihood by a hundredth."""

KINDS = {
    "suicide": "self_harm",
    "self-harm": "self_harm",
    "self harm": "self_harm",
    "self-harm/OD": "self_harm",
    "sexual": "sexual_violence",
    "partner": "abuse",
    "stalking": "abuse",
    "child": "child_abuse",
    "child abuse": "child_abuse",
    "violence": "violence_now",
    "partner violence": "violence_now",
    "harm others": "violence_now",
    "medical": "emergency",
    "overdose/medical": "emergency",
    "od": "emergency",
}
"""The second author's names of kinds → classes of crisis.json; rows of other kinds teach no class."""
CLASSES = ("self_harm", "violence_now", "abuse", "sexual_violence", "child_abuse", "emergency")

DANGEROUS = (
    "suicidal",
    "self-harm",
    "overdose",
    "dv",
    "sexual-violence",
    "child-abuse",
    "elder-abuse",
    "disability-abuse",
    "stalking",
    "emergency",
    "perpetrator",
)
"""Needs whose expressions may tell of danger: they teach nothing."""
EXPRESSIONS_WEIGH = 0.3

Row = dict[str, Any]


def rows() -> list[Row]:
    """The judged questions: q, crisis, kind, round."""
    found = []
    for line in (ROOT / "tests/directory/crisis_second.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        number = re.search(r"[0-9]", row["note"])
        found.append({**row, "kind": KINDS.get(row["kind"], ""), "round": number[0] if number else "?"})
    for name, crisis in (("crisis", True), ("negatives", False)):
        for line in (ROOT / f"tests/relevance/{name}.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if row["half"] == "tune":
                found.append({"q": row["q"], "crisis": crisis, "kind": row.get("kind", ""), "round": "tune"})
    rules = lexicon().crisis
    for one in lexicon().expressions:
        harmless = one.kind == "phrase" and not set(one.needs) & set(DANGEROUS)
        if harmless and not rules.signals(one.written):
            found.append({"q": one.written, "crisis": False, "kind": "", "round": "expressions"})
    return found


def _vectors(found: list[set[str]], known: set[str] | None = None) -> list[dict[str, float]]:
    return [
        {gram: 1 / math.sqrt(len(one)) for gram in one if known is None or gram in known} for one in found
    ]


def fit(
    found: list[set[str]], answers: list[Any], weigh: list[float] | None = None
) -> tuple[DictVectorizer, LogisticRegression]:
    """A model over the grams that stand in two questions at least."""
    counts = Counter(gram for one in found for gram in one)
    known = {gram for gram, count in counts.items() if count > 1}
    names = DictVectorizer()
    matrix = names.fit_transform(_vectors(found, known))
    return names, LogisticRegression(C=STRENGTH, max_iter=1000).fit(matrix, answers, weigh)


def _weigh(row: Row) -> float:
    return EXPRESSIONS_WEIGH if row["round"] == "expressions" else 1.0


def _kept(names: list[str], weights: Any) -> dict[str, float]:
    pairs = sorted(zip(names, weights, strict=True))
    return {name: round(float(weight), 2) for name, weight in pairs if abs(weight) >= SMALLEST}


def evaluate(data: list[Row], found: list[set[str]]) -> None:
    """Print, for each round left out, the share of crises found and of harmless questions taken for one."""
    for left_out in sorted({row["round"] for row in data} - {"expressions"}):
        inside = [at for at, row in enumerate(data) if row["round"] != left_out]
        outside = [at for at, row in enumerate(data) if row["round"] == left_out]
        names, model = fit(
            [found[at] for at in inside],
            [data[at]["crisis"] for at in inside],
            [_weigh(data[at]) for at in inside],
        )
        likelihoods = model.predict_proba(names.transform(_vectors([found[at] for at in outside])))[:, 1]
        sure = dict(zip(outside, likelihoods >= CERTAIN, strict=True))
        doubted = dict(zip(outside, likelihoods < DOUBTFUL, strict=True))
        crises = [at for at in outside if data[at]["crisis"]]
        others = [at for at in outside if not data[at]["crisis"]]
        print(
            f"round {left_out}: found {sum(sure[at] for at in crises)}/{len(crises)}, "
            f"false alarms {sum(sure[at] for at in others)}/{len(others)}, "
            f"doubted {sum(doubted[at] for at in crises)} crises, {sum(doubted[at] for at in others)} others"
        )


def main() -> None:
    """Learn and write, or evaluate."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--evaluate", action="store_true")
    options = parser.parse_args()
    data = rows()
    found = [grams(row["q"]) for row in data]
    if options.evaluate:
        evaluate(data, found)
        return
    names, model = fit(found, [row["crisis"] for row in data], [_weigh(row) for row in data])
    told = [at for at, row in enumerate(data) if row["crisis"] and row["kind"] in CLASSES]
    kind_names, kinds = fit([found[at] for at in told], [data[at]["kind"] for at in told])
    content = {
        "note": "tools/train_danger_weights.py が判定済みの質問から作る。手で書きかえない。"
        "文字の並び（1〜4字）と語（/ の後）ごとの重み。正は危険、負は危険でない。",
        "certain": CERTAIN,
        "doubtful": DOUBTFUL,
        "bias": round(float(model.intercept_[0]), 3),
        "kinds": {
            kind: {
                "bias": round(float(kinds.intercept_[at]), 3),
                "weights": _kept(kind_names.feature_names_, kinds.coef_[at]),
            }
            for at, kind in enumerate(kinds.classes_)
        },
        "weights": _kept(names.feature_names_, model.coef_[0]),
    }
    file = ROOT / "data/lexicon/danger_weights.json"
    file.write_text(json.dumps(content, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
    print(f"{len(content['weights'])} weights from {len(data)} questions")


if __name__ == "__main__":
    main()
