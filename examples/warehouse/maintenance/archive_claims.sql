-- dialect: snowflake
-- Closed claims older than ten years go to cold storage and leave the fact table.

CREATE TEMPORARY TABLE closing AS
SELECT claim_id
FROM staging.stg_claims
WHERE is_closed
    AND loss_date < DATEADD(YEAR, -10, CURRENT_DATE());

COPY INTO @raw.landing/archive/claims/
FROM (
    SELECT facts.*
    FROM marts.fct_claims AS facts
    INNER JOIN closing USING (claim_id)
)
FILE_FORMAT = (TYPE = PARQUET)
OVERWRITE = TRUE;

DELETE FROM marts.fct_claims
USING closing
WHERE fct_claims.claim_id = closing.claim_id;
