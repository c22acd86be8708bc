-- dialect: snowflake

CREATE TABLE IF NOT EXISTS marts.fct_claims (
    claim_id            NUMBER(38, 0) NOT NULL,
    policy_number       VARCHAR(16),
    line_of_business    VARCHAR,
    peril               VARCHAR,
    accident_year       NUMBER(4, 0),
    gross_paid_eur      NUMBER(18, 2),
    gross_reserve_eur   NUMBER(18, 2),
    gross_incurred_eur  NUMBER(18, 2),
    last_movement_on    DATE,
    updated_at          TIMESTAMP_NTZ
);

CREATE TABLE IF NOT EXISTS marts.fct_premiums (
    policy_number     VARCHAR(16) NOT NULL,
    line_of_business  VARCHAR,
    booked_year       NUMBER(4, 0) NOT NULL,
    written_eur       NUMBER(18, 2),
    earned_eur        NUMBER(18, 2),
    commission_eur    NUMBER(18, 2)
);

CREATE TABLE IF NOT EXISTS marts.dim_party_history (
    party_key     NUMBER(38, 0) IDENTITY,
    party_id      NUMBER(38, 0) NOT NULL,
    name_hash     VARCHAR,
    email_hash    VARCHAR,
    country_code  CHAR(2),
    valid_from    TIMESTAMP_NTZ NOT NULL,
    valid_to      TIMESTAMP_NTZ,
    is_current    BOOLEAN NOT NULL
);

CREATE TABLE IF NOT EXISTS marts.technical_result (
    line_of_business     VARCHAR,
    accident_year        NUMBER(4, 0),
    gross_earned_eur     NUMBER(18, 2),
    gross_incurred_eur   NUMBER(18, 2),
    ceded_incurred_eur   NUMBER(18, 2),
    commission_eur       NUMBER(18, 2),
    loss_ratio           NUMBER(9, 4)
);
