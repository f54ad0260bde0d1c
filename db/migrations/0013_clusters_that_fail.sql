-- Why the reconciler starts nothing, where it is not that it cannot hear the cluster: in words for whoever waits. Empty for
-- a reconciler of an older version, which does not say.
ALTER TABLE berth.heartbeat ADD COLUMN starts_wait text NOT NULL DEFAULT '';

-- A hold of nobody's is an outage: the cluster does not offer the unit. A reconciler of an older version joins holds with
-- their sessions, so it neither sees nor releases these; a portal of one takes them for what they are, since it asks nothing
-- but the unit and the time.
ALTER TABLE berth.hold ALTER COLUMN session DROP NOT NULL;
CREATE UNIQUE INDEX one_open_outage ON berth.hold (unit) WHERE session IS NULL AND released_at IS NULL;
