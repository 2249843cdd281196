"""How likely a call is answered, in words: never finer than tenths, always with year and source."""

from django.utils.translation import gettext

from tsunagari.directory.models import Reachability
from tsunagari.directory.reachability import Told

LONG_WAIT = 60
"""Minutes from which it only says "an hour or more"."""
STEP = 5
"""A wait is told in steps of so many minutes."""


def sentence(told: Told | None) -> str:
    """「10回に4回くらいつながります（2024年・いのちの会）」; empty when nothing may be said."""
    if told is None:
        return ""
    source = told.source
    if told.kind == Reachability.Kind.REPORTED:
        source = gettext("%(organization)sの報告") % {"organization": told.source}
    about = gettext("（%(year)s年・%(source)s）") % {"year": told.year, "source": source}
    wait = _wait(told.wait_minutes)
    return f"{_share(told.tenths)}{about}{wait}"


def unknown() -> str:
    """What is said of a line of which nobody has counted anything."""
    return gettext("つながりやすさは、まだわかりません。")


def _share(tenths: int) -> str:
    if tenths == 0:
        return gettext("なかなかつながりません。つながるのは、10回に1回より少ないです")
    if tenths == 10:
        return gettext("ほとんどつながります")
    return gettext("10回に%(n)s回くらいつながります") % {"n": tenths}


def _wait(minutes: int | None) -> str:
    if minutes is None:
        return ""
    if minutes < STEP:
        return gettext(" ほとんど待ちません。")
    if minutes >= LONG_WAIT:
        return gettext(" 1時間より長く待つことがあります。")
    return gettext(" 待つのは、%(n)s分くらいです。") % {"n": (minutes + STEP // 2) // STEP * STEP}
