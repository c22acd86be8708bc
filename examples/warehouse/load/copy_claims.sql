-- dialect: snowflake
-- The Parquet files that landing/01_export_claims.sql writes: same address, so lineage goes on into PostgreSQL.

TRUNCATE TABLE raw.claim;
COPY INTO raw.claim
FROM 's3://halyard-landing/claims/claim.parquet'
FILE_FORMAT = (TYPE = PARQUET)
MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE;

TRUNCATE TABLE raw.claim_payment;
COPY INTO raw.claim_payment
FROM 's3://halyard-landing/claims/claim_payment.parquet'
FILE_FORMAT = (TYPE = PARQUET)
MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE;

TRUNCATE TABLE raw.reserve;
COPY INTO raw.reserve
FROM 's3://halyard-landing/claims/reserve.parquet'
FILE_FORMAT = (TYPE = PARQUET)
MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE;

TRUNCATE TABLE raw.claimant;
COPY INTO raw.claimant
FROM 's3://halyard-landing/claims/claimant.parquet'
FILE_FORMAT = (TYPE = PARQUET)
MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE;
