-- When all of somebody's ways in ended: signed out everywhere, another password, disabled. Passes into workspaces that
-- were given before are none any more. Not for the log of changes: what ended them is there.
ALTER TABLE berth.app_user ADD COLUMN signed_out_at timestamptz;
GRANT UPDATE (signed_out_at) ON berth.app_user TO berth_portal;
GRANT SELECT (signed_out_at) ON berth.app_user TO berth_reconciler;
DROP TRIGGER wake_for_user ON berth.app_user;
CREATE TRIGGER wake_for_user AFTER UPDATE OF disabled_at, signed_out_at ON berth.app_user
  FOR EACH STATEMENT EXECUTE FUNCTION berth.wake();
