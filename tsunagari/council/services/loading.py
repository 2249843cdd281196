"""Load the real council of ``data/priority_plan.json``: bodies, articles, posts, members, schedule.

Three words on each thing: what the file said last (`LoadedFact`), what stands, what the file says now. Only
what nobody has touched since follows the file; what people edited stays, what they deleted stays away. Names
of members are not in the file, so memberships have none; nothing is guessed.
"""

import json
import uuid
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db import connection, models, transaction

from tsunagari.accounts.models import Organization
from tsunagari.accounts.services.organizations import register_organizations
from tsunagari.council.dates import parse_date_text
from tsunagari.council.models import (
    AgendaItem,
    Article,
    Body,
    LoadedFact,
    Meeting,
    Membership,
    Post,
    ScheduleItem,
    Succession,
)

FILE = "priority_plan.json"
SECRETARIAT = "内閣官房孤独・孤立対策担当室"
EXPERTS = "孤独・孤立対策の重点計画に関する有識者会議"
FORUM = "孤独・孤立フォーラム"
_NAMES = uuid.UUID("5b1c0e0e-4f0c-4f9e-9f0f-2a3a6c1a2021")
# how an office's name begins → the ministry whose office it is
MINISTRIES = {
    "孤独・孤立対策に関する事務の調整を担当する大臣": "内閣府",
    "内閣府特命担当大臣（金融）": "内閣府",
    "内閣府特命担当大臣（消費者及び食品安全）": "内閣府",
    "復興": "復興庁",
    "総務": "総務省",
    "法務": "法務省",
    "外務": "外務省",
    "財務": "財務省",
    "文部科学": "文部科学省",
    "厚生労働": "厚生労働省",
    "農林水産": "農林水産省",
    "経済産業": "経済産業省",
    "国土交通": "国土交通省",
    "環境": "環境省",
    "防衛": "防衛省",
    "警察庁": "警察庁",
}


def loaded_id(*names: str) -> uuid.UUID:
    """The id of something from ``data/``: the same in every installation."""
    return uuid.uuid5(_NAMES, "council/" + "/".join(names))


@transaction.atomic
def load_council(*, folder: Path, at: datetime) -> dict[str, int]:
    """Load what is new or has changed in the file. One load at a time, all or nothing.

    Returns:
        How many things were written, by kind; empty when nothing was.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [0x636F756E])
    source = json.loads((folder / FILE).read_text(encoding="utf-8"))
    counts: dict[str, int] = {}
    for row in _rows(source, at):
        if _load(row, at):
            name = row._meta.model_name or ""
            counts[name] = counts.get(name, 0) + 1
    return counts


def ministry_of(name: str) -> Organization:
    """The ministry of this name; it is registered if it is not known yet."""
    known = Organization.objects.filter(name=name, kind=Organization.Kind.MINISTRY).first()
    if known is None:
        known = Organization(id=loaded_id("ministry", name), name=name, kind=Organization.Kind.MINISTRY)
        register_organizations([known])
    return known


def _content(row: models.Model) -> dict[str, Any]:
    """The row's own words, without what time and people's steps write on it."""
    left_out = {"id", "created_at", "changed_at", "changes", "state", "held_on"}
    return {
        field.attname: json.loads(json.dumps(getattr(row, field.attname), default=str))
        for field in row._meta.concrete_fields
        if field.attname not in left_out
    }


def _load(row: models.Model, at: datetime) -> bool:
    """Write ``row`` unless people have had a hand in it; return whether anything was written."""
    key = f"{row._meta.model_name}/{row.pk}"
    said, says = LoadedFact.objects.filter(pk=key).first(), _content(row)
    if said is not None and said.content == says:
        return False
    stands = type(row)._default_manager.filter(pk=row.pk).first()
    if said is None and stands is None:
        row.save(force_insert=True)
    elif said is not None and stands is not None and _content(stands) == said.content:
        type(row)._default_manager.filter(pk=row.pk).update(**{name: getattr(row, name) for name in says})
    else:  # changed or deleted here since: people know better
        return False
    LoadedFact.objects.update_or_create(
        key=key, defaults={"object_id": row.pk, "content": says, "loaded_at": at}
    )
    return True


def _rows(source: dict[str, Any], at: datetime) -> Iterator[models.Model]:
    """What the file says, as rows, each after those that it points at."""
    secretariat = ministry_of(SECRETARIAT)
    bodies = _bodies(source, secretariat)
    yield from bodies.values()
    yield from _successions(source, bodies)
    council = source["council"]
    body, since = bodies[council["name"]], date.fromisoformat(council["established_on"])
    for article in council["articles"]:
        number = article["number"]
        yield Article(
            id=loaded_id("article", str(number)),
            body=body,
            number=number,
            text=article["text"],
            begins_on=since,
        )
    for post in _posts(council, body, since):
        yield post
        yield Membership(
            id=loaded_id("membership", post.label), post=post, begins_on=since, authority=council["basis"]
        )
    yield from _schedule(source, bodies, secretariat, at)


def _bodies(source: dict[str, Any], secretariat: Organization) -> dict[str, Body]:
    council = source["council"]
    headquarters = source["succession"][2].partition("（")[0]
    rows = (
        (council["name"], "連絡調整会議", Body.Classification.COUNCIL, council["basis"]),
        (source["succession"][1], "推進会議", Body.Classification.COUNCIL, ""),
        (headquarters, "推進本部", Body.Classification.HEADQUARTERS, source["statute"]["name"]),
        (EXPERTS, "有識者会議", Body.Classification.EXPERTS, ""),
        (FORUM, "フォーラム", Body.Classification.FORUM, ""),
    )
    return {
        name: Body(
            id=loaded_id("body", name),
            name=name,
            short_name=short,
            classification=classification,
            basis=basis,
            purpose=council["articles"][0]["text"] if name == council["name"] else "",
            founding_on=date.fromisoformat(council["established_on"]) if name == council["name"] else None,
            secretariat=secretariat,
            position=position,
            source=source["source"],
        )
        for position, (name, short, classification, basis) in enumerate(rows, 1)
    }


def _successions(source: dict[str, Any], bodies: dict[str, Body]) -> Iterator[Succession]:
    """The file names the order, and days for what each body did: the first known day is the day."""
    first, second, third = list(bodies.values())[:3]
    # 「重点計画決定（孤独・孤立対策推進会議）」: the day on which the second is first seen to decide
    seen = next(event for event in source["later"] if second.name in event["event"])
    yield Succession(
        id=loaded_id("succession", "1"),
        predecessor=first,
        successor=second,
        on=date.fromisoformat(seen["date"]),
        note=f"{seen['event']}。引き継ぎの日は原資料にないため、決定が確かめられる最初の日",
    )
    words = source["succession"][2].partition("（")[2].partition("、")[0].rstrip("）")
    yield Succession(
        id=loaded_id("succession", "2"),
        predecessor=second,
        successor=third,
        on=parse_date_text(words, year=2024).earliest,
        date_text=words,
        note=source["succession"][2],
    )


def _posts(council: dict[str, Any], body: Body, since: date) -> Iterator[Post]:
    def post(label: str, role: Post.Role, mode: str, position: int, ministry: str) -> Post:
        return Post(
            id=loaded_id("post", label),
            body=body,
            role=role,
            label=label,
            mode=Post.Mode(mode),
            ministry=ministry_of(ministry),
            position=position,
            begins_on=since,
        )

    yield post(council["chair"], Post.Role.CHAIR, "ex_officio", 0, "内閣府")
    for position, member in enumerate(council["members"], 1):
        office = member["office"]
        ministry = next(name for start, name in MINISTRIES.items() if office.startswith(start))
        yield post(office, Post.Role.MEMBER, member["mode"], position, ministry)
    yield post(SECRETARIAT, Post.Role.SECRETARY, "ex_officio", 900, SECRETARIAT)


def _schedule(
    source: dict[str, Any], bodies: dict[str, Body], secretariat: Organization, at: datetime
) -> Iterator[models.Model]:
    """The lines in their own words, and a meeting for each that names one; 「３回程度」 names none."""
    named = {"council": source["council"]["name"], "expert_panel": EXPERTS, "forum": FORUM}
    for position, line in enumerate(source["schedule"], 1):
        body = bodies.get(named.get(line["kind"], ""))
        latest = date.fromisoformat(line["latest"]) if line["latest"] else None
        when = {
            "date_text": line["text"],
            "earliest_on": date.fromisoformat(line["earliest"]),
            "latest_on": latest,
            "tentative": line.get("tentative", False),
        }
        item = ScheduleItem(
            id=loaded_id("schedule", str(position)),
            kind=line["kind"],
            body=body,
            secretariat=secretariat,
            title=line["title"],
            note=line.get("note", ""),
            agenda=line.get("agenda", []),
            position=position,
            **when,
        )
        yield item
        if body is None or line.get("note"):
            continue
        meeting = Meeting(
            id=loaded_id("meeting", str(position)),
            body=body,
            schedule_item=item,
            # the only number that the document names
            number=10 if "第１０回" in line["title"] else None,
            title=line["title"],
            published=True,
            created_at=at,
            changed_at=at,
            **when,
        )
        yield meeting
        for place, title in enumerate(item.agenda, 1):
            yield AgendaItem(
                id=loaded_id("agenda", str(position), str(place)),
                meeting=meeting,
                position=place,
                title=title,
                kind=AgendaItem.Kind.DECISION,
            )
