-- dialect: snowflake
-- One row per cover that a visitor asked a price for.

CREATE OR REPLACE VIEW staging.stg_quotes AS
SELECT
    q.payload:quote_id::VARCHAR AS quote_id,
    q.payload:customer.email::VARCHAR AS email,
    cover.value:code::VARCHAR AS cover_code,
    cover.value:price::NUMBER(18, 2) AS price,
    cover.index + 1 AS cover_position,
    q.received_at
FROM raw.web_quote AS q,
    LATERAL FLATTEN(input => q.payload:covers) AS cover;
