-- Synonyms: another name for a dataset.

-- case: a synonym alone moves no data
-- dialect: oracle
-- sources: none
-- targets: none
-- columns: none
-- influences: none
-- diagnostics: none
CREATE SYNONYM ord FOR shop.orders;

-- case: reading a synonym reads what it stands for
-- dialect: oracle
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.id -> mart.rev.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
CREATE SYNONYM ord FOR shop.orders;
INSERT INTO mart.rev (id) SELECT id FROM ord;

-- case: writing a synonym writes what it stands for
-- dialect: tsql
-- sources: web.orders
-- targets: shop.orders
-- column: web.orders.no -> shop.orders.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
CREATE SYNONYM dbo.ord FOR shop.orders;
INSERT INTO dbo.ord (id) SELECT no FROM web.orders;

-- case: a star over a synonym
-- dialect: oracle
-- schema: shop.orders(id, amount)
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.id -> mart.rev.id DIRECT IDENTITY
-- column: shop.orders.amount -> mart.rev.amount DIRECT IDENTITY
-- influences: none
-- diagnostics: none
CREATE OR REPLACE PUBLIC SYNONYM ord FOR shop.orders;
CREATE TABLE mart.rev AS SELECT * FROM ord;

-- case: columns qualified by the synonym
-- dialect: tsql
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.amount -> mart.rev.total DIRECT AGGREGATION
-- influences: none
-- diagnostics: none
CREATE SYNONYM ord FOR shop.orders;
SELECT SUM(ord.amount) AS total INTO mart.rev FROM ord;

-- case: a synonym of a synonym
-- dialect: oracle
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.id -> mart.rev.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
CREATE SYNONYM a FOR shop.orders;
CREATE SYNONYM b FOR a;
INSERT INTO mart.rev (id) SELECT id FROM b;

-- case: a dropped synonym stands for nothing
-- dialect: oracle
-- sources: ord
-- targets: mart.rev
-- column: ord.id -> mart.rev.id DIRECT IDENTITY
-- influences: none
CREATE SYNONYM ord FOR shop.orders;
DROP SYNONYM ord;
INSERT INTO mart.rev (id) SELECT id FROM ord;
