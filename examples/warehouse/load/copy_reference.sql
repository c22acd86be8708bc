-- dialect: snowflake

COPY INTO raw.fx_rate (rate_date, currency, rate_to_eur)
FROM 's3://halyard-landing/ecb/fx_rate.csv'
FILE_FORMAT = (TYPE = CSV SKIP_HEADER = 1);

INSERT INTO raw.product (product_code, product_name, line_of_business, solvency_line)
VALUES
    ('HOME', 'Home and contents', 'Fire and other damage to property', 7),
    ('MOTOR', 'Private car', 'Motor vehicle liability', 4),
    ('BOAT', 'Pleasure craft', 'Marine, aviation and transport', 6);

INSERT INTO raw.web_quote (payload, received_at)
SELECT PARSE_JSON($1), METADATA$START_SCAN_TIME
FROM @raw.landing/web/quotes.json;
