"""Plans, measures and figures for tests."""

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from typing import Any

from tests.factories import make_organization
from tsunagari.accounts.models import Organization
from tsunagari.plan.models import (
    Indicator,
    Measure,
    MeasureText,
    Observation,
    Plan,
    PlanVersion,
    Policy,
    Responsibility,
    Target,
    TargetIndicator,
)
from tsunagari.plan.services.observations import Figure, keep_published

AT = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
_numbers = count(10)


def make_plan(secretariat: Organization | None = None) -> Plan:
    """A plan with a secretariat."""
    secretariat = secretariat or make_organization("孤独担当室", kind=Organization.Kind.MINISTRY)
    return Plan.objects.create(key=f"plan-{next(_numbers)}", title="重点計画", secretariat=secretariat)


def make_version(plan: Plan | None = None, *, state: str = "in_force", number: int = 1) -> PlanVersion:
    """A version; in force since 28 December 2021, unless it is a draft."""
    decided = date(2021, 12, 28) if state != "draft" else None
    return PlanVersion.objects.create(
        plan=plan or make_plan(),
        number=number,
        title="重点計画",
        state=state,
        decided_on=decided,
        in_force_on=decided,
        published_at=AT if decided else None,
        created_at=AT,
    )


def make_measure(
    version: PlanVersion, ministry: Organization | None = None, *, title: str = "相談体制の整備"
) -> Measure:
    """A measure of a version, under its first policy, with a ministry that leads it."""
    measure = Measure.objects.create(plan=version.plan, key=f"M{next(_numbers)}")
    text = MeasureText(version=version, measure=measure, position=next(_numbers), title=title)
    if version.state == "draft":
        text.save()
        _fill(text, version, ministry)
        return measure
    # the text of a decided version is kept by a trigger: it is written while it is a draft
    state = {name: getattr(version, name) for name in ("state", "decided_on", "in_force_on", "published_at")}
    PlanVersion.objects.filter(pk=version.pk).update(state="draft", decided_on=None, in_force_on=None)
    text.save()
    _fill(text, version, ministry)
    PlanVersion.objects.filter(pk=version.pk).update(**state)
    return measure


def _fill(text: MeasureText, version: PlanVersion, ministry: Organization | None) -> None:
    policy, _ = Policy.objects.get_or_create(
        version=version, number=2, defaults={"title": "切れ目のない相談支援につなげる"}
    )
    text.policies.add(policy)
    if ministry:
        Responsibility.objects.create(measure_text=text, ministry=ministry, lead=True)


def make_indicator(owner: Organization | None = None, **values: Any) -> Indicator:
    """An entered outcome, a share of counted events that had better rise."""
    given: dict[str, Any] = {
        "key": f"indicator-{next(_numbers)}",
        "name_ja": "人につながった割合",
        "name_en": "People who reached a human",
        "definition": "人と話せた人の割合",
        "unit": "ratio",
        "kind": "outcome",
        "better": "up",
        "frequency": "A",
        "source": "entered",
        "uncertainty": "counts",
        "numerator": "人と話せた人",
        "denominator": "試みた人",
        "starts_on": date(2020, 4, 1),
    }
    return Indicator.objects.create(
        owner=owner or make_organization("孤独担当室", kind=Organization.Kind.MINISTRY), **given | values
    )


def year(fiscal_year: int, numerator: float, denominator: float = 1000.0, **more: Any) -> Figure:
    """A fiscal year's share."""
    return Figure(
        date(fiscal_year, 4, 1),
        date(fiscal_year + 1, 3, 31),
        value=numerator / denominator,
        numerator=numerator,
        denominator=denominator,
        **more,
    )


def observed(indicator: Indicator, *figures: Figure) -> list[Observation]:
    """Figures that are there."""
    made = [keep_published(indicator=indicator, figure=figure, maker="a test", at=AT) for figure in figures]
    return [observation for observation in made if observation is not None]


def make_target(
    version: PlanVersion,
    measure: Measure,
    indicator: Indicator | None = None,
    *,
    value: str = "60",
    unit: str = "%",
    deadline_on: date = date(2025, 3, 31),
) -> Target:
    """A target of a measure, judged by an indicator."""
    text = MeasureText.objects.get(version=version, measure=measure)
    state = {name: getattr(version, name) for name in ("state", "decided_on", "in_force_on", "published_at")}
    PlanVersion.objects.filter(pk=version.pk).update(state="draft", decided_on=None, in_force_on=None)
    target = Target.objects.create(
        measure_text=text, text="6割の人がつながる", value=Decimal(value), unit=unit, deadline_on=deadline_on
    )
    PlanVersion.objects.filter(pk=version.pk).update(**state)
    if indicator:
        TargetIndicator.objects.create(plan=version.plan, lineage_id=target.lineage_id, indicator=indicator)
    return target
