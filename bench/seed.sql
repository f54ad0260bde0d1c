-- Existing reservations of the pool :pool, as its owner: half of them past, half to come, spread evenly over its units
-- and :users users, all constraints on. Each unit has a rhythm of 36 hours with one reservation of 4 to 20 hours in it;
-- nothing is booked around now, so that none begins or ends while something is measured. What was done here is not worth
-- auditing, so those triggers rest meanwhile.
\set ON_ERROR_STOP on
BEGIN;
SELECT set_config('berth.actor', 'owner', true) \g /dev/null

INSERT INTO berth.app_user (email, name, role)
SELECT format('load-%s@bench.local', n), format('Load %s', n), 'member' FROM generate_series(1, :users) n;

INSERT INTO berth.api_token (owner, name, prefix, token_hash, scopes, expires_at)
SELECT u.id, 'bench', 'bench', decode(t.hash, 'hex'), '{read,write}', clock_timestamp() + interval '30 days'
FROM json_to_recordset(:'hashes'::json) AS t (n int, hash text)
JOIN berth.app_user u ON u.email = format('load-%s@bench.local', t.n);

ALTER TABLE berth.reservation DISABLE TRIGGER audit_reservation;
ALTER TABLE berth.session DISABLE TRIGGER audit_session_made;

CREATE TEMP TABLE wanted ON COMMIT DROP AS
SELECT gen_random_uuid() AS id, row_number() OVER () AS number, u.id AS unit, u.device_class, c.rate_micros, p.id AS pool,
       p.currency, c.default_cpu_milli, c.default_memory_gib, c.default_storage_gib, turn.n > 0 AS ahead,
       date_trunc('hour', now()) + turn.n * interval '36 hours' + (u.id * 7 % 16) * interval '1 hour' AS start_at,
       (4 + (u.id * 5 + abs(turn.n) * 3) % 17) * interval '1 hour' AS length
FROM berth.unit u JOIN berth.node n ON n.id = u.node JOIN berth.pool p ON p.id = n.pool
JOIN berth.device_class c ON c.id = u.device_class
CROSS JOIN LATERAL (SELECT n FROM generate_series(-:each_way - 1, :each_way) n WHERE n NOT IN (-1, 0)) turn
WHERE p.name = :'pool';

INSERT INTO berth.reservation (id, pool, device_class, units, cpu_milli, memory_gib, storage_gib, mode, start_at, end_at,
                               state, owner, name, rate_micros, currency, created_at)
SELECT w.id, w.pool, w.device_class, 1, w.default_cpu_milli, w.default_memory_gib, w.default_storage_gib,
       CASE WHEN w.number % 3 = 0 THEN 'inference_containers' ELSE 'interactive_ml' END, w.start_at, w.start_at + w.length,
       CASE WHEN w.ahead THEN 'APPROVED' ELSE 'COMPLETED' END, u.id, format('existing %s', w.number), w.rate_micros, w.currency,
       least(w.start_at, now()) - interval '2 days'
FROM wanted w JOIN berth.app_user u ON u.email = format('load-%s@bench.local', 1 + w.number % :users);

INSERT INTO berth.reservation_unit (reservation, unit, during)
SELECT id, unit, tstzrange(start_at, start_at + length) FROM wanted;

INSERT INTO berth.session (reservation, attempt, cluster, namespace_name, host, phase, created_at, ready_at, stopping_at, gone_at)
SELECT w.id, 1, p.cluster, format('berth-s-existing-%s', w.number), format('existing-%s.bench.local', w.number), 'Gone',
       w.start_at, w.start_at + interval '20 seconds', w.start_at + w.length, w.start_at + w.length + interval '10 seconds'
FROM wanted w JOIN berth.pool p ON p.id = w.pool WHERE NOT w.ahead;

ALTER TABLE berth.reservation ENABLE TRIGGER audit_reservation;
ALTER TABLE berth.session ENABLE TRIGGER audit_session_made;
COMMIT;

-- What a single insert is measured on: one table with a primary key.
CREATE SCHEMA bench;
CREATE TABLE bench.row (id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY, at timestamptz NOT NULL, payload text NOT NULL);
VACUUM (ANALYZE);
SELECT count(*) FROM berth.reservation;
