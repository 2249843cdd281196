"""What a run found and did, for the pages and files that show it."""

from django.db.models import QuerySet

from tsunagari.directory.models import ImportProblem, ImportRow, ImportRun


def problems_of(run: ImportRun, *, severity: str = "") -> QuerySet[ImportProblem]:
    """What was wrong, in the order of the file; ``severity`` leaves only errors, warnings or notes."""
    problems = ImportProblem.objects.filter(run=run)
    return problems.filter(severity=severity) if severity else problems


def rows_of(run: ImportRun, *, action: str = "", kind: str = "service") -> QuerySet[ImportRow]:
    """What became of the objects of a kind, in the order of the file."""
    rows = ImportRow.objects.filter(run=run, kind=kind).order_by("id")
    return rows.filter(action=action) if action else rows
