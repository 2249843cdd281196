"""Bodies that decide, in Popolo's terms (Organization, Post, Membership), and who follows whom."""

import uuid

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from tsunagari.accounts.models import Organization


def _days() -> Func:
    """``daterange(begins_on, ends_on, '[]')`` in SQL: both days inclusive, without a last day endless."""
    return Func(
        "begins_on",
        "ends_on",
        RangeBoundary(inclusive_upper=True),
        function="daterange",
        output_field=DateRangeField(),
    )


class Body(models.Model):
    """A body that meets: a council, a headquarters, a circle of experts, a forum.

    ``dissolved_on`` is its last day. ``secretariat`` is the organisation that keeps its papers (庶務).
    """

    class Classification(models.TextChoices):
        COUNCIL = "council", _("会議")
        HEADQUARTERS = "headquarters", _("本部")
        EXPERTS = "experts", _("有識者会議")
        FORUM = "forum", _("フォーラム")
        LOCAL = "local", _("地域協議会")
        OTHER = "other", _("そのほか")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("名称"), max_length=200, unique=True)
    short_name = models.CharField(_("略称"), max_length=60, blank=True)
    classification = models.CharField(_("種別"), max_length=12, choices=Classification.choices)
    purpose = models.TextField(_("目的"), blank=True)
    basis = models.CharField(_("設置の根拠"), max_length=300, blank=True)
    founding_on = models.DateField(_("設置日"), null=True, blank=True)
    dissolved_on = models.DateField(_("最後の日"), null=True, blank=True)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    secretariat = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="bodies")
    position = models.PositiveSmallIntegerField(default=0)
    # as it was read from the data that came with the system; empty for what people have founded here
    source = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["position", "name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    classification__in=["council", "headquarters", "experts", "forum", "local", "other"]
                ),
                name="body_classification_known",
            ),
            models.CheckConstraint(
                condition=Q(founding_on=None) | Q(dissolved_on=None) | Q(dissolved_on__gte=F("founding_on")),
                name="body_ends_after_founding",
            ),
            models.CheckConstraint(
                condition=Q(parent=None) | ~Q(parent=F("id")), name="body_not_its_own_parent"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Succession(models.Model):
    """From ``on`` the successor decides what the predecessor did. ``date_text``: as the source says it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    predecessor = models.OneToOneField(Body, on_delete=models.PROTECT, related_name="followed_by")
    successor = models.ForeignKey(Body, on_delete=models.PROTECT, related_name="follows")
    on = models.DateField(_("引き継ぐ日"))
    date_text = models.CharField(max_length=100, blank=True)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["on"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(predecessor=F("successor")), name="succession_to_another_body"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.predecessor_id} → {self.successor_id} {self.on}"


class Article(models.Model):
    """A numbered rule of a body's founding document. An amended one ends, and its new wording begins."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    body = models.ForeignKey(Body, on_delete=models.CASCADE, related_name="articles")
    number = models.PositiveSmallIntegerField()
    text = models.TextField()
    begins_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["body", "number", "begins_on"]
        constraints = [
            ExclusionConstraint(
                name="article_one_wording_a_day",
                expressions=[
                    (F("body"), RangeOperators.EQUAL),
                    (F("number"), RangeOperators.EQUAL),
                    (_days(), RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("begins_on")), name="article_ends_after_begin"
            ),
            models.CheckConstraint(condition=Q(number__gt=0) & Q(text__gt=""), name="article_says_something"),
        ]

    def __str__(self) -> str:
        return f"{self.body_id} {self.number}"


class Post(models.Model):
    """A place in a body, named by the office whose holder sits there (「法務副大臣」)."""

    class Role(models.TextChoices):
        CHAIR = "chair", _("議長")
        MEMBER = "member", _("構成員")
        SECRETARY = "secretary", _("庶務")

    class Mode(models.TextChoices):
        EX_OFFICIO = "ex_officio", _("官職による")
        DESIGNATED = "designated", _("大臣の指名")
        ASSISTS = "assists", _("大臣を補佐する副大臣")
        ADDED = "added", _("議長が追加")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    body = models.ForeignKey(Body, on_delete=models.CASCADE, related_name="posts")
    role = models.CharField(_("役割"), max_length=10, choices=Role.choices)
    label = models.CharField(_("官職・立場"), max_length=200)
    mode = models.CharField(_("決まり方"), max_length=12, choices=Mode.choices)
    ministry = models.ForeignKey(
        Organization, null=True, blank=True, on_delete=models.PROTECT, related_name="posts"
    )
    position = models.PositiveSmallIntegerField(default=0)
    begins_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    # of a member whom the chair has added: why, and by which chair's word
    reason = models.CharField(max_length=500, blank=True)
    added_by = models.ForeignKey(
        "Membership", null=True, blank=True, on_delete=models.PROTECT, related_name="added_posts"
    )

    class Meta:
        ordering = ["body", "position", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(role__in=["chair", "member", "secretary"])
                & Q(mode__in=["ex_officio", "designated", "assists", "added"]),
                name="post_role_and_mode_known",
            ),
            # 開催について 2.: only the chair adds members, and says why
            models.CheckConstraint(
                condition=(Q(mode="added", role="member", added_by__isnull=False) & Q(reason__gt=""))
                | (~Q(mode="added") & Q(added_by=None)),
                name="post_added_by_the_chair",
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("begins_on")), name="post_ends_after_begin"
            ),
            ExclusionConstraint(
                name="post_one_chair_a_day",
                expressions=[
                    (F("body"), RangeOperators.EQUAL),
                    (_days(), RangeOperators.OVERLAPS),
                ],
                condition=Q(role="chair"),
            ),
        ]

    def __str__(self) -> str:
        return self.label


class Person(models.Model):
    """Who holds or held a public office. The name is a public fact; nothing else is kept here."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("氏名"), max_length=80)
    name_kana = models.CharField(_("氏名（かな）"), max_length=80, blank=True)

    class Meta:
        ordering = ["name_kana", "name"]
        constraints = [models.CheckConstraint(condition=Q(name__gt=""), name="person_has_a_name")]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """Somebody on a post from a day to a day (both inclusive). Without a person: whoever held the office.

    ``user`` is the account through which the member acts here, if there is one.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="memberships")
    person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="memberships"
    )
    begins_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    authority = models.CharField(_("根拠"), max_length=300)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["post", "begins_on"]
        constraints = [
            ExclusionConstraint(
                name="membership_one_holder_a_day",
                expressions=[
                    (F("post"), RangeOperators.EQUAL),
                    (_days(), RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("begins_on")),
                name="membership_last_day_after_first",
            ),
            models.CheckConstraint(condition=Q(authority__gt=""), name="membership_has_authority"),
        ]

    def __str__(self) -> str:
        return f"{self.post_id} {self.begins_on}"


class LoadedFact(models.Model):
    """What the data files said of one thing when it was last loaded.

    The next loading compares three ways: what people have edited or deleted since stays as they left it.
    """

    key = models.CharField(max_length=200, primary_key=True)
    object_id = models.UUIDField()
    content = models.JSONField()
    loaded_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.key


class JournalEntry(models.Model):
    """Who did what in the affairs of a body, and when. Append-only: a trigger refuses UPDATE and DELETE."""

    id = models.BigAutoField(primary_key=True)
    body = models.ForeignKey(Body, on_delete=models.PROTECT, related_name="journal")
    action = models.CharField(max_length=40)
    subject_id = models.UUIDField()
    # None: the system itself (loading, a job)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    detail = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["body", "-at"], name="journal_of_body")]

    def __str__(self) -> str:
        return f"{self.action} {self.at.isoformat()}"
