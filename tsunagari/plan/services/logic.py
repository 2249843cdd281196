"""The logic model of a measure: which figures judge it, and which leads to which."""

from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from tsunagari.accounts.models import User
from tsunagari.accounts.policies import require
from tsunagari.core.errors import RuleBroken
from tsunagari.plan.logic_model import is_backward, way_round
from tsunagari.plan.models import (
    Indicator,
    LogicEdge,
    Measure,
    MeasureIndicator,
    Plan,
    Target,
    TargetIndicator,
)
from tsunagari.plan.selectors.indicators import in_unit_of
from tsunagari.plan.selectors.logic import may_change_logic

LOGIC_LOCK = 0x6C6F6769
"""An arbitrary number that all our processes agree on."""


class CircularLogic(RuleBroken):
    """The edge would close a circle: then nothing would be the cause of anything."""


class BadLink(RuleBroken):
    """The two do not go together."""


@transaction.atomic
def attach_indicator(*, actor: User, measure: Measure, indicator_id: UUID) -> MeasureIndicator:
    """Judge a measure by an indicator; again changes nothing.

    Raises:
        BadLink: it is a survey's share, which no single measure may claim.
    """
    require(may_change_logic(actor, measure))
    indicator = Indicator.objects.get(pk=indicator_id)
    _refuse_survey(indicator)
    return MeasureIndicator.objects.get_or_create(measure=measure, indicator=indicator)[0]


@transaction.atomic
def detach_indicator(*, actor: User, measure: Measure, indicator_id: UUID) -> None:
    """Take an indicator, and its edges in this measure, from the measure. Observations stay."""
    require(may_change_logic(actor, measure))
    edges = LogicEdge.objects.filter(measure=measure)
    (edges.filter(from_indicator=indicator_id) | edges.filter(to_indicator=indicator_id)).delete()
    MeasureIndicator.objects.filter(measure=measure, indicator=indicator_id).delete()


@transaction.atomic
def add_edge(*, actor: User, measure: Measure, from_id: UUID, to_id: UUID, why: str = "") -> LogicEdge:
    """Say that one figure leads to another; either may be another ministry's, and joins the measure's model.

    Circles are looked for over all measures, one writer after the other.

    Raises:
        CircularLogic: the edge would close a circle.
        BadLink: it leads backward, or to a survey's share.
    """
    require(may_change_logic(actor, measure))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOGIC_LOCK])
    begins, ends = (Indicator.objects.get(pk=pk) for pk in (from_id, to_id))
    for indicator in (begins, ends):
        _refuse_survey(indicator)
    if is_backward(begins.kind, ends.kind):
        raise BadLink(
            _(
                "「%(begins)s」から「%(ends)s」へは、向きが逆です。"
                "活動 → アウトプット → アウトカムの順につないでください。"
            )
            % {"begins": begins.name, "ends": ends.name}
        )
    edges = LogicEdge.objects.values_list("from_indicator_id", "to_indicator_id")
    circle = way_round(edges, (begins.pk, ends.pk))
    if circle:
        names = {i.pk: i.name for i in Indicator.objects.filter(pk__in=circle)}
        raise CircularLogic(
            _("つなぐと輪になってしまいます: %(circle)s。輪のどこかを外してからつないでください。")
            % {"circle": " → ".join(names[pk] for pk in circle)}
        )
    for indicator in (begins, ends):
        MeasureIndicator.objects.get_or_create(measure=measure, indicator=indicator)
    return LogicEdge.objects.get_or_create(
        measure=measure, from_indicator=begins, to_indicator=ends, defaults={"why": why.strip()[:300]}
    )[0]


@transaction.atomic
def remove_edge(*, actor: User, measure: Measure, edge_id: UUID) -> None:
    """Take an edge out of a measure's model."""
    require(may_change_logic(actor, measure))
    LogicEdge.objects.filter(measure=measure, pk=edge_id).delete()


@transaction.atomic
def judge_target(
    *, actor: User, plan: Plan, measure: Measure, lineage_id: UUID, indicator_id: UUID | None
) -> None:
    """Say by which indicator a target is judged, through all versions; None: by none.

    Raises:
        BadLink: the units cannot be compared, or it is a survey's share.
    """
    require(may_change_logic(actor, measure))
    targets = Target.objects.filter(lineage_id=lineage_id, measure_text__measure=measure)
    target = targets.order_by("-measure_text__version__number").first()
    if target is None:
        raise Target.DoesNotExist
    if indicator_id is None:
        TargetIndicator.objects.filter(lineage_id=lineage_id).delete()
        return
    indicator = Indicator.objects.get(pk=indicator_id)
    _refuse_survey(indicator)
    if target.value is not None and in_unit_of(indicator, float(target.value), target.unit) is None:
        raise BadLink(
            _(
                "目標の単位（%(target)s）と指標の単位（%(indicator)s）がちがうので、届いたかどうかを決められません。"
            )
            % {"target": target.unit, "indicator": indicator.unit}
        )
    TargetIndicator.objects.update_or_create(
        lineage_id=lineage_id, defaults={"plan": plan, "indicator": indicator}
    )
    MeasureIndicator.objects.get_or_create(measure=measure, indicator=indicator)


def _refuse_survey(indicator: Indicator) -> None:
    if indicator.source == Indicator.Source.SURVEY:
        raise BadLink(
            _(
                "「%(name)s」は全国の調査の値です。どれかひとつの施策の成果とは言えないので、施策にはつなげません。"
            )
            % {"name": indicator.name}
        )
