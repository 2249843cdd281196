"""``python -m tsunagari import`` and ``export``: what they print and how they end.

Exit codes: 0 done, 1 the file was refused, 2 done, but rows were refused, 3 another process is on it.
"""

import argparse
import sys
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TextIO

from django.utils import timezone

from tsunagari.accounts.models import Organization
from tsunagari.core.areas import AreaNode, area_tree, load_areas
from tsunagari.core.tables.problems import FileRefused
from tsunagari.directory.exchange import runs
from tsunagari.directory.exchange.exporting import export_to
from tsunagari.directory.exchange.formats import format_of, recognise
from tsunagari.directory.exchange.municipal.listing import as_workbook, csv_pieces, entries_of, rows_of
from tsunagari.directory.exchange.proposing import propose_merges
from tsunagari.directory.exchange.publishing import publish
from tsunagari.directory.exchange.staging import check
from tsunagari.directory.exchange.undoing import ChangedSince, undo_run
from tsunagari.directory.exchange.uploads import open_file
from tsunagari.directory.models import ImportProblem, ImportRow, ImportRun
from tsunagari.directory.tasks import reindex

SHOWN = 50
_ACTIONS = {
    "created": "新しく載る / new",
    "changed": "変わる / changed",
    "unchanged": "同じ / unchanged",
    "refused": "載せられない / refused",
}
_KINDS = {
    "service": "窓口・サービス / services",
    "organization": "団体 / organisations",
    "location": "場所 / places",
    "taxonomy": "分類 / taxonomies",
    "term": "分類の言葉 / terms",
}


def organization_of(text: str) -> Organization | None:
    """The organisation of an id or a name.

    Raises:
        FileRefused: there is none, or several.
    """
    if not text:
        return None
    try:
        found = list(Organization.objects.filter(pk=uuid.UUID(text)))
    except ValueError:
        found = list(Organization.objects.filter(name=text)[:2])
    if len(found) != 1:
        why, reason = (
            ("二つ以上あります。番号で選んでください", "not the only one; give its id")
            if found
            else ("見つかりません", "not found")
        )
        raise FileRefused(f"団体「{text}」が{why}。", f"The organisation “{text}” is {reason}.")
    return found[0]


class Line:
    """A line that tells how far it is, written over itself."""

    def __init__(self, out: TextIO, *, quiet: bool) -> None:
        self.out = out
        self.quiet = quiet
        self.open = False

    def __call__(self, run: ImportRun) -> None:
        """Show where a run stands."""
        if self.quiet:
            return
        total = f" / {run.rows_total:,}" if run.rows_total else ""
        if run.state == runs.State.CHECKING:
            text = f"確かめています / checking: {run.rows_seen:,}{total}"
        else:
            text = f"取り込んでいます / importing: {run.published:,}"
        self.out.write(f"\r{text:<70}")
        self.out.flush()
        self.open = True

    def end(self) -> None:
        """Begin a new line if one was written."""
        if self.open:
            self.out.write("\n")
            self.open = False


def run(options: argparse.Namespace) -> int:
    """Do what the command line says; return the exit code."""
    return _export(options) if options.command == "export" else run_import(options)


def _export(options: argparse.Namespace) -> int:
    try:
        if options.format in LISTS or options.area or options.organization:
            _write_list(options)
        else:
            export_to(options.file.absolute(), format=options.format)
    except FileRefused as refused:
        sys.stdout.write(f"{refused.ja}\n{refused.en}\n")
        return 1
    except OSError as error:
        sys.stdout.write(f"書き出せません / cannot write: {error.strerror}\n")
        return 1
    size = options.file.stat().st_size
    sys.stdout.write(f"書き出しました / exported: {options.file} ({size / 1e6:.1f} MB)\n")
    return 0


def _write_list(options: argparse.Namespace) -> None:
    """Write the entries of an area, of an organisation, or of both together, in the columns of cities' lists.

    Raises:
        FileRefused: another format, neither of them, or one that there is not.
    """
    if options.format not in LISTS:
        raise FileRefused(
            "まちや団体ごとの書き出しは、--format municipal-csv か municipal-xlsx です。",
            "Exports by area or organisation are --format municipal-csv or municipal-xlsx.",
        )
    if not options.area and not options.organization:
        raise FileRefused(
            "--area か --organization で、どこの一覧かを選んでください。",
            "Choose whose list it is with --area or --organization.",
        )
    area = _area_of(options.area)
    organization = organization_of(options.organization)
    found = entries_of(
        organization_id=organization.pk if organization else None, area=area.code if area else ""
    )
    title = area.full_name if area else organization.name if organization else ""
    content = LISTS[options.format](rows_of(found), title)
    half = options.file.absolute().with_name(f".{options.file.name}.half")
    with half.open("wb") as file:
        file.writelines(content)
    half.replace(options.file.absolute())  # nobody finds half a list under its name


def _area_of(text: str) -> AreaNode | None:
    """The area of a code or a whole name; None where none was asked for."""
    if not text:
        return None
    found = [area for area in area_tree().values() if text in {area.code, area.name, area.full_name}]
    if len(found) != 1:
        codes = "、".join(f"{area.code} {area.full_name}" for area in found[:10])
        why, reason = (
            (f"二つ以上あります。番号で選んでください：{codes}", f"not the only one; give its code: {codes}")
            if found
            else ("見つかりません", "not found")
        )
        raise FileRefused(f"「{text}」が{why}。", f"“{text}” is {reason}.")
    return found[0]


LISTS: Mapping[str, Callable[[Iterable[Sequence[str]], str], Iterable[bytes]]] = {
    "municipal-csv": lambda rows, title: csv_pieces(rows),
    "municipal-xlsx": lambda rows, title: [as_workbook(rows, title=title)],
}
"""Formats of lists as cities keep them, by what writes them."""


def run_import(options: argparse.Namespace, *, out: TextIO | None = None) -> int:
    """Check a file and, unless it is a dry run, publish it; print what it does. Returns the exit code."""
    out = out or sys.stdout
    line = Line(out, quiet=options.quiet)
    try:
        if not area_tree():
            from django.conf import settings  # noqa: PLC0415 - only for an empty database

            load_areas(settings.DATA_DIR / "municipalities.csv")
        file = open_file(options.file)
        policy = ImportRun.Policy.OVERWRITE if options.overwrite else ImportRun.Policy.KEEP
        if options.undo:
            return _undo(file.digest, out)
        organization = organization_of(options.organization)
        known = format_of(options.format or recognise(file))
        run = runs.start_run(
            file=file,
            at=timezone.now(),
            format=known.key,
            source=options.source,
            organization=organization,
            options=known.options_for(organization) if known.options_for else None,
            policy=policy,
        )
        if options.dry_run and known.describe:
            out.writelines(f"{told}\n" for told in known.describe(replace(file, options=run.options)))
        if run.rows_seen and run.state == runs.State.CHECKING:
            out.write(f"前の続きから始めます / continuing after {run.rows_seen:,} rows\n")
        run = check(run.pk, at=timezone.now(), file=file, on_progress=line)
        line.end()
        if run.state != runs.State.FAILED and not options.dry_run:
            later = _index_later if options.index_later else None
            run = publish(run.pk, at=timezone.now(), on_progress=line, index_later=later)
            line.end()
            if run.state == runs.State.DONE:
                proposed = propose_merges(at=timezone.now(), run=run)
                out.write(f"同じかもしれない組 / possible duplicates: {proposed:,}\n")
        return _report(run, out, dry=options.dry_run)
    except FileRefused as refusal:
        line.end()
        out.write(f"{refusal.ja}\n  {refusal.en}\n")
        return 1
    except runs.RunBusy as busy:
        line.end()
        out.write(f"{busy.sentence}\n  Another process is working on this import.\n")
        return 3


def _index_later(service_ids: list[uuid.UUID]) -> None:
    reindex.defer(service_ids=[str(service_id) for service_id in service_ids])


def _report(run: ImportRun, out: TextIO, *, dry: bool) -> int:
    if run.state == runs.State.FAILED:
        out.write(f"{run.failure_ja}\n  {run.failure_en}\n")
        return 1
    out.write(
        "確かめました（まだ何も変わっていません） / checked; nothing has changed yet\n"
        if dry
        else ("取り込みました / imported\n")
    )
    for kind, name in _KINDS.items():
        for action, word in _ACTIONS.items():
            if count := run.counts.get(f"{kind}.{action}"):
                out.write(f"  {name}: {word}: {count:,}\n")
    changed = ImportRow.objects.filter(run=run, action="changed").order_by("id")
    for row in changed[:SHOWN] if dry else ():
        out.write(f"  {row.number}: {row.name}: {', '.join(row.changes or {})}\n")
    problems = ImportProblem.objects.filter(run=run).exclude(severity="note")
    for found in problems[:SHOWN]:
        place = f"{found.part} " if found.part else ""
        out.write(f"  {place}{found.number}: {found.field}: {found.sentence_ja} / {found.sentence_en}\n")
    if (more := problems.count() - SHOWN) > 0:
        out.write(f"  ほかに {more:,} 件 / {more:,} more\n")
    return 2 if run.counts.get("service.refused") or run.counts.get("errors") else 0


def _undo(digest: str, out: TextIO) -> int:
    run = ImportRun.objects.filter(file_digest=digest, state=runs.State.DONE).first()
    if run is None:
        out.write("このファイルの取り込みはありません。\n  There is no import of this file to undo.\n")
        return 1
    try:
        undo_run(run.pk, at=timezone.now())
    except ChangedSince as changed:
        out.write("あとから変わったものがあるので、取り消せません / changed since, so it cannot be undone:\n")
        for conflict in changed.conflicts[:SHOWN]:
            out.write(f"  {conflict.name or conflict.object_id}: {conflict.field}\n")
        return 2
    out.write("取り消しました / undone\n")
    return 0
