-- (a) One booking of the plain design, see references.sql. The window is one of those that are booked over HTTP too.
\set place random(0, :places - 1)
\set member random(1, :members)
BEGIN;
SELECT pg_advisory_xact_lock(:pool);
INSERT INTO plain.reservation (pool, units, start_at, end_at, owner, name)
SELECT p.id, 1, w.start_at, w.end_at, (SELECT id FROM plain.member WHERE number = :member), 'load'
FROM plain.pool p
CROSS JOIN (SELECT to_timestamp(:from_second::bigint + :place::bigint * :step) AS start_at,
                   to_timestamp(:from_second::bigint + :place::bigint * :step + :length) AS end_at) w
WHERE p.id = :pool AND 1 + (
  SELECT coalesce(sum(r.units), 0) FROM plain.reservation r
  WHERE r.pool = p.id AND r.start_at < w.end_at AND r.start_at > w.start_at - interval '1 day' AND r.end_at > w.start_at
) <= p.units;
COMMIT;
