-- What makes a million rows slow is taken away before seed.sql, and put back by seed_end.sql in the same session: triggers
-- (what is done here is not worth auditing), indexes, and foreign keys, which are then checked all at once. Primary keys, checks
-- and the constraint against two reservations of one place stay.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
SET work_mem = '256MB';
SET maintenance_work_mem = '512MB';

CREATE TEMP TABLE seeded AS SELECT unnest('{berth.reservation,berth.reservation_unit,berth.session}'::regclass[]) AS at;

CREATE TEMP TABLE key_away AS
SELECT c.conrelid::regclass AS at, c.conname AS name, pg_get_constraintdef(c.oid) AS definition
FROM pg_constraint c JOIN seeded s ON s.at = c.conrelid WHERE c.contype = 'f';

CREATE TEMP TABLE index_away AS
SELECT i.indexrelid::regclass AS name, pg_get_indexdef(i.indexrelid) AS definition
FROM pg_index i JOIN seeded s ON s.at = i.indrelid
WHERE NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid);

SELECT format('ALTER TABLE %s DISABLE TRIGGER USER', at) FROM seeded \gexec
SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', at, name) FROM key_away \gexec
SELECT format('DROP INDEX %s', name) FROM index_away \gexec
