-- Bookings of one pool are decided in rounds: one transaction carries the wishes of several people. What was done once for
-- each row is done once for each statement, and whoever changes one row of many is still named in the audit log.

-- Who changes what in a transaction of several: berth.authors is a JSON object from the id of what is changed to actor,
-- action, request_id, source_ip, token, and the time at which it was decided, so that the log is in the order of the
-- decisions; a time outside of the transaction is not believed. What is not in it is done by berth.actor, now, as ever.
CREATE FUNCTION berth.authors() RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce(nullif(current_setting('berth.authors', true), ''), '{}')::jsonb
$$;
REVOKE ALL ON FUNCTION berth.authors() FROM PUBLIC;

CREATE OR REPLACE FUNCTION berth.audit_row() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  hidden constant text[] := ARRAY['password_hash', 'token_hash'];
  was jsonb;
  becomes jsonb;
  object text;
  own jsonb;
  who text;
  what text;
BEGIN
  IF TG_OP <> 'INSERT' THEN was := to_jsonb(OLD) - hidden; END IF;
  IF TG_OP <> 'DELETE' THEN becomes := to_jsonb(NEW) - hidden; END IF;
  object := coalesce(becomes ->> TG_ARGV[1], was ->> TG_ARGV[1]);
  own := berth.authors() -> object;
  who := coalesce(own ->> 'actor', current_setting('berth.actor', true), '');
  IF who = '' THEN
    RAISE EXCEPTION 'berth.actor is not set: a change of % has no author', TG_TABLE_NAME;
  END IF;
  what := coalesce(own ->> 'action', current_setting('berth.action', true), '');
  IF what = '' THEN
    what := TG_ARGV[0] || CASE TG_OP WHEN 'INSERT' THEN '.created' WHEN 'DELETE' THEN '.removed' ELSE '.changed' END;
  END IF;
  INSERT INTO berth.audit (at, actor, action, object_type, object_id, before, after, request_id, source_ip, token)
  SELECT greatest(least((own ->> 'at')::timestamptz, clock_timestamp()), now()), who, what, TG_ARGV[0], object,
         CASE WHEN TG_OP = 'UPDATE' THEN (SELECT jsonb_object_agg(key, value) FROM jsonb_each(was)
                                          WHERE becomes -> key IS DISTINCT FROM value) ELSE was END,
         CASE WHEN TG_OP = 'UPDATE' THEN (SELECT jsonb_object_agg(key, value) FROM jsonb_each(becomes)
                                          WHERE was -> key IS DISTINCT FROM value) ELSE becomes END,
         coalesce(own ->> 'request_id', current_setting('berth.request_id', true), ''),
         coalesce(own ->> 'source_ip', current_setting('berth.source_ip', true), ''),
         CASE WHEN own IS NULL THEN nullif(current_setting('berth.token', true), '') ELSE own ->> 'token' END::uuid;
  RETURN NULL;
END
$$;

CREATE FUNCTION berth.audit_reservations_made() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  authors constant jsonb := berth.authors();
  actor constant text := coalesce(current_setting('berth.actor', true), '');
  action constant text := coalesce(nullif(current_setting('berth.action', true), ''), 'reservation.created');
  request_id constant text := coalesce(current_setting('berth.request_id', true), '');
  source_ip constant text := coalesce(current_setting('berth.source_ip', true), '');
  token constant text := nullif(current_setting('berth.token', true), '');
BEGIN
  IF actor = '' AND EXISTS (SELECT FROM made WHERE NOT authors ? made.id::text) THEN
    RAISE EXCEPTION 'berth.actor is not set: a change of % has no author', TG_TABLE_NAME;
  END IF;
  INSERT INTO berth.audit (at, actor, action, object_type, object_id, after, request_id, source_ip, token)
  SELECT greatest(least((one.own ->> 'at')::timestamptz, clock_timestamp()), now()), coalesce(one.own ->> 'actor', actor), coalesce(one.own ->> 'action', action), 'reservation', one.id::text, one.after,
         coalesce(one.own ->> 'request_id', request_id), coalesce(one.own ->> 'source_ip', source_ip),
         CASE WHEN one.own IS NULL THEN token ELSE one.own ->> 'token' END::uuid
  FROM (SELECT made.id, to_jsonb(made) AS after, authors -> made.id::text AS own FROM made) one;
  RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION berth.audit_reservations_made() FROM PUBLIC;

CREATE FUNCTION berth.audit_reservations_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  authors constant jsonb := berth.authors();
  actor constant text := coalesce(current_setting('berth.actor', true), '');
  action constant text := coalesce(nullif(current_setting('berth.action', true), ''), 'reservation.changed');
  request_id constant text := coalesce(current_setting('berth.request_id', true), '');
  source_ip constant text := coalesce(current_setting('berth.source_ip', true), '');
  token constant text := nullif(current_setting('berth.token', true), '');
BEGIN
  IF actor = '' AND EXISTS (SELECT FROM becomes WHERE NOT authors ? becomes.id::text) THEN
    RAISE EXCEPTION 'berth.actor is not set: a change of % has no author', TG_TABLE_NAME;
  END IF;
  INSERT INTO berth.audit (at, actor, action, object_type, object_id, before, after, request_id, source_ip, token)
  SELECT greatest(least((one.own ->> 'at')::timestamptz, clock_timestamp()), now()), coalesce(one.own ->> 'actor', actor), coalesce(one.own ->> 'action', action), 'reservation', one.id::text,
         (SELECT jsonb_object_agg(key, value) FROM jsonb_each(one.before) WHERE one.after -> key IS DISTINCT FROM value),
         (SELECT jsonb_object_agg(key, value) FROM jsonb_each(one.after) WHERE one.before -> key IS DISTINCT FROM value),
         coalesce(one.own ->> 'request_id', request_id), coalesce(one.own ->> 'source_ip', source_ip),
         CASE WHEN one.own IS NULL THEN token ELSE one.own ->> 'token' END::uuid
  FROM (SELECT becomes.id, to_jsonb(was) AS before, to_jsonb(becomes) AS after, authors -> becomes.id::text AS own
        FROM becomes JOIN was ON was.id = becomes.id) one;
  RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION berth.audit_reservations_changed() FROM PUBLIC;

DROP TRIGGER audit_reservation ON berth.reservation;
CREATE TRIGGER audit_reservation AFTER INSERT ON berth.reservation
  REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION berth.audit_reservations_made();
CREATE TRIGGER audit_reservation_changed AFTER UPDATE ON berth.reservation
  REFERENCING OLD TABLE AS was NEW TABLE AS becomes FOR EACH STATEMENT EXECUTE FUNCTION berth.audit_reservations_changed();

-- In whose name a row is written is looked at once for all rows of a statement, after it: what is refused is undone.
DROP TRIGGER audit_in_own_name ON berth.audit;
CREATE OR REPLACE FUNCTION berth.audit_in_own_name() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  -- Whoever asked, beneath the owner's rights that this function and the triggers of tables have.
  caller constant name := coalesce(nullif(current_setting('role'), 'none'), session_user);
  noted constant boolean := pg_trigger_depth() = 1;
  portal boolean;
  reconciler boolean;
  wrong record;
BEGIN
  IF pg_has_role(caller, current_user, 'MEMBER') THEN
    RETURN NULL;
  END IF;
  IF noted THEN
    SELECT * INTO wrong FROM written
    WHERE outcome <> 'refused' AND action NOT LIKE 'auth.%' AND action <> 'audit.read' LIMIT 1;
    IF FOUND THEN
      RAISE EXCEPTION 'the audit log takes refusals, auth.* and audit.read as notes, not % with the outcome %',
        wrong.action, wrong.outcome USING ERRCODE = 'insufficient_privilege';
    END IF;
  END IF;
  portal := pg_has_role(caller, 'berth_portal', 'MEMBER');
  reconciler := pg_has_role(caller, 'berth_reconciler', 'MEMBER');
  SELECT * INTO wrong FROM (SELECT DISTINCT actor, noted AND outcome = 'refused' AND actor = 'nobody' AS stranger FROM written) one
  WHERE NOT (portal AND one.stranger)
    AND NOT (portal AND EXISTS (SELECT FROM berth.app_user WHERE id =
               CASE WHEN one.actor ~ '^user:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN substr(one.actor, 6)::uuid END))
    AND NOT (reconciler AND EXISTS (SELECT FROM berth.cluster WHERE 'reconciler:' || name = one.actor))
  LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'berth.actor is "%", in whose name % does not write', wrong.actor, caller
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER audit_in_own_name AFTER INSERT ON berth.audit
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION berth.audit_in_own_name();

-- The events of several changes in a pool, in their order. As berth.emit, the last statement of its transaction.
CREATE FUNCTION berth.emit_all(kind text, pool bigint, reservations uuid[], owners uuid[], teams uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(4242, 1);
  INSERT INTO berth.event (id, kind, pool, reservation, owner, team)
  SELECT nextval('berth.event_id'), emit_all.kind, emit_all.pool, one.reservation, one.owner, one.team
  FROM unnest(reservations, owners, teams) AS one (reservation, owner, team);
  PERFORM pg_notify('berth_event', '');
END
$$;
REVOKE ALL ON FUNCTION berth.emit_all(text, bigint, uuid[], uuid[], uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION berth.emit_all(text, bigint, uuid[], uuid[], uuid[]) TO berth_portal;

-- What is declared (pools and all that belongs to them) is kept by who books, and read again when this number is another
-- one. It changes in the transaction that declares, so whoever holds the pool's lock sees what goes with it.
CREATE TABLE berth.declared (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  revision bigint NOT NULL
);
INSERT INTO berth.declared (revision) VALUES (1);
GRANT SELECT ON berth.declared TO berth_portal;

CREATE FUNCTION berth.count_declared() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE berth.declared SET revision = revision + 1;
  RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION berth.count_declared() FROM PUBLIC;
CREATE TRIGGER count_declared AFTER INSERT OR UPDATE OR DELETE ON berth.pool FOR EACH STATEMENT EXECUTE FUNCTION berth.count_declared();
CREATE TRIGGER count_declared AFTER INSERT OR UPDATE OR DELETE ON berth.node FOR EACH STATEMENT EXECUTE FUNCTION berth.count_declared();
CREATE TRIGGER count_declared AFTER INSERT OR UPDATE OR DELETE ON berth.device_class FOR EACH STATEMENT EXECUTE FUNCTION berth.count_declared();
CREATE TRIGGER count_declared AFTER INSERT OR UPDATE OR DELETE ON berth.device FOR EACH STATEMENT EXECUTE FUNCTION berth.count_declared();
CREATE TRIGGER count_declared AFTER INSERT OR UPDATE OR DELETE ON berth.unit FOR EACH STATEMENT EXECUTE FUNCTION berth.count_declared();

-- An account with all that the rules look at: who asks, read with their credential in one statement.
CREATE VIEW berth.person AS
SELECT a.id, a.email, a.name, a.role, a.disabled_at IS NOT NULL AS disabled, a.created_at, a.last_sign_in_at,
       a.password_change_needed,
       (SELECT coalesce(jsonb_agg(jsonb_build_array(t.id, t.name, m.leads) ORDER BY t.name), '[]')
        FROM berth.team_member m JOIN berth.team t ON t.id = m.team WHERE m.member = a.id) AS teams,
       ARRAY(SELECT team FROM berth.team_member WHERE member = a.id ORDER BY team) AS team_ids,
       ARRAY(SELECT team FROM berth.team_member WHERE member = a.id AND leads ORDER BY team) AS leads,
       ARRAY(SELECT DISTINCT other.member
             FROM berth.team_member mine JOIN berth.team_member other USING (team)
             WHERE mine.member = a.id AND mine.leads ORDER BY other.member) AS led_members
FROM berth.app_user a;
GRANT SELECT ON berth.person TO berth_portal;
