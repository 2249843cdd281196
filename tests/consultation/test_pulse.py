"""The heartbeat of consultation in a web process."""

import asyncio
import threading

import psycopg
import pytest
from django.db import OperationalError, connection

from tests.consultation.making import begin, make_helpline
from tests.factories import AT
from tsunagari.config import asgi
from tsunagari.consultation import pulse
from tsunagari.consultation.models import Task
from tsunagari.consultation.services import queue


async def test_it_beats_on_when_the_database_fails_and_tells_nothing_of_what_was_sent(monkeypatch, caplog):
    beats = []

    def fail() -> None:
        beats.append(1)
        if len(beats) == 3:
            raise KeyboardInterrupt
        raise OperationalError("words that somebody wrote")

    monkeypatch.setattr(pulse, "beat", fail)
    with pytest.raises(KeyboardInterrupt):
        await pulse.beat_on(every=0)
    assert len(beats) == 3
    assert "words" not in caplog.text


async def test_a_server_beats_from_its_start_to_its_end(monkeypatch):
    beaten = threading.Event()
    monkeypatch.setattr(pulse, "beat", beaten.set)
    monkeypatch.setattr(pulse, "EVERY_SECONDS", 0.0)
    monkeypatch.setattr(asgi, "warm_up", lambda: None)
    sent: list[str] = []
    ends = asyncio.Queue[dict[str, str]]()

    async def send(message) -> None:
        sent.append(message["type"])

    ends.put_nowait({"type": "lifespan.startup"})
    running = asyncio.create_task(asgi.application({"type": "lifespan"}, ends.get, send))
    assert await asyncio.to_thread(beaten.wait, 5)
    ends.put_nowait({"type": "lifespan.shutdown"})
    await asyncio.wait_for(running, 5)
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    beaten.clear()
    await asyncio.sleep(0.1)
    assert not beaten.is_set()


@pytest.mark.django_db(transaction=True)
def test_one_sweeps_and_whoever_comes_meanwhile_does_not():
    """Another process holds the lock; when it dies, the next beat sweeps."""
    helpline = make_helpline()
    task = begin(helpline).task
    queue.enqueue(task_id=task.pk, at=AT)
    given = {name: value for name, value in connection.get_connection_params().items() if name in CONNECTS}
    with psycopg.connect(**given) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [pulse.LOCK])
        assert pulse.beat() is None
    found = pulse.beat()
    assert found is not None
    # nobody has looked at this person's page since AT
    assert found.silent == 1
    task = Task.objects.get(pk=task.pk)
    assert task.state == "abandoned_silent"
    # and let go of the lock
    assert pulse.beat() is not None


CONNECTS = {"dbname", "user", "password", "host", "port"}
