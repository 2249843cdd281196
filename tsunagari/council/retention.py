"""Until when a document is kept. The period runs from 1 April after the year of its making (施行令8条4項)."""

from datetime import date


def kept_until(made_on: date, years: int) -> date:
    """The last day (31 March) of the period of ``years``; with 0 (1年未満) the day of making itself."""
    if years == 0:
        return made_on
    fiscal_year = made_on.year if made_on.month >= 4 else made_on.year - 1
    return date(fiscal_year + 1 + years, 3, 31)
