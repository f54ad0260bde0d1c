-- What no program does, its role may not do either: columns that are written once, names of teams, and notes in the audit
-- log by the reconciler, whose changes are audited by triggers.
REVOKE UPDATE ON berth.api_token, berth.app_user, berth.team FROM berth_portal;
GRANT UPDATE (last_used_at, revoked_at) ON berth.api_token TO berth_portal;
GRANT UPDATE (role, password_hash, disabled_at, last_sign_in_at) ON berth.app_user TO berth_portal;
REVOKE INSERT ON berth.audit FROM berth_reconciler;

-- Once a reservation is over its claims are history, which usage is computed from. They are cut or given up in the
-- transaction that ends it, before its state says so.
CREATE FUNCTION berth.keep_ended_claims() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM berth.reservation WHERE id = OLD.reservation AND state IN ('APPROVED', 'ACTIVE')) THEN
    RAISE EXCEPTION 'claims of a reservation that is over are kept' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER keep_ended_claims BEFORE UPDATE ON berth.reservation_unit
  FOR EACH ROW EXECUTE FUNCTION berth.keep_ended_claims();
REVOKE ALL ON FUNCTION berth.keep_ended_claims() FROM PUBLIC;
