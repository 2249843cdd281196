"""``tsunagari import`` and ``export`` as programs of their own: killed half-way, started again, undone."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
import pytest
from django.db import connection

from tests.directory.exchange.conftest import Write, a_service, bring, empty_directory
from tsunagari.directory.exchange.exporting import export_lines

MANY = 4_200
ROOT = Path(__file__).parents[3]

pytestmark = pytest.mark.slow


class Program:
    """The command line against a database of its own."""

    def __init__(self, url: str, var: Path) -> None:
        self.url = url
        self.environment = {**os.environ, "DATABASE_URL": url, "TSUNAGARI_VAR": str(var)}
        self.environment["DJANGO_SETTINGS_MODULE"] = "tsunagari.config.settings"

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "tsunagari", *arguments]
        return subprocess.Popen(
            command,
            cwd=ROOT,
            env=self.environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def run(self, *arguments: str) -> tuple[int, str]:
        process = self.start(*arguments)
        output, _nothing = process.communicate(timeout=500)
        return process.returncode, output

    def ask(self, query: str) -> Any:
        with psycopg.connect(self.url, autocommit=True) as database:
            return database.execute(query).fetchone()

    def kill_when(self, process: "subprocess.Popen[str]", query: str) -> bool:
        """Kill -9 as soon as a query says yes; False when the program was faster."""
        until = time.monotonic() + 400
        with psycopg.connect(self.url, autocommit=True) as database:
            while process.poll() is None and time.monotonic() < until:
                row = database.execute(query).fetchone()
                if row and row[0]:
                    process.send_signal(signal.SIGKILL)
                    process.communicate()
                    return True
                time.sleep(0.005)
        process.communicate()
        return False


@pytest.fixture
def program(db: None, tmp_path: Path) -> Iterator[Program]:
    parts = urlsplit(os.environ["DATABASE_URL"])
    name = f"{connection.settings_dict['NAME']}_killed_{uuid4().hex[:8]}"
    with psycopg.connect(
        os.environ["DATABASE_URL"].replace(parts.path, "/postgres", 1), autocommit=True
    ) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
        made = Program(os.environ["DATABASE_URL"].replace(parts.path, f"/{name}", 1), tmp_path / "var")
        code, output = made.run("manage", "migrate", "-v0")
        assert code == 0, output
        yield made
        for _attempt in range(40):
            # the server's own cleaning may still be in it
            with contextlib.suppress(psycopg.errors.ObjectInUse):
                admin.execute(f'DROP DATABASE IF EXISTS "{name}"')
                break
            time.sleep(0.5)


def test_killed_in_each_half_it_goes_on_and_ends_the_same(
    program: Program, write: Write, areas: None, tmp_path: Path
):
    items = [a_service(f"s{number}") for number in range(MANY)]
    file = write(*items)
    command = ("import", str(file), "--source", "example.org", "--quiet", "--index-later")
    reading = program.start(*command)
    assert program.kill_when(reading, "SELECT records_read > 0 FROM directory_importrun")
    state, staged = program.ask(
        "SELECT state, (SELECT count(*) FROM directory_importrow WHERE kind = 'service')"
        " FROM directory_importrun"
    )
    assert state == "checking"
    assert 0 < staged < MANY
    assert program.ask("SELECT count(*) FROM directory_service") == (0,)

    publishing = program.start(*command)
    assert program.kill_when(publishing, "SELECT published > 0 FROM directory_importrun")
    assert program.ask("SELECT state FROM directory_importrun") == ("importing",)
    # nothing is half imported
    assert program.ask("SELECT count(*) FROM directory_service") == (0,)
    assert program.ask("SELECT count(*) FROM directory_metadata") == (0,)

    code, output = program.run(*command)
    assert code == 0, output
    assert program.ask("SELECT count(*), min(state) FROM directory_importrun") == (1, "done")
    exported = tmp_path / "exported.ndjson"
    assert program.run("export", str(exported))[0] == 0
    empty_directory()
    assert bring(file).state == "done"
    assert exported.read_bytes() == b"".join(export_lines())

    code, output = program.run("import", str(file), "--undo")
    assert code == 0, output
    assert program.ask("SELECT count(*) FROM directory_service") == (0,)


def test_what_it_prints_and_how_it_ends(program: Program, write: Write, tmp_path: Path):
    file = write(a_service(), a_service("s2", name=""))
    code, output = program.run("import", str(file), "--dry-run")
    assert code == 2
    assert "まだ何も変わっていません） / checked; nothing has changed yet" in output
    assert "「name」がありません。 / “name” is missing." in output
    assert program.ask("SELECT count(*) FROM directory_service") == (0,)
    code, output = program.run("import", str(file))
    assert code == 2
    assert "importing: 3" in output
    assert "new: 1" in output
    assert program.ask("SELECT count(*) FROM directory_importrun") == (1,)
    broken = tmp_path / "broken.json"
    broken.write_text("[{")
    code, output = program.run("import", str(broken))
    assert code == 1
    assert "Nothing is imported" in output
    code, output = program.run("import", str(tmp_path / "nowhere.json"))
    assert code == 1
    assert "Traceback" not in output
    code, output = program.run("import", str(file), "--organization", "だれでもない")
    assert code == 1
    assert "not found" in output
