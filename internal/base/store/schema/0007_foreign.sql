-- How many users of a pool still have a password hash of another system, by what
-- it costs to verify one. of_users is how many users the pool had when they came.

CREATE TABLE foreign_hash (
	pool_id  NAME   NOT NULL,
	cost     NAME   NOT NULL,
	users    BIGINT NOT NULL,
	of_users BIGINT NOT NULL,
	PRIMARY KEY (pool_id, cost)
) KEYED;
