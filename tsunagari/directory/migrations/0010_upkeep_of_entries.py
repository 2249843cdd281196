import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Drafts and versions of entries, questions whether they are still right, what became of reports."""

    dependencies = [
        ("accounts", "0002_shared_cache_and_exports"),
        ("directory", "0009_entries_in_more_languages"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ConfirmationMail",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                ("bounced_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["-created_at", "id"],
            },
        ),
        migrations.CreateModel(
            name="ConfirmationRequest",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("asked_at", models.DateTimeField()),
                ("last_sent_at", models.DateTimeField()),
                ("times_sent", models.PositiveSmallIntegerField(default=1)),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                (
                    "answer",
                    models.CharField(
                        blank=True,
                        choices=[("confirmed", "正しい"), ("needs_change", "直すところがある")],
                        max_length=12,
                    ),
                ),
            ],
            options={
                "ordering": ["-asked_at", "id"],
            },
        ),
        migrations.CreateModel(
            name="NightlyRun",
            fields=[
                ("name", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("ran_on", models.DateField()),
            ],
        ),
        migrations.CreateModel(
            name="Operator",
            fields=[
                (
                    "organization",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="accounts.organization",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Revision",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "下書き"),
                            ("in_review", "確認待ち"),
                            ("returned", "差し戻し"),
                            ("published", "公開ずみ"),
                            ("withdrawn", "取り下げ"),
                        ],
                        default="draft",
                        max_length=10,
                    ),
                ),
                ("content", models.JSONField()),
                ("base", models.JSONField(default=dict)),
                ("version", models.PositiveIntegerField(default=1)),
                ("number", models.PositiveIntegerField(blank=True, null=True)),
                (
                    "authors",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), default=list, size=None
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("edited_at", models.DateTimeField()),
                ("submitted_at", models.DateTimeField(blank=True, null=True)),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("reason", models.CharField(blank=True, max_length=500)),
            ],
            options={
                "ordering": ["-edited_at", "id"],
            },
        ),
        migrations.AddField(
            model_name="mistakereport",
            name="duplicate_of",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="duplicates",
                to="directory.mistakereport",
            ),
        ),
        migrations.AddField(
            model_name="mistakereport",
            name="handled_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="mistakereport",
            name="handled_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="mistakereport",
            name="reason",
            field=models.CharField(blank=True, max_length=500),
        ),
        migrations.AddField(
            model_name="mistakereport",
            name="source",
            field=models.CharField(
                choices=[("visitor", "サイトを見た人"), ("organization", "確認のメールへの返事")],
                default="visitor",
                max_length=12,
            ),
        ),
        migrations.AddField(
            model_name="mistakereport",
            name="text_erased_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="mistakereport",
            name="state",
            field=models.CharField(
                choices=[
                    ("open", "未対応"),
                    ("accepted", "直します"),
                    ("declined", "直しません"),
                    ("duplicate", "同じ知らせがあります"),
                ],
                default="open",
                max_length=10,
            ),
        ),
        migrations.AddIndex(
            model_name="mistakereport",
            index=models.Index(fields=["state", "created_at"], name="mistake_report_waiting"),
        ),
        migrations.AddConstraint(
            model_name="mistakereport",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("handled_at", None), ("state", "open")),
                    models.Q(
                        ("handled_at__isnull", False), ("state__in", ["accepted", "declined", "duplicate"])
                    ),
                    _connector="OR",
                ),
                name="mistake_report_handled_or_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="mistakereport",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "declined"), _negated=True), ("reason__gt", ""), _connector="OR"
                ),
                name="mistake_report_declined_with_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="mistakereport",
            constraint=models.CheckConstraint(
                condition=models.Q(("text_erased_at", None), ("text", ""), _connector="OR"),
                name="mistake_report_erased_is_empty",
            ),
        ),
        migrations.AddConstraint(
            model_name="mistakereport",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("duplicate_of", None),
                    models.Q(("duplicate_of", models.F("id")), _negated=True),
                    _connector="OR",
                ),
                name="mistake_report_not_its_own",
            ),
        ),
        migrations.AddField(
            model_name="confirmationmail",
            name="organization",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="confirmation_mails",
                to="accounts.organization",
            ),
        ),
        migrations.AddField(
            model_name="confirmationrequest",
            name="service",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="confirmation_requests",
                to="directory.service",
            ),
        ),
        migrations.AddField(
            model_name="confirmationmail",
            name="requests",
            field=models.ManyToManyField(related_name="mails", to="directory.confirmationrequest"),
        ),
        migrations.AddField(
            model_name="revision",
            name="author",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="revision",
            name="organization",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="revisions",
                to="accounts.organization",
            ),
        ),
        migrations.AddField(
            model_name="revision",
            name="report",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="revisions",
                to="directory.mistakereport",
            ),
        ),
        migrations.AddField(
            model_name="revision",
            name="restores",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="directory.revision",
            ),
        ),
        migrations.AddField(
            model_name="revision",
            name="reviewer",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="revision",
            name="service",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="revisions",
                to="directory.service",
            ),
        ),
        migrations.AddConstraint(
            model_name="confirmationrequest",
            constraint=models.UniqueConstraint(
                condition=models.Q(("answered_at", None)), fields=("service",), name="confirmation_open_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="confirmationrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("answer", ""), ("answered_at", None)),
                    models.Q(("answer__in", ["confirmed", "needs_change"]), ("answered_at__isnull", False)),
                    _connector="OR",
                ),
                name="confirmation_answered_with_answer",
            ),
        ),
        migrations.AddIndex(
            model_name="revision",
            index=models.Index(fields=["organization", "state"], name="revision_of_organization"),
        ),
        migrations.AddConstraint(
            model_name="revision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["draft", "in_review", "returned", "published", "withdrawn"])
                ),
                name="revision_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="revision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("reviewer", None),
                    models.Q(("reviewer", models.F("author")), _negated=True),
                    _connector="OR",
                ),
                name="revision_four_eyes",
            ),
        ),
        migrations.AddConstraint(
            model_name="revision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "published"), _negated=True),
                    models.Q(
                        ("decided_at__isnull", False),
                        ("number__isnull", False),
                        ("reviewer__isnull", False),
                        ("service__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="revision_published_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="revision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "returned"), _negated=True), ("reason__gt", ""), _connector="OR"
                ),
                name="revision_returned_with_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="revision",
            constraint=models.UniqueConstraint(fields=("service", "number"), name="revision_number_once"),
        ),
    ]
