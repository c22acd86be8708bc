-- dialect: snowflake
-- What the claims system sends by way of the landing bucket.

CREATE TABLE IF NOT EXISTS raw.claim (
    claim_id       NUMBER(38, 0),
    claim_number   VARCHAR,
    policy_number  VARCHAR(16),
    peril          VARCHAR,
    loss_date      DATE,
    reported_at    TIMESTAMP_TZ,
    closed_at      TIMESTAMP_TZ
);

CREATE TABLE IF NOT EXISTS raw.claim_payment (
    payment_id    NUMBER(38, 0),
    claim_id      NUMBER(38, 0),
    amount_minor  NUMBER(38, 0),
    currency      CHAR(3),
    payment_kind  VARCHAR,
    paid_on       DATE
);

CREATE TABLE IF NOT EXISTS raw.reserve (
    claim_id      NUMBER(38, 0),
    set_at        TIMESTAMP_TZ,
    amount_minor  NUMBER(38, 0),
    currency      CHAR(3)
);

CREATE TABLE IF NOT EXISTS raw.claimant (
    claimant_id   NUMBER(38, 0),
    claim_id      NUMBER(38, 0),
    name_hash     VARCHAR,
    tax_id_hash   VARCHAR,
    iban_country  CHAR(2)
);
