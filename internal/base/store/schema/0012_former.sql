-- The pool that the users of a pool come from, sealed: it has the secret of a client.

CREATE TABLE former (
	pool_id NAME NOT NULL PRIMARY KEY,
	box     BLOB NOT NULL
);
