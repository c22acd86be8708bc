-- dialect: postgres
-- What leaves the claims system about people leaves it as a hash.

CREATE FUNCTION claims.mask_tax_id(tax_id text) RETURNS text
LANGUAGE sql IMMUTABLE
AS $$
    SELECT encode(sha256(convert_to('halyard:' || tax_id, 'UTF8')), 'hex')
$$;

CREATE VIEW claims.claimant_masked AS
SELECT
    c.claimant_id,
    c.claim_id,
    md5(c.full_name) AS name_hash,
    claims.mask_tax_id(c.tax_id) AS tax_id_hash,
    left(c.iban, 2) AS iban_country,
    split_part(c.email, '@', 2) AS email_domain
FROM claims.claimant AS c;
