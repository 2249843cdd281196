"""Rounds of consultation: 各省協議, 意見公募, dialogue with NPOs; what was said and what was answered."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from tsunagari.accounts.models import Organization


class Outcome(models.TextChoices):
    """What becomes of a comment."""

    ACCEPTED = "accepted", _("反映する")
    PARTLY = "partly", _("一部を反映する")
    NOT_ACCEPTED = "not_accepted", _("反映しない")
    NOTED = "noted", _("参考とする")


class ConsultationRound(models.Model):
    """A draft put before ministries, the public or NPOs from a moment to a moment (``closes_at`` is out).

    ``document_id`` is the id of whatever is consulted upon; the text itself is kept here as it stood
    (`RoundParagraph`). ``number`` counts on through 再意見: the second round follows ``previous``.
    """

    class Kind(models.TextChoices):
        MINISTRY = "ministry", _("各省協議")
        PUBLIC = "public", _("意見公募（パブリックコメント）")
        NPO_DIALOGUE = "npo_dialogue", _("NPO等との対話")

    class State(models.TextChoices):
        DRAFT = "draft", _("準備中")
        OPEN = "open", _("受付中")
        CLOSED = "closed", _("受付終了")
        RESPONDING = "responding", _("回答を作成中")
        ANSWERED = "answered", _("回答ずみ")
        REFLECTED = "reflected", _("案に反映ずみ")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    document_id = models.UUIDField()
    document_title = models.CharField(_("案の名称"), max_length=200)
    kind = models.CharField(_("種別"), max_length=14, choices=Kind.choices)
    number = models.PositiveSmallIntegerField(_("回"), default=1)
    previous = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="following"
    )
    secretariat = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    # words to those who are asked: what the draft is, what helps most
    request = models.TextField(_("お願い"), blank=True)
    opens_at = models.DateTimeField(_("受付のはじめ"))
    closes_at = models.DateTimeField(_("受付のおわり"))
    # whether a job opens it at ``opens_at``; otherwise a person does
    opens_by_itself = models.BooleanField(default=False)
    # 各省協議 is between ministries; 意見公募 and dialogues are answered in public
    results_are_public = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    reflected_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-opens_at", "-number", "id"]
        indexes = [models.Index(fields=["document_id", "kind"], name="round_of_document")]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["ministry", "public", "npo_dialogue"]), name="round_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(closes_at__gt=F("opens_at")), name="round_closes_after_opening"
            ),
            models.CheckConstraint(
                condition=Q(number=1, previous=None) | Q(number__gt=1, previous__isnull=False),
                name="round_further_follows_another",
            ),
            models.CheckConstraint(
                condition=Q(previous=None) | ~Q(previous=F("id")), name="round_does_not_follow_itself"
            ),
            models.CheckConstraint(
                condition=Q(
                    state="draft", opened_at=None, closed_at=None, answered_at=None, reflected_at=None
                )
                | Q(
                    state="open",
                    opened_at__isnull=False,
                    closed_at=None,
                    answered_at=None,
                    reflected_at=None,
                )
                | Q(
                    state__in=["closed", "responding"],
                    opened_at__isnull=False,
                    closed_at__isnull=False,
                    answered_at=None,
                    reflected_at=None,
                )
                | Q(
                    state="answered",
                    opened_at__isnull=False,
                    closed_at__isnull=False,
                    answered_at__isnull=False,
                    reflected_at=None,
                )
                | Q(
                    state="reflected",
                    opened_at__isnull=False,
                    closed_at__isnull=False,
                    answered_at__isnull=False,
                    reflected_at__isnull=False,
                ),
                name="round_state_with_its_moments",
            ),
            # one round of a kind at a time collects comments on a document
            models.UniqueConstraint(
                fields=["document_id", "kind"],
                condition=Q(state__in=["draft", "open", "closed", "responding"]),
                name="round_one_running_of_a_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number} {self.document_title}"


class RoundParagraph(models.Model):
    """A paragraph as it stood when the round was prepared: what is commented upon."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    round = models.ForeignKey(ConsultationRound, on_delete=models.CASCADE, related_name="paragraphs")
    # permanent across versions of the document
    paragraph_id = models.UUIDField()
    position = models.PositiveIntegerField()
    heading = models.CharField(max_length=300, blank=True)
    text = models.TextField()

    class Meta:
        ordering = ["round", "position"]
        constraints = [
            models.UniqueConstraint(fields=["round", "paragraph_id"], name="round_paragraph_once"),
            models.UniqueConstraint(fields=["round", "position"], name="round_paragraph_one_a_place"),
            models.CheckConstraint(
                condition=Q(text__gt="") & Q(position__gt=0), name="round_paragraph_says_something"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.round_id} {self.position}"


class RoundAddressee(models.Model):
    """An organisation that is asked by name: a ministry, or an NPO in a dialogue."""

    class State(models.TextChoices):
        WAITING = "waiting", _("未回答")
        NO_COMMENT = "no_comment", _("意見なし")
        COMMENTED = "commented", _("意見あり")
        AGREED = "agreed", _("協議了")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    round = models.ForeignKey(ConsultationRound, on_delete=models.CASCADE, related_name="addressees")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    agreed_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    reminders = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["round", "position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["round", "organization"], name="round_addressee_once"),
            models.CheckConstraint(
                condition=Q(state="waiting", answered_at=None, agreed_at=None)
                | Q(state__in=["no_comment", "commented"], answered_at__isnull=False, agreed_at=None)
                | Q(state="agreed", answered_at__isnull=False, agreed_at__isnull=False),
                name="round_addressee_state_with_its_moments",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization_id} {self.state}"


class CommentGroup(models.Model):
    """Comments that say the same: found by likeness, put together by a person, answered once.

    A proposal that was declined stays as such, so that it does not come again.
    """

    class State(models.TextChoices):
        TOGETHER = "together", _("まとめて回答")
        DECLINED = "declined", _("別々に回答")
        DISSOLVED = "dissolved", _("まとめを解いた")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    round = models.ForeignKey(ConsultationRound, on_delete=models.CASCADE, related_name="groups")
    topic = models.CharField(_("まとめの名前"), max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=State.choices)
    # who was meant when it was decided; who is in it now says `Comment.group`
    decided_upon = ArrayField(models.UUIDField(), default=list)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()
    dissolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["decided_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["together", "declined"], dissolved_at=None)
                | Q(state="dissolved", dissolved_at__isnull=False),
                name="comment_group_state_known",
            ),
        ]

    def __str__(self) -> str:
        return self.topic or str(self.pk)


class Comment(models.Model):
    """What somebody said of a paragraph, or of the whole draft.

    A comment of the public arrives sealed (``sealed``: its words and the name it gave); a moderator writes
    ``body`` from it, without what tells of a person. A ministry's ``body`` stands as it was given.
    """

    class State(models.TextChoices):
        RECEIVED = "received", _("確認待ち")
        PUBLISHED = "published", _("受け付けた")
        HIDDEN = "hidden", _("載せない")
        WITHDRAWN = "withdrawn", _("取り下げ")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    round = models.ForeignKey(ConsultationRound, on_delete=models.PROTECT, related_name="comments")
    paragraph = models.ForeignKey(
        RoundParagraph, null=True, blank=True, on_delete=models.PROTECT, related_name="comments"
    )
    # None: the public
    addressee = models.ForeignKey(
        RoundAddressee, null=True, blank=True, on_delete=models.PROTECT, related_name="comments"
    )
    number = models.PositiveIntegerField()
    author_label = models.CharField(_("お名前（載せてよい名前）"), max_length=80, blank=True)
    body = models.TextField(_("意見"), blank=True)
    proposal = models.TextField(_("修正案"), blank=True)
    state = models.CharField(max_length=10, choices=State.choices)
    received_at = models.DateTimeField()
    sealed = models.BinaryField(null=True, blank=True)
    receipt = models.BinaryField(null=True, blank=True, unique=True)
    redacted = models.BooleanField(default=False)
    hidden_reason = models.CharField(max_length=300, blank=True)
    moderated_at = models.DateTimeField(null=True, blank=True)
    moderated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    erased_at = models.DateTimeField(null=True, blank=True)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    group = models.ForeignKey(
        CommentGroup, null=True, blank=True, on_delete=models.PROTECT, related_name="comments"
    )

    class Meta:
        ordering = ["round", "number"]
        indexes = [models.Index(fields=["round", "state"], name="comment_of_round")]
        constraints = [
            models.UniqueConstraint(fields=["round", "number"], name="comment_number_once"),
            models.CheckConstraint(
                condition=Q(state__in=["received", "published", "hidden", "withdrawn"]),
                name="comment_state_known",
            ),
            # an organisation stands by its words; whose words nobody has read yet, are sealed
            models.CheckConstraint(
                condition=Q(
                    addressee__isnull=False, state__in=["published", "withdrawn"], sealed=None, receipt=None
                )
                & Q(body__gt="")
                & Q(entered_by__isnull=False)
                | Q(addressee=None, receipt__isnull=False, entered_by=None),
                name="comment_by_an_organisation_or_the_public",
            ),
            models.CheckConstraint(
                condition=~Q(state="received") | Q(body="", sealed__isnull=False, moderated_at=None),
                name="comment_unread_is_sealed",
            ),
            models.CheckConstraint(
                condition=~Q(state="published") | Q(body__gt=""), name="comment_published_says_something"
            ),
            models.CheckConstraint(
                condition=~Q(state="hidden") | (Q(body="") & Q(hidden_reason__gt="") & Q(group=None)),
                name="comment_hidden_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(erased_at=None) | Q(sealed=None), name="comment_erased_holds_no_original"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.round_id} {self.number}"


class Response(models.Model):
    """The answer to one comment, or to a group of them: outcome, words and reason."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    comment = models.OneToOneField(
        Comment, null=True, blank=True, on_delete=models.CASCADE, related_name="response"
    )
    group = models.OneToOneField(
        CommentGroup, null=True, blank=True, on_delete=models.CASCADE, related_name="response"
    )
    outcome = models.CharField(_("扱い"), max_length=12, choices=Outcome.choices)
    text = models.TextField(_("回答"))
    reason = models.TextField(_("理由"), blank=True)
    # where it is taken up when that is not in the paragraph itself
    elsewhere = models.CharField(_("反映した別の場所"), max_length=200, blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(comment__isnull=False, group=None) | Q(comment=None, group__isnull=False),
                name="response_to_a_comment_or_a_group",
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=["accepted", "partly", "not_accepted", "noted"]),
                name="response_outcome_known",
            ),
            models.CheckConstraint(
                condition=Q(text__gt="") & (Q(outcome__in=["accepted", "noted"]) | Q(reason__gt="")),
                name="response_gives_its_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.outcome} {self.pk}"


class ReflectedParagraph(models.Model):
    """The text of a paragraph before the round and after it, as the document's owner gives it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    paragraph = models.OneToOneField(RoundParagraph, on_delete=models.CASCADE, related_name="reflected")
    # empty: the paragraph was taken out
    after = models.TextField(blank=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.paragraph_id)


class FormFile(models.Model):
    """A form that came back, as it came, and what is odd in it. It counts once somebody has handed it in."""

    class State(models.TextChoices):
        REFUSED = "refused", _("直してください")
        CHECKED = "checked", _("確認ずみ")
        TAKEN = "taken", _("提出ずみ")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    addressee = models.ForeignKey(RoundAddressee, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=4, choices=[("xlsx", "Excel"), ("docx", "Word")])
    content = models.BinaryField()
    digest = models.CharField(max_length=64)
    state = models.CharField(max_length=8, choices=State.choices)
    problems = models.JSONField(default=list)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-uploaded_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["refused", "checked"], taken_at=None)
                | Q(state="taken", taken_at__isnull=False),
                name="form_file_state_known",
            ),
            models.CheckConstraint(condition=Q(kind__in=["xlsx", "docx"]), name="form_file_kind_known"),
        ]

    def __str__(self) -> str:
        return self.name


class RoundEntry(models.Model):
    """Who did what in a round, and when. Append-only: a trigger refuses UPDATE and DELETE."""

    id = models.BigAutoField(primary_key=True)
    round = models.ForeignKey(ConsultationRound, on_delete=models.PROTECT, related_name="journal")
    action = models.CharField(max_length=40)
    subject_id = models.UUIDField(null=True)
    # None: a job
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    # states, counts and ids; never a person's words
    detail = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.action} {self.at.isoformat()}"
