-- dialect: snowflake
-- What the policy system sends, column for column. Nothing is cleaned here.

CREATE TABLE IF NOT EXISTS raw.policy (
    policy_id       NUMBER(38, 0) NOT NULL,
    policy_number   VARCHAR(16)   NOT NULL,
    holder_id       NUMBER(38, 0),
    product_code    VARCHAR(8),
    inception_date  VARCHAR(10),
    expiry_date     VARCHAR(10),
    currency        CHAR(3),
    status          VARCHAR(10),
    _loaded_at      TIMESTAMP_NTZ DEFAULT CURRENT_TIMESTAMP()
);

CREATE TABLE IF NOT EXISTS raw.premium_extract (
    policy_number      VARCHAR(16),
    product_code       VARCHAR(8),
    booked_on          DATE,
    written_net        NUMBER(18, 2),
    commission_amount  NUMBER(18, 2),
    earned_net         NUMBER(18, 2),
    is_renewal         BOOLEAN,
    _file_name         VARCHAR,
    _file_row          NUMBER(38, 0)
);

CREATE TABLE IF NOT EXISTS raw.party (
    party_id      NUMBER(38, 0) NOT NULL,
    party_type    CHAR(1),
    full_name     VARCHAR(200),
    tax_id        VARCHAR(20),
    email         VARCHAR(254),
    birth_date    DATE,
    country_code  CHAR(2),
    changed_at    TIMESTAMP_NTZ
);
