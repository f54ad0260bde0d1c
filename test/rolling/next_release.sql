-- Made up, for test/system/rolling_test.py: what a next release may bring (docs/migrations.md), on the tables that are written most.
ALTER TABLE berth.reservation ADD COLUMN next_note text NOT NULL DEFAULT '';
ALTER TABLE berth.session ADD COLUMN next_seen timestamptz;
CREATE INDEX next_by_note ON berth.reservation (next_note) WHERE next_note <> '';

-- Rows that the release before writes as well, without knowing of them.
CREATE TABLE berth.next_booking (
    reservation uuid PRIMARY KEY REFERENCES berth.reservation,
    was_there boolean NOT NULL DEFAULT false
);
-- The table is held since the first statement, so each row is either one of these or the trigger's.
INSERT INTO berth.next_booking (reservation, was_there) SELECT id, true FROM berth.reservation;
CREATE FUNCTION berth.next_note_booking() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO berth.next_booking (reservation) VALUES (NEW.id);
  RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION berth.next_note_booking() FROM PUBLIC;
CREATE TRIGGER next_note_booking AFTER INSERT ON berth.reservation FOR EACH ROW EXECUTE FUNCTION berth.next_note_booking();
GRANT SELECT ON berth.next_booking TO berth_portal;

-- Every function anew, as one whose inside changed is.
DO $$
DECLARE
  one regprocedure;
BEGIN
  FOR one IN
    SELECT p.oid FROM pg_proc p WHERE p.pronamespace = 'berth'::regnamespace AND p.proname <> 'next_note_booking'
  LOOP
    EXECUTE pg_get_functiondef(one);
  END LOOP;
END
$$;
