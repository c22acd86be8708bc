-- dialect: snowflake
-- One JSON document per visit to the quote page of the web site.

CREATE TABLE IF NOT EXISTS raw.web_quote (
    payload      VARIANT,
    received_at  TIMESTAMP_NTZ
);
