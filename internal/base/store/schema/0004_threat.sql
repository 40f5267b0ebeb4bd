-- What is learned of a user: a risk.Profile as it stands on disk, at most 1 KiB,
-- by the sub or, for names that nobody has, not at all.
CREATE TABLE profile (
	pool_id NAME NOT NULL,
	sub     NAME NOT NULL,
	image   BLOB NOT NULL,
	PRIMARY KEY (pool_id, sub)
);

-- What is learned of everybody in a pool: a snapshot of a risk.World, from which
-- a node that starts goes on. The newest that any node has saved stands.
CREATE TABLE world (
	pool_id  NAME   NOT NULL PRIMARY KEY,
	image    BLOB   NOT NULL,
	saved_at BIGINT NOT NULL
);

-- Each answer to the question whether a user knows an event, and what it changed.
CREATE TABLE feedback (
	pool_id    NAME   NOT NULL,
	sub        NAME   NOT NULL,
	event_id   NAME   NOT NULL,
	created_at BIGINT NOT NULL,
	value      NAME   NOT NULL,
	provider   NAME   NOT NULL,
	effect     TEXT   NOT NULL,
	undone_at  BIGINT NOT NULL,
	PRIMARY KEY (pool_id, sub, event_id, created_at)
);

-- In the order of time: retention and replay.
CREATE INDEX event_by_time ON event (pool_id, created_at, id);
