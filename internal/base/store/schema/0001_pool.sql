-- The first schema, written once for both databases. The dialect of each replaces
-- BLOB, NAME (text compared byte by byte) and KEYED (a table stored in the order
-- of its key, which suits narrow rows: wide ones would make its tree tall).
-- Times are microseconds since the epoch, 0 = never.

CREATE TABLE data_key (
	id         NAME   NOT NULL PRIMARY KEY,
	master_id  NAME   NOT NULL,
	box        BLOB   NOT NULL,
	created_at BIGINT NOT NULL
) KEYED;

CREATE TABLE access_key (
	id         NAME   NOT NULL PRIMARY KEY,
	name       TEXT   NOT NULL,
	secret     BLOB   NOT NULL,
	policy     TEXT   NOT NULL,
	disabled   BIGINT NOT NULL,
	created_at BIGINT NOT NULL
);

CREATE TABLE pool (
	id          NAME   NOT NULL PRIMARY KEY,
	version     BIGINT NOT NULL,
	document    TEXT   NOT NULL,
	mfa         TEXT   NOT NULL,
	risk        TEXT   NOT NULL,
	created_at  BIGINT NOT NULL
);

-- Deleted pools whose users Sweep has yet to remove.
CREATE TABLE grave (
	pool_id NAME NOT NULL PRIMARY KEY
) KEYED;

CREATE TABLE pool_key (
	pool_id    NAME   NOT NULL,
	id         NAME   NOT NULL,
	use_for    NAME   NOT NULL,
	box        BLOB   NOT NULL,
	created_at BIGINT NOT NULL,
	retires_at BIGINT NOT NULL,
	PRIMARY KEY (pool_id, id)
) KEYED;

CREATE TABLE client (
	id         NAME   NOT NULL PRIMARY KEY,
	pool_id    NAME   NOT NULL,
	version    BIGINT NOT NULL,
	document   TEXT   NOT NULL,
	secret     BLOB,
	risk       TEXT   NOT NULL,
	srp        BIGINT NOT NULL,
	created_at BIGINT NOT NULL
);
CREATE INDEX client_by_pool ON client (pool_id, id);

CREATE TABLE users (
	pool_id       NAME   NOT NULL,
	sub           NAME   NOT NULL,
	username      NAME   NOT NULL,
	status        NAME   NOT NULL,
	enabled       BIGINT NOT NULL,
	attributes    TEXT   NOT NULL,
	mfa           TEXT   NOT NULL,
	credential    BLOB,
	history       BLOB,
	signed_out_at BIGINT NOT NULL,
	created_at    BIGINT NOT NULL,
	modified_at   BIGINT NOT NULL,
	PRIMARY KEY (pool_id, sub)
);

-- Every name that finds a user at sign-in: user name, verified aliases.
CREATE TABLE login (
	pool_id NAME NOT NULL,
	name    NAME NOT NULL,
	kind    NAME NOT NULL,
	sub     NAME NOT NULL,
	PRIMARY KEY (pool_id, name)
) KEYED;
-- All columns, here and below: SQLite, which has no statistics, would otherwise
-- rather walk through the whole pool than look each row up.
CREATE INDEX login_by_user ON login (pool_id, sub, kind, name);

-- What ListUsers can filter by.
CREATE TABLE user_search (
	pool_id   NAME NOT NULL,
	attribute NAME NOT NULL,
	value     NAME NOT NULL,
	sub       NAME NOT NULL,
	PRIMARY KEY (pool_id, attribute, value, sub)
) KEYED;

CREATE TABLE user_group (
	pool_id     NAME   NOT NULL,
	name        NAME   NOT NULL,
	description TEXT,
	role_arn    TEXT,
	precedence  BIGINT,
	created_at  BIGINT NOT NULL,
	modified_at BIGINT NOT NULL,
	PRIMARY KEY (pool_id, name)
) KEYED;

CREATE TABLE membership (
	pool_id    NAME   NOT NULL,
	group_name NAME   NOT NULL,
	sub        NAME   NOT NULL,
	created_at BIGINT NOT NULL,
	PRIMARY KEY (pool_id, group_name, sub)
) KEYED;
CREATE INDEX membership_by_user ON membership (pool_id, sub, group_name, created_at);

CREATE TABLE family (
	id         NAME   NOT NULL PRIMARY KEY,
	pool_id    NAME   NOT NULL,
	client_id  NAME   NOT NULL,
	sub        NAME   NOT NULL,
	origin_jti NAME   NOT NULL,
	auth_time  BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	revoked_at BIGINT NOT NULL,
	generation BIGINT NOT NULL,
	rotated_at BIGINT NOT NULL
) KEYED;
CREATE INDEX family_by_user ON family (pool_id, sub);
CREATE INDEX family_by_end ON family (expires_at);

CREATE TABLE lockout (
	pool_id      NAME   NOT NULL,
	subject      NAME   NOT NULL,
	failures     BIGINT NOT NULL,
	last_at      BIGINT NOT NULL,
	locked_until BIGINT NOT NULL,
	PRIMARY KEY (pool_id, subject)
) KEYED;
CREATE INDEX lockout_by_age ON lockout (last_at);

-- Hourly limits: how often one user did one kind of thing.
CREATE TABLE quota (
	pool_id NAME   NOT NULL,
	subject NAME   NOT NULL,
	kind    NAME   NOT NULL,
	since   BIGINT NOT NULL,
	used    BIGINT NOT NULL,
	PRIMARY KEY (pool_id, subject, kind)
) KEYED;
CREATE INDEX quota_by_age ON quota (since);

CREATE TABLE code (
	pool_id    NAME   NOT NULL,
	sub        NAME   NOT NULL,
	purpose    NAME   NOT NULL,
	digest     BLOB   NOT NULL,
	value      TEXT   NOT NULL,
	attempts   BIGINT NOT NULL,
	created_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	PRIMARY KEY (pool_id, sub, purpose)
) KEYED;
CREATE INDEX code_by_end ON code (expires_at);

-- Sealed sessions that were answered: each is good once.
CREATE TABLE spent (
	id         NAME   NOT NULL PRIMARY KEY,
	expires_at BIGINT NOT NULL
) KEYED;
CREATE INDEX spent_by_end ON spent (expires_at);

CREATE TABLE event (
	pool_id    NAME   NOT NULL,
	sub        NAME   NOT NULL,
	id         NAME   NOT NULL,
	client_id  NAME   NOT NULL,
	type       NAME   NOT NULL,
	response   NAME   NOT NULL,
	detail     TEXT   NOT NULL,
	created_at BIGINT NOT NULL,
	PRIMARY KEY (pool_id, sub, created_at, id)
);

CREATE TABLE outbox (
	id         NAME   NOT NULL PRIMARY KEY,
	pool_id    NAME   NOT NULL,
	kind       NAME   NOT NULL,
	payload    BLOB   NOT NULL,
	attempts   BIGINT NOT NULL,
	due_at     BIGINT NOT NULL,
	created_at BIGINT NOT NULL,
	last_error TEXT   NOT NULL
);
CREATE INDEX outbox_by_due ON outbox (due_at, id);

CREATE TABLE mailbox (
	id         NAME   NOT NULL PRIMARY KEY,
	pool_id    NAME   NOT NULL,
	channel    NAME   NOT NULL,
	kind       NAME   NOT NULL,
	recipient  NAME   NOT NULL,
	subject    TEXT   NOT NULL,
	body       TEXT   NOT NULL,
	html       TEXT   NOT NULL,
	created_at BIGINT NOT NULL
);
CREATE INDEX mailbox_by_recipient ON mailbox (recipient, created_at, id);
CREATE INDEX mailbox_by_age ON mailbox (created_at, id);
