-- dialect: postgres
-- Where each claim stands today: its latest reserve and what was paid so far.

CREATE VIEW claims.current_reserve AS
SELECT DISTINCT ON (claim_id)
    claim_id,
    amount_minor,
    currency,
    set_at
FROM claims.reserve
ORDER BY claim_id, set_at DESC;

CREATE VIEW claims.claim_status AS
SELECT
    claim_id,
    c.claim_number,
    c.details ->> 'place' AS place,
    r.amount_minor / 100.0 AS reserve,
    paid.total / 100.0 AS paid,
    paid.last_paid_on,
    CASE WHEN c.closed_at IS NULL THEN 'open' ELSE 'closed' END AS status
FROM claims.claim AS c
LEFT JOIN claims.current_reserve AS r USING (claim_id)
LEFT JOIN LATERAL (
    SELECT
        sum(p.amount_minor) FILTER (WHERE p.payment_kind <> 'recovery') AS total,
        max(p.paid_on) AS last_paid_on
    FROM claims.claim_payment AS p
    WHERE p.claim_id = c.claim_id
) AS paid ON true;
