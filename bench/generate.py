"""Make a database of generated services over all municipalities, for the figures of search.

Run: python -m bench.generate [--rows 1000000]. It writes into its own database `tsunagari_bench`, on the
server of DATABASE_URL or on one of its own under var/bench, and prints how long each step took. Rows are as
wide as real ones: a name, a description of two to four sentences, one or two channels, one to four needs,
hours from 300 patterns. They are inserted in random order, as they would come to stand over the years.

Words of known frequency stand in the descriptions: see `FREQUENT` and `ONLY_POOR`.
"""

from __future__ import annotations

import argparse
import atexit
import itertools
import os
import random
import sys
import time
import uuid
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django
import psycopg
from django.core.management import call_command
from django.db import connection, transaction

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tsunagari.core.runtime.postgres import ensure_server  # noqa: E402

DATABASE = "tsunagari_bench"

FREQUENT = {"手話": 0.001, "園芸": 0.01, "見学": 0.05, "予約": 0.20, "相談": 0.90}
"""Word → the share of rows that have it."""
ONLY_POOR = "囲碁"
"""Stands in a fifth of the rows whose quality is below `POOR`, and in no other."""
POOR = 0.2

# How many services stand in an area of a kind, in proportion.
WEIGHTS = {"designated_city": 40, "special_ward": 15, "city": 5, "town": 1, "village": 1, "prefecture": 15}
NATIONWIDE_SHARE = 0.002
UNKNOWN_HOURS = 0.4
PATTERNS = 300
CHUNK = 20_000

NAMES = (
    "こども食堂", "若者サロン", "ひきこもり家族会", "介護者カフェ", "見守りの会", "傾聴ボランティア",
    "子育てひろば", "認知症カフェ", "フードパントリー", "学習支援教室", "就労支援センター", "断酒会",
    "当事者の会", "女性の相談室", "外国人支援センター", "不登校の親の会", "多世代交流ひろば", "居場所",
    "母子寡婦福祉会", "障害者相談支援事業所",
)  # fmt: skip
PARTS = (
    "ひまわり", "みんなの", "あおぞら", "つばさ", "そよかぜ", "なないろ", "たんぽぽ", "ほほえみ",
    "かけはし", "みらい", "ゆうゆう", "ふれあい", "あんしん", "きずな", "いちばん星", "こもれび",
    "なごみ", "あゆみ", "のぞみ", "めばえ",
)  # fmt: skip
NEEDS = {
    "loneliness": "孤独・さびしさ", "ibasho": "居場所", "hikikomori": "ひきこもり", "care": "介護",
    "poverty": "生活のお金に困っている", "parenting": "子育て", "school": "学校の悩み", "dementia": "認知症",
    "employment": "仕事を探したい", "housing": "住まいがない・家賃が払えない",
    "foreign-residents": "外国人の相談", "older": "高齢者の暮らし", "women": "女性の悩み",
    "bereavement": "大切な人を亡くした", "volunteer": "ボランティア", "kodomo-shokudo": "こども食堂",
}  # fmt: skip
SENTENCES = (
    "地域のだれもが気軽に立ち寄れる場所です。",
    "食事をしながらおしゃべりを楽しめます。",
    "子育て中の保護者の悩みを専門の職員が一緒に考えます。",
    "ひとり暮らしの高齢者のお宅を訪問し、見守りを行っています。",
    "仕事や家計、住まいの困りごとを整理して制度の利用につなぎます。",
    "学校に行きづらい子どもと家族のための集まりです。",
    "同じ経験をした仲間と話すことで気持ちが軽くなります。",
    "看護師や保健師による健康の確認も受けられます。",
    "日本語の学習と生活の手続きを手伝います。",
    "お米や野菜などの食料品を無料で配っています。",
    "スポーツや音楽などの活動を通して仲間をつくります。",
    "月に二回、土曜日の午後に公民館で開いています。",
    "参加費は無料で、申し込みは要りません。",
    "家族だけの利用もできます。秘密は守ります。",
    "車いすで利用でき、送迎もあります。",
    "弁護士や社会福祉士が月に一度、質問に答えます。",
)


def environment(database: str = DATABASE, *, create: bool = False) -> None:
    """Point Django at this database, starting a server if DATABASE_URL names none, and set Django up.

    With `create` the database is made when it is not there.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tsunagari.config.settings")
    given = os.environ.get("DATABASE_URL")
    if given:
        parts = urlsplit(given)
        os.environ["DATABASE_URL"] = f"{parts.scheme}://{parts.netloc}/{database}" + (
            f"?{parts.query}" if parts.query else ""
        )
    else:
        var = ROOT / "var" / "bench"
        var.mkdir(parents=True, exist_ok=True)
        server = ensure_server(var, durable=False)
        atexit.register(server.stop)
        os.environ["DATABASE_URL"] = server.url_of(database)
    django.setup()
    if create:
        with _admin() as admin:
            if not admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone():
                admin.execute(f'CREATE DATABASE "{database}"')


def _admin() -> psycopg.Connection[Any]:
    """A connection to the server's own database, where databases are made."""
    settings = connection.settings_dict
    given = {"host": settings["HOST"], "port": settings["PORT"], "user": settings["USER"]}
    given |= {"password": settings["PASSWORD"], "dbname": "postgres"}
    return psycopg.connect(**{key: value for key, value in given.items() if value}, autocommit=True)


def make_database() -> None:
    """Create the bench's database anew on the server and bring it to the newest migration."""
    with _admin() as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        admin.execute(f"CREATE DATABASE {DATABASE}")
    call_command("migrate", verbosity=0, skip_checks=True)


def main() -> None:
    """Make the database and print the time of each step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows
    environment()
    steps = [("database", make_database), ("services", lambda: generate(rows)), ("indexes", finish)]
    for name, step in steps:
        began = time.perf_counter()
        step()
        seconds = time.perf_counter() - began
        print(f"{name}: {seconds:.1f} s" + (f", {rows / seconds:,.0f} rows/s" if name == "services" else ""))


def generate(rows: int) -> None:
    """COPY the services, their areas, channels and search rows, without the indexes of the search rows."""
    from tsunagari.core.areas import area_tree, load_areas  # noqa: PLC0415
    from tsunagari.directory.models import HoursPattern  # noqa: PLC0415

    load_areas(ROOT / "data" / "municipalities.csv")
    patterns = _patterns(HoursPattern)
    chance = random.Random(20261124)
    areas = [area for area in area_tree().values() if area.kind in WEIGHTS]
    places = chance.choices(areas, weights=[WEIGHTS[area.kind] for area in areas], k=rows)
    organizations = [uuid.UUID(int=chance.getrandbits(128), version=4) for _ in range(2_000)]
    now = datetime.now(UTC)
    with connection.cursor() as cursor:
        _drop_indexes(cursor)
        for table in (
            "accounts_organization",
            "directory_service",
            "directory_channel",
            "directory_servicearea",
        ):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        _copy(
            cursor,
            "accounts_organization",
            ("id", "name", "name_kana", "kind", "corporate_number", "created_at"),
            ((pk, f"NPO法人 {PARTS[n % 20]}{n}", "", "npo", "", now) for n, pk in enumerate(organizations)),
        )
    services = _services(rows, places, patterns, chance, organizations)
    while made := list(itertools.islice(services, CHUNK)):
        with transaction.atomic(), connection.cursor() as cursor:
            areas_of = ((row[0][0], None if row[2][1] == "000000" else row[2][1]) for row in made)
            _copy(cursor, "directory_service", SERVICE, (row[0] for row in made))
            _copy(
                cursor,
                "directory_servicearea",
                ("id", "service_id", "area_id"),
                ((uuid.uuid4(), service, code) for service, code in areas_of),
            )
            _copy(cursor, "directory_channel", CHANNEL, (channel for row in made for channel in row[1]))
            _copy(cursor, "directory_searchrow", SEARCH, (row[2] for row in made))


SERVICE = (
    "id", "organization_id", "kind", "name", "description", "status", "audience", "contact_verified", "as_of",
)  # fmt: skip
CHANNEL = ("id", "service_id", "type", "value", "languages", "position")
SEARCH = (
    "service_id", "area_code", "quality", "hours_id", "kind_key", "channels", "needs", "latitude",
    "longitude", "document", "bigrams", "dictionary",
)  # fmt: skip


def _services(
    rows: int, places: list[Any], patterns: list[int], chance: random.Random, organizations: list[uuid.UUID]
) -> Iterator[tuple[tuple[Any, ...], list[tuple[Any, ...]], tuple[Any, ...]]]:
    """Yield (service, channels, search row) of each generated service."""
    from tsunagari.core import japanese  # noqa: PLC0415 - the path is set above
    from tsunagari.directory.search.lexemes import area_facet, tsvector, words, words_and_readings  # noqa: PLC0415

    pairs = {text: japanese.bigrams(text) for text in (*NAMES, *PARTS)}
    for n in range(rows):
        area, kind, part = places[n], NAMES[n % len(NAMES)], PARTS[(n // 20) % len(PARTS)]
        code = "000000" if chance.random() < NATIONWIDE_SHARE else area.code
        quality = round(min(max(chance.gauss(0.5, 0.18), 0.02), 0.98), 6)
        extra = [word for word, share in FREQUENT.items() if chance.random() < share]
        if quality < POOR and chance.random() < 0.2:
            extra.append(ONLY_POOR)
        sentences = chance.sample(SENTENCES, chance.choice((2, 3, 3, 4)))
        needs = chance.sample(list(NEEDS), chance.choice((1, 2, 2, 3, 4)))
        kinds = chance.choice(
            (("phone",), ("phone",), ("phone", "email"), ("phone", "web"), ("visit", "phone"))
        )
        pk = uuid.UUID(int=chance.getrandbits(128), version=4)
        hours = None if chance.random() < UNKNOWN_HOURS else chance.choice(patterns)
        named = [word for text in (part, kind, area.name) for word in words_and_readings(text)]
        document = tsvector(
            (
                ("A", (*named, f"{n % 997}", f"@tel:03{n:08d}", f"@tel:{n:08d}")),
                ("B", (word for need in needs for word in words(NEEDS[need]))),
                ("C", ("npo", "法人", part)),
                ("D", (*(word for sentence in sentences for word in words(sentence)), *extra)),
            ),
            (
                "@kind:consultation", "@lang:ja", area_facet(code),
                *(f"@need:{need}" for need in needs), *(f"@ch:{k}" for k in kinds),
            ),
        )  # fmt: skip
        name = f"{part}{kind} {area.name} 第{n % 997}"
        text = "".join(sentences) + "、".join(extra)
        organization = organizations[n % len(organizations)]
        service = (pk, organization, "consultation", name, text, "active", ["anyone"], True, "2026-11")
        channels = [
            (
                uuid.UUID(int=chance.getrandbits(128), version=4), pk, k,
                f"03-{n:08d}" if k == "phone" else "https://example.jp/", [], position,
            )
            for position, k in enumerate(kinds)
        ]  # fmt: skip
        row = (
            pk, code, quality, hours, "", list(kinds), needs, area.latitude, area.longitude, document,
            [*pairs[part], *pairs[kind]][:60], "bench",
        )  # fmt: skip
        yield service, channels, row


def _patterns(model: Any) -> list[int]:
    """Distinct opening hours, stored; their ids."""
    from tsunagari.directory.schedules import Hours, Period  # noqa: PLC0415

    days = [("MO", "TU", "WE", "TH", "FR"), ("SA", "SU"), ("MO", "WE", "FR"), ("TU", "TH"), ("SA",)]
    stored = []
    for n in range(PATTERNS):
        opens = 480 + 15 * (n % 20)
        hours = Hours((Period(freq="WEEKLY", byday=days[n % 5], opens=opens, closes=opens + 240 + n),))
        stored.append(model(digest=n.to_bytes(32, "big"), hours={"phone": [hours.to_json()]}))
    return [row.pk for row in model.objects.bulk_create(stored)]


_DROPPED: list[str] = []


def _drop_indexes(cursor: Any) -> None:
    """Drop the indexes of the search rows; `finish` makes them again, which is how a bulk load is done."""
    cursor.execute(
        "SELECT indexname, indexdef FROM pg_indexes"
        " WHERE tablename = 'directory_searchrow' AND indexname NOT LIKE '%%pkey'"
    )
    for name, definition in cursor.fetchall():
        _DROPPED.append(definition)
        cursor.execute(f'DROP INDEX "{name}"')


def _copy(cursor: Any, table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """COPY rows into a table; texts that the table requires and the rows do not have are empty."""
    cursor.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND is_nullable = 'NO'"
        " AND column_default IS NULL AND data_type IN ('text', 'character varying')",
        [table],
    )
    missing = [name for (name,) in cursor.fetchall() if name not in columns]
    with cursor.copy(f"COPY {table} ({', '.join([*columns, *missing])}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row((*row, *("" for _ in missing)))


def finish() -> None:
    """Make the indexes, then VACUUM ANALYZE as autovacuum would have done in a living database."""
    with connection.cursor() as cursor:
        cursor.execute("SET maintenance_work_mem = '1GB'")
        for definition in _DROPPED:
            cursor.execute(definition)
        for table in ("searchrow", "service", "channel", "servicearea"):
            cursor.execute(f"VACUUM ANALYZE directory_{table}")


if __name__ == "__main__":
    main()
