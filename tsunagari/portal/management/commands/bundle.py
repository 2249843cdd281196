"""``python -m tsunagari bundle AREA OUT``: a town's public pages as files, for any server or a USB stick."""

import json
import time
from argparse import ArgumentParser
from pathlib import Path, PurePosixPath
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.urls import set_urlconf
from django.utils import timezone

from tsunagari.core.areas import AreaNode, area_tree
from tsunagari.portal import selectors
from tsunagari.portal.reach.copies import bundle

LIST = "tsunagari-files.json"
"""Names what we have written, so that the next time removes what is no longer there, and nothing else."""


class Command(BaseCommand):
    """Write every public page of a municipality into a folder."""

    help = "Write every public page of a municipality into a folder, to be served by any server."
    # they would load the whole site; `make check` and every start of it run them
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which area, and where to."""
        parser.add_argument("area", help="市区町村の番号か名前 / code or name")
        parser.add_argument("out", type=Path, help="置き場所 / folder")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the files and write those that have changed."""
        area, out = _area(options["area"]), options["out"]
        before = _written_before(out)
        began, used = time.perf_counter(), time.process_time()
        set_urlconf("tsunagari.portal.names")
        try:
            files = bundle(area, timezone.now())
        finally:
            set_urlconf(None)
        for path, content in files.items():
            file = out / path
            file.parent.mkdir(parents=True, exist_ok=True)
            half = file.with_name(f".{file.name}.new")
            half.write_bytes(content)
            half.replace(file)  # a server that reads meanwhile never sees half a page
        for path in before - set(files):
            (out / path).unlink(missing_ok=True)
        (out / LIST).write_text(json.dumps(sorted(files), indent=0), encoding="utf-8")
        seconds, used = time.perf_counter() - began, time.process_time() - used
        total = sum(map(len, files.values())) / 1000
        self.stdout.write(
            f"{area.full_name}: {len(files)} files, {total:.0f} kB, {seconds:.1f} s "
            f"({used:.1f} s of a processor) → {out}/index.html"
        )


def _area(text: str) -> AreaNode:
    if text in area_tree():
        return area_tree()[text]
    found = selectors.areas_named(text)
    if not found:
        raise CommandError(f"その市区町村はありません / there is no such area: {text!r}")
    if len(found) > 1:
        names = ", ".join(f"{each.code} {each.full_name}" for each in found)
        raise CommandError(f"いくつかあります。番号で選んでください / several, choose by code: {names}")
    return found[0]


def _written_before(out: Path) -> set[str]:
    """The paths that we wrote into ``out`` the last time; a folder with other things is refused."""
    if out.exists() and not out.is_dir():
        raise CommandError(f"フォルダではありません / not a folder: {out}")
    if not out.is_dir() or not any(out.iterdir()):
        return set()
    try:
        listed = json.loads((out / LIST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise CommandError(
            f"ほかのファイルがあるフォルダには書きません。空のフォルダを選んでください / not empty: {out}"
        ) from None
    paths = {str(path) for path in listed} if isinstance(listed, list) else set()
    return {path for path in paths if not PurePosixPath(path).is_absolute() and ".." not in path.split("/")}
