-- Domains of pools: a name is one pool's in the whole installation. The document
-- is what DescribeUserPoolDomain tells.

CREATE TABLE domain (
	name     NAME NOT NULL PRIMARY KEY,
	pool_id  NAME NOT NULL,
	document TEXT NOT NULL
);
CREATE INDEX domain_by_pool ON domain (pool_id, name);
