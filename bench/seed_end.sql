-- Puts back what seed_begin.sql took away; that checks every row's foreign keys.
SELECT definition FROM index_away \gexec
SELECT format('ALTER TABLE %s ADD CONSTRAINT %I %s', at, name, definition) FROM key_away \gexec
SELECT format('ALTER TABLE %s ENABLE TRIGGER USER', at) FROM seeded \gexec
VACUUM (ANALYZE);
SELECT count(*) FROM berth.reservation;
