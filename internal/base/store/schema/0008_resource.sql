-- What belongs to a pool and is kept as the API's own shape: identity providers,
-- resource servers, branding and the like, by kind and a name of its own.
-- client_id is whose it is, or empty: it goes with its client.

CREATE TABLE resource (
	pool_id     NAME   NOT NULL,
	kind        NAME   NOT NULL,
	name        NAME   NOT NULL,
	client_id   NAME   NOT NULL,
	document    TEXT   NOT NULL,
	created_at  BIGINT NOT NULL,
	modified_at BIGINT NOT NULL,
	PRIMARY KEY (pool_id, kind, name)
);
CREATE INDEX resource_by_client ON resource (pool_id, client_id, kind, name);
