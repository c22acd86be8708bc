-- dialect: snowflake
-- A slowly changing dimension of type 2, in two steps: end the rows that changed, then add their successors.

UPDATE marts.dim_party_history AS history
SET
    valid_to = fresh.changed_at,
    is_current = FALSE
FROM staging.stg_parties AS fresh
WHERE history.party_id = fresh.party_id
    AND history.is_current
    AND HASH(history.name_hash, history.email_hash, history.country_code)
        <> HASH(fresh.name_hash, fresh.email_hash, fresh.country_code);

INSERT INTO marts.dim_party_history (
    party_id, name_hash, email_hash, country_code, valid_from, valid_to, is_current
)
SELECT
    fresh.party_id,
    fresh.name_hash,
    fresh.email_hash,
    fresh.country_code,
    fresh.changed_at,
    NULL,
    TRUE
FROM staging.stg_parties AS fresh
WHERE NOT EXISTS (
    SELECT 1
    FROM marts.dim_party_history AS history
    WHERE history.party_id = fresh.party_id
        AND history.is_current
);
