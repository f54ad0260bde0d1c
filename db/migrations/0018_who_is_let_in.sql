-- Tickets into workspaces are signed by the portal and looked at by each workspace's gate, which is told the public half
-- by the reconciler. The secret half is the portal's alone.
CREATE TABLE berth.gate_key (
    id uuid PRIMARY KEY,
    secret bytea NOT NULL CONSTRAINT gate_key_secret_check CHECK (octet_length(secret) = 64),
    public_half bytea NOT NULL CONSTRAINT gate_key_public_half_check CHECK (octet_length(public_half) = 32),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    retired_at timestamptz
);
-- Of several portals that find none, one makes it.
CREATE UNIQUE INDEX gate_key_in_use ON berth.gate_key ((true)) WHERE retired_at IS NULL;
GRANT SELECT, INSERT (id, secret, public_half) ON berth.gate_key TO berth_portal;
GRANT SELECT (id, public_half, created_at, retired_at) ON berth.gate_key TO berth_reconciler;
-- Whom the owner of a reservation lets into its workspace besides.
CREATE TABLE berth.reservation_guest (
    reservation uuid NOT NULL REFERENCES berth.reservation,
    member uuid NOT NULL REFERENCES berth.app_user,
    named_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (reservation, member)
);
CREATE INDEX reservation_guest_member ON berth.reservation_guest (member);
GRANT SELECT, INSERT (reservation, member), DELETE ON berth.reservation_guest TO berth_portal;
GRANT SELECT ON berth.reservation_guest TO berth_reconciler;
CREATE TRIGGER audit_guest AFTER INSERT OR UPDATE OR DELETE ON berth.reservation_guest
  FOR EACH ROW EXECUTE FUNCTION berth.audit_row('guest', 'reservation');

-- As it was, and whose guest somebody is; what is over has nothing to be a guest of.
CREATE OR REPLACE VIEW berth.person AS
SELECT a.id, a.email, a.name, a.role, a.disabled_at IS NOT NULL AS disabled, a.created_at, a.last_sign_in_at,
    a.password_change_needed,
    (
      SELECT coalesce(jsonb_agg(jsonb_build_array(t.id, t.name, m.leads) ORDER BY t.name), '[]')
      FROM berth.team_member m
      JOIN berth.team t ON t.id = m.team
      WHERE m.member = a.id
    ) AS teams,
    ARRAY(SELECT team FROM berth.team_member WHERE member = a.id ORDER BY team) AS team_ids,
    ARRAY(SELECT team FROM berth.team_member WHERE member = a.id AND leads ORDER BY team) AS leads,
    ARRAY(
      SELECT DISTINCT other.member
      FROM berth.team_member mine
      JOIN berth.team_member other USING (team)
      WHERE mine.member = a.id AND mine.leads
      ORDER BY other.member
    ) AS led_members,
    ARRAY(
      SELECT g.reservation
      FROM berth.reservation_guest g
      JOIN berth.reservation r ON r.id = g.reservation
      WHERE g.member = a.id AND r.state IN ('APPROVED', 'ACTIVE')
      ORDER BY g.reservation
    ) AS guest_of
FROM berth.app_user a;

-- Who was disabled is let in no more.
GRANT SELECT (disabled_at) ON berth.app_user TO berth_reconciler;

-- As it was, and a key's secret half is as little for the log as a password's hash.
CREATE OR REPLACE FUNCTION berth.audit_row() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  hidden constant text[] := ARRAY['password_hash', 'token_hash', 'secret'];
  was jsonb;
  becomes jsonb;
  object text;
  own jsonb;
  who text;
  what text;
BEGIN
  IF TG_OP <> 'INSERT' THEN was := to_jsonb(OLD) - hidden; END IF;
  IF TG_OP <> 'DELETE' THEN becomes := to_jsonb(NEW) - hidden; END IF;
  object := coalesce(becomes ->> TG_ARGV[1], was ->> TG_ARGV[1]);
  own := berth.authors() -> object;
  who := coalesce(own ->> 'actor', current_setting('berth.actor', true), '');
  IF who = '' THEN
    RAISE EXCEPTION 'berth.actor is not set: a change of % has no author', TG_TABLE_NAME;
  END IF;
  what := coalesce(own ->> 'action', current_setting('berth.action', true), '');
  IF what = '' THEN
    what := TG_ARGV[0] || CASE TG_OP WHEN 'INSERT' THEN '.created' WHEN 'DELETE' THEN '.removed' ELSE '.changed' END;
  END IF;
  INSERT INTO berth.audit (at, actor, action, object_type, object_id, before, after, request_id, source_ip, token)
  SELECT greatest(least((own ->> 'at')::timestamptz, clock_timestamp()), now()), who, what, TG_ARGV[0], object,
         CASE WHEN TG_OP = 'UPDATE' THEN (SELECT jsonb_object_agg(key, value) FROM jsonb_each(was)
                                          WHERE becomes -> key IS DISTINCT FROM value) ELSE was END,
         CASE WHEN TG_OP = 'UPDATE' THEN (SELECT jsonb_object_agg(key, value) FROM jsonb_each(becomes)
                                          WHERE was -> key IS DISTINCT FROM value) ELSE becomes END,
         coalesce(own ->> 'request_id', current_setting('berth.request_id', true), ''),
         coalesce(own ->> 'source_ip', current_setting('berth.source_ip', true), ''),
         CASE WHEN own IS NULL THEN nullif(current_setting('berth.token', true), '') ELSE own ->> 'token' END::uuid;
  RETURN NULL;
END
$$;
CREATE TRIGGER audit_gate_key AFTER INSERT OR UPDATE OR DELETE ON berth.gate_key
  FOR EACH ROW EXECUTE FUNCTION berth.audit_row('gate_key', 'id');

-- What reconcilers have to carry into their clusters at once although no booking changed.
CREATE FUNCTION berth.wake() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM pg_notify('berth_work', '');
  RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION berth.wake() FROM PUBLIC;
CREATE TRIGGER wake_for_gate_key AFTER INSERT OR UPDATE OR DELETE ON berth.gate_key
  FOR EACH STATEMENT EXECUTE FUNCTION berth.wake();
CREATE TRIGGER wake_for_guest AFTER INSERT OR DELETE ON berth.reservation_guest
  FOR EACH STATEMENT EXECUTE FUNCTION berth.wake();
CREATE TRIGGER wake_for_user AFTER UPDATE OF disabled_at ON berth.app_user
  FOR EACH STATEMENT EXECUTE FUNCTION berth.wake();
