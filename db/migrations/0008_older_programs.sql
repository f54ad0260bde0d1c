-- How far back programs may be that still work on this database: those that were made for this schema step or a later one.
-- A migration that an older program cannot live with raises it to its own number; docs/migrations.md says which those are.
ALTER TABLE berth.installation ADD COLUMN serves_from_step int NOT NULL DEFAULT 8 CHECK (serves_from_step > 0);
