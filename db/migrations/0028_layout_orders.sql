-- Which layout the cards of a node are to have, from when on, who ordered it, and how far the reconciler is with it (decision 59).
-- A node without an order is left as it is.
CREATE TABLE berth.layout_order (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    node bigint NOT NULL REFERENCES berth.node,
    layout text NOT NULL CONSTRAINT layout_order_layout_check CHECK (layout ~ '^berth-[0-9a-f]{16}$'), -- the label's value
    ways jsonb NOT NULL CONSTRAINT layout_order_ways_check
      CHECK (jsonb_typeof(ways) = 'object' AND octet_length(ways::text) <= 4096), -- of each of its cards, for people
    advertises text[] NOT NULL CONSTRAINT layout_order_advertises_check
      CHECK (cardinality(advertises) BETWEEN 1 AND 128 AND array_position(advertises, NULL) IS NULL
             AND array_to_string(advertises, ' ') ~ '^[A-Za-z0-9./_+-]{1,128}=[0-9]{1,6}( [A-Za-z0-9./_+-]{1,128}=[0-9]{1,6})*$'),
      -- "resource name=slots", when it is in force
    units text[] NOT NULL CONSTRAINT layout_order_units_check
      CHECK (cardinality(units) BETWEEN 1 AND 256 AND array_position(units, NULL) IS NULL), -- by name
    not_before timestamptz NOT NULL,
    ordered_by uuid NOT NULL REFERENCES berth.app_user,
    ordered_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- ordered: to come, or being done. in_force: what the node has. replaced: by a later one. dropped: taken back before it began.
    state text NOT NULL DEFAULT 'ordered' CONSTRAINT layout_order_state_check
      CHECK (state IN ('ordered', 'in_force', 'replaced', 'dropped')),
    retry_asked_at timestamptz, -- somebody repaired what it was stuck on
    -- What the reconciler has done and seen, by which it goes on after any interruption.
    label_given text NOT NULL DEFAULT '', -- last, and when
    labelled_at timestamptz,
    had_others boolean NOT NULL DEFAULT false, -- then the node offered units of another layout
    mig_state text NOT NULL DEFAULT '',   -- that the node was last seen with, and since when
    mig_state_since timestamptz,
    boot text NOT NULL DEFAULT '',        -- of the node when the layout was last found to be there
    back_since timestamptz,               -- another boot was seen
    tries integer NOT NULL DEFAULT 0,
    step text NOT NULL DEFAULT '',
    stuck boolean NOT NULL DEFAULT false, -- `step` is one of the ways in which it is known to be
    sentence text NOT NULL DEFAULT '',
    repair text NOT NULL DEFAULT '',
    step_until timestamptz,
    in_force_since timestamptz,           -- last found to be there after a change or a boot
    over_at timestamptz                   -- replaced or dropped
);
CREATE UNIQUE INDEX layout_in_force ON berth.layout_order (node) WHERE state = 'in_force';
CREATE INDEX layout_orders_of_node ON berth.layout_order (node, not_before) WHERE state IN ('ordered', 'in_force');
CREATE INDEX layout_orders_over ON berth.layout_order (over_at) WHERE state IN ('replaced', 'dropped');
GRANT SELECT, INSERT (node, layout, ways, advertises, units, not_before, ordered_by), UPDATE (state, retry_asked_at)
  ON berth.layout_order TO berth_portal;
GRANT SELECT, UPDATE (state, retry_asked_at, label_given, labelled_at, had_others, mig_state, mig_state_since, boot, back_since, tries,
                      step, stuck, sentence, repair, step_until, in_force_since)
  ON berth.layout_order TO berth_reconciler;
CREATE TRIGGER audit_layout_order_made AFTER INSERT ON berth.layout_order
  FOR EACH ROW EXECUTE FUNCTION berth.audit_row('layout_order', 'id');
-- A label that is given again changes nothing here.
CREATE TRIGGER audit_layout_order AFTER UPDATE ON berth.layout_order
  FOR EACH ROW WHEN (OLD IS DISTINCT FROM NEW) EXECUTE FUNCTION berth.audit_row('layout_order', 'id');
CREATE TRIGGER wake_for_layout_order AFTER INSERT OR UPDATE OF state, retry_asked_at ON berth.layout_order
  FOR EACH STATEMENT EXECUTE FUNCTION berth.wake();

-- Neither program says what is not its to say: the portal drops what has not begun, and asks for another try; what is done to a
-- node is the reconciler's to say.
CREATE FUNCTION berth.check_layout_order() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  -- Whoever asked, beneath the owner's rights that this function has.
  caller constant name := coalesce(nullif(current_setting('role'), 'none'), session_user);
BEGIN
  IF OLD.state IN ('replaced', 'dropped') AND NEW.state <> OLD.state THEN
    RAISE EXCEPTION 'layout order % is over', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  IF NOT pg_has_role(caller, current_user, 'MEMBER') AND pg_has_role(caller, 'berth_portal', 'MEMBER')
     AND NEW.state <> OLD.state
     AND NOT (OLD.state = 'ordered' AND NEW.state = 'dropped' AND OLD.labelled_at IS NULL) THEN
    RAISE EXCEPTION 'a portal drops layout orders that have not begun, and nothing else' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.state IN ('replaced', 'dropped') AND NEW.state <> OLD.state THEN
    NEW.over_at := clock_timestamp(); -- from then on start deadlines count of those that waited for it
  END IF;
  RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION berth.check_layout_order() FROM PUBLIC;
CREATE TRIGGER check_layout_order BEFORE UPDATE OF state ON berth.layout_order
  FOR EACH ROW EXECUTE FUNCTION berth.check_layout_order();
