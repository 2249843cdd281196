"""The plan's text: versions, chapters, policies, measures and the paragraphs of both.

A measure is permanent (`Measure`, "M01"); what a version says of it is a `MeasureText`. A paragraph keeps its
``paragraph_id`` through the versions, so that a comment, a citation and a comparison point at the same one.
Triggers (migration 0001) refuse every change to the text of a version that has been decided.
"""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from tsunagari.accounts.models import Organization


class Plan(models.Model):
    """A plan, whatever its versions. ``duties_from``: the day from which the Act's duties hold for it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.SlugField(max_length=60, unique=True)
    title = models.CharField(max_length=200)
    secretariat = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="plans_as_secretariat"
    )
    duties_from = models.DateField(null=True, blank=True)
    act = models.CharField(max_length=100, blank=True)
    loaded_digest = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return self.title


class PlanVersion(models.Model):
    """One version of a plan; `services.states.TRANSITIONS` is its life.

    ``published_at`` is when the public could first read it; a decided version is published as it is decided.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("案")
        CONSULTATION = "consultation", _("協議中")
        FINAL_DRAFT = "final_draft", _("最終案")
        DECIDED = "decided", _("決定")
        IN_FORCE = "in_force", _("実施中")
        SUPERSEDED = "superseded", _("旧版")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=200)
    state = models.CharField(max_length=14, choices=State.choices, default=State.DRAFT)
    predecessor = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="successors"
    )
    decided_on = models.DateField(null=True, blank=True)
    in_force_on = models.DateField(null=True, blank=True)
    superseded_on = models.DateField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    motion = models.ForeignKey(
        "council.Motion", null=True, blank=True, on_delete=models.PROTECT, related_name="plan_versions"
    )
    source = models.CharField(max_length=200, blank=True)
    note = models.TextField(blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["plan", "number"]
        constraints = [
            models.UniqueConstraint(name="version_number_once", fields=["plan", "number"]),
            models.UniqueConstraint(
                name="version_in_force_once", fields=["plan"], condition=Q(state="in_force")
            ),
            models.UniqueConstraint(
                name="version_in_work_once",
                fields=["plan"],
                condition=Q(state__in=["draft", "consultation", "final_draft"]),
            ),
            models.CheckConstraint(
                name="version_state_known",
                condition=Q(
                    state__in=["draft", "consultation", "final_draft", "decided", "in_force", "superseded"]
                ),
            ),
            models.CheckConstraint(name="version_number_from_one", condition=Q(number__gte=1)),
            models.CheckConstraint(
                name="version_decided_when_it_says_so",
                condition=Q(state__in=["draft", "consultation", "final_draft"], decided_on=None)
                | Q(
                    state__in=["decided", "in_force", "superseded"],
                    decided_on__isnull=False,
                    published_at__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="version_in_force_when_it_says_so",
                condition=Q(state__in=["in_force", "superseded"], in_force_on__isnull=False)
                | (~Q(state__in=["in_force", "superseded"]) & Q(in_force_on=None)),
            ),
            models.CheckConstraint(
                name="version_superseded_when_it_says_so",
                condition=Q(state="superseded", superseded_on__isnull=False)
                | (~Q(state="superseded") & Q(superseded_on=None)),
            ),
            models.CheckConstraint(
                name="version_days_in_order",
                condition=(Q(in_force_on=None) | Q(in_force_on__gte=F("decided_on")))
                & (Q(superseded_on=None) | Q(superseded_on__gte=F("in_force_on"))),
            ),
            models.CheckConstraint(
                name="version_not_own_predecessor",
                condition=Q(predecessor=None) | ~Q(predecessor=F("id")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} v{self.number}"


class Chapter(models.Model):
    """A chapter of a version. ``revision`` counts its savings: who writes on an old one is told."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    version = models.ForeignKey(PlanVersion, on_delete=models.CASCADE, related_name="chapters")
    number = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=200)
    note = models.CharField(max_length=500, blank=True)
    revision = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["version", "number"]
        constraints = [models.UniqueConstraint(name="chapter_number_once", fields=["version", "number"])]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class Policy(models.Model):
    """One of the version's basic policies. ``list_ends_with``: 「等」 when its measures are examples."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    version = models.ForeignKey(PlanVersion, on_delete=models.CASCADE, related_name="policies")
    number = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=300)
    list_ends_with = models.CharField(max_length=20, blank=True)

    class Meta:
        ordering = ["version", "number"]
        constraints = [models.UniqueConstraint(name="policy_number_once", fields=["version", "number"])]

    def __str__(self) -> str:
        return f"（{self.number}）{self.title}"


class Measure(models.Model):
    """A measure's permanent identity; its key is never used again, not even when the measure has ended."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="measures")
    key = models.CharField(max_length=8)

    class Meta:
        ordering = ["plan", "key"]
        constraints = [
            models.UniqueConstraint(name="measure_key_once", fields=["plan", "key"]),
            models.CheckConstraint(name="measure_key_form", condition=Q(key__regex=r"^M[0-9]{2,5}$")),
        ]

    def __str__(self) -> str:
        return self.key


class MeasureText(models.Model):
    """What one version says of a measure. ``policies`` is many; ``cross_cutting`` serves all of them.

    ``placed_by`` says who put it under its policy: the source's document, or the project where it is silent.
    """

    class PlacedBy(models.TextChoices):
        DOCUMENT = "document", _("原資料")
        PROJECT = "project", _("このサイト")
        SECRETARIAT = "secretariat", _("事務局")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    version = models.ForeignKey(PlanVersion, on_delete=models.CASCADE, related_name="measure_texts")
    measure = models.ForeignKey(Measure, on_delete=models.PROTECT, related_name="texts")
    position = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    policies = models.ManyToManyField(Policy, related_name="measure_texts")
    cross_cutting = models.BooleanField(default=False)
    source = models.JSONField(default=list)
    placed_by = models.CharField(max_length=12, choices=PlacedBy.choices, default=PlacedBy.SECRETARIAT)
    no_target_reason = models.TextField(blank=True)
    revision = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["version", "position"]
        constraints = [
            models.UniqueConstraint(name="measure_once_in_version", fields=["version", "measure"]),
            models.CheckConstraint(name="measure_text_has_title", condition=~Q(title="")),
            models.CheckConstraint(
                name="measure_placed_by_known",
                condition=Q(placed_by__in=["document", "project", "secretariat"]),
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Responsibility(models.Model):
    """A ministry that is responsible for a measure; at most one leads."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    measure_text = models.ForeignKey(MeasureText, on_delete=models.CASCADE, related_name="responsibilities")
    ministry = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="responsibilities")
    lead = models.BooleanField(default=False)

    class Meta:
        ordering = ["measure_text", "-lead", "ministry__name"]
        constraints = [
            models.UniqueConstraint(name="responsible_once", fields=["measure_text", "ministry"]),
            models.UniqueConstraint(name="one_leads", fields=["measure_text"], condition=Q(lead=True)),
        ]

    def __str__(self) -> str:
        return f"{self.ministry_id} {self.measure_text_id}"


class BudgetProject(models.Model):
    """A budget project (予算事業ID of the RS system) that pays for a measure in a fiscal year."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    measure_text = models.ForeignKey(MeasureText, on_delete=models.CASCADE, related_name="budget_projects")
    project_id = models.CharField(max_length=10)
    name = models.CharField(max_length=200)
    fiscal_year = models.PositiveSmallIntegerField()
    amount_yen = models.BigIntegerField(null=True, blank=True)
    ministry = models.ForeignKey(
        Organization, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["measure_text", "fiscal_year", "project_id"]
        constraints = [
            models.UniqueConstraint(
                name="budget_project_once", fields=["measure_text", "project_id", "fiscal_year"]
            ),
            models.CheckConstraint(
                name="budget_project_id_form", condition=Q(project_id__regex=r"^[0-9]{1,10}$")
            ),
            models.CheckConstraint(
                name="budget_amount_not_negative", condition=Q(amount_yen=None) | Q(amount_yen__gte=0)
            ),
            models.CheckConstraint(
                name="budget_year_plausible", condition=Q(fiscal_year__gte=2000, fiscal_year__lte=2100)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project_id} {self.fiscal_year}"


class Target(models.Model):
    """What a measure is to reach, and until when (the Act's article 8). ``lineage_id`` outlives versions."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    measure_text = models.ForeignKey(MeasureText, on_delete=models.CASCADE, related_name="targets")
    lineage_id = models.UUIDField(default=uuid.uuid4)
    position = models.PositiveSmallIntegerField(default=0)
    text = models.CharField(max_length=500)
    baseline = models.DecimalField(max_digits=20, decimal_places=4, null=True, blank=True)
    value = models.DecimalField(max_digits=20, decimal_places=4, null=True, blank=True)
    unit = models.CharField(max_length=40, blank=True)
    begins_on = models.DateField(null=True, blank=True)
    deadline_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["measure_text", "position"]
        constraints = [
            models.UniqueConstraint(name="target_once_in_measure", fields=["measure_text", "lineage_id"]),
            models.CheckConstraint(name="target_says_something", condition=~Q(text="")),
            models.CheckConstraint(
                name="target_value_has_unit", condition=Q(value=None, baseline=None) | ~Q(unit="")
            ),
            models.CheckConstraint(
                name="target_deadline_after_begin",
                condition=Q(begins_on=None) | Q(deadline_on=None) | Q(deadline_on__gte=F("begins_on")),
            ),
        ]

    def __str__(self) -> str:
        return self.text


class Block(models.Model):
    """One paragraph, heading, item or quotation; ``text`` may hold ``**bold**`` and ``[link](https://…)``.

    ``section`` is ``body`` in a chapter and one of 現状・課題・目標・対策 in a measure.
    """

    class Section(models.TextChoices):
        BODY = "body", _("本文")
        SITUATION = "situation", _("現状")
        CHALLENGE = "challenge", _("課題")
        GOAL = "goal", _("目標")
        ACTION = "action", _("対策")

    class Kind(models.TextChoices):
        HEADING = "heading", _("見出し")
        PARAGRAPH = "paragraph", _("段落")
        ITEM = "item", _("箇条書き")
        QUOTE = "quote", _("引用")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    version = models.ForeignKey(PlanVersion, on_delete=models.CASCADE, related_name="blocks")
    chapter = models.ForeignKey(
        Chapter, null=True, blank=True, on_delete=models.CASCADE, related_name="blocks"
    )
    measure_text = models.ForeignKey(
        MeasureText, null=True, blank=True, on_delete=models.CASCADE, related_name="blocks"
    )
    section = models.CharField(max_length=10, choices=Section.choices)
    paragraph_id = models.UUIDField(default=uuid.uuid4)
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.PARAGRAPH)
    level = models.PositiveSmallIntegerField(default=1)
    text = models.TextField()

    class Meta:
        ordering = ["version", "section", "position"]
        constraints = [
            models.UniqueConstraint(name="paragraph_once_in_version", fields=["version", "paragraph_id"]),
            models.CheckConstraint(
                name="block_in_chapter_or_measure",
                condition=Q(chapter__isnull=False, measure_text=None, section="body")
                | Q(
                    chapter=None,
                    measure_text__isnull=False,
                    section__in=["situation", "challenge", "goal", "action"],
                ),
            ),
            models.CheckConstraint(
                name="block_kind_known", condition=Q(kind__in=["heading", "paragraph", "item", "quote"])
            ),
            models.CheckConstraint(name="block_level_bounded", condition=Q(level__gte=1, level__lte=4)),
            models.CheckConstraint(name="block_not_empty", condition=~Q(text="")),
        ]

    def __str__(self) -> str:
        return self.text[:40]


class TextRevision(models.Model):
    """What a chapter or a measure said after a saving: nothing that was written is ever lost."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    chapter = models.ForeignKey(
        Chapter, null=True, blank=True, on_delete=models.CASCADE, related_name="revisions"
    )
    measure_text = models.ForeignKey(
        MeasureText, null=True, blank=True, on_delete=models.CASCADE, related_name="revisions"
    )
    number = models.PositiveIntegerField()
    content = models.JSONField()
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    edited_at = models.DateTimeField()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.CheckConstraint(
                name="revision_of_chapter_or_measure",
                condition=Q(chapter__isnull=False, measure_text=None)
                | Q(chapter=None, measure_text__isnull=False),
            ),
            models.UniqueConstraint(
                name="revision_of_chapter_once", fields=["chapter", "number"], condition=~Q(chapter=None)
            ),
            models.UniqueConstraint(
                name="revision_of_measure_once",
                fields=["measure_text", "number"],
                condition=~Q(measure_text=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.chapter_id or self.measure_text_id} {self.number}"
