"""Tables of the app."""

from tsunagari.plan.models.lineage import (
    MeasureLineage,
    SourceDocument,
    SourceOrder,
    VersionEvent,
)
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
    "Chapter",
    "Measure",
    "MeasureLineage",
    "MeasureText",
    "Plan",
    "PlanVersion",
    "Policy",
    "Responsibility",
    "SourceDocument",
    "SourceOrder",
    "Target",
    "TextRevision",
    "VersionEvent",
]
