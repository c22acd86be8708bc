-- dialect: snowflake
-- Small tables that people keep by hand, and the rates of the central bank.

CREATE TABLE IF NOT EXISTS raw.fx_rate (
    rate_date    DATE,
    currency     CHAR(3),
    rate_to_eur  NUMBER(18, 8)
);

CREATE TABLE IF NOT EXISTS raw.product (
    product_code      VARCHAR(8),
    product_name      VARCHAR,
    line_of_business  VARCHAR,      -- the supervisor's: 4 motor liability, 6 marine, 7 fire and property
    solvency_line     NUMBER(2, 0)
);

CREATE TABLE IF NOT EXISTS raw.reinsurance_treaty (
    treaty_id         VARCHAR,
    line_of_business  VARCHAR,
    ceded_share       NUMBER(5, 4),
    valid_from        DATE,
    valid_to          DATE
);
