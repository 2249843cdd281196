"""Rounds of consultation: what was asked, who was asked, what was said and answered."""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

GUARDS = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON council_roundentry
    FOR EACH ROW EXECUTE FUNCTION council_refuse_change();

-- What is commented upon stays as it was put before people.
CREATE FUNCTION council_keep_snapshot() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM council_consultationround r WHERE r.id = OLD.round_id AND r.state <> 'draft') THEN
        RAISE EXCEPTION 'the text of a round that has opened stays' USING ERRCODE = 'check_violation';
    END IF;
    RETURN COALESCE(NEW, OLD);
END $$;
CREATE TRIGGER keep_snapshot BEFORE UPDATE OR DELETE ON council_roundparagraph
    FOR EACH ROW EXECUTE FUNCTION council_keep_snapshot();

-- A comment is of its round's paragraph, by whom the round asks, and arrived while the round took comments.
CREATE FUNCTION council_check_comment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM council_consultationround r
        WHERE r.id = NEW.round_id AND r.state <> 'draft'
          AND NEW.received_at >= r.opened_at AND NEW.received_at < r.closes_at
          AND (NEW.addressee_id IS NOT NULL OR r.kind = 'public')
    ) OR (NEW.paragraph_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM council_roundparagraph p WHERE p.id = NEW.paragraph_id AND p.round_id = NEW.round_id
    )) OR (NEW.addressee_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM council_roundaddressee a WHERE a.id = NEW.addressee_id AND a.round_id = NEW.round_id
    )) THEN
        RAISE EXCEPTION 'not a comment of this round' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER check_comment BEFORE INSERT OR UPDATE OF round_id, paragraph_id, addressee_id, received_at
    ON council_comment FOR EACH ROW EXECUTE FUNCTION council_check_comment();

-- A comment is put together only with comments of its own round, and only while the group stands.
CREATE FUNCTION council_check_grouping() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.group_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM council_commentgroup g
        WHERE g.id = NEW.group_id AND g.round_id = NEW.round_id AND g.state = 'together'
    ) THEN
        RAISE EXCEPTION 'not a group of this round' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER check_grouping BEFORE INSERT OR UPDATE OF group_id, round_id
    ON council_comment FOR EACH ROW EXECUTE FUNCTION council_check_grouping();
"""
UNGUARD = """
DROP TRIGGER check_grouping ON council_comment;
DROP TRIGGER check_comment ON council_comment;
DROP TRIGGER keep_snapshot ON council_roundparagraph;
DROP TRIGGER append_only ON council_roundentry;
DROP FUNCTION council_check_grouping, council_check_comment, council_keep_snapshot;
"""


class Migration(migrations.Migration):
    """Adds the tables."""

    dependencies = [
        ("accounts", "0002_shared_cache_and_exports"),
        ("council", "0001_bodies_meetings_minutes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ConsultationRound",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("document_id", models.UUIDField()),
                ("document_title", models.CharField(max_length=200, verbose_name="案の名称")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("ministry", "各省協議"),
                            ("public", "意見公募（パブリックコメント）"),
                            ("npo_dialogue", "NPO等との対話"),
                        ],
                        max_length=14,
                        verbose_name="種別",
                    ),
                ),
                ("number", models.PositiveSmallIntegerField(default=1, verbose_name="回")),
                ("request", models.TextField(blank=True, verbose_name="お願い")),
                ("opens_at", models.DateTimeField(verbose_name="受付のはじめ")),
                ("closes_at", models.DateTimeField(verbose_name="受付のおわり")),
                ("opens_by_itself", models.BooleanField(default=False)),
                ("results_are_public", models.BooleanField(default=False)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "準備中"),
                            ("open", "受付中"),
                            ("closed", "受付終了"),
                            ("responding", "回答を作成中"),
                            ("answered", "回答ずみ"),
                            ("reflected", "案に反映ずみ"),
                        ],
                        default="draft",
                        max_length=10,
                    ),
                ),
                ("opened_at", models.DateTimeField(blank=True, null=True)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                ("reflected_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField()),
                (
                    "previous",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="following",
                        to="council.consultationround",
                    ),
                ),
                (
                    "secretariat",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.organization",
                    ),
                ),
            ],
            options={
                "ordering": ["-opens_at", "-number", "id"],
            },
        ),
        migrations.CreateModel(
            name="CommentGroup",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("topic", models.CharField(blank=True, max_length=200, verbose_name="まとめの名前")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("together", "まとめて回答"),
                            ("declined", "別々に回答"),
                            ("dissolved", "まとめを解いた"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "decided_upon",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), default=list, size=None
                    ),
                ),
                ("decided_at", models.DateTimeField()),
                ("dissolved_at", models.DateTimeField(blank=True, null=True)),
                (
                    "decided_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="groups",
                        to="council.consultationround",
                    ),
                ),
            ],
            options={
                "ordering": ["decided_at", "id"],
            },
        ),
        migrations.CreateModel(
            name="Comment",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("number", models.PositiveIntegerField()),
                (
                    "author_label",
                    models.CharField(blank=True, max_length=80, verbose_name="お名前（載せてよい名前）"),
                ),
                ("body", models.TextField(blank=True, verbose_name="意見")),
                ("proposal", models.TextField(blank=True, verbose_name="修正案")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("received", "確認待ち"),
                            ("published", "受け付けた"),
                            ("hidden", "載せない"),
                            ("withdrawn", "取り下げ"),
                        ],
                        max_length=10,
                    ),
                ),
                ("received_at", models.DateTimeField()),
                ("sealed", models.BinaryField(blank=True, null=True)),
                ("receipt", models.BinaryField(blank=True, null=True, unique=True)),
                ("redacted", models.BooleanField(default=False)),
                ("hidden_reason", models.CharField(blank=True, max_length=300)),
                ("moderated_at", models.DateTimeField(blank=True, null=True)),
                ("erased_at", models.DateTimeField(blank=True, null=True)),
                (
                    "entered_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "moderated_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="comments",
                        to="council.commentgroup",
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="comments",
                        to="council.consultationround",
                    ),
                ),
            ],
            options={
                "ordering": ["round", "number"],
            },
        ),
        migrations.CreateModel(
            name="Response",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("accepted", "反映する"),
                            ("partly", "一部を反映する"),
                            ("not_accepted", "反映しない"),
                            ("noted", "参考とする"),
                        ],
                        max_length=12,
                        verbose_name="扱い",
                    ),
                ),
                ("text", models.TextField(verbose_name="回答")),
                ("reason", models.TextField(blank=True, verbose_name="理由")),
                ("elsewhere", models.CharField(blank=True, max_length=200, verbose_name="反映した別の場所")),
                ("answered_at", models.DateTimeField()),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "answered_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "comment",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="response",
                        to="council.comment",
                    ),
                ),
                (
                    "group",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="response",
                        to="council.commentgroup",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RoundAddressee",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("position", models.PositiveSmallIntegerField(default=0)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "未回答"),
                            ("no_comment", "意見なし"),
                            ("commented", "意見あり"),
                            ("agreed", "協議了"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                ("agreed_at", models.DateTimeField(blank=True, null=True)),
                ("reminded_at", models.DateTimeField(blank=True, null=True)),
                ("reminders", models.PositiveSmallIntegerField(default=0)),
                (
                    "answered_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.organization",
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="addressees",
                        to="council.consultationround",
                    ),
                ),
            ],
            options={
                "ordering": ["round", "position", "id"],
            },
        ),
        migrations.CreateModel(
            name="FormFile",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("name", models.CharField(max_length=200)),
                ("kind", models.CharField(choices=[("xlsx", "Excel"), ("docx", "Word")], max_length=4)),
                ("content", models.BinaryField()),
                ("digest", models.CharField(max_length=64)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("refused", "直してください"),
                            ("checked", "確認ずみ"),
                            ("taken", "提出ずみ"),
                        ],
                        max_length=8,
                    ),
                ),
                ("problems", models.JSONField(default=list)),
                ("uploaded_at", models.DateTimeField()),
                ("taken_at", models.DateTimeField(blank=True, null=True)),
                (
                    "uploaded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "addressee",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="files",
                        to="council.roundaddressee",
                    ),
                ),
            ],
            options={
                "ordering": ["-uploaded_at", "id"],
            },
        ),
        migrations.AddField(
            model_name="comment",
            name="addressee",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="comments",
                to="council.roundaddressee",
            ),
        ),
        migrations.CreateModel(
            name="RoundEntry",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("action", models.CharField(max_length=40)),
                ("subject_id", models.UUIDField(null=True)),
                ("detail", models.JSONField(default=dict)),
                ("at", models.DateTimeField()),
                (
                    "actor",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="journal",
                        to="council.consultationround",
                    ),
                ),
            ],
            options={
                "ordering": ["-at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="RoundParagraph",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("paragraph_id", models.UUIDField()),
                ("position", models.PositiveIntegerField()),
                ("heading", models.CharField(blank=True, max_length=300)),
                ("text", models.TextField()),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="paragraphs",
                        to="council.consultationround",
                    ),
                ),
            ],
            options={
                "ordering": ["round", "position"],
            },
        ),
        migrations.CreateModel(
            name="ReflectedParagraph",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("after", models.TextField(blank=True)),
                ("at", models.DateTimeField()),
                (
                    "paragraph",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reflected",
                        to="council.roundparagraph",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="comment",
            name="paragraph",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="comments",
                to="council.roundparagraph",
            ),
        ),
        migrations.AddIndex(
            model_name="consultationround",
            index=models.Index(fields=["document_id", "kind"], name="round_of_document"),
        ),
        migrations.AddConstraint(
            model_name="consultationround",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["ministry", "public", "npo_dialogue"])),
                name="round_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="consultationround",
            constraint=models.CheckConstraint(
                condition=models.Q(("closes_at__gt", models.F("opens_at"))), name="round_closes_after_opening"
            ),
        ),
        migrations.AddConstraint(
            model_name="consultationround",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("number", 1), ("previous", None)),
                    models.Q(("number__gt", 1), ("previous__isnull", False)),
                    _connector="OR",
                ),
                name="round_further_follows_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="consultationround",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("previous", None), models.Q(("previous", models.F("id")), _negated=True), _connector="OR"
                ),
                name="round_does_not_follow_itself",
            ),
        ),
        migrations.AddConstraint(
            model_name="consultationround",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("answered_at", None),
                        ("closed_at", None),
                        ("opened_at", None),
                        ("reflected_at", None),
                        ("state", "draft"),
                    ),
                    models.Q(
                        ("answered_at", None),
                        ("closed_at", None),
                        ("opened_at__isnull", False),
                        ("reflected_at", None),
                        ("state", "open"),
                    ),
                    models.Q(
                        ("answered_at", None),
                        ("closed_at__isnull", False),
                        ("opened_at__isnull", False),
                        ("reflected_at", None),
                        ("state__in", ["closed", "responding"]),
                    ),
                    models.Q(
                        ("answered_at__isnull", False),
                        ("closed_at__isnull", False),
                        ("opened_at__isnull", False),
                        ("reflected_at", None),
                        ("state", "answered"),
                    ),
                    models.Q(
                        ("answered_at__isnull", False),
                        ("closed_at__isnull", False),
                        ("opened_at__isnull", False),
                        ("reflected_at__isnull", False),
                        ("state", "reflected"),
                    ),
                    _connector="OR",
                ),
                name="round_state_with_its_moments",
            ),
        ),
        migrations.AddConstraint(
            model_name="consultationround",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["draft", "open", "closed", "responding"])),
                fields=("document_id", "kind"),
                name="round_one_running_of_a_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="commentgroup",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("dissolved_at", None), ("state__in", ["together", "declined"])),
                    models.Q(("dissolved_at__isnull", False), ("state", "dissolved")),
                    _connector="OR",
                ),
                name="comment_group_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="response",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("comment__isnull", False), ("group", None)),
                    models.Q(("comment", None), ("group__isnull", False)),
                    _connector="OR",
                ),
                name="response_to_a_comment_or_a_group",
            ),
        ),
        migrations.AddConstraint(
            model_name="response",
            constraint=models.CheckConstraint(
                condition=models.Q(("outcome__in", ["accepted", "partly", "not_accepted", "noted"])),
                name="response_outcome_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="response",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("text__gt", ""),
                    models.Q(("outcome__in", ["accepted", "noted"]), ("reason__gt", ""), _connector="OR"),
                ),
                name="response_gives_its_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="roundaddressee",
            constraint=models.UniqueConstraint(fields=("round", "organization"), name="round_addressee_once"),
        ),
        migrations.AddConstraint(
            model_name="roundaddressee",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("agreed_at", None), ("answered_at", None), ("state", "waiting")),
                    models.Q(
                        ("agreed_at", None),
                        ("answered_at__isnull", False),
                        ("state__in", ["no_comment", "commented"]),
                    ),
                    models.Q(
                        ("agreed_at__isnull", False), ("answered_at__isnull", False), ("state", "agreed")
                    ),
                    _connector="OR",
                ),
                name="round_addressee_state_with_its_moments",
            ),
        ),
        migrations.AddConstraint(
            model_name="formfile",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["refused", "checked"]), ("taken_at", None)),
                    models.Q(("state", "taken"), ("taken_at__isnull", False)),
                    _connector="OR",
                ),
                name="form_file_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="formfile",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["xlsx", "docx"])), name="form_file_kind_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="roundparagraph",
            constraint=models.UniqueConstraint(fields=("round", "paragraph_id"), name="round_paragraph_once"),
        ),
        migrations.AddConstraint(
            model_name="roundparagraph",
            constraint=models.UniqueConstraint(
                fields=("round", "position"), name="round_paragraph_one_a_place"
            ),
        ),
        migrations.AddConstraint(
            model_name="roundparagraph",
            constraint=models.CheckConstraint(
                condition=models.Q(("text__gt", ""), ("position__gt", 0)),
                name="round_paragraph_says_something",
            ),
        ),
        migrations.AddIndex(
            model_name="comment",
            index=models.Index(fields=["round", "state"], name="comment_of_round"),
        ),
        migrations.AddConstraint(
            model_name="comment",
            constraint=models.UniqueConstraint(fields=("round", "number"), name="comment_number_once"),
        ),
        migrations.AddConstraint(
            model_name="comment",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["received", "published", "hidden", "withdrawn"])),
                name="comment_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="comment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("addressee__isnull", False),
                        ("receipt", None),
                        ("sealed", None),
                        ("state__in", ["published", "withdrawn"]),
                        ("body__gt", ""),
                        ("entered_by__isnull", False),
                    ),
                    models.Q(("addressee", None), ("entered_by", None), ("receipt__isnull", False)),
                    _connector="OR",
                ),
                name="comment_by_an_organisation_or_the_public",
            ),
        ),
        migrations.AddConstraint(
            model_name="comment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "received"), _negated=True),
                    models.Q(("body", ""), ("moderated_at", None), ("sealed__isnull", False)),
                    _connector="OR",
                ),
                name="comment_unread_is_sealed",
            ),
        ),
        migrations.AddConstraint(
            model_name="comment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "published"), _negated=True), ("body__gt", ""), _connector="OR"
                ),
                name="comment_published_says_something",
            ),
        ),
        migrations.AddConstraint(
            model_name="comment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "hidden"), _negated=True),
                    models.Q(("body", ""), ("hidden_reason__gt", ""), ("group", None)),
                    _connector="OR",
                ),
                name="comment_hidden_for_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="comment",
            constraint=models.CheckConstraint(
                condition=models.Q(("erased_at", None), ("sealed", None), _connector="OR"),
                name="comment_erased_holds_no_original",
            ),
        ),
        migrations.RunSQL(GUARDS, UNGUARD),
    ]
