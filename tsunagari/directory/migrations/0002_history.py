"""History by triggers: each change of the directory's tables becomes HSDS ``metadata`` rows.

Statement-level with transition tables, so that bulk and plain SQL changes are caught and a bulk insert of a
thousand rows costs one more insert. A child's change also renews its service's ``modified_at``.
"""

from django.db import migrations

# table suffix → HSDS resource type
TABLES = {
    "service": "service",
    "organizationprofile": "organization",
    "location": "location",
    "serviceatlocation": "service_at_location",
    "contact": "contact",
    "channel": "channel",
    "schedule": "schedule",
    "language": "language",
    "costoption": "cost_option",
    "accessibility": "accessibility",
    "requireddocument": "required_document",
    "servicearea": "service_area",
    "serviceneed": "attribute",
    "attribute": "attribute",
    "reachability": "reachability",
    "taxonomy": "taxonomy",
    "taxonomyterm": "taxonomy_term",
}
OF_SERVICE = (
    "channel",
    "schedule",
    "language",
    "costoption",
    "requireddocument",
    "servicearea",
    "serviceneed",
    "serviceatlocation",
    "contact",
)

# The address of the person who confirms an entry is personal data: it stays out of the public history.
RECORD = """
-- The plan is kept from the first call, whose few rows would choose a nested loop: hash joins for all.
CREATE FUNCTION directory_record_history() RETURNS trigger LANGUAGE plpgsql
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

CREATE FUNCTION directory_touch_service() RETURNS trigger LANGUAGE plpgsql AS $$
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

-- a service's own change; row-level, since it must alter the row before it is written
CREATE FUNCTION directory_stamp_service() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW IS DISTINCT FROM OLD THEN
        NEW.modified_at := now();
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER stamp BEFORE UPDATE ON directory_service
    FOR EACH ROW EXECUTE FUNCTION directory_stamp_service();
"""

TRANSITIONS = {
    "insert": "REFERENCING NEW TABLE AS new_rows",
    "update": "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "delete": "REFERENCING OLD TABLE AS old_rows",
}


def triggers():
    """SQL that creates the triggers of every table."""
    for table, kind in TABLES.items():
        key = "organization_id" if table == "organizationprofile" else "id"
        for event, rows in TRANSITIONS.items():
            yield (
                f"CREATE TRIGGER history_{event} AFTER {event.upper()} ON directory_{table} {rows} "
                f"FOR EACH STATEMENT EXECUTE FUNCTION directory_record_history('{kind}', '{key}');"
            )
            if table in OF_SERVICE:
                yield (
                    f"CREATE TRIGGER touch_{event} AFTER {event.upper()} ON directory_{table} {rows} "
                    f"FOR EACH STATEMENT EXECUTE FUNCTION directory_touch_service();"
                )


def undo():
    """SQL that removes them."""
    for table in TABLES:
        for event in TRANSITIONS:
            yield f"DROP TRIGGER history_{event} ON directory_{table};"
            if table in OF_SERVICE:
                yield f"DROP TRIGGER touch_{event} ON directory_{table};"
    yield "DROP TRIGGER stamp ON directory_service;"
    yield "DROP FUNCTION directory_record_history, directory_touch_service, directory_stamp_service;"


class Migration(migrations.Migration):
    """Adds the triggers."""

    dependencies = [("directory", "0001_directory")]

    operations = [migrations.RunSQL([RECORD, *triggers()], [*undo()])]
