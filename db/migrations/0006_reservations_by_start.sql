-- Lists of reservations by their start, read in the order of an index from either end.
CREATE INDEX ON berth.reservation (start_at, id);
CREATE INDEX ON berth.reservation (owner, start_at, id);
CREATE INDEX ON berth.reservation (team, start_at, id) WHERE team IS NOT NULL;
