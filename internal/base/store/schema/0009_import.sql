-- Import jobs, and their files: what was uploaded, and what did not come in. A
-- file is kept here, not on a disk, for the node that imports it may be another
-- than the one that took it.

CREATE TABLE import_job (
	pool_id      NAME   NOT NULL,
	id           NAME   NOT NULL,
	name         TEXT   NOT NULL,
	role_arn     TEXT   NOT NULL,
	status       NAME   NOT NULL,
	imported     BIGINT NOT NULL,
	skipped      BIGINT NOT NULL,
	failed       BIGINT NOT NULL,
	message      TEXT   NOT NULL,
	file_id      NAME   NOT NULL,
	log_id       NAME   NOT NULL,
	log_chunks   BIGINT NOT NULL,
	done         BIGINT NOT NULL,
	line         BIGINT NOT NULL,
	runner       NAME   NOT NULL,
	due_at       BIGINT NOT NULL,
	created_at   BIGINT NOT NULL,
	started_at   BIGINT NOT NULL,
	completed_at BIGINT NOT NULL,
	PRIMARY KEY (pool_id, id)
);
CREATE INDEX import_job_by_age ON import_job (pool_id, created_at, id);
CREATE INDEX import_job_by_status ON import_job (pool_id, status);
CREATE INDEX import_job_by_due ON import_job (due_at, pool_id, id);

CREATE TABLE import_file (
	id         NAME   NOT NULL PRIMARY KEY,
	pool_id    NAME   NOT NULL,
	job_id     NAME   NOT NULL,
	size       BIGINT NOT NULL,
	until      BIGINT NOT NULL
);
CREATE INDEX import_file_by_pool ON import_file (pool_id, id);
CREATE INDEX import_file_by_end ON import_file (until, id);

CREATE TABLE import_chunk (
	file_id NAME   NOT NULL,
	seq     BIGINT NOT NULL,
	box     BLOB   NOT NULL,
	PRIMARY KEY (file_id, seq)
);
