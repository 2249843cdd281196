"""How long the dashboard takes with a million observations.

400 measures, 2,000 indicators, ten fiscal years, 47 prefectures and the country, made by SQL in a transaction
that is rolled back. Run it on a database of its own, with areas loaded:

    python -m tsunagari manage shell < bench/indicators.py
"""

import gc
import logging
import statistics
import time
import uuid
from datetime import date

from django.db import connection, transaction
from django.test import Client
from django.test.utils import override_settings
from django.utils import timezone

from tsunagari.accounts.models import Organization
from tsunagari.core.areas import area_tree
from tsunagari.plan.models import Measure, MeasureText, Plan, PlanVersion, Policy
from tsunagari.plan.services.standings import compute_standings

MEASURES, INDICATORS, YEARS, ROUNDS = 400, 2_000, 10, 20

FILL = """
INSERT INTO plan_indicator (id, key, name_ja, name_en, definition, definition_en, unit, kind, better,
    frequency, source, uncertainty, registry_key, numerator, denominator, exclusions, source_type,
    release_calendar, comparability, restrictions, due_days, live_areas, starts_on, owner_id)
SELECT gen_random_uuid(), 'bench-' || lpad(n::text, 4, '0'), '指標' || n, 'Indicator ' || n, '定義', '',
    'ratio', (ARRAY['activity', 'output', 'outcome'])[1 + n %% 3], 'up', 'A', 'entered', 'counts', '', '分子',
    '分母', '', '', '', '', '', 90, false, '2015-04-01', %(owner)s
FROM generate_series(1, %(indicators)s) n;
"""
LINK = """
INSERT INTO plan_measureindicator (id, measure_id, indicator_id)
SELECT gen_random_uuid(), m.id, i.id
FROM (SELECT id, row_number() OVER (ORDER BY key) AS n FROM plan_measure WHERE plan_id = %(plan)s) m
JOIN (SELECT id, row_number() OVER (ORDER BY key) AS n FROM plan_indicator WHERE key LIKE 'bench-%%') i
  ON i.n %% %(measures)s + 1 = m.n;
"""
OBSERVE = """
INSERT INTO plan_observation (id, indicator_id, area_id, begins_on, ends_on, state, value, numerator,
    denominator, revision, current, maker, made_at, code_version, data_version, note, why_corrected)
SELECT gen_random_uuid(), i.id, a.code, make_date(2015 + y, 4, 1), make_date(2016 + y, 3, 31), 'measured',
    s.share, round(s.share * 1000), 1000, 1, true, 'bench', now(), '', '', '', ''
FROM plan_indicator i
CROSS JOIN (SELECT code FROM core_area WHERE level = 'prefecture' UNION ALL SELECT NULL) a
CROSS JOIN generate_series(0, %(years)s - 1) y
CROSS JOIN LATERAL (SELECT round((0.3 + 0.03 * y + 0.05 * random())::numeric, 3)::float8 AS share) s
WHERE i.key LIKE 'bench-%%';
"""


class RolledBack(Exception):
    """Everything that was made is thrown away."""


def fill() -> Plan:
    """Make the plan and its figures; return the plan."""
    ministry = Organization.objects.create(name="計測", kind=Organization.Kind.MINISTRY)
    plan = Plan.objects.create(key=f"bench-{uuid.uuid4().hex[:8]}", title="計測", secretariat=ministry)
    version = PlanVersion.objects.create(
        plan=plan, number=99, title="計測", created_at=timezone.now(), published_at=timezone.now()
    )
    policies = [Policy.objects.create(version=version, number=n, title=f"方針{n}") for n in range(1, 5)]
    measures = Measure.objects.bulk_create(
        Measure(plan=plan, key=f"M{number:03}") for number in range(1, MEASURES + 1)
    )
    texts = MeasureText.objects.bulk_create(
        MeasureText(version=version, measure=measure, position=n, title=f"施策{n}")
        for n, measure in enumerate(measures)
    )
    through = MeasureText.policies.through
    through.objects.bulk_create(
        through(measuretext_id=text.pk, policy_id=policies[n % 4].pk) for n, text in enumerate(texts)
    )
    PlanVersion.objects.filter(pk=version.pk).update(
        state="in_force", decided_on=date(2015, 4, 1), in_force_on=date(2015, 4, 1)
    )
    given = {
        "owner": ministry.pk, "indicators": INDICATORS, "plan": plan.pk, "measures": MEASURES, "years": YEARS
    }  # fmt: skip
    with connection.cursor() as cursor:
        for statement in (FILL, LINK, OBSERVE):
            cursor.execute(statement, given)
        for table in ("observation", "indicator", "measureindicator"):
            cursor.execute(f"ANALYZE plan_{table}")
    return plan


def ask(client: Client, address: str) -> tuple[list[float], float]:
    """The seconds of each round, past every cache; the processor seconds of one, without the database."""
    taken, worked = [], time.process_time()
    for _ in range(ROUNDS):
        begins = time.perf_counter()
        response = client.get(address)
        taken.append(time.perf_counter() - begins)
        assert response.status_code == 200, (address, response.status_code)
    return taken, (time.process_time() - worked) / ROUNDS


def bench() -> None:
    """Fill, compute, ask each kind of page."""
    begins = time.perf_counter()
    fill()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM plan_observation")
        (observations,) = cursor.fetchone()
        print(f"{observations:,} observations in {time.perf_counter() - begins:.1f} s", flush=True)
        begins = time.perf_counter()
        standings = compute_standings()
        print(f"{standings:,} standings in {time.perf_counter() - begins:.1f} s", flush=True)
        cursor.execute("ANALYZE plan_standing")
    # what filling has left in memory is no web process's
    gc.collect()
    gc.freeze()
    client = Client()
    logging.getLogger("tsunagari.request").setLevel(logging.WARNING)
    client.get("/plan/figures/")
    area = next(code for code, node in area_tree().items() if node.parent_code is None)
    pages = {
        "country": "/plan/figures/",
        "last page": "/plan/figures/?page=60",
        "prefecture": f"/plan/figures/?area={area}",
        "policy": "/plan/figures/?policy=2",
        "policy, prefecture": f"/plan/figures/?policy=2&area={area}",
        "measure": "/plan/figures/?measure=M007",
        "class": "/plan/figures/?progress=substantial&kind=outcome",
        "figure": "/plan/figures/bench-0500/",
        "figure, prefecture": f"/plan/figures/bench-0500/?area={area}",
        "measure's page": "/plan/figures/measure/M007/",
    }
    every = []
    for name, address in pages.items():
        taken, worked = ask(client, address)
        every += taken
        p95 = statistics.quantiles(taken, n=20)[-1]
        print(
            f"{name:20} p50 {statistics.median(taken) * 1000:5.0f} ms   p95 {p95 * 1000:5.0f} ms"
            f"   processor {worked * 1000:5.0f} ms",
            flush=True,
        )
    print(f"{'all':20} p95 {statistics.quantiles(every, n=20)[-1] * 1000:5.0f} ms")


with override_settings(ALLOWED_HOSTS=["*"], SECURE_SSL_REDIRECT=False):
    try:
        with transaction.atomic():
            bench()
            raise RolledBack
    except RolledBack:
        print("rolled back")
