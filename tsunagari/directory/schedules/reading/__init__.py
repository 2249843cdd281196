"""Opening hours as people write them in Japanese, read into `Hours`.

    read_hours("月〜金 9時～17時（祝日除く）")  →  Monday to Friday 9:00–17:00, never on a 祝日

What cannot become a rule stays words: harmless ones (「要予約」) in ``note``; where a part that bears meaning
was not understood, there are no hours at all, for wrong hours send a person to a closed door.
"""

from tsunagari.directory.schedules.reading.clauses import HoursReading, read_hours

__all__ = ["HoursReading", "read_hours"]
