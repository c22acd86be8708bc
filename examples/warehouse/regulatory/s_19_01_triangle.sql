-- dialect: snowflake
-- Template S.19.01: the run-off triangle. Accident years go down, development years across.

CREATE OR REPLACE VIEW regulatory.s_19_01_triangle AS
SELECT *
FROM (
    SELECT
        line_of_business,
        accident_year,
        YEAR(moved_on) - accident_year AS development_year,
        amount_eur
    FROM intermediate.int_claim_movements_eur
    WHERE movement = 'paid'
)
PIVOT (SUM(amount_eur) FOR development_year IN (0, 1, 2, 3, 4))
    AS triangle (line_of_business, accident_year, dev_0, dev_1, dev_2, dev_3, dev_4);
