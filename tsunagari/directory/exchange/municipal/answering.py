"""A file handed in, given back with its problems."""

from tsunagari.core.office_files import XLSX
from tsunagari.core.tables.answers import answer
from tsunagari.core.tables.problems import Problem
from tsunagari.directory.exchange.formats import SourceFile
from tsunagari.directory.exchange.municipal.reader import plan_file
from tsunagari.directory.models import ImportProblem, ImportRun

_SAID = {
    "created": "新しく載る",
    "changed": "変わる",
    "unchanged": "前と同じ",
    "refused": "載せられない",
}


def answered_file(file: SourceFile, run: ImportRun) -> tuple[bytes, str, str]:
    """(content, name, media type) of the same file with the problems of its run.

    Raises:
        FileRefused: the file cannot be read (then there is nothing to mark).
    """
    plan = plan_file(file, options=run.options)
    problems = [
        Problem(
            number=row.number,
            code=row.code,
            severity=row.severity,  # type: ignore[arg-type]
            ja=row.sentence_ja,
            en=row.sentence_en,
            part=row.part,
            field=row.field,
            value=row.value,
        )
        for row in ImportProblem.objects.filter(run=run)
    ]
    tables = [planned.table for planned in plan.tables]
    content = answer(plan.document, tables, problems, _summary(run, problems))
    stem = file.name.rpartition(".")[0] or file.name
    if plan.document.kind == "xlsx":
        kind = XLSX
        return content, f"{stem}_確認.xlsx", kind
    ending = "tsv" if plan.document.delimiter == "\t" else "csv"
    return content, f"{stem}_確認.{ending}", "text/csv"


def _summary(run: ImportRun, problems: list[Problem]) -> list[str]:
    counts = run.counts
    told = [
        f"{words}: {count}件"
        for action, words in _SAID.items()
        if (count := counts.get(f"service.{action}", 0))
    ]
    worst = [
        f"{words}: {sum(found.severity == severity for found in problems)}か所"
        for severity, words in (
            ("error", "直さないと載せられないところ"),
            ("warning", "確かめてほしいところ"),
        )
    ]
    return [
        "つながり　確認の結果",
        f"ファイル: {run.file_name}",
        "、".join(told) or "載せるものがありません。",
        "、".join(worst),
        "色のついたセルには、コメントに説明があります。直したら、このファイルをそのまま送れます"
        "（このシート、色、コメントは読みません）。",
    ]
