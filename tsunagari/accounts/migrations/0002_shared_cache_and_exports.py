"""The cache that all web processes share (counters of failed logins, used codes); exports in the ledger."""

from django.db import migrations, models

# Unlogged: nothing in it must outlive a crash, and its writes cost no journal. Columns as DatabaseCache wants.
CACHE = """
CREATE UNLOGGED TABLE accounts_cache (
    cache_key varchar(255) PRIMARY KEY,
    value text NOT NULL,
    expires timestamptz NOT NULL
);
CREATE INDEX accounts_cache_expires ON accounts_cache (expires);
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_users_organizations_and_ledgers")]

    operations = [
        migrations.RunSQL(CACHE, "DROP TABLE accounts_cache"),
        migrations.AlterField(
            model_name="accountevent",
            name="kind",
            field=models.CharField(
                max_length=24,
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
                    ("readings_exported", "閲覧記録の書き出し"),
                    ("membership_restored", "所属の終了を元に戻す"),
                ],
            ),
        ),
    ]
