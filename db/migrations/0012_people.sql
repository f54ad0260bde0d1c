-- People and teams are managed through the portal, so its role gets what that takes. Who may is held to here as well,
-- whatever the code above does: whoever is said to ask has to be an admin who is not disabled, or to change their own
-- password; and somebody has to be left who can let others in. The owner may always.
GRANT INSERT (email, name, role, password_hash), UPDATE (role, disabled_at) ON berth.app_user TO berth_portal;
GRANT INSERT (name) ON berth.team TO berth_portal;
GRANT INSERT (team, member, leads), UPDATE (leads), DELETE ON berth.team_member TO berth_portal;

CREATE FUNCTION berth.check_people() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  who constant text := coalesce(current_setting('berth.actor', true), '');
BEGIN
  IF who <> 'nobody' AND who NOT LIKE 'user:%' THEN
    RETURN coalesce(NEW, OLD);
  END IF;
  IF TG_TABLE_NAME = 'app_user' AND TG_OP = 'UPDATE' THEN
    IF who = 'user:' || NEW.id AND
       (NEW.email, NEW.name, NEW.role, NEW.disabled_at) IS NOT DISTINCT FROM (OLD.email, OLD.name, OLD.role, OLD.disabled_at) THEN
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
REVOKE ALL ON FUNCTION berth.check_people() FROM PUBLIC;

CREATE TRIGGER check_people BEFORE INSERT OR DELETE OR UPDATE OF email, name, role, password_hash, disabled_at ON berth.app_user
  FOR EACH ROW EXECUTE FUNCTION berth.check_people();
CREATE TRIGGER check_people BEFORE INSERT OR UPDATE OR DELETE ON berth.team
  FOR EACH ROW EXECUTE FUNCTION berth.check_people();
CREATE TRIGGER check_people BEFORE INSERT OR UPDATE OR DELETE ON berth.team_member
  FOR EACH ROW EXECUTE FUNCTION berth.check_people();
