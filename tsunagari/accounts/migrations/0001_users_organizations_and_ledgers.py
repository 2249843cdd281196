"""Users, organisations and memberships; the ledgers of readings and of account events, which only grow."""

import uuid

import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

# 法人番号: the first digit is 9 - (sum of the other twelve, doubled at even places from the right) mod 9.
CORPORATE_NUMBER = """
CREATE FUNCTION accounts_corporate_number_valid(number text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN number = '' THEN true
        WHEN number !~ '^[1-9][0-9]{12}$' THEN false
        ELSE substr(number, 1, 1)::int = 9 - (
            SELECT sum(substr(number, 14 - place, 1)::int * (CASE WHEN place % 2 = 0 THEN 2 ELSE 1 END))
            FROM generate_series(1, 12) AS place
        ) % 9
    END
$$;
"""

# A ledger that could be edited would prove nothing, so the database itself refuses.
APPEND_ONLY = """
CREATE FUNCTION accounts_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON accounts_recordreading
    FOR EACH ROW EXECUTE FUNCTION accounts_refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON accounts_accountevent
    FOR EACH ROW EXECUTE FUNCTION accounts_refuse_change();
"""
NO_APPEND_ONLY = """
DROP TRIGGER append_only ON accounts_accountevent;
DROP TRIGGER append_only ON accounts_recordreading;
DROP FUNCTION accounts_refuse_change();
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("core", "__first__"),
    ]

    operations = [
        migrations.RunSQL(CORPORATE_NUMBER, "DROP FUNCTION accounts_corporate_number_valid(text)"),
        migrations.CreateModel(
            name="User",
            fields=[
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("email", models.EmailField(max_length=254, unique=True, verbose_name="メールアドレス")),
                ("display_name", models.CharField(max_length=80, verbose_name="表示名")),
                ("is_active", models.BooleanField(default=True)),
                (
                    "language",
                    models.CharField(
                        choices=[("ja", "日本語"), ("en", "English")],
                        default="ja",
                        max_length=5,
                        verbose_name="表示言語",
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("email", django.db.models.functions.text.Lower("email"))),
                        name="user_email_in_small_letters",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Organization",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("name", models.CharField(max_length=200, verbose_name="名称")),
                ("name_kana", models.CharField(blank=True, max_length=200, verbose_name="名称（かな）")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("ministry", "府省"),
                            ("prefecture", "都道府県"),
                            ("municipality", "市区町村"),
                            ("npo", "NPO・市民団体"),
                            ("public_body", "公的団体"),
                            ("company", "企業"),
                            ("other", "その他"),
                        ],
                        max_length=20,
                        verbose_name="種別",
                    ),
                ),
                ("corporate_number", models.CharField(blank=True, max_length=13, verbose_name="法人番号")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "area",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="core.area",
                        verbose_name="地域",
                    ),
                ),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="accounts.organization",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("admin", "管理者"),
                            ("editor", "掲載担当"),
                            ("counsellor", "相談員"),
                            ("supervisor", "スーパーバイザー"),
                            ("caseworker", "支援員"),
                            ("link_worker", "リンクワーカー"),
                            ("officer", "行政担当"),
                            ("privacy_officer", "個人情報保護担当"),
                            ("researcher", "調査担当"),
                            ("secretary", "会議庶務"),
                            ("viewer", "閲覧"),
                        ],
                        max_length=20,
                        verbose_name="役割",
                    ),
                ),
                ("started_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="memberships",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="memberships",
                        to="accounts.organization",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("email", models.EmailField(max_length=254, verbose_name="メールアドレス")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("admin", "管理者"),
                            ("editor", "掲載担当"),
                            ("counsellor", "相談員"),
                            ("supervisor", "スーパーバイザー"),
                            ("caseworker", "支援員"),
                            ("link_worker", "リンクワーカー"),
                            ("officer", "行政担当"),
                            ("privacy_officer", "個人情報保護担当"),
                            ("researcher", "調査担当"),
                            ("secretary", "会議庶務"),
                            ("viewer", "閲覧"),
                        ],
                        max_length=20,
                        verbose_name="役割",
                    ),
                ),
                ("token_hash", models.CharField(max_length=64, unique=True)),
                ("invited_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("accepted_at", models.DateTimeField(blank=True, null=True)),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "invited_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invitations",
                        to="accounts.organization",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="AccountEvent",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("logged_in", "ログイン"),
                            ("login_failed", "ログイン失敗"),
                            ("logged_out", "ログアウト"),
                            ("password_changed", "パスワード変更"),
                            ("password_reset", "パスワード再設定"),
                            ("mfa_added", "二要素認証の追加"),
                            ("mfa_removed", "二要素認証の削除"),
                            ("mfa_codes_renewed", "回復コードの再発行"),
                            ("invited", "招待"),
                            ("invitation_accepted", "招待の承諾"),
                            ("invitation_revoked", "招待の取り消し"),
                            ("invitation_restored", "招待の取り消しを元に戻す"),
                            ("role_changed", "役割の変更"),
                            ("membership_started", "所属の開始"),
                            ("membership_ended", "所属の終了"),
                            ("membership_restored", "所属の終了を元に戻す"),
                        ],
                        max_length=24,
                    ),
                ),
                ("detail", models.JSONField(default=dict)),
                ("at", models.DateTimeField()),
                ("request_id", models.CharField(blank=True, max_length=64)),
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
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.organization",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RecordReading",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("subject_type", models.CharField(max_length=60)),
                ("subject_id", models.UUIDField()),
                ("person_ref", models.UUIDField(blank=True, null=True)),
                ("basis", models.CharField(max_length=60)),
                ("at", models.DateTimeField()),
                ("request_id", models.CharField(blank=True, max_length=64)),
                (
                    "actor",
                    models.ForeignKey(
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
            ],
        ),
        migrations.AddIndex(
            model_name="organization",
            index=models.Index(fields=["name_kana", "name"], name="organization_by_kana"),
        ),
        migrations.AddConstraint(
            model_name="organization",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        ["ministry", "prefecture", "municipality", "npo", "public_body", "company", "other"],
                    )
                ),
                name="organization_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="organization",
            constraint=models.CheckConstraint(
                condition=models.Func(
                    models.F("corporate_number"),
                    function="accounts_corporate_number_valid",
                    output_field=models.BooleanField(),
                ),
                name="organization_corporate_number_valid",
            ),
        ),
        migrations.AddConstraint(
            model_name="organization",
            constraint=models.UniqueConstraint(
                condition=models.Q(models.Q(("corporate_number", ""), _negated=True), ("parent", None)),
                fields=("corporate_number",),
                name="organization_corporate_number_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="organization",
            constraint=models.CheckConstraint(
                condition=models.Q(("parent", models.F("id")), _negated=True),
                name="organization_not_own_parent",
            ),
        ),
        migrations.AddIndex(
            model_name="membership",
            index=models.Index(fields=["organization", "ended_at"], name="membership_of_organization"),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)),
                fields=("user", "organization", "role"),
                name="membership_active_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ended_at", None), ("ended_at__gte", models.F("started_at")), _connector="OR"
                ),
                name="membership_ends_after_start",
            ),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "role__in",
                        [
                            "admin",
                            "editor",
                            "counsellor",
                            "supervisor",
                            "caseworker",
                            "link_worker",
                            "officer",
                            "privacy_officer",
                            "researcher",
                            "secretary",
                            "viewer",
                        ],
                    )
                ),
                name="membership_role_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(("email", django.db.models.functions.text.Lower("email"))),
                name="invitation_email_in_small_letters",
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(("accepted_at", None), ("revoked_at", None), _connector="OR"),
                name="invitation_accepted_or_revoked",
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("accepted_at", None), ("revoked_at", None)),
                fields=("organization", "email", "role"),
                name="invitation_open_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "role__in",
                        [
                            "admin",
                            "editor",
                            "counsellor",
                            "supervisor",
                            "caseworker",
                            "link_worker",
                            "officer",
                            "privacy_officer",
                            "researcher",
                            "secretary",
                            "viewer",
                        ],
                    )
                ),
                name="invitation_role_known",
            ),
        ),
        migrations.AddIndex(
            model_name="accountevent",
            index=models.Index(
                models.F("user"), models.OrderBy(models.F("at"), descending=True), name="event_of_user"
            ),
        ),
        migrations.AddIndex(
            model_name="accountevent",
            index=models.Index(
                models.F("organization"),
                models.OrderBy(models.F("at"), descending=True),
                name="event_of_organization",
            ),
        ),
        migrations.AddConstraint(
            model_name="accountevent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "login_failed"), _negated=True),
                    models.Q(("actor", None), ("user", None)),
                    _connector="OR",
                ),
                name="event_failed_login_names_nobody",
            ),
        ),
        migrations.AddIndex(
            model_name="recordreading",
            index=models.Index(
                models.F("organization"),
                models.OrderBy(models.F("at"), descending=True),
                name="reading_of_organization",
            ),
        ),
        migrations.AddIndex(
            model_name="recordreading",
            index=models.Index(
                models.F("person_ref"),
                models.OrderBy(models.F("at"), descending=True),
                name="reading_of_person",
            ),
        ),
        migrations.AddIndex(
            model_name="recordreading",
            index=models.Index(
                models.F("actor"), models.OrderBy(models.F("at"), descending=True), name="reading_by_actor"
            ),
        ),
        migrations.RunSQL(APPEND_ONLY, NO_APPEND_ONLY),
    ]
