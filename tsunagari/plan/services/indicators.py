"""What figures mean: defined and changed by those who keep them; what a series cannot be compared across."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from tsunagari.accounts.models import User
from tsunagari.accounts.policies import require
from tsunagari.core.errors import RuleBroken
from tsunagari.plan.models import Indicator, Observation, SeriesBreak
from tsunagari.plan.selectors.indicators import indicators_visible_to, may_keep
from tsunagari.plan.services.standings import compute_standings

FIXED_ONCE_OBSERVED = {"unit": _("単位"), "better": _("よい向き"), "uncertainty": _("誤差の出し方")}


class BadIndicator(RuleBroken):
    """A definition contradicts itself, or what was observed under it."""


@transaction.atomic
def define_indicator(*, actor: User, values: dict[str, Any]) -> Indicator:
    """Define a new figure.

    Raises:
        BadIndicator: the definition contradicts itself, or the key is taken.
    """
    indicator = Indicator(**values)
    require(may_keep(actor, indicator))
    _check(indicator)
    if Indicator.objects.filter(key=indicator.key).exists():
        raise BadIndicator(_("この記号は、もう使われています。"))
    try:
        with transaction.atomic():
            indicator.save()
    except IntegrityError as broken:
        raise BadIndicator(_("この記号は、もう使われています。")) from broken
    compute_standings([indicator.pk])
    return indicator


@transaction.atomic
def change_indicator(*, actor: User, indicator_id: UUID, values: dict[str, Any]) -> Indicator:
    """Change a definition. What the observed numbers rest on stays: another unit is another indicator.

    Raises:
        BadIndicator: the definition contradicts itself or what was observed.
    """
    indicator = indicators_visible_to(actor).select_for_update(of=("self",)).get(pk=indicator_id)
    require(may_keep(actor, indicator))
    if Observation.objects.filter(indicator=indicator).exists():
        for field, label in FIXED_ONCE_OBSERVED.items():
            if field in values and values[field] != getattr(indicator, field):
                raise BadIndicator(
                    _("もう実績があるので、「%(field)s」は変えられません。新しい指標を作ってください。")
                    % {"field": label}
                )
    for field, value in values.items():
        setattr(indicator, field, value)
    require(may_keep(actor, indicator))
    _check(indicator)
    indicator.save(update_fields=list(values))
    compute_standings([indicator.pk])
    return indicator


@transaction.atomic
def add_break(*, actor: User, indicator_id: UUID, on: date, reason: str, at: datetime) -> SeriesBreak:
    """Say that from a day on a figure is counted in another way.

    Raises:
        BadIndicator: no reason is given, or there is a break on that day.
    """
    indicator = indicators_visible_to(actor).select_for_update(of=("self",)).get(pk=indicator_id)
    require(may_keep(actor, indicator))
    if not reason.strip():
        raise BadIndicator(_("何が変わったのか、書いてください。"))
    if on > at.date():
        raise BadIndicator(_("変わる日が、まだ来ていません。"))
    if SeriesBreak.objects.filter(indicator=indicator, on=on).exists():
        raise BadIndicator(_("その日の区切りは、もうあります。"))
    made = SeriesBreak.objects.create(indicator=indicator, on=on, reason=reason.strip())
    compute_standings([indicator.pk])
    return made


def _check(indicator: Indicator) -> None:
    """Rules that hold whoever defines it.

    An outcome needs a denominator: how many came says nothing without how many tried or needed it.
    """
    if indicator.kind == Indicator.Kind.OUTCOME and not indicator.denominator.strip():
        raise BadIndicator(_("アウトカムには分母がいります。人数の多さだけでは、よくなったとは言えません。"))
    sampled = indicator.uncertainty == Indicator.Uncertainty.STANDARD_ERROR
    if indicator.source == Indicator.Source.SURVEY and not sampled:
        raise BadIndicator(_("調査による推計は、標準誤差から誤差を出してください。"))
    if indicator.source != Indicator.Source.LIVE and indicator.registry_key:
        raise BadIndicator(_("自動で計算する関数は、「仕事の記録から自動で」のときだけ書けます。"))
    if indicator.source == Indicator.Source.LIVE and not indicator.registry_key:
        raise BadIndicator(_("自動で計算する関数の名前を書いてください。"))
    if indicator.uncertainty == Indicator.Uncertainty.COUNTS and not indicator.denominator.strip():
        raise BadIndicator(_("件数から誤差を出すには、分子と分母の説明がいります。"))
    if indicator.retired_on is not None and indicator.retired_on < indicator.starts_on:
        raise BadIndicator(_("やめた日が、数えはじめる日より前です。"))
