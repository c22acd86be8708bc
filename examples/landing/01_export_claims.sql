-- dialect: duckdb
-- Every night at two, DuckDB copies the claims database to the landing bucket as Parquet. The files are datasets
-- like any other: the warehouse loads them by the same address.

ATTACH 'dbname=claims host=claims-db' AS claims (TYPE postgres, SCHEMA 'claims', READ_ONLY);

COPY (
    SELECT claim_id, claim_number, policy_number, peril, loss_date, reported_at, closed_at
    FROM claims.claim
) TO 's3://halyard-landing/claims/claim.parquet' (FORMAT parquet);

COPY (
    SELECT payment_id, claim_id, amount_minor, currency, payment_kind, paid_on
    FROM claims.claim_payment
) TO 's3://halyard-landing/claims/claim_payment.parquet' (FORMAT parquet);

COPY (
    SELECT claim_id, set_at, amount_minor, currency
    FROM claims.reserve
) TO 's3://halyard-landing/claims/reserve.parquet' (FORMAT parquet);

COPY (
    FROM claims.claimant_masked
    SELECT claimant_id, claim_id, name_hash, tax_id_hash, iban_country
) TO 's3://halyard-landing/claims/claimant.parquet' (FORMAT parquet);

DETACH claims;
