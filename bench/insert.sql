INSERT INTO bench.row (at, payload) VALUES (clock_timestamp(), 'a row as short as a name and a few numbers');
