-- What is known of a user's present password in leaks: the edition of the corpus
-- in which it was last looked up and not found (0: none), since when it is known
-- to be leaked (0: it is not), and by what.

ALTER TABLE users ADD COLUMN checked_edition BIGINT NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN leaked_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN leaked_by NAME NOT NULL DEFAULT '';

-- Our own threat policies, every version; client_id is empty for the pool's.
-- An empty document takes the policy away.
CREATE TABLE policy (
	pool_id    NAME   NOT NULL,
	client_id  NAME   NOT NULL,
	version    BIGINT NOT NULL,
	document   TEXT   NOT NULL,
	author     TEXT   NOT NULL,
	created_at BIGINT NOT NULL,
	PRIMARY KEY (pool_id, client_id, version)
);

-- Passwords that leaked with the name of a user, sealed, until they are tried.
CREATE TABLE candidate (
	id      NAME   NOT NULL PRIMARY KEY,
	pool_id NAME   NOT NULL,
	sub     NAME   NOT NULL,
	box     BLOB   NOT NULL,
	due_at  BIGINT NOT NULL
);
CREATE INDEX candidate_by_due ON candidate (due_at, id);
CREATE INDEX candidate_by_user ON candidate (pool_id, sub);
