"""A measure's logic model as it stands, with what is missing in it."""

from dataclasses import dataclass
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tsunagari.accounts.models import User
from tsunagari.accounts.selectors import active_memberships
from tsunagari.plan import figure_policies
from tsunagari.plan.logic_model import Node, unreached
from tsunagari.plan.models import (
    BudgetProject,
    Indicator,
    LogicEdge,
    Measure,
    MeasureIndicator,
    PlanVersion,
    Target,
    TargetIndicator,
)
from tsunagari.plan.selectors.indicators import ministries_of


@dataclass(frozen=True, slots=True)
class Warning:
    """Something that is missing in a logic model."""

    code: str
    sentence: str | Promise


@dataclass(frozen=True, slots=True)
class LogicModel:
    """The indicators of a measure, the edges between them, and what is missing."""

    indicators: list[Indicator]
    edges: list[LogicEdge]
    nodes: list[Node]
    warnings: list[Warning]

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The edges by the keys of their indicators."""
        return [(edge.from_indicator.key, edge.to_indicator.key) for edge in self.edges]


def working_version(measure: Measure) -> PlanVersion | None:
    """The newest version that has the measure."""
    return (
        PlanVersion.objects.filter(measure_texts__measure=measure)
        .select_related("plan")
        .order_by("-number")
        .first()
    )


def may_change_logic(viewer: User, measure: Measure) -> bool:
    """Whether the viewer works on a measure: one of its ministries, or the secretariat."""
    version = working_version(measure)
    ministries = ministries_of(measure.pk, version.pk) if version else frozenset[UUID]()
    return figure_policies.can_write_item(
        active_memberships(viewer), ministries, {measure.plan.secretariat_id}
    )


def logic_model(measure: Measure, version: PlanVersion | None) -> LogicModel:
    """The model of a measure, judged by the targets and budgets of a version."""
    links = MeasureIndicator.objects.filter(measure=measure).select_related("indicator__owner")
    indicators = [link.indicator for link in links.order_by("indicator__key")]
    edges = list(
        LogicEdge.objects.filter(measure=measure)
        .select_related("from_indicator", "to_indicator")
        .order_by("from_indicator__key", "to_indicator__key")
    )
    own: set[UUID] = set()
    if version is not None:
        own = set(ministries_of(measure.pk, version.pk))
        if not own:  # as long as nobody is named, the secretariat answers
            own = {version.plan.secretariat_id}
    nodes = [
        Node(
            indicator.key,
            indicator.name,
            indicator.kind,
            indicator.owner.name,
            foreign=indicator.owner_id not in own,
        )
        for indicator in indicators
    ]
    model = LogicModel(indicators, edges, nodes, [])
    model.warnings.extend(_warnings(measure, version, model))
    return model


def _warnings(measure: Measure, version: PlanVersion | None, model: LogicModel) -> list[Warning]:
    found: list[Warning] = []
    outcomes = [i for i in model.indicators if i.kind == Indicator.Kind.OUTCOME]
    if version is not None:
        targets = Target.objects.filter(measure_text__version=version, measure_text__measure=measure)
        judged = TargetIndicator.objects.filter(lineage_id__in=targets.values("lineage_id"))
        if targets.exists() and not judged.filter(indicator__kind=Indicator.Kind.OUTCOME).exists():
            found.append(
                Warning(
                    "target-without-outcome", _("目標はありますが、はかるためのアウトカム指標がありません。")
                )
            )
        budgets = BudgetProject.objects.filter(measure_text__version=version, measure_text__measure=measure)
        if outcomes and not budgets.exists():
            found.append(
                Warning(
                    "outcome-without-budget", _("アウトカム指標はありますが、予算事業が書かれていません。")
                )
            )
    for node in unreached(model.nodes, model.pairs):
        sentence = _("「%(name)s」は、どのアウトカムにもつながっていません。") % {"name": node.name}
        found.append(Warning("leads-nowhere", sentence))
    if model.indicators and all(not indicator.denominator for indicator in model.indicators):
        found.append(
            Warning("counts-only", _("件数だけの指標です。人数の多さだけでは、よくなったとは言えません。"))
        )
    return found
