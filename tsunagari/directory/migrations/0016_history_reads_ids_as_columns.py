"""The history of new rows takes their ids as a column: a million rows need not become JSON for that.

`directory_record_history` is that of 0007 with another first part. The id's column is named by the trigger, so the
statement is put together.
"""

from django.db import migrations

RECORD = """
CREATE OR REPLACE FUNCTION directory_record_history() RETURNS trigger LANGUAGE plpgsql
SET enable_nestloop = off SET enable_mergejoin = off SET jit = off AS $$
DECLARE
    resource text := TG_ARGV[0];
    identifier text := TG_ARGV[1];
    changed_by text := coalesce(nullif(current_setting('tsunagari.actor', true), ''), 'system');
BEGIN
    IF TG_OP = 'INSERT' THEN
        EXECUTE format('
            INSERT INTO directory_metadata (id, resource_id, resource_type, last_action_date, last_action_type,
                                            field_name, previous_value, replacement_value, updated_by)
            SELECT gen_random_uuid(), n.%1$I, $1, now(), $2, $3, $4, n.%1$I::text, $5 FROM new_rows n',
            identifier) USING resource, 'create', 'id', '', changed_by;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO directory_metadata (id, resource_id, resource_type, last_action_date, last_action_type,
                                        field_name, previous_value, replacement_value, updated_by)
        SELECT gen_random_uuid(), (to_jsonb(o)->>identifier)::uuid, resource, now(), 'delete', 'id',
               to_jsonb(o)->>identifier, '', changed_by
        FROM old_rows o;
    ELSE
        INSERT INTO directory_metadata (id, resource_id, resource_type, last_action_date, last_action_type,
                                        field_name, previous_value, replacement_value, updated_by)
        SELECT gen_random_uuid(), (n.row->>identifier)::uuid, resource, now(), 'update', changed.key,
               CASE WHEN untold THEN '' ELSE coalesce(o.row->>changed.key, '') END,
               CASE WHEN untold THEN '' ELSE coalesce(changed.value, '') END, changed_by
        FROM (SELECT to_jsonb(r) AS row FROM new_rows r) n
        JOIN (SELECT to_jsonb(r) AS row FROM old_rows r) o ON o.row->>identifier = n.row->>identifier
        LEFT JOIN (SELECT id FROM directory_location WHERE confidential
                   UNION ALL
                   SELECT s.id FROM directory_serviceatlocation s
                   JOIN directory_location l ON l.id = s.location_id AND l.confidential
                   UNION ALL
                   SELECT c.id FROM directory_contact c
                   JOIN directory_location l ON l.id = c.location_id AND l.confidential) AS hidden
            ON hidden.id = coalesce(n.row->>'location_id', n.row->>'service_at_location_id',
                                    n.row->>'contact_id')::uuid
        CROSS JOIN LATERAL jsonb_each_text(n.row) changed
        CROSS JOIN LATERAL (
            SELECT hidden.id IS NOT NULL
                OR (resource = 'location' AND changed.key <> 'confidential'
                    AND 'true' IN (n.row->>'confidential', o.row->>'confidential')) AS untold) AS told
        WHERE n.row IS DISTINCT FROM o.row
          AND changed.key NOT IN ('modified_at', 'assurer_email')
          AND o.row->>changed.key IS DISTINCT FROM changed.value;
    END IF;
    RETURN NULL;
END $$;
"""
BEFORE = """
CREATE OR REPLACE FUNCTION directory_record_history() RETURNS trigger LANGUAGE plpgsql
SET enable_nestloop = off SET enable_mergejoin = off SET jit = off AS $$
DECLARE
    resource text := TG_ARGV[0];
    identifier text := TG_ARGV[1];
    changed_by text := coalesce(nullif(current_setting('tsunagari.actor', true), ''), 'system');
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO directory_metadata (id, resource_id, resource_type, last_action_date, last_action_type,
                                        field_name, previous_value, replacement_value, updated_by)
        SELECT gen_random_uuid(), (to_jsonb(n)->>identifier)::uuid, resource, now(), 'create', 'id', '',
               to_jsonb(n)->>identifier, changed_by
        FROM new_rows n;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO directory_metadata (id, resource_id, resource_type, last_action_date, last_action_type,
                                        field_name, previous_value, replacement_value, updated_by)
        SELECT gen_random_uuid(), (to_jsonb(o)->>identifier)::uuid, resource, now(), 'delete', 'id',
               to_jsonb(o)->>identifier, '', changed_by
        FROM old_rows o;
    ELSE
        INSERT INTO directory_metadata (id, resource_id, resource_type, last_action_date, last_action_type,
                                        field_name, previous_value, replacement_value, updated_by)
        SELECT gen_random_uuid(), (n.row->>identifier)::uuid, resource, now(), 'update', changed.key,
               CASE WHEN untold THEN '' ELSE coalesce(o.row->>changed.key, '') END,
               CASE WHEN untold THEN '' ELSE coalesce(changed.value, '') END, changed_by
        FROM (SELECT to_jsonb(r) AS row FROM new_rows r) n
        JOIN (SELECT to_jsonb(r) AS row FROM old_rows r) o ON o.row->>identifier = n.row->>identifier
        LEFT JOIN (SELECT id FROM directory_location WHERE confidential
                   UNION ALL
                   SELECT s.id FROM directory_serviceatlocation s
                   JOIN directory_location l ON l.id = s.location_id AND l.confidential
                   UNION ALL
                   SELECT c.id FROM directory_contact c
                   JOIN directory_location l ON l.id = c.location_id AND l.confidential) AS hidden
            ON hidden.id = coalesce(n.row->>'location_id', n.row->>'service_at_location_id',
                                    n.row->>'contact_id')::uuid
        CROSS JOIN LATERAL jsonb_each_text(n.row) changed
        CROSS JOIN LATERAL (
            SELECT hidden.id IS NOT NULL
                OR (resource = 'location' AND changed.key <> 'confidential'
                    AND 'true' IN (n.row->>'confidential', o.row->>'confidential')) AS untold) AS told
        WHERE n.row IS DISTINCT FROM o.row
          AND changed.key NOT IN ('modified_at', 'assurer_email')
          AND o.row->>changed.key IS DISTINCT FROM changed.value;
    END IF;
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    """Replaces the function; its triggers stay."""

    dependencies = [("directory", "0015_what_data_said_and_undoing_by_a_job")]

    operations = [migrations.RunSQL(RECORD, BEFORE)]
