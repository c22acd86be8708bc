-- dialect: snowflake

CREATE OR REPLACE VIEW staging.stg_premiums AS
SELECT
    UPPER(TRIM(policy_number)) AS policy_number,
    product_code,
    booked_on,
    written_net,
    commission_amount,
    NVL(earned_net, 0) AS earned_net,
    is_renewal
FROM raw.premium_extract
WHERE policy_number IS NOT NULL;
