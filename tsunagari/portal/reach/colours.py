"""A municipality's own colours, so that everything stays readable whatever is chosen (WCAG 2.2, AA)."""

import re
from dataclasses import dataclass
from typing import Final

_HEX = re.compile(r"#?([0-9a-fA-F]{6}|[0-9a-fA-F]{3})\Z")
AA: Final = 4.5
"""Contrast of text (WCAG 1.4.3)."""
BLACK, WHITE = "000000", "ffffff"
STEPS: Final = 32


def read_colour(text: str) -> str | None:
    """Return a colour as six hexadecimal digits, or None when the text is none. ``#abc`` is ``aabbcc``."""
    match = _HEX.match(text)
    if match is None:
        return None
    digits = match[1].lower()
    return digits if len(digits) == 6 else "".join(digit * 2 for digit in digits)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[:2], 16), int(colour[2:4], 16), int(colour[4:], 16)


def luminance(colour: str) -> float:
    """Relative luminance of a colour, 0 to 1 (WCAG 2.2, *relative luminance*)."""

    def linear(channel: int) -> float:
        share = channel / 255
        return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4

    red, green, blue = map(linear, _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast of two colours, 1 to 21 (WCAG 2.2, *contrast ratio*)."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def ink_on(ground: str) -> str:
    """Black or white, whichever is read better on ``ground``: at least 4.58 on any colour."""
    return max((BLACK, WHITE), key=lambda ink: contrast(ink, ground))


def readable(colour: str, ground: str) -> str:
    """``colour``, moved towards black or white only as far as text on ``ground`` needs."""
    goal = ink_on(ground)
    for step in range(STEPS + 1):
        mixed = _mixed(colour, goal, step / STEPS)
        if contrast(mixed, ground) >= AA:
            return mixed
    return goal


def _mixed(colour: str, goal: str, share: float) -> str:
    channels = zip(_channels(colour), _channels(goal), strict=True)
    return "".join(f"{round(one + (other - one) * share):02x}" for one, other in channels)


@dataclass(frozen=True, slots=True)
class Palette:
    """Every colour that a widget needs, as six hexadecimal digits."""

    ground: str
    ink: str
    soft: str
    line: str
    accent: str
    on_accent: str
    link: str
    danger: str


def palette(accent: str, ground: str) -> Palette:
    """The colours around a municipality's two."""
    ink = ink_on(ground)
    return Palette(
        ground=ground,
        ink=ink,
        soft=readable(_mixed(ink, ground, 0.35), ground),
        line=_mixed(ink, ground, 0.7),
        accent=accent,
        on_accent=ink_on(accent),
        link=readable(accent, ground),
        danger=readable("b3261e", ground),
    )


def stylesheet(colours: Palette) -> str:
    """The colours as a style sheet. Nothing but digits that we computed stands in it."""
    names = ("ground", "ink", "soft", "line", "accent", "on_accent", "link", "danger")
    lines = [f"--{name.replace('_', '-')}:#{getattr(colours, name)}" for name in names]
    scheme = "light" if colours.ink == BLACK else "dark"
    return f":root:root{{color-scheme:{scheme};{';'.join(lines)}}}\n"
