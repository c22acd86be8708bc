-- dialect: snowflake
-- A stored procedure of the warehouse itself, in Snowflake Scripting.

CREATE OR REPLACE PROCEDURE marts.close_year(year_to_close NUMBER)
RETURNS VARCHAR
LANGUAGE SQL
AS
$$
BEGIN
    CREATE OR REPLACE TEMPORARY TABLE frozen AS
    SELECT line_of_business, accident_year, gross_earned_eur, gross_incurred_eur, loss_ratio
    FROM marts.technical_result
    WHERE accident_year = :year_to_close;

    INSERT INTO marts.technical_result_closed (line_of_business, accident_year, earned, incurred, loss_ratio)
    SELECT line_of_business, accident_year, gross_earned_eur, gross_incurred_eur, loss_ratio
    FROM frozen;

    RETURN 'closed';
END;
$$;

CREATE TABLE IF NOT EXISTS marts.technical_result_closed (
    line_of_business  VARCHAR,
    accident_year     NUMBER(4, 0),
    earned            NUMBER(18, 2),
    incurred          NUMBER(18, 2),
    loss_ratio        NUMBER(9, 4)
);
