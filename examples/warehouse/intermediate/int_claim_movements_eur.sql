-- dialect: snowflake
-- The same in euro, at the rate of the day, with the policy and the supervisor's line of business beside it.

CREATE OR REPLACE TABLE intermediate.int_claim_movements_eur AS
WITH rated AS (
    SELECT
        movements.*,
        staging.to_eur(movements.amount, rates.rate_to_eur) AS amount_eur
    FROM intermediate.int_claim_movements AS movements
    LEFT JOIN staging.stg_fx_rates AS rates
        ON rates.currency = movements.currency
        AND movements.moved_on BETWEEN rates.valid_from AND rates.valid_to
),

placed AS (
    SELECT
        rated.* EXCLUDE (currency, amount),
        claims.policy_number,
        claims.peril,
        YEAR(claims.loss_date) AS accident_year,
        products.line_of_business
    FROM rated
    INNER JOIN staging.stg_claims AS claims USING (claim_id)
    INNER JOIN staging.stg_policies AS policies ON policies.policy_number = claims.policy_number
    INNER JOIN raw.product AS products ON products.product_code = policies.product_code
)

SELECT * FROM placed;
