-- The authenticator app of a user: its sealed secret, once a code of the app has
-- confirmed it, the newest time step that a code was accepted of, and a secret
-- that was handed out and is not confirmed yet.

CREATE TABLE authenticator (
	pool_id   NAME   NOT NULL,
	sub       NAME   NOT NULL,
	secret    BLOB,
	name      TEXT   NOT NULL,
	last_step BIGINT NOT NULL,
	pending   BLOB,
	PRIMARY KEY (pool_id, sub)
);
