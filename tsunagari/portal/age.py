"""How old an entry's facts are, in words that do not frighten."""

from datetime import date

from django.utils.translation import get_language, gettext

from tsunagari.directory.ageing import confirmed_on, is_old


def month_words(day: date) -> str:
    """A month as people read it: 2024年12月, December 2024."""
    return f"{day:%B} {day.year}" if get_language() == "en" else f"{day.year}年{day.month}月"


def age_words(assured_on: date | None, as_of: str, on: date) -> str:
    """「2024年12月の情報」 for what nobody has confirmed for six months; empty for what is fresh."""
    confirmed = confirmed_on(assured_on, as_of)
    if not is_old(confirmed, on):
        return ""
    if confirmed is None:
        return gettext("いつの情報か、わかりません")
    return gettext("%(month)sの情報") % {"month": month_words(confirmed)}
