-- dialect: snowflake
-- A reserve holds until the next one is set; what matters to the books is the change.

CREATE OR REPLACE VIEW staging.stg_reserves AS
SELECT
    claim_id,
    set_at::DATE AS set_on,
    amount_minor / 100 AS reserve,
    (amount_minor - LAG(amount_minor, 1, 0) OVER (PARTITION BY claim_id ORDER BY set_at)) / 100 AS reserve_change,
    currency
FROM raw.reserve;
