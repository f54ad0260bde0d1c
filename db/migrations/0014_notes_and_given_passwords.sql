-- Notes of the audit log that are like one another become one row with their number, so that nobody fills it by asking
-- again and again. The row is written after the last of them; `since` is the first.
ALTER TABLE berth.audit ADD COLUMN count int NOT NULL DEFAULT 1 CONSTRAINT audit_count_check CHECK (count >= 1);
ALTER TABLE berth.audit ADD COLUMN since timestamptz;
GRANT INSERT (count, since) ON berth.audit TO berth_portal;

-- As it was, and that somebody has read the audit log is a note too.
CREATE OR REPLACE FUNCTION berth.audit_in_own_name() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  -- Whoever asked, beneath the owner's rights that this function and the triggers of tables have.
  caller constant name := coalesce(nullif(current_setting('role'), 'none'), session_user);
  noted constant boolean := pg_trigger_depth() = 1;
BEGIN
  IF pg_has_role(caller, current_user, 'MEMBER') THEN
    RETURN NEW;
  END IF;
  IF noted AND NEW.outcome <> 'refused' AND NEW.action NOT LIKE 'auth.%' AND NEW.action <> 'audit.read' THEN
    RAISE EXCEPTION 'the audit log takes refusals, auth.* and audit.read as notes, not % with the outcome %',
      NEW.action, NEW.outcome USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF pg_has_role(caller, 'berth_portal', 'MEMBER') THEN
    IF noted AND NEW.outcome = 'refused' AND NEW.actor = 'nobody' THEN
      RETURN NEW;
    END IF;
    IF NEW.actor ~ '^user:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN
      IF EXISTS (SELECT FROM berth.app_user WHERE id = substr(NEW.actor, 6)::uuid) THEN
        RETURN NEW;
      END IF;
    END IF;
  END IF;
  IF pg_has_role(caller, 'berth_reconciler', 'MEMBER') THEN
    IF EXISTS (SELECT FROM berth.cluster WHERE 'reconciler:' || name = NEW.actor) THEN
      RETURN NEW;
    END IF;
  END IF;
  RAISE EXCEPTION 'berth.actor is "%", in whose name % does not write', NEW.actor, caller
    USING ERRCODE = 'insufficient_privilege';
END
$$;

-- A password that somebody was given is known to whoever gave it. Until its owner has another one it opens nothing but
-- that change: not the portal's word alone, since a user in whose name it is asked takes this away only with a new hash.
ALTER TABLE berth.app_user ADD COLUMN password_change_needed boolean NOT NULL DEFAULT false;
GRANT INSERT (password_change_needed), UPDATE (password_change_needed) ON berth.app_user TO berth_portal;

CREATE OR REPLACE FUNCTION berth.check_people() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  who constant text := coalesce(current_setting('berth.actor', true), '');
BEGIN
  IF who <> 'nobody' AND who NOT LIKE 'user:%' THEN
    RETURN coalesce(NEW, OLD);
  END IF;
  IF TG_TABLE_NAME = 'app_user' AND TG_OP = 'UPDATE' THEN
    IF who = 'user:' || NEW.id AND
       (NEW.email, NEW.name, NEW.role, NEW.disabled_at) IS NOT DISTINCT FROM (OLD.email, OLD.name, OLD.role, OLD.disabled_at) AND
       (NEW.password_change_needed = OLD.password_change_needed OR NEW.password_hash IS DISTINCT FROM OLD.password_hash) THEN
      RETURN NEW;
    END IF;
  END IF;
  IF NOT EXISTS (SELECT FROM berth.app_user WHERE 'user:' || id = who AND role = 'admin' AND disabled_at IS NULL) THEN
    RAISE EXCEPTION 'people and teams are changed by admins, not by %', who USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF TG_TABLE_NAME = 'app_user' AND TG_OP = 'UPDATE' THEN
    IF OLD.role = 'admin' AND OLD.disabled_at IS NULL AND (NEW.role <> 'admin' OR NEW.disabled_at IS NOT NULL) THEN
      -- One after the other: two admins who disable each other at the same moment would both find the other there.
      PERFORM pg_advisory_xact_lock(4242, 3);
      IF NOT EXISTS (SELECT FROM berth.app_user WHERE id <> NEW.id AND role = 'admin' AND disabled_at IS NULL) THEN
        RAISE EXCEPTION 'nobody would be left who is an admin'
          USING ERRCODE = 'check_violation', CONSTRAINT = 'an_admin_is_left';
      END IF;
    END IF;
  END IF;
  RETURN coalesce(NEW, OLD);
END
$$;

CREATE OR REPLACE TRIGGER check_people
  BEFORE INSERT OR DELETE OR UPDATE OF email, name, role, password_hash, disabled_at, password_change_needed ON berth.app_user
  FOR EACH ROW EXECUTE FUNCTION berth.check_people();
CREATE OR REPLACE TRIGGER audit_user
  AFTER INSERT OR DELETE OR UPDATE OF email, name, role, password_hash, disabled_at, password_change_needed ON berth.app_user
  FOR EACH ROW EXECUTE FUNCTION berth.audit_row('user', 'id');
