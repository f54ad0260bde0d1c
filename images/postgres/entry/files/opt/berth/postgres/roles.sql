-- Run at every start, before anybody else can connect: roles and database are made where they are not there, and passwords are
-- those of the Secret. What goes wrong is told without its statement, which may hold one.
SET log_min_error_statement = panic;
SET client_min_messages = warning;
\set owner `cat /etc/berth/passwords/owner`
\set portal `cat /etc/berth/passwords/portal`
\set reconciler `cat /etc/berth/passwords/reconciler`
SELECT format('CREATE ROLE %I', name) FROM unnest(ARRAY['berth_owner', 'berth_portal', 'berth_reconciler', 'site_portal', 'site_reconciler']) name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name)
\gexec
ALTER ROLE berth_owner LOGIN PASSWORD :'owner';
ALTER ROLE site_portal LOGIN PASSWORD :'portal';
ALTER ROLE site_reconciler LOGIN PASSWORD :'reconciler';
GRANT berth_portal TO site_portal;
GRANT berth_reconciler TO site_reconciler;
SELECT 'CREATE DATABASE berth OWNER berth_owner' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'berth')
\gexec
