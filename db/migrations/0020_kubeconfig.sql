-- Somebody asks for the kubeconfig of their session. The portal asks, the reconciler answers, and what it answers is
-- sealed to a key whose other half is in the memory of the portal that asked: nothing here is of use to anybody else. `secret`
-- is called so for the audit log, which leaves it out. Rows live for seconds.
CREATE TABLE berth.kubeconfig_request (
    id uuid PRIMARY KEY,
    reservation uuid NOT NULL REFERENCES berth.reservation,
    asked_by uuid NOT NULL REFERENCES berth.app_user,
    public_key bytea NOT NULL CONSTRAINT kubeconfig_request_public_key_check CHECK (octet_length(public_key) = 32),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    answered_at timestamptz,
    secret bytea CONSTRAINT kubeconfig_request_secret_check CHECK (octet_length(secret) BETWEEN 48 AND 131072),
    CONSTRAINT kubeconfig_request_answered_check CHECK ((answered_at IS NULL) = (secret IS NULL))
);
CREATE INDEX kubeconfig_request_reservation ON berth.kubeconfig_request (reservation);
CREATE INDEX kubeconfig_request_asked_by ON berth.kubeconfig_request (asked_by);
GRANT SELECT, INSERT (id, reservation, asked_by, public_key), DELETE ON berth.kubeconfig_request TO berth_portal;
GRANT SELECT (id, reservation, asked_by, public_key, created_at, answered_at) ON berth.kubeconfig_request TO berth_reconciler;
CREATE TRIGGER audit_kubeconfig AFTER INSERT OR UPDATE OR DELETE ON berth.kubeconfig_request
  FOR EACH ROW EXECUTE FUNCTION berth.audit_row('kubeconfig', 'reservation');
CREATE TRIGGER wake_for_kubeconfig AFTER INSERT ON berth.kubeconfig_request
  FOR EACH STATEMENT EXECUTE FUNCTION berth.wake();

-- The reconciler answers what is still asked, once; and takes away what nobody may have or waits for.
CREATE FUNCTION berth.answer_kubeconfig(request uuid, sealed bytea) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE berth.kubeconfig_request SET answered_at = clock_timestamp(), secret = sealed
  WHERE id = request AND answered_at IS NULL;
  RETURN FOUND;
END
$$;
CREATE FUNCTION berth.drop_kubeconfig(request uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  DELETE FROM berth.kubeconfig_request WHERE id = request;
  RETURN FOUND;
END
$$;
REVOKE ALL ON FUNCTION berth.answer_kubeconfig(uuid, bytea), berth.drop_kubeconfig(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION berth.answer_kubeconfig(uuid, bytea), berth.drop_kubeconfig(uuid) TO berth_reconciler;
