-- Backups that were verified, who may read a whole database for one, and what restoring one leaves in it (decision 58). Programs of
-- the release before do not look at any of it.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'berth_backup') THEN
    CREATE ROLE berth_backup NOLOGIN;
  END IF;
EXCEPTION
  WHEN duplicate_object OR unique_violation THEN NULL;  -- another migration made it meanwhile
  -- An owner that gave up making roles: whoever runs the server makes it, and `berth migrate` gives it its rights then.
  WHEN insufficient_privilege THEN NULL;
END
$$;

CREATE TABLE berth.backup (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  taken_at timestamptz NOT NULL,       -- the moment that it holds
  verified_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  file text NOT NULL CONSTRAINT backup_file_check CHECK (length(file) BETWEEN 1 AND 255),
  bytes bigint NOT NULL CONSTRAINT backup_bytes_check CHECK (bytes > 0),
  sha256 text NOT NULL CONSTRAINT backup_sha256_check CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  row_count bigint NOT NULL CONSTRAINT backup_row_count_check CHECK (row_count > 0),
  schema_step int NOT NULL CONSTRAINT backup_schema_step_check CHECK (schema_step > 0),
  key text NOT NULL CONSTRAINT backup_key_check CHECK (key ~ '^[0-9a-f]{16}$'),   -- the beginning of the public key's hash
  CONSTRAINT backup_taken_check CHECK (taken_at <= verified_at)
);
CREATE INDEX ON berth.backup (taken_at DESC);
CREATE TRIGGER audit_backup AFTER INSERT OR UPDATE OR DELETE ON berth.backup FOR EACH ROW
EXECUTE FUNCTION berth.audit_row('backup', 'id');
GRANT SELECT ON berth.backup TO berth_portal;

-- When this database was last restored, and from a backup of which moment: what is in the cluster may be newer than its rows.
ALTER TABLE berth.installation
  ADD COLUMN restored_at timestamptz,
  ADD COLUMN restored_from timestamptz,
  ADD CONSTRAINT installation_restored_check CHECK ((restored_at IS NULL) = (restored_from IS NULL));

CREATE FUNCTION berth.note_backup(id uuid, taken timestamptz, file text, bytes bigint, sha256 text, row_count bigint, schema_step int, key text)
RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO berth.backup (id, taken_at, file, bytes, sha256, row_count, schema_step, key)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
$$;

-- What is there to be read, and nothing else. Called by each `berth migrate`, since tables come and the role may come later.
CREATE FUNCTION berth.let_backups_read() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  one record;
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'berth_backup') THEN
    RETURN;
  END IF;
  GRANT USAGE ON SCHEMA berth TO berth_backup;
  GRANT EXECUTE ON FUNCTION berth.note_backup(uuid, timestamptz, text, bigint, text, bigint, int, text) TO berth_backup;
  FOR one IN SELECT relname, relkind FROM pg_class
             WHERE relnamespace = 'berth'::regnamespace AND relkind IN ('r', 'p', 'S') AND NOT relispartition LOOP
    EXECUTE format('GRANT SELECT ON %s berth.%I TO berth_backup', CASE one.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, one.relname);
  END LOOP;
END
$$;
SELECT berth.let_backups_read();

-- As it was, and a backup is noted in the name "backup".
CREATE OR REPLACE FUNCTION berth.audit_in_own_name() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  -- Whoever asked, beneath the owner's rights that this function and the triggers of tables have.
  caller constant name := coalesce(nullif(current_setting('role'), 'none'), session_user);
  noted constant boolean := pg_trigger_depth() = 1;
  portal boolean;
  reconciler boolean;
  backup boolean;
  wrong record;
BEGIN
  IF pg_has_role(caller, current_user, 'MEMBER') THEN
    RETURN NULL;
  END IF;
  IF noted THEN
    SELECT * INTO wrong FROM written
    WHERE outcome <> 'refused' AND action NOT LIKE 'auth.%' AND action <> 'audit.read' LIMIT 1;
    IF FOUND THEN
      RAISE EXCEPTION 'the audit log takes refusals, auth.* and audit.read as notes, not % with the outcome %',
        wrong.action, wrong.outcome USING ERRCODE = 'insufficient_privilege';
    END IF;
  END IF;
  portal := pg_has_role(caller, 'berth_portal', 'MEMBER');
  reconciler := pg_has_role(caller, 'berth_reconciler', 'MEMBER');
  backup := EXISTS (SELECT FROM pg_roles WHERE rolname = 'berth_backup' AND pg_has_role(caller, oid, 'MEMBER'));
  SELECT * INTO wrong FROM (SELECT DISTINCT actor, noted AND outcome = 'refused' AND actor = 'nobody' AS stranger FROM written) one
  WHERE NOT (portal AND one.stranger)
    AND NOT (portal AND EXISTS (SELECT FROM berth.app_user WHERE id =
               CASE WHEN one.actor ~ '^user:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN substr(one.actor, 6)::uuid END))
    AND NOT (portal AND NOT noted AND one.actor = 'portal')
    AND NOT (reconciler AND EXISTS (SELECT FROM berth.cluster WHERE 'reconciler:' || name = one.actor))
    AND NOT (backup AND NOT noted AND one.actor = 'backup')
  LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'berth.actor is "%", in whose name % does not write', wrong.actor, caller
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NULL;
END
$$;
