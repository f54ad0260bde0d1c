-- No role of a running program can become the owner, and each writes to the audit log in its own name alone.

-- What runs with the owner's rights looks for types and tables in pg_catalog first, and last where any caller may put their
-- own: a search path that does not name pg_temp has it first. Every such function, whatever its name.
DO $$
DECLARE
  one record;
BEGIN
  FOR one IN SELECT p.oid::pg_catalog.regprocedure AS name FROM pg_catalog.pg_proc p
             WHERE p.pronamespace = 'berth'::pg_catalog.regnamespace AND p.prosecdef LOOP
    EXECUTE format('ALTER ROUTINE %s SET search_path = pg_catalog, pg_temp', one.name);
    EXECUTE format('REVOKE ALL ON ROUTINE %s FROM PUBLIC', one.name);
  END LOOP;
END
$$;
-- Functions of later migrations are nobody's until somebody is given them.
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

-- The same once more, in the one function that reads the catalogue.
CREATE OR REPLACE FUNCTION berth.audit_drop_expired() RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  part record;
  oldest text;
  dropped int := 0;
BEGIN
  SELECT 'audit_' || to_char(now() AT TIME ZONE 'UTC' - make_interval(months => audit_months), 'YYYY_MM')
    INTO oldest FROM berth.installation;
  FOR part IN SELECT c.relname FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid
              WHERE i.inhparent = 'berth.audit'::pg_catalog.regclass AND c.relname ~ '^audit_[0-9]{4}_[0-9]{2}$' LOOP
    CONTINUE WHEN part.relname >= oldest;
    EXECUTE format('DROP TABLE berth.%I', part.relname);
    dropped := dropped + 1;
  END LOOP;
  RETURN dropped;
END
$$;

-- As it was, and tokens that are of no use any more are forgotten. That they were made and revoked stays in the audit log.
CREATE OR REPLACE FUNCTION berth.housekeep(OUT web_sessions int, OUT idempotency_keys int, OUT events int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  DELETE FROM berth.web_session WHERE expires_at < clock_timestamp();
  GET DIAGNOSTICS web_sessions = ROW_COUNT;
  DELETE FROM berth.idempotency WHERE created_at < clock_timestamp() - interval '7 days';
  GET DIAGNOSTICS idempotency_keys = ROW_COUNT;
  -- The newest stays, so that whoever has seen it is not told to look at everything.
  DELETE FROM berth.event WHERE at < clock_timestamp() - interval '2 days' AND id < (SELECT max(id) FROM berth.event);
  GET DIAGNOSTICS events = ROW_COUNT;
  DELETE FROM berth.api_token WHERE least(revoked_at, expires_at) < clock_timestamp() - interval '30 days';
END
$$;

-- And nobody makes objects here but the owner. Where the database, or its schema public, is somebody else's, these two are
-- warnings: `berth migrate` looks afterwards, and says what that somebody has to do.
DO $$
BEGIN
  EXECUTE format('REVOKE TEMPORARY, CREATE ON DATABASE %I FROM PUBLIC, berth_portal, berth_reconciler', current_database());
EXCEPTION WHEN insufficient_privilege THEN NULL;
END
$$;
DO $$
BEGIN
  REVOKE CREATE ON SCHEMA public FROM PUBLIC, berth_portal, berth_reconciler;
EXCEPTION WHEN insufficient_privilege THEN NULL;
END
$$;

-- The portal writes as one of the users, or as nobody where it refuses a stranger; a reconciler as that of a cluster. What
-- a program notes without changing a row (the only trigger is then this one) is a refusal, or about signing in and out.
CREATE FUNCTION berth.audit_in_own_name() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  -- Whoever asked, beneath the owner's rights that this function and the triggers of tables have.
  caller constant name := coalesce(nullif(current_setting('role'), 'none'), session_user);
  noted constant boolean := pg_trigger_depth() = 1;
BEGIN
  IF pg_has_role(caller, current_user, 'MEMBER') THEN
    RETURN NEW;
  END IF;
  IF noted AND NEW.outcome <> 'refused' AND NEW.action NOT LIKE 'auth.%' THEN
    RAISE EXCEPTION 'the audit log takes refusals and auth.* as notes, not % with the outcome %', NEW.action, NEW.outcome
      USING ERRCODE = 'insufficient_privilege';
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
CREATE TRIGGER audit_in_own_name BEFORE INSERT ON berth.audit
  FOR EACH ROW EXECUTE FUNCTION berth.audit_in_own_name();
REVOKE ALL ON FUNCTION berth.audit_in_own_name() FROM PUBLIC;

-- What no program does, its role may not do either: people and teams are the owner's to make, and what a row was before and
-- after is for triggers to say.
REVOKE INSERT, UPDATE (role, disabled_at) ON berth.app_user FROM berth_portal;
REVOKE INSERT ON berth.team FROM berth_portal;
REVOKE INSERT, UPDATE, DELETE ON berth.team_member FROM berth_portal;
REVOKE INSERT (before, after) ON berth.audit FROM berth_portal;
