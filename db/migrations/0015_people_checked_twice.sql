-- Who changes people and teams is looked at before the change and after it: what a statement returns is evaluated between the
-- two, and could name another author there. And a running program changes them as a user or not at all.
CREATE OR REPLACE FUNCTION berth.check_people() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  who constant text := coalesce(current_setting('berth.actor', true), '');
  -- Whoever asked, beneath the owner's rights that this function has.
  caller constant name := coalesce(nullif(current_setting('role'), 'none'), session_user);
BEGIN
  IF pg_has_role(caller, current_user, 'MEMBER') AND who <> 'nobody' AND who NOT LIKE 'user:%' THEN
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
    -- Afterwards an admin who gave up their own role is none any more.
    IF TG_WHEN = 'BEFORE' OR TG_TABLE_NAME <> 'app_user' OR TG_OP <> 'UPDATE' THEN
      RAISE EXCEPTION 'people and teams are changed by admins, not by %', who USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF who IS DISTINCT FROM 'user:' || OLD.id OR OLD.role <> 'admin' OR OLD.disabled_at IS NOT NULL THEN
      RAISE EXCEPTION 'people and teams are changed by admins, not by %', who USING ERRCODE = 'insufficient_privilege';
    END IF;
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

CREATE TRIGGER check_people_again
  AFTER INSERT OR DELETE OR UPDATE OF email, name, role, password_hash, disabled_at, password_change_needed ON berth.app_user
  FOR EACH ROW EXECUTE FUNCTION berth.check_people();
CREATE TRIGGER check_people_again AFTER INSERT OR UPDATE OR DELETE ON berth.team
  FOR EACH ROW EXECUTE FUNCTION berth.check_people();
CREATE TRIGGER check_people_again AFTER INSERT OR UPDATE OR DELETE ON berth.team_member
  FOR EACH ROW EXECUTE FUNCTION berth.check_people();
