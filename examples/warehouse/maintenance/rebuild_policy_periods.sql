-- dialect: snowflake
-- Build beside the old table, then swap the two: readers never see half a table.

USE SCHEMA intermediate;

CREATE TABLE int_policy_periods_new CLONE int_policy_periods;

DELETE FROM int_policy_periods_new
USING staging.stg_policies AS p
WHERE p.policy_number = int_policy_periods_new.policy_number
    AND NOT p.is_active;

ALTER TABLE int_policy_periods_new SWAP WITH int_policy_periods;

DROP TABLE int_policy_periods_new;
