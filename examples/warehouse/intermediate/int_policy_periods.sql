-- dialect: snowflake
-- One row per policy and calendar month in which it was on risk.

CREATE OR REPLACE TABLE intermediate.int_policy_periods AS
WITH RECURSIVE months (policy_number, product_code, month_start, expiry_date) AS (
    SELECT policy_number, product_code, DATE_TRUNC('month', inception_date), expiry_date
    FROM staging.stg_policies
    WHERE is_active
    UNION ALL
    SELECT policy_number, product_code, DATEADD(MONTH, 1, month_start), expiry_date
    FROM months
    WHERE DATEADD(MONTH, 1, month_start) < expiry_date
)
SELECT
    policy_number,
    product_code,
    month_start,
    DATEDIFF(DAY, month_start, LEAST(expiry_date, LAST_DAY(month_start))) AS days_on_risk
FROM months;
