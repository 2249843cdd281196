"""Live streams: what each side gets, once and in order; hints lost; who is shut out, and when."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import psutil
import pytest
from asgiref.sync import sync_to_async
from django.core.asgi import get_asgi_application
from django.db import connection
from django.test import Client, override_settings
from django.utils import timezone

from tests.consultation.making import begin, make_helpline, make_shift
from tests.factories import sign_in
from tests.valkeys import RealValkey, wait_until_it_answers
from tsunagari.consultation import streams
from tsunagari.consultation.models import Conversation, Message, Shift, Task
from tsunagari.consultation.services.conversations import end_sessions
from tsunagari.consultation.services.messages import write_event, write_message
from tsunagari.consultation.services.tasks import move
from tsunagari.consultation.states import TaskState
from tsunagari.consultation.streams import cursor_of, read_cursor, signal_typing
from tsunagari.consultation.views.streams import CONSOLE_PATH, PERSON_PATH
from tsunagari.core import live
from tsunagari.core.streaming import Streams

pytestmark = pytest.mark.django_db(transaction=True)


class Listener:
    """A client of a stream, straight at the ASGI application."""

    def __init__(self, path: str, cookie: str, query: str = "", last_event_id: str = "") -> None:
        headers = [(b"host", b"testserver"), (b"cookie", cookie.encode())]
        if last_event_id:
            headers.append((b"last-event-id", last_event_id.encode()))
        self.scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": headers,
            "client": ("127.0.0.1", 1),
            "server": ("testserver", 80),
        }
        self.status = 0
        self.headers: dict[str, str] = {}
        self.events: list[tuple[str, str, Any]] = []
        self.closed = False
        self._text = ""
        self._news = asyncio.Event()
        self._gone = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> "Listener":
        django = get_asgi_application()
        layer = Streams(django, django, {PERSON_PATH, CONSOLE_PATH})
        self._task = asyncio.create_task(layer(self.scope, self._receive, self._send))
        async with asyncio.timeout(10):
            while not self.status:
                await self._next()
        return self

    async def _receive(self) -> dict[str, Any]:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode().lower(): value.decode() for name, value in message["headers"]}
        else:
            self._text += message.get("body", b"").decode()
            *whole, self._text = self._text.split("\n\n")
            for block in whole:
                fields = dict(line.split(": ", 1) for line in block.split("\n") if not line.startswith(":"))
                if "event" in fields:
                    self.events.append(
                        (fields.get("id", ""), fields["event"], json.loads(fields.get("data", "{}")))
                    )
            if not message.get("more_body", False):
                self.closed = True
                self._gone.set()
        self._news.set()

    async def _next(self) -> None:
        assert self._task is not None
        if self._task.done():
            self._task.result()
        self._news.clear()
        await asyncio.wait_for(self._news.wait(), 15)

    async def until(self, condition: Callable[["Listener"], object], seconds: float = 15) -> None:
        async with asyncio.timeout(seconds):
            while not condition(self):
                await self._next()

    def texts(self) -> list[str]:
        return [data["text"] for _, kind, data in self.events if kind == "message"]

    def kinds(self) -> list[str]:
        return [kind for _, kind, _ in self.events]

    async def close(self) -> None:
        self._gone.set()
        if self._task is not None:
            await self._task


class Scene:
    """A person who talks with a counsellor."""

    def __init__(self) -> None:
        self.begun = begin(make_helpline())
        self.conversation = self.begun.conversation
        self.shift = make_shift(self.conversation.helpline, at=timezone.now())
        self.task = self.begun.task
        at = timezone.now()
        move(self.task, to=TaskState.QUEUED, at=at, reason="asked", queued_at=at, rank_at=at)
        move(self.task, to=TaskState.OFFERED, at=at, reason="offered")
        move(
            self.task,
            to=TaskState.CONNECTED,
            at=at,
            reason="accepted",
            connected_at=at,
            shift_id=self.shift.pk,
        )
        self.client = sign_in(Client(), self.shift.user)

    def say(self, text: str, *, staff: bool = False, conversation: Conversation | None = None) -> Message:
        return write_message(
            conversation_id=(conversation or self.conversation).pk,
            client_id=uuid4(),
            author=Message.Author.COUNSELLOR if staff else Message.Author.PERSON,
            user=self.shift.user if staff else None,
            text=text,
            at=timezone.now(),
        )

    @property
    def person_cookie(self) -> str:
        return f"talk={self.begun.token}"

    @property
    def desk_cookie(self) -> str:
        return f"desk={self.client.cookies['desk'].value}"

    async def person(self, **more: Any) -> Listener:
        return await Listener(PERSON_PATH, self.person_cookie, **more).open()

    async def console(self, **more: Any) -> Listener:
        return await Listener(CONSOLE_PATH, self.desk_cookie, **more).open()


in_thread = sync_to_async


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    yield await in_thread(Scene)()
    # looked up in the thread: each has its own
    await in_thread(lambda: connection.close())()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Polls every half second."""
    made = streams.ConversationReader.__init__

    def init(self: streams.ConversationReader) -> None:
        made(self)
        self.feed.poll_seconds = 0.5

    monkeypatch.setattr(streams.ConversationReader, "__init__", init)


@pytest.fixture
def deaf(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every hint is lost."""
    monkeypatch.setattr(live.Hints, "_wake", lambda self, topic, kind: None)


async def test_both_sides_get_each_message_once_and_in_order(scene: Scene):
    person, console = await scene.person(), await scene.console()
    said = [f"ことば{number}" for number in range(20)]
    for number, text in enumerate(said):
        await in_thread(scene.say)(text, staff=number % 2 == 1)
    await person.until(lambda one: len(one.texts()) >= 20)
    await console.until(lambda one: len(one.texts()) >= 20)
    assert person.texts() == said
    assert console.texts() == said
    assert [name for name, kind, _ in person.events if kind == "message"] == [str(n) for n in range(1, 21)]
    await person.close()
    await console.close()


async def test_a_stream_has_the_sites_headers_and_is_kept_by_nobody(scene: Scene):
    person = await scene.person()
    assert person.status == 200
    assert person.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert person.headers["cache-control"] == "no-store"
    assert person.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in person.headers["content-security-policy"]
    assert "content-length" not in person.headers
    await person.close()


async def test_who_comes_back_goes_on_where_it_stopped(scene: Scene):
    for text in ("一", "二", "三"):
        await in_thread(scene.say)(text)
    person = await scene.person(last_event_id="2")
    await person.until(lambda one: one.texts())
    assert person.texts() == ["三"]
    console = await scene.console(last_event_id=cursor_of({scene.conversation.pk: 1}))
    await console.until(lambda one: len(one.texts()) >= 2)
    assert console.texts() == ["二", "三"]
    assert read_cursor(console.events[-1][0] or console.events[0][0]) != {}
    last = [name for name, kind, _ in console.events if kind == "message"][-1]
    assert read_cursor(last) == {scene.conversation.pk: 3}
    await person.close()
    await console.close()


@pytest.mark.parametrize("given", ["", "x", "f" * 32 + ":1", ":::", "," * 3000, "z" * 32 + ":5", "-1:2"])
async def test_a_forged_cursor_shows_nothing_of_others(scene: Scene, given: str):
    def other() -> None:
        scene.say("ほかの人のことば", conversation=begin(scene.conversation.helpline).conversation)
        scene.say("こちら")

    await in_thread(other)()
    console = await scene.console(query=f"after={given}")
    await console.until(lambda one: one.texts())
    assert console.texts() == ["こちら"]
    await console.close()


async def test_what_is_for_the_staff_never_reaches_the_person(scene: Scene):
    person, console = await scene.person(), await scene.console()

    def write() -> None:
        write_event(
            conversation_id=scene.conversation.pk, code="risk_rose", at=timezone.now(), staff_only=True
        )
        write_message(
            conversation_id=scene.conversation.pk,
            client_id=uuid4(),
            author=Message.Author.COUNSELLOR,
            user=scene.shift.user,
            text="内緒のメモ",
            kind=Message.Kind.NOTE,
            audience=Message.Audience.STAFF,
            at=timezone.now(),
        )
        scene.say("こんばんは", staff=True)

    await in_thread(write)()
    await console.until(lambda one: len(one.texts()) >= 3)
    await person.until(lambda one: one.texts())
    assert console.texts() == ["risk_rose", "内緒のメモ", "こんばんは"]
    assert person.texts() == ["こんばんは"]
    assert str(scene.shift.user.pk) not in json.dumps(person.events)
    await person.close()
    await console.close()


@pytest.mark.usefixtures("quick", "deaf")
async def test_every_hint_lost_loses_nothing(scene: Scene):
    person, console = await scene.person(), await scene.console()
    await asyncio.sleep(0.3)
    for text in ("一", "二", "三"):
        await in_thread(scene.say)(text)
    await person.until(lambda one: len(one.texts()) >= 3)
    await console.until(lambda one: len(one.texts()) >= 3)
    assert person.texts() == console.texts() == ["一", "二", "三"]
    await person.close()
    await console.close()


@pytest.mark.usefixtures("quick")
async def test_a_session_that_ended_ends_its_stream(scene: Scene):
    person = await scene.person()
    await in_thread(end_sessions)(scene.conversation.pk, at=timezone.now())
    await person.until(lambda one: one.closed)
    assert person.kinds()[-1] == "ended"
    again = await scene.person()
    await again.until(lambda one: one.closed)
    assert again.kinds() == ["ended"]
    await person.close()


async def test_nobody_listens_without_a_session(scene: Scene):
    for cookie in ("", "talk=", "talk=forged", f"talk={'x' * 5000}", "desk=forged"):
        stranger = await Listener(PERSON_PATH, cookie).open()
        await stranger.until(lambda one: one.closed)
        assert stranger.kinds() == ["ended"]
        at_desk = await Listener(CONSOLE_PATH, cookie).open()
        assert at_desk.status == 302


@pytest.mark.usefixtures("quick")
async def test_a_contact_that_moved_away_is_sent_no_longer(scene: Scene):
    console = await scene.console()
    await in_thread(scene.say)("まえ")
    await console.until(lambda one: one.texts())

    def move_away() -> None:
        task = Task.objects.get(pk=scene.task.pk)
        move(task, to=TaskState.QUEUED, at=timezone.now(), reason="vanished", shift_id=None)

    await in_thread(move_away)()
    await console.until(lambda one: "changed" in one.kinds())
    await asyncio.sleep(1.5)
    await in_thread(scene.say)("あと")
    await asyncio.sleep(1.5)
    assert console.texts() == ["まえ"]
    await console.close()


@pytest.mark.usefixtures("quick")
async def test_a_console_that_logged_out_is_shut(scene: Scene):
    console = await scene.console()
    await in_thread(scene.client.logout)()
    await console.until(lambda one: one.closed)
    assert console.kinds()[-1] == "ended"


async def test_typing_reaches_the_other_side_only_and_is_never_stored(scene: Scene):
    person, console = await scene.person(), await scene.console()
    await in_thread(scene.say)("はい")
    await console.until(lambda one: one.texts())
    await in_thread(signal_typing)(scene.conversation.pk, by_staff=True)
    await person.until(lambda one: "typing" in one.kinds())
    assert "typing" not in console.kinds()
    await in_thread(signal_typing)(scene.conversation.pk, by_staff=False)
    await console.until(lambda one: "typing" in one.kinds())
    assert await in_thread(Message.objects.count)() == 1
    await person.close()
    await console.close()


async def test_a_change_of_state_is_told_without_the_risk(scene: Scene):
    person, console = await scene.person(), await scene.console()
    await in_thread(scene.say)("はい")
    await person.until(lambda one: one.texts())
    await console.until(lambda one: one.texts())

    def raise_risk() -> None:
        Task.objects.filter(pk=scene.task.pk).update(risk=2)
        live.hint(f"conversation:{scene.conversation.pk}")

    await in_thread(raise_risk)()
    await console.until(lambda one: "changed" in one.kinds())
    assert "changed" not in person.kinds()

    def wrap_up() -> None:
        move(Task.objects.get(pk=scene.task.pk), to=TaskState.WRAP_UP, at=timezone.now(), reason="finished")

    await in_thread(wrap_up)()
    await person.until(lambda one: "changed" in one.kinds())
    await person.close()
    await console.close()


async def test_an_open_stream_is_a_sign_of_life_and_holds_no_connection(scene: Scene):
    def age() -> None:
        Conversation.objects.update(person_seen_at=scene.conversation.begun_at)
        Shift.objects.update(seen_at=scene.shift.started_at.replace(year=2026, month=1))

    await in_thread(age)()
    person, console = await scene.person(), await scene.console()
    await in_thread(scene.say)("はい")
    await person.until(lambda one: one.texts())

    def seen() -> tuple[bool, bool]:
        fresh = timezone.now() - timedelta(seconds=60)
        return (
            Conversation.objects.get(pk=scene.conversation.pk).person_seen_at > fresh,
            Shift.objects.get(pk=scene.shift.pk).seen_at > fresh,
        )

    assert await in_thread(seen)() == (True, True)

    def others_held() -> int:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid() AND state LIKE 'idle in transaction%'"
            )
            return int(cursor.fetchone()[0])

    assert await in_thread(others_held)() == 0
    await person.close()
    await console.close()


@pytest.mark.usefixtures("quick")
async def test_streams_live_on_when_the_database_throws_them_out(scene: Scene):
    person = await scene.person()
    await in_thread(scene.say)("まえ")
    await person.until(lambda one: one.texts())

    def throw_out() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

    await in_thread(throw_out)()
    await in_thread(scene.say)("あと")
    await person.until(lambda one: len(one.texts()) >= 2)
    assert person.texts() == ["まえ", "あと"]
    await person.close()


async def test_valkey_carries_hints_and_signals_as_well(scene: Scene):
    real = RealValkey()
    try:
        wait_until_it_answers(real)
        with override_settings(VALKEY_URL=real.url):
            person, console = await scene.person(), await scene.console()
            await asyncio.sleep(0.5)
            await in_thread(scene.say)("はい")
            await person.until(lambda one: one.texts(), seconds=3)
            await console.until(lambda one: one.texts(), seconds=3)
            await in_thread(signal_typing)(scene.conversation.pk, by_staff=True)
            await person.until(lambda one: "typing" in one.kinds(), seconds=3)
            await person.close()
            await console.close()
    finally:
        real.end()


async def test_forty_streams_of_one_conversation_need_no_thread_each(scene: Scene):
    listeners = [await scene.person() for _ in range(40)]
    threads = psutil.Process().num_threads()
    await in_thread(scene.say)("はい")
    for listener in listeners:
        await listener.until(lambda one: one.texts())
    assert psutil.Process().num_threads() <= threads + 2
    assert all(listener.texts() == ["はい"] for listener in listeners)
    for listener in listeners:
        await listener.close()
