-- dialect: postgres
-- Stale reserves are raised to the average of their peril once a quarter.

CREATE PROCEDURE claims.raise_stale_reserves(as_of timestamptz)
LANGUAGE plpgsql
AS $$
DECLARE
    raised integer;
BEGIN
    CREATE TEMPORARY TABLE stale ON COMMIT DROP AS
    SELECT r.claim_id, c.peril, r.amount_minor, r.currency
    FROM claims.current_reserve AS r
    JOIN claims.claim AS c USING (claim_id)
    WHERE c.closed_at IS NULL
      AND r.set_at < as_of - interval '1 year';

    INSERT INTO claims.reserve (claim_id, set_at, amount_minor, currency, set_by)
    SELECT s.claim_id, as_of, greatest(s.amount_minor, peer.average), s.currency, 'raise_stale_reserves'
    FROM stale AS s
    JOIN (
        SELECT c.peril, avg(r.amount_minor)::bigint AS average
        FROM claims.current_reserve AS r
        JOIN claims.claim AS c USING (claim_id)
        GROUP BY c.peril
    ) AS peer ON peer.peril = s.peril;

    GET DIAGNOSTICS raised = ROW_COUNT;
    RAISE NOTICE '% reserves raised', raised;
END;
$$;
