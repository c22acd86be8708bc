-- dialect: snowflake
-- One row per policy: the last one loaded wins.

CREATE OR REPLACE VIEW staging.stg_policies AS
SELECT
    policy_id,
    UPPER(TRIM(policy_number)) AS policy_number,
    holder_id,
    product_code,
    TO_DATE(inception_date) AS inception_date,
    TO_DATE(expiry_date) AS expiry_date,
    currency,
    status = 'ACTIVE' AS is_active,
    _loaded_at AS loaded_at
FROM raw.policy
QUALIFY ROW_NUMBER() OVER (PARTITION BY policy_number ORDER BY _loaded_at DESC) = 1;
