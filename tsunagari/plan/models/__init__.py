"""Tables of the app."""

from tsunagari.plan.models.indicators import (
    SDMX,
    Evidence,
    Indicator,
    LogicEdge,
    MeasureIndicator,
    Observation,
    SeriesBreak,
    Standing,
    TargetIndicator,
)
from tsunagari.plan.models.lineage import (
    MeasureLineage,
    SourceDocument,
    SourceOrder,
    VersionEvent,
)
from tsunagari.plan.models.reviews import ChangeRequest, ExpertOpinion, Review, ReviewItem
from tsunagari.plan.models.text import (
    Block,
    BudgetProject,
    Chapter,
    Measure,
    MeasureText,
    Plan,
    PlanVersion,
    Policy,
    Responsibility,
    Target,
    TextRevision,
)

__all__ = [
    "Block",
    "BudgetProject",
    "ChangeRequest",
    "Chapter",
    "Evidence",
    "ExpertOpinion",
    "Indicator",
    "LogicEdge",
    "Measure",
    "MeasureIndicator",
    "MeasureLineage",
    "MeasureText",
    "Observation",
    "Plan",
    "PlanVersion",
    "Policy",
    "Responsibility",
    "Review",
    "ReviewItem",
    "SDMX",
    "SeriesBreak",
    "SourceDocument",
    "SourceOrder",
    "Standing",
    "Target",
    "TargetIndicator",
    "TextRevision",
    "VersionEvent",
]
