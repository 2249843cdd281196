"""Figures: what they mean (in SDMX's concepts), what was observed, with what evidence.

An observation is never overwritten: a correction is a new revision, and the database refuses everything else
(trigger in migration 0002).
"""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from tsunagari.accounts.models import Organization
from tsunagari.plan.models.text import Measure, Plan

SDMX = {
    "STAT_CONC_DEF": "definition",
    "UNIT_MEASURE": "unit",
    "FREQ": "frequency",
    "SOURCE_TYPE": "source_type",
    "REL_CAL_POLICY": "release_calendar",
    "COMPARABILITY": "comparability",
    "REC_USE_LIM": "restrictions",
    "DATA_COMP": "computation",
}
"""SDMX's concept (cross-domain concepts and the SDG metadata structure) → our field."""


class Indicator(models.Model):
    """A figure's definition. ``unit`` ratio is a share of one, shown in percent.

    ``registry_key`` names the function of `core.indicators` that computes a live one; empty where no app
    measures it yet: then it is *not measured*.
    """

    class Kind(models.TextChoices):
        ACTIVITY = "activity", _("活動")
        OUTPUT = "output", _("アウトプット")
        OUTCOME = "outcome", _("アウトカム")

    class Better(models.TextChoices):
        UP = "up", _("大きいほどよい")
        DOWN = "down", _("小さいほどよい")

    class Frequency(models.TextChoices):
        """SDMX's code list CL_FREQ."""

        ANNUAL = "A", _("毎年")
        HALF = "S", _("半年ごと")
        QUARTER = "Q", _("四半期ごと")
        MONTH = "M", _("毎月")

    class Source(models.TextChoices):
        LIVE = "live", _("仕事の記録から自動で")
        SURVEY = "survey", _("調査による推計")
        ENTERED = "entered", _("担当者の入力（根拠つき）")

    class Uncertainty(models.TextChoices):
        STANDARD_ERROR = "standard_error", _("標準誤差から")
        COUNTS = "counts", _("件数から（ウィルソンの区間）")
        NONE = "none", _("誤差のない全数の値")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.SlugField(_("記号"), max_length=80, unique=True)
    name_ja = models.CharField(_("名前"), max_length=200)
    name_en = models.CharField(_("名前（英語）"), max_length=200)
    definition = models.TextField(_("定義"))
    definition_en = models.TextField(_("定義（英語）"), blank=True)
    unit = models.CharField(_("単位"), max_length=40)
    kind = models.CharField(_("種類"), max_length=8, choices=Kind.choices)
    better = models.CharField(_("よい向き"), max_length=4, choices=Better.choices)
    frequency = models.CharField(_("頻度"), max_length=1, choices=Frequency.choices)
    source = models.CharField(_("もと"), max_length=8, choices=Source.choices)
    uncertainty = models.CharField(_("誤差の出し方"), max_length=14, choices=Uncertainty.choices)
    registry_key = models.CharField(_("自動で計算する関数"), max_length=120, blank=True)
    numerator = models.TextField(_("分子"), blank=True)
    denominator = models.TextField(_("分母"), blank=True)
    exclusions = models.TextField(_("数えないもの"), blank=True)
    source_type = models.TextField(_("データのもと"), blank=True)
    release_calendar = models.TextField(_("公表の予定"), blank=True)
    comparability = models.TextField(_("比べるときの注意"), blank=True)
    restrictions = models.TextField(_("使うときの限界"), blank=True)
    due_days = models.PositiveSmallIntegerField(_("期間の終わりから何日で出すか"), default=90)
    live_areas = models.BooleanField(_("都道府県ごとにも計算する"), default=False)
    starts_on = models.DateField(_("数えはじめる日"))
    owner = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="indicators")
    retired_on = models.DateField(_("やめた日"), null=True, blank=True)

    class Meta:
        ordering = ["key"]
        indexes = [models.Index(fields=["owner", "key"], name="indicator_of_owner")]
        constraints = [
            models.CheckConstraint(
                name="indicator_kind_known", condition=Q(kind__in=["activity", "output", "outcome"])
            ),
            models.CheckConstraint(name="indicator_better_known", condition=Q(better__in=["up", "down"])),
            models.CheckConstraint(
                name="indicator_frequency_known", condition=Q(frequency__in=["A", "S", "Q", "M"])
            ),
            models.CheckConstraint(
                name="indicator_source_known", condition=Q(source__in=["live", "survey", "entered"])
            ),
            models.CheckConstraint(
                name="indicator_uncertainty_known",
                condition=Q(uncertainty__in=["standard_error", "counts", "none"]),
            ),
            models.CheckConstraint(
                name="indicator_survey_has_error",
                condition=~Q(source="survey") | Q(uncertainty="standard_error"),
            ),
            models.CheckConstraint(
                name="indicator_only_live_is_computed", condition=Q(source="live") | Q(registry_key="")
            ),
            models.CheckConstraint(name="indicator_unit_given", condition=~Q(unit="")),
        ]

    def __str__(self) -> str:
        return self.name_ja

    @property
    def name(self) -> str:
        """Its name in the language of the request."""
        return self.name_en if get_language() == "en" else self.name_ja

    @property
    def meaning(self) -> str:
        """Its definition in the language of the request, as far as it is written."""
        return self.definition_en or self.definition if get_language() == "en" else self.definition

    @property
    def computation(self) -> str:
        """SDMX's DATA_COMP: numerator ÷ denominator, and what is left out."""
        parts = [f"{self.numerator} ÷ {self.denominator}" if self.denominator else self.numerator]
        return " ／ ".join(part for part in (*parts, self.exclusions) if part)


class MeasureIndicator(models.Model):
    """A measure is judged by an indicator."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    measure = models.ForeignKey(Measure, on_delete=models.PROTECT, related_name="measure_indicators")
    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT, related_name="measure_indicators")

    class Meta:
        ordering = ["measure", "indicator"]
        constraints = [
            models.UniqueConstraint(name="measure_indicator_once", fields=["measure", "indicator"])
        ]

    def __str__(self) -> str:
        return f"{self.measure_id} {self.indicator_id}"


class TargetIndicator(models.Model):
    """The indicator by which a target is judged, through all versions that carry the target on."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="target_indicators")
    lineage_id = models.UUIDField(unique=True)
    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT, related_name="target_indicators")

    def __str__(self) -> str:
        return f"{self.lineage_id} {self.indicator_id}"


class SeriesBreak(models.Model):
    """From this day on the figure is counted in another way: what was before is not compared with it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT, related_name="breaks")
    on = models.DateField(_("変わった日"))
    reason = models.TextField(_("何が変わったか"))

    class Meta:
        ordering = ["indicator", "on"]
        constraints = [
            models.UniqueConstraint(name="series_break_once", fields=["indicator", "on"]),
            models.CheckConstraint(name="series_break_has_reason", condition=~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.on} {self.reason}"


class LogicEdge(models.Model):
    """In a measure's logic model, one indicator leads to another: activity → output → outcome."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    measure = models.ForeignKey(Measure, on_delete=models.PROTECT, related_name="logic_edges")
    from_indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT, related_name="edges_out")
    to_indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT, related_name="edges_in")
    why = models.CharField(_("そう考える理由"), max_length=300, blank=True)

    class Meta:
        ordering = ["measure", "from_indicator", "to_indicator"]
        constraints = [
            models.UniqueConstraint(
                name="logic_edge_once", fields=["measure", "from_indicator", "to_indicator"]
            ),
            models.CheckConstraint(
                name="logic_edge_not_to_itself", condition=~Q(from_indicator=F("to_indicator"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.from_indicator_id} → {self.to_indicator_id}"


class Observation(models.Model):
    """What was observed of an indicator, for an area (None: the whole country) and a period.

    ``made_by`` is the person who entered it, ``maker`` what computed it. Of the revisions of one figure one
    is ``current``.
    """

    class State(models.TextChoices):
        MEASURED = "measured", _("測った")
        SUPPRESSED = "suppressed", _("秘匿")
        NOT_MEASURED = "not_measured", _("測っていない")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT, related_name="observations")
    area = models.ForeignKey(
        "core.Area", null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    begins_on = models.DateField(_("はじまり"))
    ends_on = models.DateField(_("おわり"))
    state = models.CharField(max_length=12, choices=State.choices)
    value = models.FloatField(_("値"), null=True, blank=True)
    numerator = models.FloatField(_("分子"), null=True, blank=True)
    denominator = models.FloatField(_("分母"), null=True, blank=True)
    standard_error = models.FloatField(_("標準誤差"), null=True, blank=True)
    revision = models.PositiveSmallIntegerField(default=1)
    current = models.BooleanField(default=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+",
        db_index=False,
    )  # fmt: skip
    maker = models.CharField(max_length=120, blank=True)
    made_at = models.DateTimeField()
    code_version = models.CharField(max_length=64, blank=True)
    data_version = models.CharField(max_length=200, blank=True)
    note = models.TextField(_("注"), blank=True)
    why_corrected = models.TextField(_("訂正の理由"), blank=True)

    class Meta:
        ordering = ["indicator", "area", "ends_on", "revision"]
        indexes = [
            # a page of an area reads the series of its indicators one after the other
            models.Index(
                fields=["area", "indicator", "ends_on"], name="observation_series", condition=Q(current=True)
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                name="observation_current_once",
                fields=["indicator", "area", "begins_on", "ends_on"],
                condition=Q(current=True),
                nulls_distinct=False,
            ),
            models.UniqueConstraint(
                name="observation_revision_once",
                fields=["indicator", "area", "begins_on", "ends_on", "revision"],
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="observation_period_in_order", condition=Q(ends_on__gte=F("begins_on"))
            ),
            models.CheckConstraint(
                name="observation_value_as_state_says",
                condition=Q(state="measured", value__isnull=False)
                | Q(state="suppressed", value=None, numerator=None, standard_error=None)
                | Q(state="not_measured", value=None, numerator=None, denominator=None, standard_error=None),
            ),
            models.CheckConstraint(
                name="observation_error_not_negative",
                condition=Q(standard_error=None) | Q(standard_error__gte=0),
            ),
            models.CheckConstraint(
                name="observation_denominator_positive", condition=Q(denominator=None) | Q(denominator__gt=0)
            ),
            models.CheckConstraint(
                name="observation_says_who", condition=Q(made_by__isnull=False) | ~Q(maker="")
            ),
            models.CheckConstraint(
                name="observation_correction_says_why", condition=Q(revision=1) | ~Q(why_corrected="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.indicator_id} {self.area_id or ''} {self.ends_on} {self.value}"


class Evidence(models.Model):
    """A file that shows where an entered figure comes from. Kept with its digest, given out as a download."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    observation = models.ForeignKey(Observation, on_delete=models.PROTECT, related_name="evidence")
    name = models.CharField(max_length=120)
    media_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    content = models.BinaryField()
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()

    class Meta:
        ordering = ["observation", "uploaded_at"]
        constraints = [models.CheckConstraint(name="evidence_not_empty", condition=Q(size__gt=0))]

    def __str__(self) -> str:
        return self.name


class Standing(models.Model):
    """Where an indicator stands in an area: its newest observation and what may be said of the change.

    Computed from observations and targets (`services.standings`), so that a page counts without reading
    series. A row is there for every indicator nationwide, and for each area with an observation.
    """

    id = models.BigAutoField(primary_key=True)
    indicator = models.ForeignKey(
        Indicator, on_delete=models.CASCADE, related_name="standings", db_index=False
    )
    area = models.ForeignKey(
        "core.Area", null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    latest = models.ForeignKey(
        Observation, null=True, blank=True, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    progress = models.CharField(max_length=16)
    change = models.CharField(max_length=12)
    reason = models.CharField(max_length=20, blank=True)
    since = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="standing_once", fields=["area", "indicator"], nulls_distinct=False),
        ]

    def __str__(self) -> str:
        return f"{self.indicator_id} {self.area_id or ''} {self.progress}"
