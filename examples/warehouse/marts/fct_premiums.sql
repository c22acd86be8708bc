-- dialect: snowflake

INSERT OVERWRITE INTO marts.fct_premiums (
    policy_number, line_of_business, booked_year, written_eur, earned_eur, commission_eur
)
SELECT
    policy_number,
    line_of_business,
    booked_year,
    SUM(written_eur),
    SUM(earned_eur),
    SUM(commission_eur)
FROM intermediate.int_premiums_eur
GROUP BY 1, 2, 3;
