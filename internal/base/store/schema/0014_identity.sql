-- Identities of other providers that are linked to users of a pool. attribute tells
-- what the value is: the provider's own identifier, or a mapped attribute.

CREATE TABLE identity (
	pool_id    NAME   NOT NULL,
	provider   NAME   NOT NULL,
	attribute  NAME   NOT NULL,
	value      NAME   NOT NULL,
	sub        NAME   NOT NULL,
	type       TEXT   NOT NULL,
	issuer     TEXT   NOT NULL,
	created_at BIGINT NOT NULL,
	PRIMARY KEY (pool_id, provider, attribute, value)
);
CREATE INDEX identity_by_user ON identity (pool_id, sub, created_at, provider, attribute, value);
