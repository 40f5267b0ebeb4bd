-- Users who were deleted and whose events Sweep has yet to erase, or to keep
-- under a pseudonym. Settled: it has done so once; the row goes with the next.
CREATE TABLE departed (
	pool_id   NAME   NOT NULL,
	sub       NAME   NOT NULL,
	pseudonym NAME   NOT NULL,
	settled   BIGINT NOT NULL,
	PRIMARY KEY (pool_id, sub)
) KEYED;
