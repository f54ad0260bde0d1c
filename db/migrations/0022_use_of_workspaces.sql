-- When a workspace was last used, as it says itself: its tenant's word, shown with its age, and nothing is taken away by it. Of
-- each live session the last; it goes with the session's end. What did not answer the workspace has `editor_asked` false, or no
-- `lab_used_at`; an editor that answered and was not used since it was started has no `editor_used_at`.
CREATE TABLE berth.activity (
    session uuid PRIMARY KEY REFERENCES berth.session,
    heard_at timestamptz NOT NULL,
    looked_at timestamptz NOT NULL,
    editor_asked boolean NOT NULL,
    editor_used_at timestamptz,
    lab_used_at timestamptz,
    kernels integer CONSTRAINT activity_kernels_check CHECK (kernels BETWEEN 0 AND 1000),
    kernels_busy integer CONSTRAINT activity_kernels_busy_check CHECK (kernels_busy BETWEEN 0 AND kernels),
    CONSTRAINT activity_editor_check CHECK (editor_asked OR editor_used_at IS NULL),
    CONSTRAINT activity_lab_check
        CHECK ((lab_used_at IS NULL) = (kernels IS NULL) AND (kernels IS NULL) = (kernels_busy IS NULL)),
    CONSTRAINT activity_past_check CHECK (looked_at <= heard_at AND editor_used_at <= heard_at AND lab_used_at <= heard_at)
);
GRANT SELECT ON berth.activity TO berth_portal;
GRANT SELECT ON berth.activity TO berth_reconciler;

-- True when it was written down: not for a session that is not up, not twice in 30 seconds, not what was looked at before the
-- last, and nothing that is not of the past year. The reconciler has no other way to write one. Nobody is told.
CREATE FUNCTION berth.hear_activity(
    heard_session uuid, looked timestamptz, asked boolean, editor_used timestamptz, lab_used timestamptz,
    kernel_count integer, busy_count integer
) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
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
REVOKE ALL ON FUNCTION
    berth.hear_activity(uuid, timestamptz, boolean, timestamptz, timestamptz, integer, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    berth.hear_activity(uuid, timestamptz, boolean, timestamptz, timestamptz, integer, integer) TO berth_reconciler;

CREATE FUNCTION berth.forget_activity() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  DELETE FROM berth.activity WHERE session = NEW.id;
  RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION berth.forget_activity() FROM PUBLIC;
CREATE TRIGGER forget_activity AFTER UPDATE OF phase ON berth.session
  FOR EACH ROW WHEN (NEW.phase = 'Gone') EXECUTE FUNCTION berth.forget_activity();

-- As before, and a wish is for a time to come within 366 days: what no calendar has would be read by every portal.
CREATE OR REPLACE FUNCTION berth.hear_wish(heard_session uuid, heard uuid, heard_until timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
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
