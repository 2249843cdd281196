"""Meetings: when, on what, with which papers, who came, what was decided and who does what by when."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from tsunagari.accounts.models import Organization
from tsunagari.council.models.bodies import Body, Membership
from tsunagari.council.models.retention import Retained


class ScheduleItem(models.Model):
    """A line of the published schedule, in its own words (「１１月中旬～」), with the days that it can mean.

    Without ``latest_on`` the line has no end. Meetings that come of it point at it.
    """

    class Kind(models.TextChoices):
        COUNCIL = "council", _("会議")
        EXPERT_PANEL = "expert_panel", _("有識者会議")
        FORUM = "forum", _("フォーラム")
        MINISTRY_CONSULTATION = "ministry_consultation", _("各省協議")
        PUBLIC_COMMENT = "public_comment", _("意見公募")
        OTHER = "other", _("そのほか")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("種別"), max_length=24, choices=Kind.choices)
    body = models.ForeignKey(
        Body, null=True, blank=True, on_delete=models.PROTECT, related_name="schedule_items"
    )
    secretariat = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    title = models.CharField(_("内容"), max_length=200)
    date_text = models.CharField(_("時期"), max_length=60)
    earliest_on = models.DateField()
    latest_on = models.DateField(null=True, blank=True)
    tentative = models.BooleanField(_("予定"), default=False)
    note = models.CharField(_("備考"), max_length=300, blank=True)
    agenda = ArrayField(models.CharField(max_length=300), default=list, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["earliest_on", "position", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(latest_on=None) | Q(latest_on__gte=F("earliest_on")),
                name="schedule_item_latest_after_earliest",
            ),
            models.CheckConstraint(condition=Q(date_text__gt=""), name="schedule_item_in_its_own_words"),
        ]

    def __str__(self) -> str:
        return f"{self.date_text} {self.title}"


class Meeting(models.Model):
    """A meeting of a body, or a decision by circulation (持ち回り).

    ``date_text`` is what was announced; ``earliest_on`` and ``latest_on`` what it can mean; ``held_on`` the
    day once it is fixed. ``changes`` counts what calendars must know of (RFC 5545's SEQUENCE).
    """

    class State(models.TextChoices):
        PLANNED = "planned", _("予定")
        CALLED = "called", _("招集ずみ")
        HELD = "held", _("開催ずみ")
        CIRCULATED = "circulated", _("持ち回りで開催")
        CANCELLED = "cancelled", _("中止")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    body = models.ForeignKey(Body, on_delete=models.PROTECT, related_name="meetings")
    schedule_item = models.ForeignKey(
        ScheduleItem, null=True, blank=True, on_delete=models.SET_NULL, related_name="meetings"
    )
    number = models.PositiveSmallIntegerField(_("回"), null=True, blank=True)
    title = models.CharField(_("名称"), max_length=200)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PLANNED)
    by_circulation = models.BooleanField(_("持ち回り"), default=False)
    date_text = models.CharField(_("時期"), max_length=60)
    earliest_on = models.DateField()
    latest_on = models.DateField(null=True, blank=True)
    tentative = models.BooleanField(_("予定"), default=False)
    held_on = models.DateField(_("開催日"), null=True, blank=True)
    begins_at = models.TimeField(_("開始"), null=True, blank=True)
    ends_at = models.TimeField(_("終了"), null=True, blank=True)
    place = models.CharField(_("場所"), max_length=200, blank=True)
    note = models.CharField(_("備考"), max_length=500, blank=True)
    cancelled_reason = models.CharField(max_length=500, blank=True)
    published = models.BooleanField(_("公開"), default=False)
    changes = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["earliest_on", "number", "id"]
        indexes = [models.Index(fields=["body", "earliest_on"], name="meeting_of_body")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["planned", "called", "held", "circulated", "cancelled"]),
                name="meeting_state_known",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["planned", "cancelled"]) | Q(held_on__isnull=False),
                name="meeting_called_for_a_day",
            ),
            models.CheckConstraint(
                condition=(~Q(state="held") | Q(by_circulation=False))
                & (~Q(state="circulated") | Q(by_circulation=True)),
                name="meeting_held_or_circulated",
            ),
            models.CheckConstraint(
                condition=~Q(state="cancelled") | Q(cancelled_reason__gt=""),
                name="meeting_cancelled_with_reason",
            ),
            models.CheckConstraint(
                condition=Q(latest_on=None) | Q(latest_on__gte=F("earliest_on")),
                name="meeting_latest_after_earliest",
            ),
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(begins_at__isnull=False, ends_at__gt=F("begins_at")),
                name="meeting_ends_after_begin",
            ),
            models.UniqueConstraint(
                fields=["body", "number"],
                condition=~Q(state="cancelled"),
                name="meeting_number_once",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class AgendaItem(models.Model):
    """A point of the agenda (議事)."""

    class Kind(models.TextChoices):
        DECISION = "decision", _("決定")
        DISCUSSION = "discussion", _("審議")
        REPORT = "report", _("報告")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="agenda")
    position = models.PositiveSmallIntegerField()
    title = models.CharField(_("議題"), max_length=300)
    kind = models.CharField(_("種別"), max_length=10, choices=Kind.choices, default=Kind.DISCUSSION)

    class Meta:
        ordering = ["meeting", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["meeting", "position"],
                name="agenda_item_position_once",
                deferrable=models.Deferrable.DEFERRED,
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Material(Retained):
    """A paper of a meeting (資料1-2), with who may read it. Its files are versions; the newest counts."""

    class Access(models.TextChoices):
        PUBLIC = "public", _("公開")
        MEMBERS = "members", _("構成員限り")
        SECRETARIAT = "secretariat", _("庶務限り")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="materials")
    agenda_item = models.ForeignKey(
        AgendaItem, null=True, blank=True, on_delete=models.SET_NULL, related_name="materials"
    )
    position = models.PositiveSmallIntegerField(default=0)
    number = models.CharField(_("資料番号"), max_length=30)
    title = models.CharField(_("題名"), max_length=200)
    access = models.CharField(_("閲覧"), max_length=12, choices=Access.choices, default=Access.SECRETARIAT)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["meeting", "position", "number"]
        constraints = [
            *Retained.Meta.constraints,
            models.CheckConstraint(
                condition=Q(access__in=["public", "members", "secretariat"]), name="material_access_known"
            ),
            models.UniqueConstraint(
                fields=["meeting", "number"],
                condition=Q(withdrawn_at=None),
                name="material_number_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class MaterialVersion(models.Model):
    """One file of a material. Files are never changed, only followed by a newer version."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    material = models.ForeignKey(Material, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveSmallIntegerField()
    file_name = models.CharField(max_length=150)
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    pages = models.PositiveSmallIntegerField(null=True, blank=True)
    digest = models.CharField(max_length=64)
    content = models.BinaryField()
    uploaded_at = models.DateTimeField()
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["material", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["material", "number"], name="material_version_once"),
            models.CheckConstraint(condition=Q(size__gt=0), name="material_version_not_empty"),
        ]

    def __str__(self) -> str:
        return f"{self.material_id} {self.number}"


class Attendance(models.Model):
    """Whether a member came, or who came in the member's place (代理)."""

    class State(models.TextChoices):
        PRESENT = "present", _("出席")
        DEPUTY = "deputy", _("代理出席")
        ABSENT = "absent", _("欠席")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="attendances")
    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="attendances")
    state = models.CharField(max_length=8, choices=State.choices)
    deputy_name = models.CharField(_("代理の方の氏名"), max_length=80, blank=True)
    deputy_office = models.CharField(_("代理の方の官職"), max_length=120, blank=True)

    class Meta:
        ordering = ["meeting", "membership__post__position"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "membership"], name="attendance_once"),
            models.CheckConstraint(
                condition=Q(state__in=["present", "absent"], deputy_name="", deputy_office="")
                | (Q(state="deputy") & Q(deputy_name__gt="")),
                name="attendance_deputy_named",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.meeting_id} {self.membership_id} {self.state}"


class Invitation(models.Model):
    """Somebody who is no member is asked to attend (関係者に出席を求める): by the chair, why and for what."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="invitations")
    name = models.CharField(_("氏名"), max_length=80)
    affiliation = models.CharField(_("所属・立場"), max_length=200)
    reason = models.CharField(_("理由"), max_length=500)
    scope = models.CharField(_("出席する範囲"), max_length=300)
    asked_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="invitations")
    asked_at = models.DateTimeField()
    attended = models.BooleanField(null=True, blank=True)

    class Meta:
        ordering = ["meeting", "asked_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(name__gt="") & Q(reason__gt="") & Q(scope__gt=""),
                name="invitation_with_reason_and_scope",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.meeting_id} {self.affiliation}"


class Statement(models.Model):
    """What somebody said, in the record: a member, or somebody who was asked to attend."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="statements")
    agenda_item = models.ForeignKey(
        AgendaItem, null=True, blank=True, on_delete=models.SET_NULL, related_name="statements"
    )
    position = models.PositiveIntegerField()
    member = models.ForeignKey(
        Membership, null=True, blank=True, on_delete=models.PROTECT, related_name="statements"
    )
    guest = models.ForeignKey(
        Invitation, null=True, blank=True, on_delete=models.PROTECT, related_name="statements"
    )
    text = models.TextField()

    class Meta:
        ordering = ["meeting", "position"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "position"], name="statement_position_once"),
            models.CheckConstraint(
                condition=Q(member__isnull=False, guest=None) | Q(member=None, guest__isnull=False),
                name="statement_by_member_or_guest",
            ),
            models.CheckConstraint(condition=Q(text__gt=""), name="statement_says_something"),
        ]

    def __str__(self) -> str:
        return f"{self.meeting_id} {self.position}"


class ActionItem(models.Model):
    """Who does what by when. ``owner`` is an organisation: it stays when people change."""

    class State(models.TextChoices):
        OPEN = "open", _("これから")
        DONE = "done", _("すみ")
        DROPPED = "dropped", _("取りやめ")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    body = models.ForeignKey(Body, on_delete=models.PROTECT, related_name="action_items")
    meeting = models.ForeignKey(
        Meeting, null=True, blank=True, on_delete=models.PROTECT, related_name="action_items"
    )
    decision = models.ForeignKey(
        "Decision", null=True, blank=True, on_delete=models.SET_NULL, related_name="action_items"
    )
    text = models.CharField(_("すること"), max_length=500)
    owner = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="action_items")
    due_on = models.DateField(_("期限"))
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    closed_on = models.DateField(null=True, blank=True)
    note = models.CharField(_("結果"), max_length=500, blank=True)
    public = models.BooleanField(_("公開"), default=False)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["due_on", "id"]
        indexes = [models.Index(fields=["state", "due_on"], name="action_item_due")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open", closed_on=None)
                | Q(state__in=["done", "dropped"], closed_on__isnull=False),
                name="action_item_closed_when",
            ),
            models.CheckConstraint(
                condition=~Q(state="dropped") | Q(note__gt=""), name="action_item_dropped_with_reason"
            ),
        ]

    def __str__(self) -> str:
        return self.text


class ActionReminder(models.Model):
    """A reminder that was sent; the same one goes out once, whatever runs twice."""

    class Kind(models.TextChoices):
        WEEK_BEFORE = "week_before", _("1週間前")
        DUE = "due", _("期限の日")
        LATE = "late", _("期限のあと")

    id = models.BigAutoField(primary_key=True)
    action_item = models.ForeignKey(ActionItem, on_delete=models.CASCADE, related_name="reminders")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    # the date for which it was sent: a new date is reminded of anew; late ones weekly
    for_on = models.DateField()
    sent_at = models.DateTimeField()

    class Meta:
        ordering = ["-sent_at"]
        constraints = [
            models.UniqueConstraint(fields=["action_item", "kind", "for_on"], name="action_reminder_once"),
        ]

    def __str__(self) -> str:
        return f"{self.action_item_id} {self.kind}"
