-- dialect: snowflake
-- A lesson: nobody here can know which columns partner.bordereau has, for nothing in this folder defines it.
-- lineagraph says so (`unexpanded-star`) and keeps one edge for the star. To resolve it, give it the table's DDL,
-- or an imported schema.

CREATE OR REPLACE VIEW staging.stg_bordereau AS
SELECT
    b.*,
    UPPER(b.broker_ref) AS broker_code
FROM partner.bordereau AS b;
