"""Imports, duplicates and merges; the history of foreign fields; nothing of a confidential place is kept."""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

TABLES = {"foreignfields": "foreign_fields"}

# What a run brought of a place that is now confidential, and what hangs on it, is taken out of the runs.
CONFIDENTIAL = """
CREATE FUNCTION directory_forget_imported_place() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM directory_importproblem p USING directory_importrow r
        WHERE r.object_id = NEW.id AND r.kind = 'location' AND p.run_id = r.run_id AND p.number = r.number;
    UPDATE directory_importrow SET payload = '{}', before = NULL, changes = NULL, name = ''
        WHERE object_id = NEW.id AND kind = 'location';
    UPDATE directory_importrow r
        SET payload = payload - 'places' - 'place_channels', before = before - 'places' - 'place_channels',
            changes = changes - 'places' - 'place_channels'
        FROM directory_serviceatlocation s
        WHERE s.location_id = NEW.id AND r.object_id = s.service_id AND r.kind = 'service';
    UPDATE directory_merge m SET before = '{}', after = '{}'
        FROM directory_serviceatlocation s
        WHERE s.location_id = NEW.id AND s.service_id IN (m.survivor_id, m.merged_id);
    DELETE FROM directory_metadata h USING directory_foreignfields f
        WHERE f.link_id = NEW.id AND h.resource_id = f.id AND h.resource_type = 'foreign_fields';
    DELETE FROM directory_foreignfields WHERE link_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER forget_imported_place AFTER UPDATE OF confidential ON directory_location FOR EACH ROW
    WHEN (NEW.confidential AND NOT OLD.confidential) EXECUTE FUNCTION directory_forget_imported_place();

CREATE FUNCTION directory_foreignfields_tells_nothing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM directory_location l JOIN new_rows n ON n.link_id = l.id WHERE l.confidential) THEN
        RAISE EXCEPTION 'a confidential place has no foreign fields'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'confidential_place_tells_nothing';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER tells_nothing_insert AFTER INSERT ON directory_foreignfields REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION directory_foreignfields_tells_nothing();
CREATE TRIGGER tells_nothing_update AFTER UPDATE ON directory_foreignfields REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION directory_foreignfields_tells_nothing();
"""
NOT_CONFIDENTIAL = """
DROP TRIGGER forget_imported_place ON directory_location;
DROP FUNCTION directory_forget_imported_place;
DROP TRIGGER tells_nothing_insert ON directory_foreignfields;
DROP TRIGGER tells_nothing_update ON directory_foreignfields;
DROP FUNCTION directory_foreignfields_tells_nothing;
"""
TRANSITIONS = {
    "insert": "REFERENCING NEW TABLE AS new_rows",
    "update": "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "delete": "REFERENCING OLD TABLE AS old_rows",
}


def history():
    """SQL that creates the triggers of the history."""
    for table, kind in TABLES.items():
        for event, rows in TRANSITIONS.items():
            yield (
                f"CREATE TRIGGER history_{event} AFTER {event.upper()} ON directory_{table} {rows} "
                f"FOR EACH STATEMENT EXECUTE FUNCTION directory_record_history('{kind}', 'id');"
            )


def no_history():
    """SQL that removes them."""
    for table in TABLES:
        for event in TRANSITIONS:
            yield f"DROP TRIGGER history_{event} ON directory_{table};"


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_shared_cache_and_exports"),
        ("directory", "0007_confidential_places_stay_untold"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ForeignFields",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("link_entity", models.CharField(max_length=40)),
                ("link_id", models.UUIDField()),
                ("fields", models.JSONField()),
            ],
            options={
                "verbose_name_plural": "foreign fields",
                "constraints": [
                    models.UniqueConstraint(fields=("link_id", "link_entity"), name="foreign_fields_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="ImportRun",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                (
                    "restricted",
                    models.BooleanField(
                        default=False, help_text="この団体のもの、この団体が取り込んだものだけを変える"
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        help_text="出どころ。項目の番号は、その中だけで一つに決まる", max_length=100
                    ),
                ),
                ("file_name", models.CharField(max_length=200)),
                ("file_digest", models.CharField(max_length=64)),
                ("file_size", models.BigIntegerField()),
                ("format", models.CharField(max_length=40)),
                (
                    "options",
                    models.JSONField(blank=True, default=dict, help_text="形式ごとの読み方（列の対応など）"),
                ),
                (
                    "policy",
                    models.CharField(
                        choices=[
                            ("keep", "人が直した項目は、そのまま残す"),
                            ("overwrite", "人が直した項目も、書きかえる"),
                        ],
                        default="keep",
                        max_length=10,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("checking", "確認しています"),
                            ("checked", "確認しました"),
                            ("importing", "取り込んでいます"),
                            ("done", "取り込みました"),
                            ("failed", "取り込めませんでした"),
                            ("undone", "取り消しました"),
                        ],
                        default="checking",
                        max_length=10,
                    ),
                ),
                (
                    "records_read",
                    models.PositiveIntegerField(
                        default=0, help_text="ここまで読んだ。止まったら、ここから続ける"
                    ),
                ),
                ("rows_seen", models.PositiveIntegerField(default=0)),
                ("rows_total", models.PositiveIntegerField(blank=True, null=True)),
                ("published", models.PositiveIntegerField(default=0)),
                ("counts", models.JSONField(blank=True, default=dict)),
                ("failure_ja", models.CharField(blank=True, max_length=500)),
                ("failure_en", models.CharField(blank=True, max_length=500)),
                ("created_at", models.DateTimeField()),
                ("checked_at", models.DateTimeField(blank=True, null=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
                (
                    "actor",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="import_runs",
                        to="accounts.organization",
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at"],
            },
        ),
        migrations.CreateModel(
            name="ImportRow",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=16)),
                ("object_id", models.UUIDField()),
                ("number", models.PositiveIntegerField()),
                ("name", models.CharField(blank=True, max_length=200)),
                ("payload", models.JSONField()),
                (
                    "match_keys",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), blank=True, null=True, size=None
                    ),
                ),
                (
                    "action",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "まだ決まっていません"),
                            ("created", "新しく載る"),
                            ("changed", "変わる"),
                            ("unchanged", "同じ"),
                            ("refused", "載せられない"),
                        ],
                        default="",
                        max_length=10,
                    ),
                ),
                ("changes", models.JSONField(blank=True, null=True)),
                (
                    "kept",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=60), blank=True, null=True, size=None
                    ),
                ),
                ("before", models.JSONField(blank=True, null=True)),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rows",
                        to="directory.importrun",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ImportProblem",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "number",
                    models.PositiveIntegerField(help_text="行（JSON では何番目か）、0 はファイル全体"),
                ),
                (
                    "part",
                    models.CharField(blank=True, help_text="ZIP の中のファイル、表の名前", max_length=120),
                ),
                ("field", models.CharField(blank=True, max_length=120)),
                ("value", models.CharField(blank=True, max_length=200)),
                ("code", models.CharField(max_length=40)),
                (
                    "severity",
                    models.CharField(
                        choices=[
                            ("error", "載せられない"),
                            ("warning", "確かめてください"),
                            ("note", "お知らせ"),
                        ],
                        max_length=8,
                    ),
                ),
                ("sentence_ja", models.CharField(max_length=500)),
                ("sentence_en", models.CharField(max_length=500)),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="problems",
                        to="directory.importrun",
                    ),
                ),
            ],
            options={
                "ordering": ["number", "id"],
            },
        ),
        migrations.CreateModel(
            name="MatchKey",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("service_id", models.UUIDField()),
                ("key", models.BigIntegerField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["key"], name="match_key"),
                    models.Index(fields=["service_id"], name="match_key_service"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Merge",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("before", models.JSONField()),
                ("after", models.JSONField()),
                ("merged_at", models.DateTimeField()),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
                (
                    "merged",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merged_into",
                        to="directory.service",
                    ),
                ),
                (
                    "merged_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "survivor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merges",
                        to="directory.service",
                    ),
                ),
            ],
            options={
                "ordering": ["-merged_at"],
            },
        ),
        migrations.CreateModel(
            name="MergeProposal",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("score", models.PositiveSmallIntegerField()),
                ("reasons", models.JSONField(help_text='[{"code": "same_phone", "value": "…"}]')),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "未判断"), ("accepted", "同じもの"), ("declined", "別のもの")],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "first",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="directory.service"
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="merge_proposals",
                        to="directory.importrun",
                    ),
                ),
                (
                    "second",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="directory.service"
                    ),
                ),
            ],
            options={
                "ordering": ["-score", "created_at"],
            },
        ),
        migrations.AddIndex(
            model_name="importrun",
            index=models.Index(fields=["file_digest"], name="import_run_file"),
        ),
        migrations.AddConstraint(
            model_name="importrun",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["checking", "checked", "importing", "done", "failed", "undone"])
                ),
                name="import_run_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="importrun",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["done", "undone"]), _negated=True),
                    ("finished_at__isnull", False),
                    _connector="OR",
                ),
                name="import_run_done_when",
            ),
        ),
        migrations.AddConstraint(
            model_name="importrun",
            constraint=models.CheckConstraint(
                condition=models.Q(("state", "undone"), ("undone_at", None), _connector="XOR"),
                name="import_run_undone_when",
            ),
        ),
        migrations.AddConstraint(
            model_name="importrun",
            constraint=models.CheckConstraint(
                condition=models.Q(("restricted", False), ("organization__isnull", False), _connector="OR"),
                name="import_run_of_whom",
            ),
        ),
        migrations.AddIndex(
            model_name="importrow",
            index=models.Index(fields=["run", "kind", "id"], name="import_row_order"),
        ),
        migrations.AddConstraint(
            model_name="importrow",
            constraint=models.UniqueConstraint(fields=("object_id", "kind", "run"), name="import_row_once"),
        ),
        migrations.AddIndex(
            model_name="importproblem",
            index=models.Index(fields=["run", "severity", "number"], name="import_problem_order"),
        ),
        migrations.AddConstraint(
            model_name="importproblem",
            constraint=models.CheckConstraint(
                condition=models.Q(("severity__in", ["error", "warning", "note"])),
                name="import_problem_severity",
            ),
        ),
        migrations.AddConstraint(
            model_name="merge",
            constraint=models.UniqueConstraint(
                condition=models.Q(("undone_at", None)), fields=("merged",), name="merge_of_a_service_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="merge",
            constraint=models.CheckConstraint(
                condition=models.Q(("survivor", models.F("merged")), _negated=True), name="merge_of_two"
            ),
        ),
        migrations.AddIndex(
            model_name="mergeproposal",
            index=models.Index(fields=["state", "-score"], name="merge_proposal_order"),
        ),
        migrations.AddConstraint(
            model_name="mergeproposal",
            constraint=models.UniqueConstraint(fields=("first", "second"), name="merge_proposal_once"),
        ),
        migrations.AddConstraint(
            model_name="mergeproposal",
            constraint=models.CheckConstraint(
                condition=models.Q(("first__lt", models.F("second"))), name="merge_proposal_in_order"
            ),
        ),
        migrations.AddConstraint(
            model_name="mergeproposal",
            constraint=models.CheckConstraint(
                condition=models.Q(("score__lte", 100)), name="merge_proposal_score"
            ),
        ),
        migrations.AddConstraint(
            model_name="mergeproposal",
            constraint=models.CheckConstraint(
                condition=models.Q(("state", "open"), ("decided_at__isnull", False), _connector="XOR"),
                name="merge_proposal_decided_when",
            ),
        ),
        migrations.RunSQL([*history(), CONFIDENTIAL], [*no_history(), NOT_CONFIDENTIAL]),
    ]
