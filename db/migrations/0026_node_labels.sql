-- Labels that a node has as long as it is what was declared, as "name=value": the reconciler compares them with those that it has
-- (decision 57). Programs of the release before do not read them.
ALTER TABLE berth.node ADD COLUMN labels text[] NOT NULL DEFAULT '{}';
