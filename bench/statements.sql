-- What has been run since the last reset, those that took longest in all first. track is "all": a function's statements are counted
-- beside the call of the function.
SELECT calls, rows, total_exec_time, shared_blks_hit + shared_blks_read, wal_bytes, NOT toplevel,
       regexp_replace(query, '\s+', ' ', 'g')
FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid
WHERE d.datname = current_database() AND query NOT LIKE '%pg_stat_%'
ORDER BY total_exec_time DESC;
