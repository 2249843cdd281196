"""Bodies, posts and memberships, meetings with their papers, motions and votes, minutes."""

import uuid

import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.db.models.constraints
import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations, models

GUARDS = """
CREATE FUNCTION council_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON council_journalentry
    FOR EACH ROW EXECUTE FUNCTION council_refuse_change();

-- A vote is a member's of this body, on the day of the meeting, while the motion is open; it is not changed.
CREATE FUNCTION council_check_vote() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM council_motion m
        JOIN council_meeting g ON g.id = m.meeting_id
        JOIN council_post p ON p.body_id = g.body_id AND p.role <> 'secretary'
        JOIN council_membership s ON s.post_id = p.id AND s.id = NEW.membership_id
        WHERE m.id = NEW.motion_id AND m.state = 'open' AND g.held_on IS NOT NULL
          AND daterange(s.begins_on, s.ends_on, '[]') @> g.held_on
          AND daterange(p.begins_on, p.ends_on, '[]') @> g.held_on
    ) THEN
        RAISE EXCEPTION 'not a vote of a member' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER check_vote BEFORE INSERT ON council_vote
    FOR EACH ROW EXECUTE FUNCTION council_check_vote();
CREATE TRIGGER votes_stay BEFORE UPDATE ON council_vote
    FOR EACH ROW EXECUTE FUNCTION council_refuse_change();
"""
UNGUARD = """
DROP TRIGGER votes_stay ON council_vote;
DROP TRIGGER check_vote ON council_vote;
DROP TRIGGER append_only ON council_journalentry;
DROP FUNCTION council_check_vote, council_refuse_change;
"""


class Migration(migrations.Migration):
    """Adds the tables."""

    initial = True

    dependencies = [
        ("accounts", "0002_shared_cache_and_exports"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        BtreeGistExtension(),
        migrations.CreateModel(
            name="AgendaItem",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("position", models.PositiveSmallIntegerField()),
                ("title", models.CharField(max_length=300, verbose_name="議題")),
                (
                    "kind",
                    models.CharField(
                        choices=[("decision", "決定"), ("discussion", "審議"), ("report", "報告")],
                        default="discussion",
                        max_length=10,
                        verbose_name="種別",
                    ),
                ),
            ],
            options={
                "ordering": ["meeting", "position"],
            },
        ),
        migrations.CreateModel(
            name="LoadedFact",
            fields=[
                ("key", models.CharField(max_length=200, primary_key=True, serialize=False)),
                ("object_id", models.UUIDField()),
                ("content", models.JSONField()),
                ("loaded_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Body",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("name", models.CharField(max_length=200, unique=True, verbose_name="名称")),
                ("short_name", models.CharField(blank=True, max_length=60, verbose_name="略称")),
                (
                    "classification",
                    models.CharField(
                        choices=[
                            ("council", "会議"),
                            ("headquarters", "本部"),
                            ("experts", "有識者会議"),
                            ("forum", "フォーラム"),
                            ("local", "地域協議会"),
                            ("other", "そのほか"),
                        ],
                        max_length=12,
                        verbose_name="種別",
                    ),
                ),
                ("purpose", models.TextField(blank=True, verbose_name="目的")),
                ("basis", models.CharField(blank=True, max_length=300, verbose_name="設置の根拠")),
                ("founding_on", models.DateField(blank=True, null=True, verbose_name="設置日")),
                ("dissolved_on", models.DateField(blank=True, null=True, verbose_name="最後の日")),
                ("position", models.PositiveSmallIntegerField(default=0)),
                ("source", models.CharField(blank=True, max_length=200)),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="council.body",
                    ),
                ),
                (
                    "secretariat",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bodies",
                        to="accounts.organization",
                    ),
                ),
            ],
            options={
                "ordering": ["position", "name"],
            },
        ),
        migrations.CreateModel(
            name="Article",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("number", models.PositiveSmallIntegerField()),
                ("text", models.TextField()),
                ("begins_on", models.DateField()),
                ("ends_on", models.DateField(blank=True, null=True)),
                (
                    "body",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="articles",
                        to="council.body",
                    ),
                ),
            ],
            options={
                "ordering": ["body", "number", "begins_on"],
            },
        ),
        migrations.CreateModel(
            name="JournalEntry",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("action", models.CharField(max_length=40)),
                ("subject_id", models.UUIDField()),
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
                    "body",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="journal", to="council.body"
                    ),
                ),
            ],
            options={
                "ordering": ["-at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="Material",
            fields=[
                (
                    "retention",
                    models.CharField(
                        choices=[
                            ("0", "1年未満"),
                            ("1", "1年"),
                            ("3", "3年"),
                            ("5", "5年"),
                            ("10", "10年"),
                            ("20", "20年"),
                            ("30", "30年"),
                        ],
                        default="10",
                        max_length=2,
                        verbose_name="保存期間",
                    ),
                ),
                (
                    "after_retention",
                    models.CharField(
                        choices=[("transfer", "国立公文書館等へ移管"), ("discard", "廃棄")],
                        default="transfer",
                        max_length=10,
                        verbose_name="満了後",
                    ),
                ),
                ("made_on", models.DateField(verbose_name="作成した日")),
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("position", models.PositiveSmallIntegerField(default=0)),
                ("number", models.CharField(max_length=30, verbose_name="資料番号")),
                ("title", models.CharField(max_length=200, verbose_name="題名")),
                (
                    "access",
                    models.CharField(
                        choices=[("public", "公開"), ("members", "構成員限り"), ("secretariat", "庶務限り")],
                        default="secretariat",
                        max_length=12,
                        verbose_name="閲覧",
                    ),
                ),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                (
                    "agenda_item",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="materials",
                        to="council.agendaitem",
                    ),
                ),
            ],
            options={
                "ordering": ["meeting", "position", "number"],
            },
        ),
        migrations.CreateModel(
            name="MaterialVersion",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("number", models.PositiveSmallIntegerField()),
                ("file_name", models.CharField(max_length=150)),
                ("content_type", models.CharField(max_length=100)),
                ("size", models.PositiveIntegerField()),
                ("pages", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("digest", models.CharField(max_length=64)),
                ("content", models.BinaryField()),
                ("uploaded_at", models.DateTimeField()),
                (
                    "material",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="versions",
                        to="council.material",
                    ),
                ),
                (
                    "uploaded_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["material", "-number"],
            },
        ),
        migrations.CreateModel(
            name="Meeting",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("number", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="回")),
                ("title", models.CharField(max_length=200, verbose_name="名称")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("planned", "予定"),
                            ("called", "招集ずみ"),
                            ("held", "開催ずみ"),
                            ("circulated", "持ち回りで開催"),
                            ("cancelled", "中止"),
                        ],
                        default="planned",
                        max_length=10,
                    ),
                ),
                ("by_circulation", models.BooleanField(default=False, verbose_name="持ち回り")),
                ("date_text", models.CharField(max_length=60, verbose_name="時期")),
                ("earliest_on", models.DateField()),
                ("latest_on", models.DateField(blank=True, null=True)),
                ("tentative", models.BooleanField(default=False, verbose_name="予定")),
                ("held_on", models.DateField(blank=True, null=True, verbose_name="開催日")),
                ("begins_at", models.TimeField(blank=True, null=True, verbose_name="開始")),
                ("ends_at", models.TimeField(blank=True, null=True, verbose_name="終了")),
                ("place", models.CharField(blank=True, max_length=200, verbose_name="場所")),
                ("note", models.CharField(blank=True, max_length=500, verbose_name="備考")),
                ("cancelled_reason", models.CharField(blank=True, max_length=500)),
                ("published", models.BooleanField(default=False, verbose_name="公開")),
                ("changes", models.PositiveIntegerField(default=0)),
                ("created_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                (
                    "body",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="meetings",
                        to="council.body",
                    ),
                ),
            ],
            options={
                "ordering": ["earliest_on", "number", "id"],
            },
        ),
        migrations.AddField(
            model_name="material",
            name="meeting",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="materials", to="council.meeting"
            ),
        ),
        migrations.CreateModel(
            name="Decision",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("position", models.PositiveSmallIntegerField()),
                ("text", models.TextField(verbose_name="決まったこと")),
                ("decided_on", models.DateField()),
                (
                    "agenda_item",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="decisions",
                        to="council.agendaitem",
                    ),
                ),
                (
                    "meeting",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decisions",
                        to="council.meeting",
                    ),
                ),
            ],
            options={
                "ordering": ["decided_on", "position"],
            },
        ),
        migrations.AddField(
            model_name="agendaitem",
            name="meeting",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="agenda", to="council.meeting"
            ),
        ),
        migrations.CreateModel(
            name="ActionItem",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("text", models.CharField(max_length=500, verbose_name="すること")),
                ("due_on", models.DateField(verbose_name="期限")),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "これから"), ("done", "すみ"), ("dropped", "取りやめ")],
                        default="open",
                        max_length=8,
                    ),
                ),
                ("closed_on", models.DateField(blank=True, null=True)),
                ("note", models.CharField(blank=True, max_length=500, verbose_name="結果")),
                ("public", models.BooleanField(default=False, verbose_name="公開")),
                ("created_at", models.DateTimeField()),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="action_items",
                        to="accounts.organization",
                    ),
                ),
                (
                    "body",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="action_items",
                        to="council.body",
                    ),
                ),
                (
                    "decision",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="action_items",
                        to="council.decision",
                    ),
                ),
                (
                    "meeting",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="action_items",
                        to="council.meeting",
                    ),
                ),
            ],
            options={
                "ordering": ["due_on", "id"],
            },
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("begins_on", models.DateField()),
                ("ends_on", models.DateField(blank=True, null=True)),
                ("authority", models.CharField(max_length=300, verbose_name="根拠")),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["post", "begins_on"],
            },
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("name", models.CharField(max_length=80, verbose_name="氏名")),
                ("affiliation", models.CharField(max_length=200, verbose_name="所属・立場")),
                ("reason", models.CharField(max_length=500, verbose_name="理由")),
                ("scope", models.CharField(max_length=300, verbose_name="出席する範囲")),
                ("asked_at", models.DateTimeField()),
                ("attended", models.BooleanField(blank=True, null=True)),
                (
                    "meeting",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="invitations",
                        to="council.meeting",
                    ),
                ),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invitations",
                        to="council.membership",
                    ),
                ),
            ],
            options={
                "ordering": ["meeting", "asked_at"],
            },
        ),
        migrations.CreateModel(
            name="Attendance",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("present", "出席"), ("deputy", "代理出席"), ("absent", "欠席")],
                        max_length=8,
                    ),
                ),
                ("deputy_name", models.CharField(blank=True, max_length=80, verbose_name="代理の方の氏名")),
                (
                    "deputy_office",
                    models.CharField(blank=True, max_length=120, verbose_name="代理の方の官職"),
                ),
                (
                    "meeting",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attendances",
                        to="council.meeting",
                    ),
                ),
                (
                    "membership",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attendances",
                        to="council.membership",
                    ),
                ),
            ],
            options={
                "ordering": ["meeting", "membership__post__position"],
            },
        ),
        migrations.CreateModel(
            name="Minutes",
            fields=[
                (
                    "retention",
                    models.CharField(
                        choices=[
                            ("0", "1年未満"),
                            ("1", "1年"),
                            ("3", "3年"),
                            ("5", "5年"),
                            ("10", "10年"),
                            ("20", "20年"),
                            ("30", "30年"),
                        ],
                        default="10",
                        max_length=2,
                        verbose_name="保存期間",
                    ),
                ),
                (
                    "after_retention",
                    models.CharField(
                        choices=[("transfer", "国立公文書館等へ移管"), ("discard", "廃棄")],
                        default="transfer",
                        max_length=10,
                        verbose_name="満了後",
                    ),
                ),
                ("made_on", models.DateField(verbose_name="作成した日")),
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "案"), ("circulated", "確認中"), ("approved", "確定")],
                        default="draft",
                        max_length=10,
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                ("circulated_at", models.DateTimeField(blank=True, null=True)),
                ("reply_by_on", models.DateField(blank=True, null=True, verbose_name="確認の期限")),
                ("approved_at", models.DateTimeField(blank=True, null=True)),
                ("approved_by_circulation", models.BooleanField(default=False)),
                ("published_at", models.DateTimeField(blank=True, null=True)),
                (
                    "approved_in",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="approved_minutes",
                        to="council.meeting",
                    ),
                ),
                (
                    "meeting",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="minutes",
                        to="council.meeting",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "minutes",
            },
        ),
        migrations.CreateModel(
            name="MinutesParagraph",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("position", models.PositiveIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[("heading", "見出し"), ("speech", "発言"), ("text", "本文")], max_length=8
                    ),
                ),
                ("speaker", models.CharField(blank=True, max_length=200, verbose_name="発言者")),
                ("text", models.TextField()),
                (
                    "minutes",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="paragraphs",
                        to="council.minutes",
                    ),
                ),
            ],
            options={
                "ordering": ["minutes", "position"],
            },
        ),
        migrations.CreateModel(
            name="MinutesCorrection",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("before", models.TextField()),
                ("proposed", models.TextField(verbose_name="直したあとの文")),
                ("note", models.CharField(blank=True, max_length=500, verbose_name="理由")),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "未対応"), ("accepted", "反映"), ("declined", "反映しない")],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("answer", models.CharField(blank=True, max_length=500)),
                ("asked_at", models.DateTimeField()),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrections",
                        to="council.membership",
                    ),
                ),
                (
                    "minutes",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="corrections",
                        to="council.minutes",
                    ),
                ),
                (
                    "paragraph",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="corrections",
                        to="council.minutesparagraph",
                    ),
                ),
            ],
            options={
                "ordering": ["minutes", "asked_at"],
            },
        ),
        migrations.CreateModel(
            name="MinutesSummary",
            fields=[
                (
                    "retention",
                    models.CharField(
                        choices=[
                            ("0", "1年未満"),
                            ("1", "1年"),
                            ("3", "3年"),
                            ("5", "5年"),
                            ("10", "10年"),
                            ("20", "20年"),
                            ("30", "30年"),
                        ],
                        default="10",
                        max_length=2,
                        verbose_name="保存期間",
                    ),
                ),
                (
                    "after_retention",
                    models.CharField(
                        choices=[("transfer", "国立公文書館等へ移管"), ("discard", "廃棄")],
                        default="transfer",
                        max_length=10,
                        verbose_name="満了後",
                    ),
                ),
                ("made_on", models.DateField(verbose_name="作成した日")),
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("text", models.TextField(verbose_name="議事要旨")),
                ("published_at", models.DateTimeField(blank=True, null=True)),
                ("edited_at", models.DateTimeField()),
                (
                    "meeting",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="summary",
                        to="council.meeting",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "minutes summaries",
            },
        ),
        migrations.CreateModel(
            name="Motion",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("position", models.PositiveSmallIntegerField()),
                ("text", models.TextField(verbose_name="議案")),
                (
                    "classification",
                    models.CharField(
                        choices=[
                            ("plan", "重点計画の決定"),
                            ("rules", "運営に関する事項"),
                            ("minutes", "議事録の承認"),
                            ("other", "そのほか"),
                        ],
                        default="other",
                        max_length=10,
                        verbose_name="種類",
                    ),
                ),
                (
                    "requirement",
                    models.CharField(
                        choices=[
                            ("majority", "過半数"),
                            ("two_thirds", "3分の2以上"),
                            ("unanimous", "全会一致"),
                            ("acclamation", "了承（採決なし）"),
                        ],
                        max_length=12,
                        verbose_name="成立の条件",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "審議中"),
                            ("passed", "可決"),
                            ("failed", "否決"),
                            ("withdrawn", "取り下げ"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("result", models.CharField(blank=True, max_length=300)),
                ("opened_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "agenda_item",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="motions",
                        to="council.agendaitem",
                    ),
                ),
                (
                    "meeting",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="motions",
                        to="council.meeting",
                    ),
                ),
            ],
            options={
                "ordering": ["meeting", "position"],
            },
        ),
        migrations.AddField(
            model_name="decision",
            name="motion",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="decision",
                to="council.motion",
            ),
        ),
        migrations.CreateModel(
            name="Person",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("name", models.CharField(max_length=80, verbose_name="氏名")),
                ("name_kana", models.CharField(blank=True, max_length=80, verbose_name="氏名（かな）")),
            ],
            options={
                "ordering": ["name_kana", "name"],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("name__gt", "")), name="person_has_a_name")
                ],
            },
        ),
        migrations.AddField(
            model_name="membership",
            name="person",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="memberships",
                to="council.person",
            ),
        ),
        migrations.CreateModel(
            name="Post",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[("chair", "議長"), ("member", "構成員"), ("secretary", "庶務")],
                        max_length=10,
                        verbose_name="役割",
                    ),
                ),
                ("label", models.CharField(max_length=200, verbose_name="官職・立場")),
                (
                    "mode",
                    models.CharField(
                        choices=[
                            ("ex_officio", "官職による"),
                            ("designated", "大臣の指名"),
                            ("assists", "大臣を補佐する副大臣"),
                            ("added", "議長が追加"),
                        ],
                        max_length=12,
                        verbose_name="決まり方",
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=0)),
                ("begins_on", models.DateField()),
                ("ends_on", models.DateField(blank=True, null=True)),
                ("reason", models.CharField(blank=True, max_length=500)),
                (
                    "added_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="added_posts",
                        to="council.membership",
                    ),
                ),
                (
                    "body",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="posts", to="council.body"
                    ),
                ),
                (
                    "ministry",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="posts",
                        to="accounts.organization",
                    ),
                ),
            ],
            options={
                "ordering": ["body", "position", "id"],
            },
        ),
        migrations.AddField(
            model_name="membership",
            name="post",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="memberships", to="council.post"
            ),
        ),
        migrations.CreateModel(
            name="ScheduleItem",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("council", "会議"),
                            ("expert_panel", "有識者会議"),
                            ("forum", "フォーラム"),
                            ("ministry_consultation", "各省協議"),
                            ("public_comment", "意見公募"),
                            ("other", "そのほか"),
                        ],
                        max_length=24,
                        verbose_name="種別",
                    ),
                ),
                ("title", models.CharField(max_length=200, verbose_name="内容")),
                ("date_text", models.CharField(max_length=60, verbose_name="時期")),
                ("earliest_on", models.DateField()),
                ("latest_on", models.DateField(blank=True, null=True)),
                ("tentative", models.BooleanField(default=False, verbose_name="予定")),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="備考")),
                (
                    "agenda",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=300), blank=True, default=list, size=None
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=0)),
                (
                    "body",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="schedule_items",
                        to="council.body",
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
                "ordering": ["earliest_on", "position", "id"],
            },
        ),
        migrations.AddField(
            model_name="meeting",
            name="schedule_item",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="meetings",
                to="council.scheduleitem",
            ),
        ),
        migrations.CreateModel(
            name="Statement",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("position", models.PositiveIntegerField()),
                ("text", models.TextField()),
                (
                    "agenda_item",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="statements",
                        to="council.agendaitem",
                    ),
                ),
                (
                    "guest",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="statements",
                        to="council.invitation",
                    ),
                ),
                (
                    "meeting",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="statements",
                        to="council.meeting",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="statements",
                        to="council.membership",
                    ),
                ),
            ],
            options={
                "ordering": ["meeting", "position"],
            },
        ),
        migrations.CreateModel(
            name="Succession",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("on", models.DateField(verbose_name="引き継ぐ日")),
                ("date_text", models.CharField(blank=True, max_length=100)),
                ("note", models.CharField(blank=True, max_length=300)),
                (
                    "predecessor",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="followed_by",
                        to="council.body",
                    ),
                ),
                (
                    "successor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="follows", to="council.body"
                    ),
                ),
            ],
            options={
                "ordering": ["on"],
            },
        ),
        migrations.CreateModel(
            name="Vote",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "option",
                    models.CharField(
                        choices=[("yes", "賛成"), ("no", "反対"), ("abstain", "棄権")], max_length=8
                    ),
                ),
                ("deputy_name", models.CharField(blank=True, max_length=80)),
                ("cast_at", models.DateTimeField()),
                (
                    "membership",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="votes",
                        to="council.membership",
                    ),
                ),
                (
                    "motion",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="votes", to="council.motion"
                    ),
                ),
            ],
            options={
                "ordering": ["motion", "membership__post__position"],
            },
        ),
        migrations.CreateModel(
            name="ActionReminder",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[("week_before", "1週間前"), ("due", "期限の日"), ("late", "期限のあと")],
                        max_length=12,
                    ),
                ),
                ("for_on", models.DateField()),
                ("sent_at", models.DateTimeField()),
                (
                    "action_item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reminders",
                        to="council.actionitem",
                    ),
                ),
            ],
            options={
                "ordering": ["-sent_at"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("action_item", "kind", "for_on"), name="action_reminder_once"
                    )
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="body",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("classification__in", ["council", "headquarters", "experts", "forum", "local", "other"])
                ),
                name="body_classification_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="body",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("founding_on", None),
                    ("dissolved_on", None),
                    ("dissolved_on__gte", models.F("founding_on")),
                    _connector="OR",
                ),
                name="body_ends_after_founding",
            ),
        ),
        migrations.AddConstraint(
            model_name="body",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("parent", None), models.Q(("parent", models.F("id")), _negated=True), _connector="OR"
                ),
                name="body_not_its_own_parent",
            ),
        ),
        migrations.AddConstraint(
            model_name="article",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[
                    (models.F("body"), "="),
                    (models.F("number"), "="),
                    (
                        models.Func(
                            "begins_on",
                            "ends_on",
                            django.contrib.postgres.fields.ranges.RangeBoundary(inclusive_upper=True),
                            function="daterange",
                            output_field=django.contrib.postgres.fields.ranges.DateRangeField(),
                        ),
                        "&&",
                    ),
                ],
                name="article_one_wording_a_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="article",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ends_on", None), ("ends_on__gte", models.F("begins_on")), _connector="OR"
                ),
                name="article_ends_after_begin",
            ),
        ),
        migrations.AddConstraint(
            model_name="article",
            constraint=models.CheckConstraint(
                condition=models.Q(("number__gt", 0), ("text__gt", "")), name="article_says_something"
            ),
        ),
        migrations.AddIndex(
            model_name="journalentry",
            index=models.Index(fields=["body", "-at"], name="journal_of_body"),
        ),
        migrations.AddConstraint(
            model_name="materialversion",
            constraint=models.UniqueConstraint(fields=("material", "number"), name="material_version_once"),
        ),
        migrations.AddConstraint(
            model_name="materialversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("size__gt", 0)), name="material_version_not_empty"
            ),
        ),
        migrations.AddConstraint(
            model_name="material",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("retention__in", ["0", "1", "3", "5", "10", "20", "30"]),
                    ("after_retention__in", ["transfer", "discard"]),
                ),
                name="material_retention_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="material",
            constraint=models.CheckConstraint(
                condition=models.Q(("access__in", ["public", "members", "secretariat"])),
                name="material_access_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="material",
            constraint=models.UniqueConstraint(
                condition=models.Q(("withdrawn_at", None)),
                fields=("meeting", "number"),
                name="material_number_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="agendaitem",
            constraint=models.UniqueConstraint(
                deferrable=django.db.models.constraints.Deferrable["DEFERRED"],
                fields=("meeting", "position"),
                name="agenda_item_position_once",
            ),
        ),
        migrations.AddIndex(
            model_name="actionitem",
            index=models.Index(fields=["state", "due_on"], name="action_item_due"),
        ),
        migrations.AddConstraint(
            model_name="actionitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_on", None), ("state", "open")),
                    models.Q(("closed_on__isnull", False), ("state__in", ["done", "dropped"])),
                    _connector="OR",
                ),
                name="action_item_closed_when",
            ),
        ),
        migrations.AddConstraint(
            model_name="actionitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "dropped"), _negated=True), ("note__gt", ""), _connector="OR"
                ),
                name="action_item_dropped_with_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(("name__gt", ""), ("reason__gt", ""), ("scope__gt", "")),
                name="invitation_with_reason_and_scope",
            ),
        ),
        migrations.AddConstraint(
            model_name="attendance",
            constraint=models.UniqueConstraint(fields=("meeting", "membership"), name="attendance_once"),
        ),
        migrations.AddConstraint(
            model_name="attendance",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("deputy_name", ""), ("deputy_office", ""), ("state__in", ["present", "absent"])
                    ),
                    models.Q(("state", "deputy"), ("deputy_name__gt", "")),
                    _connector="OR",
                ),
                name="attendance_deputy_named",
            ),
        ),
        migrations.AddConstraint(
            model_name="minutes",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("retention__in", ["0", "1", "3", "5", "10", "20", "30"]),
                    ("after_retention__in", ["transfer", "discard"]),
                ),
                name="minutes_retention_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="minutes",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("approved_at", None), ("circulated_at", None), ("state", "draft")),
                    models.Q(
                        ("approved_at", None),
                        ("circulated_at__isnull", False),
                        ("reply_by_on__isnull", False),
                        ("state", "circulated"),
                    ),
                    models.Q(
                        ("approved_at__isnull", False),
                        ("circulated_at__isnull", False),
                        ("state", "approved"),
                    ),
                    _connector="OR",
                ),
                name="minutes_state_with_its_moments",
            ),
        ),
        migrations.AddConstraint(
            model_name="minutes",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        models.Q(("state", "approved"), _negated=True),
                        ("approved_by_circulation", False),
                        ("approved_in", None),
                    ),
                    models.Q(
                        ("approved_by_circulation", False),
                        ("approved_in__isnull", False),
                        ("state", "approved"),
                    ),
                    models.Q(("approved_by_circulation", True), ("approved_in", None), ("state", "approved")),
                    _connector="OR",
                ),
                name="minutes_approved_one_way",
            ),
        ),
        migrations.AddConstraint(
            model_name="minutes",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("approved_in", None),
                    models.Q(("approved_in", models.F("meeting")), _negated=True),
                    _connector="OR",
                ),
                name="minutes_not_approved_by_their_own_meeting",
            ),
        ),
        migrations.AddConstraint(
            model_name="minutes",
            constraint=models.CheckConstraint(
                condition=models.Q(("published_at", None), ("state", "approved"), _connector="OR"),
                name="minutes_published_once_approved",
            ),
        ),
        migrations.AddConstraint(
            model_name="minutesparagraph",
            constraint=models.UniqueConstraint(
                deferrable=django.db.models.constraints.Deferrable["DEFERRED"],
                fields=("minutes", "position"),
                name="minutes_paragraph_position_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="minutesparagraph",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "speech"), ("speaker__gt", "")),
                    models.Q(("kind__in", ["heading", "text"]), ("speaker", "")),
                    _connector="OR",
                ),
                name="minutes_paragraph_speech_has_speaker",
            ),
        ),
        migrations.AddConstraint(
            model_name="minutescorrection",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("answered_at", None), ("state", "open")),
                    models.Q(("answered_at__isnull", False), ("state__in", ["accepted", "declined"])),
                    _connector="OR",
                ),
                name="minutes_correction_answered_when",
            ),
        ),
        migrations.AddConstraint(
            model_name="minutescorrection",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "declined"), _negated=True), ("answer__gt", ""), _connector="OR"
                ),
                name="minutes_correction_declined_with_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="minutessummary",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("retention__in", ["0", "1", "3", "5", "10", "20", "30"]),
                    ("after_retention__in", ["transfer", "discard"]),
                ),
                name="minutessummary_retention_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="minutessummary",
            constraint=models.CheckConstraint(
                condition=models.Q(("text__gt", "")), name="minutes_summary_says_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="motion",
            constraint=models.UniqueConstraint(fields=("meeting", "position"), name="motion_position_once"),
        ),
        migrations.AddConstraint(
            model_name="motion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("requirement__in", ["majority", "two_thirds", "unanimous", "acclamation"])
                ),
                name="motion_requirement_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="motion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_at", None), ("state", "open")),
                    models.Q(
                        ("closed_at__isnull", False),
                        ("state__in", ["passed", "failed", "withdrawn"]),
                        ("result__gt", ""),
                    ),
                    _connector="OR",
                ),
                name="motion_closed_with_result",
            ),
        ),
        migrations.AddConstraint(
            model_name="motion",
            constraint=models.CheckConstraint(
                condition=models.Q(("text__gt", "")), name="motion_says_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.UniqueConstraint(fields=("meeting", "position"), name="decision_position_once"),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(("text__gt", "")), name="decision_says_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="post",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("role__in", ["chair", "member", "secretary"]),
                    ("mode__in", ["ex_officio", "designated", "assists", "added"]),
                ),
                name="post_role_and_mode_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="post",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("added_by__isnull", False), ("mode", "added"), ("role", "member"), ("reason__gt", "")
                    ),
                    models.Q(models.Q(("mode", "added"), _negated=True), ("added_by", None)),
                    _connector="OR",
                ),
                name="post_added_by_the_chair",
            ),
        ),
        migrations.AddConstraint(
            model_name="post",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ends_on", None), ("ends_on__gte", models.F("begins_on")), _connector="OR"
                ),
                name="post_ends_after_begin",
            ),
        ),
        migrations.AddConstraint(
            model_name="post",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("role", "chair")),
                expressions=[
                    (models.F("body"), "="),
                    (
                        models.Func(
                            "begins_on",
                            "ends_on",
                            django.contrib.postgres.fields.ranges.RangeBoundary(inclusive_upper=True),
                            function="daterange",
                            output_field=django.contrib.postgres.fields.ranges.DateRangeField(),
                        ),
                        "&&",
                    ),
                ],
                name="post_one_chair_a_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[
                    (models.F("post"), "="),
                    (
                        models.Func(
                            "begins_on",
                            "ends_on",
                            django.contrib.postgres.fields.ranges.RangeBoundary(inclusive_upper=True),
                            function="daterange",
                            output_field=django.contrib.postgres.fields.ranges.DateRangeField(),
                        ),
                        "&&",
                    ),
                ],
                name="membership_one_holder_a_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ends_on", None), ("ends_on__gte", models.F("begins_on")), _connector="OR"
                ),
                name="membership_last_day_after_first",
            ),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.CheckConstraint(
                condition=models.Q(("authority__gt", "")), name="membership_has_authority"
            ),
        ),
        migrations.AddConstraint(
            model_name="scheduleitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("latest_on", None), ("latest_on__gte", models.F("earliest_on")), _connector="OR"
                ),
                name="schedule_item_latest_after_earliest",
            ),
        ),
        migrations.AddConstraint(
            model_name="scheduleitem",
            constraint=models.CheckConstraint(
                condition=models.Q(("date_text__gt", "")), name="schedule_item_in_its_own_words"
            ),
        ),
        migrations.AddIndex(
            model_name="meeting",
            index=models.Index(fields=["body", "earliest_on"], name="meeting_of_body"),
        ),
        migrations.AddConstraint(
            model_name="meeting",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["planned", "called", "held", "circulated", "cancelled"])),
                name="meeting_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="meeting",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["planned", "cancelled"]), ("held_on__isnull", False), _connector="OR"
                ),
                name="meeting_called_for_a_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="meeting",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        models.Q(("state", "held"), _negated=True), ("by_circulation", False), _connector="OR"
                    ),
                    models.Q(
                        models.Q(("state", "circulated"), _negated=True),
                        ("by_circulation", True),
                        _connector="OR",
                    ),
                ),
                name="meeting_held_or_circulated",
            ),
        ),
        migrations.AddConstraint(
            model_name="meeting",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "cancelled"), _negated=True),
                    ("cancelled_reason__gt", ""),
                    _connector="OR",
                ),
                name="meeting_cancelled_with_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="meeting",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("latest_on", None), ("latest_on__gte", models.F("earliest_on")), _connector="OR"
                ),
                name="meeting_latest_after_earliest",
            ),
        ),
        migrations.AddConstraint(
            model_name="meeting",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ends_at", None),
                    models.Q(("begins_at__isnull", False), ("ends_at__gt", models.F("begins_at"))),
                    _connector="OR",
                ),
                name="meeting_ends_after_begin",
            ),
        ),
        migrations.AddConstraint(
            model_name="meeting",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "cancelled"), _negated=True),
                fields=("body", "number"),
                name="meeting_number_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="statement",
            constraint=models.UniqueConstraint(
                fields=("meeting", "position"), name="statement_position_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="statement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("guest", None), ("member__isnull", False)),
                    models.Q(("guest__isnull", False), ("member", None)),
                    _connector="OR",
                ),
                name="statement_by_member_or_guest",
            ),
        ),
        migrations.AddConstraint(
            model_name="statement",
            constraint=models.CheckConstraint(
                condition=models.Q(("text__gt", "")), name="statement_says_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="succession",
            constraint=models.CheckConstraint(
                condition=models.Q(("predecessor", models.F("successor")), _negated=True),
                name="succession_to_another_body",
            ),
        ),
        migrations.AddConstraint(
            model_name="vote",
            constraint=models.UniqueConstraint(fields=("motion", "membership"), name="vote_once"),
        ),
        migrations.AddConstraint(
            model_name="vote",
            constraint=models.CheckConstraint(
                condition=models.Q(("option__in", ["yes", "no", "abstain"])), name="vote_option_known"
            ),
        ),
        migrations.RunSQL(GUARDS, UNGUARD),
    ]
