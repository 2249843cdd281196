"""Cells that a spreadsheet would compute."""

import re

# with the wide, small and raised signs, which a Japanese spreadsheet takes for formulas too; no number and no
# lone dash is one
_BEGINS_LIKE_A_FORMULA = re.compile(
    r"\s*[=＝﹦⁼₌@＠﹫\t\r]|\s*[+-](?![0-9\s-]*$)(?![0-9]+\.[0-9]+$)|\s*[＋﹢⁺₊－﹣](?!\s*$)"
)


def harmless(cell: str) -> str:
    """A cell that begins like a formula, so that a spreadsheet shows it and does not compute it (OWASP)."""
    return f"'{cell}" if cell and _BEGINS_LIKE_A_FORMULA.match(cell) else cell
