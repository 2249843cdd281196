"""What ``data/`` last said of an entry; undoing an import by a job; drafts that speak of places."""

import django.db.models.deletion
from django.db import migrations, models

# a draft from before says nothing of places: carried over, it takes those that stand there
PLACES = """
UPDATE directory_revision
SET content = content || '{"places": []}',
    base = CASE WHEN base = '{}' THEN base ELSE base || '{"places": []}' END
WHERE state IN ('draft', 'in_review', 'returned') AND NOT content ? 'places'
"""


class Migration(migrations.Migration):
    """Adds the table and the columns."""

    dependencies = [("directory", "0014_touched_services_by_their_ids")]

    operations = [
        migrations.CreateModel(
            name="LoadedEntry",
            fields=[
                (
                    "service",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="loaded_entry",
                        serialize=False,
                        to="directory.service",
                    ),
                ),
                ("said", models.JSONField(default=dict)),
                ("said_at", models.DateTimeField()),
                ("kept", models.JSONField(blank=True, default=dict)),
                (
                    "gone_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="data/ からなくなったが、人が直していたので残した日時",
                        null=True,
                    ),
                ),
            ],
            options={"verbose_name_plural": "loaded entries"},
        ),
        migrations.AddField("importrun", "undo_asked_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("importrun", "undo_keeps_changed", models.BooleanField(default=False)),
        migrations.AddField("importrun", "undo_total", models.PositiveIntegerField(blank=True, null=True)),
        migrations.AddField("importrun", "undo_seen", models.PositiveIntegerField(default=0)),
        migrations.AddField(
            "importrun",
            "undo_conflicts",
            models.JSONField(
                blank=True, help_text="最後に取り消そうとしたとき、そのあとに変わっていたもの", null=True
            ),
        ),
        migrations.AddConstraint(
            "importrun",
            models.CheckConstraint(
                condition=models.Q(("undo_asked_at", None), ("state", "done"), _connector="OR"),
                name="import_run_undoing_what_is_done",
            ),
        ),
        migrations.RunSQL(PLACES, migrations.RunSQL.noop),
    ]
