-- A unit lies on a device: one physical card with a number of placement slots. Layouts may overlap, so that a whole card
-- and its slices are on offer at once; what excludes them is the device and the slots that a claim holds, whatever code
-- stands above.
CREATE TABLE berth.device (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  node bigint NOT NULL REFERENCES berth.node,
  name text NOT NULL,
  model text NOT NULL DEFAULT '',
  memory_gib bigint NOT NULL CHECK (memory_gib > 0),
  slots integer NOT NULL DEFAULT 1 CHECK (slots BETWEEN 1 AND 64),
  retired_at timestamptz,
  UNIQUE (node, name),
  UNIQUE (id, node)
);

-- Units from before have a device each, and all of it.
INSERT INTO berth.device (node, name, memory_gib, retired_at)
SELECT u.node, u.name, c.device_memory_gib, u.retired_at
FROM berth.unit u JOIN berth.device_class c ON c.id = u.device_class ORDER BY u.id;

ALTER TABLE berth.unit
  ADD COLUMN device bigint,
  ADD COLUMN placement int4range NOT NULL DEFAULT '[0,1)'
    CHECK (NOT isempty(placement) AND lower(placement) >= 0 AND upper(placement) <= 64);
-- No unit changes by this: it is not written to the audit log.
ALTER TABLE berth.unit DISABLE TRIGGER USER;
UPDATE berth.unit u SET device = d.id FROM berth.device d WHERE d.node = u.node AND d.name = u.name;
ALTER TABLE berth.unit ENABLE TRIGGER USER;
ALTER TABLE berth.unit
  ALTER COLUMN device SET NOT NULL,
  ADD CONSTRAINT unit_device_fkey FOREIGN KEY (device, node) REFERENCES berth.device (id, node);

CREATE TRIGGER audit_device AFTER INSERT OR UPDATE ON berth.device
  FOR EACH ROW EXECUTE FUNCTION berth.audit_row('device', 'name');

-- A unit that is made without a device, as the program before this one does it, gets one of its own.
CREATE FUNCTION berth.give_device() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
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
CREATE TRIGGER give_device BEFORE INSERT ON berth.unit FOR EACH ROW EXECUTE FUNCTION berth.give_device();

-- Claims carry both. Whatever is written there, a claim that is not over lies where its unit does; one that is over stays
-- where it was.
ALTER TABLE berth.reservation_unit ADD COLUMN device bigint, ADD COLUMN placement int4range;
ALTER TABLE berth.reservation_unit DISABLE TRIGGER USER;
UPDATE berth.reservation_unit c SET device = u.device, placement = u.placement FROM berth.unit u WHERE u.id = c.unit;
ALTER TABLE berth.reservation_unit ENABLE TRIGGER USER;

CREATE FUNCTION berth.place_claim() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.unit = OLD.unit AND upper(NEW.during) <= clock_timestamp() THEN
    NEW.device := OLD.device;
    NEW.placement := OLD.placement;
  ELSE
    -- Locked: nobody lays the unit elsewhere before this claim is there to go along.
    SELECT device, placement INTO NEW.device, NEW.placement FROM berth.unit WHERE id = NEW.unit FOR SHARE;
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER place_claim BEFORE INSERT OR UPDATE ON berth.reservation_unit
  FOR EACH ROW EXECUTE FUNCTION berth.place_claim();

-- Where two claims of one time would come to lie over each other, the constraint below refuses the change.
CREATE FUNCTION berth.claims_follow_unit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  UPDATE berth.reservation_unit c SET live = c.live FROM berth.reservation r
  WHERE c.unit = NEW.id AND c.live AND upper(c.during) > clock_timestamp()
    AND r.id = c.reservation AND r.state IN ('APPROVED', 'ACTIVE');
  RETURN NULL;
END
$$;
CREATE TRIGGER claims_follow_unit AFTER UPDATE OF device, placement ON berth.unit FOR EACH ROW
  WHEN ((OLD.device, OLD.placement) IS DISTINCT FROM (NEW.device, NEW.placement))
  EXECUTE FUNCTION berth.claims_follow_unit();

ALTER TABLE berth.reservation_unit
  ALTER COLUMN device SET NOT NULL,
  ALTER COLUMN placement SET NOT NULL,
  DROP CONSTRAINT one_reservation_per_unit,
  ADD CONSTRAINT one_reservation_per_placement
    EXCLUDE USING gist (during WITH &&, device WITH =, placement WITH &&) WHERE (live) DEFERRABLE INITIALLY IMMEDIATE;

-- What a unit's siblings were at a time follows from where each of them lay.
ALTER TABLE berth.unit_history ADD COLUMN device bigint, ADD COLUMN placement int4range;
UPDATE berth.unit_history h SET device = u.device, placement = u.placement FROM berth.unit u WHERE u.id = h.unit;
ALTER TABLE berth.unit_history
  ALTER COLUMN device SET NOT NULL,
  ALTER COLUMN placement SET NOT NULL;

CREATE OR REPLACE FUNCTION berth.keep_unit_history() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
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

REVOKE ALL ON FUNCTION berth.give_device(), berth.place_claim(), berth.claims_follow_unit() FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE ON berth.device TO berth_portal;
GRANT SELECT ON berth.device TO berth_reconciler;
