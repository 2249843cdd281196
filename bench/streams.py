"""Live streams under load: how late messages come, what a stream costs, whether any is lost.

Starts a whole site (embedded PostgreSQL, two web processes) in a folder of its own, which is kept for the
next run, opens streams of persons and of counsellors' consoles beside it and writes 200 messages a second:

    python -m bench.streams [--streams 2500] [--rate 200] [--seconds 60]

Each console follows nine conversations, so that each message goes to two streams. The messages are committed
through `services.messages.write_message` by a writer beside the site, not posted to it: what a POST costs is
not in these figures. Times are from before the write to the arrival at the client, on one clock.

Bounds (issue "Consultation at any hour"): p99 ≤ 250 ms at 2,500 streams and ≤ 1 s at 5,000, ≤ 100 KB for
each, nothing lost, doubled or out of order.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil
import uvloop

ROOT = Path(__file__).resolve().parent.parent
OF_A_CONSOLE = 9


def prepare(streams: int) -> list[dict[str, Any]]:
    """Conversations in the middle of a talk, with cookies of both sides; one entry for each console."""
    # Django is set up by now
    from allauth.mfa.models import Authenticator  # noqa: PLC0415
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: PLC0415
    from django.contrib.sessions.backends.db import SessionStore  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from tests.consultation import making  # noqa: PLC0415
    from tsunagari.accounts.middleware import BEGAN, SEEN  # noqa: PLC0415
    from tsunagari.accounts.models import Membership, Organization, Role, User  # noqa: PLC0415
    from tsunagari.consultation.models import Helpline, Shift, TracingDecision  # noqa: PLC0415
    from tsunagari.consultation.services.tasks import move  # noqa: PLC0415
    from tsunagari.consultation.states import TaskState  # noqa: PLC0415

    at = timezone.now()
    number = uuid4().hex[:8]
    organization = Organization.objects.create(name=f"bench {number}", kind=Organization.Kind.NPO)
    TracingDecision.objects.create(organization=organization, choice="never", reason="bench", decided_at=at)
    helpline = Helpline.objects.create(
        key=f"bench-{number}", organization=organization, name="bench", created_at=at
    )
    desks = []
    for desk in range(max(1, streams // (OF_A_CONSOLE + 1))):
        user = User.objects.create_user(
            email=f"{number}-{desk}@example.org", display_name="bench", password=None
        )
        Membership.objects.create(user=user, organization=organization, role=Role.COUNSELLOR, started_at=at)
        Authenticator.objects.create(user=user, type=Authenticator.Type.RECOVERY_CODES, data={})
        Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": ""})
        shift = Shift.objects.create(
            helpline=helpline, user=user, kind="counsellor", capacity=10, languages=["ja"],
            load=OF_A_CONSOLE, started_at=at, seen_at=at,
        )  # fmt: skip
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session[BEGAN] = session[SEEN] = int(at.timestamp())
        session["account_authentication_methods"] = [{"method": "mfa", "at": at.timestamp(), "type": "totp"}]
        session["account_authentication_methods_user"] = str(user.pk)
        session.save()
        talks = []
        for _ in range(OF_A_CONSOLE):
            begun = making.begin(helpline, at=at)
            move(begun.task, to=TaskState.QUEUED, at=at, reason="bench", queued_at=at, rank_at=at)
            move(begun.task, to=TaskState.OFFERED, at=at, reason="bench")
            move(
                begun.task, to=TaskState.CONNECTED, at=at, reason="bench", connected_at=at,
                shift_id=shift.pk,
            )  # fmt: skip
            talks.append((str(begun.conversation.pk), begun.token))
        desks.append({"desk": session.session_key, "user": str(user.pk), "talks": talks})
    return desks


class Load:
    """All clients of the run and what they found."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.late: list[float] = []
        self.trouble: Counter[str] = Counter()
        self.open = 0
        self.arrived: Counter[str] = Counter()

    async def listen(self, path: str, cookie: str, name: str, ready: asyncio.Semaphore) -> None:
        last: dict[str, int] = {}
        async with ready:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=2**18)
            writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            if b" 200 " not in head.split(b"\r\n", 1)[0]:
                self.trouble[head.split(b"\r\n", 1)[0].decode()] += 1
                writer.close()
                return
        self.open += 1
        kind = ""
        try:
            while line := await reader.readline():
                if line.startswith(b"event: "):
                    kind = line[7:].strip().decode()
                elif line.startswith(b"data: ") and kind == "message":
                    data = json.loads(line[6:])
                    sent, _, _ = data["text"].partition(" ")
                    self.late.append(time.time() - float(sent))
                    conversation, seq = data["conversation"], data["seq"]
                    before = last.get(conversation, 0)
                    if seq != before + 1:
                        self.trouble["doubled" if seq <= before else "gap"] += 1
                    last[conversation] = seq
                    self.arrived[name] += 1
                elif line.startswith(b"data: ") and kind == "ended":
                    self.trouble["ended"] += 1
        except (ConnectionError, asyncio.IncompleteReadError):
            self.trouble["broken"] += 1
        finally:
            writer.close()


def write(desks: list[dict[str, Any]], *, rate: float, seconds: float) -> None:
    """In a process of its own: commit messages at a steady rate; prints how many and how long each took."""
    from uuid import UUID  # noqa: PLC0415

    from django.db import connection  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from tsunagari.consultation.models import Message  # noqa: PLC0415
    from tsunagari.consultation.services.messages import write_message  # noqa: PLC0415

    conversations = [UUID(pk) for desk in desks for pk, _ in desk["talks"]]
    took: list[float] = []

    def one(number: int) -> None:
        due = began + number / rate
        time.sleep(max(0.0, due - time.time()))
        at = time.time()
        write_message(
            conversation_id=conversations[number * 7919 % len(conversations)],
            client_id=uuid4(),
            author=Message.Author.PERSON,
            text=f"{at} ことば",
            at=timezone.now(),
        )
        took.append(time.time() - at)

    began = time.time() + 1
    with ThreadPoolExecutor(6) as pool:
        for _ in pool.map(one, range(int(rate * seconds))):
            pass
        list(pool.map(lambda _: connection.close(), range(6)))
    took.sort()
    print(json.dumps({
        "written": len(took), "seconds": round(time.time() - began, 1),
        "p50": took[len(took) // 2], "p99": took[int(len(took) * 0.99)],
    }))  # fmt: skip


async def measure(desks: list[dict[str, Any]], port: int, options: argparse.Namespace, var: Path) -> None:
    """Open, write, wait, tell."""
    load, gate = Load(port), asyncio.Semaphore(20)
    webs = [
        process
        for process in psutil.process_iter(["cmdline", "environ"])
        if "tsunagari.core.runtime.child" in (process.info["cmdline"] or ())
        and "web" in process.info["cmdline"]
        and (process.info["environ"] or {}).get("TSUNAGARI_VAR") == str(var)
    ]
    # one of each kind first, so that what is loaded only once is not counted
    first = [asyncio.create_task(load.listen("/talk/room/stream", "talk=none", "", gate)) for _ in range(20)]
    await asyncio.gather(*first)
    load.trouble.clear()
    load.open = 0
    before = sum(process.memory_info().rss for process in webs)
    began = time.time()
    clients = []
    for desk in desks:
        clients.append(load.listen("/desk/consultation/stream", f"desk={desk['desk']}", "console", gate))
        for _, token in desk["talks"]:
            clients.append(load.listen("/talk/room/stream", f"talk={token}", "person", gate))
    tasks = [asyncio.create_task(client) for client in clients]
    while load.open + sum(load.trouble.values()) < len(clients) and time.time() < began + 300:
        await asyncio.sleep(0.2)
    opened = time.time() - began
    await asyncio.sleep(3)
    after = sum(process.memory_info().rss for process in webs)
    cpu = [process.cpu_times() for process in webs]
    writer = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.streams", "--write", "--rate", str(options.rate),
        "--seconds", str(options.seconds), stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT,
    )  # fmt: skip
    told, _ = await writer.communicate(json.dumps(desks).encode())
    written = json.loads(told)
    used = sum(
        now.user + now.system - then.user - then.system
        for now, then in zip((process.cpu_times() for process in webs), cpu, strict=True)
    )
    await asyncio.sleep(12)
    late = sorted(load.late)
    for task in tasks:
        task.cancel()
    figures = {
        "streams": load.open,
        "opened_seconds": round(opened, 1),
        "kilobytes_each": round((after - before) / 1024 / max(1, load.open), 1),
        "written": written,
        "expected": written["written"] * 2,
        "arrived": sum(load.arrived.values()),
        "lost": written["written"] * 2 - sum(load.arrived.values()),
        "trouble": dict(load.trouble),
        "web_cpu_of_a_core": round(used / written["seconds"], 2),
        "milliseconds": {
            name: round(late[min(len(late) - 1, int(len(late) * part))] * 1000, 1)
            for name, part in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("worst", 1))
        }
        if late
        else {},
    }
    print(json.dumps(figures, indent=1))


def main() -> None:
    """Run once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=2500)
    parser.add_argument("--rate", type=float, default=200)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--write", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.write:
        import django  # noqa: PLC0415

        django.setup()
        write(json.load(sys.stdin), rate=options.rate, seconds=options.seconds)
        return
    from bench.start import start  # noqa: PLC0415
    from tsunagari.core.runtime.postgres import ensure_server  # noqa: PLC0415

    var = ROOT / "var" / "bench-streams"
    var.mkdir(mode=0o711, parents=True, exist_ok=True)
    os.environ |= {"TSUNAGARI_ENV": "demo", "TSUNAGARI_VAR": str(var), "WEB_PROCESSES": "2"}
    os.environ["DJANGO_SETTINGS_MODULE"] = "tsunagari.config.settings"
    process, port, _ = start(var)
    server = ensure_server(var)
    try:
        os.environ["DATABASE_URL"] = server.url
        import django  # noqa: PLC0415

        django.setup()
        desks = prepare(options.streams)
        from django.db import connection  # noqa: PLC0415

        connection.close()
        uvloop.run(measure(desks, port, options, var))
    finally:
        server.stop()
        process.terminate()
        process.wait(20)


if __name__ == "__main__":
    main()
