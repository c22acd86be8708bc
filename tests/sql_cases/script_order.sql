-- Scripts: statements run in order, and a name means what the statements before it made of it.

-- case: read before it is written
-- why: the old rows of stage.orders were read before the script wrote them: it is a source as well as a
-- why: target, and no intermediate
-- sources: shop.orders, stage.orders
-- targets: mart.rev, stage.orders
-- intermediates: none
-- column: stage.orders.id -> mart.rev.id DIRECT IDENTITY
-- column: shop.orders.id -> stage.orders.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
INSERT INTO mart.rev (id) SELECT id FROM stage.orders;
INSERT INTO stage.orders (id) SELECT id FROM shop.orders;

-- case: read before and after it is written
-- why: the old rows were read first, so it is a source too; every write is followed by a read, so it is no
-- why: target
-- sources: shop.orders, stage.orders
-- targets: mart.a, mart.b
-- intermediates: stage.orders
-- influences: none
-- diagnostics: none
INSERT INTO mart.a (id) SELECT id FROM stage.orders;
INSERT INTO stage.orders (id) SELECT id FROM shop.orders;
INSERT INTO mart.b (id) SELECT id FROM stage.orders;

-- case: written again after it was read
-- why: the second write is read by nobody, so the table is a target as well as an intermediate; web.orders
-- why: came too late for mart.rev
-- sources: shop.orders, web.orders
-- targets: mart.rev, stage.orders
-- intermediates: stage.orders
-- column: shop.orders.id -> mart.rev.id DIRECT IDENTITY
-- column: shop.orders.id, web.orders.no -> stage.orders.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
INSERT INTO stage.orders (id) SELECT id FROM shop.orders;
INSERT INTO mart.rev (id) SELECT id FROM stage.orders;
INSERT INTO stage.orders (id) SELECT no FROM web.orders;

-- case: an INSERT from itself
-- sources: shop.orders
-- targets: shop.orders
-- intermediates: none
-- column: shop.orders.id -> shop.orders.id DIRECT TRANSFORMATION
-- column: shop.orders.amount -> shop.orders.amount DIRECT IDENTITY
-- influences: none
-- diagnostics: none
INSERT INTO shop.orders (id, amount) SELECT id + 1000, amount FROM shop.orders;

-- case: two tables that feed each other
-- why: shop.b is written and then read, so it is on the way; the rows of shop.a come back to it, and
-- why: nothing runs in circles
-- sources: shop.a
-- targets: shop.a
-- intermediates: shop.b
-- column: shop.a.x -> shop.a.x DIRECT IDENTITY
-- influences: none
-- hop: shop.a.x -> shop.b.x DIRECT IDENTITY
-- hop: shop.b.x -> shop.a.x DIRECT IDENTITY
-- diagnostics: none
INSERT INTO shop.b (x) SELECT x FROM shop.a;
INSERT INTO shop.a (x) SELECT x FROM shop.b;

-- case: a temp table made again means what it was last
-- dialect: tsql
-- sources: shop.orders, web.orders
-- targets: mart.a, mart.b
-- intermediates: none
-- column: shop.orders.id -> mart.a.id DIRECT IDENTITY
-- column: web.orders.no -> mart.b.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
SELECT id INTO #t FROM shop.orders;
INSERT INTO mart.a (id) SELECT id FROM #t;
DROP TABLE #t;
SELECT no AS id INTO #t FROM web.orders;
INSERT INTO mart.b (id) SELECT id FROM #t;

-- case: an overwrite forgets what was read before it
-- dialect: spark
-- why: mart.b reads what the overwrite left
-- sources: shop.orders, web.orders
-- targets: mart.a, mart.b
-- intermediates: stage.t
-- column: shop.orders.id -> mart.a.id DIRECT IDENTITY
-- column: web.orders.id -> mart.b.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
INSERT OVERWRITE TABLE stage.t SELECT id FROM shop.orders;
INSERT INTO mart.a SELECT id FROM stage.t;
INSERT OVERWRITE TABLE stage.t SELECT id FROM web.orders;
INSERT INTO mart.b SELECT id FROM stage.t;

-- case: a view is read as it was defined before
-- dialect: postgres
-- targets: mart.t
-- intermediates: work.v
-- column: web.orders.no -> mart.t.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
CREATE OR REPLACE VIEW work.v AS SELECT id FROM shop.orders;
CREATE OR REPLACE VIEW work.v AS SELECT no AS id FROM web.orders;
CREATE TABLE mart.t AS SELECT id FROM work.v;

-- case: a definition after its use does not help
-- why: the INSERT comes first, and then the table has no known order; the names of the query decide
-- sources: shop.orders
-- targets: mart.rev
-- influences: none
INSERT INTO mart.rev SELECT id AS no FROM shop.orders;
CREATE TABLE mart.rev (day DATE);

-- case: a statement that cannot be parsed costs only itself
-- sources: shop.orders, web.orders
-- targets: mart.a, mart.b
-- column: shop.orders.id -> mart.a.id DIRECT IDENTITY
-- column: web.orders.no -> mart.b.id DIRECT IDENTITY
-- influences: none
-- diagnostics: parse-error
INSERT INTO mart.a (id) SELECT id FROM shop.orders;
INSERT INTO mart.x (id) SELECT FROM WHERE ((;
INSERT INTO mart.b (id) SELECT no FROM web.orders;
