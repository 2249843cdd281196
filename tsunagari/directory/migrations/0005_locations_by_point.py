"""What is near a point is looked for in a box: an index on latitude and longitude."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_shared_cache_and_exports"),
        ("core", "0001_areas"),
        ("directory", "0004_programmes_in_english"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="location",
            index=models.Index(fields=["latitude", "longitude"], name="location_by_point"),
        ),
    ]
