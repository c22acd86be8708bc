-- dialect: snowflake

CREATE OR REPLACE VIEW staging.stg_claims AS
SELECT
    claim_id,
    claim_number,
    UPPER(TRIM(policy_number)) AS policy_number,
    INITCAP(peril) AS peril,
    loss_date,
    reported_at::DATE AS reported_on,
    DATEDIFF(DAY, loss_date, reported_at) AS days_to_report,
    closed_at IS NOT NULL AS is_closed
FROM raw.claim;
