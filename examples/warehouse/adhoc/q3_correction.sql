-- dialect: snowflake
-- Another lesson: somebody saved this file half finished. The second statement is not SQL and becomes a
-- diagnostic with its line; the first and the third keep their lineage.

CREATE TABLE adhoc.q3_before AS
SELECT line_of_business, SUM(gross_incurred_eur) AS incurred
FROM marts.fct_claims
GROUP BY line_of_business;

UPDATE marts.fct_claims SET gross_reserve_eur = gross_reserve_eur * WHERE AND peril = 'Storm';

CREATE TABLE adhoc.q3_after AS
SELECT line_of_business, SUM(gross_incurred_eur) AS incurred
FROM marts.fct_claims
GROUP BY line_of_business;
