-- dialect: snowflake
-- Template S.05.01: premiums, claims and expenses by line of business. Each figure must be shown to come from
-- somewhere: `lineagraph trace regulatory.s_05_01_non_life.gross_claims_incurred`.

CREATE OR REPLACE TABLE regulatory.s_05_01_non_life (
    reporting_year          NUMBER(4, 0),
    line_code               VARCHAR(4),
    gross_premiums_earned   NUMBER(18, 0),
    gross_claims_incurred   NUMBER(18, 0),
    reinsurers_share        NUMBER(18, 0),
    net_claims_incurred     NUMBER(18, 0),
    expenses_incurred       NUMBER(18, 0)
);

INSERT INTO regulatory.s_05_01_non_life
SELECT
    result.accident_year,
    'C' || LPAD(lines.solvency_line::VARCHAR, 3, '0'),
    ROUND(SUM(result.gross_earned_eur)),
    ROUND(SUM(result.gross_incurred_eur)),
    ROUND(SUM(result.ceded_incurred_eur)),
    ROUND(SUM(result.gross_incurred_eur - result.ceded_incurred_eur)),
    ROUND(SUM(result.commission_eur))
FROM marts.technical_result AS result
INNER JOIN (
    SELECT DISTINCT line_of_business, solvency_line
    FROM raw.product
) AS lines ON lines.line_of_business = result.line_of_business
WHERE result.accident_year = YEAR(CURRENT_DATE()) - 1
GROUP BY result.accident_year, lines.solvency_line;
