-- dialect: snowflake
-- How many of those who asked for a price bought within 30 days.

CREATE OR REPLACE DYNAMIC TABLE marts.quote_conversion
    TARGET_LAG = '1 hour'
    WAREHOUSE = reporting_wh
AS
WITH visitors AS (
    SELECT
        quote_id,
        SHA2(LOWER(email), 256) AS email_hash,
        MIN(received_at) AS first_asked_at,
        SUM(price) AS asked_price,
        LISTAGG(cover_code, '+') WITHIN GROUP (ORDER BY cover_position) AS covers
    FROM staging.stg_quotes
    GROUP BY quote_id, email
)
SELECT
    v.covers,
    COUNT(*) AS quotes,
    COUNT_IF(p.policy_id IS NOT NULL) AS sold,
    AVG(v.asked_price) AS average_price
FROM visitors AS v
LEFT JOIN staging.stg_parties AS person ON person.email_hash = v.email_hash
LEFT JOIN staging.stg_policies AS p
    ON p.holder_id = person.party_id
    AND p.inception_date BETWEEN v.first_asked_at::DATE AND DATEADD(DAY, 30, v.first_asked_at::DATE)
GROUP BY v.covers;
