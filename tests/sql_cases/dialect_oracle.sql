-- Oracle.

-- case: the old outer join
-- dialect: oracle
-- why: the condition stands in WHERE
-- sources: shop.customers, shop.orders
-- targets: mart.rev
-- column: shop.customers.name -> mart.rev.name DIRECT IDENTITY
-- influence: shop.orders.customer_id, shop.customers.id -> mart.rev FILTER
-- diagnostics: none
INSERT INTO mart.rev (name)
SELECT c.name FROM shop.orders o, shop.customers c WHERE o.customer_id = c.id (+);

-- case: DECODE
-- dialect: oracle
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.status -> mart.rev.due INDIRECT CONDITIONAL
-- column: shop.orders.amount, shop.orders.tax -> mart.rev.due DIRECT TRANSFORMATION
-- influences: none
-- diagnostics: none
INSERT INTO mart.rev (due) SELECT DECODE(status, 'open', amount, tax) FROM shop.orders;

-- case: NVL and NVL2
-- dialect: oracle
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.note, shop.orders.label -> mart.rev.note DIRECT TRANSFORMATION
-- column: shop.orders.paid_on -> mart.rev.due INDIRECT CONDITIONAL
-- column: shop.orders.tax, shop.orders.amount -> mart.rev.due DIRECT TRANSFORMATION
-- influences: none
-- diagnostics: none
INSERT INTO mart.rev (note, due) SELECT NVL(note, label), NVL2(paid_on, tax, amount) FROM shop.orders;

-- case: ROWNUM is no column of the table
-- dialect: oracle
-- sources: shop.orders
-- targets: mart.top
-- column: shop.orders.id -> mart.top.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
INSERT INTO mart.top (id) SELECT id FROM shop.orders WHERE ROWNUM <= 10;

-- case: MINUS
-- dialect: oracle
-- sources: shop.blocked, shop.customers
-- targets: mart.good
-- column: shop.customers.id -> mart.good.id DIRECT IDENTITY
-- influence: shop.customers.id -> mart.good GROUP_BY
-- influence: shop.blocked.id -> mart.good FILTER
-- diagnostics: none
INSERT INTO mart.good (id) SELECT id FROM shop.customers MINUS SELECT id FROM shop.blocked;

-- case: a hierarchical query
-- dialect: oracle
-- why: which clause CONNECT BY counts as is left open; the columns are not
-- sources: shop.parts
-- targets: mart.tree
-- column: shop.parts.id -> mart.tree.id DIRECT IDENTITY
-- column: shop.parts.name -> mart.tree.path DIRECT TRANSFORMATION
-- diagnostics: none
INSERT INTO mart.tree (id, path)
SELECT id, SYS_CONNECT_BY_PATH(name, '/') FROM shop.parts
START WITH parent_id IS NULL CONNECT BY PRIOR id = parent_id;

-- case: MERGE with WHERE and DELETE WHERE
-- dialect: oracle
-- why: Oracle's WHERE after an arm is the arm's condition; DELETE WHERE looks at the updated row and takes
-- why: it away
-- sources: stage.orders
-- targets: shop.orders
-- column: stage.orders.amount -> shop.orders.amount DIRECT IDENTITY
-- column: stage.orders.valid -> shop.orders.amount INDIRECT CONDITIONAL
-- column: stage.orders.id -> shop.orders.id DIRECT IDENTITY
-- influence: shop.orders.id, stage.orders.id -> shop.orders JOIN
-- influence: shop.orders.amount -> shop.orders FILTER
-- change: DELETE shop.orders
-- diagnostics: none
MERGE INTO shop.orders t USING stage.orders s ON (t.id = s.id)
WHEN MATCHED THEN UPDATE SET t.amount = s.amount WHERE s.valid = 1
  DELETE WHERE t.amount = 0
WHEN NOT MATCHED THEN INSERT (id) VALUES (s.id);

-- case: UPDATE of a join view
-- dialect: oracle
-- why: the subquery is an updatable view; shop.orders keeps the key, so it is what changes
-- sources: shop.rates
-- targets: shop.orders
-- column: shop.rates.rate -> shop.orders.rate DIRECT IDENTITY
-- influence: shop.orders.currency, shop.rates.currency -> shop.orders JOIN
-- diagnostics: none
UPDATE (
  SELECT o.rate AS old_rate, r.rate AS new_rate
  FROM shop.orders o JOIN shop.rates r ON o.currency = r.currency
) SET old_rate = new_rate;

-- case: dual is no source of values
-- dialect: oracle
-- targets: mart.runs
-- columns: none
-- influences: none
-- diagnostics: none
INSERT INTO mart.runs (started_at) SELECT SYSDATE FROM dual;

-- case: names written in capitals
-- dialect: oracle
-- why: unquoted names fold, and the first spelling is shown
-- sources: SHOP.ORDERS
-- targets: MART.REV
-- column: SHOP.ORDERS.AMOUNT -> MART.REV.TOTAL DIRECT AGGREGATION
-- influences: none
-- diagnostics: none
INSERT INTO MART.REV (TOTAL) SELECT SUM(o.AMOUNT) FROM SHOP.ORDERS o;

-- case: KEEP (DENSE_RANK LAST)
-- dialect: oracle
-- why: the order decides which rows the aggregate sees
-- sources: shop.orders
-- targets: mart.last
-- influences: none
-- diagnostics: none
INSERT INTO mart.last (amount)
SELECT MAX(amount) KEEP (DENSE_RANK LAST ORDER BY created_at) FROM shop.orders;

-- case: variables of an anonymous block are no columns
-- dialect: oracle
-- sources: s, t
-- targets: u
-- column: t.a -> <query>.MAX(a) DIRECT AGGREGATION
-- column: s.b -> u.p DIRECT IDENTITY
-- influence: s.c -> u FILTER
DECLARE v NUMBER; BEGIN SELECT MAX(a) INTO v FROM t; INSERT INTO u (p, q) SELECT b, v FROM s WHERE c > v; END;

-- case: dual is no dataset
-- dialect: oracle
-- sources: x
-- targets: t
-- column: x.a -> t.q DIRECT IDENTITY
INSERT INTO t (p, q) SELECT SYSDATE, x.a FROM dual, x;

-- case: the spreadsheet clause reads its table
-- dialect: oracle
-- sources: sales
-- targets: forecast
-- diagnostics: unexpanded-star
CREATE TABLE forecast AS SELECT * FROM sales MODEL DIMENSION BY (y) MEASURES (v) RULES (v[2025] = v[2024] * 2);

-- case: a query may bring its own functions
-- dialect: oracle
-- sources: s
-- column: s.a -> <query>.twice(a) DIRECT TRANSFORMATION
-- diagnostics: none
WITH FUNCTION twice(p NUMBER) RETURN NUMBER IS BEGIN IF p > 0 THEN RETURN p * 2; END IF; RETURN 0; END;
  base AS (SELECT a FROM s)
SELECT twice(a) FROM base;
