-- dialect: snowflake
-- A table function: the reinsurance treaties in force on a day.

CREATE OR REPLACE FUNCTION staging.active_treaties(as_of DATE)
RETURNS TABLE (line_of_business VARCHAR, ceded_share NUMBER(5, 4))
AS
$$
    SELECT line_of_business, ceded_share
    FROM raw.reinsurance_treaty
    WHERE as_of BETWEEN valid_from AND valid_to
$$;
