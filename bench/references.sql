-- What bookings are measured beside, made once after the reservations of pool :pool.
\set ON_ERROR_STOP on

-- (a), (d) The plain design: what one would write first for a pool of equal units. A booking is one row with a number of units; it
-- fits when those of the pool that overlap it leave enough. It leaves out which unit is whose, a constraint that would refuse a
-- double booking by itself, CPU and memory, limits and rules, audit, events, idempotency, states and prices. It is made as fast as
-- it can be at that: rows in order of their start, and nothing longer than a day, so that the index on (pool, start_at) leads to
-- a day and a window of rows instead of to all that ever started.
CREATE SCHEMA plain;
CREATE TABLE plain.pool (id bigint PRIMARY KEY, name text NOT NULL UNIQUE, units int NOT NULL);
CREATE TABLE plain.member (number int PRIMARY KEY, id uuid NOT NULL UNIQUE);
CREATE TABLE plain.token (token_hash bytea PRIMARY KEY, owner uuid NOT NULL REFERENCES plain.member (id));
CREATE TABLE plain.reservation (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  pool bigint NOT NULL REFERENCES plain.pool,
  units int NOT NULL CHECK (units > 0),
  start_at timestamptz NOT NULL,
  end_at timestamptz NOT NULL,
  owner uuid NOT NULL REFERENCES plain.member (id),
  name text NOT NULL,
  CHECK (start_at < end_at AND end_at <= start_at + interval '1 day')
);
INSERT INTO plain.pool
SELECT p.id, p.name, count(*) FROM berth.pool p JOIN berth.node n ON n.pool = p.id JOIN berth.unit u ON u.node = n.id
WHERE p.name = :'pool' GROUP BY p.id;
INSERT INTO plain.member SELECT split_part(split_part(email, '@', 1), '-', 2)::int, id FROM berth.app_user WHERE email LIKE 'load-%';
INSERT INTO plain.token SELECT t.token_hash, t.owner FROM berth.api_token t JOIN plain.member m ON m.id = t.owner;
INSERT INTO plain.reservation (pool, units, start_at, end_at, owner, name)
SELECT r.pool, r.units, r.start_at, r.end_at, r.owner, r.name FROM berth.reservation r JOIN plain.pool p ON p.id = r.pool
ORDER BY r.start_at;
CREATE INDEX ON plain.reservation (pool, start_at);

-- (b) A place for each unit, in a time that nobody books: see rows.sql.
CREATE SCHEMA bench;
CREATE TABLE bench.place AS
SELECT row_number() OVER (ORDER BY u.id) - 1 AS number, u.id AS unit, u.device, u.placement, u.device_class, p.id AS pool, p.currency,
       c.rate_micros, c.default_cpu_milli, c.default_memory_gib, c.default_storage_gib
FROM berth.unit u JOIN berth.device_class c ON c.id = u.device_class JOIN berth.pool p ON p.id = c.pool WHERE p.name = :'pool';
ALTER TABLE bench.place ADD PRIMARY KEY (number);

-- (c) One table with a primary key.
CREATE TABLE bench.row (id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY, at timestamptz NOT NULL, payload text NOT NULL);

SET client_min_messages = warning;
VACUUM (ANALYZE);
