-- dialect: snowflake
-- One row per claim, brought up to date every hour.

MERGE INTO marts.fct_claims AS target
USING (
    SELECT
        claim_id,
        ANY_VALUE(policy_number) AS policy_number,
        ANY_VALUE(line_of_business) AS line_of_business,
        ANY_VALUE(peril) AS peril,
        ANY_VALUE(accident_year) AS accident_year,
        SUM(CASE WHEN movement = 'paid' THEN amount_eur ELSE 0 END) AS paid,
        SUM(CASE WHEN movement = 'reserve' THEN amount_eur ELSE 0 END) AS reserve,
        SUM(amount_eur) AS incurred,
        MAX(moved_on) AS last_movement_on
    FROM intermediate.int_claim_movements_eur
    GROUP BY claim_id
) AS fresh
ON target.claim_id = fresh.claim_id
WHEN MATCHED AND fresh.last_movement_on >= target.last_movement_on THEN UPDATE SET
    gross_paid_eur = fresh.paid,
    gross_reserve_eur = fresh.reserve,
    gross_incurred_eur = fresh.incurred,
    last_movement_on = fresh.last_movement_on,
    updated_at = CURRENT_TIMESTAMP()
WHEN NOT MATCHED THEN INSERT (
    claim_id, policy_number, line_of_business, peril, accident_year,
    gross_paid_eur, gross_reserve_eur, gross_incurred_eur, last_movement_on, updated_at
) VALUES (
    fresh.claim_id, fresh.policy_number, fresh.line_of_business, fresh.peril, fresh.accident_year,
    fresh.paid, fresh.reserve, fresh.incurred, fresh.last_movement_on, CURRENT_TIMESTAMP()
);
