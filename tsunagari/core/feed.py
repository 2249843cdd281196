"""Reading for many streams at once: one task per process, one look at the database for all that is new.

Five thousand streams that each look every five seconds would ask a thousand times a second. Here members
join topics; a hint marks its topic; at each turn the reader is asked about all marked topics together, in a
thread, and tells their members. Without any hint every topic is asked about every ``poll_seconds``, a small
part of them at each turn, so that no turn is long.
"""

import asyncio
import contextlib
import logging
from collections.abc import Collection, Sequence
from math import ceil
from typing import Generic, Protocol, TypeVar

import psycopg
from asgiref.sync import sync_to_async
from django.db import Error, connection

from tsunagari.core import live

logger = logging.getLogger("tsunagari.live")

TURN_SECONDS = 0.25
PAUSE_SECONDS = 0.01
"""Hints that come within it are answered together."""

Question = TypeVar("Question")
Answer = TypeVar("Answer")
Member = TypeVar("Member")


class Reader(Protocol[Member, Question, Answer]):
    """What an app knows about its topics."""

    def collect(self, topics: Collection["Topic[Member]"]) -> Question:
        """In the event loop: what has to be asked."""

    def read(self, question: Question) -> Answer:
        """In a thread: ask the database."""

    def tell(self, question: Question, answer: Answer) -> Collection[str]:
        """In the event loop: tell the members; returns the topics of which there is more to read."""

    def signalled(self, topic: "Topic[Member]", kind: str) -> None:
        """In the event loop: something that is not stored."""


class Topic(Generic[Member]):
    """A topic with whoever listens to it; hints reach it through ``live.Hints``."""

    __slots__ = ("_feed", "hinted", "members", "name")

    def __init__(self, name: str, feed: "Feed[Member, object, object]") -> None:
        self.name = name
        self.members: list[Member] = []
        self.hinted = False
        """Since it was last asked about; else it is only its turn."""
        self._feed = feed

    def set(self) -> None:
        """There may be something new."""
        self.hinted = True
        self._feed.mark(self.name)

    def signal(self, kind: str) -> None:
        """Something of this moment."""
        self._feed.reader.signalled(self, kind)


class Feed(Generic[Member, Question, Answer]):
    """Topics and their members in one process. Everything but ``read`` runs in the event loop."""

    def __init__(
        self, reader: Reader[Member, Question, Answer], *, poll_seconds: float = live.POLL_SECONDS
    ) -> None:
        self.reader = reader
        self.poll_seconds = poll_seconds
        self.topics: dict[str, Topic[Member]] = {}
        self._marked: set[str] = set()
        self._round: list[str] = []
        self._each_turn = 1
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def join(self, name: str, member: Member) -> None:
        """Let ``member`` hear of a topic, beginning with a first look."""
        topic = self.topics.get(name)
        if topic is None:
            topic = self.topics[name] = Topic(name, self)  # type: ignore[arg-type]
            live.hints().join(name, topic)
        topic.members.append(member)
        self.mark(name)
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run())

    def leave(self, name: str, member: Member) -> None:
        """No longer; the last one ends the topic, the last topic the reading."""
        topic = self.topics.get(name)
        if topic is None or member not in topic.members:
            return
        topic.members.remove(member)
        if not topic.members:
            del self.topics[name]
            live.hints().leave(name, topic)
        if not self.topics and self._task is not None:
            self._task.cancel()
            self._task = None

    def mark(self, name: str) -> None:
        """Look at this topic in the next turn."""
        self._marked.add(name)
        self._wake.set()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        next_poll = loop.time()
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), max(0.0, next_poll - loop.time()))
            if loop.time() >= next_poll:
                self._marked.update(self._next_of_round())
                next_poll = loop.time() + min(TURN_SECONDS, self.poll_seconds)
            self._wake.clear()
            asked, self._marked = self._marked, set()
            topics = [self.topics[name] for name in asked if name in self.topics]
            if topics and not await self._turn(topics):
                self._marked |= asked
            await asyncio.sleep(PAUSE_SECONDS)

    async def _turn(self, topics: Sequence[Topic[Member]]) -> bool:
        """Read and tell; False when the database is away: what was marked stays marked."""
        question = self.reader.collect(topics)
        try:
            answer = await sync_to_async(self._read, thread_sensitive=False)(question)
        except (Error, psycopg.Error) as error:
            logger.warning("feed", extra={"event": type(error).__name__})
            return False
        for name in self.reader.tell(question, answer):
            self.mark(name)
        return True

    def _read(self, question: Question) -> Answer:
        """In this thread; its connection goes back to the pool."""
        try:
            return self.reader.read(question)
        finally:
            connection.close()

    def _next_of_round(self) -> Sequence[str]:
        """The next part of all topics, so that a round takes ``poll_seconds``."""
        if not self._round:
            self._round = list(self.topics)
            turns = max(1, round(self.poll_seconds / TURN_SECONDS))
            self._each_turn = max(1, ceil(len(self._round) / turns))
        part = self._round[-self._each_turn :]
        del self._round[-self._each_turn :]
        return part
