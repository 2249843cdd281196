"""Everything is killed while people talk: nothing acknowledged is lost, doubled or out of order.

Runs a whole site (embedded PostgreSQL, two web processes, the job worker) in the folder of ``bench.streams``,
writes messages with retries, follows each conversation as the person and as the counsellor over streams that
come back with ``Last-Event-ID``, and ends a random web, job or PostgreSQL process with ``kill -9``:

    python -m bench.crash [--kills 100] [--every 3] [--desks 2]

The messages are written through `services.messages.write_message` by threads beside the site, each sent
again under its own id until it is acknowledged; they are not posted to the web processes.
"""

import argparse
import asyncio
import contextlib
import json
import os
import random
import sys
import threading
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psutil

from bench.start import start
from bench.streams import ROOT, prepare

CONSOLE, PERSON = "/desk/consultation/stream", "/talk/room/stream"


def victims(var: Path) -> dict[str, list[psutil.Process]]:
    """The site's web processes, its job worker and the server's first process, by kind."""
    found: dict[str, list[psutil.Process]] = defaultdict(list)
    place = (
        (var / "postgres" / "location").read_text().strip()
        if (var / "postgres" / "location").exists()
        else ""
    )
    for process in psutil.process_iter():
        try:
            command = process.cmdline()
            if "tsunagari.core.runtime.child" in command and process.environ().get("TSUNAGARI_VAR") == str(
                var
            ):
                found[command[3]].append(process)
            elif (
                command
                and command[0].endswith("/postgres")
                and "-D" in command
                and any(str(each) in " ".join(command) for each in (var, place) if str(each))
            ):
                found["postgres"].append(process)
        except psutil.Error:
            continue
    return found


class Writers:
    """Threads that say numbered things, again and again until each is acknowledged."""

    def __init__(self, conversations: list[UUID]) -> None:
        self.acknowledged: dict[UUID, list[UUID]] = {pk: [] for pk in conversations}
        self.again = 0
        self.stop = threading.Event()
        self.threads = [threading.Thread(target=self._talk, args=(pk,)) for pk in conversations]

    def _talk(self, pk: UUID) -> None:
        import psycopg  # noqa: PLC0415
        from django.db import Error, connection  # noqa: PLC0415
        from django.utils import timezone  # noqa: PLC0415

        from tsunagari.consultation.models import Message  # noqa: PLC0415
        from tsunagari.consultation.services.messages import write_message  # noqa: PLC0415

        while not self.stop.is_set():
            client_id = uuid4()
            while True:
                try:
                    write_message(
                        conversation_id=pk,
                        client_id=client_id,
                        author=Message.Author.PERSON,
                        text="ことば",
                        at=timezone.now(),
                    )
                    break
                except (Error, psycopg.Error):
                    self.again += 1
                    connection.close()
                    time.sleep(0.2)
            self.acknowledged[pk].append(client_id)
            time.sleep(0.15)
        connection.close()


class Reader:
    """A client that comes back where it stopped, as a browser does."""

    def __init__(self, port: int, path: str, cookie: str) -> None:
        self.port, self.path, self.cookie = port, path, cookie
        self.got: dict[str, list[tuple[int, str]]] = defaultdict(list)
        self.last = ""
        self.came_back = 0
        self.doubled = 0
        self.ended = 0

    async def run(self) -> None:
        """Without end."""
        while True:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, TimeoutError, ValueError):
                await self._once()
            self.came_back += 1
            await asyncio.sleep(0.3)

    async def _once(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=2**20)
        try:
            last = f"Last-Event-ID: {self.last}\r\n" if self.last else ""
            writer.write(
                f"GET {self.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {self.cookie}\r\n{last}\r\n".encode()
            )
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 15)
            if b" 200 " not in head.split(b"\r\n", 1)[0]:
                return
            name = kind = ""
            while line := await asyncio.wait_for(reader.readline(), 45):
                if line.startswith(b"id: "):
                    name = line[4:].strip().decode()
                elif line.startswith(b"event: "):
                    kind = line[7:].strip().decode()
                elif line.startswith(b"data: ") and kind == "message":
                    data = json.loads(line[6:])
                    got = self.got[data["conversation"]]
                    if got and data["seq"] <= got[-1][0]:
                        self.doubled += 1
                    got.append((data["seq"], data["client_id"]))
                    self.last = name
                elif line.startswith(b"data: ") and kind == "ended":
                    self.ended += 1
        finally:
            writer.close()


async def trial(
    desks: list[dict[str, Any]], port: int, var: Path, *, kills: int, every: float
) -> dict[str, Any]:
    """Talk, kill, wait until all is quiet, compare."""
    writers = Writers([UUID(pk) for desk in desks for pk, _ in desk["talks"]])
    readers = []
    for desk in desks:
        mine = {pk for pk, _ in desk["talks"]}
        readers.append((Reader(port, CONSOLE, f"desk={desk['desk']}"), mine))
        readers += [(Reader(port, PERSON, f"talk={token}"), {pk}) for pk, token in desk["talks"]]
    tasks = [asyncio.create_task(reader.run()) for reader, _ in readers]
    for thread in writers.threads:
        thread.start()
    killed: Counter[str] = Counter()
    for number in range(kills):
        await asyncio.sleep(random.uniform(0.5, 1.5) * every)
        there = victims(var)
        if there:
            # each kind in its turn, at a random moment
            kind = sorted(there)[number % len(there)]
            random.choice(there[kind]).kill()
            killed[kind] += 1
    await asyncio.sleep(8)
    writers.stop.set()
    for thread in writers.threads:
        await asyncio.to_thread(thread.join, 60)
    said = {str(pk): [str(each) for each in ids] for pk, ids in writers.acknowledged.items()}

    def complete() -> bool:
        return all([name for _, name in reader.got[pk]] == said[pk] for reader, of in readers for pk in of)

    deadline = time.monotonic() + 60
    while not complete() and time.monotonic() < deadline:
        await asyncio.sleep(0.5)
    for task in tasks:
        task.cancel()
    from tsunagari.consultation.models import Message  # noqa: PLC0415

    def kept(pk: str) -> list[str]:
        rows = Message.objects.filter(conversation_id=pk).order_by("seq")
        return [str(each) for each in rows.values_list("client_id", flat=True)]

    stored = {pk: await asyncio.to_thread(kept, pk) for pk in said}
    return {
        "killed": dict(killed),
        "acknowledged": sum(map(len, said.values())),
        "sent_again": writers.again,
        "streams_came_back": sum(reader.came_back for reader, _ in readers),
        "not_once_in_order_in_the_database": sum(stored[pk] != said[pk] for pk in said),
        "streams_that_missed_or_mixed": sum(
            [name for _, name in reader.got[pk]] != said[pk] for reader, of in readers for pk in of
        ),
        "doubled_on_a_stream": sum(reader.doubled for reader, _ in readers),
        "ended_wrongly": sum(reader.ended for reader, _ in readers),
    }


def run(var: Path, *, kills: int, every: float, desks: int) -> dict[str, Any]:
    """A whole trial on a site in ``var``."""
    import django  # noqa: PLC0415

    from tsunagari.core.runtime.postgres import ensure_server  # noqa: PLC0415

    var.mkdir(mode=0o711, parents=True, exist_ok=True)
    os.environ |= {"TSUNAGARI_ENV": "demo", "TSUNAGARI_VAR": str(var), "WEB_PROCESSES": "2"}
    os.environ["DJANGO_SETTINGS_MODULE"] = "tsunagari.config.settings"
    process, port, _ = start(var)
    server = ensure_server(var)
    try:
        os.environ["DATABASE_URL"] = server.url
        django.setup()
        made = prepare(desks * 10)
        return asyncio.run(trial(made, port, var, kills=kills, every=every))
    finally:
        process.terminate()
        process.wait(20)
        server.stop()


def main() -> int:
    """Run it; 1 when anything is missing, doubled or mixed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--every", type=float, default=3.0)
    parser.add_argument("--desks", type=int, default=2)
    options = parser.parse_args()
    found = run(ROOT / "var" / "bench-streams", kills=options.kills, every=options.every, desks=options.desks)
    print(json.dumps(found, indent=1))
    wrong = ("not_once_in_order_in_the_database", "streams_that_missed_or_mixed", "doubled_on_a_stream")
    return int(any(found[name] for name in (*wrong, "ended_wrongly")))


if __name__ == "__main__":
    sys.exit(main())
