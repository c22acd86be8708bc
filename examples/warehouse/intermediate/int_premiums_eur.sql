-- dialect: snowflake

CREATE OR REPLACE TABLE intermediate.int_premiums_eur AS
SELECT
    policy_number,
    p.product_code,
    products.line_of_business,
    p.booked_on,
    YEAR(p.booked_on) AS booked_year,
    staging.to_eur(p.written_net, rates.rate_to_eur) AS written_eur,
    staging.to_eur(p.earned_net, rates.rate_to_eur) AS earned_eur,
    staging.to_eur(p.commission_amount, rates.rate_to_eur) AS commission_eur,
    p.is_renewal
FROM staging.stg_premiums AS p
INNER JOIN staging.stg_policies AS policies USING (policy_number)
INNER JOIN raw.product AS products ON products.product_code = p.product_code
LEFT JOIN staging.stg_fx_rates AS rates
    ON rates.currency = policies.currency
    AND p.booked_on BETWEEN rates.valid_from AND rates.valid_to;
