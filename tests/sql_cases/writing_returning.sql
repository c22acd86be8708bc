-- RETURNING in CTEs and OUTPUT … INTO: rows that one change hands to the next.

-- case: DELETE RETURNING in a CTE moves rows
-- dialect: postgres
-- why: the deleted rows flow on, so the table they leave is a source, and what chose them is an influence
-- sources: shop.orders
-- targets: arch.orders
-- column: shop.orders.id -> arch.orders.id DIRECT IDENTITY
-- column: shop.orders.amount -> arch.orders.amount DIRECT IDENTITY
-- influence: shop.orders.created_at -> arch.orders, shop.orders FILTER
-- change: DELETE shop.orders
-- diagnostics: none
WITH moved AS (
  DELETE FROM shop.orders WHERE created_at < '2020-01-01' RETURNING id, amount
)
INSERT INTO arch.orders (id, amount) SELECT id, amount FROM moved;

-- case: INSERT RETURNING in a CTE feeds the next INSERT
-- dialect: postgres
-- why: RETURNING shows the row as the table keeps it (defaults and triggers included), so the table is a
-- why: stop of its own
-- sources: web.orders
-- targets: shop.log, shop.orders
-- column: web.orders.price -> shop.orders.amount DIRECT IDENTITY
-- column: shop.orders.id -> shop.log.order_id DIRECT IDENTITY
-- column: shop.orders.amount -> shop.log.amount DIRECT IDENTITY
-- influences: none
-- diagnostics: none
WITH new AS (
  INSERT INTO shop.orders (amount) SELECT price FROM web.orders RETURNING id, amount
)
INSERT INTO shop.log (order_id, amount) SELECT id, amount FROM new;

-- case: UPDATE RETURNING in a CTE
-- dialect: postgres
-- targets: shop.log, shop.orders
-- column: shop.orders.id -> shop.log.order_id DIRECT IDENTITY
-- column: shop.orders.status -> shop.log.status DIRECT IDENTITY
-- influence: shop.orders.paid_on -> shop.orders, shop.log FILTER
-- diagnostics: none
WITH changed AS (
  UPDATE shop.orders SET status = 'paid' WHERE paid_on IS NOT NULL RETURNING id, status
)
INSERT INTO shop.log (order_id, status) SELECT id, status FROM changed;

-- case: RETURNING to the client moves nothing between datasets
-- dialect: postgres
-- why: the rows go to the program that sent the statement, and no dataset gets them
-- sources: web.orders
-- targets: shop.orders
-- column: web.orders.price -> shop.orders.amount DIRECT IDENTITY
-- influences: none
-- diagnostics: none
INSERT INTO shop.orders (amount) SELECT price FROM web.orders RETURNING id;

-- case: OUTPUT deleted INTO an archive
-- dialect: tsql
-- sources: shop.orders
-- targets: arch.orders
-- column: shop.orders.id -> arch.orders.id DIRECT IDENTITY
-- column: shop.orders.amount -> arch.orders.amount DIRECT IDENTITY
-- influence: shop.orders.created_at -> arch.orders, shop.orders FILTER
-- change: DELETE shop.orders
-- diagnostics: none
DELETE FROM shop.orders
OUTPUT deleted.id, deleted.amount INTO arch.orders (id, amount)
WHERE created_at < '2020-01-01';

-- case: OUTPUT inserted INTO a log
-- dialect: tsql
-- sources: web.orders
-- targets: shop.log, shop.orders
-- column: web.orders.price -> shop.orders.amount DIRECT IDENTITY
-- column: shop.orders.id -> shop.log.order_id DIRECT IDENTITY
-- column: shop.orders.amount -> shop.log.amount DIRECT IDENTITY
-- influences: none
-- diagnostics: none
INSERT INTO shop.orders (amount)
OUTPUT inserted.id, inserted.amount INTO shop.log (order_id, amount)
SELECT price FROM web.orders;

-- case: OUTPUT of old and new values of an UPDATE
-- dialect: tsql
-- targets: shop.log, shop.orders
-- column: shop.orders.amount -> shop.orders.amount DIRECT TRANSFORMATION
-- column: shop.orders.amount -> shop.log.old_amount, shop.log.new_amount DIRECT IDENTITY
-- influence: shop.orders.status -> shop.orders, shop.log FILTER
-- diagnostics: none
UPDATE shop.orders SET amount = amount * 2
OUTPUT deleted.amount, inserted.amount INTO shop.log (old_amount, new_amount)
WHERE status = 'open';

-- case: OUTPUT of a MERGE
-- dialect: tsql
-- why: $action is a constant of the statement, not a column
-- sources: stage.orders
-- targets: shop.log, shop.orders
-- column: stage.orders.amount -> shop.orders.amount DIRECT IDENTITY
-- column: shop.orders.id -> shop.log.order_id DIRECT IDENTITY
-- diagnostics: none
MERGE INTO shop.orders AS t USING stage.orders AS s ON t.id = s.id
WHEN MATCHED THEN UPDATE SET t.amount = s.amount
OUTPUT $action, inserted.id INTO shop.log (action, order_id);

-- case: OUTPUT into a table variable is folded
-- dialect: tsql
-- sources: shop.orders
-- targets: arch.orders
-- intermediates: none
-- column: shop.orders.id -> arch.orders.id DIRECT IDENTITY
-- influence: shop.orders.status -> arch.orders, shop.orders FILTER
-- change: DELETE shop.orders
-- diagnostics: none
DECLARE @gone TABLE (id INT);
DELETE FROM shop.orders OUTPUT deleted.id INTO @gone WHERE status = 'cancelled';
INSERT INTO arch.orders (id) SELECT id FROM @gone;

-- case: OUTPUT INTO without a column list goes by position
-- dialect: tsql
-- schema: arch.orders(no, price); shop.orders(id, amount, status)
-- sources: shop.orders
-- targets: arch.orders
-- column: shop.orders.id -> arch.orders.no DIRECT IDENTITY
-- column: shop.orders.amount -> arch.orders.price DIRECT IDENTITY
-- influence: shop.orders.status -> arch.orders, shop.orders FILTER
-- change: DELETE shop.orders
-- diagnostics: none
DELETE FROM shop.orders OUTPUT deleted.id, deleted.amount INTO arch.orders
WHERE status = 'cancelled';

-- case: OUTPUT INTO without a column list or a schema goes by name
-- dialect: tsql
-- sources: web.orders
-- targets: log, shop.orders
-- column: web.orders.price -> shop.orders.amount DIRECT IDENTITY
-- column: shop.orders.amount -> log.amount DIRECT IDENTITY
-- influences: none
-- diagnostics: none
INSERT INTO shop.orders (amount) OUTPUT inserted.amount INTO log SELECT price FROM web.orders;

-- case: OUTPUT with a star
-- dialect: tsql
-- schema: shop.orders(id, amount)
-- sources: shop.orders
-- targets: archive
-- column: shop.orders.id -> archive.id DIRECT IDENTITY
-- column: shop.orders.amount -> archive.amount DIRECT IDENTITY
-- influences: none
-- change: DELETE shop.orders
-- diagnostics: none
DELETE FROM shop.orders OUTPUT deleted.* INTO archive;

-- case: OUTPUT to the client moves nothing between datasets
-- dialect: tsql
-- sources: none
-- targets: none
-- columns: none
-- influence: shop.orders.status -> shop.orders FILTER
-- change: DELETE shop.orders
-- diagnostics: none
DELETE FROM shop.orders OUTPUT deleted.id WHERE status = 'cancelled';
