"""What the database refuses: changes of what was said, steps that no task may take."""

from django.db import migrations

# The steps are those of states.TASK_TRANSITIONS and RESERVATION_TRANSITIONS; a test compares them.
GUARDS = """
CREATE FUNCTION consultation_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON consultation_taskevent
    FOR EACH ROW EXECUTE FUNCTION consultation_refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON consultation_tracingdecision
    FOR EACH ROW EXECUTE FUNCTION consultation_refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE ON consultation_message
    FOR EACH ROW EXECUTE FUNCTION consultation_refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OF task_id, before, level, source, kinds, actor_id, at
    ON consultation_riskassessment FOR EACH ROW EXECUTE FUNCTION consultation_refuse_change();
CREATE TRIGGER stays BEFORE DELETE ON consultation_riskassessment
    FOR EACH ROW EXECUTE FUNCTION consultation_refuse_change();
-- an opening of the glass is remembered
CREATE TRIGGER stays BEFORE DELETE ON consultation_breakglass
    FOR EACH ROW EXECUTE FUNCTION consultation_refuse_change();

-- What was said goes only with its conversation's key: nobody takes single words out.
CREATE FUNCTION consultation_keep_messages() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM consultation_conversationkey k WHERE k.conversation_id = OLD.conversation_id) THEN
        RAISE EXCEPTION 'a message stays while its conversation has a key' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER stays_with_key BEFORE DELETE ON consultation_message
    FOR EACH ROW EXECUTE FUNCTION consultation_keep_messages();

-- Nothing is said in a conversation that was erased, and numbers are given out by the conversation.
CREATE FUNCTION consultation_check_message() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM consultation_conversation c
        WHERE c.id = NEW.conversation_id AND c.erased_at IS NULL AND NEW.seq = c.last_seq
    ) THEN
        RAISE EXCEPTION 'not the next message of a conversation' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER check_message BEFORE INSERT ON consultation_message
    FOR EACH ROW EXECUTE FUNCTION consultation_check_message();

CREATE TABLE consultation_step (
    of_what text NOT NULL, before text NOT NULL, after text NOT NULL, PRIMARY KEY (of_what, before, after)
);
INSERT INTO consultation_step VALUES
    ('task', '', 'arrived'),
    ('task', 'arrived', 'screened'), ('task', 'arrived', 'queued'),
    ('task', 'arrived', 'abandoned_explicit'), ('task', 'arrived', 'abandoned_silent'),
    ('task', 'arrived', 'diverted'),
    ('task', 'screened', 'queued'), ('task', 'screened', 'abandoned_explicit'),
    ('task', 'screened', 'abandoned_silent'), ('task', 'screened', 'diverted'),
    ('task', 'queued', 'offered'), ('task', 'queued', 'abandoned_explicit'),
    ('task', 'queued', 'abandoned_silent'), ('task', 'queued', 'diverted'),
    ('task', 'offered', 'connected'), ('task', 'offered', 'queued'),
    ('task', 'offered', 'abandoned_explicit'), ('task', 'offered', 'abandoned_silent'),
    ('task', 'connected', 'transferring'), ('task', 'connected', 'wrap_up'), ('task', 'connected', 'queued'),
    ('task', 'transferring', 'connected'), ('task', 'transferring', 'wrap_up'),
    ('task', 'transferring', 'queued'),
    ('task', 'wrap_up', 'closed'), ('task', 'wrap_up', 'connected'), ('task', 'wrap_up', 'queued'),
    ('reservation', '', 'created'),
    ('reservation', 'created', 'accepted'), ('reservation', 'created', 'rejected'),
    ('reservation', 'created', 'timeout'), ('reservation', 'created', 'cancelled'),
    ('reservation', 'created', 'rescinded');

CREATE FUNCTION consultation_check_step() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    stood text := CASE WHEN TG_OP = 'INSERT' THEN '' ELSE OLD.state END;
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.fence < OLD.fence THEN
        RAISE EXCEPTION 'a fence only grows' USING ERRCODE = 'check_violation';
    END IF;
    IF stood <> NEW.state AND NOT EXISTS (
        SELECT FROM consultation_step s
        WHERE s.of_what = TG_ARGV[0] AND s.before = stood AND s.after = NEW.state
    ) THEN
        RAISE EXCEPTION '% may not go from % to %', TG_ARGV[0], stood, NEW.state
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER check_step BEFORE INSERT OR UPDATE OF state, fence ON consultation_task
    FOR EACH ROW EXECUTE FUNCTION consultation_check_step('task');
CREATE TRIGGER check_step BEFORE INSERT OR UPDATE OF state, fence ON consultation_reservation
    FOR EACH ROW EXECUTE FUNCTION consultation_check_step('reservation');
"""
UNGUARD = """
DROP TRIGGER check_step ON consultation_reservation;
DROP TRIGGER check_step ON consultation_task;
DROP FUNCTION consultation_check_step;
DROP TABLE consultation_step;
DROP TRIGGER check_message ON consultation_message;
DROP FUNCTION consultation_check_message;
DROP TRIGGER stays_with_key ON consultation_message;
DROP FUNCTION consultation_keep_messages;
DROP TRIGGER stays ON consultation_breakglass;
DROP TRIGGER stays ON consultation_riskassessment;
DROP TRIGGER append_only ON consultation_riskassessment;
DROP TRIGGER append_only ON consultation_message;
DROP TRIGGER append_only ON consultation_tracingdecision;
DROP TRIGGER append_only ON consultation_taskevent;
DROP FUNCTION consultation_refuse_change;
"""


class Migration(migrations.Migration):
    """Adds the guards."""

    dependencies = [("consultation", "0001_conversations_tasks_shifts")]

    operations = [migrations.RunSQL(GUARDS, UNGUARD)]
