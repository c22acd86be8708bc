-- dialect: snowflake
-- What the business earned and what it cost, by line and accident year. The board reads this one.

INSERT OVERWRITE INTO marts.technical_result
WITH claims AS (
    SELECT
        line_of_business,
        accident_year,
        SUM(gross_incurred_eur) AS incurred
    FROM marts.fct_claims
    GROUP BY line_of_business, accident_year
),

premiums AS (
    SELECT
        line_of_business,
        booked_year AS accident_year,
        SUM(earned_eur) AS earned,
        SUM(commission_eur) AS commission
    FROM marts.fct_premiums
    GROUP BY ALL
)

SELECT
    line_of_business,
    accident_year,
    p.earned,
    c.incurred,
    c.incurred * COALESCE(t.ceded_share, 0),
    p.commission,
    c.incurred / NULLIF(p.earned, 0)
FROM premiums AS p
FULL OUTER JOIN claims AS c USING (line_of_business, accident_year)
LEFT JOIN (
    SELECT line_of_business AS treaty_line, ceded_share
    FROM TABLE(staging.active_treaties(CURRENT_DATE()))
) AS t ON t.treaty_line = p.line_of_business;
