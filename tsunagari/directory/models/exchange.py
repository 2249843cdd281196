"""Imports, what they bring and what they did; duplicates and their merging."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from tsunagari.accounts.models import Organization
from tsunagari.directory.models.services import Service


class ForeignFields(models.Model):
    """What a source says of an object for which we have no column, kept as it came (*extension*).

    ``link_entity`` and ``link_id`` name a service, organisation or place. ``fields`` maps the path of an
    object inside it ("" for itself, "phones/<id>" for one of its telephones) to its fields.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    link_entity = models.CharField(max_length=40)
    link_id = models.UUIDField()
    fields = models.JSONField()

    class Meta:
        verbose_name_plural = "foreign fields"
        constraints = [
            models.UniqueConstraint(fields=["link_id", "link_entity"], name="foreign_fields_once"),
        ]

    def __str__(self) -> str:
        return f"{self.link_entity} {self.link_id}"


class ImportRun(models.Model):
    """One file brought into the directory: from its reading to its publication, and back when undone.

    The states and the ways between them are ``exchange.runs.TRANSITIONS``.
    """

    class State(models.TextChoices):
        CHECKING = "checking", _("確認しています")
        CHECKED = "checked", _("確認しました")
        IMPORTING = "importing", _("取り込んでいます")
        DONE = "done", _("取り込みました")
        FAILED = "failed", _("取り込めませんでした")
        UNDONE = "undone", _("取り消しました")

    class Policy(models.TextChoices):
        KEEP = "keep", _("人が直した項目は、そのまま残す")
        OVERWRITE = "overwrite", _("人が直した項目も、書きかえる")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    organization = models.ForeignKey(
        Organization, null=True, blank=True, on_delete=models.PROTECT, related_name="import_runs"
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    restricted = models.BooleanField(
        default=False, help_text="この団体のもの、この団体が取り込んだものだけを変える"
    )
    source = models.CharField(max_length=100, help_text="出どころ。項目の番号は、その中だけで一つに決まる")
    file_name = models.CharField(max_length=200)
    file_digest = models.CharField(max_length=64)
    file_size = models.BigIntegerField()
    format = models.CharField(max_length=40)
    options = models.JSONField(default=dict, blank=True, help_text="形式ごとの読み方（列の対応など）")
    policy = models.CharField(max_length=10, choices=Policy.choices, default=Policy.KEEP)
    state = models.CharField(max_length=10, choices=State.choices, default=State.CHECKING)
    records_read = models.PositiveIntegerField(
        default=0, help_text="ここまで読んだ。止まったら、ここから続ける"
    )
    rows_seen = models.PositiveIntegerField(default=0)
    rows_total = models.PositiveIntegerField(null=True, blank=True)
    published = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict, blank=True)
    failure_ja = models.CharField(max_length=500, blank=True)
    failure_en = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    # an undoing is asked for, and done by a job; until its one transaction ends, the run stays done
    undo_asked_at = models.DateTimeField(null=True, blank=True)
    undo_keeps_changed = models.BooleanField(default=False)
    undo_total = models.PositiveIntegerField(null=True, blank=True)
    undo_seen = models.PositiveIntegerField(default=0)
    undo_conflicts = models.JSONField(
        null=True, blank=True, help_text="最後に取り消そうとしたとき、そのあとに変わっていたもの"
    )

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["file_digest"], name="import_run_file")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["checking", "checked", "importing", "done", "failed", "undone"]),
                name="import_run_state_known",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["done", "undone"]) | Q(finished_at__isnull=False),
                name="import_run_done_when",
            ),
            models.CheckConstraint(
                condition=Q(undo_asked_at=None) | Q(state="done"), name="import_run_undoing_what_is_done"
            ),
            models.CheckConstraint(
                condition=Q(state="undone") ^ Q(undone_at=None), name="import_run_undone_when"
            ),
            models.CheckConstraint(
                condition=Q(restricted=False) | Q(organization__isnull=False), name="import_run_of_whom"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.file_name} {self.state}"


class ImportRow(models.Model):
    """One object that a run brings: what its source says, and what became of it.

    It is also the provenance of each field: what stands in ``payload`` and not in ``kept`` was set by the
    run. ``payload`` maps tables to rows, each with the columns that the source gives; ``before`` holds the
    rows that stood there before, null for a new object.
    """

    class Action(models.TextChoices):
        UNDECIDED = "", _("まだ決まっていません")
        CREATED = "created", _("新しく載る")
        CHANGED = "changed", _("変わる")
        UNCHANGED = "unchanged", _("同じ")
        REFUSED = "refused", _("載せられない")

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="rows")
    kind = models.CharField(max_length=16)
    object_id = models.UUIDField()
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=200, blank=True)
    payload = models.JSONField()
    match_keys = ArrayField(models.BigIntegerField(), null=True, blank=True)
    action = models.CharField(max_length=10, choices=Action.choices, default=Action.UNDECIDED, blank=True)
    changes = models.JSONField(null=True, blank=True)
    kept = ArrayField(models.CharField(max_length=60), null=True, blank=True)
    before = models.JSONField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["object_id", "kind", "run"], name="import_row_once"),
        ]
        indexes = [models.Index(fields=["run", "kind", "id"], name="import_row_order")]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id} {self.action}"


class ImportProblem(models.Model):
    """What was wrong with a field of a row: an error (not imported), a warning or a note."""

    class Severity(models.TextChoices):
        ERROR = "error", _("載せられない")
        WARNING = "warning", _("確かめてください")
        NOTE = "note", _("お知らせ")

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="problems")
    number = models.PositiveIntegerField(help_text="行（JSON では何番目か）、0 はファイル全体")
    part = models.CharField(max_length=120, blank=True, help_text="ZIP の中のファイル、表の名前")
    field = models.CharField(max_length=120, blank=True)
    value = models.CharField(max_length=200, blank=True)
    code = models.CharField(max_length=40)
    severity = models.CharField(max_length=8, choices=Severity.choices)
    sentence_ja = models.CharField(max_length=500)
    sentence_en = models.CharField(max_length=500)

    class Meta:
        ordering = ["number", "id"]
        indexes = [models.Index(fields=["run", "severity", "number"], name="import_problem_order")]
        constraints = [
            models.CheckConstraint(
                condition=Q(severity__in=["error", "warning", "note"]), name="import_problem_severity"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.field} {self.code}"


class MatchKey(models.Model):
    """A key by which services that may be the same find each other; derived, like a search row.

    ``key`` is a 64-bit digest of a kind and a value (a number, an address of the web, a name in an area).
    No foreign key: keys of services that are gone are ignored and swept.
    """

    id = models.BigAutoField(primary_key=True)
    service_id = models.UUIDField()
    key = models.BigIntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["key"], name="match_key"),
            models.Index(fields=["service_id"], name="match_key_service"),
        ]

    def __str__(self) -> str:
        return f"{self.service_id} {self.key}"


class MergeProposal(models.Model):
    """Two services that look like one, and why. A declined pair is remembered and not proposed again."""

    class State(models.TextChoices):
        OPEN = "open", _("未判断")
        ACCEPTED = "accepted", _("同じもの")
        DECLINED = "declined", _("別のもの")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    first = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="+")
    run = models.ForeignKey(
        ImportRun, null=True, blank=True, on_delete=models.SET_NULL, related_name="merge_proposals"
    )
    score = models.PositiveSmallIntegerField()
    reasons = models.JSONField(help_text='[{"code": "same_phone", "value": "…"}]')
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    created_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["-score", "created_at"]
        indexes = [models.Index(fields=["state", "-score"], name="merge_proposal_order")]
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="merge_proposal_once"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="merge_proposal_in_order"),
            models.CheckConstraint(condition=Q(score__lte=100), name="merge_proposal_score"),
            models.CheckConstraint(
                condition=Q(state="open") ^ Q(decided_at__isnull=False), name="merge_proposal_decided_when"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} = {self.second_id}? {self.score}"


class Merge(models.Model):
    """Two services became one: what stood before, so that it can be undone exactly.

    The merged service stays as a defunct row without children, and its addresses lead to the survivor.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    survivor = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="merges")
    merged = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="merged_into")
    before = models.JSONField()
    after = models.JSONField()
    merged_at = models.DateTimeField()
    merged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-merged_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["merged"], condition=Q(undone_at=None), name="merge_of_a_service_once"
            ),
            models.CheckConstraint(condition=~Q(survivor=F("merged")), name="merge_of_two"),
        ]

    def __str__(self) -> str:
        return f"{self.merged_id} → {self.survivor_id}"
