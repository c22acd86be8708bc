-- dialect: snowflake
-- Rates hold over weekends: every rate is valid until the day before the next one.

CREATE OR REPLACE VIEW staging.stg_fx_rates AS
SELECT
    currency,
    rate_to_eur,
    rate_date AS valid_from,
    COALESCE(
        DATEADD(DAY, -1, LEAD(rate_date) OVER (PARTITION BY currency ORDER BY rate_date)),
        '9999-12-31'::DATE
    ) AS valid_to
FROM raw.fx_rate
UNION ALL
SELECT 'EUR', 1, '1999-01-01'::DATE, '9999-12-31'::DATE;
