-- What is true of a cluster is declared once, whatever pools are on it: `kind: Cluster` in the pool file.
CREATE TABLE berth.cluster (
  name text PRIMARY KEY,
  facts jsonb NOT NULL,
  version bigint NOT NULL DEFAULT 1
);
CREATE TRIGGER audit_cluster AFTER INSERT OR UPDATE ON berth.cluster
  FOR EACH ROW EXECUTE FUNCTION berth.audit_row('cluster', 'name');

-- Until now every pool said its cluster's facts. Where pools of one cluster contradict each other, those of the pool that was
-- declared last hold for all. A session's cluster that no pool is on any more has the facts of the session's pool.
SELECT set_config('berth.actor', 'owner', true), set_config('berth.action', '', true);
INSERT INTO berth.cluster (name, facts)
SELECT DISTINCT ON (said.cluster) said.cluster, said.site - 'time_zone'
FROM (SELECT p.cluster, p.site, p.id, p.retired_at IS NULL AS in_use,
             coalesce((SELECT max(a.at) FROM berth.audit a WHERE a.object_type = 'pool' AND a.object_id = p.name),
                      '-infinity') AS declared_at
      FROM berth.pool p
      UNION ALL
      SELECT s.cluster, p.site, p.id, false, '-infinity'
      FROM berth.session s JOIN berth.reservation r ON r.id = s.reservation JOIN berth.pool p ON p.id = r.pool) said
ORDER BY said.cluster, said.in_use DESC, said.declared_at DESC, said.id DESC;

-- The time zone is the pool's own: its months are counted in it.
ALTER TABLE berth.pool ADD COLUMN time_zone text NOT NULL DEFAULT 'UTC';
-- What a pool said otherwise than its cluster does now stays in the audit log.
INSERT INTO berth.audit (actor, action, object_type, object_id, before, after)
SELECT 'owner', 'pool.changed', 'pool', p.name, jsonb_build_object('site', p.site - 'time_zone'),
       jsonb_build_object('site', c.facts)
FROM berth.pool p JOIN berth.cluster c ON c.name = p.cluster WHERE p.site - 'time_zone' <> c.facts ORDER BY p.id;
ALTER TABLE berth.pool DISABLE TRIGGER audit_pool;
UPDATE berth.pool p SET time_zone = coalesce(p.site ->> 'time_zone', 'UTC'),
  site = c.facts || jsonb_build_object('time_zone', coalesce(p.site ->> 'time_zone', 'UTC'))
FROM berth.cluster c WHERE c.name = p.cluster;
ALTER TABLE berth.pool
  ENABLE TRIGGER audit_pool,
  ADD FOREIGN KEY (cluster) REFERENCES berth.cluster;
ALTER TABLE berth.session ADD FOREIGN KEY (cluster) REFERENCES berth.cluster;

-- Programs of the release before read a cluster's facts at its pools. Until there are none of them, `site` repeats what the
-- cluster says; these two triggers alone write it, and who declares a site there is told to use a newer program.
CREATE FUNCTION berth.repeat_facts() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  given jsonb := NEW.site;
BEGIN
  SELECT c.facts || jsonb_build_object('time_zone', NEW.time_zone) INTO NEW.site FROM berth.cluster c WHERE c.name = NEW.cluster;
  NEW.site := coalesce(NEW.site, '{}');  -- no such cluster: the foreign key says so
  IF given IS DISTINCT FROM NEW.site AND given IS DISTINCT FROM (CASE WHEN TG_OP = 'UPDATE' THEN OLD.site END) THEN
    RAISE EXCEPTION 'the facts of cluster % are declared by themselves: use a newer program', NEW.cluster
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER repeat_facts BEFORE INSERT OR UPDATE ON berth.pool FOR EACH ROW EXECUTE FUNCTION berth.repeat_facts();
CREATE FUNCTION berth.spread_facts() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  UPDATE berth.pool SET site = NEW.facts || jsonb_build_object('time_zone', time_zone) WHERE cluster = NEW.name;
  RETURN NULL;
END
$$;
CREATE TRIGGER spread_facts AFTER UPDATE OF facts ON berth.cluster FOR EACH ROW EXECUTE FUNCTION berth.spread_facts();
-- The cluster's own row is the audited one; its repetitions are no changes of pools.
DROP TRIGGER audit_pool ON berth.pool;
CREATE TRIGGER audit_pool_made AFTER INSERT ON berth.pool
  FOR EACH ROW EXECUTE FUNCTION berth.audit_row('pool', 'name');
CREATE TRIGGER audit_pool AFTER UPDATE ON berth.pool
  FOR EACH ROW WHEN (to_jsonb(OLD) - 'site' IS DISTINCT FROM to_jsonb(NEW) - 'site')
  EXECUTE FUNCTION berth.audit_row('pool', 'name');

-- The two claims that every session has, out of its storage.
ALTER TABLE berth.device_class
  ADD COLUMN home_gib bigint NOT NULL DEFAULT 20 CHECK (home_gib > 0),
  ADD COLUMN model_cache_gib bigint NOT NULL DEFAULT 300 CHECK (model_cache_gib > 0);

REVOKE ALL ON FUNCTION berth.repeat_facts(), berth.spread_facts() FROM PUBLIC;
GRANT SELECT ON berth.cluster TO berth_portal, berth_reconciler;
GRANT INSERT (name, facts), UPDATE (facts, version) ON berth.cluster TO berth_portal;
