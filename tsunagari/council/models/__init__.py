"""Models of the app council."""

from tsunagari.council.models.bodies import (
    Article,
    Body,
    JournalEntry,
    LoadedFact,
    Membership,
    Person,
    Post,
    Succession,
)
from tsunagari.council.models.meetings import (
    ActionItem,
    ActionReminder,
    AgendaItem,
    Attendance,
    Invitation,
    Material,
    MaterialVersion,
    Meeting,
    ScheduleItem,
    Statement,
)
from tsunagari.council.models.minutes import Minutes, MinutesCorrection, MinutesParagraph, MinutesSummary
from tsunagari.council.models.motions import Decision, Motion, Vote
from tsunagari.council.models.retention import AfterRetention, RetentionPeriod

__all__ = [
    "ActionItem",
    "ActionReminder",
    "AfterRetention",
    "AgendaItem",
    "Article",
    "Attendance",
    "Body",
    "Decision",
    "Invitation",
    "JournalEntry",
    "LoadedFact",
    "Material",
    "MaterialVersion",
    "Meeting",
    "Membership",
    "Minutes",
    "MinutesCorrection",
    "MinutesParagraph",
    "MinutesSummary",
    "Motion",
    "Person",
    "Post",
    "RetentionPeriod",
    "ScheduleItem",
    "Statement",
    "Succession",
    "Vote",
]
