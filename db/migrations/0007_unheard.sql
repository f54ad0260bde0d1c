-- Since when the reconciler has not heard the cluster, though it reports: nothing is started then, and who waits is told
-- so. Of its own, since the text of `problem` may speak of other people's sessions. Null for a reconciler of an older
-- version, which does not say.
ALTER TABLE berth.heartbeat ADD COLUMN unheard_since timestamptz;
