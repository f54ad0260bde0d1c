-- A home volume that outlives its session (decision 51). The row is there from before the volume is told to stay until after
-- it was seen gone, so no volume is ever without one. Which session has it, and whose it is, is said here and nowhere else.
CREATE TABLE berth.home (
    id uuid PRIMARY KEY,
    cluster text NOT NULL REFERENCES berth.cluster,
    pool bigint NOT NULL REFERENCES berth.pool,
    owner uuid NOT NULL REFERENCES berth.app_user,
    volume text NOT NULL CONSTRAINT home_volume_check CHECK (length(volume) BETWEEN 1 AND 253),
    storage_class text NOT NULL,
    size_gib integer NOT NULL CONSTRAINT home_size_check CHECK (size_gib > 0),
    node text NOT NULL DEFAULT '', -- the only one that has it, by its name in the cluster; empty: any
    -- What the cluster gave its session's namespace of user ids and labels; the next one is given the same.
    identity jsonb NOT NULL DEFAULT '{}' CONSTRAINT home_identity_check
      CHECK (jsonb_typeof(identity) = 'object' AND octet_length(identity::text) <= 1024),
    session uuid REFERENCES berth.session, -- that has it now
    last_session uuid NOT NULL REFERENCES berth.session,
    kept_at timestamptz,    -- when a session last left it
    kept_until timestamptz,
    delete_asked_at timestamptz,
    going_at timestamptz,   -- it is being deleted, and no session gets it any more
    gone_at timestamptz,
    CONSTRAINT home_kept_check CHECK ((kept_at IS NULL) = (kept_until IS NULL)),
    CONSTRAINT home_held_check CHECK (session IS NOT NULL OR kept_until IS NOT NULL OR gone_at IS NOT NULL),
    CONSTRAINT home_going_check CHECK (session IS NULL OR (going_at IS NULL AND gone_at IS NULL))
);
CREATE UNIQUE INDEX home_of_volume ON berth.home (cluster, volume) WHERE gone_at IS NULL;
CREATE UNIQUE INDEX home_of_session ON berth.home (session);
CREATE INDEX home_of_owner ON berth.home (owner, pool) WHERE gone_at IS NULL;
CREATE INDEX home_of_last_session ON berth.home (last_session) WHERE gone_at IS NULL;
GRANT SELECT, UPDATE (delete_asked_at) ON berth.home TO berth_portal;
GRANT SELECT ON berth.home TO berth_reconciler;
CREATE TRIGGER audit_home AFTER INSERT OR UPDATE ON berth.home FOR EACH ROW EXECUTE FUNCTION berth.audit_row('home', 'id');
CREATE TRIGGER wake_for_home AFTER UPDATE OF delete_asked_at ON berth.home
  FOR EACH STATEMENT EXECUTE FUNCTION berth.wake();

-- How long homes of that size are kept after a session: nothing where the pool keeps none.
CREATE FUNCTION berth.home_stays(of_pool bigint, of_size integer) RETURNS interval
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT make_interval(hours => 24 * (p.policy ->> 'keep_home_days')::integer)
  FROM berth.pool p
  WHERE p.id = of_pool
    AND (p.policy ->> 'keep_home_days')::integer > 0
    AND of_size <= coalesce((p.policy ->> 'keep_home_max_gib')::integer, of_size)
$$;
REVOKE ALL ON FUNCTION berth.home_stays(bigint, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION berth.home_stays(bigint, integer) TO berth_reconciler;

-- The home of a session that is not Gone, its id; nothing where it is not to be kept. Whose it is and in which pool is not the
-- reconciler's to say, and a volume that has a row already is nobody else's.
CREATE FUNCTION berth.keep_home(of_session uuid, new_id uuid, of_volume text, of_class text, of_size integer, on_node text,
                                as_identity jsonb) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
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
REVOKE ALL ON FUNCTION berth.keep_home(uuid, uuid, text, text, integer, text, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION berth.keep_home(uuid, uuid, text, text, integer, text, jsonb) TO berth_reconciler;

-- The newest home that the owner has in the pool and that fits becomes the new session's: in the transaction that makes the
-- session, so of two that begin at once one gets it.
CREATE FUNCTION berth.take_home() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
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
REVOKE ALL ON FUNCTION berth.take_home() FROM PUBLIC;
CREATE TRIGGER take_home AFTER INSERT ON berth.session FOR EACH ROW EXECUTE FUNCTION berth.take_home();

-- With the session's end its home is kept anew, by what the pool says now.
CREATE FUNCTION berth.give_back_home() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  moment constant timestamptz := clock_timestamp();
BEGIN
  UPDATE berth.home
  SET session = NULL, kept_at = moment,
      kept_until = moment + coalesce(berth.home_stays(pool, size_gib), interval '0')
  WHERE session = NEW.id;
  RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION berth.give_back_home() FROM PUBLIC;
CREATE TRIGGER give_back_home AFTER UPDATE OF phase ON berth.session
  FOR EACH ROW WHEN (NEW.phase = 'Gone') EXECUTE FUNCTION berth.give_back_home();

-- A session that cannot use what it was given goes on without; the home is kept as it was before.
CREATE FUNCTION berth.leave_home(of_home uuid, of_session uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE berth.home SET session = NULL WHERE id = of_home AND session = of_session AND kept_until IS NOT NULL;
  RETURN FOUND;
END
$$;
REVOKE ALL ON FUNCTION berth.leave_home(uuid, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION berth.leave_home(uuid, uuid) TO berth_reconciler;

-- From here on it is no session's any more, whatever happens. Refused before its time.
CREATE FUNCTION berth.let_home_go(of_home uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
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
REVOKE ALL ON FUNCTION berth.let_home_go(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION berth.let_home_go(uuid) TO berth_reconciler;

-- Its volume was seen gone.
CREATE FUNCTION berth.close_home(of_home uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE berth.home SET session = NULL, gone_at = clock_timestamp() WHERE id = of_home AND gone_at IS NULL;
  RETURN FOUND;
END
$$;
REVOKE ALL ON FUNCTION berth.close_home(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION berth.close_home(uuid) TO berth_reconciler;
