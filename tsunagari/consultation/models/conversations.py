"""A person's thread: what was said, under a key of its own, and how the person comes back to it."""

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from tsunagari.consultation.models.helplines import Helpline, TracingDecision


class Person(models.Model):
    """Somebody who asks for help: a pseudonym and nothing else."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.pk)


class Conversation(models.Model):
    """A thread with one person; each contact in it is a `Task`.

    ``last_seq`` is the newest message's, given out under this row's lock. ``erased_at``: its key is gone.
    """

    class Channel(models.TextChoices):
        CHAT = "chat", _("チャット")

    class About(models.TextChoices):
        SELF = "self", _("自分のこと")
        OTHER = "other", _("ほかの人のこと")

    class Language(models.TextChoices):
        JA = "ja", _("日本語")
        EASY = "ja-easy", _("やさしい日本語")
        EN = "en", _("English")

    class Age(models.TextChoices):
        UNDER_18 = "under_18", _("18歳未満")
        ADULT = "adult", _("18歳以上")
        UNKNOWN = "unknown", _("わからない")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="conversations")
    helpline = models.ForeignKey(Helpline, on_delete=models.PROTECT, related_name="conversations")
    channel = models.CharField(max_length=10, choices=Channel.choices, default=Channel.CHAT)
    about = models.CharField(max_length=6, choices=About.choices)
    language = models.CharField(max_length=10, choices=Language.choices)
    age = models.CharField(max_length=10, choices=Age.choices, default=Age.UNKNOWN)
    # the version of the words that were shown (`consent.py`), and the decision on tracing that they told
    consent_version = models.CharField(max_length=20)
    consented_at = models.DateTimeField()
    tracing = models.ForeignKey(TracingDecision, null=True, on_delete=models.PROTECT, related_name="+")
    # a consent of its own, to be taken back at any time; None: not given
    secondary_use_at = models.DateTimeField(null=True, blank=True)
    begun_at = models.DateTimeField()
    last_seq = models.BigIntegerField(default=0)
    person_read_seq = models.BigIntegerField(default=0)
    staff_read_seq = models.BigIntegerField(default=0)
    # the last sign of life of the person's page
    person_seen_at = models.DateTimeField()
    # a moment after which the key is destroyed; moved by each contact, brought forward when the person asks
    erase_after = models.DateTimeField()
    erasure_asked_at = models.DateTimeField(null=True, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["helpline", "begun_at"], name="conversation_of_helpline"),
            models.Index(fields=["erase_after"], name="conversation_to_erase", condition=Q(erased_at=None)),
        ]
        constraints = [
            models.CheckConstraint(name="conversation_about_known", condition=Q(about__in=["self", "other"])),
            models.CheckConstraint(
                name="conversation_language_known", condition=Q(language__in=["ja", "ja-easy", "en"])
            ),
            models.CheckConstraint(
                name="conversation_age_known", condition=Q(age__in=["under_18", "adult", "unknown"])
            ),
            models.CheckConstraint(
                name="conversation_read_what_was_said",
                condition=Q(
                    person_read_seq__gte=0,
                    staff_read_seq__gte=0,
                    person_read_seq__lte=F("last_seq"),
                    staff_read_seq__lte=F("last_seq"),
                ),
            ),
            models.CheckConstraint(
                name="conversation_consent_before_begin", condition=Q(consented_at__lte=F("begun_at"))
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class ConversationKey(models.Model):
    """The data key of a conversation, wrapped by the master key. Deleting this row is the erasure."""

    conversation = models.OneToOneField(
        Conversation, primary_key=True, on_delete=models.PROTECT, related_name="key"
    )
    wrapped = models.BinaryField()

    def __str__(self) -> str:
        return str(self.pk)


class Message(models.Model):
    """One utterance. Append-only. ``body`` is sealed; ``audience`` staff: the person never gets it.

    ``client_id`` is made by whoever sends, so that sending again is the same message.
    """

    class Author(models.TextChoices):
        PERSON = "person", _("相談者")
        COUNSELLOR = "counsellor", _("相談員")
        SUPERVISOR = "supervisor", _("スーパーバイザー")
        SYSTEM = "system", _("お知らせ")

    class Kind(models.TextChoices):
        TEXT = "text", _("発言")
        # written before anybody was there
        WAITING = "waiting", _("待つあいだの言葉")
        NOTE = "note", _("メモ")
        WHISPER = "whisper", _("相談員への耳打ち")
        # something that happened: a code such as "joined", told in each reader's language
        EVENT = "event", _("できごと")

    class Audience(models.TextChoices):
        ALL = "all", _("みな")
        STAFF = "staff", _("相談員だけ")

    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="messages")
    seq = models.BigIntegerField()
    client_id = models.UUIDField()
    author = models.CharField(max_length=10, choices=Author.choices)
    # who of the staff; never shown to the person
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.TEXT)
    audience = models.CharField(max_length=5, choices=Audience.choices, default=Audience.ALL)
    body = models.BinaryField()
    sent_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="message_seq_once", fields=["conversation", "seq"]),
            models.UniqueConstraint(name="message_client_id_once", fields=["conversation", "client_id"]),
            models.CheckConstraint(name="message_seq_from_1", condition=Q(seq__gte=1)),
            models.CheckConstraint(
                name="message_of_staff_names_them",
                condition=Q(author__in=["person", "system"], user=None)
                | Q(author__in=["counsellor", "supervisor"], user__isnull=False),
            ),
            models.CheckConstraint(
                name="message_kind_and_audience",
                condition=Q(kind__in=["text", "event"])
                | Q(kind="waiting", author="person", audience="all")
                | Q(kind__in=["note", "whisper"], author__in=["counsellor", "supervisor"], audience="staff"),
            ),
            models.CheckConstraint(
                name="message_audience_known",
                condition=Q(audience="all") | (Q(audience="staff") & ~Q(author="person")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id} {self.seq}"


class ChatSession(models.Model):
    """One browser that talks in a conversation: what its cookie's token is known by."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="sessions")
    digest = models.BinaryField(unique=True)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return str(self.pk)


class ReturnKey(models.Model):
    """Four words that bring an anonymous person back, known only as an HMAC; used once, then a new one."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="return_keys")
    digest = models.BinaryField(unique=True)
    # an HMAC of the first two words, under which wrong tries are counted
    half = models.BinaryField()
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["half"], name="return_key_half")]
        constraints = [
            models.UniqueConstraint(
                name="return_key_one_at_a_time",
                fields=["conversation"],
                condition=Q(used_at=None, revoked_at=None),
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)


class ReturnTry(models.Model):
    """How many wrong words came in an hour: for one half (see `ReturnKey`), or in all (``half`` empty)."""

    half = models.BinaryField()
    hour = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(name="return_try_once", fields=["half", "hour"])]

    def __str__(self) -> str:
        return f"{self.hour.isoformat()} {self.count}"


class Rating(models.Model):
    """What the person said of a contact at its end; the words are sealed under the conversation's key."""

    task = models.OneToOneField(
        "consultation.Task", primary_key=True, on_delete=models.PROTECT, related_name="rating"
    )
    heard = models.PositiveSmallIntegerField(_("話をきいてもらえたか"))
    words = models.BinaryField(default=bytes)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="rating_from_1_to_5", condition=Q(heard__gte=1, heard__lte=5))
        ]

    def __str__(self) -> str:
        return str(self.pk)
