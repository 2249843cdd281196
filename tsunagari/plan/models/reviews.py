"""The yearly review of a version, and what it asks of the next one."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tsunagari.plan.models.text import Measure, Plan, PlanVersion


class Review(models.Model):
    """A fiscal year's review of a version; `services.reviews.TRANSITIONS` is its life.

    ``template`` holds the questions as they stood when it was opened (``data/review_template.json``).
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("各府省が記入中")
        WITH_EXPERTS = "with_experts", _("有識者の意見を聞いている")
        PUBLISHED = "published", _("公表")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, related_name="reviews")
    fiscal_year = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.DRAFT)
    template = models.JSONField()
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-fiscal_year"]
        constraints = [
            models.UniqueConstraint(name="review_once_a_year", fields=["version", "fiscal_year"]),
            models.CheckConstraint(
                name="review_published_when_it_says_so",
                condition=Q(state="published", published_at__isnull=False)
                | Q(state__in=["draft", "with_experts"], published_at=None),
            ),
            models.CheckConstraint(
                name="review_year_plausible", condition=Q(fiscal_year__gte=2000, fiscal_year__lte=2100)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.fiscal_year}"


class ReviewItem(models.Model):
    """One measure in a review: the figures as they stood, 事例 beside them, 評価 and 改善の方向性."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="items")
    measure = models.ForeignKey(Measure, on_delete=models.PROTECT, related_name="review_items")
    title = models.CharField(max_length=200)
    figures = models.JSONField(default=list)
    narrative = models.TextField(_("事例（数字では見えないこと）"), blank=True)
    assessment = models.TextField(_("評価"), blank=True)
    direction = models.TextField(_("改善の方向性"), blank=True)
    revision = models.PositiveIntegerField(default=0)
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    edited_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["review", "measure__key"]
        constraints = [models.UniqueConstraint(name="review_item_once", fields=["review", "measure"])]

    def __str__(self) -> str:
        return self.title


class ExpertOpinion(models.Model):
    """What an outside expert said of a review, or of one measure in it; published with the review."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="opinions")
    item = models.ForeignKey(
        ReviewItem, null=True, blank=True, on_delete=models.PROTECT, related_name="opinions"
    )
    expert = models.CharField(_("有識者（氏名・所属）"), max_length=200)
    text = models.TextField(_("意見"))
    given_on = models.DateField(_("意見の日"))
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["review", "given_on", "recorded_at"]
        constraints = [
            models.CheckConstraint(name="opinion_says_something", condition=~Q(text="") & ~Q(expert=""))
        ]

    def __str__(self) -> str:
        return self.expert


class ChangeRequest(models.Model):
    """Something that the next version has to answer: accepted (and carried into a draft) or declined."""

    class Kind(models.TextChoices):
        MISSED = "missed", _("目標に届かなかった")
        NOT_MEASURED = "not_measured", _("目標に届いたか、測れていない")
        REVIEW = "review", _("評価から")

    class State(models.TextChoices):
        OPEN = "open", _("答えを待っている")
        ACCEPTED = "accepted", _("次の版で見直す")
        DECLINED = "declined", _("見直さない")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="change_requests")
    measure = models.ForeignKey(Measure, on_delete=models.PROTECT, related_name="change_requests")
    # the target through all versions, as `Target.lineage_id`
    target_lineage_id = models.UUIDField(null=True, blank=True)
    target_text = models.CharField(max_length=500, blank=True)
    deadline_on = models.DateField(null=True, blank=True)
    review_item = models.ForeignKey(
        ReviewItem, null=True, blank=True, on_delete=models.PROTECT, related_name="change_requests"
    )
    kind = models.CharField(max_length=12, choices=Kind.choices)
    reason = models.TextField()
    opened_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    answer = models.TextField(_("理由"), blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)
    carried_into = models.ForeignKey(
        PlanVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="carried_requests"
    )

    class Meta:
        ordering = ["opened_at", "id"]
        indexes = [models.Index(fields=["plan", "state"], name="change_request_of_plan")]
        constraints = [
            models.UniqueConstraint(
                name="change_request_once_for_a_deadline",
                fields=["plan", "target_lineage_id", "deadline_on"],
                condition=Q(target_lineage_id__isnull=False),
            ),
            models.CheckConstraint(name="change_request_has_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="change_request_answered_with_reason",
                condition=Q(state="open", answered_at=None, answered_by=None, answer="")
                | (Q(state__in=["accepted", "declined"], answered_at__isnull=False) & ~Q(answer="")),
            ),
            models.CheckConstraint(
                name="change_request_carried_if_accepted",
                condition=Q(carried_into=None) | Q(state="accepted"),
            ),
        ]

    def __str__(self) -> str:
        return self.reason[:40]
