-- What a sealed session stands for and cannot hold, sealed too, by the session's id.
CREATE TABLE parked (
	id         NAME   NOT NULL PRIMARY KEY,
	box        BLOB   NOT NULL,
	expires_at BIGINT NOT NULL
) KEYED;
CREATE INDEX parked_by_end ON parked (expires_at);
