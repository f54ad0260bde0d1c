-- (b) The very rows that a booking of Berth writes, with all constraints, indexes and triggers that there are, and nothing read or
-- decided. The row of the audit log is written by the trigger on the reservation. As Berth does it, it is one transaction in one
-- round trip; unlike there, nobody waits for the pool's lock, nor for the one that puts events in order, and nobody is notified.
-- Each takes a place of its own that nobody wants: one of the pool's units (:places of them), half an hour after 2100.
\set n :n + 1
\set number :first_number + :n * :clients + :client_id
\set place :number % :places
\set slot (:number / :places * 104729) % 20011
\set member random(1, :members)
\startpipeline
BEGIN;
SELECT set_config('berth.actor', 'user:' || (SELECT id FROM plain.member WHERE number = :member), true),
       set_config('berth.request_id', md5(:number::bigint::text), true), set_config('berth.source_ip', '127.0.0.1', true),
       set_config('berth.token', '', true);
INSERT INTO berth.reservation (id, pool, device_class, units, cpu_milli, memory_gib, storage_gib, mode, start_at, end_at, owner,
                               name, rate_micros, currency, created_at)
SELECT md5('bench ' || :number::bigint)::uuid, p.pool, p.device_class, 1, p.default_cpu_milli, p.default_memory_gib,
       p.default_storage_gib, 'interactive_ml', '2100-01-01Z'::timestamptz + :slot * interval '30 minutes',
       '2100-01-01Z'::timestamptz + (:slot + 1) * interval '30 minutes', (SELECT id FROM plain.member WHERE number = :member),
       'row ' || :number::bigint, p.rate_micros, p.currency, clock_timestamp()
FROM bench.place p WHERE p.number = :place;
INSERT INTO berth.reservation_unit (reservation, unit, during, device, placement)
SELECT md5('bench ' || :number::bigint)::uuid, p.unit,
       tstzrange('2100-01-01Z'::timestamptz + :slot * interval '30 minutes',
                 '2100-01-01Z'::timestamptz + (:slot + 1) * interval '30 minutes'), p.device, p.placement
FROM bench.place p WHERE p.number = :place;
INSERT INTO berth.idempotency (owner, key, body_hash, reservation)
SELECT (SELECT id FROM plain.member WHERE number = :member), 'row-' || :number::bigint, sha256(('body ' || :number::bigint)::bytea),
       md5('bench ' || :number::bigint)::uuid;
INSERT INTO berth.event (id, kind, pool, reservation, owner)
SELECT nextval('berth.event_id'), 'reservation', p.pool, md5('bench ' || :number::bigint)::uuid,
       (SELECT id FROM plain.member WHERE number = :member)
FROM bench.place p WHERE p.number = :place;
COMMIT;
\endpipeline
