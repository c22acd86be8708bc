-- dialect: snowflake
-- Everything that changes what a claim costs, in one shape: money that went out, and reserves that moved.

CREATE OR REPLACE VIEW intermediate.int_claim_movements AS
SELECT
    claim_id,
    paid_on AS moved_on,
    'paid' AS movement,
    currency,
    amount
FROM staging.stg_claim_payments
UNION ALL
SELECT
    claim_id,
    set_on,
    'reserve',
    currency,
    reserve_change
FROM staging.stg_reserves;
