"""A place stays confidential whatever is imported: only the service that lifts the mark can take it off."""

from django.db import migrations

CREATE = """
CREATE FUNCTION directory_confidential_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce(current_setting('tsunagari.lifts', true), '') <> OLD.id::text THEN
        RAISE EXCEPTION 'a confidential place stays confidential'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'confidential_place_stays_so';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER stays_confidential BEFORE UPDATE ON directory_location
    FOR EACH ROW WHEN (OLD.confidential AND NOT NEW.confidential)
    EXECUTE FUNCTION directory_confidential_stays();

-- deleted and written anew under the same id it is the same place
CREATE FUNCTION directory_confidential_comes_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM directory_confidentialaddress a
               JOIN new_rows n ON n.id = a.location_id AND NOT n.confidential) THEN
        RAISE EXCEPTION 'a confidential place stays confidential'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'confidential_place_stays_so';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER comes_back_confidential AFTER INSERT ON directory_location REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION directory_confidential_comes_back();
"""

DROP = """
DROP TRIGGER stays_confidential ON directory_location;
DROP TRIGGER comes_back_confidential ON directory_location;
DROP FUNCTION directory_confidential_stays, directory_confidential_comes_back;
"""


class Migration(migrations.Migration):
    """Adds the two guards."""

    dependencies = [("directory", "0010_upkeep_of_entries")]

    operations = [migrations.RunSQL(CREATE, DROP)]
