"""Import of many services: read, compare, publish in one transaction, propose duplicates for merging.

Run: python -m bench.import_hsds [--services 1000000] [--index]. It writes a file of HSDS JSON lines as a
stream, makes an empty database `tsunagari_bench_import` on the server of bench/generate.py, and imports the
file by the program's own command. Peak memory is that of the process and of the largest database process,
without the server's shared buffers, which its configuration sets and not the import. Bounds at a million
services: 15 minutes, 2 GB.

Each service has an organisation (one for every five), a telephone with hours and, every second one, a page of
the web, an area, two needs, a language; three of five have a place with an address. Three of a hundred come a
second time under another id, written differently, as another source would have them.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg

from bench.generate import NAMES, NEEDS, PARTS, ROOT, SENTENCES, environment

DATABASE = "tsunagari_bench_import"
DUPLICATES = 0.03
DAYS = ("MO,TU,WE,TH,FR", "MO,WE,FR", "TU,TH", "SA,SU", "MO,TU,WE,TH,FR,SA")
BODIES = ("NPO法人", "一般社団法人", "社会福祉法人", "特定非営利活動法人", "")
TOWNS = ("中央", "本町", "東町", "緑が丘", "桜台", "栄町", "旭町", "若葉台", "大手町", "駅前通り")


def write_file(path: Path, services: int, *, seed: int = 1) -> list[tuple[str, str]]:
    """Write the file as a stream; return the pairs of ids that are the same service."""
    pairs = []
    with path.open("w", encoding="utf-8") as file:
        for item, same in lines(services, seed):
            file.write(json.dumps(item, ensure_ascii=False))
            file.write("\n")
            if same:
                pairs.append((same, item["id"]))
    return pairs


def lines(services: int, seed: int = 1) -> Iterator[tuple[dict[str, Any], str]]:
    """(service in its compiled form, id of the one that it repeats or "")."""
    from tsunagari.core.areas import area_tree  # noqa: PLC0415

    chance = random.Random(seed)
    areas = [(node.code, node.full_name, node.name) for node in area_tree().values() if node.level != "ward"]
    made = 0
    recent: list[dict[str, Any]] = []
    while made < services:
        if recent and chance.random() < DUPLICATES:
            first = chance.choice(recent)
            yield repeated(first, chance), first["id"]
        else:
            item = service(made, chance, areas)
            recent.append(item)
            del recent[:-500]
            yield item, ""
        made += 1


def new_id(chance: random.Random) -> str:
    """A random UUID from a seed."""
    return str(uuid.UUID(int=chance.getrandbits(128), version=4))


def service(number: int, chance: random.Random, areas: list[tuple[str, str, str]]) -> dict[str, Any]:
    """One service as a source would give it."""
    code, full_name, short = areas[number // 5 % len(areas)]
    group = random.Random(number // 5)
    organization = f"{group.choice(BODIES)}{short}{group.choice(PARTS)}の会{number // 5 % 97}"
    name = f"{chance.choice(PARTS)}{chance.choice(NAMES)} {chance.choice(TOWNS)}{chance.randrange(60)}号室"
    key, phone = new_id(chance), new_id(chance)
    number_text = f"0{chance.randrange(10, 99)}-{chance.randrange(1000, 9999)}-{chance.randrange(10000):04d}"
    needs = chance.sample(sorted(NEEDS), 2)
    item: dict[str, Any] = {
        "id": key,
        "name": name,
        "status": "active",
        "kind": "consultation",
        "name_kana": "みんなのそうだんしつ",
        "description": "".join(chance.sample(SENTENCES, 3)),
        "fees_description": "無料",
        "as_of": "2026-10",
        "organization": {
            "id": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{organization} {code}")),
            "name": organization,
            "description": f"{organization}です。",
            "kind": "npo",
            "area_code": code,
        },
        "phones": [
            {
                "id": phone,
                "service_id": key,
                "number": number_text,
                "type": "voice",
                "languages": [{"code": "ja", "name": "日本語"}],
            }
        ],
        "schedules": [
            {
                "id": new_id(chance),
                "service_id": key,
                "channel_id": phone,
                "freq": "WEEKLY",
                "byday": chance.choice(DAYS),
                "opens_at": f"{chance.randrange(8, 12):02d}:00",
                "closes_at": f"{chance.randrange(15, 21):02d}:30",
                "holidays": "never",
            }
        ],
        "service_areas": [{"id": new_id(chance), "service_id": key, "name": full_name, "area_code": code}],
        "languages": [{"id": new_id(chance), "service_id": key, "code": "ja", "name": "日本語"}],
        "attributes": [
            {
                "id": new_id(chance),
                "link_id": key,
                "link_entity": "service",
                "taxonomy_term_id": term_id(need),
                "taxonomy_term": {
                    "id": term_id(need),
                    "code": need,
                    "name": NEEDS[need],
                    "description": NEEDS[need],
                    "taxonomy_id": term_id("taxonomy"),
                    "taxonomy_detail": {
                        "id": term_id("taxonomy"),
                        "key": "need",
                        "name": "困りごと",
                        "description": "困りごと",
                    },
                },
            }
            for need in needs
        ],
    }
    item["channels"] = [{"id": phone, "type": "phone", "value": number_text, "languages": ["ja"]}]
    if number % 2:
        url = (
            f"https://{chance.choice(('npo', 'city', 'fukushi'))}{number % 5000}.example.jp/service/{number}"
        )
        item["url"] = url
        item["channels"].append({"id": new_id(chance), "type": "web", "value": url})
    if number % 5 < 3:
        place, location = new_id(chance), new_id(chance)
        address = f"{chance.choice(TOWNS)}{chance.randrange(1, 9)}-{chance.randrange(1, 30)}-{number % 40}"
        item["service_at_locations"] = [
            {
                "id": place,
                "service_id": key,
                "location_id": location,
                "location": {
                    "id": location,
                    "location_type": "physical",
                    "name": f"{chance.choice(TOWNS)}会館",
                    "latitude": round(chance.uniform(31, 43), 5),
                    "longitude": round(chance.uniform(131, 144), 5),
                    "addresses": [
                        {
                            "id": new_id(chance),
                            "address_1": address,
                            "city": short,
                            "area_code": code,
                            "postal_code": f"{chance.randrange(1000000, 9999999)}",
                        }
                    ],
                },
            }
        ]
    return item


def repeated(first: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """The same service as another source writes it: other ids, other words, a slip here and there."""
    item = json.loads(json.dumps(first))
    text = json.dumps(item, ensure_ascii=False)
    for part in _ids(first):
        text = text.replace(part, new_id(chance))
    item = json.loads(text)
    organization = item["organization"]
    for body in BODIES:
        if body:
            organization["name"] = organization["name"].replace(body, "")
    organization["name"] = (
        f"{organization['name']}（特非）" if chance.random() < 0.3 else organization["name"]
    )
    organization["id"] = str(uuid.uuid5(uuid.NAMESPACE_OID, organization["name"] + "other source"))
    item["name"] = _noisy(item["name"], chance)
    item["description"] = "".join(chance.sample(SENTENCES, 2))
    if chance.random() < 0.4:
        number = item["phones"][0]["number"].replace("-", chance.choice(("", "（", " ")))
        item["phones"][0]["number"] = item["channels"][0]["value"] = number
    elif chance.random() < 0.3:
        # another number: name, area and address must do
        number = f"0{chance.randrange(10, 99)}-{chance.randrange(1000, 9999)}-{chance.randrange(10000):04d}"
        item["phones"][0]["number"] = item["channels"][0]["value"] = number
    return item


def _noisy(name: str, chance: random.Random) -> str:
    kind = chance.randrange(5)
    if kind == 0:
        return name.replace(" ", "　")
    if kind == 1:
        return name.replace("号室", "")
    if kind == 2:
        place = chance.randrange(1, len(name) - 1)
        return name[:place] + name[place + 1 :]
    if kind == 3:
        return f"【公式】{name}"
    return name.translate(str.maketrans("0123456789", "０１２３４５６７８９"))


def _ids(item: Any) -> set[str]:
    found = set()
    if isinstance(item, dict):
        # terms are the same everywhere
        if isinstance(item.get("id"), str) and "taxonomy_id" not in item and "key" not in item:
            found.add(item["id"])
        for value in item.values():
            found |= _ids(value)
    elif isinstance(item, list):
        for value in item:
            found |= _ids(value)
    return found


def term_id(code: str) -> str:
    """The id of a term of the file."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"term {code}"))


def memory(pid: int) -> tuple[int, int]:
    """(bytes of a process and its children, of the largest database process); no shared buffers."""
    own = databases = 0
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            fields = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
        except OSError:
            continue
        if "RssAnon" not in fields:
            continue
        anonymous = int(fields["RssAnon"].split()[0]) * 1024
        if int(status.parent.name) == pid:
            own += anonymous + int(fields["RssFile"].split()[0]) * 1024
        elif int(fields["PPid"]) == pid:
            own += anonymous
        elif fields["Name"].strip() == "postgres":
            databases = max(databases, anonymous)
    return own, databases


def processor_time(pid: int) -> dict[int, float]:
    """Seconds of processor time of the process and of each database process that works for the bench."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_text()
            if int(process.name) == pid or DATABASE in command:
                fields = (process / "stat").read_text().rsplit(")", 1)[1].split()
                found[int(process.name)] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        except (OSError, ValueError):
            continue
    return found


def main() -> int:
    """Generate, import, measure, print; 1 when a bound is missed at a million."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--services", type=int, default=1_000_000)
    parser.add_argument("--index", action="store_true", help="write the search rows too, in the same process")
    options = parser.parse_args()
    environment()
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    from bench.generate import _admin  # noqa: PLC0415
    from tsunagari.core.areas import load_areas  # noqa: PLC0415

    with _admin() as admin:
        for attempt in range(60):
            try:
                admin.execute(f"DROP DATABASE IF EXISTS {DATABASE}")
                break
            except psycopg.errors.ObjectInUse:
                # the server's own cleaning of the last run
                time.sleep(1 + attempt // 10)
        admin.execute(f"CREATE DATABASE {DATABASE}")
    url = os.environ["DATABASE_URL"].replace("/tsunagari_bench", f"/{DATABASE}")
    connection.close()
    connection.settings_dict["NAME"] = DATABASE
    call_command("migrate", verbosity=0, skip_checks=True)
    load_areas(ROOT / "data" / "municipalities.csv")
    file = ROOT / "var" / "bench" / "services.ndjson"
    file.parent.mkdir(parents=True, exist_ok=True)
    began = time.perf_counter()
    pairs = write_file(file, options.services)
    print(
        f"file: {file.stat().st_size / 1e6:,.0f} MB in {time.perf_counter() - began:.0f} s, "
        f"{len(pairs)} services twice",
        flush=True,
    )
    command = [sys.executable, "-m", "tsunagari", "import", str(file), "--source", "bench", "--quiet"]
    command += [] if options.index else ["--index-later"]
    began = time.perf_counter()
    spent: dict[int, float] = {}
    before = processor_time(0)
    child = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "DATABASE_URL": url})
    own = database = 0
    while child.poll() is None:
        now = memory(child.pid)
        own, database = max(own, now[0]), max(database, now[1])
        spent |= processor_time(child.pid)
        time.sleep(0.5)
    seconds = time.perf_counter() - began
    rate = options.services / seconds
    print(f"import: {seconds:.0f} s, {rate:,.0f} services/s, exit {child.returncode}")
    python = spent.pop(child.pid, 0.0)
    database_time = sum(spent.values()) - sum(before.get(pid, 0.0) for pid in spent)
    print(f"processor: {python:.0f} s of the process, {database_time:.0f} s of the database")
    print(f"memory: {own / 1e6:,.0f} MB of the process, {database / 1e6:,.0f} MB of its database process")
    found = proposals(pairs)
    print(f"duplicates: recall {found[0]:.3f}, precision {found[1]:.3f}, {found[2]} proposals")
    file.unlink()
    return int(seconds > 900 or own + database > 2e9) if options.services >= 1_000_000 else 0


def proposals(pairs: list[tuple[str, str]]) -> tuple[float, float, int]:
    """(recall, precision, how many) of the proposals against the pairs that are the same service."""
    from tsunagari.directory.models import MergeProposal  # noqa: PLC0415

    truth = {frozenset(pair) for pair in pairs}
    # two repetitions of one service are the same, too
    by_first: dict[str, list[str]] = {}
    for first, second in pairs:
        by_first.setdefault(first, []).append(second)
    for others in by_first.values():
        truth |= {frozenset((one, two)) for one in others for two in others if one < two}
    proposed = {
        frozenset((str(first), str(second)))
        for first, second in MergeProposal.objects.values_list("first_id", "second_id")
    }
    right = len(proposed & truth)
    return right / max(len(truth), 1), right / max(len(proposed), 1), len(proposed)


if __name__ == "__main__":
    raise SystemExit(main())
