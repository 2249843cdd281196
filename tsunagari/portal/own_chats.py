"""The site's own chats that can receive somebody at this minute, for the page that says who answers now."""

from collections.abc import Sequence
from datetime import datetime

from tsunagari.consultation.models import Helpline
from tsunagari.consultation.selectors.queue import can_receive
from tsunagari.consultation.selectors.talking import helplines


def chats_open(at: datetime) -> Sequence[Helpline]:
    """By name."""
    return [each for each in helplines() if can_receive(each, at)]
