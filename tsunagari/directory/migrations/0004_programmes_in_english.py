from django.db import migrations, models


class Migration(migrations.Migration):
    """Whom a programme is for, where one applies, what it costs and what to bring, in English too."""

    dependencies = [
        ("directory", "0003_search_rows_kept_whole"),
    ]

    operations = [
        migrations.AddField(
            model_name="requireddocument",
            name="document_en",
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.AddField(
            model_name="service",
            name="application_process_en",
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name="service",
            name="eligibility_description_en",
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name="service",
            name="fees_description_en",
            field=models.TextField(blank=True),
        ),
    ]
