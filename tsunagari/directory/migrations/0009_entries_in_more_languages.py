"""Texts of entries in more languages, with their history."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

# table suffix → HSDS resource type, as in 0002
TABLES = {"servicetext": "service_text"}
TRANSITIONS = {
    "insert": "REFERENCING NEW TABLE AS new_rows",
    "update": "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "delete": "REFERENCING OLD TABLE AS old_rows",
}


def triggers():
    """SQL that creates the triggers: each change is written down and renews the service's time."""
    for table, kind in TABLES.items():
        for event, rows in TRANSITIONS.items():
            for name, call in (
                ("history", f"directory_record_history('{kind}', 'id')"),
                ("touch", "directory_touch_service()"),
            ):
                yield (
                    f"CREATE TRIGGER {name}_{event} AFTER {event.upper()} ON directory_{table} {rows} "
                    f"FOR EACH STATEMENT EXECUTE FUNCTION {call};"
                )


def undo():
    """SQL that removes them."""
    for table in TABLES:
        for event in TRANSITIONS:
            yield f"DROP TRIGGER history_{event} ON directory_{table};"
            yield f"DROP TRIGGER touch_{event} ON directory_{table};"


class Migration(migrations.Migration):
    """Adds the table and its triggers."""

    dependencies = [("directory", "0008_imports_and_merges")]

    operations = [
        migrations.CreateModel(
            name="ServiceText",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("language", models.CharField(max_length=20)),
                (
                    "field",
                    models.CharField(
                        choices=[
                            ("name", "名前"),
                            ("description", "説明"),
                            ("eligibility_description", "だれのため"),
                            ("application_process", "どこで申しこむ"),
                            ("fees_description", "費用"),
                            ("note", "知っておくこと"),
                        ],
                        max_length=30,
                    ),
                ),
                ("text", models.TextField()),
                (
                    "source",
                    models.CharField(
                        choices=[("human", "人が訳した"), ("machine", "機械が訳した")], max_length=10
                    ),
                ),
                ("checked_on", models.DateField(blank=True, null=True)),
                (
                    "service",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="texts",
                        to="directory.service",
                    ),
                ),
            ],
            options={
                "ordering": ["language", "field"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("service", "language", "field"), name="service_text_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("language__in", ["ja", "en"]), _negated=True),
                            ("language__regex", "^[a-z]{2,3}(-[a-zA-Z0-9]{1,8})*$"),
                        ),
                        name="service_text_language",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "field__in",
                                [
                                    "name",
                                    "description",
                                    "eligibility_description",
                                    "application_process",
                                    "fees_description",
                                    "note",
                                ],
                            ),
                            ("source__in", ["human", "machine"]),
                            models.Q(("text", ""), _negated=True),
                        ),
                        name="service_text_known",
                    ),
                ],
            },
        ),
        migrations.RunSQL([*triggers()], [*undo()]),
    ]
