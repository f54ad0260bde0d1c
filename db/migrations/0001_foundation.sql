-- The whole of Berth's truth. Words as in docs/architecture.md. Everything lives in the schema berth, is owned by the
-- role that migrates, and is opened to the two running programs column by column at the end of this file.

CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA public;

-- Roles belong to the whole PostgreSQL cluster, so two databases may be migrated into one at the same time.
DO $$
DECLARE
  wanted text;
BEGIN
  FOREACH wanted IN ARRAY ARRAY['berth_portal', 'berth_reconciler'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
      BEGIN
        EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
      EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL;  -- another migration made it between the look and the create: it is there, which is all that counts
      END;
    END IF;
  END LOOP;
END
$$;

CREATE TABLE berth.installation (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  audit_months int NOT NULL DEFAULT 24 CHECK (audit_months BETWEEN 3 AND 240)
);
INSERT INTO berth.installation DEFAULT VALUES;

-- People --------------------------------------------------------------------------------------------------------------

CREATE TABLE berth.app_user (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  email text NOT NULL CHECK (email = lower(email) AND length(email) BETWEEN 3 AND 254),
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  role text NOT NULL CHECK (role IN ('member', 'lead', 'finance', 'admin')),
  password_hash text,                 -- argon2id; null: signs in some other way
  disabled_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_sign_in_at timestamptz,
  UNIQUE (email)
);

CREATE TABLE berth.team (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  name text NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 63),
  created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE berth.team_member (
  team uuid NOT NULL REFERENCES berth.team,
  member uuid NOT NULL REFERENCES berth.app_user,
  leads boolean NOT NULL DEFAULT false,
  PRIMARY KEY (team, member)
);
CREATE INDEX ON berth.team_member (member);

CREATE TABLE berth.web_session (
  token_hash bytea PRIMARY KEY,       -- of the cookie; the cookie itself is nowhere
  member uuid NOT NULL REFERENCES berth.app_user ON DELETE CASCADE,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at timestamptz NOT NULL
);
CREATE INDEX ON berth.web_session (expires_at);

CREATE TABLE berth.api_token (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  owner uuid NOT NULL REFERENCES berth.app_user,
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  prefix text NOT NULL,               -- enough to recognise it by, not to use it
  token_hash bytea NOT NULL UNIQUE,
  scopes text[] NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at timestamptz NOT NULL,
  last_used_at timestamptz,
  revoked_at timestamptz
);
CREATE INDEX ON berth.api_token (owner);

-- Capacity ------------------------------------------------------------------------------------------------------------

CREATE TABLE berth.pool (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  name text NOT NULL UNIQUE,
  cluster text NOT NULL,
  currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  policy jsonb NOT NULL,
  site jsonb NOT NULL,
  version bigint NOT NULL DEFAULT 1,
  retired_at timestamptz
);

CREATE TABLE berth.node (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  pool bigint NOT NULL REFERENCES berth.pool,
  name text NOT NULL,
  kubernetes_name text NOT NULL,
  cpu_milli bigint NOT NULL CHECK (cpu_milli >= 0),
  memory_gib bigint NOT NULL CHECK (memory_gib >= 0),
  storage_gib bigint NOT NULL CHECK (storage_gib >= 0),
  aside_cpu_milli bigint NOT NULL CHECK (aside_cpu_milli BETWEEN 0 AND cpu_milli),
  aside_memory_gib bigint NOT NULL CHECK (aside_memory_gib BETWEEN 0 AND memory_gib),
  aside_storage_gib bigint NOT NULL CHECK (aside_storage_gib BETWEEN 0 AND storage_gib),
  retired_at timestamptz,
  UNIQUE (pool, name)
);

CREATE TABLE berth.device_class (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  pool bigint NOT NULL REFERENCES berth.pool,
  name text NOT NULL,
  ordinal int NOT NULL,
  title text NOT NULL,
  device_memory_gib bigint NOT NULL CHECK (device_memory_gib > 0),
  gpu_share double precision NOT NULL CHECK (gpu_share > 0 AND gpu_share <= 1),
  rate_micros bigint NOT NULL CHECK (rate_micros >= 0),
  default_cpu_milli bigint NOT NULL CHECK (default_cpu_milli > 0),
  default_memory_gib bigint NOT NULL CHECK (default_memory_gib > 0),
  default_storage_gib bigint NOT NULL CHECK (default_storage_gib > 0),
  ephemeral_gib bigint NOT NULL CHECK (ephemeral_gib > 0),
  pods int NOT NULL CHECK (pods > 0),
  retired_at timestamptz,
  UNIQUE (pool, name)
);

CREATE TABLE berth.unit (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  node bigint NOT NULL REFERENCES berth.node,
  device_class bigint NOT NULL REFERENCES berth.device_class,
  name text NOT NULL,
  resource_name text NOT NULL,
  replicas int NOT NULL CHECK (replicas BETWEEN 1 AND 64),
  out_of_service boolean NOT NULL DEFAULT false,
  retired_at timestamptz,
  UNIQUE (node, name)
);

-- Reservations --------------------------------------------------------------------------------------------------------

CREATE TABLE berth.reservation (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  pool bigint NOT NULL REFERENCES berth.pool,
  device_class bigint NOT NULL REFERENCES berth.device_class,
  units int NOT NULL CHECK (units > 0),
  cpu_milli bigint NOT NULL CHECK (cpu_milli > 0),
  memory_gib bigint NOT NULL CHECK (memory_gib > 0),
  storage_gib bigint NOT NULL CHECK (storage_gib > 0),
  mode text NOT NULL CHECK (mode IN ('interactive_ml', 'inference_containers')),
  start_at timestamptz NOT NULL,
  end_at timestamptz NOT NULL,
  state text NOT NULL DEFAULT 'APPROVED' CHECK (state IN ('APPROVED', 'ACTIVE', 'COMPLETED', 'CANCELED', 'FAILED')),
  reason text NOT NULL DEFAULT '',
  owner uuid NOT NULL REFERENCES berth.app_user,
  team uuid REFERENCES berth.team,
  name text NOT NULL CHECK (length(name) <= 100),
  rate_micros bigint NOT NULL CHECK (rate_micros >= 0),
  currency text NOT NULL,
  end_requested_at timestamptz,
  version bigint NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CHECK (start_at < end_at AND isfinite(start_at) AND isfinite(end_at))
);
-- Lists run by (created_at, id), newest first; an owner's own list is the commonest.
CREATE INDEX ON berth.reservation (owner, created_at DESC, id DESC);
CREATE INDEX ON berth.reservation (team, created_at DESC, id DESC) WHERE team IS NOT NULL;
CREATE INDEX ON berth.reservation (created_at DESC, id DESC);
-- How many an owner has, for the rule that limits them.
CREATE INDEX reservation_live_of_owner ON berth.reservation (owner) WHERE state IN ('APPROVED', 'ACTIVE');
CREATE INDEX reservation_live ON berth.reservation (pool, start_at) WHERE state IN ('APPROVED', 'ACTIVE');
-- The end of the last one, beyond which nothing is booked.
CREATE INDEX reservation_live_end ON berth.reservation (pool, end_at) WHERE state IN ('APPROVED', 'ACTIVE');

-- The lifecycle, once: an update that is not in this table is refused by the trigger below.
CREATE TABLE berth.reservation_transition (
  from_state text NOT NULL,
  to_state text NOT NULL,
  PRIMARY KEY (from_state, to_state)
);
INSERT INTO berth.reservation_transition VALUES
  ('APPROVED', 'ACTIVE'), ('APPROVED', 'CANCELED'), ('APPROVED', 'FAILED'), ('ACTIVE', 'COMPLETED'), ('ACTIVE', 'FAILED');

CREATE FUNCTION berth.check_transition() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM berth.reservation_transition WHERE from_state = OLD.state AND to_state = NEW.state) THEN
    RAISE EXCEPTION 'a reservation cannot go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER reservation_transition BEFORE UPDATE OF state ON berth.reservation
  FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION berth.check_transition();

-- A reservation's hold on one unit. `live` is false only for what never was used (canceled before the start); claims
-- are kept for ever, usage is computed from them.
CREATE TABLE berth.reservation_unit (
  reservation uuid NOT NULL REFERENCES berth.reservation,
  unit bigint NOT NULL REFERENCES berth.unit,
  during tstzrange NOT NULL,
  live boolean NOT NULL DEFAULT true,
  PRIMARY KEY (reservation, unit) DEFERRABLE INITIALLY IMMEDIATE,
  CHECK (NOT isempty(during) AND lower_inc(during) AND NOT upper_inc(during)
         AND NOT lower_inf(during) AND NOT upper_inf(during)
         AND isfinite(lower(during)) AND isfinite(upper(during))),
  -- Double booking is impossible whatever the code above does. Deferrable, so that one UPDATE may swap units.
  CONSTRAINT one_reservation_per_unit EXCLUDE USING gist (unit WITH =, during WITH &&) WHERE (live)
    DEFERRABLE INITIALLY IMMEDIATE
);

-- An edit before the start may give a claim back; once a session began, claims are history.
CREATE FUNCTION berth.keep_claims() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM berth.reservation WHERE id = OLD.reservation AND state = 'APPROVED') THEN
    RAISE EXCEPTION 'claims of a reservation that has begun are kept' USING ERRCODE = 'check_violation';
  END IF;
  RETURN OLD;
END
$$;
CREATE TRIGGER keep_claims BEFORE DELETE ON berth.reservation_unit
  FOR EACH ROW EXECUTE FUNCTION berth.keep_claims();

CREATE TABLE berth.idempotency (
  owner uuid NOT NULL REFERENCES berth.app_user,
  key text NOT NULL CHECK (length(key) BETWEEN 1 AND 200),
  body_hash bytea NOT NULL,
  reservation uuid NOT NULL REFERENCES berth.reservation,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (owner, key)
);
CREATE INDEX ON berth.idempotency (created_at);

-- Sessions ------------------------------------------------------------------------------------------------------------

CREATE TABLE berth.session (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  reservation uuid NOT NULL REFERENCES berth.reservation,
  attempt int NOT NULL CHECK (attempt > 0),
  cluster text NOT NULL,
  namespace_name text NOT NULL UNIQUE,   -- written here before it is made there, and never used twice
  host text NOT NULL UNIQUE,
  phase text NOT NULL CHECK (phase IN ('Starting', 'Ready', 'Degraded', 'Stopping', 'Gone')),
  reason text NOT NULL DEFAULT '',
  failed boolean NOT NULL DEFAULT false,
  endpoints jsonb NOT NULL DEFAULT '[]',
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  ready_at timestamptz,
  stopping_at timestamptz,
  gone_at timestamptz,
  UNIQUE (reservation, attempt),
  CHECK ((phase = 'Gone') = (gone_at IS NOT NULL))
);
CREATE UNIQUE INDEX one_session_at_a_time ON berth.session (reservation) WHERE phase <> 'Gone';
CREATE INDEX session_here ON berth.session (cluster) WHERE phase <> 'Gone';

CREATE TABLE berth.step (
  session uuid NOT NULL REFERENCES berth.session,
  ordinal int NOT NULL,
  name text NOT NULL,
  state text NOT NULL CHECK (state IN ('pending', 'running', 'done', 'failed')),
  started_at timestamptz,
  finished_at timestamptz,
  tries int NOT NULL DEFAULT 0,
  next_try_at timestamptz,
  detail text NOT NULL DEFAULT '',
  PRIMARY KEY (session, name)
);
CREATE INDEX step_durations ON berth.step (name, finished_at DESC) WHERE state = 'done';

-- Pods that linger past the end of their claim keep the device: a row of its own, never a longer claim.
CREATE TABLE berth.hold (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  unit bigint NOT NULL REFERENCES berth.unit,
  session uuid NOT NULL REFERENCES berth.session,
  since timestamptz NOT NULL,
  why text NOT NULL,
  released_at timestamptz
);
CREATE UNIQUE INDEX one_open_hold ON berth.hold (unit, session) WHERE released_at IS NULL;

CREATE TABLE berth.finding (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  cluster text NOT NULL,
  kind text NOT NULL,
  object text NOT NULL,
  detail text NOT NULL,
  planned_action text NOT NULL,
  first_seen_at timestamptz NOT NULL,
  resolved_at timestamptz
);
CREATE UNIQUE INDEX one_open_finding ON berth.finding (cluster, kind, object) WHERE resolved_at IS NULL;

-- Who may write for a cluster: every write of a reconciler names its epoch, and a stale one finds no row.
CREATE TABLE berth.leader (
  cluster text PRIMARY KEY,
  epoch bigint NOT NULL,
  holder text NOT NULL,
  since timestamptz NOT NULL
);

CREATE TABLE berth.heartbeat (
  cluster text PRIMARY KEY,
  holder text NOT NULL,
  epoch bigint NOT NULL,
  at timestamptz NOT NULL,
  cycle_millis bigint NOT NULL,
  sessions int NOT NULL,
  problem text NOT NULL DEFAULT ''
);

-- What happened, for open pages ---------------------------------------------------------------------------------------

CREATE TABLE berth.event (
  id bigint PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  kind text NOT NULL,
  pool bigint,
  reservation uuid,
  owner uuid,
  team uuid
);
CREATE INDEX ON berth.event (at);
CREATE SEQUENCE berth.event_id;

-- Ids in commit order: the number is drawn under a lock that is held until the commit, so that a reader who has seen n
-- never meets a lower one later. Called last in a transaction, it holds nobody up for longer than the commit.
CREATE FUNCTION berth.emit(kind text, pool bigint, reservation uuid, owner uuid, team uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(4242, 1);
  INSERT INTO berth.event (id, kind, pool, reservation, owner, team)
  VALUES (nextval('berth.event_id'), kind, pool, reservation, owner, team);
  PERFORM pg_notify('berth_event', '');
END
$$;

-- Audit: append-only, a partition a month, retention by dropping whole old ones -------------------------------------

CREATE TABLE berth.audit (
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  id bigint GENERATED ALWAYS AS IDENTITY,
  actor text NOT NULL,                -- "user:<uuid>", "reconciler:<cluster>", "owner"
  action text NOT NULL,
  object_type text NOT NULL,
  object_id text NOT NULL,
  outcome text NOT NULL DEFAULT 'done',
  before jsonb,
  after jsonb,
  request_id text NOT NULL DEFAULT '',
  source_ip text NOT NULL DEFAULT '',
  PRIMARY KEY (at, id)
) PARTITION BY RANGE (at);
CREATE INDEX ON berth.audit (object_id, at);
-- Nothing is ever refused for want of a partition.
CREATE TABLE berth.audit_rest PARTITION OF berth.audit DEFAULT;

CREATE FUNCTION berth.audit_prepare_partitions() RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
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
SELECT berth.audit_prepare_partitions();

-- Drops whole months that are older than the installation keeps them. The number of months is the owner's to set.
CREATE FUNCTION berth.audit_drop_expired() RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  part record;
  oldest text;
  dropped int := 0;
BEGIN
  SELECT 'audit_' || to_char(now() AT TIME ZONE 'UTC' - make_interval(months => audit_months), 'YYYY_MM')
    INTO oldest FROM berth.installation;
  FOR part IN SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
              WHERE i.inhparent = 'berth.audit'::regclass AND c.relname ~ '^audit_\d{4}_\d{2}$' LOOP
    CONTINUE WHEN part.relname >= oldest;
    EXECUTE format('DROP TABLE berth.%I', part.relname);
    dropped := dropped + 1;
  END LOOP;
  RETURN dropped;
END
$$;

-- Whoever changes a row says who they are first: set_config('berth.actor', ..., true). Without it the change is refused,
-- so that no change of state can go unaudited, whatever the code above does. Secrets' hashes stay out.
CREATE FUNCTION berth.audit_row() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  hidden constant text[] := ARRAY['password_hash', 'token_hash'];
  was jsonb;
  becomes jsonb;
  who text := coalesce(current_setting('berth.actor', true), '');
  what text := coalesce(current_setting('berth.action', true), '');
BEGIN
  IF who = '' THEN
    RAISE EXCEPTION 'berth.actor is not set: a change of % has no author', TG_TABLE_NAME;
  END IF;
  IF TG_OP <> 'INSERT' THEN was := to_jsonb(OLD) - hidden; END IF;
  IF TG_OP <> 'DELETE' THEN becomes := to_jsonb(NEW) - hidden; END IF;
  IF what = '' THEN
    what := TG_ARGV[0] || CASE TG_OP WHEN 'INSERT' THEN '.created' WHEN 'DELETE' THEN '.removed' ELSE '.changed' END;
  END IF;
  INSERT INTO berth.audit (actor, action, object_type, object_id, before, after, request_id, source_ip)
  SELECT who, what, TG_ARGV[0], coalesce(becomes ->> TG_ARGV[1], was ->> TG_ARGV[1]),
         CASE WHEN TG_OP = 'UPDATE' THEN (SELECT jsonb_object_agg(key, value) FROM jsonb_each(was)
                                          WHERE becomes -> key IS DISTINCT FROM value) ELSE was END,
         CASE WHEN TG_OP = 'UPDATE' THEN (SELECT jsonb_object_agg(key, value) FROM jsonb_each(becomes)
                                          WHERE was -> key IS DISTINCT FROM value) ELSE becomes END,
         coalesce(current_setting('berth.request_id', true), ''),
         coalesce(current_setting('berth.source_ip', true), '');
  RETURN NULL;
END
$$;

CREATE TRIGGER audit_reservation AFTER INSERT OR UPDATE ON berth.reservation
  FOR EACH ROW EXECUTE FUNCTION berth.audit_row('reservation', 'id');
CREATE TRIGGER audit_claim AFTER UPDATE OF unit ON berth.reservation_unit
  FOR EACH ROW EXECUTE FUNCTION berth.audit_row('claim', 'reservation');
CREATE TRIGGER audit_session_made AFTER INSERT ON berth.session
  FOR EACH ROW EXECUTE FUNCTION berth.audit_row('session', 'id');
CREATE TRIGGER audit_session_phase AFTER UPDATE OF phase ON berth.session
  FOR EACH ROW WHEN (OLD.phase IS DISTINCT FROM NEW.phase) EXECUTE FUNCTION berth.audit_row('session', 'id');
CREATE TRIGGER audit_user AFTER INSERT OR DELETE OR UPDATE OF email, name, role, password_hash, disabled_at ON berth.app_user
  FOR EACH ROW EXECUTE FUNCTION berth.audit_row('user', 'id');
CREATE TRIGGER audit_team AFTER INSERT OR UPDATE OR DELETE ON berth.team
  FOR EACH ROW EXECUTE FUNCTION berth.audit_row('team', 'id');
CREATE TRIGGER audit_team_member AFTER INSERT OR UPDATE OR DELETE ON berth.team_member
  FOR EACH ROW EXECUTE FUNCTION berth.audit_row('team_member', 'team');
CREATE TRIGGER audit_token AFTER INSERT OR UPDATE OF revoked_at ON berth.api_token
  FOR EACH ROW EXECUTE FUNCTION berth.audit_row('token', 'id');
CREATE TRIGGER audit_pool AFTER INSERT OR UPDATE ON berth.pool
  FOR EACH ROW EXECUTE FUNCTION berth.audit_row('pool', 'name');
CREATE TRIGGER audit_node AFTER INSERT OR UPDATE ON berth.node
  FOR EACH ROW EXECUTE FUNCTION berth.audit_row('node', 'name');
CREATE TRIGGER audit_class AFTER INSERT OR UPDATE ON berth.device_class
  FOR EACH ROW EXECUTE FUNCTION berth.audit_row('device_class', 'name');
CREATE TRIGGER audit_unit AFTER INSERT OR UPDATE ON berth.unit
  FOR EACH ROW EXECUTE FUNCTION berth.audit_row('unit', 'name');

-- Housekeeping: an owner's function, so that no running program needs the right to delete.
CREATE FUNCTION berth.housekeep(OUT web_sessions int, OUT idempotency_keys int, OUT events int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  DELETE FROM berth.web_session WHERE expires_at < clock_timestamp();
  GET DIAGNOSTICS web_sessions = ROW_COUNT;
  DELETE FROM berth.idempotency WHERE created_at < clock_timestamp() - interval '7 days';
  GET DIAGNOSTICS idempotency_keys = ROW_COUNT;
  -- The newest stays, so that whoever has seen it is not told to look at everything.
  DELETE FROM berth.event WHERE at < clock_timestamp() - interval '2 days' AND id < (SELECT max(id) FROM berth.event);
  GET DIAGNOSTICS events = ROW_COUNT;
END
$$;

-- Who may do what -----------------------------------------------------------------------------------------------------

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA berth FROM PUBLIC;
GRANT USAGE ON SCHEMA berth TO berth_portal, berth_reconciler;
GRANT EXECUTE ON FUNCTION berth.emit(text, bigint, uuid, uuid, uuid) TO berth_portal, berth_reconciler;
GRANT SELECT ON berth.installation, berth.pool, berth.node, berth.device_class, berth.unit, berth.reservation,
  berth.reservation_unit, berth.session, berth.step, berth.hold, berth.finding, berth.leader, berth.heartbeat,
  berth.event, berth.schema_migration TO berth_portal, berth_reconciler;

GRANT SELECT ON berth.app_user, berth.team, berth.team_member, berth.web_session, berth.api_token, berth.idempotency,
  berth.audit TO berth_portal;
-- Not the time and the number: a row says when it was written, whoever writes it.
GRANT INSERT (actor, action, object_type, object_id, outcome, before, after, request_id, source_ip) ON berth.audit
  TO berth_portal, berth_reconciler;
GRANT INSERT, UPDATE ON berth.app_user, berth.team, berth.api_token, berth.pool, berth.node, berth.device_class,
  berth.unit TO berth_portal;
GRANT INSERT, UPDATE, DELETE ON berth.team_member TO berth_portal;
GRANT INSERT, DELETE ON berth.web_session TO berth_portal;
GRANT INSERT ON berth.idempotency, berth.reservation, berth.reservation_unit TO berth_portal;
GRANT UPDATE (device_class, units, cpu_milli, memory_gib, storage_gib, mode, start_at, end_at, state, reason, name,
  rate_micros, currency, end_requested_at, version) ON berth.reservation TO berth_portal;
GRANT UPDATE (unit, during, live) ON berth.reservation_unit TO berth_portal;
GRANT DELETE ON berth.reservation_unit TO berth_portal;

GRANT SELECT (id, email, name) ON berth.app_user TO berth_reconciler;
GRANT UPDATE (state, reason, version) ON berth.reservation TO berth_reconciler;
GRANT UPDATE (unit, during, live) ON berth.reservation_unit TO berth_reconciler;
GRANT INSERT, UPDATE ON berth.session, berth.step, berth.hold, berth.finding, berth.leader, berth.heartbeat
  TO berth_reconciler;
GRANT EXECUTE ON FUNCTION berth.audit_prepare_partitions(), berth.audit_drop_expired(), berth.housekeep()
  TO berth_reconciler;
