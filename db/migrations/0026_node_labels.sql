-- Labels that a node has as long as it is what was declared, as "name=value": the reconciler compares them with those that it has
-- (decision 57). Programs of the release before do not read them.
ALTER TABLE berth.node ADD COLUMN labels text[] NOT NULL DEFAULT '{}';

-- What a portal does by itself (bookings leave units that are away) it does in its own name, "portal"; notes it writes in that of
-- whoever asked, as before.
CREATE OR REPLACE FUNCTION berth.audit_in_own_name() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  -- Whoever asked, beneath the owner's rights that this function and the triggers of tables have.
  caller constant name := coalesce(nullif(current_setting('role'), 'none'), session_user);
  noted constant boolean := pg_trigger_depth() = 1;
  portal boolean;
  reconciler boolean;
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
  SELECT * INTO wrong FROM (SELECT DISTINCT actor, noted AND outcome = 'refused' AND actor = 'nobody' AS stranger FROM written) one
  WHERE NOT (portal AND one.stranger)
    AND NOT (portal AND EXISTS (SELECT FROM berth.app_user WHERE id =
               CASE WHEN one.actor ~ '^user:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN substr(one.actor, 6)::uuid END))
    AND NOT (portal AND NOT noted AND one.actor = 'portal')
    AND NOT (reconciler AND EXISTS (SELECT FROM berth.cluster WHERE 'reconciler:' || name = one.actor))
  LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'berth.actor is "%", in whose name % does not write', wrong.actor, caller
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NULL;
END
$$;
