-- Run at every start, before anybody else can connect: roles and database are made where they are not there, and passwords are
-- those of the Secret. What goes wrong is told without its statement, which may hold one.
SET log_min_error_statement = panic;
SET client_min_messages = warning;
\set owner `cat /etc/berth/passwords/owner`
\set portal `cat /etc/berth/passwords/portal`
\set reconciler `cat /etc/berth/passwords/reconciler`
\set backup `cat /etc/berth/passwords/backup 2>/dev/null || true`
SELECT format('CREATE ROLE %I', name) FROM unnest(ARRAY['berth_owner', 'berth_portal', 'berth_reconciler', 'berth_backup', 'site_portal', 'site_reconciler',
  'site_backup']) name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name)
\gexec
ALTER ROLE berth_owner LOGIN PASSWORD :'owner';
ALTER ROLE site_portal LOGIN PASSWORD :'portal';
ALTER ROLE site_reconciler LOGIN PASSWORD :'reconciler';
GRANT berth_portal TO site_portal;
GRANT berth_reconciler TO site_reconciler;
SELECT 'CREATE DATABASE berth OWNER berth_owner' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'berth')
\gexec
-- Who makes backups reads the database by its group, and tries them in an empty one, where nothing stays. Without a password nobody
-- comes in as it.
GRANT berth_backup TO site_backup;
SELECT 'CREATE DATABASE berth_scratch OWNER site_backup' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'berth_scratch')
\gexec
REVOKE ALL ON DATABASE berth_scratch FROM PUBLIC;
SELECT length(:'backup') > 0 AS backs_up
\gset
\if :backs_up
  ALTER ROLE site_backup LOGIN PASSWORD :'backup';
\else
  ALTER ROLE site_backup NOLOGIN PASSWORD NULL;
\endif
