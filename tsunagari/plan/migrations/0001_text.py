"""The plan's text. Triggers refuse every change to the text of a version that has been decided."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# table suffix → column that leads to the version
FIXED = {
    "chapter": "version_id",
    "policy": "version_id",
    "measuretext": "version_id",
    "block": "version_id",
    "responsibility": "measure_text_id",
    "budgetproject": "measure_text_id",
    "target": "measure_text_id",
    "measuretext_policies": "measuretext_id",
}

REFUSE = """
CREATE FUNCTION plan_refuse_change_of_decided() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    owners uuid[];
    found int;
BEGIN
    IF TG_OP = 'UPDATE' AND NEW = OLD THEN
        RETURN NEW;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        owners := array_append(owners, (to_jsonb(OLD)->>TG_ARGV[0])::uuid);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        owners := array_append(owners, (to_jsonb(NEW)->>TG_ARGV[0])::uuid);
    END IF;
    IF TG_ARGV[0] = 'version_id' THEN
        SELECT count(*) INTO found FROM plan_planversion v
        WHERE v.id = ANY(owners) AND v.state IN ('decided', 'in_force', 'superseded');
    ELSE
        SELECT count(*) INTO found FROM plan_measuretext t JOIN plan_planversion v ON v.id = t.version_id
        WHERE t.id = ANY(owners) AND v.state IN ('decided', 'in_force', 'superseded');
    END IF;
    IF found > 0 THEN
        RAISE EXCEPTION 'the text of a decided version does not change' USING ERRCODE = 'check_violation',
            CONSTRAINT = 'decided_text_stays';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
"""


def triggers():
    """SQL that guards every table of the text."""
    for table, column in FIXED.items():
        yield (
            f"CREATE TRIGGER decided_text_stays BEFORE INSERT OR UPDATE OR DELETE ON plan_{table} "
            f"FOR EACH ROW EXECUTE FUNCTION plan_refuse_change_of_decided('{column}');"
        )


def undo():
    """SQL that takes the guards away."""
    for table in FIXED:
        yield f"DROP TRIGGER decided_text_stays ON plan_{table};"
    yield "DROP FUNCTION plan_refuse_change_of_decided;"


class Migration(migrations.Migration):
    """Creates the tables and the guards."""

    initial = True

    dependencies = [
        ("accounts", "0002_shared_cache_and_exports"),
        ("council", "0001_bodies_meetings_minutes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Plan",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("key", models.SlugField(max_length=60, unique=True)),
                ("title", models.CharField(max_length=200)),
                ("duties_from", models.DateField(blank=True, null=True)),
                ("act", models.CharField(blank=True, max_length=100)),
                ("loaded_digest", models.CharField(blank=True, max_length=64)),
                (
                    "secretariat",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="plans_as_secretariat",
                        to="accounts.organization",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Measure",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("key", models.CharField(max_length=8)),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="measures", to="plan.plan"
                    ),
                ),
            ],
            options={
                "ordering": ["plan", "key"],
            },
        ),
        migrations.CreateModel(
            name="PlanVersion",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("number", models.PositiveSmallIntegerField()),
                ("title", models.CharField(max_length=200)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "案"),
                            ("consultation", "協議中"),
                            ("final_draft", "最終案"),
                            ("decided", "決定"),
                            ("in_force", "実施中"),
                            ("superseded", "旧版"),
                        ],
                        default="draft",
                        max_length=14,
                    ),
                ),
                ("decided_on", models.DateField(blank=True, null=True)),
                ("in_force_on", models.DateField(blank=True, null=True)),
                ("superseded_on", models.DateField(blank=True, null=True)),
                ("published_at", models.DateTimeField(blank=True, null=True)),
                ("source", models.CharField(blank=True, max_length=200)),
                ("note", models.TextField(blank=True)),
                ("created_at", models.DateTimeField()),
                (
                    "motion",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="plan_versions",
                        to="council.motion",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="versions", to="plan.plan"
                    ),
                ),
                (
                    "predecessor",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="successors",
                        to="plan.planversion",
                    ),
                ),
            ],
            options={
                "ordering": ["plan", "number"],
            },
        ),
        migrations.CreateModel(
            name="MeasureText",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("position", models.PositiveIntegerField()),
                ("title", models.CharField(max_length=200)),
                ("cross_cutting", models.BooleanField(default=False)),
                ("source", models.JSONField(default=list)),
                (
                    "placed_by",
                    models.CharField(
                        choices=[
                            ("document", "原資料"),
                            ("project", "このサイト"),
                            ("secretariat", "事務局"),
                        ],
                        default="secretariat",
                        max_length=12,
                    ),
                ),
                ("no_target_reason", models.TextField(blank=True)),
                ("revision", models.PositiveIntegerField(default=0)),
                (
                    "measure",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="texts", to="plan.measure"
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="measure_texts",
                        to="plan.planversion",
                    ),
                ),
            ],
            options={
                "ordering": ["version", "position"],
            },
        ),
        migrations.CreateModel(
            name="MeasureLineage",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("renamed", "改称"), ("split", "分割"), ("merged", "統合")], max_length=8
                    ),
                ),
                ("before_title", models.CharField(max_length=200)),
                ("after_title", models.CharField(max_length=200)),
                ("at", models.DateTimeField()),
                (
                    "after",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lineage_before",
                        to="plan.measure",
                    ),
                ),
                (
                    "before",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lineage_after",
                        to="plan.measure",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lineage",
                        to="plan.planversion",
                    ),
                ),
            ],
            options={
                "ordering": ["at", "id"],
            },
        ),
        migrations.CreateModel(
            name="Chapter",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("number", models.PositiveSmallIntegerField()),
                ("title", models.CharField(max_length=200)),
                ("note", models.CharField(blank=True, max_length=500)),
                ("revision", models.PositiveIntegerField(default=0)),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="chapters",
                        to="plan.planversion",
                    ),
                ),
            ],
            options={
                "ordering": ["version", "number"],
            },
        ),
        migrations.CreateModel(
            name="Block",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "section",
                    models.CharField(
                        choices=[
                            ("body", "本文"),
                            ("situation", "現状"),
                            ("challenge", "課題"),
                            ("goal", "目標"),
                            ("action", "対策"),
                        ],
                        max_length=10,
                    ),
                ),
                ("paragraph_id", models.UUIDField(default=uuid.uuid4)),
                ("position", models.PositiveIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("heading", "見出し"),
                            ("paragraph", "段落"),
                            ("item", "箇条書き"),
                            ("quote", "引用"),
                        ],
                        default="paragraph",
                        max_length=10,
                    ),
                ),
                ("level", models.PositiveSmallIntegerField(default=1)),
                ("text", models.TextField()),
                (
                    "chapter",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="blocks",
                        to="plan.chapter",
                    ),
                ),
                (
                    "measure_text",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="blocks",
                        to="plan.measuretext",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="blocks",
                        to="plan.planversion",
                    ),
                ),
            ],
            options={
                "ordering": ["version", "section", "position"],
            },
        ),
        migrations.CreateModel(
            name="Policy",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("number", models.PositiveSmallIntegerField()),
                ("title", models.CharField(max_length=300)),
                ("list_ends_with", models.CharField(blank=True, max_length=20)),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="policies",
                        to="plan.planversion",
                    ),
                ),
            ],
            options={
                "ordering": ["version", "number"],
            },
        ),
        migrations.AddField(
            model_name="measuretext",
            name="policies",
            field=models.ManyToManyField(related_name="measure_texts", to="plan.policy"),
        ),
        migrations.CreateModel(
            name="Responsibility",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("lead", models.BooleanField(default=False)),
                (
                    "measure_text",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="responsibilities",
                        to="plan.measuretext",
                    ),
                ),
                (
                    "ministry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="responsibilities",
                        to="accounts.organization",
                    ),
                ),
            ],
            options={
                "ordering": ["measure_text", "-lead", "ministry__name"],
            },
        ),
        migrations.CreateModel(
            name="SourceDocument",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("key", models.SlugField(max_length=40)),
                ("title", models.CharField(max_length=200)),
                ("decided_on", models.DateField(blank=True, null=True)),
                ("dated", models.CharField(blank=True, max_length=60)),
                ("place", models.CharField(blank=True, max_length=200)),
                ("text", models.TextField(blank=True)),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="source_documents",
                        to="plan.plan",
                    ),
                ),
            ],
            options={
                "ordering": ["plan", "key"],
            },
        ),
        migrations.CreateModel(
            name="SourceOrder",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("number", models.PositiveSmallIntegerField()),
                ("text", models.TextField()),
                ("note", models.CharField(blank=True, max_length=500)),
                (
                    "document",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="orders",
                        to="plan.sourcedocument",
                    ),
                ),
                ("measures", models.ManyToManyField(blank=True, related_name="orders", to="plan.measure")),
            ],
            options={
                "ordering": ["document", "number"],
            },
        ),
        migrations.CreateModel(
            name="Target",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("lineage_id", models.UUIDField(default=uuid.uuid4)),
                ("position", models.PositiveSmallIntegerField(default=0)),
                ("text", models.CharField(max_length=500)),
                ("baseline", models.DecimalField(blank=True, decimal_places=4, max_digits=20, null=True)),
                ("value", models.DecimalField(blank=True, decimal_places=4, max_digits=20, null=True)),
                ("unit", models.CharField(blank=True, max_length=40)),
                ("begins_on", models.DateField(blank=True, null=True)),
                ("deadline_on", models.DateField(blank=True, null=True)),
                (
                    "measure_text",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="targets",
                        to="plan.measuretext",
                    ),
                ),
            ],
            options={
                "ordering": ["measure_text", "position"],
            },
        ),
        migrations.CreateModel(
            name="TextRevision",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("number", models.PositiveIntegerField()),
                ("content", models.JSONField()),
                ("edited_at", models.DateTimeField()),
                (
                    "chapter",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="revisions",
                        to="plan.chapter",
                    ),
                ),
                (
                    "edited_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "measure_text",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="revisions",
                        to="plan.measuretext",
                    ),
                ),
            ],
            options={
                "ordering": ["number"],
            },
        ),
        migrations.CreateModel(
            name="VersionEvent",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("step", models.CharField(max_length=24)),
                ("state_before", models.CharField(blank=True, max_length=14)),
                ("state_after", models.CharField(max_length=14)),
                ("at", models.DateTimeField()),
                ("on", models.DateField(blank=True, null=True)),
                ("reason", models.TextField(blank=True)),
                (
                    "actor",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="events",
                        to="plan.planversion",
                    ),
                ),
            ],
            options={
                "ordering": ["at", "id"],
            },
        ),
        migrations.CreateModel(
            name="BudgetProject",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("project_id", models.CharField(max_length=10)),
                ("name", models.CharField(max_length=200)),
                ("fiscal_year", models.PositiveSmallIntegerField()),
                ("amount_yen", models.BigIntegerField(blank=True, null=True)),
                (
                    "ministry",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.organization",
                    ),
                ),
                (
                    "measure_text",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="budget_projects",
                        to="plan.measuretext",
                    ),
                ),
            ],
            options={
                "ordering": ["measure_text", "fiscal_year", "project_id"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("measure_text", "project_id", "fiscal_year"), name="budget_project_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("project_id__regex", "^[0-9]{1,10}$")),
                        name="budget_project_id_form",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount_yen", None), ("amount_yen__gte", 0), _connector="OR"),
                        name="budget_amount_not_negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("fiscal_year__gte", 2000), ("fiscal_year__lte", 2100)),
                        name="budget_year_plausible",
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="measure",
            constraint=models.UniqueConstraint(fields=("plan", "key"), name="measure_key_once"),
        ),
        migrations.AddConstraint(
            model_name="measure",
            constraint=models.CheckConstraint(
                condition=models.Q(("key__regex", "^M[0-9]{2,5}$")), name="measure_key_form"
            ),
        ),
        migrations.AddConstraint(
            model_name="planversion",
            constraint=models.UniqueConstraint(fields=("plan", "number"), name="version_number_once"),
        ),
        migrations.AddConstraint(
            model_name="planversion",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "in_force")), fields=("plan",), name="version_in_force_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="planversion",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["draft", "consultation", "final_draft"])),
                fields=("plan",),
                name="version_in_work_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="planversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        ["draft", "consultation", "final_draft", "decided", "in_force", "superseded"],
                    )
                ),
                name="version_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="planversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("number__gte", 1)), name="version_number_from_one"
            ),
        ),
        migrations.AddConstraint(
            model_name="planversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_on", None), ("state__in", ["draft", "consultation", "final_draft"])),
                    models.Q(
                        ("decided_on__isnull", False),
                        ("published_at__isnull", False),
                        ("state__in", ["decided", "in_force", "superseded"]),
                    ),
                    _connector="OR",
                ),
                name="version_decided_when_it_says_so",
            ),
        ),
        migrations.AddConstraint(
            model_name="planversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("in_force_on__isnull", False), ("state__in", ["in_force", "superseded"])),
                    models.Q(
                        models.Q(("state__in", ["in_force", "superseded"]), _negated=True),
                        ("in_force_on", None),
                    ),
                    _connector="OR",
                ),
                name="version_in_force_when_it_says_so",
            ),
        ),
        migrations.AddConstraint(
            model_name="planversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "superseded"), ("superseded_on__isnull", False)),
                    models.Q(models.Q(("state", "superseded"), _negated=True), ("superseded_on", None)),
                    _connector="OR",
                ),
                name="version_superseded_when_it_says_so",
            ),
        ),
        migrations.AddConstraint(
            model_name="planversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("in_force_on", None), ("in_force_on__gte", models.F("decided_on")), _connector="OR"
                    ),
                    models.Q(
                        ("superseded_on", None),
                        ("superseded_on__gte", models.F("in_force_on")),
                        _connector="OR",
                    ),
                ),
                name="version_days_in_order",
            ),
        ),
        migrations.AddConstraint(
            model_name="planversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("predecessor", None),
                    models.Q(("predecessor", models.F("id")), _negated=True),
                    _connector="OR",
                ),
                name="version_not_own_predecessor",
            ),
        ),
        migrations.AddConstraint(
            model_name="measurelineage",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["renamed", "split", "merged"])), name="lineage_kind_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="measurelineage",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("before", models.F("after")), ("kind", "renamed")),
                    models.Q(
                        models.Q(("kind", "renamed"), _negated=True),
                        models.Q(("before", models.F("after")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="lineage_renamed_is_itself",
            ),
        ),
        migrations.AddConstraint(
            model_name="measurelineage",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "renamed"), _negated=True),
                fields=("version", "before", "after", "kind"),
                name="lineage_pair_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="chapter",
            constraint=models.UniqueConstraint(fields=("version", "number"), name="chapter_number_once"),
        ),
        migrations.AddConstraint(
            model_name="block",
            constraint=models.UniqueConstraint(
                fields=("version", "paragraph_id"), name="paragraph_once_in_version"
            ),
        ),
        migrations.AddConstraint(
            model_name="block",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("chapter__isnull", False), ("measure_text", None), ("section", "body")),
                    models.Q(
                        ("chapter", None),
                        ("measure_text__isnull", False),
                        ("section__in", ["situation", "challenge", "goal", "action"]),
                    ),
                    _connector="OR",
                ),
                name="block_in_chapter_or_measure",
            ),
        ),
        migrations.AddConstraint(
            model_name="block",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["heading", "paragraph", "item", "quote"])),
                name="block_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="block",
            constraint=models.CheckConstraint(
                condition=models.Q(("level__gte", 1), ("level__lte", 4)), name="block_level_bounded"
            ),
        ),
        migrations.AddConstraint(
            model_name="block",
            constraint=models.CheckConstraint(
                condition=models.Q(("text", ""), _negated=True), name="block_not_empty"
            ),
        ),
        migrations.AddConstraint(
            model_name="policy",
            constraint=models.UniqueConstraint(fields=("version", "number"), name="policy_number_once"),
        ),
        migrations.AddConstraint(
            model_name="measuretext",
            constraint=models.UniqueConstraint(fields=("version", "measure"), name="measure_once_in_version"),
        ),
        migrations.AddConstraint(
            model_name="measuretext",
            constraint=models.CheckConstraint(
                condition=models.Q(("title", ""), _negated=True), name="measure_text_has_title"
            ),
        ),
        migrations.AddConstraint(
            model_name="measuretext",
            constraint=models.CheckConstraint(
                condition=models.Q(("placed_by__in", ["document", "project", "secretariat"])),
                name="measure_placed_by_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="responsibility",
            constraint=models.UniqueConstraint(fields=("measure_text", "ministry"), name="responsible_once"),
        ),
        migrations.AddConstraint(
            model_name="responsibility",
            constraint=models.UniqueConstraint(
                condition=models.Q(("lead", True)), fields=("measure_text",), name="one_leads"
            ),
        ),
        migrations.AddConstraint(
            model_name="sourcedocument",
            constraint=models.UniqueConstraint(fields=("plan", "key"), name="source_document_once"),
        ),
        migrations.AddConstraint(
            model_name="sourceorder",
            constraint=models.UniqueConstraint(fields=("document", "number"), name="source_order_once"),
        ),
        migrations.AddConstraint(
            model_name="target",
            constraint=models.UniqueConstraint(
                fields=("measure_text", "lineage_id"), name="target_once_in_measure"
            ),
        ),
        migrations.AddConstraint(
            model_name="target",
            constraint=models.CheckConstraint(
                condition=models.Q(("text", ""), _negated=True), name="target_says_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="target",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("baseline", None), ("value", None)),
                    models.Q(("unit", ""), _negated=True),
                    _connector="OR",
                ),
                name="target_value_has_unit",
            ),
        ),
        migrations.AddConstraint(
            model_name="target",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("begins_on", None),
                    ("deadline_on", None),
                    ("deadline_on__gte", models.F("begins_on")),
                    _connector="OR",
                ),
                name="target_deadline_after_begin",
            ),
        ),
        migrations.AddConstraint(
            model_name="textrevision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("chapter__isnull", False), ("measure_text", None)),
                    models.Q(("chapter", None), ("measure_text__isnull", False)),
                    _connector="OR",
                ),
                name="revision_of_chapter_or_measure",
            ),
        ),
        migrations.AddConstraint(
            model_name="textrevision",
            constraint=models.UniqueConstraint(
                condition=models.Q(("chapter", None), _negated=True),
                fields=("chapter", "number"),
                name="revision_of_chapter_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="textrevision",
            constraint=models.UniqueConstraint(
                condition=models.Q(("measure_text", None), _negated=True),
                fields=("measure_text", "number"),
                name="revision_of_measure_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="versionevent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state_after__in",
                        ["draft", "consultation", "final_draft", "decided", "in_force", "superseded"],
                    )
                ),
                name="event_state_known",
            ),
        ),
        migrations.RunSQL([REFUSE, *triggers()], [*undo()]),
    ]
