-- Amazon Redshift.

-- case: CREATE TABLE AS with distribution and sort keys
-- dialect: redshift
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.customer_id -> mart.rev.customer_id DIRECT IDENTITY
-- column: shop.orders.amount -> mart.rev.total DIRECT AGGREGATION
-- influence: shop.orders.customer_id -> mart.rev GROUP_BY
-- diagnostics: none
CREATE TABLE mart.rev DISTKEY (customer_id) SORTKEY (customer_id) AS
SELECT customer_id, SUM(amount) AS total FROM shop.orders GROUP BY customer_id;

-- case: a late binding view
-- dialect: redshift
-- sources: spectrum.orders
-- targets: mart.v
-- column: spectrum.orders.id -> mart.v.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
CREATE VIEW mart.v AS SELECT id FROM spectrum.orders WITH NO SCHEMA BINDING;

-- case: LISTAGG WITHIN GROUP
-- dialect: redshift
-- sources: shop.lines
-- targets: mart.items
-- column: shop.lines.item, shop.lines.pos -> mart.items.items DIRECT AGGREGATION
-- influences: none
-- diagnostics: none
INSERT INTO mart.items (items)
SELECT LISTAGG(item, ',') WITHIN GROUP (ORDER BY pos) FROM shop.lines;

-- case: DELETE USING, then INSERT
-- dialect: redshift
-- sources: stage.orders
-- targets: shop.orders
-- column: stage.orders.id -> shop.orders.id DIRECT IDENTITY
-- influence: shop.orders.id, stage.orders.id -> shop.orders FILTER
-- change: DELETE shop.orders
-- diagnostics: none
BEGIN TRANSACTION;
DELETE FROM shop.orders USING stage.orders WHERE shop.orders.id = stage.orders.id;
INSERT INTO shop.orders (id) SELECT id FROM stage.orders;
END TRANSACTION;

-- case: three-part names across databases
-- dialect: redshift
-- sources: sales.shop.orders
-- targets: mart.rev
-- column: sales.shop.orders.id -> mart.rev.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
INSERT INTO mart.rev (id) SELECT id FROM sales.shop.orders;

-- case: UNLOAD of a whole table
-- dialect: redshift
-- sources: mart.rev
-- targets: s3://bucket/rev/
-- column: mart.rev.* -> s3://bucket/rev/.* DIRECT IDENTITY unresolved
-- influences: none
-- diagnostics: unexpanded-star
UNLOAD ('SELECT * FROM mart.rev') TO 's3://bucket/rev/' IAM_ROLE DEFAULT PARQUET;

-- case: GETDATE and NVL
-- dialect: redshift
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.note, shop.orders.label -> mart.rev.note DIRECT TRANSFORMATION
-- influences: none
-- diagnostics: none
INSERT INTO mart.rev (note, loaded_at) SELECT NVL(note, label), GETDATE() FROM shop.orders;

-- case: MEDIAN and APPROXIMATE COUNT
-- dialect: redshift
-- why: a count hides the value, an approximate one too
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.amount -> mart.rev.middle DIRECT AGGREGATION
-- column: shop.orders.customer_id -> mart.rev.customers DIRECT AGGREGATION masking
-- influences: none
-- diagnostics: none
INSERT INTO mart.rev (middle, customers)
SELECT MEDIAN(amount), APPROXIMATE COUNT(DISTINCT customer_id) FROM shop.orders;
