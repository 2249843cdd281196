"""The services that a bulk change touches are found by a list of their ids.

Joined, the rows were looked through once for each service when the plan had been kept from an empty table: the
first loading of the directory took minutes. A list of ids has one plan, whatever the tables held before.
"""

from django.db import migrations

BY_LIST = """
CREATE OR REPLACE FUNCTION directory_touch_service() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off SET jit = off AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        UPDATE directory_service s SET modified_at = now()
        WHERE s.id = ANY (ARRAY(SELECT DISTINCT (to_jsonb(o)->>'service_id')::uuid FROM old_rows o))
          AND s.modified_at <> now();
    ELSE
        UPDATE directory_service s SET modified_at = now()
        WHERE s.id = ANY (ARRAY(SELECT DISTINCT (to_jsonb(n)->>'service_id')::uuid FROM new_rows n))
          AND s.modified_at <> now();
    END IF;
    RETURN NULL;
END $$;
"""

BY_JOIN = """
CREATE OR REPLACE FUNCTION directory_touch_service() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        UPDATE directory_service s SET modified_at = now()
        FROM (SELECT DISTINCT (to_jsonb(o)->>'service_id')::uuid AS id FROM old_rows o) touched
        WHERE s.id = touched.id AND s.modified_at <> now();
    ELSE
        UPDATE directory_service s SET modified_at = now()
        FROM (SELECT DISTINCT (to_jsonb(n)->>'service_id')::uuid AS id FROM new_rows n) touched
        WHERE s.id = touched.id AND s.modified_at <> now();
    END IF;
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    """Replaces the function; its triggers stay."""

    dependencies = [("directory", "0013_triggers_find_rows_by_index")]

    operations = [migrations.RunSQL(BY_LIST, BY_JOIN)]
