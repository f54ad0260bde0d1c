#!/usr/bin/env python3
"""What tools/lint/migrations.py refuses and lets pass, one sentence a line."""

import sys

from migrations import History, faults

BEFORE = """
CREATE TABLE berth.step (id int PRIMARY KEY, name text NOT NULL);
CREATE FUNCTION berth.hear(of_session uuid, heard text) RETURNS boolean LANGUAGE sql AS $$ SELECT true; $$;
"""
REFUSED = {
    "a table": "DROP TABLE berth.step",
    "a view that there may not be": "DROP VIEW IF EXISTS berth.all_steps",
    "a function": "DROP FUNCTION berth.hear(uuid, text)",
    "a column": "ALTER TABLE berth.step DROP COLUMN name",
    "a column without the word": "ALTER TABLE ONLY berth.step DROP name CASCADE",
    "a name of a column": "ALTER TABLE berth.step RENAME COLUMN name TO title",
    "a name of a table": "ALTER TABLE berth.step RENAME TO steps",
    "a type": "ALTER TABLE berth.step ALTER COLUMN name TYPE varchar(10) USING name::varchar(10)",
    "a column that was empty before": "ALTER TABLE berth.step ALTER name SET NOT NULL",
    "a default": "ALTER TABLE berth.step ALTER COLUMN name DROP DEFAULT",
    "a column that must be written": "ALTER TABLE berth.step ADD COLUMN note text NOT NULL",
    "the second of several actions": "ALTER TABLE berth.step ADD COLUMN a numeric(4, 2), ADD COLUMN b text NOT NULL",
    "a new check": "ALTER TABLE berth.step ADD CONSTRAINT short CHECK (length(name) < 9)",
    "a check without a name": "ALTER TABLE berth.step ADD CHECK (length(name) < 9)",
    "a check of a column that is there, too": "ALTER TABLE berth.step ADD COLUMN a int, ADD CHECK ((a IS NULL) = (name = ''))",
    "a check in the place of another": "ALTER TABLE berth.step DROP CONSTRAINT c, ADD CONSTRAINT c CHECK (name IN ('a', 'b'))",
    "rows that have to be unique": "CREATE UNIQUE INDEX by_name ON berth.step (name)",
    "a right": "REVOKE SELECT ON berth.step FROM berth_portal",
    "a function with an argument more that may be left out": "CREATE FUNCTION berth.hear(of_session uuid, heard text, at timestamptz DEFAULT now()) RETURNS boolean LANGUAGE sql AS $$ SELECT true $$",
    "a function of as many arguments": "CREATE FUNCTION berth.hear(of_session uuid, heard jsonb) RETURNS boolean LANGUAGE sql AS $$ SELECT true $$",
    "what a DO block does": "DO $x$ BEGIN PERFORM 1; ALTER TABLE berth.step DROP COLUMN name; END $x$",
    "an owner": "ALTER FUNCTION berth.hear(uuid, text) OWNER TO somebody",
    "rows, all of them": "TRUNCATE berth.step",
    "a reason that is none": "-- beside: fine\nDROP TABLE berth.step",
    "a reason for the statement before": "-- beside: nobody reads it any more\nDROP TABLE berth.a; DROP TABLE berth.step",
    "another step's number": "UPDATE berth.installation SET serves_from_step = 26; DROP TABLE berth.step",
}
LET_PASS = {
    "a table and all about it": "CREATE TABLE berth.note (id int); ALTER TABLE berth.note ADD CHECK (id > 0); CREATE UNIQUE INDEX ON berth.note (id); REVOKE ALL ON berth.note FROM PUBLIC",
    "a column that may be empty": "ALTER TABLE berth.step ADD COLUMN note text",
    "one with a default": "ALTER TABLE berth.step ADD note text NOT NULL DEFAULT ''",
    "one with a check of its own": "ALTER TABLE berth.step ADD COLUMN note text CHECK (length(note) < 9)",
    "a check of columns that come with it": "ALTER TABLE berth.step ADD COLUMN a int, ADD COLUMN b text, ADD CONSTRAINT both CHECK ((a IS NULL) = (b IS NULL) AND length(b) < 9)",
    "an index": "CREATE INDEX by_name ON berth.step (name); DROP INDEX berth.older; ALTER INDEX berth.a RENAME TO b",
    "a constraint that goes": "ALTER TABLE berth.step DROP CONSTRAINT c; ALTER TABLE berth.step ALTER name DROP NOT NULL",
    "a function's inside": "CREATE OR REPLACE FUNCTION berth.hear(of_session uuid, heard text) RETURNS boolean LANGUAGE sql AS $$ SELECT false; DROP TABLE x; $$",
    "a new function and its rights": "CREATE FUNCTION berth.tell(t text) RETURNS text LANGUAGE sql AS $$ SELECT t $$; REVOKE ALL ON FUNCTION berth.tell(text) FROM PUBLIC",
    "one of the same name that cannot be meant": "CREATE FUNCTION berth.hear(of_session uuid) RETURNS boolean LANGUAGE sql AS $$ SELECT true $$",
    "words that are text or comment": "-- DROP TABLE berth.step;\nINSERT INTO berth.step VALUES (1, 'x; DROP TABLE berth.step'); /* DROP TABLE a; */ SELECT 1",
    "what says why": "-- beside: nobody has read it since 0024\nALTER TABLE berth.step DROP COLUMN name",
    "what a DO block does, with the reason above it": "-- beside: nobody has read it since 0024\nDO $$ BEGIN ALTER TABLE berth.step DROP COLUMN name; END $$",
    "a file that turns older programs away": "UPDATE berth.installation SET serves_from_step = 30; DROP TABLE berth.step",
    "a trigger made anew": "DROP TRIGGER wake ON berth.step; CREATE TRIGGER wake AFTER INSERT ON berth.step EXECUTE FUNCTION berth.wake()",
}


def main():
    history = History()
    history.add(BEFORE)
    wrong = [f"let pass: {what}" for what, sql in REFUSED.items() if not faults("0030_x.sql", sql, history)]
    wrong += [f"refused: {what}: {found[0]}" for what, sql in LET_PASS.items() if (found := faults("0030_x.sql", sql, history))]
    lines = faults("0030_x.sql", "-- a\n\nSELECT 1;\n\nDROP TABLE berth.step;", history)
    wrong += [] if len(lines) == 1 and lines[0].startswith("db/migrations/0030_x.sql:5: a table is taken away") else [f"the place: {lines}"]
    print("\n".join(wrong) if wrong else f"migrations' rules: {len(REFUSED)} refused, {len(LET_PASS)} let pass")
    return 1 if wrong else 0


sys.exit(main())
