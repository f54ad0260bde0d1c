-- :users users and a token each, as the owner; :hashes is what is stored of the tokens.
\set ON_ERROR_STOP on
BEGIN;
SELECT set_config('berth.actor', 'owner', true) \g /dev/null

INSERT INTO berth.app_user (email, name, role)
SELECT format('load-%s@bench.local', n), format('Load %s', n), 'member' FROM generate_series(1, :users) n;

INSERT INTO berth.api_token (owner, name, prefix, token_hash, scopes, expires_at)
SELECT u.id, 'bench', 'bench', decode(t.hash, 'hex'), '{read,write}', clock_timestamp() + interval '30 days'
FROM json_to_recordset(:'hashes'::json) AS t (n int, hash text)
JOIN berth.app_user u ON u.email = format('load-%s@bench.local', t.n);
COMMIT;
