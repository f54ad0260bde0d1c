-- Reservations of the pool :pool, spread evenly over its units and :users users. Each unit has turns of 36 times :tick minutes,
-- with one reservation of 4 to 20 ticks in each; these are turns :first_turn to :last_turn, and turn 0 is now. Nothing is booked
-- around now, so that none begins or ends while something is measured. Between seed_begin.sql and seed_end.sql.
BEGIN;
CREATE TEMP TABLE wanted ON COMMIT DROP AS
SELECT gen_random_uuid() AS id, row_number() OVER () AS number, u.id AS unit, u.device, u.placement, u.device_class, c.rate_micros,
       p.id AS pool, p.cluster, p.currency, c.default_cpu_milli, c.default_memory_gib, c.default_storage_gib, turn.n > 0 AS ahead,
       date_trunc('hour', now()) + (turn.n * 36 + u.id * 7 % 16) * tick.length AS start_at,
       (4 + (u.id * 5 + abs(turn.n) * 3) % 17) * tick.length AS length
FROM (SELECT n FROM generate_series(:first_turn, :last_turn) n WHERE n NOT IN (-1, 0)) turn
CROSS JOIN (SELECT :tick * interval '1 minute' AS length) tick
CROSS JOIN berth.unit u JOIN berth.node n ON n.id = u.node JOIN berth.pool p ON p.id = n.pool
JOIN berth.device_class c ON c.id = u.device_class
WHERE p.name = :'pool'
ORDER BY start_at;   -- as they come about, which is also quicker

INSERT INTO berth.reservation (id, pool, device_class, units, cpu_milli, memory_gib, storage_gib, mode, start_at, end_at,
                               state, owner, name, rate_micros, currency, created_at)
SELECT w.id, w.pool, w.device_class, 1, w.default_cpu_milli, w.default_memory_gib, w.default_storage_gib,
       CASE WHEN w.number % 3 = 0 THEN 'inference_containers' ELSE 'interactive_ml' END, w.start_at, w.start_at + w.length,
       CASE WHEN w.ahead THEN 'APPROVED' ELSE 'COMPLETED' END, u.id, format('existing %s', w.number), w.rate_micros, w.currency,
       least(w.start_at, now()) - interval '2 days'
FROM wanted w JOIN berth.app_user u ON u.email = format('load-%s@bench.local', 1 + w.number % :users);

INSERT INTO berth.reservation_unit (reservation, unit, during, device, placement, device_class, cpu_milli, memory_gib, storage_gib)
SELECT id, unit, tstzrange(start_at, start_at + length), device, placement, device_class, default_cpu_milli, default_memory_gib,
       default_storage_gib
FROM wanted;

INSERT INTO berth.session (reservation, attempt, cluster, namespace_name, host, phase, created_at, ready_at, stopping_at, gone_at)
SELECT w.id, 1, w.cluster, format('berth-s-%s', w.id), format('%s.bench.local', w.id), 'Gone',
       w.start_at, w.start_at + interval '20 seconds', w.start_at + w.length, w.start_at + w.length + interval '10 seconds'
FROM wanted w WHERE NOT w.ahead;
COMMIT;
