"""Offers under load: how many a second, and whether any counsellor is ever given more than their places.

    python -m bench.routing [--waiting 1000] [--counsellors 300] [--workers 4] [--seconds 20]

On a PostgreSQL of its own that writes to the disk as a live one does, with 1,000 people waiting and 300
counsellors on duty, of whom each can hold two:

1. ``offers``: processes call `services.offers.make_offers` at the same time until every place is taken; then
   all is put back outside of the clock, until the time is over.
2. ``nights``: the same processes answer as counsellors do: six of ten offers are accepted, talked through
   and closed, the others refused; the person who was helped is followed by another one.
3. ``naive``: the same people and counsellors as plain rows, offered by the same processes the way it is done
   without locks: look who is first, look who is free, write. It has no reasons, no events, no fence, no
   lease and wakes nobody, so it does less for each offer.

Violations are counted from the rows: counsellors with more than their places, people offered twice at once.

Bounds (issue "Consultation at any hour"): at least 200 offers a second, no violation.
"""

import argparse
import json
import multiprocessing
import os
import random
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from bench.generate import environment
from tsunagari.core.runtime.postgres import ensure_server

VAR = Path(__file__).resolve().parent.parent / "var" / "bench-routing"
VAR.mkdir(mode=0o711, parents=True, exist_ok=True)
os.environ.setdefault("TSUNAGARI_ENV", "test")
server = ensure_server(VAR)
os.environ["DATABASE_URL"] = server.url
environment("tsunagari_routing", create=True)

from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from tests.consultation.making import begin  # noqa: E402
from tsunagari.accounts.models import Organization, User  # noqa: E402
from tsunagari.consultation.models import Helpline, Reservation, Shift, Task, TracingDecision  # noqa: E402
from tsunagari.consultation.priority import weights  # noqa: E402
from tsunagari.consultation.services import contacts, offers, queue  # noqa: E402
from tsunagari.consultation.services.tasks import NotNow  # noqa: E402
from tsunagari.consultation.states import Disposition, RiskLevel  # noqa: E402

PLACES = 2
RISKS = [*[RiskLevel.NONE] * 12, *[RiskLevel.CONCERN] * 5, *[RiskLevel.HIGH] * 2, RiskLevel.IMMINENT]

NAIVE = """
DROP TABLE IF EXISTS naive_offer, naive_task, naive_shift;
CREATE TABLE naive_task (id serial PRIMARY KEY, rank_at timestamptz NOT NULL, state text NOT NULL);
CREATE INDEX ON naive_task (rank_at) WHERE state = 'queued';
CREATE TABLE naive_shift (id serial PRIMARY KEY, capacity int NOT NULL);
CREATE TABLE naive_offer (id serial PRIMARY KEY, task_id int NOT NULL, shift_id int NOT NULL, at timestamptz);
CREATE INDEX ON naive_offer (shift_id);
CREATE INDEX ON naive_offer (task_id);
"""
NAIVE_FIRST = "SELECT id FROM naive_task WHERE state = 'queued' ORDER BY rank_at, id LIMIT 1"
NAIVE_FREE = """
SELECT s.id FROM naive_shift s LEFT JOIN naive_offer o ON o.shift_id = s.id
GROUP BY s.id HAVING count(o.id) < s.capacity ORDER BY count(o.id), s.id LIMIT 1
"""


def prepare(waiting: int, counsellors: int) -> Helpline:
    """A helpline with its people: everybody came within the last three hours."""
    at = timezone.now()
    number = uuid4().hex[:8]
    organization = Organization.objects.create(name=f"bench {number}", kind=Organization.Kind.NPO)
    TracingDecision.objects.create(organization=organization, choice="never", reason="bench", decided_at=at)
    helpline = Helpline.objects.create(
        key=f"bench-{number}", organization=organization, name="bench", created_at=at
    )
    for each in range(counsellors):
        user = User.objects.create_user(
            email=f"{number}-{each}@example.org", display_name="bench", password=None
        )
        Shift.objects.create(
            helpline=helpline, user=user, kind="counsellor", capacity=PLACES, languages=["ja", "en"],
            started_at=at, seen_at=at + timedelta(hours=9),
        )  # fmt: skip
    chance = random.Random(1)
    with transaction.atomic():
        for _each in range(waiting):
            arrive(helpline, chance, minutes=180)
        # the jobs of each commit are no part of the measure
        connection.run_on_commit = []
    return helpline


def arrive(helpline: Helpline, chance: random.Random, *, minutes: float) -> None:
    """Somebody comes, or came at most so many minutes ago, writes nothing and waits."""
    came = timezone.now() - timedelta(minutes=chance.uniform(0, minutes))
    task = begin(helpline, at=came).task
    Task.objects.filter(pk=task.pk).update(risk=chance.choice(RISKS))
    queue.enqueue(task_id=task.pk, at=came)


def put_back(helpline: Helpline) -> None:
    """Everybody waits again and nobody has anybody, as if no offer had been made."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE consultation_reservation r SET state = 'rescinded', decided_at = now()"
            " FROM consultation_task t WHERE t.id = r.task_id AND t.helpline_id = %s AND r.state = 'created'",
            [helpline.pk],
        )
        cursor.execute(
            "UPDATE consultation_task SET state = 'queued' WHERE helpline_id = %s AND state = 'offered'",
            [helpline.pk],
        )
        cursor.execute("UPDATE consultation_shift SET load = 0 WHERE helpline_id = %s", [helpline.pk])


def violations(helpline: Helpline) -> dict[str, int]:
    """Counted from what there is, not from what the shifts say they hold."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT count(*) FILTER (WHERE held > capacity), count(*) FILTER (WHERE held <> load) FROM (
                SELECT s.capacity, s.load,
                    (SELECT count(*) FROM consultation_reservation r
                     WHERE r.shift_id = s.id AND r.state = 'created')
                    + (SELECT count(*) FROM consultation_task t
                     WHERE t.shift_id = s.id AND t.state IN ('connected', 'transferring', 'wrap_up')) AS held
                FROM consultation_shift s WHERE s.helpline_id = %s) each""",
            [helpline.pk],
        )
        over, wrong = cursor.fetchone()
        cursor.execute(
            "SELECT count(*) FROM (SELECT task_id FROM consultation_reservation r"
            " JOIN consultation_task t ON t.id = r.task_id"
            " WHERE r.state = 'created' AND t.helpline_id = %s GROUP BY task_id HAVING count(*) > 1) twice",
            [helpline.pk],
        )
        return {"over_capacity": over, "load_wrong": wrong, "offered_twice": cursor.fetchone()[0]}


def together(work: Callable[[int], dict[str, Any]], workers: int) -> tuple[list[dict[str, Any]], float]:
    """Let so many processes work, each with a connection of its own; what each found, and the time."""
    connection.close()
    context = multiprocessing.get_context("fork")
    began = time.perf_counter()
    with context.Pool(workers) as pool:
        found = pool.map(work, range(workers), chunksize=1)
    return found, time.perf_counter() - began


def measure_offers(helpline: Helpline, workers: int, seconds: float) -> dict[str, Any]:
    """Fill all places again and again."""

    def fill(number: int) -> dict[str, Any]:
        began = time.perf_counter()
        made = offers.make_offers(helpline_id=helpline.pk, at=timezone.now())
        return {"made": made, "seconds": time.perf_counter() - began}

    made, took, rounds, bad = 0, 0.0, 0, Counter[str]()
    while took < seconds:
        globals()["_work"] = fill
        found, _all = together(_run, workers)
        made += sum(each["made"] for each in found)
        # until the last one is ready; starting the processes is no part of it
        took += max(each["seconds"] for each in found)
        rounds += 1
        bad.update(violations(helpline))
        put_back(helpline)
    return {"offers": made, "rounds": rounds, "per_second": round(made / took), **bad}


def measure_nights(helpline: Helpline, workers: int, seconds: float) -> dict[str, Any]:
    """Offers and answers at the same time; the answers of a process are those of its own counsellors."""
    everybody = list(Shift.objects.filter(helpline=helpline).select_related("user").order_by("pk"))

    def answer(number: int) -> dict[str, Any]:
        chance, told = random.Random(number), Counter[str]()
        own = {shift.pk: shift for shift in everybody[number::workers]}
        ends = time.perf_counter() + seconds
        while time.perf_counter() < ends:
            told["offers"] += offers.make_offers(helpline_id=helpline.pk, at=timezone.now())
            waits = Reservation.objects.filter(shift__in=list(own), state="created")
            for offer in waits[:20]:
                user, at = own[offer.shift_id].user, timezone.now()
                given = {"user": user, "reservation_id": offer.pk, "fence": offer.fence, "at": at}
                try:
                    if chance.random() < 0.4:
                        offers.reject_offer(**given)
                        told["refused"] += 1
                        continue
                    task = offers.accept_offer(**given)
                    held = {"user": user, "task_id": task.pk, "fence": task.fence, "at": at}
                    contacts.finish_talking(**held)
                    contacts.close_contact(**held, disposition=Disposition.TEST)
                    told["closed"] += 1
                    arrive(helpline, chance, minutes=0)
                except (offers.OfferGone, NotNow):
                    told["too_late"] += 1
        return dict(told)

    # the night begins with all places taken
    offers.make_offers(helpline_id=helpline.pk, at=timezone.now())
    before = Reservation.objects.filter(task__helpline=helpline).count()
    globals()["_work"] = answer
    found, took = together(_run, workers)
    made = Reservation.objects.filter(task__helpline=helpline).count() - before
    told: Counter[str] = Counter()
    for each in found:
        told.update(each)
    bad = violations(helpline)
    put_back(helpline)
    return {
        "offers": made, "per_second": round(made / took), "refused": told["refused"],
        "closed": told["closed"], "too_late": told["too_late"], **bad,
    }  # fmt: skip


def measure_naive(helpline: Helpline, workers: int, seconds: float) -> dict[str, Any]:
    """The same people and counsellors, found and then offered, without a lock."""
    ranks = list(Task.objects.filter(helpline=helpline, state="queued").values_list("rank_at", flat=True))
    counsellors = Shift.objects.filter(helpline=helpline).count()

    def fill(number: int) -> dict[str, Any]:
        began, made = time.perf_counter(), 0
        with connection.cursor() as cursor:
            while True:
                cursor.execute(
                    "SELECT id FROM naive_task WHERE state = 'queued' ORDER BY rank_at, id LIMIT 1"
                )
                task = cursor.fetchone()
                cursor.execute(NAIVE_FREE)
                shift = cursor.fetchone()
                if task is None or shift is None:
                    return {"made": made, "seconds": time.perf_counter() - began}
                with transaction.atomic():
                    cursor.execute(
                        "INSERT INTO naive_offer (task_id, shift_id, at) VALUES (%s, %s, now())",
                        [task[0], shift[0]],
                    )
                    cursor.execute("UPDATE naive_task SET state = 'offered' WHERE id = %s", [task[0]])
                made += 1

    made, took, rounds, bad = 0, 0.0, 0, Counter[str]()
    while took < seconds:
        with connection.cursor() as cursor:
            cursor.execute(NAIVE)
            cursor.executemany(
                "INSERT INTO naive_task (rank_at, state) VALUES (%s, 'queued')", [(rank,) for rank in ranks]
            )
            cursor.executemany("INSERT INTO naive_shift (capacity) VALUES (%s)", [(PLACES,)] * counsellors)
        globals()["_work"] = fill
        found, _all = together(_run, workers)
        made += sum(each["made"] for each in found)
        took += max(each["seconds"] for each in found)
        rounds += 1
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM"
                " (SELECT shift_id FROM naive_offer GROUP BY 1 HAVING count(*) > %s) each",
                [PLACES],
            )
            bad["over_capacity"] += cursor.fetchone()[0]
            cursor.execute(
                "SELECT count(*) FROM (SELECT task_id FROM naive_offer GROUP BY 1 HAVING count(*) > 1) each"
            )
            bad["offered_twice"] += cursor.fetchone()[0]
    return {"offers": made, "rounds": rounds, "per_second": round(made / took), **bad}


def _work(number: int) -> dict[str, Any]:
    """Put here, before the processes are forked, by what is measured."""
    raise NotImplementedError


def _run(number: int) -> dict[str, Any]:
    """What the forked process does; it inherits the work, which cannot be sent to it."""
    try:
        return _work(number)
    finally:
        connection.close()


def main() -> None:
    """Run once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--waiting", type=int, default=1000)
    parser.add_argument("--counsellors", type=int, default=300)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=20)
    options = parser.parse_args()
    # a connection for each process, as web processes have
    connection.settings_dict["OPTIONS"]["pool"] = False
    call_command("migrate", verbosity=0, skip_checks=True)
    helpline = prepare(options.waiting, options.counsellors)
    figures = {"load": os.getloadavg()[0], "weights": weights().version}
    for name, measure in (
        ("offers", measure_offers), ("nights", measure_nights), ("naive", measure_naive),
    ):  # fmt: skip
        figures[name] = measure(helpline, options.workers, options.seconds)
        print(json.dumps({name: figures[name]}), flush=True)
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    try:
        main()
    finally:
        connection.close()
        server.stop()
