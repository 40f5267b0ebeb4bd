-- Counts of failures are forgotten each at a time of its own: a threshold policy
-- may lock for a day, and what failed at a known place is remembered for one.

ALTER TABLE lockout ADD COLUMN forget_at BIGINT NOT NULL DEFAULT 0;
UPDATE lockout SET forget_at = 900000000 + CASE WHEN locked_until > last_at THEN locked_until ELSE last_at END;
DROP INDEX lockout_by_age;
CREATE INDEX lockout_by_end ON lockout (forget_at);
