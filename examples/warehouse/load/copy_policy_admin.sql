-- dialect: snowflake
-- SQL Server writes CSV files into the stage; positions, not names.

CREATE STAGE IF NOT EXISTS raw.landing
    URL = 's3://halyard-landing/'
    FILE_FORMAT = (TYPE = CSV SKIP_HEADER = 1);

COPY INTO raw.policy (
    policy_id, policy_number, holder_id, product_code, inception_date, expiry_date, currency, status
)
FROM @raw.landing/policy_admin/policy.csv
FILE_FORMAT = (TYPE = CSV SKIP_HEADER = 1)
ON_ERROR = 'ABORT_STATEMENT';

COPY INTO raw.premium_extract
FROM (
    SELECT
        $1,
        $2,
        TO_DATE($3, 'YYYY-MM-DD'),
        $4::NUMBER(18, 2),
        $5::NUMBER(18, 2),
        $6::NUMBER(18, 2),
        $7::BOOLEAN,
        METADATA$FILENAME,
        METADATA$FILE_ROW_NUMBER
    FROM @raw.landing/policy_admin/premium_extract.csv
);

COPY INTO raw.party
FROM @raw.landing/policy_admin/party.csv;
