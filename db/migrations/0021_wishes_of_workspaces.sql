-- What a workspace wishes, which has no way to the portal: the reconciler hears it in the cluster, a portal answers it, and
-- the reconciler takes the answer back. Of each live session the last one; it goes with the session's end.
CREATE TABLE berth.wish (
    session uuid PRIMARY KEY REFERENCES berth.session,
    id uuid NOT NULL,
    until timestamptz NOT NULL,
    asked_at timestamptz NOT NULL,
    earlier uuid[] NOT NULL DEFAULT '{}' CONSTRAINT wish_earlier_check CHECK (cardinality(earlier) <= 32),
    taken_at timestamptz,
    answered_at timestamptz,
    answer text CONSTRAINT wish_answer_length_check CHECK (octet_length(answer) <= 4096),
    CONSTRAINT wish_answer_check CHECK ((answered_at IS NULL) = (answer IS NULL))
);
CREATE INDEX wish_unanswered ON berth.wish (asked_at) WHERE answered_at IS NULL;
GRANT SELECT, UPDATE (taken_at, answered_at, answer) ON berth.wish TO berth_portal;
GRANT SELECT ON berth.wish TO berth_reconciler;

-- True when it was written down: not for a session that is not up, nor for a reservation that is over or ending, not twice
-- (for as long as its id is remembered), not while the one before waits, and not too often. The reconciler has no other way
-- to write one, and whose reservation it is about is not its to say.
CREATE FUNCTION berth.hear_wish(heard_session uuid, heard uuid, heard_until timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  moment constant timestamptz := clock_timestamp();
BEGIN
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
REVOKE ALL ON FUNCTION berth.hear_wish(uuid, uuid, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION berth.hear_wish(uuid, uuid, timestamptz) TO berth_reconciler;

CREATE FUNCTION berth.forget_wish() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  DELETE FROM berth.wish WHERE session = NEW.id;
  RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION berth.forget_wish() FROM PUBLIC;
CREATE TRIGGER forget_wish AFTER UPDATE OF phase ON berth.session
  FOR EACH ROW WHEN (NEW.phase = 'Gone') EXECUTE FUNCTION berth.forget_wish();

-- The answer goes back at once.
CREATE TRIGGER wake_for_wish AFTER UPDATE OF answer ON berth.wish
  FOR EACH ROW WHEN (NEW.answer IS NOT NULL) EXECUTE FUNCTION berth.wake();
