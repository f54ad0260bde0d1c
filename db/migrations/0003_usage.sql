-- What a pool costs in a year, and since when each of its units is what it is: what usage and its price are computed from.
-- The table's own audit trigger and rights hold for the new columns too.
ALTER TABLE berth.pool
  ADD COLUMN annual_cost_micros bigint CHECK (annual_cost_micros BETWEEN 0 AND 5000000000000000),
  ADD COLUMN annual_cost_currency text CHECK (annual_cost_currency ~ '^[A-Z]{3}$'),
  ADD CONSTRAINT annual_cost_is_whole CHECK ((annual_cost_micros IS NULL) = (annual_cost_currency IS NULL));

-- The pool file says what is; months that are over want to know what was. No row: the unit was not there. Written by the
-- trigger below alone; every change of a unit has its audit row already.
CREATE TABLE berth.unit_history (
  unit bigint NOT NULL REFERENCES berth.unit,
  since timestamptz NOT NULL,
  until timestamptz,                    -- null: so it is now
  device_class bigint NOT NULL REFERENCES berth.device_class,
  in_service boolean NOT NULL,
  PRIMARY KEY (unit, since),
  CHECK (until > since)
);
CREATE UNIQUE INDEX one_open_history ON berth.unit_history (unit) WHERE until IS NULL;

CREATE FUNCTION berth.keep_unit_history() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  change_at timestamptz;
BEGIN
  IF TG_OP = 'UPDATE' AND (NEW.device_class, NEW.out_of_service, NEW.retired_at)
      IS NOT DISTINCT FROM (OLD.device_class, OLD.out_of_service, OLD.retired_at) THEN
    RETURN NULL;
  END IF;
  -- Never before what was written last: a clock that is set back must not make two histories of one time.
  SELECT greatest(clock_timestamp(), max(coalesce(until, since))) INTO change_at
    FROM berth.unit_history WHERE unit = NEW.id;
  DELETE FROM berth.unit_history WHERE unit = NEW.id AND until IS NULL AND since = change_at;
  UPDATE berth.unit_history SET until = change_at WHERE unit = NEW.id AND until IS NULL;
  IF NEW.retired_at IS NULL THEN
    INSERT INTO berth.unit_history (unit, since, device_class, in_service)
    VALUES (NEW.id, change_at, NEW.device_class, NOT NEW.out_of_service);
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER keep_unit_history AFTER INSERT OR UPDATE ON berth.unit
  FOR EACH ROW EXECUTE FUNCTION berth.keep_unit_history();

-- Units from before: when one was made is in the audit log, or else no later than the installation. When it was out of
-- service until now nobody wrote down; it counts as having been all the time what it is.
INSERT INTO berth.unit_history (unit, since, until, device_class, in_service)
SELECT u.id, made.at, u.retired_at, u.device_class, NOT u.out_of_service
FROM berth.unit u CROSS JOIN LATERAL (
  SELECT coalesce((SELECT min(a.at) FROM berth.audit a
                   WHERE a.object_type = 'unit' AND a.before IS NULL AND a.after ->> 'id' = u.id::text),
                  (SELECT i.created_at FROM berth.installation i)) AS at) made
WHERE u.retired_at IS NULL OR u.retired_at > made.at;

REVOKE ALL ON FUNCTION berth.keep_unit_history() FROM PUBLIC;
GRANT SELECT ON berth.unit_history TO berth_portal;
