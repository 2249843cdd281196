import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Files handed in for import, and what organisations said their columns mean."""

    dependencies = [
        ("accounts", "0002_shared_cache_and_exports"),
        ("directory", "0011_confidential_places_stay_so"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ColumnMapping",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("headings_digest", models.CharField(max_length=64)),
                ("mapping", models.JSONField()),
                ("saved_at", models.DateTimeField()),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="column_mappings",
                        to="accounts.organization",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organization", "headings_digest"), name="column_mapping_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ImportUpload",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("file_name", models.CharField(max_length=200)),
                ("digest", models.CharField(max_length=64)),
                ("size", models.PositiveIntegerField()),
                ("format", models.CharField(max_length=40)),
                ("content", models.BinaryField(null=True)),
                ("options", models.JSONField(blank=True, default=dict)),
                ("created_at", models.DateTimeField()),
                ("erased_at", models.DateTimeField(blank=True, null=True)),
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="import_uploads",
                        to="accounts.organization",
                    ),
                ),
                (
                    "run",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="upload",
                        to="directory.importrun",
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at", "id"],
                "indexes": [models.Index(fields=["organization", "-created_at"], name="import_upload_of")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("content", None), ("erased_at", None), _connector="XOR"),
                        name="import_upload_erased_when",
                    )
                ],
            },
        ),
    ]
