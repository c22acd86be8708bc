-- dialect: snowflake
-- The ten costliest claims of every line, for the reinsurance department.

CREATE OR REPLACE VIEW marts.large_losses AS
SELECT
    line_of_business,
    claim_id,
    peril,
    gross_incurred_eur,
    RATIO_TO_REPORT(gross_incurred_eur) OVER (PARTITION BY line_of_business) AS share_of_line,
    RANK() OVER (PARTITION BY line_of_business ORDER BY gross_incurred_eur DESC) AS rank_in_line
FROM marts.fct_claims
QUALIFY rank_in_line <= 10
ORDER BY line_of_business, rank_in_line;
