-- How busy the devices of live sessions are, as the cluster's DCGM exporters say: of each session the last. It goes with the
-- session's end. `since` is when they were looked at first, so that "not used since" is no more than what was seen.
CREATE TABLE berth.device_use (
    session uuid PRIMARY KEY REFERENCES berth.session,
    since timestamptz NOT NULL,
    looked_at timestamptz NOT NULL,
    busy_permille integer NOT NULL CONSTRAINT device_use_busy_check CHECK (busy_permille BETWEEN 0 AND 1000),
    used_at timestamptz,
    CONSTRAINT device_use_past_check CHECK (since <= looked_at AND used_at BETWEEN since AND looked_at)
);
GRANT SELECT ON berth.device_use TO berth_portal;

-- True when it was written down: not for a namespace that has no session which is up, not twice in 30 seconds, and nothing
-- older than ten minutes. The reconciler has no other way to write one. Nobody is told.
CREATE FUNCTION berth.hear_device_use(heard_namespace text, busy integer, age interval) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
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
REVOKE ALL ON FUNCTION berth.hear_device_use(text, integer, interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION berth.hear_device_use(text, integer, interval) TO berth_reconciler;

-- As before, and of its devices too.
CREATE OR REPLACE FUNCTION berth.forget_activity() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  DELETE FROM berth.activity WHERE session = NEW.id;
  DELETE FROM berth.device_use WHERE session = NEW.id;
  RETURN NULL;
END
$$;

-- As before, and it is kept from then on: while a session had it, its time went on.
CREATE OR REPLACE FUNCTION berth.leave_home(of_home uuid, of_session uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  moment constant timestamptz := clock_timestamp();
BEGIN
  UPDATE berth.home
  SET session = NULL,
      kept_until = greatest(kept_until, moment + coalesce(berth.home_stays(pool, size_gib), interval '0'))
  WHERE id = of_home AND session = of_session AND kept_until IS NOT NULL;
  RETURN FOUND;
END
$$;
