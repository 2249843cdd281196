"""What the triggers do for confidential places: no address enters the history, no child row tells one.

`directory_record_history` is that of 0002 with one thing more: of a confidential place, and of what hangs on
it, the changed fields are told without their values; so is the change that makes it confidential.
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
               coalesce(o.row->>changed.key, ''), coalesce(changed.value, ''), changed_by
        FROM (SELECT to_jsonb(r) AS row FROM new_rows r) n
        JOIN (SELECT to_jsonb(r) AS row FROM old_rows r) o ON o.row->>identifier = n.row->>identifier
        CROSS JOIN LATERAL jsonb_each_text(n.row) changed
        WHERE n.row IS DISTINCT FROM o.row
          AND changed.key NOT IN ('modified_at', 'assurer_email')
          AND o.row->>changed.key IS DISTINCT FROM changed.value;
    END IF;
    RETURN NULL;
END $$;
"""

# Which rows of a child table could tell where a place is, and the place each of them hangs on.
TELLING = {
    "channel": (
        "SELECT coalesce(n.location_id, s.location_id, c.location_id) AS id FROM {rows} n"
        " LEFT JOIN directory_serviceatlocation s ON s.id = n.service_at_location_id"
        " LEFT JOIN directory_contact c ON c.id = n.contact_id"
        " WHERE n.type = 'visit'"
    ),
    "accessibility": "SELECT n.location_id AS id FROM {rows} n",
    "serviceatlocation": "SELECT n.location_id AS id FROM {rows} n WHERE n.description <> ''",
}

# The place is locked before it is looked at, so that nobody makes it confidential in between.
GUARD = """
CREATE FUNCTION directory_{table}_tells_nothing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM directory_location WHERE id IN ({telling}) FOR SHARE;
    IF EXISTS (SELECT FROM directory_location WHERE confidential AND id IN ({telling})) THEN
        RAISE EXCEPTION 'a confidential place has no {table} that tells where it is'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'confidential_place_tells_nothing';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER tells_nothing_insert AFTER INSERT ON directory_{table} REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION directory_{table}_tells_nothing();
CREATE TRIGGER tells_nothing_update AFTER UPDATE ON directory_{table} REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION directory_{table}_tells_nothing();
"""

# Looked at when the transaction ends: what hangs on the place is cleared after it is marked, so that the
# history's trigger knows already what not to tell.
AT_COMMIT = """
CREATE FUNCTION directory_location_tells_nothing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM directory_location WHERE id = NEW.id AND confidential)
       AND NEW.id IN ({telling}) THEN
        RAISE EXCEPTION 'a confidential place has nothing that tells where it is'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'confidential_place_tells_nothing';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER tells_nothing AFTER INSERT OR UPDATE ON directory_location
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.confidential)
    EXECUTE FUNCTION directory_location_tells_nothing();
"""


def guards():
    """SQL that creates the guards."""
    for table, telling in TELLING.items():
        yield GUARD.format(table=table, telling=telling.format(rows="new_rows"))
    every = " UNION ALL ".join(
        f"({telling.format(rows=f'directory_{table}')})" for table, telling in TELLING.items()
    )
    yield AT_COMMIT.format(telling=every)


def undo():
    """SQL that removes them."""
    for table in TELLING:
        yield f"DROP TRIGGER tells_nothing_insert ON directory_{table};"
        yield f"DROP TRIGGER tells_nothing_update ON directory_{table};"
        yield f"DROP FUNCTION directory_{table}_tells_nothing;"
    yield "DROP TRIGGER tells_nothing ON directory_location;"
    yield "DROP FUNCTION directory_location_tells_nothing;"
    yield BEFORE


class Migration(migrations.Migration):
    """Adds the guards."""

    dependencies = [("directory", "0006_confidential_places_reachability_and_coverage")]

    operations = [migrations.RunSQL([RECORD, *guards()], [*undo()])]
