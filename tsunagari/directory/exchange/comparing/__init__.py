"""What an import would change: the source's word against what stands, and against what it said before.

A field that a person has edited since the source last set it is kept, and told. "Edited" is seen by its
value: it is no longer what the last import wrote. Fields that no import has set yet count as edited when the
history names somebody other than the system for a change of them.
"""

from tsunagari.directory.exchange.comparing.deciding import Decision, decisions
from tsunagari.directory.exchange.comparing.known import Known, known_of, overlay
from tsunagari.directory.exchange.comparing.words import (
    FACE,
    equal,
    families_of,
    rename,
    same,
    target_rows,
    with_what_is_unsaid,
)

__all__ = [
    "FACE",
    "Decision",
    "Known",
    "decisions",
    "equal",
    "families_of",
    "known_of",
    "overlay",
    "rename",
    "same",
    "target_rows",
    "with_what_is_unsaid",
]
