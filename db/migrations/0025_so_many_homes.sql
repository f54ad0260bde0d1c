-- An owner's kept homes lie outside of all bookings, so a pool says how many of them (decision 51): the newest stay.

-- After a home was left. Homes of one owner are left one after the other, or two would each see the other's still in use.
CREATE FUNCTION berth.crowd_out_homes(of_owner uuid, of_pool bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
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
REVOKE ALL ON FUNCTION berth.crowd_out_homes(uuid, bigint) FROM PUBLIC;

CREATE OR REPLACE FUNCTION berth.give_back_home() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
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

CREATE OR REPLACE FUNCTION berth.leave_home(of_home uuid, of_session uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
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

-- Homes that are gone though nobody let them go, which their owners are told of.
CREATE INDEX home_lost_of_owner ON berth.home (owner, gone_at) WHERE going_at IS NULL AND gone_at IS NOT NULL;
