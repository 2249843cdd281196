"""What a name and a number tell about an organisation."""

import re

from tsunagari.accounts.models import Organization

_NUMBER = re.compile(r"[1-9][0-9]{12}", re.ASCII)
_KINDS = (
    (re.compile(r"(NPO|ＮＰＯ|特定非営利活動)法人|ボランティア|市民の会"), Organization.Kind.NPO),
    (re.compile(r"株式会社|有限会社|合同会社|（株）|\(株\)|㈱"), Organization.Kind.COMPANY),
    (re.compile(r"社会福祉協議会|社会福祉法人|公益|独立行政法人"), Organization.Kind.PUBLIC_BODY),
    (re.compile(r"(省|庁|内閣府)$"), Organization.Kind.MINISTRY),
    (re.compile(r"[都道府県]$"), Organization.Kind.PREFECTURE),
    (re.compile(r"[市区町村]$"), Organization.Kind.MUNICIPALITY),
)


def corporate_number_is_valid(number: str) -> bool:
    """Whether a 法人番号 has thirteen digits and the right check digit (平成26年財務省令第70号 第2条)."""
    if not _NUMBER.fullmatch(number):
        return False
    weighed = sum(int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(number[1:])))
    return int(number[0]) == 9 - weighed % 9


def kind_by_name(name: str) -> str:
    """The kind of organisation that a name tells; ``other`` when it tells none."""
    return next((str(kind) for pattern, kind in _KINDS if pattern.search(name)), str(Organization.Kind.OTHER))
