-- The devices of a user that were confirmed, with the sealed verifier of the secret
-- that each keeps; NULL for one that gave none and can prove nothing.
CREATE TABLE device (
	pool_id          NAME   NOT NULL,
	sub              NAME   NOT NULL,
	device_key       NAME   NOT NULL,
	group_key        TEXT   NOT NULL,
	name             TEXT   NOT NULL,
	remembered       BIGINT NOT NULL,
	secret           BLOB,
	known_as         NAME   NOT NULL,
	sdk              TEXT   NOT NULL,
	last_ip          TEXT   NOT NULL,
	created_at       BIGINT NOT NULL,
	modified_at      BIGINT NOT NULL,
	authenticated_at BIGINT NOT NULL,
	PRIMARY KEY (pool_id, sub, device_key)
);
CREATE INDEX device_by_use ON device (pool_id, sub, authenticated_at, device_key);

-- A sign-in that waits for its device to prove itself, for clients that do not send
-- back the session: the newest of each user, client and device.
CREATE TABLE device_wait (
	pool_id    NAME   NOT NULL,
	sub        NAME   NOT NULL,
	client_id  NAME   NOT NULL,
	device_key NAME   NOT NULL,
	session    TEXT   NOT NULL,
	network    TEXT   NOT NULL,
	expires_at BIGINT NOT NULL,
	PRIMARY KEY (pool_id, sub, client_id, device_key)
);
CREATE INDEX device_wait_by_end ON device_wait (expires_at);

-- The device of the sign-in that began the tokens; bound: the device was confirmed
-- or had proved itself, and the tokens end with it.
ALTER TABLE family ADD COLUMN device_key NAME NOT NULL DEFAULT '';
ALTER TABLE family ADD COLUMN device_bound BIGINT NOT NULL DEFAULT 0;
