-- dialect: duckdb
-- The central bank's reference rates, one column per currency, turned into one row per day and currency.

CREATE OR REPLACE TABLE ecb_wide AS
SELECT *
FROM read_csv('s3://halyard-landing/ecb/eurofxref-hist.csv', columns = {
    'rate_date': 'DATE', 'usd': 'DOUBLE', 'gbp': 'DOUBLE', 'sek': 'DOUBLE', 'chf': 'DOUBLE'
});

CREATE OR REPLACE TABLE ecb_long AS
SELECT rate_date, currency, units_per_eur
FROM ecb_wide
UNPIVOT (units_per_eur FOR currency IN (usd, gbp, sek, chf));

COPY (
    SELECT
        rate_date,
        upper(currency) AS currency,
        1 / units_per_eur AS rate_to_eur
    FROM ecb_long
    WHERE units_per_eur IS NOT NULL
) TO 's3://halyard-landing/ecb/fx_rate.csv' (FORMAT csv, HEADER);
