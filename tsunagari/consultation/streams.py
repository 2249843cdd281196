"""Live streams of conversations: a person's page follows one, a console those of its user's shifts.

The database is read for all streams of the process together (``core.feed``). Each stream remembers, for each
conversation, the number after which it has sent nothing; what a client has got stands in the event's id, so
that a client that comes back goes on from there, and one that forges it only gets again, or misses, what it
may read anyway. A person's stream holds neither users' ids nor anything that is for the staff.

Events: ``message``; ``typing``; ``read`` (up to where the other side has read); ``changed`` (fetch the page's
part again); ``ended`` (do not come back).
"""

import asyncio
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.utils import timezone

from tsunagari.consultation.selectors.conversations import Said, messages_after
from tsunagari.consultation.selectors.streaming import (
    Desk,
    Standing,
    desks_of,
    living_sessions,
    standings_of,
)
from tsunagari.consultation.services.presence import see_persons, see_shifts
from tsunagari.consultation.services.tasks import conversation_topic, helpline_topic
from tsunagari.core import live
from tsunagari.core.feed import Feed, Topic
from tsunagari.core.live import Event
from tsunagari.core.streaming import Channel, Opening

SEEN_SECONDS = 20.0
"""How often a stream is a sign of life."""
DESK_SECONDS = 0.5
"""A busy helpline's hints are looked into this often."""
MOST_READ = 500
TYPING = {"typing:person", "typing:staff"}


def signal_typing(conversation_id: UUID, *, by_staff: bool) -> None:
    """Tell the other side that somebody is writing, at this moment."""
    live.signal(conversation_topic(conversation_id), "typing:staff" if by_staff else "typing:person")


def cursor_of(after: Mapping[UUID, int]) -> str:
    """The id of a console's event: how far each of its conversations was sent."""
    return ",".join(f"{conversation.hex}:{seq}" for conversation, seq in sorted(after.items()))


def read_cursor(given: str) -> dict[UUID, int]:
    """What ``cursor_of`` wrote; nonsense is left out, and begins from the beginning."""
    found: dict[UUID, int] = {}
    for part in given[:2000].split(","):
        name, _, number = part.partition(":")
        if len(name) == 32 and name.isascii() and number.isascii() and number.isdigit() and len(number) < 19:
            try:
                found[UUID(hex=name)] = int(number)
            except ValueError:
                continue
    return found


@dataclass(slots=True, eq=False)
class PersonStream:
    """A person's page that is open."""

    channel: Channel
    conversation_id: UUID
    session_id: UUID
    after: dict[UUID, int]
    stood: tuple[object, ...] | None = None
    was_read: int | None = None

    def event_id(self, seq: int) -> str:
        """The number alone."""
        return str(seq)


@dataclass(slots=True, eq=False)
class ConsoleStream:
    """A console that is open."""

    channel: Channel
    user_id: UUID
    session_key: str
    after: dict[UUID, int]
    looked_at: frozenset[UUID]
    follows: frozenset[UUID] = frozenset()
    helplines: frozenset[UUID] = frozenset()
    mark: str | None = None
    stood: dict[UUID, tuple[object, ...]] = field(default_factory=dict)
    was_read: dict[UUID, int] = field(default_factory=dict)

    def event_id(self, seq: int) -> str:
        """How far all that it follows was sent."""
        return cursor_of({pk: self.after.get(pk, 0) for pk in self.follows})


Stream = PersonStream | ConsoleStream


@dataclass(frozen=True, slots=True)
class Question:
    """What has to be read for the streams of some topics."""

    after: Mapping[UUID, int]
    consoles: Mapping[UUID, Sequence[ConsoleStream]]
    persons_seen: Collection[UUID]
    users_seen: Collection[UUID]
    hinted: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class Answer:
    """What was read."""

    standings: Mapping[UUID, Standing]
    said: Mapping[UUID, Sequence[Said]]
    desks: Mapping[UUID, Desk]
    sessions: Collection[str]


def desk_topic(user_id: UUID) -> str:
    """The topic of somebody's own console: looked at with every round."""
    return f"desk:{user_id}"


class ConversationReader:
    """What the feed asks and tells (`core.feed.Reader`)."""

    def __init__(self) -> None:
        self.feed: Feed[Stream, Question, Answer] = Feed(self)
        self._desk_due: dict[str, float] = {}
        self._seen_due = 0.0

    def collect(self, topics: Collection[Topic[Stream]]) -> Question:
        """Sort what was hinted at; consoles are looked into for their helplines, too."""
        after: dict[UUID, int] = {}
        consoles: dict[UUID, list[ConsoleStream]] = {}
        hinted = set()
        for topic in topics:
            kind, _, pk = topic.name.partition(":")
            if kind == "conversation":
                conversation = UUID(pk)
                after[conversation] = min(member.after.get(conversation, 0) for member in topic.members)
                continue
            if kind == "helpline":
                if not self._due(topic.name):
                    continue
                if topic.hinted:
                    hinted.add(UUID(pk))
                topic.hinted = False
            for member in topic.members:
                if isinstance(member, ConsoleStream):
                    streams = consoles.setdefault(member.user_id, [])
                    if member not in streams:
                        streams.append(member)
        return Question(after, consoles, *self._to_be_seen(), hinted=frozenset(hinted))

    def read(self, question: Question) -> Answer:
        """At most three queries, and every 20 s two signs of life, for all together."""
        at = timezone.now()
        streams = [stream for of_user in question.consoles.values() for stream in of_user]
        looked_at = {pk for stream in streams for pk in stream.looked_at}
        standings = standings_of(list(question.after))
        behind = {
            pk: seq for pk, seq in question.after.items() if pk in standings and standings[pk].last_seq > seq
        }
        answer = Answer(
            standings,
            messages_after(behind, staff=True, most=MOST_READ),
            desks_of(list(question.consoles), looked_at=looked_at),
            living_sessions({stream.session_key for stream in streams}, at=at),
        )
        see_persons(question.persons_seen, at=at)
        see_shifts(question.users_seen, at=at)
        return answer

    def tell(self, question: Question, answer: Answer) -> Collection[str]:
        """Send each stream what is new to it."""
        for user_id, streams in question.consoles.items():
            for stream in streams:
                self._tell_desk(stream, answer.desks.get(user_id), answer, question.hinted)
        more = []
        complete = sum(map(len, answer.said.values())) < MOST_READ
        for pk in question.after:
            topic = self.feed.topics.get(conversation_topic(pk))
            standing = answer.standings.get(pk)
            if topic is None:
                continue
            said = answer.said.get(pk, ())
            encoded = [(one, _data_of(one)) for one in said]
            for member in list(topic.members):
                self._tell(member, pk, standing, encoded, question.after[pk])
            if not complete and standing is not None and (not said or said[-1].seq < standing.last_seq):
                more.append(topic.name)
        return more

    def signalled(self, topic: Topic[Stream], kind: str) -> None:
        """Somebody is writing."""
        if kind not in TYPING:
            return
        _, _, pk = topic.name.partition(":")
        data = json.dumps({"conversation": pk, "author": kind.partition(":")[2]})
        for member in topic.members:
            if isinstance(member, PersonStream) == (kind == "typing:staff"):
                member.channel.push(Event("", "typing", data).encode())

    def _tell(
        self,
        member: Stream,
        pk: UUID,
        standing: Standing | None,
        said: Sequence[tuple[Said, str]],
        from_seq: int,
    ) -> None:
        of_person = isinstance(member, PersonStream)
        if isinstance(member, PersonStream) and (
            standing is None or member.session_id not in standing.sessions
        ):
            member.channel.push(Event("", "ended", "{}").encode())
            member.channel.end()
            return
        if standing is None:
            return
        for one, data in said:
            # who joined while this was read may have asked from earlier on: it comes with the next turn
            if not member.after.get(pk, 0) < one.seq or member.after.get(pk, 0) < from_seq:
                continue
            member.after[pk] = one.seq
            if of_person and one.audience != "all":
                continue
            member.channel.push(Event(member.event_id(one.seq), "message", data).encode())
        self._tell_standing(member, pk, standing)

    def _tell_standing(self, member: Stream, pk: UUID, standing: Standing) -> None:
        if isinstance(member, PersonStream):
            # neither the risk nor who it is offered to is the person's to guess from the rhythm of events
            stands: tuple[object, ...] = (_for_person(standing.state),)
            changed = member.stood is not None and member.stood != stands
            member.stood = stands
            read, was_read = standing.staff_read_seq, member.was_read
            member.was_read = read
        else:
            stands = (standing.state, standing.risk, standing.fence)
            changed = member.stood.get(pk, stands) != stands
            member.stood[pk] = stands
            read, was_read = standing.person_read_seq, member.was_read.get(pk)
            member.was_read[pk] = read
        if read != was_read and read:
            data = json.dumps({"conversation": str(pk), "seq": read})
            member.channel.push(Event("", "read", data).encode())
        if changed:
            member.channel.push(Event("", "changed", json.dumps({"conversation": str(pk)})).encode())

    def _tell_desk(
        self, stream: ConsoleStream, desk: Desk | None, answer: Answer, hinted: frozenset[UUID]
    ) -> None:
        if stream.channel.ended:
            return
        if stream.session_key not in answer.sessions:
            stream.channel.push(Event("", "ended", "{}").encode())
            stream.channel.end()
            self.leave(stream)
            return
        found = desk or Desk(frozenset(), frozenset(), "")
        self._follow(stream, found)
        if stream.mark is not None and (stream.mark != found.mark or hinted & found.helplines):
            stream.channel.push(Event("", "changed", "{}").encode())
        stream.mark = found.mark

    def _follow(self, stream: ConsoleStream, desk: Desk) -> None:
        for pk in stream.follows - desk.conversations:
            self.feed.leave(conversation_topic(pk), stream)
            stream.after.pop(pk, None)
            stream.stood.pop(pk, None)
            stream.was_read.pop(pk, None)
        for pk in stream.helplines - desk.helplines:
            self.feed.leave(helpline_topic(pk), stream)
        added = desk.conversations - stream.follows
        new_lines = desk.helplines - stream.helplines
        stream.follows, stream.helplines = desk.conversations, desk.helplines
        for pk in added:
            self.feed.join(conversation_topic(pk), stream)
        for pk in new_lines:
            self.feed.join(helpline_topic(pk), stream)

    def _due(self, name: str) -> bool:
        """Whether a helpline is looked into now; else it is marked again for when it is."""
        loop = asyncio.get_running_loop()
        now, due = loop.time(), self._desk_due.get(name, 0.0)
        if now < due:
            loop.call_at(due, self.feed.mark, name)
            return False
        self._desk_due[name] = now + DESK_SECONDS
        return True

    def _to_be_seen(self) -> tuple[Collection[UUID], Collection[UUID]]:
        now = asyncio.get_running_loop().time()
        if now < self._seen_due:
            return (), ()
        self._seen_due = now + SEEN_SECONDS
        persons: set[UUID] = set()
        users: set[UUID] = set()
        for topic in self.feed.topics.values():
            for member in topic.members:
                if isinstance(member, PersonStream):
                    persons.add(member.conversation_id)
                else:
                    users.add(member.user_id)
        return persons, users

    def leave(self, stream: Stream) -> None:
        """The stream has ended."""
        if isinstance(stream, PersonStream):
            self.feed.leave(conversation_topic(stream.conversation_id), stream)
            return
        for pk in stream.follows:
            self.feed.leave(conversation_topic(pk), stream)
        for pk in stream.helplines:
            self.feed.leave(helpline_topic(pk), stream)
        stream.follows = stream.helplines = frozenset()
        self.feed.leave(desk_topic(stream.user_id), stream)


def _for_person(state: str) -> str:
    """States that look the same to the person."""
    return "queued" if state == "offered" else state


def _data_of(said: Said) -> str:
    return json.dumps(
        {
            "conversation": str(said.conversation_id),
            "seq": said.seq,
            "client_id": str(said.client_id),
            "author": said.author,
            "kind": said.kind,
            "audience": said.audience,
            "text": said.text,
            "sent_at": said.sent_at.isoformat(),
        },
        ensure_ascii=False,
    )


_of_loop: dict[int, tuple[asyncio.AbstractEventLoop, ConversationReader]] = {}


def reader() -> ConversationReader:
    """The reader of the running event loop (a web process has one loop, tests have many)."""
    loop = asyncio.get_running_loop()
    found = _of_loop.get(id(loop))
    if found is None or found[0] is not loop:
        found = (loop, ConversationReader())
        _of_loop[id(loop)] = found
    return found[1]


def open_for_person(*, conversation_id: UUID, session_id: UUID, after: int) -> Opening:
    """A stream of this conversation for the browser that holds this session."""

    def opening(channel: Channel) -> Callable[[], None]:
        here = reader()
        stream = PersonStream(channel, conversation_id, session_id, {conversation_id: after})
        here.feed.join(conversation_topic(conversation_id), stream)
        return lambda: here.leave(stream)

    return opening


def open_for_console(
    *, user_id: UUID, session_key: str, after: Mapping[UUID, int], looked_at: frozenset[UUID]
) -> Opening:
    """A stream of what this member of staff follows, as long as the session holds."""

    def opening(channel: Channel) -> Callable[[], None]:
        here = reader()
        stream = ConsoleStream(channel, user_id, session_key, dict(after), looked_at)
        here.feed.join(desk_topic(user_id), stream)
        return lambda: here.leave(stream)

    return opening
