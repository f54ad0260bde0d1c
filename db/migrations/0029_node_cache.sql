-- What nodes are to have on their disks before it is needed, who may speak for a node, and what nodes say that they have (decision 64).
-- Programs of the release before do not look at any of it.
CREATE TABLE berth.cache_artifact (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    kind text NOT NULL CONSTRAINT cache_artifact_kind_check CHECK (kind IN ('image', 'model')),
    source text NOT NULL CONSTRAINT cache_artifact_source_check CHECK (octet_length(source) BETWEEN 1 AND 512),
    bytes bigint CONSTRAINT cache_artifact_bytes_check CHECK (bytes BETWEEN 1 AND 1125899906842624), -- as far as it is known
    digest text NOT NULL DEFAULT '' CONSTRAINT cache_artifact_digest_check
      CHECK (digest ~ '^(|[0-9a-f]{40}|sha256:[0-9a-f]{64})$'), -- a model's commit, an image's digest; '': whatever the source names
    priority int NOT NULL DEFAULT 100 CONSTRAINT cache_artifact_priority_check CHECK (priority BETWEEN 0 AND 1000), -- more comes first
    pinned boolean NOT NULL DEFAULT false, -- stays when room is made
    note text NOT NULL DEFAULT '' CONSTRAINT cache_artifact_note_check CHECK (length(note) <= 200), -- version, date: for people
    added_by uuid NOT NULL REFERENCES berth.app_user,
    added_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT cache_artifact_once UNIQUE (kind, source)
);
GRANT SELECT, INSERT (kind, source, bytes, digest, priority, pinned, note, added_by), UPDATE (priority, pinned, note), DELETE
  ON berth.cache_artifact TO berth_portal;
CREATE TRIGGER audit_cache_artifact AFTER INSERT OR UPDATE OR DELETE ON berth.cache_artifact
  FOR EACH ROW EXECUTE FUNCTION berth.audit_row('cache_artifact', 'id');

-- The pools whose nodes it is for; without any it is for all.
CREATE TABLE berth.cache_artifact_pool (
    artifact uuid NOT NULL REFERENCES berth.cache_artifact ON DELETE CASCADE,
    pool bigint NOT NULL REFERENCES berth.pool,
    PRIMARY KEY (artifact, pool)
);
GRANT SELECT, INSERT, DELETE ON berth.cache_artifact_pool TO berth_portal;
CREATE TRIGGER audit_cache_artifact_pool AFTER INSERT OR DELETE ON berth.cache_artifact_pool
  FOR EACH ROW EXECUTE FUNCTION berth.audit_row('cache_artifact_pool', 'artifact');

-- What a node's daemon proves itself with. It is good for that node's cache and for nothing else.
CREATE TABLE berth.cache_token (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    node bigint NOT NULL REFERENCES berth.node,
    prefix text NOT NULL CONSTRAINT cache_token_prefix_check CHECK (length(prefix) BETWEEN 1 AND 40),
    token_hash bytea NOT NULL UNIQUE CONSTRAINT cache_token_hash_check CHECK (octet_length(token_hash) = 32),
    made_by uuid NOT NULL REFERENCES berth.app_user,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    last_used_at timestamptz,
    revoked_at timestamptz
);
CREATE INDEX cache_tokens_of_node ON berth.cache_token (node) WHERE revoked_at IS NULL;
GRANT SELECT, INSERT (node, prefix, token_hash, made_by), UPDATE (last_used_at, revoked_at) ON berth.cache_token TO berth_portal;
CREATE TRIGGER audit_cache_token AFTER INSERT OR UPDATE OF revoked_at ON berth.cache_token
  FOR EACH ROW EXECUTE FUNCTION berth.audit_row('cache_token', 'id');

-- What a node's daemon said last of its disk.
CREATE TABLE berth.cache_node (
    node bigint PRIMARY KEY REFERENCES berth.node,
    reported_at timestamptz NOT NULL,
    disk_bytes bigint NOT NULL,
    free_bytes bigint NOT NULL,
    held_bytes bigint NOT NULL, -- by models, what is unfinished among it
    high_percent int NOT NULL,
    low_percent int NOT NULL,
    rate bigint NOT NULL, -- bytes a second, of the latest downloads; 0: not measured yet
    fault text NOT NULL DEFAULT '' CONSTRAINT cache_node_fault_check CHECK (length(fault) <= 500), -- that concerns all of it
    CONSTRAINT cache_node_disk_check CHECK (disk_bytes >= 0 AND free_bytes BETWEEN 0 AND disk_bytes AND held_bytes >= 0 AND rate >= 0),
    CONSTRAINT cache_node_marks_check CHECK (low_percent >= 1 AND low_percent <= high_percent AND high_percent <= 99)
);
GRANT SELECT, INSERT, UPDATE ON berth.cache_node TO berth_portal;

-- And of each artifact.
CREATE TABLE berth.cache_state (
    node bigint NOT NULL REFERENCES berth.node,
    artifact uuid NOT NULL REFERENCES berth.cache_artifact ON DELETE CASCADE,
    state text NOT NULL CONSTRAINT cache_state_state_check
      CHECK (state IN ('cached', 'pulling', 'queued', 'failed', 'outdated', 'evicted')),
    since timestamptz NOT NULL,
    bytes bigint NOT NULL CONSTRAINT cache_state_bytes_check CHECK (bytes >= 0), -- that are there
    of_bytes bigint CONSTRAINT cache_state_of_bytes_check CHECK (of_bytes >= 0), -- empty: not known yet
    rate bigint NOT NULL CONSTRAINT cache_state_rate_check CHECK (rate >= 0), -- bytes a second, while it is pulled
    digest text NOT NULL DEFAULT '' CONSTRAINT cache_state_digest_check CHECK (digest ~ '^(|[0-9a-f]{40}|sha256:[0-9a-f]{64})$'), -- of what is there
    reason text NOT NULL DEFAULT '' CONSTRAINT cache_state_reason_check CHECK (length(reason) <= 500),
    PRIMARY KEY (node, artifact)
);
CREATE INDEX cache_states_of_artifact ON berth.cache_state (artifact);
GRANT SELECT, INSERT, UPDATE, DELETE ON berth.cache_state TO berth_portal;

-- What a reservation's owner wants to find on its node.
CREATE TABLE berth.reservation_artifact (
    reservation uuid NOT NULL REFERENCES berth.reservation,
    artifact uuid NOT NULL REFERENCES berth.cache_artifact ON DELETE CASCADE,
    PRIMARY KEY (reservation, artifact)
);
CREATE INDEX reservation_artifacts_of ON berth.reservation_artifact (artifact);
GRANT SELECT ON berth.reservation_artifact TO berth_portal; -- nothing writes it yet
CREATE TRIGGER audit_reservation_artifact AFTER INSERT OR DELETE ON berth.reservation_artifact
  FOR EACH ROW EXECUTE FUNCTION berth.audit_row('reservation_artifact', 'reservation');

-- As it was, and tokens of nodes that were revoked a month ago, and what retired nodes said, are forgotten. That tokens were made and revoked
-- stays in the audit log.
CREATE OR REPLACE FUNCTION berth.housekeep(OUT web_sessions int, OUT idempotency_keys int, OUT events int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  DELETE FROM berth.web_session WHERE expires_at < clock_timestamp();
  GET DIAGNOSTICS web_sessions = ROW_COUNT;
  DELETE FROM berth.idempotency WHERE created_at < clock_timestamp() - interval '7 days';
  GET DIAGNOSTICS idempotency_keys = ROW_COUNT;
  -- The newest stays, so that whoever has seen it is not told to look at everything.
  DELETE FROM berth.event WHERE at < clock_timestamp() - interval '2 days' AND id < (SELECT max(id) FROM berth.event);
  GET DIAGNOSTICS events = ROW_COUNT;
  DELETE FROM berth.api_token WHERE least(revoked_at, expires_at) < clock_timestamp() - interval '30 days';
  DELETE FROM berth.cache_token WHERE revoked_at < clock_timestamp() - interval '30 days';
  DELETE FROM berth.cache_state c USING berth.node n WHERE n.id = c.node AND n.retired_at IS NOT NULL;
  DELETE FROM berth.cache_node c USING berth.node n WHERE n.id = c.node AND n.retired_at IS NOT NULL;
END
$$;
SELECT berth.let_backups_read();
