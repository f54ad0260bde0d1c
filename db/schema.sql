-- The schema after all migrations, for reading. Written by tools/dump-schema from PostgreSQL 15; never applied.
CREATE SCHEMA berth;
CREATE FUNCTION berth.answer_kubeconfig(request uuid, sealed bytea) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
  UPDATE berth.kubeconfig_request SET answered_at = clock_timestamp(), secret = sealed
  WHERE id = request AND answered_at IS NULL;
  RETURN FOUND;
END
$$;
CREATE FUNCTION berth.audit_drop_expired() RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
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
$_$;
CREATE FUNCTION berth.audit_in_own_name() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
DECLARE
  -- Whoever asked, beneath the owner's rights that this function and the triggers of tables have.
  caller constant name := coalesce(nullif(current_setting('role'), 'none'), session_user);
  noted constant boolean := pg_trigger_depth() = 1;
  portal boolean;
  reconciler boolean;
  backup boolean;
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
  backup := EXISTS (SELECT FROM pg_roles WHERE rolname = 'berth_backup' AND pg_has_role(caller, oid, 'MEMBER'));
  SELECT * INTO wrong FROM (SELECT DISTINCT actor, noted AND outcome = 'refused' AND actor = 'nobody' AS stranger FROM written) one
  WHERE NOT (portal AND one.stranger)
    AND NOT (portal AND EXISTS (SELECT FROM berth.app_user WHERE id =
               CASE WHEN one.actor ~ '^user:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN substr(one.actor, 6)::uuid END))
    AND NOT (portal AND NOT noted AND one.actor = 'portal')
    AND NOT (reconciler AND EXISTS (SELECT FROM berth.cluster WHERE 'reconciler:' || name = one.actor))
    AND NOT (backup AND NOT noted AND one.actor = 'backup')
  LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'berth.actor is "%", in whose name % does not write', wrong.actor, caller
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NULL;
END
$_$;
CREATE FUNCTION berth.audit_prepare_partitions() RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
  first_day timestamptz;
  made int := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(4242, 2);
  FOR ahead IN 0..2 LOOP
    first_day := date_trunc('month', now() AT TIME ZONE 'UTC' + make_interval(months => ahead)) AT TIME ZONE 'UTC';
    CONTINUE WHEN to_regclass(format('berth.audit_%s', to_char(first_day AT TIME ZONE 'UTC', 'YYYY_MM'))) IS NOT NULL;
    -- Rows that already fell into the default partition keep their month there; the next month gets its own.
    CONTINUE WHEN EXISTS (SELECT FROM berth.audit_rest
                          WHERE at >= first_day AND at < first_day + interval '1 month');
    EXECUTE format('CREATE TABLE berth.%I PARTITION OF berth.audit FOR VALUES FROM (%L) TO (%L)',
                   'audit_' || to_char(first_day AT TIME ZONE 'UTC', 'YYYY_MM'), first_day,
                   (first_day AT TIME ZONE 'UTC' + interval '1 month') AT TIME ZONE 'UTC');
    made := made + 1;
  END LOOP;
  RETURN made;
END
$$;
CREATE FUNCTION berth.audit_reservations_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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
CREATE FUNCTION berth.audit_reservations_made() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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
CREATE FUNCTION berth.audit_row() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
  hidden constant text[] := ARRAY['password_hash', 'token_hash', 'secret'];
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
CREATE FUNCTION berth.authors() RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  SELECT coalesce(nullif(current_setting('berth.authors', true), ''), '{}')::jsonb
$$;
CREATE FUNCTION berth.check_layout_order() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
  -- Whoever asked, beneath the owner's rights that this function has.
  caller constant name := coalesce(nullif(current_setting('role'), 'none'), session_user);
BEGIN
  IF OLD.state IN ('replaced', 'dropped') AND NEW.state <> OLD.state THEN
    RAISE EXCEPTION 'layout order % is over', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  IF NOT pg_has_role(caller, current_user, 'MEMBER') AND pg_has_role(caller, 'berth_portal', 'MEMBER')
     AND NEW.state <> OLD.state
     AND NOT (OLD.state = 'ordered' AND NEW.state = 'dropped' AND OLD.labelled_at IS NULL) THEN
    RAISE EXCEPTION 'a portal drops layout orders that have not begun, and nothing else' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.state IN ('replaced', 'dropped') AND NEW.state <> OLD.state THEN
    NEW.over_at := clock_timestamp(); -- from then on start deadlines count of those that waited for it
  END IF;
  RETURN NEW;
END
$$;
CREATE FUNCTION berth.check_people() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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
CREATE FUNCTION berth.check_transition() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM berth.reservation_transition WHERE from_state = OLD.state AND to_state = NEW.state) THEN
    RAISE EXCEPTION 'a reservation cannot go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END
$$;
CREATE FUNCTION berth.claims_follow_unit() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
  UPDATE berth.reservation_unit c SET live = c.live FROM berth.reservation r
  WHERE c.unit = NEW.id AND c.live AND upper(c.during) > clock_timestamp()
    AND r.id = c.reservation AND r.state IN ('APPROVED', 'ACTIVE');
  RETURN NULL;
END
$$;
CREATE FUNCTION berth.close_home(of_home uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
  UPDATE berth.home SET session = NULL, gone_at = clock_timestamp() WHERE id = of_home AND gone_at IS NULL;
  RETURN FOUND;
END
$$;
CREATE FUNCTION berth.count_declared() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
  UPDATE berth.declared SET revision = revision + 1;
  RETURN NULL;
END
$$;
CREATE FUNCTION berth.crowd_out_homes(of_owner uuid, of_pool bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
  moment timestamptz;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('berth.home ' || of_owner || ' ' || of_pool, 0));
  moment := clock_timestamp();
  UPDATE berth.home
  SET kept_until = moment
  WHERE id IN (
    SELECT h.id
    FROM berth.home h
    WHERE h.owner = of_owner
      AND h.pool = of_pool
      AND h.session IS NULL
      AND h.gone_at IS NULL
      AND h.going_at IS NULL
      AND h.delete_asked_at IS NULL
      AND h.kept_until > moment
    ORDER BY h.kept_at DESC, h.id
    OFFSET (SELECT coalesce((p.policy ->> 'keep_home_count')::integer, 4) FROM berth.pool p WHERE p.id = of_pool)
  );
END
$$;
CREATE FUNCTION berth.drop_kubeconfig(request uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
  DELETE FROM berth.kubeconfig_request WHERE id = request;
  RETURN FOUND;
END
$$;
CREATE FUNCTION berth.emit(kind text, pool bigint, reservation uuid, owner uuid, team uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(4242, 1);
  INSERT INTO berth.event (id, kind, pool, reservation, owner, team)
  VALUES (nextval('berth.event_id'), kind, pool, reservation, owner, team);
  PERFORM pg_notify('berth_event', '');
END
$$;
CREATE FUNCTION berth.emit_all(kind text, pool bigint, reservations uuid[], owners uuid[], teams uuid[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(4242, 1);
  INSERT INTO berth.event (id, kind, pool, reservation, owner, team)
  SELECT nextval('berth.event_id'), emit_all.kind, emit_all.pool, one.reservation, one.owner, one.team
  FROM unnest(reservations, owners, teams) AS one (reservation, owner, team);
  PERFORM pg_notify('berth_event', '');
END
$$;
CREATE FUNCTION berth.forget_activity() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
  DELETE FROM berth.activity WHERE session = NEW.id;
  DELETE FROM berth.device_use WHERE session = NEW.id;
  RETURN NULL;
END
$$;
CREATE FUNCTION berth.forget_wish() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
  DELETE FROM berth.wish WHERE session = NEW.id;
  RETURN NULL;
END
$$;
CREATE FUNCTION berth.give_back_home() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
  moment constant timestamptz := clock_timestamp();
  left_home berth.home;
BEGIN
  UPDATE berth.home
  SET session = NULL, kept_at = moment,
      kept_until = moment + coalesce(berth.home_stays(pool, size_gib), interval '0')
  WHERE session = NEW.id
  RETURNING * INTO left_home;
  IF FOUND THEN PERFORM berth.crowd_out_homes(left_home.owner, left_home.pool); END IF;
  RETURN NULL;
END
$$;
CREATE FUNCTION berth.give_device() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
  IF NEW.device IS NOT NULL THEN
    RETURN NEW;
  END IF;
  SELECT device INTO NEW.device FROM berth.unit WHERE node = NEW.node AND name = NEW.name;
  IF NEW.device IS NULL THEN
    INSERT INTO berth.device (node, name, memory_gib)
    SELECT NEW.node, NEW.name, device_memory_gib FROM berth.device_class WHERE id = NEW.device_class
    ON CONFLICT (node, name) DO UPDATE SET retired_at = NULL RETURNING id INTO NEW.device;
  END IF;
  RETURN NEW;
END
$$;
CREATE FUNCTION berth.hear_activity(heard_session uuid, looked timestamp with time zone, asked boolean, editor_used timestamp with time zone, lab_used timestamp with time zone, kernel_count integer, busy_count integer) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
  moment constant timestamptz := clock_timestamp();
  latest constant timestamptz := moment + interval '60 seconds';
  oldest constant timestamptz := moment - interval '8784 hours';
BEGIN
  IF (looked BETWEEN oldest AND latest
      AND asked IS NOT NULL
      AND (editor_used IS NULL OR asked AND editor_used BETWEEN oldest AND latest)
      AND CASE WHEN lab_used IS NULL THEN kernel_count IS NULL AND busy_count IS NULL
               ELSE lab_used BETWEEN oldest AND latest AND kernel_count BETWEEN 0 AND 1000
                   AND busy_count BETWEEN 0 AND kernel_count
          END) IS NOT TRUE THEN
    RETURN false;
  END IF;
  PERFORM
  FROM berth.session s
  WHERE s.id = heard_session AND s.phase IN ('Ready', 'Degraded');
  IF NOT FOUND THEN RETURN false; END IF;
  INSERT INTO berth.activity AS a
      (session, heard_at, looked_at, editor_asked, editor_used_at, lab_used_at, kernels, kernels_busy)
  VALUES (heard_session, moment, least(looked, moment), asked,
      CASE WHEN editor_used IS NOT NULL THEN least(editor_used, moment) END,
      CASE WHEN lab_used IS NOT NULL THEN least(lab_used, moment) END, kernel_count, busy_count)
  ON CONFLICT (session) DO UPDATE
  SET heard_at = excluded.heard_at, looked_at = excluded.looked_at, editor_asked = excluded.editor_asked,
      editor_used_at = excluded.editor_used_at, lab_used_at = excluded.lab_used_at, kernels = excluded.kernels,
      kernels_busy = excluded.kernels_busy
  WHERE a.looked_at < excluded.looked_at AND a.heard_at <= moment - interval '30 seconds';
  RETURN FOUND;
END
$$;
CREATE FUNCTION berth.hear_device_use(heard_namespace text, busy integer, age interval) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
  looked constant timestamptz := clock_timestamp() - age;
  heard_session uuid;
BEGIN
  IF (busy BETWEEN 0 AND 1000 AND age BETWEEN interval '0' AND interval '10 minutes') IS NOT TRUE THEN RETURN false; END IF;
  SELECT s.id INTO heard_session
  FROM berth.session s
  WHERE s.namespace_name = heard_namespace AND s.phase IN ('Ready', 'Degraded') AND s.created_at <= looked;
  IF NOT FOUND THEN RETURN false; END IF;
  INSERT INTO berth.device_use AS d (session, since, looked_at, busy_permille, used_at)
  VALUES (heard_session, looked, looked, busy, CASE WHEN busy >= 10 THEN looked END)
  ON CONFLICT (session) DO UPDATE
  SET looked_at = excluded.looked_at, busy_permille = excluded.busy_permille, used_at = coalesce(excluded.used_at, d.used_at)
  WHERE d.looked_at <= excluded.looked_at - interval '30 seconds';
  RETURN FOUND;
END
$$;
CREATE FUNCTION berth.hear_wish(heard_session uuid, heard uuid, heard_until timestamp with time zone) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
  moment constant timestamptz := clock_timestamp();
BEGIN
  IF (heard_until > moment AND heard_until <= moment + interval '8784 hours') IS NOT TRUE THEN RETURN false; END IF;
  PERFORM
  FROM berth.session s
  JOIN berth.reservation r ON r.id = s.reservation
  WHERE s.id = heard_session
    AND s.phase IN ('Ready', 'Degraded')
    AND r.state = 'ACTIVE'
    AND r.end_requested_at IS NULL
    AND r.end_at > moment;
  IF NOT FOUND THEN RETURN false; END IF;
  INSERT INTO berth.wish AS w (session, id, until, asked_at)
  VALUES (heard_session, heard, heard_until, moment)
  ON CONFLICT (session) DO UPDATE
  SET id = excluded.id, until = excluded.until, asked_at = excluded.asked_at, earlier = (w.id || w.earlier)[1:32],
      taken_at = NULL, answered_at = NULL, answer = NULL
  WHERE w.id <> excluded.id
    AND excluded.id <> ALL (w.earlier)
    AND w.asked_at <= moment - CASE WHEN w.answered_at IS NULL THEN interval '60 seconds' ELSE interval '5 seconds' END;
  IF NOT FOUND THEN RETURN false; END IF;
  PERFORM pg_notify('berth_wish', '');
  RETURN true;
END
$$;
CREATE FUNCTION berth.home_stays(of_pool bigint, of_size integer) RETURNS interval
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  SELECT make_interval(hours => 24 * (p.policy ->> 'keep_home_days')::integer)
  FROM berth.pool p
  WHERE p.id = of_pool
    AND (p.policy ->> 'keep_home_days')::integer > 0
    AND of_size <= coalesce((p.policy ->> 'keep_home_max_gib')::integer, of_size)
$$;
CREATE FUNCTION berth.housekeep(OUT web_sessions integer, OUT idempotency_keys integer, OUT events integer) RETURNS record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
  DELETE FROM berth.web_session WHERE expires_at < clock_timestamp();
  GET DIAGNOSTICS web_sessions = ROW_COUNT;
  DELETE FROM berth.idempotency WHERE created_at < clock_timestamp() - interval '7 days';
  GET DIAGNOSTICS idempotency_keys = ROW_COUNT;
  -- The newest stays, so that whoever has seen it is not told to look at everything.
  DELETE FROM berth.event WHERE at < clock_timestamp() - interval '2 days' AND id < (SELECT max(id) FROM berth.event);
  GET DIAGNOSTICS events = ROW_COUNT;
  DELETE FROM berth.api_token WHERE least(revoked_at, expires_at) < clock_timestamp() - interval '30 days';
  DELETE FROM berth.cache_token WHERE revoked_at < clock_timestamp() - interval '30 days';
  DELETE FROM berth.cache_state c USING berth.node n WHERE n.id = c.node AND n.retired_at IS NOT NULL;
  DELETE FROM berth.cache_node c USING berth.node n WHERE n.id = c.node AND n.retired_at IS NOT NULL;
END
$$;
CREATE FUNCTION berth.keep_claims() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM berth.reservation WHERE id = OLD.reservation AND state = 'APPROVED') THEN
    RAISE EXCEPTION 'claims of a reservation that has begun are kept' USING ERRCODE = 'check_violation';
  END IF;
  RETURN OLD;
END
$$;
CREATE FUNCTION berth.keep_ended_claims() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM berth.reservation WHERE id = OLD.reservation AND state IN ('APPROVED', 'ACTIVE')) THEN
    RAISE EXCEPTION 'claims of a reservation that is over are kept' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END
$$;
CREATE FUNCTION berth.keep_home(of_session uuid, new_id uuid, of_volume text, of_class text, of_size integer, on_node text, as_identity jsonb) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
  kept uuid;
BEGIN
  SELECT h.id INTO kept FROM berth.home h WHERE h.session = of_session FOR UPDATE;
  IF FOUND THEN
    UPDATE berth.home h SET size_gib = of_size
    WHERE h.id = kept AND h.volume = of_volume AND h.size_gib <> of_size;
    SELECT h.id INTO kept FROM berth.home h WHERE h.id = kept AND h.volume = of_volume;
    RETURN kept;
  END IF;
  -- One that a session went on without, and that came to it all the same.
  UPDATE berth.home h
  SET session = s.id, last_session = s.id
  FROM berth.session s
  JOIN berth.reservation r ON r.id = s.reservation
  WHERE s.id = of_session
    AND s.phase <> 'Gone'
    AND h.cluster = s.cluster
    AND h.volume = of_volume
    AND h.owner = r.owner
    AND h.pool = r.pool
    AND h.session IS NULL
    AND h.going_at IS NULL
    AND h.gone_at IS NULL
  RETURNING h.id INTO kept;
  IF FOUND THEN RETURN kept; END IF;
  INSERT INTO berth.home (id, cluster, pool, owner, volume, storage_class, size_gib, node, identity, session, last_session)
  SELECT new_id, s.cluster, r.pool, r.owner, of_volume, of_class, of_size, on_node, as_identity, s.id, s.id
  FROM berth.session s
  JOIN berth.reservation r ON r.id = s.reservation
  WHERE s.id = of_session AND s.phase <> 'Gone' AND berth.home_stays(r.pool, of_size) IS NOT NULL
  ON CONFLICT (cluster, volume) WHERE gone_at IS NULL DO NOTHING
  RETURNING id INTO kept;
  RETURN kept;
END
$$;
CREATE FUNCTION berth.keep_unit_history() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
  change_at timestamptz;
BEGIN
  IF TG_OP = 'UPDATE' AND (NEW.device_class, NEW.out_of_service, NEW.retired_at, NEW.device, NEW.placement)
      IS NOT DISTINCT FROM (OLD.device_class, OLD.out_of_service, OLD.retired_at, OLD.device, OLD.placement) THEN
    RETURN NULL;
  END IF;
  -- Never before what was written last: a clock that is set back must not make two histories of one time.
  SELECT greatest(clock_timestamp(), max(coalesce(until, since))) INTO change_at
    FROM berth.unit_history WHERE unit = NEW.id;
  DELETE FROM berth.unit_history WHERE unit = NEW.id AND until IS NULL AND since = change_at;
  UPDATE berth.unit_history SET until = change_at WHERE unit = NEW.id AND until IS NULL;
  IF NEW.retired_at IS NULL THEN
    INSERT INTO berth.unit_history (unit, since, device_class, in_service, device, placement)
    VALUES (NEW.id, change_at, NEW.device_class, NOT NEW.out_of_service, NEW.device, NEW.placement);
  END IF;
  RETURN NULL;
END
$$;
CREATE FUNCTION berth.leave_home(of_home uuid, of_session uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
  moment constant timestamptz := clock_timestamp();
  left_home berth.home;
BEGIN
  UPDATE berth.home
  SET session = NULL,
      kept_until = greatest(kept_until, moment + coalesce(berth.home_stays(pool, size_gib), interval '0'))
  WHERE id = of_home AND session = of_session AND kept_until IS NOT NULL
  RETURNING * INTO left_home;
  IF NOT FOUND THEN RETURN false; END IF;
  PERFORM berth.crowd_out_homes(left_home.owner, left_home.pool);
  RETURN true;
END
$$;
CREATE FUNCTION berth.let_backups_read() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
  one record;
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'berth_backup') THEN
    RETURN;
  END IF;
  GRANT USAGE ON SCHEMA berth TO berth_backup;
  GRANT EXECUTE ON FUNCTION berth.note_backup(uuid, timestamptz, text, bigint, text, bigint, int, text) TO berth_backup;
  FOR one IN SELECT relname, relkind FROM pg_class
             WHERE relnamespace = 'berth'::regnamespace AND relkind IN ('r', 'p', 'S') AND NOT relispartition LOOP
    EXECUTE format('GRANT SELECT ON %s berth.%I TO berth_backup', CASE one.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, one.relname);
  END LOOP;
END
$$;
CREATE FUNCTION berth.let_home_go(of_home uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
  moment constant timestamptz := clock_timestamp();
BEGIN
  UPDATE berth.home
  SET going_at = moment
  WHERE id = of_home
    AND session IS NULL
    AND going_at IS NULL
    AND gone_at IS NULL
    AND (delete_asked_at IS NOT NULL OR kept_until <= moment OR berth.home_stays(pool, 0) IS NULL);
  RETURN FOUND;
END
$$;
CREATE FUNCTION berth.note_backup(id uuid, taken timestamp with time zone, file text, bytes bigint, sha256 text, row_count bigint, schema_step integer, key text) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
  INSERT INTO berth.backup (id, taken_at, file, bytes, sha256, row_count, schema_step, key)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
$_$;
CREATE FUNCTION berth.place_claim() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.unit = OLD.unit AND upper(NEW.during) <= clock_timestamp() THEN
    NEW.device := OLD.device;
    NEW.placement := OLD.placement;
  ELSE
    -- Locked: nobody lays the unit elsewhere before this claim is there to go along.
    SELECT device, placement INTO NEW.device, NEW.placement FROM berth.unit WHERE id = NEW.unit FOR SHARE;
  END IF;
  IF TG_OP = 'INSERT' THEN
    SELECT device_class, cpu_milli, memory_gib, storage_gib, state <> 'APPROVED'
    INTO NEW.device_class, NEW.cpu_milli, NEW.memory_gib, NEW.storage_gib, NEW.begun
    FROM berth.reservation WHERE id = NEW.reservation;
  END IF;
  RETURN NEW;
END
$$;
CREATE FUNCTION berth.repeat_facts() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
  given jsonb := NEW.site;
BEGIN
  SELECT c.facts || jsonb_build_object('time_zone', NEW.time_zone) INTO NEW.site FROM berth.cluster c WHERE c.name = NEW.cluster;
  NEW.site := coalesce(NEW.site, '{}');  -- no such cluster: the foreign key says so
  IF given IS DISTINCT FROM NEW.site AND given IS DISTINCT FROM (CASE WHEN TG_OP = 'UPDATE' THEN OLD.site END) THEN
    RAISE EXCEPTION 'the facts of cluster % are declared by themselves: use a newer program', NEW.cluster
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END
$$;
CREATE FUNCTION berth.repeat_on_claims() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
  UPDATE berth.reservation_unit
  SET device_class = NEW.device_class, cpu_milli = NEW.cpu_milli, memory_gib = NEW.memory_gib, storage_gib = NEW.storage_gib,
      begun = NEW.state <> 'APPROVED'
  WHERE reservation = NEW.id;
  RETURN NULL;
END
$$;
CREATE FUNCTION berth.spread_facts() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
  UPDATE berth.pool SET site = NEW.facts || jsonb_build_object('time_zone', time_zone) WHERE cluster = NEW.name;
  RETURN NULL;
END
$$;
CREATE FUNCTION berth.take_home() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
  moment constant timestamptz := clock_timestamp();
BEGIN
  UPDATE berth.home
  SET session = NEW.id, last_session = NEW.id
  WHERE id = (
    SELECT h.id
    FROM berth.home h
    JOIN berth.reservation r ON r.id = NEW.reservation AND r.owner = h.owner AND r.pool = h.pool
    JOIN berth.device_class d ON d.id = r.device_class
    JOIN berth.cluster c ON c.name = NEW.cluster AND c.name = h.cluster
    WHERE h.session IS NULL
      AND h.gone_at IS NULL
      AND h.going_at IS NULL
      AND h.delete_asked_at IS NULL
      AND h.kept_until > moment
      AND berth.home_stays(h.pool, 0) IS NOT NULL
      AND h.size_gib + d.model_cache_gib <= r.storage_gib
      AND coalesce(c.facts ->> 'storage_class', '') IN ('', h.storage_class)
      AND (h.node = '' OR EXISTS (
        SELECT FROM berth.reservation_unit u
        JOIN berth.unit unit ON unit.id = u.unit
        JOIN berth.node n ON n.id = unit.node
        WHERE u.reservation = r.id AND n.kubernetes_name = h.node
      ))
    ORDER BY h.kept_at DESC, h.id
    LIMIT 1
    FOR UPDATE OF h SKIP LOCKED
  );
  RETURN NULL;
END
$$;
CREATE FUNCTION berth.wake() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
  PERFORM pg_notify('berth_work', '');
  RETURN NULL;
END
$$;
CREATE TABLE berth.activity (
    session uuid NOT NULL,
    heard_at timestamp with time zone NOT NULL,
    looked_at timestamp with time zone NOT NULL,
    editor_asked boolean NOT NULL,
    editor_used_at timestamp with time zone,
    lab_used_at timestamp with time zone,
    kernels integer,
    kernels_busy integer,
    CONSTRAINT activity_editor_check CHECK ((editor_asked OR (editor_used_at IS NULL))),
    CONSTRAINT activity_kernels_busy_check CHECK (((kernels_busy >= 0) AND (kernels_busy <= kernels))),
    CONSTRAINT activity_kernels_check CHECK (((kernels >= 0) AND (kernels <= 1000))),
    CONSTRAINT activity_lab_check CHECK ((((lab_used_at IS NULL) = (kernels IS NULL)) AND ((kernels IS NULL) = (kernels_busy IS NULL)))),
    CONSTRAINT activity_past_check CHECK (((looked_at <= heard_at) AND (editor_used_at <= heard_at) AND (lab_used_at <= heard_at)))
);
CREATE TABLE berth.api_token (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    owner uuid NOT NULL,
    name text NOT NULL,
    prefix text NOT NULL,
    token_hash bytea NOT NULL,
    scopes text[] NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    last_used_at timestamp with time zone,
    revoked_at timestamp with time zone,
    CONSTRAINT api_token_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100)))
);
CREATE TABLE berth.app_user (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    email text NOT NULL,
    name text NOT NULL,
    role text NOT NULL,
    password_hash text,
    disabled_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    last_sign_in_at timestamp with time zone,
    password_change_needed boolean DEFAULT false NOT NULL,
    signed_out_at timestamp with time zone,
    CONSTRAINT app_user_email_check CHECK (((email = lower(email)) AND ((length(email) >= 3) AND (length(email) <= 254)))),
    CONSTRAINT app_user_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100))),
    CONSTRAINT app_user_role_check CHECK ((role = ANY (ARRAY['member'::text, 'lead'::text, 'finance'::text, 'admin'::text])))
);
CREATE TABLE berth.audit (
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    id bigint NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    object_type text NOT NULL,
    object_id text NOT NULL,
    outcome text DEFAULT 'done'::text NOT NULL,
    before jsonb,
    after jsonb,
    request_id text DEFAULT ''::text NOT NULL,
    source_ip text DEFAULT ''::text NOT NULL,
    token uuid DEFAULT (NULLIF(current_setting('berth.token'::text, true), ''::text))::uuid,
    count integer DEFAULT 1 NOT NULL,
    since timestamp with time zone,
    CONSTRAINT audit_count_check CHECK ((count >= 1))
)
PARTITION BY RANGE (at);
ALTER TABLE berth.audit ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME berth.audit_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE berth.audit_rest (
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    id bigint NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    object_type text NOT NULL,
    object_id text NOT NULL,
    outcome text DEFAULT 'done'::text NOT NULL,
    before jsonb,
    after jsonb,
    request_id text DEFAULT ''::text NOT NULL,
    source_ip text DEFAULT ''::text NOT NULL,
    token uuid DEFAULT (NULLIF(current_setting('berth.token'::text, true), ''::text))::uuid,
    count integer DEFAULT 1 NOT NULL,
    since timestamp with time zone,
    CONSTRAINT audit_count_check CHECK ((count >= 1))
);
CREATE TABLE berth.backup (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    taken_at timestamp with time zone NOT NULL,
    verified_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    file text NOT NULL,
    bytes bigint NOT NULL,
    sha256 text NOT NULL,
    row_count bigint NOT NULL,
    schema_step integer NOT NULL,
    key text NOT NULL,
    CONSTRAINT backup_bytes_check CHECK ((bytes > 0)),
    CONSTRAINT backup_file_check CHECK (((length(file) >= 1) AND (length(file) <= 255))),
    CONSTRAINT backup_key_check CHECK ((key ~ '^[0-9a-f]{16}$'::text)),
    CONSTRAINT backup_row_count_check CHECK ((row_count > 0)),
    CONSTRAINT backup_schema_step_check CHECK ((schema_step > 0)),
    CONSTRAINT backup_sha256_check CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT backup_taken_check CHECK ((taken_at <= verified_at))
);
CREATE TABLE berth.cache_artifact (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    kind text NOT NULL,
    source text NOT NULL,
    bytes bigint,
    digest text DEFAULT ''::text NOT NULL,
    priority integer DEFAULT 100 NOT NULL,
    pinned boolean DEFAULT false NOT NULL,
    note text DEFAULT ''::text NOT NULL,
    added_by uuid NOT NULL,
    added_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT cache_artifact_bytes_check CHECK (((bytes >= 1) AND (bytes <= '1125899906842624'::bigint))),
    CONSTRAINT cache_artifact_digest_check CHECK ((digest ~ '^(|[0-9a-f]{40}|sha256:[0-9a-f]{64})$'::text)),
    CONSTRAINT cache_artifact_kind_check CHECK ((kind = ANY (ARRAY['image'::text, 'model'::text]))),
    CONSTRAINT cache_artifact_note_check CHECK ((length(note) <= 200)),
    CONSTRAINT cache_artifact_priority_check CHECK (((priority >= 0) AND (priority <= 1000))),
    CONSTRAINT cache_artifact_source_check CHECK (((octet_length(source) >= 1) AND (octet_length(source) <= 512)))
);
CREATE TABLE berth.cache_artifact_pool (
    artifact uuid NOT NULL,
    pool bigint NOT NULL
);
CREATE TABLE berth.cache_node (
    node bigint NOT NULL,
    reported_at timestamp with time zone NOT NULL,
    disk_bytes bigint NOT NULL,
    free_bytes bigint NOT NULL,
    held_bytes bigint NOT NULL,
    high_percent integer NOT NULL,
    low_percent integer NOT NULL,
    rate bigint NOT NULL,
    fault text DEFAULT ''::text NOT NULL,
    CONSTRAINT cache_node_disk_check CHECK (((disk_bytes >= 0) AND ((free_bytes >= 0) AND (free_bytes <= disk_bytes)) AND (held_bytes >= 0) AND (rate >= 0))),
    CONSTRAINT cache_node_fault_check CHECK ((length(fault) <= 500)),
    CONSTRAINT cache_node_marks_check CHECK (((low_percent >= 1) AND (low_percent <= high_percent) AND (high_percent <= 99)))
);
CREATE TABLE berth.cache_state (
    node bigint NOT NULL,
    artifact uuid NOT NULL,
    state text NOT NULL,
    since timestamp with time zone NOT NULL,
    bytes bigint NOT NULL,
    of_bytes bigint,
    rate bigint NOT NULL,
    digest text DEFAULT ''::text NOT NULL,
    reason text DEFAULT ''::text NOT NULL,
    CONSTRAINT cache_state_bytes_check CHECK ((bytes >= 0)),
    CONSTRAINT cache_state_digest_check CHECK ((digest ~ '^(|[0-9a-f]{40}|sha256:[0-9a-f]{64})$'::text)),
    CONSTRAINT cache_state_of_bytes_check CHECK ((of_bytes >= 0)),
    CONSTRAINT cache_state_rate_check CHECK ((rate >= 0)),
    CONSTRAINT cache_state_reason_check CHECK ((length(reason) <= 500)),
    CONSTRAINT cache_state_state_check CHECK ((state = ANY (ARRAY['cached'::text, 'pulling'::text, 'queued'::text, 'failed'::text, 'outdated'::text, 'evicted'::text])))
);
CREATE TABLE berth.cache_token (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    node bigint NOT NULL,
    prefix text NOT NULL,
    token_hash bytea NOT NULL,
    made_by uuid NOT NULL,
    made_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    last_used_at timestamp with time zone,
    revoked_at timestamp with time zone,
    CONSTRAINT cache_token_hash_check CHECK ((octet_length(token_hash) = 32)),
    CONSTRAINT cache_token_prefix_check CHECK (((length(prefix) >= 1) AND (length(prefix) <= 40)))
);
CREATE TABLE berth.cluster (
    name text NOT NULL,
    facts jsonb NOT NULL,
    version bigint DEFAULT 1 NOT NULL
);
CREATE TABLE berth.declared (
    only_row boolean DEFAULT true NOT NULL,
    revision bigint NOT NULL,
    CONSTRAINT declared_only_row_check CHECK (only_row)
);
CREATE TABLE berth.device (
    id bigint NOT NULL,
    node bigint NOT NULL,
    name text NOT NULL,
    model text DEFAULT ''::text NOT NULL,
    memory_gib bigint NOT NULL,
    slots integer DEFAULT 1 NOT NULL,
    retired_at timestamp with time zone,
    CONSTRAINT device_memory_gib_check CHECK ((memory_gib > 0)),
    CONSTRAINT device_slots_check CHECK (((slots >= 1) AND (slots <= 64)))
);
CREATE TABLE berth.device_class (
    id bigint NOT NULL,
    pool bigint NOT NULL,
    name text NOT NULL,
    ordinal integer NOT NULL,
    title text NOT NULL,
    device_memory_gib bigint NOT NULL,
    gpu_share double precision NOT NULL,
    rate_micros bigint NOT NULL,
    default_cpu_milli bigint NOT NULL,
    default_memory_gib bigint NOT NULL,
    default_storage_gib bigint NOT NULL,
    ephemeral_gib bigint NOT NULL,
    pods integer NOT NULL,
    retired_at timestamp with time zone,
    home_gib bigint DEFAULT 20 NOT NULL,
    model_cache_gib bigint DEFAULT 300 NOT NULL,
    CONSTRAINT device_class_default_cpu_milli_check CHECK ((default_cpu_milli > 0)),
    CONSTRAINT device_class_default_memory_gib_check CHECK ((default_memory_gib > 0)),
    CONSTRAINT device_class_default_storage_gib_check CHECK ((default_storage_gib > 0)),
    CONSTRAINT device_class_device_memory_gib_check CHECK ((device_memory_gib > 0)),
    CONSTRAINT device_class_ephemeral_gib_check CHECK ((ephemeral_gib > 0)),
    CONSTRAINT device_class_gpu_share_check CHECK (((gpu_share > (0)::double precision) AND (gpu_share <= (1)::double precision))),
    CONSTRAINT device_class_home_gib_check CHECK ((home_gib > 0)),
    CONSTRAINT device_class_model_cache_gib_check CHECK ((model_cache_gib > 0)),
    CONSTRAINT device_class_pods_check CHECK ((pods > 0)),
    CONSTRAINT device_class_rate_micros_check CHECK ((rate_micros >= 0))
);
ALTER TABLE berth.device_class ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME berth.device_class_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
ALTER TABLE berth.device ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME berth.device_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE berth.device_use (
    session uuid NOT NULL,
    since timestamp with time zone NOT NULL,
    looked_at timestamp with time zone NOT NULL,
    busy_permille integer NOT NULL,
    used_at timestamp with time zone,
    CONSTRAINT device_use_busy_check CHECK (((busy_permille >= 0) AND (busy_permille <= 1000))),
    CONSTRAINT device_use_past_check CHECK (((since <= looked_at) AND ((used_at >= since) AND (used_at <= looked_at))))
);
CREATE TABLE berth.event (
    id bigint NOT NULL,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    kind text NOT NULL,
    pool bigint,
    reservation uuid,
    owner uuid,
    team uuid
);
CREATE SEQUENCE berth.event_id
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
CREATE TABLE berth.finding (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    cluster text NOT NULL,
    kind text NOT NULL,
    object text NOT NULL,
    detail text NOT NULL,
    planned_action text NOT NULL,
    first_seen_at timestamp with time zone NOT NULL,
    resolved_at timestamp with time zone
);
CREATE TABLE berth.gate_key (
    id uuid NOT NULL,
    secret bytea NOT NULL,
    public_half bytea NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    retired_at timestamp with time zone,
    CONSTRAINT gate_key_public_half_check CHECK ((octet_length(public_half) = 32)),
    CONSTRAINT gate_key_secret_check CHECK ((octet_length(secret) = 64))
);
CREATE TABLE berth.heartbeat (
    cluster text NOT NULL,
    holder text NOT NULL,
    epoch bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    cycle_millis bigint NOT NULL,
    sessions integer NOT NULL,
    problem text DEFAULT ''::text NOT NULL,
    unheard_since timestamp with time zone,
    starts_wait text DEFAULT ''::text NOT NULL
);
CREATE TABLE berth.hold (
    id bigint NOT NULL,
    unit bigint NOT NULL,
    session uuid,
    since timestamp with time zone NOT NULL,
    why text NOT NULL,
    released_at timestamp with time zone
);
ALTER TABLE berth.hold ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME berth.hold_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE berth.home (
    id uuid NOT NULL,
    cluster text NOT NULL,
    pool bigint NOT NULL,
    owner uuid NOT NULL,
    volume text NOT NULL,
    storage_class text NOT NULL,
    size_gib integer NOT NULL,
    node text DEFAULT ''::text NOT NULL,
    identity jsonb DEFAULT '{}'::jsonb NOT NULL,
    session uuid,
    last_session uuid NOT NULL,
    kept_at timestamp with time zone,
    kept_until timestamp with time zone,
    delete_asked_at timestamp with time zone,
    going_at timestamp with time zone,
    gone_at timestamp with time zone,
    CONSTRAINT home_going_check CHECK (((session IS NULL) OR ((going_at IS NULL) AND (gone_at IS NULL)))),
    CONSTRAINT home_held_check CHECK (((session IS NOT NULL) OR (kept_until IS NOT NULL) OR (gone_at IS NOT NULL))),
    CONSTRAINT home_identity_check CHECK (((jsonb_typeof(identity) = 'object'::text) AND (octet_length((identity)::text) <= 1024))),
    CONSTRAINT home_kept_check CHECK (((kept_at IS NULL) = (kept_until IS NULL))),
    CONSTRAINT home_size_check CHECK ((size_gib > 0)),
    CONSTRAINT home_volume_check CHECK (((length(volume) >= 1) AND (length(volume) <= 253)))
);
CREATE TABLE berth.idempotency (
    owner uuid NOT NULL,
    key text NOT NULL,
    body_hash bytea NOT NULL,
    reservation uuid NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT idempotency_key_check CHECK (((length(key) >= 1) AND (length(key) <= 200)))
);
CREATE TABLE berth.installation (
    only_row boolean DEFAULT true NOT NULL,
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    audit_months integer DEFAULT 24 NOT NULL,
    serves_from_step integer DEFAULT 8 NOT NULL,
    restored_at timestamp with time zone,
    restored_from timestamp with time zone,
    CONSTRAINT installation_audit_months_check CHECK (((audit_months >= 3) AND (audit_months <= 240))),
    CONSTRAINT installation_only_row_check CHECK (only_row),
    CONSTRAINT installation_restored_check CHECK (((restored_at IS NULL) = (restored_from IS NULL))),
    CONSTRAINT installation_serves_from_step_check CHECK ((serves_from_step > 0))
);
CREATE TABLE berth.kubeconfig_request (
    id uuid NOT NULL,
    reservation uuid NOT NULL,
    asked_by uuid NOT NULL,
    public_key bytea NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    answered_at timestamp with time zone,
    secret bytea,
    CONSTRAINT kubeconfig_request_answered_check CHECK (((answered_at IS NULL) = (secret IS NULL))),
    CONSTRAINT kubeconfig_request_public_key_check CHECK ((octet_length(public_key) = 32)),
    CONSTRAINT kubeconfig_request_secret_check CHECK (((octet_length(secret) >= 48) AND (octet_length(secret) <= 131072)))
);
CREATE TABLE berth.layout_order (
    id bigint NOT NULL,
    node bigint NOT NULL,
    layout text NOT NULL,
    ways jsonb NOT NULL,
    advertises text[] NOT NULL,
    units text[] NOT NULL,
    not_before timestamp with time zone NOT NULL,
    ordered_by uuid NOT NULL,
    ordered_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    state text DEFAULT 'ordered'::text NOT NULL,
    retry_asked_at timestamp with time zone,
    label_given text DEFAULT ''::text NOT NULL,
    labelled_at timestamp with time zone,
    had_others boolean DEFAULT false NOT NULL,
    mig_state text DEFAULT ''::text NOT NULL,
    mig_state_since timestamp with time zone,
    boot text DEFAULT ''::text NOT NULL,
    back_since timestamp with time zone,
    tries integer DEFAULT 0 NOT NULL,
    step text DEFAULT ''::text NOT NULL,
    stuck boolean DEFAULT false NOT NULL,
    sentence text DEFAULT ''::text NOT NULL,
    repair text DEFAULT ''::text NOT NULL,
    step_until timestamp with time zone,
    in_force_since timestamp with time zone,
    over_at timestamp with time zone,
    CONSTRAINT layout_order_advertises_check CHECK ((((cardinality(advertises) >= 1) AND (cardinality(advertises) <= 128)) AND (array_position(advertises, NULL::text) IS NULL) AND (array_to_string(advertises, ' '::text) ~ '^[A-Za-z0-9./_+-]{1,128}=[0-9]{1,6}( [A-Za-z0-9./_+-]{1,128}=[0-9]{1,6})*$'::text))),
    CONSTRAINT layout_order_layout_check CHECK ((layout ~ '^berth-[0-9a-f]{16}$'::text)),
    CONSTRAINT layout_order_state_check CHECK ((state = ANY (ARRAY['ordered'::text, 'in_force'::text, 'replaced'::text, 'dropped'::text]))),
    CONSTRAINT layout_order_units_check CHECK ((((cardinality(units) >= 1) AND (cardinality(units) <= 256)) AND (array_position(units, NULL::text) IS NULL))),
    CONSTRAINT layout_order_ways_check CHECK (((jsonb_typeof(ways) = 'object'::text) AND (octet_length((ways)::text) <= 4096)))
);
ALTER TABLE berth.layout_order ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME berth.layout_order_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE berth.leader (
    cluster text NOT NULL,
    epoch bigint NOT NULL,
    holder text NOT NULL,
    since timestamp with time zone NOT NULL
);
CREATE TABLE berth.node (
    id bigint NOT NULL,
    pool bigint NOT NULL,
    name text NOT NULL,
    kubernetes_name text NOT NULL,
    cpu_milli bigint NOT NULL,
    memory_gib bigint NOT NULL,
    storage_gib bigint NOT NULL,
    aside_cpu_milli bigint NOT NULL,
    aside_memory_gib bigint NOT NULL,
    aside_storage_gib bigint NOT NULL,
    retired_at timestamp with time zone,
    labels text[] DEFAULT '{}'::text[] NOT NULL,
    CONSTRAINT node_check CHECK (((aside_cpu_milli >= 0) AND (aside_cpu_milli <= cpu_milli))),
    CONSTRAINT node_check1 CHECK (((aside_memory_gib >= 0) AND (aside_memory_gib <= memory_gib))),
    CONSTRAINT node_check2 CHECK (((aside_storage_gib >= 0) AND (aside_storage_gib <= storage_gib))),
    CONSTRAINT node_cpu_milli_check CHECK ((cpu_milli >= 0)),
    CONSTRAINT node_memory_gib_check CHECK ((memory_gib >= 0)),
    CONSTRAINT node_storage_gib_check CHECK ((storage_gib >= 0))
);
ALTER TABLE berth.node ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME berth.node_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE berth.reservation (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    pool bigint NOT NULL,
    device_class bigint NOT NULL,
    units integer NOT NULL,
    cpu_milli bigint NOT NULL,
    memory_gib bigint NOT NULL,
    storage_gib bigint NOT NULL,
    mode text NOT NULL,
    start_at timestamp with time zone NOT NULL,
    end_at timestamp with time zone NOT NULL,
    state text DEFAULT 'APPROVED'::text NOT NULL,
    reason text DEFAULT ''::text NOT NULL,
    owner uuid NOT NULL,
    team uuid,
    name text NOT NULL,
    rate_micros bigint NOT NULL,
    currency text NOT NULL,
    end_requested_at timestamp with time zone,
    version bigint DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT reservation_check CHECK (((start_at < end_at) AND isfinite(start_at) AND isfinite(end_at))),
    CONSTRAINT reservation_cpu_milli_check CHECK ((cpu_milli > 0)),
    CONSTRAINT reservation_memory_gib_check CHECK ((memory_gib > 0)),
    CONSTRAINT reservation_mode_check CHECK ((mode = ANY (ARRAY['interactive_ml'::text, 'inference_containers'::text]))),
    CONSTRAINT reservation_name_check CHECK ((length(name) <= 100)),
    CONSTRAINT reservation_rate_micros_check CHECK ((rate_micros >= 0)),
    CONSTRAINT reservation_state_check CHECK ((state = ANY (ARRAY['APPROVED'::text, 'ACTIVE'::text, 'COMPLETED'::text, 'CANCELED'::text, 'FAILED'::text]))),
    CONSTRAINT reservation_storage_gib_check CHECK ((storage_gib > 0)),
    CONSTRAINT reservation_units_check CHECK ((units > 0))
);
CREATE TABLE berth.reservation_guest (
    reservation uuid NOT NULL,
    member uuid NOT NULL,
    named_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);
CREATE TABLE berth.team (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    name text NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT team_name_check CHECK (((length(name) >= 1) AND (length(name) <= 63)))
);
CREATE TABLE berth.team_member (
    team uuid NOT NULL,
    member uuid NOT NULL,
    leads boolean DEFAULT false NOT NULL
);
CREATE VIEW berth.person AS
 SELECT a.id,
    a.email,
    a.name,
    a.role,
    (a.disabled_at IS NOT NULL) AS disabled,
    a.created_at,
    a.last_sign_in_at,
    a.password_change_needed,
    ( SELECT COALESCE(jsonb_agg(jsonb_build_array(t.id, t.name, m.leads) ORDER BY t.name), '[]'::jsonb) AS "coalesce"
           FROM (berth.team_member m
             JOIN berth.team t ON ((t.id = m.team)))
          WHERE (m.member = a.id)) AS teams,
    ARRAY( SELECT team_member.team
           FROM berth.team_member
          WHERE (team_member.member = a.id)
          ORDER BY team_member.team) AS team_ids,
    ARRAY( SELECT team_member.team
           FROM berth.team_member
          WHERE ((team_member.member = a.id) AND team_member.leads)
          ORDER BY team_member.team) AS leads,
    ARRAY( SELECT DISTINCT other.member
           FROM (berth.team_member mine
             JOIN berth.team_member other USING (team))
          WHERE ((mine.member = a.id) AND mine.leads)
          ORDER BY other.member) AS led_members,
    ARRAY( SELECT g.reservation
           FROM (berth.reservation_guest g
             JOIN berth.reservation r ON ((r.id = g.reservation)))
          WHERE ((g.member = a.id) AND (r.state = ANY (ARRAY['APPROVED'::text, 'ACTIVE'::text])))
          ORDER BY g.reservation) AS guest_of
   FROM berth.app_user a;
CREATE TABLE berth.pool (
    id bigint NOT NULL,
    name text NOT NULL,
    cluster text NOT NULL,
    currency text NOT NULL,
    policy jsonb NOT NULL,
    site jsonb NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    retired_at timestamp with time zone,
    annual_cost_micros bigint,
    annual_cost_currency text,
    time_zone text DEFAULT 'UTC'::text NOT NULL,
    CONSTRAINT annual_cost_is_whole CHECK (((annual_cost_micros IS NULL) = (annual_cost_currency IS NULL))),
    CONSTRAINT pool_annual_cost_currency_check CHECK ((annual_cost_currency ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT pool_annual_cost_micros_check CHECK (((annual_cost_micros >= 0) AND (annual_cost_micros <= '5000000000000000'::bigint))),
    CONSTRAINT pool_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text))
);
ALTER TABLE berth.pool ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME berth.pool_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE berth.reservation_artifact (
    reservation uuid NOT NULL,
    artifact uuid NOT NULL
);
CREATE TABLE berth.reservation_transition (
    from_state text NOT NULL,
    to_state text NOT NULL
);
CREATE TABLE berth.reservation_unit (
    reservation uuid NOT NULL,
    unit bigint NOT NULL,
    during tstzrange NOT NULL,
    live boolean DEFAULT true NOT NULL,
    device bigint NOT NULL,
    placement int4range NOT NULL,
    device_class bigint NOT NULL,
    cpu_milli bigint NOT NULL,
    memory_gib bigint NOT NULL,
    storage_gib bigint NOT NULL,
    begun boolean DEFAULT false NOT NULL,
    CONSTRAINT reservation_unit_during_check CHECK (((NOT isempty(during)) AND lower_inc(during) AND (NOT upper_inc(during)) AND (NOT lower_inf(during)) AND (NOT upper_inf(during)) AND isfinite(lower(during)) AND isfinite(upper(during))))
);
CREATE TABLE berth.schema_migration (
    version integer NOT NULL,
    name text NOT NULL,
    sha256 text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT schema_migration_version_check CHECK ((version > 0))
);
CREATE TABLE berth.session (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    reservation uuid NOT NULL,
    attempt integer NOT NULL,
    cluster text NOT NULL,
    namespace_name text NOT NULL,
    host text NOT NULL,
    phase text NOT NULL,
    reason text DEFAULT ''::text NOT NULL,
    failed boolean DEFAULT false NOT NULL,
    endpoints jsonb DEFAULT '[]'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    ready_at timestamp with time zone,
    stopping_at timestamp with time zone,
    gone_at timestamp with time zone,
    CONSTRAINT session_attempt_check CHECK ((attempt > 0)),
    CONSTRAINT session_check CHECK (((phase = 'Gone'::text) = (gone_at IS NOT NULL))),
    CONSTRAINT session_phase_check CHECK ((phase = ANY (ARRAY['Starting'::text, 'Ready'::text, 'Degraded'::text, 'Stopping'::text, 'Gone'::text])))
);
CREATE TABLE berth.step (
    session uuid NOT NULL,
    ordinal integer NOT NULL,
    name text NOT NULL,
    state text NOT NULL,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    tries integer DEFAULT 0 NOT NULL,
    next_try_at timestamp with time zone,
    detail text DEFAULT ''::text NOT NULL,
    CONSTRAINT step_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'running'::text, 'done'::text, 'failed'::text])))
);
CREATE TABLE berth.unit (
    id bigint NOT NULL,
    node bigint NOT NULL,
    device_class bigint NOT NULL,
    name text NOT NULL,
    resource_name text NOT NULL,
    replicas integer NOT NULL,
    out_of_service boolean DEFAULT false NOT NULL,
    retired_at timestamp with time zone,
    device bigint NOT NULL,
    placement int4range DEFAULT '[0,1)'::int4range NOT NULL,
    CONSTRAINT unit_placement_check CHECK (((NOT isempty(placement)) AND (lower(placement) >= 0) AND (upper(placement) <= 64))),
    CONSTRAINT unit_replicas_check CHECK (((replicas >= 1) AND (replicas <= 64)))
);
CREATE TABLE berth.unit_history (
    unit bigint NOT NULL,
    since timestamp with time zone NOT NULL,
    until timestamp with time zone,
    device_class bigint NOT NULL,
    in_service boolean NOT NULL,
    device bigint NOT NULL,
    placement int4range NOT NULL,
    CONSTRAINT unit_history_check CHECK ((until > since))
);
ALTER TABLE berth.unit ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME berth.unit_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE berth.web_session (
    token_hash bytea NOT NULL,
    member uuid NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    expires_at timestamp with time zone NOT NULL
);
CREATE TABLE berth.wish (
    session uuid NOT NULL,
    id uuid NOT NULL,
    until timestamp with time zone NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    earlier uuid[] DEFAULT '{}'::uuid[] NOT NULL,
    taken_at timestamp with time zone,
    answered_at timestamp with time zone,
    answer text,
    CONSTRAINT wish_answer_check CHECK (((answered_at IS NULL) = (answer IS NULL))),
    CONSTRAINT wish_answer_length_check CHECK ((octet_length(answer) <= 4096)),
    CONSTRAINT wish_earlier_check CHECK ((cardinality(earlier) <= 32))
);
ALTER TABLE ONLY berth.audit ATTACH PARTITION berth.audit_rest DEFAULT;
ALTER TABLE ONLY berth.activity
    ADD CONSTRAINT activity_pkey PRIMARY KEY (session);
ALTER TABLE ONLY berth.api_token
    ADD CONSTRAINT api_token_pkey PRIMARY KEY (id);
ALTER TABLE ONLY berth.api_token
    ADD CONSTRAINT api_token_token_hash_key UNIQUE (token_hash);
ALTER TABLE ONLY berth.app_user
    ADD CONSTRAINT app_user_email_key UNIQUE (email);
ALTER TABLE ONLY berth.app_user
    ADD CONSTRAINT app_user_pkey PRIMARY KEY (id);
ALTER TABLE ONLY berth.audit
    ADD CONSTRAINT audit_pkey PRIMARY KEY (at, id);
ALTER TABLE ONLY berth.audit_rest
    ADD CONSTRAINT audit_rest_pkey PRIMARY KEY (at, id);
ALTER TABLE ONLY berth.backup
    ADD CONSTRAINT backup_pkey PRIMARY KEY (id);
ALTER TABLE ONLY berth.cache_artifact
    ADD CONSTRAINT cache_artifact_once UNIQUE (kind, source);
ALTER TABLE ONLY berth.cache_artifact
    ADD CONSTRAINT cache_artifact_pkey PRIMARY KEY (id);
ALTER TABLE ONLY berth.cache_artifact_pool
    ADD CONSTRAINT cache_artifact_pool_pkey PRIMARY KEY (artifact, pool);
ALTER TABLE ONLY berth.cache_node
    ADD CONSTRAINT cache_node_pkey PRIMARY KEY (node);
ALTER TABLE ONLY berth.cache_state
    ADD CONSTRAINT cache_state_pkey PRIMARY KEY (node, artifact);
ALTER TABLE ONLY berth.cache_token
    ADD CONSTRAINT cache_token_pkey PRIMARY KEY (id);
ALTER TABLE ONLY berth.cache_token
    ADD CONSTRAINT cache_token_token_hash_key UNIQUE (token_hash);
ALTER TABLE ONLY berth.cluster
    ADD CONSTRAINT cluster_pkey PRIMARY KEY (name);
ALTER TABLE ONLY berth.declared
    ADD CONSTRAINT declared_pkey PRIMARY KEY (only_row);
ALTER TABLE ONLY berth.device_class
    ADD CONSTRAINT device_class_pkey PRIMARY KEY (id);
ALTER TABLE ONLY berth.device_class
    ADD CONSTRAINT device_class_pool_name_key UNIQUE (pool, name);
ALTER TABLE ONLY berth.device
    ADD CONSTRAINT device_id_node_key UNIQUE (id, node);
ALTER TABLE ONLY berth.device
    ADD CONSTRAINT device_node_name_key UNIQUE (node, name);
ALTER TABLE ONLY berth.device
    ADD CONSTRAINT device_pkey PRIMARY KEY (id);
ALTER TABLE ONLY berth.device_use
    ADD CONSTRAINT device_use_pkey PRIMARY KEY (session);
ALTER TABLE ONLY berth.event
    ADD CONSTRAINT event_pkey PRIMARY KEY (id);
ALTER TABLE ONLY berth.finding
    ADD CONSTRAINT finding_pkey PRIMARY KEY (id);
ALTER TABLE ONLY berth.gate_key
    ADD CONSTRAINT gate_key_pkey PRIMARY KEY (id);
ALTER TABLE ONLY berth.heartbeat
    ADD CONSTRAINT heartbeat_pkey PRIMARY KEY (cluster);
ALTER TABLE ONLY berth.hold
    ADD CONSTRAINT hold_pkey PRIMARY KEY (id);
ALTER TABLE ONLY berth.home
    ADD CONSTRAINT home_pkey PRIMARY KEY (id);
ALTER TABLE ONLY berth.idempotency
    ADD CONSTRAINT idempotency_pkey PRIMARY KEY (owner, key);
ALTER TABLE ONLY berth.installation
    ADD CONSTRAINT installation_pkey PRIMARY KEY (only_row);
ALTER TABLE ONLY berth.kubeconfig_request
    ADD CONSTRAINT kubeconfig_request_pkey PRIMARY KEY (id);
ALTER TABLE ONLY berth.layout_order
    ADD CONSTRAINT layout_order_pkey PRIMARY KEY (id);
ALTER TABLE ONLY berth.leader
    ADD CONSTRAINT leader_pkey PRIMARY KEY (cluster);
ALTER TABLE ONLY berth.node
    ADD CONSTRAINT node_pkey PRIMARY KEY (id);
ALTER TABLE ONLY berth.node
    ADD CONSTRAINT node_pool_name_key UNIQUE (pool, name);
ALTER TABLE ONLY berth.reservation_unit
    ADD CONSTRAINT one_reservation_per_placement EXCLUDE USING gist (during WITH &&, device WITH =, placement WITH &&) WHERE (live) DEFERRABLE;
ALTER TABLE ONLY berth.pool
    ADD CONSTRAINT pool_name_key UNIQUE (name);
ALTER TABLE ONLY berth.pool
    ADD CONSTRAINT pool_pkey PRIMARY KEY (id);
ALTER TABLE ONLY berth.reservation_artifact
    ADD CONSTRAINT reservation_artifact_pkey PRIMARY KEY (reservation, artifact);
ALTER TABLE ONLY berth.reservation_guest
    ADD CONSTRAINT reservation_guest_pkey PRIMARY KEY (reservation, member);
ALTER TABLE ONLY berth.reservation
    ADD CONSTRAINT reservation_pkey PRIMARY KEY (id);
ALTER TABLE ONLY berth.reservation_transition
    ADD CONSTRAINT reservation_transition_pkey PRIMARY KEY (from_state, to_state);
ALTER TABLE ONLY berth.reservation_unit
    ADD CONSTRAINT reservation_unit_pkey PRIMARY KEY (reservation, unit) DEFERRABLE;
ALTER TABLE ONLY berth.schema_migration
    ADD CONSTRAINT schema_migration_pkey PRIMARY KEY (version);
ALTER TABLE ONLY berth.session
    ADD CONSTRAINT session_host_key UNIQUE (host);
ALTER TABLE ONLY berth.session
    ADD CONSTRAINT session_namespace_name_key UNIQUE (namespace_name);
ALTER TABLE ONLY berth.session
    ADD CONSTRAINT session_pkey PRIMARY KEY (id);
ALTER TABLE ONLY berth.session
    ADD CONSTRAINT session_reservation_attempt_key UNIQUE (reservation, attempt);
ALTER TABLE ONLY berth.step
    ADD CONSTRAINT step_pkey PRIMARY KEY (session, name);
ALTER TABLE ONLY berth.team_member
    ADD CONSTRAINT team_member_pkey PRIMARY KEY (team, member);
ALTER TABLE ONLY berth.team
    ADD CONSTRAINT team_name_key UNIQUE (name);
ALTER TABLE ONLY berth.team
    ADD CONSTRAINT team_pkey PRIMARY KEY (id);
ALTER TABLE ONLY berth.unit_history
    ADD CONSTRAINT unit_history_pkey PRIMARY KEY (unit, since);
ALTER TABLE ONLY berth.unit
    ADD CONSTRAINT unit_node_name_key UNIQUE (node, name);
ALTER TABLE ONLY berth.unit
    ADD CONSTRAINT unit_pkey PRIMARY KEY (id);
ALTER TABLE ONLY berth.web_session
    ADD CONSTRAINT web_session_pkey PRIMARY KEY (token_hash);
ALTER TABLE ONLY berth.wish
    ADD CONSTRAINT wish_pkey PRIMARY KEY (session);
CREATE INDEX api_token_owner_idx ON berth.api_token USING btree (owner);
CREATE INDEX audit_object_id_at_idx ON ONLY berth.audit USING btree (object_id, at);
CREATE INDEX audit_rest_object_id_at_idx ON berth.audit_rest USING btree (object_id, at);
CREATE INDEX backup_taken_at_idx ON berth.backup USING btree (taken_at DESC);
CREATE INDEX cache_states_of_artifact ON berth.cache_state USING btree (artifact);
CREATE INDEX cache_tokens_of_node ON berth.cache_token USING btree (node) WHERE (revoked_at IS NULL);
CREATE INDEX event_at_idx ON berth.event USING btree (at);
CREATE UNIQUE INDEX gate_key_in_use ON berth.gate_key USING btree ((true)) WHERE (retired_at IS NULL);
CREATE INDEX home_lost_of_owner ON berth.home USING btree (owner, gone_at) WHERE ((going_at IS NULL) AND (gone_at IS NOT NULL));
CREATE INDEX home_of_last_session ON berth.home USING btree (last_session) WHERE (gone_at IS NULL);
CREATE INDEX home_of_owner ON berth.home USING btree (owner, pool) WHERE (gone_at IS NULL);
CREATE UNIQUE INDEX home_of_session ON berth.home USING btree (session);
CREATE UNIQUE INDEX home_of_volume ON berth.home USING btree (cluster, volume) WHERE (gone_at IS NULL);
CREATE INDEX idempotency_created_at_idx ON berth.idempotency USING btree (created_at);
CREATE INDEX kubeconfig_request_asked_by ON berth.kubeconfig_request USING btree (asked_by);
CREATE INDEX kubeconfig_request_reservation ON berth.kubeconfig_request USING btree (reservation);
CREATE UNIQUE INDEX layout_in_force ON berth.layout_order USING btree (node) WHERE (state = 'in_force'::text);
CREATE INDEX layout_orders_of_node ON berth.layout_order USING btree (node, not_before) WHERE (state = ANY (ARRAY['ordered'::text, 'in_force'::text]));
CREATE INDEX layout_orders_over ON berth.layout_order USING btree (over_at) WHERE (state = ANY (ARRAY['replaced'::text, 'dropped'::text]));
CREATE UNIQUE INDEX one_open_finding ON berth.finding USING btree (cluster, kind, object) WHERE (resolved_at IS NULL);
CREATE UNIQUE INDEX one_open_history ON berth.unit_history USING btree (unit) WHERE (until IS NULL);
CREATE UNIQUE INDEX one_open_hold ON berth.hold USING btree (unit, session) WHERE (released_at IS NULL);
CREATE UNIQUE INDEX one_open_outage ON berth.hold USING btree (unit) WHERE ((session IS NULL) AND (released_at IS NULL));
CREATE UNIQUE INDEX one_session_at_a_time ON berth.session USING btree (reservation) WHERE (phase <> 'Gone'::text);
CREATE INDEX reservation_artifacts_of ON berth.reservation_artifact USING btree (artifact);
CREATE INDEX reservation_created_at_id_idx ON berth.reservation USING btree (created_at DESC, id DESC);
CREATE INDEX reservation_guest_member ON berth.reservation_guest USING btree (member);
CREATE INDEX reservation_live ON berth.reservation USING btree (pool, start_at) WHERE (state = ANY (ARRAY['APPROVED'::text, 'ACTIVE'::text]));
CREATE INDEX reservation_live_end ON berth.reservation USING btree (pool, end_at) WHERE (state = ANY (ARRAY['APPROVED'::text, 'ACTIVE'::text]));
CREATE INDEX reservation_live_of_owner ON berth.reservation USING btree (owner, end_at) WHERE (state = ANY (ARRAY['APPROVED'::text, 'ACTIVE'::text]));
CREATE INDEX reservation_owner_created_at_id_idx ON berth.reservation USING btree (owner, created_at DESC, id DESC);
CREATE INDEX reservation_owner_start_at_id_idx ON berth.reservation USING btree (owner, start_at, id);
CREATE INDEX reservation_start_at_id_idx ON berth.reservation USING btree (start_at, id);
CREATE INDEX reservation_team_created_at_id_idx ON berth.reservation USING btree (team, created_at DESC, id DESC) WHERE (team IS NOT NULL);
CREATE INDEX reservation_team_start_at_id_idx ON berth.reservation USING btree (team, start_at, id) WHERE (team IS NOT NULL);
CREATE INDEX session_here ON berth.session USING btree (cluster) WHERE (phase <> 'Gone'::text);
CREATE INDEX step_durations ON berth.step USING btree (name, finished_at DESC) WHERE (state = 'done'::text);
CREATE INDEX team_member_member_idx ON berth.team_member USING btree (member);
CREATE INDEX web_session_expires_at_idx ON berth.web_session USING btree (expires_at);
CREATE INDEX wish_unanswered ON berth.wish USING btree (asked_at) WHERE (answered_at IS NULL);
ALTER INDEX berth.audit_object_id_at_idx ATTACH PARTITION berth.audit_rest_object_id_at_idx;
ALTER INDEX berth.audit_pkey ATTACH PARTITION berth.audit_rest_pkey;
CREATE TRIGGER audit_backup AFTER INSERT OR DELETE OR UPDATE ON berth.backup FOR EACH ROW EXECUTE FUNCTION berth.audit_row('backup', 'id');
CREATE TRIGGER audit_cache_artifact AFTER INSERT OR DELETE OR UPDATE ON berth.cache_artifact FOR EACH ROW EXECUTE FUNCTION berth.audit_row('cache_artifact', 'id');
CREATE TRIGGER audit_cache_artifact_pool AFTER INSERT OR DELETE ON berth.cache_artifact_pool FOR EACH ROW EXECUTE FUNCTION berth.audit_row('cache_artifact_pool', 'artifact');
CREATE TRIGGER audit_cache_token AFTER INSERT OR UPDATE OF revoked_at ON berth.cache_token FOR EACH ROW EXECUTE FUNCTION berth.audit_row('cache_token', 'id');
CREATE TRIGGER audit_claim AFTER UPDATE OF unit ON berth.reservation_unit FOR EACH ROW EXECUTE FUNCTION berth.audit_row('claim', 'reservation');
CREATE TRIGGER audit_class AFTER INSERT OR UPDATE ON berth.device_class FOR EACH ROW EXECUTE FUNCTION berth.audit_row('device_class', 'name');
CREATE TRIGGER audit_cluster AFTER INSERT OR UPDATE ON berth.cluster FOR EACH ROW EXECUTE FUNCTION berth.audit_row('cluster', 'name');
CREATE TRIGGER audit_device AFTER INSERT OR UPDATE ON berth.device FOR EACH ROW EXECUTE FUNCTION berth.audit_row('device', 'name');
CREATE TRIGGER audit_gate_key AFTER INSERT OR DELETE OR UPDATE ON berth.gate_key FOR EACH ROW EXECUTE FUNCTION berth.audit_row('gate_key', 'id');
CREATE TRIGGER audit_guest AFTER INSERT OR DELETE OR UPDATE ON berth.reservation_guest FOR EACH ROW EXECUTE FUNCTION berth.audit_row('guest', 'reservation');
CREATE TRIGGER audit_home AFTER INSERT OR UPDATE ON berth.home FOR EACH ROW EXECUTE FUNCTION berth.audit_row('home', 'id');
CREATE TRIGGER audit_in_own_name AFTER INSERT ON berth.audit REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION berth.audit_in_own_name();
CREATE TRIGGER audit_kubeconfig AFTER INSERT OR DELETE OR UPDATE ON berth.kubeconfig_request FOR EACH ROW EXECUTE FUNCTION berth.audit_row('kubeconfig', 'reservation');
CREATE TRIGGER audit_layout_order AFTER UPDATE ON berth.layout_order FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION berth.audit_row('layout_order', 'id');
CREATE TRIGGER audit_layout_order_made AFTER INSERT ON berth.layout_order FOR EACH ROW EXECUTE FUNCTION berth.audit_row('layout_order', 'id');
CREATE TRIGGER audit_node AFTER INSERT OR UPDATE ON berth.node FOR EACH ROW EXECUTE FUNCTION berth.audit_row('node', 'name');
CREATE TRIGGER audit_pool AFTER UPDATE ON berth.pool FOR EACH ROW WHEN (((to_jsonb(old.*) - 'site'::text) IS DISTINCT FROM (to_jsonb(new.*) - 'site'::text))) EXECUTE FUNCTION berth.audit_row('pool', 'name');
CREATE TRIGGER audit_pool_made AFTER INSERT ON berth.pool FOR EACH ROW EXECUTE FUNCTION berth.audit_row('pool', 'name');
CREATE TRIGGER audit_reservation AFTER INSERT ON berth.reservation REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION berth.audit_reservations_made();
CREATE TRIGGER audit_reservation_artifact AFTER INSERT OR DELETE ON berth.reservation_artifact FOR EACH ROW EXECUTE FUNCTION berth.audit_row('reservation_artifact', 'reservation');
CREATE TRIGGER audit_reservation_changed AFTER UPDATE ON berth.reservation REFERENCING OLD TABLE AS was NEW TABLE AS becomes FOR EACH STATEMENT EXECUTE FUNCTION berth.audit_reservations_changed();
CREATE TRIGGER audit_session_made AFTER INSERT ON berth.session FOR EACH ROW EXECUTE FUNCTION berth.audit_row('session', 'id');
CREATE TRIGGER audit_session_phase AFTER UPDATE OF phase ON berth.session FOR EACH ROW WHEN ((old.phase IS DISTINCT FROM new.phase)) EXECUTE FUNCTION berth.audit_row('session', 'id');
CREATE TRIGGER audit_team AFTER INSERT OR DELETE OR UPDATE ON berth.team FOR EACH ROW EXECUTE FUNCTION berth.audit_row('team', 'id');
CREATE TRIGGER audit_team_member AFTER INSERT OR DELETE OR UPDATE ON berth.team_member FOR EACH ROW EXECUTE FUNCTION berth.audit_row('team_member', 'team');
CREATE TRIGGER audit_token AFTER INSERT OR UPDATE OF revoked_at ON berth.api_token FOR EACH ROW EXECUTE FUNCTION berth.audit_row('token', 'id');
CREATE TRIGGER audit_unit AFTER INSERT OR UPDATE ON berth.unit FOR EACH ROW EXECUTE FUNCTION berth.audit_row('unit', 'name');
CREATE TRIGGER audit_user AFTER INSERT OR DELETE OR UPDATE OF email, name, role, password_hash, disabled_at, password_change_needed ON berth.app_user FOR EACH ROW EXECUTE FUNCTION berth.audit_row('user', 'id');
CREATE TRIGGER check_layout_order BEFORE UPDATE OF state ON berth.layout_order FOR EACH ROW EXECUTE FUNCTION berth.check_layout_order();
CREATE TRIGGER check_people BEFORE INSERT OR DELETE OR UPDATE OF email, name, role, password_hash, disabled_at, password_change_needed ON berth.app_user FOR EACH ROW EXECUTE FUNCTION berth.check_people();
CREATE TRIGGER check_people BEFORE INSERT OR DELETE OR UPDATE ON berth.team FOR EACH ROW EXECUTE FUNCTION berth.check_people();
CREATE TRIGGER check_people BEFORE INSERT OR DELETE OR UPDATE ON berth.team_member FOR EACH ROW EXECUTE FUNCTION berth.check_people();
CREATE TRIGGER check_people_again AFTER INSERT OR DELETE OR UPDATE OF email, name, role, password_hash, disabled_at, password_change_needed ON berth.app_user FOR EACH ROW EXECUTE FUNCTION berth.check_people();
CREATE TRIGGER check_people_again AFTER INSERT OR DELETE OR UPDATE ON berth.team FOR EACH ROW EXECUTE FUNCTION berth.check_people();
CREATE TRIGGER check_people_again AFTER INSERT OR DELETE OR UPDATE ON berth.team_member FOR EACH ROW EXECUTE FUNCTION berth.check_people();
CREATE TRIGGER claims_follow_unit AFTER UPDATE OF device, placement ON berth.unit FOR EACH ROW WHEN (((old.device IS DISTINCT FROM new.device) OR (old.placement IS DISTINCT FROM new.placement))) EXECUTE FUNCTION berth.claims_follow_unit();
CREATE TRIGGER count_declared AFTER INSERT OR DELETE OR UPDATE ON berth.device FOR EACH STATEMENT EXECUTE FUNCTION berth.count_declared();
CREATE TRIGGER count_declared AFTER INSERT OR DELETE OR UPDATE ON berth.device_class FOR EACH STATEMENT EXECUTE FUNCTION berth.count_declared();
CREATE TRIGGER count_declared AFTER INSERT OR DELETE OR UPDATE ON berth.node FOR EACH STATEMENT EXECUTE FUNCTION berth.count_declared();
CREATE TRIGGER count_declared AFTER INSERT OR DELETE OR UPDATE ON berth.pool FOR EACH STATEMENT EXECUTE FUNCTION berth.count_declared();
CREATE TRIGGER count_declared AFTER INSERT OR DELETE OR UPDATE ON berth.unit FOR EACH STATEMENT EXECUTE FUNCTION berth.count_declared();
CREATE TRIGGER forget_activity AFTER UPDATE OF phase ON berth.session FOR EACH ROW WHEN ((new.phase = 'Gone'::text)) EXECUTE FUNCTION berth.forget_activity();
CREATE TRIGGER forget_wish AFTER UPDATE OF phase ON berth.session FOR EACH ROW WHEN ((new.phase = 'Gone'::text)) EXECUTE FUNCTION berth.forget_wish();
CREATE TRIGGER give_back_home AFTER UPDATE OF phase ON berth.session FOR EACH ROW WHEN ((new.phase = 'Gone'::text)) EXECUTE FUNCTION berth.give_back_home();
CREATE TRIGGER give_device BEFORE INSERT ON berth.unit FOR EACH ROW EXECUTE FUNCTION berth.give_device();
CREATE TRIGGER keep_claims BEFORE DELETE ON berth.reservation_unit FOR EACH ROW EXECUTE FUNCTION berth.keep_claims();
CREATE TRIGGER keep_ended_claims BEFORE UPDATE OF reservation, unit, during, live, device, placement ON berth.reservation_unit FOR EACH ROW EXECUTE FUNCTION berth.keep_ended_claims();
CREATE TRIGGER keep_unit_history AFTER INSERT OR UPDATE ON berth.unit FOR EACH ROW EXECUTE FUNCTION berth.keep_unit_history();
CREATE TRIGGER place_claim BEFORE INSERT OR UPDATE OF reservation, unit, during, live, device, placement ON berth.reservation_unit FOR EACH ROW EXECUTE FUNCTION berth.place_claim();
CREATE TRIGGER repeat_facts BEFORE INSERT OR UPDATE ON berth.pool FOR EACH ROW EXECUTE FUNCTION berth.repeat_facts();
CREATE TRIGGER repeat_on_claims AFTER UPDATE OF device_class, cpu_milli, memory_gib, storage_gib, state ON berth.reservation FOR EACH ROW WHEN ((((((old.device_class IS DISTINCT FROM new.device_class) OR (old.cpu_milli IS DISTINCT FROM new.cpu_milli)) OR (old.memory_gib IS DISTINCT FROM new.memory_gib)) OR (old.storage_gib IS DISTINCT FROM new.storage_gib)) OR (((old.state = 'APPROVED'::text) <> (new.state = 'APPROVED'::text)) AND (new.state <> 'CANCELED'::text)))) EXECUTE FUNCTION berth.repeat_on_claims();
CREATE TRIGGER reservation_transition BEFORE UPDATE OF state ON berth.reservation FOR EACH ROW WHEN ((old.state IS DISTINCT FROM new.state)) EXECUTE FUNCTION berth.check_transition();
CREATE TRIGGER spread_facts AFTER UPDATE OF facts ON berth.cluster FOR EACH ROW EXECUTE FUNCTION berth.spread_facts();
CREATE TRIGGER take_home AFTER INSERT ON berth.session FOR EACH ROW EXECUTE FUNCTION berth.take_home();
CREATE TRIGGER wake_for_gate_key AFTER INSERT OR DELETE OR UPDATE ON berth.gate_key FOR EACH STATEMENT EXECUTE FUNCTION berth.wake();
CREATE TRIGGER wake_for_guest AFTER INSERT OR DELETE ON berth.reservation_guest FOR EACH STATEMENT EXECUTE FUNCTION berth.wake();
CREATE TRIGGER wake_for_home AFTER UPDATE OF delete_asked_at ON berth.home FOR EACH STATEMENT EXECUTE FUNCTION berth.wake();
CREATE TRIGGER wake_for_kubeconfig AFTER INSERT ON berth.kubeconfig_request FOR EACH STATEMENT EXECUTE FUNCTION berth.wake();
CREATE TRIGGER wake_for_layout_order AFTER INSERT OR UPDATE OF state, retry_asked_at ON berth.layout_order FOR EACH STATEMENT EXECUTE FUNCTION berth.wake();
CREATE TRIGGER wake_for_user AFTER UPDATE OF disabled_at, signed_out_at ON berth.app_user FOR EACH STATEMENT EXECUTE FUNCTION berth.wake();
CREATE TRIGGER wake_for_wish AFTER UPDATE OF answer ON berth.wish FOR EACH ROW WHEN ((new.answer IS NOT NULL)) EXECUTE FUNCTION berth.wake();
ALTER TABLE ONLY berth.activity
    ADD CONSTRAINT activity_session_fkey FOREIGN KEY (session) REFERENCES berth.session(id);
ALTER TABLE ONLY berth.api_token
    ADD CONSTRAINT api_token_owner_fkey FOREIGN KEY (owner) REFERENCES berth.app_user(id);
ALTER TABLE ONLY berth.cache_artifact
    ADD CONSTRAINT cache_artifact_added_by_fkey FOREIGN KEY (added_by) REFERENCES berth.app_user(id);
ALTER TABLE ONLY berth.cache_artifact_pool
    ADD CONSTRAINT cache_artifact_pool_artifact_fkey FOREIGN KEY (artifact) REFERENCES berth.cache_artifact(id) ON DELETE CASCADE;
ALTER TABLE ONLY berth.cache_artifact_pool
    ADD CONSTRAINT cache_artifact_pool_pool_fkey FOREIGN KEY (pool) REFERENCES berth.pool(id);
ALTER TABLE ONLY berth.cache_node
    ADD CONSTRAINT cache_node_node_fkey FOREIGN KEY (node) REFERENCES berth.node(id);
ALTER TABLE ONLY berth.cache_state
    ADD CONSTRAINT cache_state_artifact_fkey FOREIGN KEY (artifact) REFERENCES berth.cache_artifact(id) ON DELETE CASCADE;
ALTER TABLE ONLY berth.cache_state
    ADD CONSTRAINT cache_state_node_fkey FOREIGN KEY (node) REFERENCES berth.node(id);
ALTER TABLE ONLY berth.cache_token
    ADD CONSTRAINT cache_token_made_by_fkey FOREIGN KEY (made_by) REFERENCES berth.app_user(id);
ALTER TABLE ONLY berth.cache_token
    ADD CONSTRAINT cache_token_node_fkey FOREIGN KEY (node) REFERENCES berth.node(id);
ALTER TABLE ONLY berth.device_class
    ADD CONSTRAINT device_class_pool_fkey FOREIGN KEY (pool) REFERENCES berth.pool(id);
ALTER TABLE ONLY berth.device
    ADD CONSTRAINT device_node_fkey FOREIGN KEY (node) REFERENCES berth.node(id);
ALTER TABLE ONLY berth.device_use
    ADD CONSTRAINT device_use_session_fkey FOREIGN KEY (session) REFERENCES berth.session(id);
ALTER TABLE ONLY berth.hold
    ADD CONSTRAINT hold_session_fkey FOREIGN KEY (session) REFERENCES berth.session(id);
ALTER TABLE ONLY berth.hold
    ADD CONSTRAINT hold_unit_fkey FOREIGN KEY (unit) REFERENCES berth.unit(id);
ALTER TABLE ONLY berth.home
    ADD CONSTRAINT home_cluster_fkey FOREIGN KEY (cluster) REFERENCES berth.cluster(name);
ALTER TABLE ONLY berth.home
    ADD CONSTRAINT home_last_session_fkey FOREIGN KEY (last_session) REFERENCES berth.session(id);
ALTER TABLE ONLY berth.home
    ADD CONSTRAINT home_owner_fkey FOREIGN KEY (owner) REFERENCES berth.app_user(id);
ALTER TABLE ONLY berth.home
    ADD CONSTRAINT home_pool_fkey FOREIGN KEY (pool) REFERENCES berth.pool(id);
ALTER TABLE ONLY berth.home
    ADD CONSTRAINT home_session_fkey FOREIGN KEY (session) REFERENCES berth.session(id);
ALTER TABLE ONLY berth.idempotency
    ADD CONSTRAINT idempotency_owner_fkey FOREIGN KEY (owner) REFERENCES berth.app_user(id);
ALTER TABLE ONLY berth.idempotency
    ADD CONSTRAINT idempotency_reservation_fkey FOREIGN KEY (reservation) REFERENCES berth.reservation(id);
ALTER TABLE ONLY berth.kubeconfig_request
    ADD CONSTRAINT kubeconfig_request_asked_by_fkey FOREIGN KEY (asked_by) REFERENCES berth.app_user(id);
ALTER TABLE ONLY berth.kubeconfig_request
    ADD CONSTRAINT kubeconfig_request_reservation_fkey FOREIGN KEY (reservation) REFERENCES berth.reservation(id);
ALTER TABLE ONLY berth.layout_order
    ADD CONSTRAINT layout_order_node_fkey FOREIGN KEY (node) REFERENCES berth.node(id);
ALTER TABLE ONLY berth.layout_order
    ADD CONSTRAINT layout_order_ordered_by_fkey FOREIGN KEY (ordered_by) REFERENCES berth.app_user(id);
ALTER TABLE ONLY berth.node
    ADD CONSTRAINT node_pool_fkey FOREIGN KEY (pool) REFERENCES berth.pool(id);
ALTER TABLE ONLY berth.pool
    ADD CONSTRAINT pool_cluster_fkey FOREIGN KEY (cluster) REFERENCES berth.cluster(name);
ALTER TABLE ONLY berth.reservation_artifact
    ADD CONSTRAINT reservation_artifact_artifact_fkey FOREIGN KEY (artifact) REFERENCES berth.cache_artifact(id) ON DELETE CASCADE;
ALTER TABLE ONLY berth.reservation_artifact
    ADD CONSTRAINT reservation_artifact_reservation_fkey FOREIGN KEY (reservation) REFERENCES berth.reservation(id);
ALTER TABLE ONLY berth.reservation
    ADD CONSTRAINT reservation_device_class_fkey FOREIGN KEY (device_class) REFERENCES berth.device_class(id);
ALTER TABLE ONLY berth.reservation_guest
    ADD CONSTRAINT reservation_guest_member_fkey FOREIGN KEY (member) REFERENCES berth.app_user(id);
ALTER TABLE ONLY berth.reservation_guest
    ADD CONSTRAINT reservation_guest_reservation_fkey FOREIGN KEY (reservation) REFERENCES berth.reservation(id);
ALTER TABLE ONLY berth.reservation
    ADD CONSTRAINT reservation_owner_fkey FOREIGN KEY (owner) REFERENCES berth.app_user(id);
ALTER TABLE ONLY berth.reservation
    ADD CONSTRAINT reservation_pool_fkey FOREIGN KEY (pool) REFERENCES berth.pool(id);
ALTER TABLE ONLY berth.reservation
    ADD CONSTRAINT reservation_team_fkey FOREIGN KEY (team) REFERENCES berth.team(id);
ALTER TABLE ONLY berth.reservation_unit
    ADD CONSTRAINT reservation_unit_reservation_fkey FOREIGN KEY (reservation) REFERENCES berth.reservation(id);
ALTER TABLE ONLY berth.reservation_unit
    ADD CONSTRAINT reservation_unit_unit_fkey FOREIGN KEY (unit) REFERENCES berth.unit(id);
ALTER TABLE ONLY berth.session
    ADD CONSTRAINT session_cluster_fkey FOREIGN KEY (cluster) REFERENCES berth.cluster(name);
ALTER TABLE ONLY berth.session
    ADD CONSTRAINT session_reservation_fkey FOREIGN KEY (reservation) REFERENCES berth.reservation(id);
ALTER TABLE ONLY berth.step
    ADD CONSTRAINT step_session_fkey FOREIGN KEY (session) REFERENCES berth.session(id);
ALTER TABLE ONLY berth.team_member
    ADD CONSTRAINT team_member_member_fkey FOREIGN KEY (member) REFERENCES berth.app_user(id);
ALTER TABLE ONLY berth.team_member
    ADD CONSTRAINT team_member_team_fkey FOREIGN KEY (team) REFERENCES berth.team(id);
ALTER TABLE ONLY berth.unit
    ADD CONSTRAINT unit_device_class_fkey FOREIGN KEY (device_class) REFERENCES berth.device_class(id);
ALTER TABLE ONLY berth.unit
    ADD CONSTRAINT unit_device_fkey FOREIGN KEY (device, node) REFERENCES berth.device(id, node);
ALTER TABLE ONLY berth.unit_history
    ADD CONSTRAINT unit_history_device_class_fkey FOREIGN KEY (device_class) REFERENCES berth.device_class(id);
ALTER TABLE ONLY berth.unit_history
    ADD CONSTRAINT unit_history_unit_fkey FOREIGN KEY (unit) REFERENCES berth.unit(id);
ALTER TABLE ONLY berth.unit
    ADD CONSTRAINT unit_node_fkey FOREIGN KEY (node) REFERENCES berth.node(id);
ALTER TABLE ONLY berth.web_session
    ADD CONSTRAINT web_session_member_fkey FOREIGN KEY (member) REFERENCES berth.app_user(id) ON DELETE CASCADE;
ALTER TABLE ONLY berth.wish
    ADD CONSTRAINT wish_session_fkey FOREIGN KEY (session) REFERENCES berth.session(id);
GRANT USAGE ON SCHEMA berth TO berth_portal;
GRANT USAGE ON SCHEMA berth TO berth_reconciler;
GRANT USAGE ON SCHEMA berth TO berth_backup;
REVOKE ALL ON FUNCTION berth.answer_kubeconfig(request uuid, sealed bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION berth.answer_kubeconfig(request uuid, sealed bytea) TO berth_reconciler;
REVOKE ALL ON FUNCTION berth.audit_drop_expired() FROM PUBLIC;
GRANT ALL ON FUNCTION berth.audit_drop_expired() TO berth_reconciler;
REVOKE ALL ON FUNCTION berth.audit_in_own_name() FROM PUBLIC;
REVOKE ALL ON FUNCTION berth.audit_prepare_partitions() FROM PUBLIC;
GRANT ALL ON FUNCTION berth.audit_prepare_partitions() TO berth_reconciler;
REVOKE ALL ON FUNCTION berth.audit_reservations_changed() FROM PUBLIC;
REVOKE ALL ON FUNCTION berth.audit_reservations_made() FROM PUBLIC;
REVOKE ALL ON FUNCTION berth.audit_row() FROM PUBLIC;
REVOKE ALL ON FUNCTION berth.authors() FROM PUBLIC;
REVOKE ALL ON FUNCTION berth.check_layout_order() FROM PUBLIC;
REVOKE ALL ON FUNCTION berth.check_people() FROM PUBLIC;
REVOKE ALL ON FUNCTION berth.check_transition() FROM PUBLIC;
REVOKE ALL ON FUNCTION berth.claims_follow_unit() FROM PUBLIC;
REVOKE ALL ON FUNCTION berth.close_home(of_home uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION berth.close_home(of_home uuid) TO berth_reconciler;
REVOKE ALL ON FUNCTION berth.count_declared() FROM PUBLIC;
REVOKE ALL ON FUNCTION berth.crowd_out_homes(of_owner uuid, of_pool bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION berth.drop_kubeconfig(request uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION berth.drop_kubeconfig(request uuid) TO berth_reconciler;
REVOKE ALL ON FUNCTION berth.emit(kind text, pool bigint, reservation uuid, owner uuid, team uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION berth.emit(kind text, pool bigint, reservation uuid, owner uuid, team uuid) TO berth_portal;
GRANT ALL ON FUNCTION berth.emit(kind text, pool bigint, reservation uuid, owner uuid, team uuid) TO berth_reconciler;
REVOKE ALL ON FUNCTION berth.emit_all(kind text, pool bigint, reservations uuid[], owners uuid[], teams uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION berth.emit_all(kind text, pool bigint, reservations uuid[], owners uuid[], teams uuid[]) TO berth_portal;
REVOKE ALL ON FUNCTION berth.forget_activity() FROM PUBLIC;
REVOKE ALL ON FUNCTION berth.forget_wish() FROM PUBLIC;
REVOKE ALL ON FUNCTION berth.give_back_home() FROM PUBLIC;
REVOKE ALL ON FUNCTION berth.give_device() FROM PUBLIC;
REVOKE ALL ON FUNCTION berth.hear_activity(heard_session uuid, looked timestamp with time zone, asked boolean, editor_used timestamp with time zone, lab_used timestamp with time zone, kernel_count integer, busy_count integer) FROM PUBLIC;
GRANT ALL ON FUNCTION berth.hear_activity(heard_session uuid, looked timestamp with time zone, asked boolean, editor_used timestamp with time zone, lab_used timestamp with time zone, kernel_count integer, busy_count integer) TO berth_reconciler;
REVOKE ALL ON FUNCTION berth.hear_device_use(heard_namespace text, busy integer, age interval) FROM PUBLIC;
GRANT ALL ON FUNCTION berth.hear_device_use(heard_namespace text, busy integer, age interval) TO berth_reconciler;
REVOKE ALL ON FUNCTION berth.hear_wish(heard_session uuid, heard uuid, heard_until timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION berth.hear_wish(heard_session uuid, heard uuid, heard_until timestamp with time zone) TO berth_reconciler;
REVOKE ALL ON FUNCTION berth.home_stays(of_pool bigint, of_size integer) FROM PUBLIC;
GRANT ALL ON FUNCTION berth.home_stays(of_pool bigint, of_size integer) TO berth_reconciler;
REVOKE ALL ON FUNCTION berth.housekeep(OUT web_sessions integer, OUT idempotency_keys integer, OUT events integer) FROM PUBLIC;
GRANT ALL ON FUNCTION berth.housekeep(OUT web_sessions integer, OUT idempotency_keys integer, OUT events integer) TO berth_reconciler;
REVOKE ALL ON FUNCTION berth.keep_claims() FROM PUBLIC;
REVOKE ALL ON FUNCTION berth.keep_ended_claims() FROM PUBLIC;
REVOKE ALL ON FUNCTION berth.keep_home(of_session uuid, new_id uuid, of_volume text, of_class text, of_size integer, on_node text, as_identity jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION berth.keep_home(of_session uuid, new_id uuid, of_volume text, of_class text, of_size integer, on_node text, as_identity jsonb) TO berth_reconciler;
REVOKE ALL ON FUNCTION berth.keep_unit_history() FROM PUBLIC;
REVOKE ALL ON FUNCTION berth.leave_home(of_home uuid, of_session uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION berth.leave_home(of_home uuid, of_session uuid) TO berth_reconciler;
REVOKE ALL ON FUNCTION berth.let_backups_read() FROM PUBLIC;
REVOKE ALL ON FUNCTION berth.let_home_go(of_home uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION berth.let_home_go(of_home uuid) TO berth_reconciler;
REVOKE ALL ON FUNCTION berth.note_backup(id uuid, taken timestamp with time zone, file text, bytes bigint, sha256 text, row_count bigint, schema_step integer, key text) FROM PUBLIC;
GRANT ALL ON FUNCTION berth.note_backup(id uuid, taken timestamp with time zone, file text, bytes bigint, sha256 text, row_count bigint, schema_step integer, key text) TO berth_backup;
REVOKE ALL ON FUNCTION berth.place_claim() FROM PUBLIC;
REVOKE ALL ON FUNCTION berth.repeat_facts() FROM PUBLIC;
REVOKE ALL ON FUNCTION berth.repeat_on_claims() FROM PUBLIC;
REVOKE ALL ON FUNCTION berth.spread_facts() FROM PUBLIC;
REVOKE ALL ON FUNCTION berth.take_home() FROM PUBLIC;
REVOKE ALL ON FUNCTION berth.wake() FROM PUBLIC;
GRANT SELECT ON TABLE berth.activity TO berth_portal;
GRANT SELECT ON TABLE berth.activity TO berth_reconciler;
GRANT SELECT ON TABLE berth.activity TO berth_backup;
GRANT SELECT,INSERT ON TABLE berth.api_token TO berth_portal;
GRANT SELECT ON TABLE berth.api_token TO berth_backup;
GRANT UPDATE(last_used_at) ON TABLE berth.api_token TO berth_portal;
GRANT UPDATE(revoked_at) ON TABLE berth.api_token TO berth_portal;
GRANT SELECT ON TABLE berth.app_user TO berth_portal;
GRANT SELECT ON TABLE berth.app_user TO berth_backup;
GRANT SELECT(id) ON TABLE berth.app_user TO berth_reconciler;
GRANT SELECT(email) ON TABLE berth.app_user TO berth_reconciler;
GRANT INSERT(email) ON TABLE berth.app_user TO berth_portal;
GRANT SELECT(name) ON TABLE berth.app_user TO berth_reconciler;
GRANT INSERT(name) ON TABLE berth.app_user TO berth_portal;
GRANT INSERT(role),UPDATE(role) ON TABLE berth.app_user TO berth_portal;
GRANT INSERT(password_hash),UPDATE(password_hash) ON TABLE berth.app_user TO berth_portal;
GRANT UPDATE(disabled_at) ON TABLE berth.app_user TO berth_portal;
GRANT SELECT(disabled_at) ON TABLE berth.app_user TO berth_reconciler;
GRANT UPDATE(last_sign_in_at) ON TABLE berth.app_user TO berth_portal;
GRANT INSERT(password_change_needed),UPDATE(password_change_needed) ON TABLE berth.app_user TO berth_portal;
GRANT UPDATE(signed_out_at) ON TABLE berth.app_user TO berth_portal;
GRANT SELECT(signed_out_at) ON TABLE berth.app_user TO berth_reconciler;
GRANT SELECT ON TABLE berth.audit TO berth_portal;
GRANT SELECT ON TABLE berth.audit TO berth_backup;
GRANT INSERT(actor) ON TABLE berth.audit TO berth_portal;
GRANT INSERT(action) ON TABLE berth.audit TO berth_portal;
GRANT INSERT(object_type) ON TABLE berth.audit TO berth_portal;
GRANT INSERT(object_id) ON TABLE berth.audit TO berth_portal;
GRANT INSERT(outcome) ON TABLE berth.audit TO berth_portal;
GRANT INSERT(request_id) ON TABLE berth.audit TO berth_portal;
GRANT INSERT(source_ip) ON TABLE berth.audit TO berth_portal;
GRANT INSERT(token) ON TABLE berth.audit TO berth_portal;
GRANT INSERT(count) ON TABLE berth.audit TO berth_portal;
GRANT INSERT(since) ON TABLE berth.audit TO berth_portal;
GRANT SELECT ON SEQUENCE berth.audit_id_seq TO berth_backup;
GRANT SELECT ON TABLE berth.backup TO berth_portal;
GRANT SELECT ON TABLE berth.backup TO berth_backup;
GRANT SELECT,DELETE ON TABLE berth.cache_artifact TO berth_portal;
GRANT SELECT ON TABLE berth.cache_artifact TO berth_backup;
GRANT INSERT(kind) ON TABLE berth.cache_artifact TO berth_portal;
GRANT INSERT(source) ON TABLE berth.cache_artifact TO berth_portal;
GRANT INSERT(bytes) ON TABLE berth.cache_artifact TO berth_portal;
GRANT INSERT(digest) ON TABLE berth.cache_artifact TO berth_portal;
GRANT INSERT(priority),UPDATE(priority) ON TABLE berth.cache_artifact TO berth_portal;
GRANT INSERT(pinned),UPDATE(pinned) ON TABLE berth.cache_artifact TO berth_portal;
GRANT INSERT(note),UPDATE(note) ON TABLE berth.cache_artifact TO berth_portal;
GRANT INSERT(added_by) ON TABLE berth.cache_artifact TO berth_portal;
GRANT SELECT,INSERT,DELETE ON TABLE berth.cache_artifact_pool TO berth_portal;
GRANT SELECT ON TABLE berth.cache_artifact_pool TO berth_backup;
GRANT SELECT,INSERT,UPDATE ON TABLE berth.cache_node TO berth_portal;
GRANT SELECT ON TABLE berth.cache_node TO berth_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE berth.cache_state TO berth_portal;
GRANT SELECT ON TABLE berth.cache_state TO berth_backup;
GRANT SELECT ON TABLE berth.cache_token TO berth_portal;
GRANT SELECT ON TABLE berth.cache_token TO berth_backup;
GRANT INSERT(node) ON TABLE berth.cache_token TO berth_portal;
GRANT INSERT(prefix) ON TABLE berth.cache_token TO berth_portal;
GRANT INSERT(token_hash) ON TABLE berth.cache_token TO berth_portal;
GRANT INSERT(made_by) ON TABLE berth.cache_token TO berth_portal;
GRANT UPDATE(last_used_at) ON TABLE berth.cache_token TO berth_portal;
GRANT UPDATE(revoked_at) ON TABLE berth.cache_token TO berth_portal;
GRANT SELECT ON TABLE berth.cluster TO berth_portal;
GRANT SELECT ON TABLE berth.cluster TO berth_reconciler;
GRANT SELECT ON TABLE berth.cluster TO berth_backup;
GRANT INSERT(name) ON TABLE berth.cluster TO berth_portal;
GRANT INSERT(facts),UPDATE(facts) ON TABLE berth.cluster TO berth_portal;
GRANT UPDATE(version) ON TABLE berth.cluster TO berth_portal;
GRANT SELECT ON TABLE berth.declared TO berth_portal;
GRANT SELECT ON TABLE berth.declared TO berth_backup;
GRANT SELECT,INSERT,UPDATE ON TABLE berth.device TO berth_portal;
GRANT SELECT ON TABLE berth.device TO berth_reconciler;
GRANT SELECT ON TABLE berth.device TO berth_backup;
GRANT SELECT,INSERT,UPDATE ON TABLE berth.device_class TO berth_portal;
GRANT SELECT ON TABLE berth.device_class TO berth_reconciler;
GRANT SELECT ON TABLE berth.device_class TO berth_backup;
GRANT SELECT ON SEQUENCE berth.device_class_id_seq TO berth_backup;
GRANT SELECT ON SEQUENCE berth.device_id_seq TO berth_backup;
GRANT SELECT ON TABLE berth.device_use TO berth_portal;
GRANT SELECT ON TABLE berth.device_use TO berth_backup;
GRANT SELECT ON TABLE berth.event TO berth_portal;
GRANT SELECT ON TABLE berth.event TO berth_reconciler;
GRANT SELECT ON TABLE berth.event TO berth_backup;
GRANT SELECT ON SEQUENCE berth.event_id TO berth_backup;
GRANT SELECT ON TABLE berth.finding TO berth_portal;
GRANT SELECT,INSERT,UPDATE ON TABLE berth.finding TO berth_reconciler;
GRANT SELECT ON TABLE berth.finding TO berth_backup;
GRANT SELECT ON TABLE berth.gate_key TO berth_portal;
GRANT SELECT ON TABLE berth.gate_key TO berth_backup;
GRANT INSERT(id) ON TABLE berth.gate_key TO berth_portal;
GRANT SELECT(id) ON TABLE berth.gate_key TO berth_reconciler;
GRANT INSERT(secret) ON TABLE berth.gate_key TO berth_portal;
GRANT INSERT(public_half) ON TABLE berth.gate_key TO berth_portal;
GRANT SELECT(public_half) ON TABLE berth.gate_key TO berth_reconciler;
GRANT SELECT(created_at) ON TABLE berth.gate_key TO berth_reconciler;
GRANT SELECT(retired_at) ON TABLE berth.gate_key TO berth_reconciler;
GRANT SELECT ON TABLE berth.heartbeat TO berth_portal;
GRANT SELECT,INSERT,UPDATE ON TABLE berth.heartbeat TO berth_reconciler;
GRANT SELECT ON TABLE berth.heartbeat TO berth_backup;
GRANT SELECT ON TABLE berth.hold TO berth_portal;
GRANT SELECT,INSERT,UPDATE ON TABLE berth.hold TO berth_reconciler;
GRANT SELECT ON TABLE berth.hold TO berth_backup;
GRANT SELECT ON SEQUENCE berth.hold_id_seq TO berth_backup;
GRANT SELECT ON TABLE berth.home TO berth_portal;
GRANT SELECT ON TABLE berth.home TO berth_reconciler;
GRANT SELECT ON TABLE berth.home TO berth_backup;
GRANT UPDATE(delete_asked_at) ON TABLE berth.home TO berth_portal;
GRANT SELECT,INSERT ON TABLE berth.idempotency TO berth_portal;
GRANT SELECT ON TABLE berth.idempotency TO berth_backup;
GRANT SELECT ON TABLE berth.installation TO berth_portal;
GRANT SELECT ON TABLE berth.installation TO berth_reconciler;
GRANT SELECT ON TABLE berth.installation TO berth_backup;
GRANT SELECT,DELETE ON TABLE berth.kubeconfig_request TO berth_portal;
GRANT SELECT ON TABLE berth.kubeconfig_request TO berth_backup;
GRANT INSERT(id) ON TABLE berth.kubeconfig_request TO berth_portal;
GRANT SELECT(id) ON TABLE berth.kubeconfig_request TO berth_reconciler;
GRANT INSERT(reservation) ON TABLE berth.kubeconfig_request TO berth_portal;
GRANT SELECT(reservation) ON TABLE berth.kubeconfig_request TO berth_reconciler;
GRANT INSERT(asked_by) ON TABLE berth.kubeconfig_request TO berth_portal;
GRANT SELECT(asked_by) ON TABLE berth.kubeconfig_request TO berth_reconciler;
GRANT INSERT(public_key) ON TABLE berth.kubeconfig_request TO berth_portal;
GRANT SELECT(public_key) ON TABLE berth.kubeconfig_request TO berth_reconciler;
GRANT SELECT(created_at) ON TABLE berth.kubeconfig_request TO berth_reconciler;
GRANT SELECT(answered_at) ON TABLE berth.kubeconfig_request TO berth_reconciler;
GRANT SELECT ON TABLE berth.layout_order TO berth_portal;
GRANT SELECT ON TABLE berth.layout_order TO berth_reconciler;
GRANT SELECT ON TABLE berth.layout_order TO berth_backup;
GRANT INSERT(node) ON TABLE berth.layout_order TO berth_portal;
GRANT INSERT(layout) ON TABLE berth.layout_order TO berth_portal;
GRANT INSERT(ways) ON TABLE berth.layout_order TO berth_portal;
GRANT INSERT(advertises) ON TABLE berth.layout_order TO berth_portal;
GRANT INSERT(units) ON TABLE berth.layout_order TO berth_portal;
GRANT INSERT(not_before) ON TABLE berth.layout_order TO berth_portal;
GRANT INSERT(ordered_by) ON TABLE berth.layout_order TO berth_portal;
GRANT UPDATE(state) ON TABLE berth.layout_order TO berth_portal;
GRANT UPDATE(state) ON TABLE berth.layout_order TO berth_reconciler;
GRANT UPDATE(retry_asked_at) ON TABLE berth.layout_order TO berth_portal;
GRANT UPDATE(retry_asked_at) ON TABLE berth.layout_order TO berth_reconciler;
GRANT UPDATE(label_given) ON TABLE berth.layout_order TO berth_reconciler;
GRANT UPDATE(labelled_at) ON TABLE berth.layout_order TO berth_reconciler;
GRANT UPDATE(had_others) ON TABLE berth.layout_order TO berth_reconciler;
GRANT UPDATE(mig_state) ON TABLE berth.layout_order TO berth_reconciler;
GRANT UPDATE(mig_state_since) ON TABLE berth.layout_order TO berth_reconciler;
GRANT UPDATE(boot) ON TABLE berth.layout_order TO berth_reconciler;
GRANT UPDATE(back_since) ON TABLE berth.layout_order TO berth_reconciler;
GRANT UPDATE(tries) ON TABLE berth.layout_order TO berth_reconciler;
GRANT UPDATE(step) ON TABLE berth.layout_order TO berth_reconciler;
GRANT UPDATE(stuck) ON TABLE berth.layout_order TO berth_reconciler;
GRANT UPDATE(sentence) ON TABLE berth.layout_order TO berth_reconciler;
GRANT UPDATE(repair) ON TABLE berth.layout_order TO berth_reconciler;
GRANT UPDATE(step_until) ON TABLE berth.layout_order TO berth_reconciler;
GRANT UPDATE(in_force_since) ON TABLE berth.layout_order TO berth_reconciler;
GRANT SELECT ON SEQUENCE berth.layout_order_id_seq TO berth_backup;
GRANT SELECT ON TABLE berth.leader TO berth_portal;
GRANT SELECT,INSERT,UPDATE ON TABLE berth.leader TO berth_reconciler;
GRANT SELECT ON TABLE berth.leader TO berth_backup;
GRANT SELECT,INSERT,UPDATE ON TABLE berth.node TO berth_portal;
GRANT SELECT ON TABLE berth.node TO berth_reconciler;
GRANT SELECT ON TABLE berth.node TO berth_backup;
GRANT SELECT ON SEQUENCE berth.node_id_seq TO berth_backup;
GRANT SELECT,INSERT ON TABLE berth.reservation TO berth_portal;
GRANT SELECT ON TABLE berth.reservation TO berth_reconciler;
GRANT SELECT ON TABLE berth.reservation TO berth_backup;
GRANT UPDATE(device_class) ON TABLE berth.reservation TO berth_portal;
GRANT UPDATE(units) ON TABLE berth.reservation TO berth_portal;
GRANT UPDATE(cpu_milli) ON TABLE berth.reservation TO berth_portal;
GRANT UPDATE(memory_gib) ON TABLE berth.reservation TO berth_portal;
GRANT UPDATE(storage_gib) ON TABLE berth.reservation TO berth_portal;
GRANT UPDATE(mode) ON TABLE berth.reservation TO berth_portal;
GRANT UPDATE(start_at) ON TABLE berth.reservation TO berth_portal;
GRANT UPDATE(end_at) ON TABLE berth.reservation TO berth_portal;
GRANT UPDATE(state) ON TABLE berth.reservation TO berth_portal;
GRANT UPDATE(state) ON TABLE berth.reservation TO berth_reconciler;
GRANT UPDATE(reason) ON TABLE berth.reservation TO berth_portal;
GRANT UPDATE(reason) ON TABLE berth.reservation TO berth_reconciler;
GRANT UPDATE(name) ON TABLE berth.reservation TO berth_portal;
GRANT UPDATE(rate_micros) ON TABLE berth.reservation TO berth_portal;
GRANT UPDATE(currency) ON TABLE berth.reservation TO berth_portal;
GRANT UPDATE(end_requested_at) ON TABLE berth.reservation TO berth_portal;
GRANT UPDATE(version) ON TABLE berth.reservation TO berth_portal;
GRANT UPDATE(version) ON TABLE berth.reservation TO berth_reconciler;
GRANT SELECT,DELETE ON TABLE berth.reservation_guest TO berth_portal;
GRANT SELECT ON TABLE berth.reservation_guest TO berth_reconciler;
GRANT SELECT ON TABLE berth.reservation_guest TO berth_backup;
GRANT INSERT(reservation) ON TABLE berth.reservation_guest TO berth_portal;
GRANT INSERT(member) ON TABLE berth.reservation_guest TO berth_portal;
GRANT SELECT ON TABLE berth.team TO berth_portal;
GRANT SELECT ON TABLE berth.team TO berth_backup;
GRANT INSERT(name) ON TABLE berth.team TO berth_portal;
GRANT SELECT,DELETE ON TABLE berth.team_member TO berth_portal;
GRANT SELECT ON TABLE berth.team_member TO berth_backup;
GRANT INSERT(team) ON TABLE berth.team_member TO berth_portal;
GRANT INSERT(member) ON TABLE berth.team_member TO berth_portal;
GRANT INSERT(leads),UPDATE(leads) ON TABLE berth.team_member TO berth_portal;
GRANT SELECT ON TABLE berth.person TO berth_portal;
GRANT SELECT,INSERT,UPDATE ON TABLE berth.pool TO berth_portal;
GRANT SELECT ON TABLE berth.pool TO berth_reconciler;
GRANT SELECT ON TABLE berth.pool TO berth_backup;
GRANT SELECT ON SEQUENCE berth.pool_id_seq TO berth_backup;
GRANT SELECT ON TABLE berth.reservation_artifact TO berth_portal;
GRANT SELECT ON TABLE berth.reservation_artifact TO berth_backup;
GRANT SELECT ON TABLE berth.reservation_transition TO berth_backup;
GRANT SELECT,INSERT,DELETE ON TABLE berth.reservation_unit TO berth_portal;
GRANT SELECT ON TABLE berth.reservation_unit TO berth_reconciler;
GRANT SELECT ON TABLE berth.reservation_unit TO berth_backup;
GRANT UPDATE(unit) ON TABLE berth.reservation_unit TO berth_portal;
GRANT UPDATE(unit) ON TABLE berth.reservation_unit TO berth_reconciler;
GRANT UPDATE(during) ON TABLE berth.reservation_unit TO berth_portal;
GRANT UPDATE(during) ON TABLE berth.reservation_unit TO berth_reconciler;
GRANT UPDATE(live) ON TABLE berth.reservation_unit TO berth_portal;
GRANT UPDATE(live) ON TABLE berth.reservation_unit TO berth_reconciler;
GRANT SELECT ON TABLE berth.schema_migration TO berth_portal;
GRANT SELECT ON TABLE berth.schema_migration TO berth_reconciler;
GRANT SELECT ON TABLE berth.schema_migration TO berth_backup;
GRANT SELECT ON TABLE berth.session TO berth_portal;
GRANT SELECT,INSERT,UPDATE ON TABLE berth.session TO berth_reconciler;
GRANT SELECT ON TABLE berth.session TO berth_backup;
GRANT SELECT ON TABLE berth.step TO berth_portal;
GRANT SELECT,INSERT,UPDATE ON TABLE berth.step TO berth_reconciler;
GRANT SELECT ON TABLE berth.step TO berth_backup;
GRANT SELECT,INSERT,UPDATE ON TABLE berth.unit TO berth_portal;
GRANT SELECT ON TABLE berth.unit TO berth_reconciler;
GRANT SELECT ON TABLE berth.unit TO berth_backup;
GRANT SELECT ON TABLE berth.unit_history TO berth_portal;
GRANT SELECT ON TABLE berth.unit_history TO berth_backup;
GRANT SELECT ON SEQUENCE berth.unit_id_seq TO berth_backup;
GRANT SELECT,INSERT,DELETE ON TABLE berth.web_session TO berth_portal;
GRANT SELECT ON TABLE berth.web_session TO berth_backup;
GRANT SELECT ON TABLE berth.wish TO berth_portal;
GRANT SELECT ON TABLE berth.wish TO berth_reconciler;
GRANT SELECT ON TABLE berth.wish TO berth_backup;
GRANT UPDATE(taken_at) ON TABLE berth.wish TO berth_portal;
GRANT UPDATE(answered_at) ON TABLE berth.wish TO berth_portal;
GRANT UPDATE(answer) ON TABLE berth.wish TO berth_portal;
