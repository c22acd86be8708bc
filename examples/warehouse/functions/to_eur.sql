-- dialect: snowflake
-- Amounts are kept in euro, rounded to the cent, half away from zero.

CREATE OR REPLACE FUNCTION staging.to_eur(amount NUMBER(18, 2), rate NUMBER(18, 8))
RETURNS NUMBER(18, 2)
AS
$$
    ROUND(amount * COALESCE(rate, 1), 2)
$$;
