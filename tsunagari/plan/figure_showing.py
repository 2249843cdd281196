"""Numbers, intervals, periods and classes as people read them."""

from datetime import date

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from tsunagari.core.templatetags.ui import day
from tsunagari.plan.models import Observation

CLASSES = {
    "target-achieved": gettext_lazy("目標に届いた"),
    "substantial": gettext_lazy("順調に進んでいる"),
    "moderate": gettext_lazy("進んでいるが、急ぐ必要がある"),
    "limited": gettext_lazy("少ししか進んでいない"),
    "deterioration": gettext_lazy("悪くなっている"),
    "not-available": gettext_lazy("まだ言えない"),
}
SYMBOLS = {
    "target-achieved": "◎",
    "substantial": "○",
    "moderate": "△",
    "limited": "▽",
    "deterioration": "×",
    "not-available": "…",
}
"""A class is told by its words and its symbol; colour only helps."""
CHANGES = {
    "improved": gettext_lazy("よくなった（誤差をこえる変化）"),
    "worsened": gettext_lazy("悪くなった（誤差をこえる変化）"),
    "unchanged": gettext_lazy("変わらない"),
    "unclear": gettext_lazy("変わったとは言えない（誤差の範囲）"),
    "unknown": gettext_lazy("くらべられない"),
}
REASONS = {
    "not-measured": gettext_lazy("まだ測っていません"),
    "one-observation": gettext_lazy("同じ数え方の値が、まだ一つしかありません"),
    "within-error": gettext_lazy("変化が誤差の範囲なので、変わったとは言えません"),
    "error-unknown": gettext_lazy("誤差がわからないので、くらべられません"),
}
UNITS_EN = {"人": "people", "件": "cases", "分": "minutes", "団体": "organisations", "点": "points"}


def number(value: float | None, unit: str) -> str:
    """A value with its unit: 45.3％, 45.3%, 1,234人, 12.5 minutes."""
    if value is None:
        return "—"
    english = get_language() == "en"
    if unit == "ratio":
        return f"{value * 100:.1f}{'%' if english else '％'}"
    text = f"{value:,.0f}" if float(value).is_integer() and abs(value) >= 10 else f"{value:,.1f}"
    if unit in {"%", "％"}:
        return f"{text}{'%' if english else '％'}"
    return f"{text} {UNITS_EN.get(unit, unit)}" if english else f"{text}{unit}"


def number_ja(value: float, unit: str) -> str:
    """A value with its unit as a Japanese record has it, whatever the language of the request."""
    if unit == "ratio":
        return f"{value * 100:.1f}％"
    return f"{value:,.1f}{unit}"


def interval_text(low: float | None, high: float | None, unit: str) -> str:
    """An interval: 44.1％〜46.5％; nothing where none is known."""
    if low is None or high is None:
        return ""
    return f"{number(low, unit)}{'–' if get_language() == 'en' else '〜'}{number(high, unit)}"


def bounds_text(bounds: tuple[float, float] | None, unit: str) -> str:
    """An interval that may not be known."""
    return interval_text(*bounds, unit) if bounds else ""


def value_text(observation: Observation | None, unit: str) -> str:
    """An observation's value, or why there is none."""
    if observation is None or observation.state == Observation.State.NOT_MEASURED:
        return _("測っていない")
    if observation.state == Observation.State.SUPPRESSED:
        return _("秘匿")
    return number(observation.value, unit)


def period_text(begins_on: date, ends_on: date) -> str:
    """A period: 2025年度, 2026年10月, or from one day to another."""
    whole_year = (begins_on.month, begins_on.day, ends_on.month, ends_on.day) == (4, 1, 3, 31)
    if whole_year and ends_on.year == begins_on.year + 1:
        return _("%(year)d年度") % {"year": begins_on.year}
    next_day = date.fromordinal(ends_on.toordinal() + 1)
    if begins_on.day == 1 and next_day.day == 1 and (next_day - begins_on).days <= 31:
        if get_language() == "en":
            return f"{begins_on:%B %Y}"
        return f"{begins_on.year}年{begins_on.month}月"
    if begins_on == ends_on:
        return day(begins_on)
    return f"{day(begins_on)}{' – ' if get_language() == 'en' else '〜'}{day(ends_on)}"
