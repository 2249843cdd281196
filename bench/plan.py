"""The plan's text: comparing two versions of 400 measures, reading one, and its PDF.

    python -m bench.plan [--measures 400] [--versions 5]

Bounds: the comparison ≤ 1 s (reading both versions from the database included), the PDF of the plan ≤ 20 s.
Every measure has 現状・課題・目標・対策 of three paragraphs each, two ministries and two targets; each
version changes words in one paragraph of every measure. ``all changed`` changes every paragraph.
The data is in a database of the bench's own.
"""

import argparse
import os
import random
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal

from bench.generate import environment

os.environ.setdefault("TSUNAGARI_ENV", "test")
environment("tsunagari_plan", create=True)

from django.core.management import call_command  # noqa: E402
from django.db import transaction  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from tsunagari.accounts.models import Organization  # noqa: E402
from tsunagari.plan.exchange.printed import plan_pdf  # noqa: E402
from tsunagari.plan.models import (  # noqa: E402
    Block,
    Chapter,
    Measure,
    MeasureText,
    Plan,
    PlanVersion,
    Policy,
    Responsibility,
    Target,
)
from tsunagari.plan.selectors.versions import KEY, document_of  # noqa: E402
from tsunagari.plan.services.states import _copy_text  # noqa: E402
from tsunagari.plan.text.differences import compare  # noqa: E402
from tsunagari.plan.text.document import SECTIONS  # noqa: E402

WORDS = (
    "孤独・孤立に悩む人の", "電話とＳＮＳの相談を", "夜間も受けられるように", "地域の居場所を",
    "人材の育成を", "ＮＰＯ等と連携して", "市町村の包括的な支援体制を", "情報発信を通じて",
    "当事者と家族の視点から", "切れ目なく", "整備し、", "拡充し、", "支え、", "実態を把握し、", "つなぎ、",
)  # fmt: skip
ENDS = ("推進する。", "支援する。", "検討する。", "実施する。")


def sentence(rng: random.Random) -> str:
    """A sentence of about 45 letters."""
    return "".join(rng.choice(WORDS) for _ in range(4)) + rng.choice(ENDS)


def make_first(measures: int, rng: random.Random) -> PlanVersion:
    """The first version."""
    ministries = [
        Organization.objects.create(name=f"省庁{number}", kind=Organization.Kind.MINISTRY)
        for number in range(16)
    ]
    plan = Plan.objects.create(key=KEY, title="重点計画", secretariat=ministries[0])
    version = PlanVersion.objects.create(
        plan=plan, number=1, title="重点計画（第1版）", created_at=timezone.now()
    )
    for number in range(1, 5):
        chapter = Chapter.objects.create(version=version, number=number, title=f"第{number}の章")
        Block.objects.bulk_create(
            Block(version=version, chapter=chapter, section="body", position=place, text=sentence(rng) * 3)
            for place in range(1, 21)
        )
    policies = [Policy.objects.create(version=version, number=n, title=f"方針{n}") for n in range(1, 5)]
    for number in range(1, measures + 1):
        measure = Measure.objects.create(plan=plan, key=f"M{number:03d}")
        text = MeasureText.objects.create(
            version=version, measure=measure, position=number, title=f"施策{number}：{sentence(rng)}"
        )
        text.policies.add(policies[number % 4])
        Responsibility.objects.bulk_create(
            Responsibility(measure_text=text, ministry=each, lead=place == 0)
            for place, each in enumerate(rng.sample(ministries, 2))
        )
        Target.objects.bulk_create(
            Target(
                measure_text=text,
                position=place,
                text=sentence(rng),
                value=Decimal(rng.randrange(100)),
                unit="か所",
                deadline_on=date(2029, 3, 31),
            )
            for place in range(2)
        )
        Block.objects.bulk_create(
            Block(
                version=version,
                measure_text=text,
                section=section,
                position=place,
                text=sentence(rng) + sentence(rng),
            )
            for section in SECTIONS
            for place in range(1, 4)
        )
    return version


def make_next(old: PlanVersion, rng: random.Random, *, everything: bool = False) -> PlanVersion:
    """A version after ``old`` with changed words; ``old`` is in force before it, superseded after."""
    today = timezone.now()
    PlanVersion.objects.filter(plan=old.plan, state="in_force").update(
        state="superseded", superseded_on=today.date()
    )
    PlanVersion.objects.filter(pk=old.pk).update(
        state="in_force", decided_on=today.date(), in_force_on=today.date(), published_at=today
    )
    version = PlanVersion.objects.create(
        plan=old.plan, number=old.number + 1, title=f"重点計画（第{old.number + 1}版）", predecessor=old,
        created_at=today, published_at=today,
    )  # fmt: skip
    _copy_text(old, version)
    blocks = Block.objects.filter(version=version, measure_text__isnull=False)
    chosen = [block for block in blocks if everything or (block.section == "action" and block.position == 2)]
    for block in chosen:
        begin, end = block.text.split("、", 1) if "、" in block.text else ("", block.text)
        block.text = f"{begin}、{rng.choice(WORDS)}{end}"
    Block.objects.bulk_update(chosen, ["text"])
    return version


def timed(name: str, bound: float, work: Callable[[], object]) -> bool:
    """Print the median of five runs beside its bound, and the processor time that this process took of it."""
    runs, worked = [], []
    for _ in range(5):
        began, used = time.perf_counter(), time.process_time()
        work()
        runs.append(time.perf_counter() - began)
        worked.append(time.process_time() - used)
    seconds = sorted(runs)[2]
    told = f"{seconds:8.3f} s   processor {sorted(worked)[2]:6.3f} s   bound {bound:g} s"
    print(f"{name:<44}{told}   {'ok' if seconds <= bound else 'TOO SLOW'}", flush=True)
    return seconds <= bound


@transaction.atomic
def make_all(measures: int, count: int) -> None:
    """All versions, and one more in which every paragraph has changed."""
    rng = random.Random(2021)  # noqa: S311 - the same data each time
    versions = [make_first(measures, rng)]
    while len(versions) < count:
        versions.append(make_next(versions[-1], rng))
    make_next(versions[-1], rng, everything=True)


def main() -> None:
    """Make the data and measure."""
    options = argparse.ArgumentParser()
    options.add_argument("--measures", type=int, default=400)
    options.add_argument("--versions", type=int, default=5)
    given = options.parse_args()
    call_command("migrate", verbosity=0)
    versions = list(PlanVersion.objects.select_related("plan").order_by("number"))
    if not versions:  # a second run finds the first one's data
        make_all(given.measures, given.versions)
        versions = list(PlanVersion.objects.select_related("plan").order_by("number"))
    letters = sum(map(len, Block.objects.filter(version=versions[0]).values_list("text", flat=True)))
    measures = versions[0].measure_texts.count()
    print(f"{measures} measures, {len(versions) - 1} versions, {letters} letters each", flush=True)
    old, new, all_changed = versions[-3:]

    def difference(one: PlanVersion, other: PlanVersion) -> int:
        return len(compare(document_of(one), document_of(other)))

    difference(old, new)  # the dictionary is loaded once for the process
    first = versions[0]
    client = Client()
    results = [
        timed("read a version", 1.0, lambda: document_of(new)),
        timed("compare two versions", 1.0, lambda: difference(old, new)),
        timed("compare the first with the fifth", 1.0, lambda: difference(first, new)),
        timed("compare, all paragraphs changed", 3.0, lambda: difference(new, all_changed)),
        timed("the plan's page", 3.0, lambda: client.get(f"/plan/versions/{old.number}/?{time.time()}")),
    ]
    document = document_of(new)
    began = time.perf_counter()
    pdf = plan_pdf(document)
    seconds = time.perf_counter() - began
    print(f"{'PDF of the whole plan':<44}{seconds:8.3f} s   bound 20 s   {len(pdf) / 1e6:.1f} MB")
    if not all(results) or seconds > 20:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
