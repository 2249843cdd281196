"""Confidential places and their sealed addresses; who observed reachability; coverage by week."""

import django.db.models.functions.datetime
import django.db.models.lookups
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_shared_cache_and_exports"),
        ("core", "0001_areas"),
        ("directory", "0005_locations_by_point"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ConfidentialAddress",
            fields=[
                (
                    "location",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="sealed_address",
                        serialize=False,
                        to="directory.location",
                    ),
                ),
                ("sealed", models.BinaryField(null=True)),
                ("sealed_at", models.DateTimeField()),
                ("erased_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name_plural": "confidential addresses",
            },
        ),
        migrations.CreateModel(
            name="CoverageWeek",
            fields=[
                ("area_code", models.CharField(max_length=6, primary_key=True, serialize=False)),
                ("weeks", models.JSONField()),
                ("week_from", models.DateField(help_text="the Monday from which the weeks were counted")),
                ("computed_at", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="location",
            name="confidential",
            field=models.BooleanField(
                default=False, help_text="所在地を知らせない（シェルターなど）: 住所も位置も持てない"
            ),
        ),
        migrations.AddField(
            model_name="reachability",
            name="kind",
            field=models.CharField(
                choices=[
                    ("reported", "団体からの報告"),
                    ("measured", "このしくみの回線での記録"),
                    ("published", "公表された数字"),
                ],
                default="published",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="reachability",
            name="observed_from",
            field=models.DateField(blank=True, help_text="数えはじめた日", null=True),
        ),
        migrations.AddField(
            model_name="reachability",
            name="recorded_at",
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
        ),
        migrations.AddField(
            model_name="reachability",
            name="replaces",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="replaced_by",
                to="directory.reachability",
            ),
        ),
        migrations.AddField(
            model_name="reachability",
            name="reported_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="accounts.organization",
            ),
        ),
        migrations.AddField(
            model_name="reachability",
            name="withdrawn_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="reachability",
            name="observed_on",
            field=models.DateField(help_text="数えた最後の日"),
        ),
        migrations.AddIndex(
            model_name="location",
            index=models.Index(
                condition=models.Q(("confidential", True)), fields=["id"], name="location_confidential"
            ),
        ),
        migrations.AddConstraint(
            model_name="location",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("confidential", False),
                    models.Q(
                        ("address_1", ""),
                        ("address_2", ""),
                        ("alternate_name", ""),
                        ("description", ""),
                        ("latitude", None),
                        ("longitude", None),
                        ("name", ""),
                        ("name_kana", ""),
                        ("postal_code", ""),
                        ("transportation", ""),
                        ("url", ""),
                        models.Q(
                            ("area", None),
                            django.db.models.lookups.Regex(models.F("area"), "^[0-9]{2}000[0-9]$"),
                            _connector="OR",
                        ),
                    ),
                    _connector="OR",
                ),
                name="location_confidential_tells_nothing",
            ),
        ),
        migrations.AddConstraint(
            model_name="reachability",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["reported", "measured", "published"])),
                name="reachability_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="reachability",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("observed_from", None), ("observed_from__lte", models.F("observed_on")), _connector="OR"
                ),
                name="reachability_days_in_order",
            ),
        ),
        migrations.AddConstraint(
            model_name="reachability",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("typical_wait_minutes", None), ("typical_wait_minutes__lte", 1440), _connector="OR"
                ),
                name="reachability_wait_within_a_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="reachability",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "reported"), ("withdrawn_at", None)),
                fields=("channel", "reported_by", "observed_from", "observed_on"),
                name="reachability_reported_once",
                nulls_distinct=False,
            ),
        ),
        migrations.AddField(
            model_name="confidentialaddress",
            name="erased_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="confidentialaddress",
            name="sealed_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="confidentialaddress",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("erased_at", None), ("sealed__isnull", False)),
                    models.Q(("erased_at__isnull", False), ("sealed", None)),
                    _connector="OR",
                ),
                name="confidential_address_kept_or_erased",
            ),
        ),
    ]
