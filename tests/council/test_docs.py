"""docs/council.md says the states as the code has them."""

import re

from django.conf import settings

from tsunagari.council.services import meetings, minutes


def rows_of(heading: str) -> dict[str, tuple[set[str], str]]:
    text = (settings.BASE_DIR / "docs" / "council.md").read_text(encoding="utf-8")
    section = text.split(f"## {heading}\n")[1].split("\n## ")[0]
    found = re.findall(r"^\| (\w+)[^|]*\| ([\w, ]+) \| (\w+) \|$", section, flags=re.M)
    return {name: (set(start.split(", ")), end) for name, start, end in found if name != "step"}


def test_the_steps_of_a_meeting():
    steps = {name: ({*map(str, step.start)}, str(step.end)) for name, step in meetings.TRANSITIONS.items()}
    assert rows_of("Meetings") == steps


def test_the_steps_of_minutes():
    steps = {name: ({*map(str, start)}, str(end)) for name, (start, end) in minutes.TRANSITIONS.items()}
    assert rows_of("Minutes") == steps
