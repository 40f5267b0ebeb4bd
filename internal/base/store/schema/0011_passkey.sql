-- The passkeys of users: WebAuthn credentials. No credential id stands for two
-- users of a pool, or a signature would not say whose it is.

CREATE TABLE passkey (
	pool_id         NAME   NOT NULL,
	id              NAME   NOT NULL,
	sub             NAME   NOT NULL,
	relying_party   TEXT   NOT NULL,
	public_key      BLOB   NOT NULL,
	sign_count      BIGINT NOT NULL,
	backup_eligible BIGINT NOT NULL,
	name            TEXT   NOT NULL,
	transports      TEXT   NOT NULL,
	attachment      TEXT   NOT NULL,
	created_at      BIGINT NOT NULL,
	used_at         BIGINT NOT NULL,
	PRIMARY KEY (pool_id, id)
);
CREATE INDEX passkey_by_user ON passkey (pool_id, sub, created_at, id);
