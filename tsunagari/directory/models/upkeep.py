"""What keeps the entries true."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from tsunagari.accounts.models import Organization
from tsunagari.directory.models.services import Service


class Operator(models.Model):
    """An organisation that runs this platform: its staff look after the entries that nobody else keeps."""

    organization = models.OneToOneField(
        Organization, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )

    def __str__(self) -> str:
        return str(self.organization)


class MistakeReport(models.Model):
    """Somebody says that an entry is wrong. No name, no address: only what is wrong."""

    class State(models.TextChoices):
        OPEN = "open", _("未対応")
        ACCEPTED = "accepted", _("直します")
        DECLINED = "declined", _("直しません")
        DUPLICATE = "duplicate", _("同じ知らせがあります")

    class Kind(models.TextChoices):
        NUMBER = "number", _("番号がちがう・つながらない")
        HOURS = "hours", _("時間がちがう")
        CLOSED = "closed", _("もうやっていない")
        OTHER = "other", _("そのほか")

    class Source(models.TextChoices):
        VISITOR = "visitor", _("サイトを見た人")
        ORGANIZATION = "organization", _("確認のメールへの返事")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="mistake_reports")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    source = models.CharField(max_length=12, choices=Source.choices, default=Source.VISITOR)
    text = models.CharField(max_length=500, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    created_at = models.DateTimeField()
    handled_at = models.DateTimeField(null=True, blank=True)
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.CharField(max_length=500, blank=True)
    duplicate_of = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="duplicates"
    )
    text_erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["state", "created_at"], name="mistake_report_waiting")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open", handled_at=None)
                | Q(state__in=["accepted", "declined", "duplicate"], handled_at__isnull=False),
                name="mistake_report_handled_or_open",
            ),
            models.CheckConstraint(
                condition=~Q(state="declined") | Q(reason__gt=""), name="mistake_report_declined_with_reason"
            ),
            models.CheckConstraint(
                condition=Q(text_erased_at=None) | Q(text=""), name="mistake_report_erased_is_empty"
            ),
            models.CheckConstraint(
                condition=Q(duplicate_of=None) | ~Q(duplicate_of=F("id")), name="mistake_report_not_its_own"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service_id} {self.kind}"


class Revision(models.Model):
    """A change of an entry on its way: draft, in review, published or returned. A new entry has no service.

    ``base`` is the entry as it stood when the draft was begun and ``content`` as it shall be, both in the
    shape of ``services.content``. Nothing of it is public before it is published. ``version`` counts the
    saves, so that two people who edit at once notice each other; ``number`` counts an entry's publications.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("下書き")
        IN_REVIEW = "in_review", _("確認待ち")
        RETURNED = "returned", _("差し戻し")
        PUBLISHED = "published", _("公開ずみ")
        WITHDRAWN = "withdrawn", _("取り下げ")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="revisions")
    service = models.ForeignKey(
        Service, null=True, blank=True, on_delete=models.CASCADE, related_name="revisions"
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    content = models.JSONField()
    base = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=1)
    number = models.PositiveIntegerField(null=True, blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    # everybody who has saved it; none of them may publish it
    authors = ArrayField(models.UUIDField(), default=list)
    report = models.ForeignKey(
        MistakeReport, null=True, blank=True, on_delete=models.SET_NULL, related_name="revisions"
    )
    restores = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    edited_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-edited_at", "id"]
        indexes = [models.Index(fields=["organization", "state"], name="revision_of_organization")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["draft", "in_review", "returned", "published", "withdrawn"]),
                name="revision_state_known",
            ),
            # four eyes: who wrote it does not decide on it
            models.CheckConstraint(
                condition=Q(reviewer=None) | ~Q(reviewer=F("author")), name="revision_four_eyes"
            ),
            models.CheckConstraint(
                condition=~Q(state="published")
                | Q(
                    service__isnull=False,
                    number__isnull=False,
                    reviewer__isnull=False,
                    decided_at__isnull=False,
                ),
                name="revision_published_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state="returned") | Q(reason__gt=""), name="revision_returned_with_reason"
            ),
            models.UniqueConstraint(fields=["service", "number"], name="revision_number_once"),
        ]

    def __str__(self) -> str:
        return f"{self.service_id} {self.state} {self.number or ''}"


class ConfirmationRequest(models.Model):
    """We have asked whether an entry is still right; open until it is answered, however often it is sent."""

    class Answer(models.TextChoices):
        CONFIRMED = "confirmed", _("正しい")
        NEEDS_CHANGE = "needs_change", _("直すところがある")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="confirmation_requests")
    asked_at = models.DateTimeField()
    last_sent_at = models.DateTimeField()
    times_sent = models.PositiveSmallIntegerField(default=1)
    answered_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(max_length=12, choices=Answer.choices, blank=True)

    class Meta:
        ordering = ["-asked_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["service"], condition=Q(answered_at=None), name="confirmation_open_once"
            ),
            models.CheckConstraint(
                condition=Q(answered_at=None, answer="")
                | Q(answered_at__isnull=False, answer__in=["confirmed", "needs_change"]),
                name="confirmation_answered_with_answer",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service_id} {self.answer or 'open'}"


class ConfirmationMail(models.Model):
    """One mail to one organisation with all the entries that we ask about. No address is kept here."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="confirmation_mails"
    )
    requests = models.ManyToManyField(ConfirmationRequest, related_name="mails")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    bounced_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "id"]

    def __str__(self) -> str:
        return f"{self.organization_id} {self.created_at.isoformat()}"


class NightlyRun(models.Model):
    """The last day for which a nightly job has done its work, so that a missed night is made up for."""

    name = models.CharField(max_length=40, primary_key=True)
    ran_on = models.DateField()

    def __str__(self) -> str:
        return f"{self.name} {self.ran_on}"
