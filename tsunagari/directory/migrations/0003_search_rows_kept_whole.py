from django.db import migrations


class Migration(migrations.Migration):
    """Search rows are kept whole.

    A search row has 1 to 3 KB. PostgreSQL would compress or move out what is above 2 KB, and unpacking it again
    for thousands of rows of a walk costs more than reading wider pages.
    """

    dependencies = [("directory", "0002_history")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE directory_searchrow SET (toast_tuple_target = 8160)",
            "ALTER TABLE directory_searchrow RESET (toast_tuple_target)",
        ),
    ]
