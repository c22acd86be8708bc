-- dialect: postgres
-- A rule of thumb until the model is ready: early, large and paid to somebody seen before.

WITH seen AS (
    SELECT tax_id, count(*) AS claims
    FROM claims.claimant
    WHERE tax_id IS NOT NULL
    GROUP BY tax_id
),
rated AS (
    SELECT
        c.claim_id,
        least(1.0, 0.2 * max(seen.claims) + 0.000001 * coalesce(max(r.amount_minor), 0)) AS score,
        string_agg(DISTINCT c.peril, ', ') AS reason
    FROM claims.claim AS c
    JOIN claims.claimant AS p ON p.claim_id = c.claim_id
    JOIN seen ON seen.tax_id = p.tax_id
    LEFT JOIN claims.current_reserve AS r ON r.claim_id = c.claim_id
    WHERE c.closed_at IS NULL
    GROUP BY c.claim_id
)
INSERT INTO claims.fraud_score (claim_id, score, reason, scored_at)
SELECT claim_id, score, reason, now()
FROM rated
ON CONFLICT (claim_id) DO UPDATE
SET score = excluded.score,
    reason = excluded.reason,
    scored_at = excluded.scored_at
WHERE fraud_score.score <> excluded.score;
