"""Regular expressions that come from data: checked so that no text, however hostile, makes them slow."""

import re
from collections.abc import Mapping

MOST_REPEATS = 40
_SET = re.compile(r"<([a-z_]+)>")
_BOUNDED = re.compile(r"\{(\d*)(?:,(\d*))?\}")


class UnsafePattern(ValueError):
    """A pattern that may take more than its share of time, or is not one."""


def expand(pattern: str, sets: Mapping[str, str]) -> str:
    """Put the alternatives of each ``<set>`` into a pattern.

    Raises:
        UnsafePattern: there is no such set.
    """

    def alternatives(match: re.Match[str]) -> str:
        if match.group(1) not in sets:
            raise UnsafePattern(f"no set <{match.group(1)}>")
        return f"(?:{sets[match.group(1)]})"

    # Named groups and look-behinds also write "<": they follow "(?" or "(?P".
    return _SET.sub(alternatives, pattern)


def compile_safely(pattern: str, *, unbounded: int = 0) -> re.Pattern[str]:
    """Compile a pattern whose work is bounded.

    ``*`` and ``+`` may occur ``unbounded`` times, ``{m,n}`` with n up to ``MOST_REPEATS``, none of them on a
    group that itself repeats.

    Raises:
        UnsafePattern: it may be slow, or is no regular expression.
    """
    groups: list[bool] = []  # for each open group: does something inside repeat?
    closed_repeats = False  # the atom just read is a group that repeats inside
    at = 0
    while at < len(pattern):
        here = pattern[at]
        step = 1
        repeat = ""
        if here == "\\":
            step, closed_repeats = 2, False
        elif here == "[":
            end = pattern.find("]", at + 2)
            if end < 0:
                raise UnsafePattern("a class of letters without end")
            step, closed_repeats = end + 1 - at, False
        elif here == "(":
            groups.append(False)
            closed_repeats = False
            step = 2 if pattern[at + 1 : at + 2] == "?" else 1
        elif here == ")":
            closed_repeats = bool(groups) and groups.pop()
            if closed_repeats and groups:
                groups[-1] = True
        elif here in "*+":
            repeat = here
            unbounded -= 1
            if unbounded < 0:
                raise UnsafePattern(f"an unbounded {here}: write {{0,12}}")
        elif here == "{" and (bounds := _BOUNDED.match(pattern, at)):
            least, most = bounds.group(1) or "0", bounds.group(2)
            if most == "" or int(most or least) > MOST_REPEATS:
                raise UnsafePattern(f"{bounds.group()} repeats more than {MOST_REPEATS} times")
            repeat, step = bounds.group(), len(bounds.group())
        else:
            closed_repeats = False if here != "?" else closed_repeats
        if repeat:
            if closed_repeats:
                raise UnsafePattern(f"{repeat} on a group that repeats inside")
            if groups:
                groups[-1] = True
        at += step
    try:
        return re.compile(pattern)
    except re.error as error:
        raise UnsafePattern(str(error)) from error
