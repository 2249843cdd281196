"""Cells that a spreadsheet would compute."""

import re

_BEGINS_LIKE_A_FORMULA = re.compile(r"\s*[=＝@＠\t\r]|\s*[+＋－-](?![\d\s-]*$)(?!\d+\.\d+$)")


def harmless(cell: str) -> str:
    """A cell that begins like a formula, so that a spreadsheet shows it and does not compute it (OWASP)."""
    return f"'{cell}" if cell and _BEGINS_LIKE_A_FORMULA.match(cell) else cell
