-- dialect: snowflake
-- Cents become currency units; recoveries count against what was paid.

CREATE OR REPLACE VIEW staging.stg_claim_payments AS
SELECT
    payment_id,
    claim_id,
    CASE payment_kind WHEN 'recovery' THEN -amount_minor ELSE amount_minor END / 100 AS amount,
    currency,
    payment_kind,
    paid_on
FROM raw.claim_payment;
