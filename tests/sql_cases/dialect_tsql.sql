-- T-SQL: SQL Server, Azure SQL, Synapse.

-- case: brackets
-- dialect: tsql
-- sources: shop.Order Lines
-- targets: mart.rev
-- column: shop.Order Lines.Net Price -> mart.rev.price DIRECT IDENTITY
-- influences: none
-- diagnostics: none
INSERT INTO [mart].[rev] ([price]) SELECT [Net Price] FROM [shop].[Order Lines];

-- case: an alias before an equals sign
-- dialect: tsql
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.amount -> mart.rev.total DIRECT AGGREGATION
-- column: shop.orders.region -> mart.rev.area DIRECT IDENTITY
-- influence: shop.orders.region -> mart.rev GROUP_BY
-- diagnostics: none
SELECT area = region, total = SUM(amount) INTO mart.rev FROM shop.orders GROUP BY region;

-- case: CROSS APPLY of a subquery
-- dialect: tsql
-- sources: shop.customers, shop.orders
-- targets: mart.last
-- column: shop.customers.id -> mart.last.customer_id DIRECT IDENTITY
-- column: shop.orders.amount -> mart.last.amount DIRECT IDENTITY
-- influence: shop.orders.customer_id, shop.customers.id -> mart.last JOIN
-- influence: shop.orders.created_at -> mart.last SORT
-- diagnostics: none
INSERT INTO mart.last (customer_id, amount)
SELECT c.id, o.amount
FROM shop.customers AS c
CROSS APPLY (
  SELECT TOP 1 x.amount FROM shop.orders AS x WHERE x.customer_id = c.id ORDER BY x.created_at DESC
) AS o;

-- case: IIF and ISNULL
-- dialect: tsql
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.paid -> mart.rev.due INDIRECT CONDITIONAL
-- column: shop.orders.amount -> mart.rev.due DIRECT TRANSFORMATION
-- column: shop.orders.note, shop.orders.label -> mart.rev.note DIRECT TRANSFORMATION
-- influences: none
-- diagnostics: none
INSERT INTO mart.rev (due, note)
SELECT IIF(paid = 1, 0, amount), ISNULL(note, label) FROM shop.orders;

-- case: table hints
-- dialect: tsql
-- sources: shop.customers, shop.orders
-- targets: mart.rev
-- column: shop.customers.name -> mart.rev.name DIRECT IDENTITY
-- influence: shop.orders.customer_id, shop.customers.id -> mart.rev JOIN
-- diagnostics: none
INSERT INTO mart.rev (name)
SELECT c.name
FROM shop.orders AS o WITH (NOLOCK)
JOIN shop.customers AS c WITH (NOLOCK) ON o.customer_id = c.id;

-- case: four-part names
-- dialect: tsql
-- sources: srv.sales.dbo.orders
-- targets: mart.dbo.rev
-- column: srv.sales.dbo.orders.id -> mart.dbo.rev.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
INSERT INTO mart.dbo.rev (id) SELECT o.id FROM srv.sales.dbo.orders AS o;

-- case: a positional INSERT skips computed columns
-- dialect: tsql
-- why: T-SQL's manual, INSERT: no value is given for a computed column
-- sources: web.lines
-- targets: shop.lines
-- column: web.lines.amount -> shop.lines.net DIRECT IDENTITY
-- column: shop.lines.net -> shop.lines.gross DIRECT TRANSFORMATION
-- column: web.lines.remark -> shop.lines.note DIRECT IDENTITY
-- influences: none
-- diagnostics: none
CREATE TABLE shop.lines (net MONEY, gross AS (net * 1.19), note VARCHAR(100));
INSERT INTO shop.lines SELECT amount, remark FROM web.lines;

-- case: compound assignment reads the old value
-- dialect: tsql
-- sources: stage.orders
-- targets: shop.stock
-- column: shop.stock.quantity, stage.orders.quantity -> shop.stock.quantity DIRECT TRANSFORMATION
-- influence: shop.stock.item, stage.orders.item -> shop.stock JOIN
-- diagnostics: none
UPDATE t SET t.quantity += s.quantity
FROM shop.stock AS t JOIN stage.orders AS s ON s.item = t.item;

-- case: STRING_AGG WITHIN GROUP
-- dialect: tsql
-- sources: shop.lines
-- targets: mart.items
-- column: shop.lines.item, shop.lines.pos -> mart.items.items DIRECT AGGREGATION
-- influences: none
-- diagnostics: none
INSERT INTO mart.items (items)
SELECT STRING_AGG(item, ',') WITHIN GROUP (ORDER BY pos) FROM shop.lines;

-- case: PIVOT
-- dialect: tsql
-- why: SEMANTICS: the pivoted column is AGGREGATION, the pivot column CONDITIONAL, the rest are keys
-- sources: shop.orders
-- targets: mart.by_region
-- column: shop.orders.year -> mart.by_region.year DIRECT IDENTITY
-- column: shop.orders.amount -> mart.by_region.north, mart.by_region.south DIRECT AGGREGATION
-- column: shop.orders.region -> mart.by_region.north, mart.by_region.south INDIRECT CONDITIONAL
-- influence: shop.orders.year -> mart.by_region GROUP_BY
-- diagnostics: none
INSERT INTO mart.by_region (year, north, south)
SELECT year, [n], [s]
FROM (SELECT year, region, amount FROM shop.orders) AS o
PIVOT (SUM(amount) FOR region IN ([n], [s])) AS p;

-- case: a table hint on the target
-- dialect: tsql
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.id -> mart.rev.no DIRECT IDENTITY
-- influences: none
-- diagnostics: none
INSERT INTO mart.rev WITH (TABLOCK) (no) SELECT id FROM shop.orders;

-- case: methods of an xml column read the column
-- dialect: tsql
-- sources: dbo.t
-- column: dbo.t.doc -> <query>.v DIRECT TRANSFORMATION
-- column: dbo.t.doc -> <query>.q DIRECT TRANSFORMATION
-- influence: dbo.t.doc -> <query> JOIN
SELECT n.x.value('(a)[1]', 'int') AS v, s.doc.query('b') AS q FROM dbo.t AS s CROSS APPLY s.doc.nodes('/r') AS n(x);

-- case: a function in a schema is no method
-- dialect: tsql
-- column: t.a -> <query>.v DIRECT TRANSFORMATION
SELECT dbo.value(a) AS v FROM t;

-- case: db..table is in the schema dbo
-- dialect: tsql
-- sources: db.dbo.t, srv.db.dbo.u
-- targets: x.dbo.y
-- column: db.dbo.t.a -> x.dbo.y.a DIRECT IDENTITY
INSERT INTO x..y (a) SELECT t.a FROM db..t AS t JOIN srv.db..u AS u ON t.id = u.id;

-- case: a query passed on to another server
-- dialect: tsql
-- sources: srv.r.t
-- column: srv.r.t.a -> <query>.a DIRECT IDENTITY
-- influence: srv.r.t.b -> <query> FILTER
SELECT q.a FROM OPENQUERY(srv, 'SELECT a FROM r.t WHERE b = 1') AS q;

-- case: UPDATE TOP with a compound assignment whose rows go to a log as well
-- dialect: tsql
-- targets: audit, t
-- column: t.a -> audit.x DIRECT IDENTITY
-- column: t.a -> audit.y DIRECT IDENTITY
-- column: t.a, t.b -> t.a DIRECT TRANSFORMATION
UPDATE TOP (10) t SET a += b OUTPUT deleted.a, inserted.a INTO audit (x, y) FROM t;

-- case: CHOOSE takes one of its values
-- dialect: tsql
-- column: t.d -> <query>.y INDIRECT CONDITIONAL
-- column: t.e, t.f -> <query>.y DIRECT TRANSFORMATION
SELECT CHOOSE(d, e, f) AS y FROM t;
