-- dialect: snowflake
-- People, as analysts may see them. Names, tax numbers and addresses are hashed here and nowhere earlier:
-- the edges below carry `masking`, so an auditor can ask what leaves unmasked.

CREATE OR REPLACE SECURE VIEW staging.stg_parties AS
SELECT
    party_id,
    party_type,
    SHA2(full_name, 256) AS name_hash,
    SHA2(tax_id, 256) AS tax_id_hash,
    SHA2(LOWER(email), 256) AS email_hash,
    SPLIT_PART(email, '@', 2) AS email_domain,
    YEAR(birth_date) AS birth_year,
    country_code,
    changed_at
FROM raw.party;
