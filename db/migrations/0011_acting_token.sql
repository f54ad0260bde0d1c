-- Which API token a change was made with; NULL where somebody had signed in, and for what no user did. A column's default,
-- so that whoever writes the row, a trigger or a note, writes it without a word of its own.
ALTER TABLE berth.audit ADD COLUMN token uuid DEFAULT nullif(current_setting('berth.token', true), '')::uuid;
GRANT INSERT (token) ON berth.audit TO berth_portal;
