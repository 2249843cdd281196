"""Triggers of bulk changes look rows up by index.

Their plans are kept from the first call, when the tables may be empty: a plan that reads a whole table for each
statement, or for each row, makes an import of a million services take days.
"""

from django.db import migrations

FUNCTIONS = (
    "directory_touch_service",
    "directory_channel_tells_nothing",
    "directory_accessibility_tells_nothing",
    "directory_serviceatlocation_tells_nothing",
    "directory_foreignfields_tells_nothing",
)
SETTINGS = ("enable_seqscan", "enable_hashjoin", "enable_mergejoin", "jit")


class Migration(migrations.Migration):
    """Sets how they are planned."""

    dependencies = [("directory", "0012_uploads_and_column_mappings")]

    operations = [
        migrations.RunSQL(
            [f"ALTER FUNCTION {name}() SET {setting} = off" for name in FUNCTIONS for setting in SETTINGS],
            [f"ALTER FUNCTION {name}() RESET {setting}" for name in FUNCTIONS for setting in SETTINGS],
        )
    ]
