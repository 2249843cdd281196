"""Observations: entered with evidence, computed from the work, corrected by a new revision."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from tsunagari.accounts.models import User
from tsunagari.accounts.policies import require
from tsunagari.core import indicators as registry
from tsunagari.core.areas import AreaNode, area_tree
from tsunagari.core.errors import RuleBroken
from tsunagari.core.indicators import Period
from tsunagari.core.shared_pages import release_of
from tsunagari.plan.models import Evidence, Indicator, Observation
from tsunagari.plan.periods import MONTHS, last_whole_period
from tsunagari.plan.selectors.indicators import (
    RATIO,
    TOKYO,
    indicators_visible_to,
    may_keep,
    observations_visible_to,
)
from tsunagari.plan.services.evidence import Checked, File, check_evidence
from tsunagari.plan.services.standings import compute_standings

EARLIEST = date(1950, 1, 1)
CLOSE_ENOUGH = 0.005
"""How far a share that somebody rounded may be from numerator ÷ denominator."""


class BadFigure(RuleBroken):
    """What was entered contradicts itself or the indicator's definition."""


class AlreadyObserved(RuleBroken):
    """There is a figure of this indicator, area and period: it is to be corrected."""


class StaleObservation(RuleBroken):
    """The observation that was to be corrected has been corrected by somebody else."""


@dataclass(frozen=True, slots=True)
class Figure:
    """What is observed. ``area_code`` "" is the whole country."""

    begins_on: date
    ends_on: date
    state: str = Observation.State.MEASURED
    value: float | None = None
    numerator: float | None = None
    denominator: float | None = None
    standard_error: float | None = None
    area_code: str = ""
    note: str = ""
    data_version: str = ""


@cache
def code_version() -> str:
    """The version of the code that computes live figures."""
    return release_of(settings.BASE_DIR)


@transaction.atomic
def record_observation(
    *, actor: User, indicator_id: UUID, figure: Figure, files: Iterable[File] = (), at: datetime
) -> Observation:
    """Write down a figure with its evidence, and where the indicator stands now.

    Raises:
        BadFigure: it contradicts itself or the indicator.
        AlreadyObserved: there is one of this area and period.
        EvidenceRefused: a file may not be kept.
    """
    indicator = indicators_visible_to(actor).select_for_update(of=("self",)).get(pk=indicator_id)
    require(may_keep(actor, indicator))
    evidence = check_evidence(list(files))
    figure = _checked(indicator, figure, has_evidence=bool(evidence), at=at)
    if _current(indicator, figure) is not None:
        raise AlreadyObserved(_("この期間と地域の値は、もうあります。変えるときは「訂正する」からどうぞ。"))
    return _write(indicator, figure, actor=actor, evidence=evidence, at=at)


@transaction.atomic
def correct_observation(
    *,
    actor: User,
    observation_id: UUID,
    figure: Figure,
    why: str,
    files: Iterable[File] = (),
    at: datetime,
) -> Observation:
    """Correct a figure: the old one stays to be read, the new one is current. Area and period stay.

    Raises:
        StaleObservation: it is no longer the current one.
        BadFigure: no reason is given, or the figure contradicts itself.
        EvidenceRefused: a file may not be kept.
    """
    found = observations_visible_to(actor).get(pk=observation_id)
    indicator = Indicator.objects.select_for_update().get(pk=found.indicator_id)
    require(may_keep(actor, indicator))
    old = Observation.objects.get(pk=found.pk)
    if not old.current:
        raise StaleObservation(
            _("この値は、ほかの人がさきに訂正しています。いまの値を見てから、もう一度お試しください。")
        )
    if not why.strip():
        raise BadFigure(_("訂正の理由を書いてください。"))
    evidence = check_evidence(list(files))
    figure = replace(figure, area_code=old.area_id or "", begins_on=old.begins_on, ends_on=old.ends_on)
    has_evidence = bool(evidence) or Evidence.objects.filter(observation=old).exists()
    figure = _checked(indicator, figure, has_evidence=has_evidence, at=at)
    return _write(indicator, figure, actor=actor, evidence=evidence, at=at, before=old, why=why.strip())


@transaction.atomic
def observe_live(*, indicator_id: UUID, period: Period, area: AreaNode | None, at: datetime) -> Observation:
    """Compute a live figure and keep it; the same figure again changes nothing, another one corrects it.

    A figure that no app measures yet is kept as *not measured*.
    """
    indicator = Indicator.objects.select_for_update().get(pk=indicator_id, source=Indicator.Source.LIVE)
    try:
        found = registry.observe(indicator.registry_key, area, period)
        note = ""
    except registry.UnknownIndicator:
        found, note = registry.NOT_MEASURED, "no app measures it yet"
    state = Observation.State.MEASURED
    if found.suppressed:
        state = Observation.State.SUPPRESSED
    elif found.value is None:
        state = Observation.State.NOT_MEASURED
    measured = state != Observation.State.NOT_MEASURED
    figure = Figure(
        period.begins_on, period.ends_on, state, found.value, found.numerator,
        found.denominator if measured and found.denominator else None,
        found.standard_error, area.code if area else "", note, f"{at.astimezone(TOKYO):%Y-%m-%dT%H:%M%z}",
    )  # fmt: skip
    before = _current(indicator, figure)
    if before is not None and _same(before, figure):
        return before
    maker = f"core.indicators:{indicator.registry_key}"
    return _write(
        indicator, figure, maker=maker, at=at, before=before, why="computed again" if before else ""
    )


def observe_period(*, indicator_id: UUID, at: datetime) -> int:
    """Keep the last whole period of a live indicator, of the country and, if it says so, each prefecture.

    What was measured stays; what was not is tried again. Returns how many were computed.
    """
    indicator = Indicator.objects.get(pk=indicator_id)
    period = last_whole_period(indicator.frequency, at.astimezone(TOKYO).date())
    if period.ends_on < indicator.starts_on:
        return 0
    areas: list[AreaNode | None] = [None]
    if indicator.live_areas:
        areas += [area for area in area_tree().values() if area.parent_code is None]
    there = set(
        Observation.objects.filter(
            indicator=indicator, current=True, begins_on=period.begins_on, ends_on=period.ends_on
        )
        .exclude(state=Observation.State.NOT_MEASURED)
        .values_list("area_id", flat=True)
    )
    missing = [area for area in areas if (area.code if area else None) not in there]
    for area in missing:
        observe_live(indicator_id=indicator_id, period=period, area=area, at=at)
    return len(missing)


def live_indicator_ids(at: datetime) -> list[UUID]:
    """The live indicators that are still kept."""
    today = at.astimezone(TOKYO).date()
    live = Indicator.objects.filter(source=Indicator.Source.LIVE).exclude(retired_on__lte=today)
    return list(live.order_by("key").values_list("pk", flat=True))


def keep_published(*, indicator: Indicator, figure: Figure, maker: str, at: datetime) -> Observation | None:
    """Keep a figure that a data file has, unless there is one of this period; None if there is."""
    if _current(indicator, figure) is not None:
        return None
    return _write(indicator, figure, maker=maker, at=at)


def _current(indicator: Indicator, figure: Figure) -> Observation | None:
    return Observation.objects.filter(
        indicator=indicator,
        area=figure.area_code or None,
        begins_on=figure.begins_on,
        ends_on=figure.ends_on,
        current=True,
    ).first()


def _same(old: Observation, new: Figure) -> bool:
    return (old.state, old.value, old.numerator, old.denominator, old.standard_error) == (
        new.state, new.value, new.numerator, new.denominator, new.standard_error,
    )  # fmt: skip


def _write(
    indicator: Indicator,
    figure: Figure,
    *,
    at: datetime,
    actor: User | None = None,
    maker: str = "",
    evidence: Iterable[Checked] = (),
    before: Observation | None = None,
    why: str = "",
) -> Observation:
    if before is not None:
        before.current = False
        before.save(update_fields=["current"])
    try:
        with transaction.atomic():
            written = Observation.objects.create(
                indicator=indicator,
                area_id=figure.area_code or None,
                begins_on=figure.begins_on,
                ends_on=figure.ends_on,
                state=figure.state,
                value=figure.value,
                numerator=figure.numerator,
                denominator=figure.denominator,
                standard_error=figure.standard_error,
                revision=before.revision + 1 if before else 1,
                made_by=actor,
                maker=maker,
                made_at=at,
                code_version=code_version() if maker.startswith("core.indicators") else "",
                data_version=figure.data_version,
                note=figure.note,
                why_corrected=why,
            )
    except IntegrityError as broken:  # what the locks leave: somebody wrote it by another way
        raise AlreadyObserved(_("この期間と地域の値は、もうあります。")) from broken
    if actor is not None:
        _keep_evidence(written, evidence, actor, at)
    compute_standings([indicator.pk])
    return written


def _keep_evidence(observation: Observation, files: Iterable[Checked], actor: User, at: datetime) -> None:
    for file in files:
        Evidence.objects.create(
            observation=observation,
            name=file.name,
            media_type=file.media_type,
            size=len(file.content),
            digest=file.digest,
            content=file.content,
            uploaded_by=actor,
            uploaded_at=at,
        )


def _checked(indicator: Indicator, figure: Figure, *, has_evidence: bool, at: datetime) -> Figure:
    """The figure as it may be kept: a share computed from its counts, nothing where nothing was measured."""
    if indicator.source == Indicator.Source.LIVE:
        raise BadFigure(_("この指標は仕事の記録から自動で計算しています。手では入れられません。"))
    _check_period(indicator, figure, at)
    if figure.area_code and figure.area_code not in area_tree():
        raise BadFigure(_("その地域はありません。"))
    numbers = (figure.value, figure.numerator, figure.denominator, figure.standard_error)
    if any(number is not None and not math.isfinite(number) for number in numbers):
        raise BadFigure(_("数字として読めない値があります。"))
    if figure.state == Observation.State.NOT_MEASURED:
        if any(number is not None for number in numbers):
            raise BadFigure(_("「測っていない」ときは、数字を空にしてください。"))
        return figure
    if figure.denominator is not None and figure.denominator <= 0:
        raise BadFigure(_("分母は0より大きい数です。"))
    if figure.state == Observation.State.SUPPRESSED:
        if figure.value is not None or figure.numerator is not None or figure.standard_error is not None:
            raise BadFigure(_("「秘匿」のときは、値と分子と標準誤差を空にしてください。"))
        return figure
    figure = _with_value(indicator, figure)
    if indicator.uncertainty == Indicator.Uncertainty.STANDARD_ERROR and figure.standard_error is None:
        raise BadFigure(_("この指標は推計なので、標準誤差がいります。わからないままでは、比べられません。"))
    if figure.standard_error is not None and figure.standard_error < 0:
        raise BadFigure(_("標準誤差は0以上の数です。"))
    if indicator.source == Indicator.Source.ENTERED and not has_evidence:
        raise BadFigure(_("値のもとになったファイル（根拠）を、ひとつは付けてください。"))
    return figure


def _check_period(indicator: Indicator, figure: Figure, at: datetime) -> None:
    if figure.ends_on < figure.begins_on:
        raise BadFigure(_("おわりの日が、はじまりの日より前です。"))
    if figure.begins_on < EARLIEST:
        raise BadFigure(_("はじまりの日が古すぎます。"))
    if figure.ends_on > at.astimezone(TOKYO).date():
        raise BadFigure(_("おわりの日がまだ来ていません。実績は、期間が終わってから入れてください。"))
    longest = MONTHS[indicator.frequency] * 31
    if (figure.ends_on - figure.begins_on).days >= longest:
        raise BadFigure(
            _("期間が長すぎます。この指標は「%(frequency)s」です。")
            % {"frequency": indicator.get_frequency_display()}
        )


def _with_value(indicator: Indicator, figure: Figure) -> Figure:
    value, numerator, denominator = figure.value, figure.numerator, figure.denominator
    if denominator is not None and numerator is None:
        raise BadFigure(_("分母を入れたときは、分子も入れてください。"))
    if indicator.uncertainty == Indicator.Uncertainty.COUNTS and (numerator is None or denominator is None):
        raise BadFigure(_("この指標は件数から誤差を出すので、分子と分母を入れてください。"))
    if numerator is not None and denominator is not None and indicator.unit in {RATIO, "%"}:
        if not 0 <= numerator <= denominator:
            raise BadFigure(_("分子は0以上、分母以下の数です。"))
        share = numerator / denominator * (1 if indicator.unit == RATIO else 100)
        rounding = CLOSE_ENOUGH * (1 if indicator.unit == RATIO else 100)
        if value is not None and abs(value - share) > rounding:
            raise BadFigure(_("値が、分子÷分母と合いません。どちらかを確かめてください。"))
        value = share
    if value is None:
        raise BadFigure(_("値を入れてください。測っていないときは「測っていない」を選んでください。"))
    if indicator.unit == RATIO and not 0 <= value <= 1:
        raise BadFigure(_("割合は0％から100％までです。"))
    return replace(figure, value=value)
