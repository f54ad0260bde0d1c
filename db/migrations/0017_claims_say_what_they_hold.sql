-- A claim says by itself all that a decision asks of it: what class it is of, what its reservation takes of the node, and whether it
-- has begun. Whoever reads a calendar reads claims alone; looking up each one's reservation took nine tenths of that. The
-- database keeps both the same, whoever writes.
ALTER TABLE berth.reservation_unit
  ADD COLUMN device_class bigint,
  ADD COLUMN cpu_milli bigint,
  ADD COLUMN memory_gib bigint,
  ADD COLUMN storage_gib bigint,
  ADD COLUMN begun boolean DEFAULT false NOT NULL;
ALTER TABLE berth.reservation_unit DISABLE TRIGGER USER;
UPDATE berth.reservation_unit c
SET device_class = r.device_class, cpu_milli = r.cpu_milli, memory_gib = r.memory_gib, storage_gib = r.storage_gib,
    begun = r.state <> 'APPROVED'
FROM berth.reservation r
WHERE r.id = c.reservation;
ALTER TABLE berth.reservation_unit ENABLE TRIGGER USER;
ALTER TABLE berth.reservation_unit
  ALTER COLUMN device_class SET NOT NULL,
  ALTER COLUMN cpu_milli SET NOT NULL,
  ALTER COLUMN memory_gib SET NOT NULL,
  ALTER COLUMN storage_gib SET NOT NULL;

CREATE OR REPLACE FUNCTION berth.place_claim() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
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

-- What is repeated on claims is no change of theirs.
DROP TRIGGER place_claim ON berth.reservation_unit;
CREATE TRIGGER place_claim BEFORE INSERT OR UPDATE OF reservation, unit, during, live, device, placement ON berth.reservation_unit
  FOR EACH ROW EXECUTE FUNCTION berth.place_claim();
DROP TRIGGER keep_ended_claims ON berth.reservation_unit;
CREATE TRIGGER keep_ended_claims BEFORE UPDATE OF reservation, unit, during, live, device, placement ON berth.reservation_unit
  FOR EACH ROW EXECUTE FUNCTION berth.keep_ended_claims();

CREATE FUNCTION berth.repeat_on_claims() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE berth.reservation_unit
  SET device_class = NEW.device_class, cpu_milli = NEW.cpu_milli, memory_gib = NEW.memory_gib, storage_gib = NEW.storage_gib,
      begun = NEW.state <> 'APPROVED'
  WHERE reservation = NEW.id;
  RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION berth.repeat_on_claims() FROM PUBLIC;
-- Claims of what was canceled count for nothing any more.
CREATE TRIGGER repeat_on_claims AFTER UPDATE OF device_class, cpu_milli, memory_gib, storage_gib, state ON berth.reservation
  FOR EACH ROW WHEN ((OLD.device_class, OLD.cpu_milli, OLD.memory_gib, OLD.storage_gib)
                     IS DISTINCT FROM (NEW.device_class, NEW.cpu_milli, NEW.memory_gib, NEW.storage_gib)
                     OR ((OLD.state = 'APPROVED') <> (NEW.state = 'APPROVED') AND NEW.state <> 'CANCELED'))
  EXECUTE FUNCTION berth.repeat_on_claims();

-- How many live reservations somebody has is counted in the index alone.
DROP INDEX berth.reservation_live_of_owner;
CREATE INDEX reservation_live_of_owner ON berth.reservation (owner, end_at) WHERE state IN ('APPROVED', 'ACTIVE');
