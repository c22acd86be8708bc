-- Upserts: REPLACE, INSERT OR …, ON CONFLICT, ON DUPLICATE KEY UPDATE.

-- case: ON CONFLICT DO UPDATE with EXCLUDED
-- dialect: postgres
-- why: EXCLUDED is the row proposed for insertion; the conflict key is matched against the old rows as
-- why: MERGE's ON is, hence JOIN
-- sources: stage.orders
-- targets: shop.orders
-- column: stage.orders.no -> shop.orders.id DIRECT IDENTITY
-- column: stage.orders.price -> shop.orders.amount DIRECT IDENTITY
-- influence: stage.orders.no, shop.orders.id -> shop.orders JOIN
-- diagnostics: none
INSERT INTO shop.orders (id, amount) SELECT no, price FROM stage.orders
ON CONFLICT (id) DO UPDATE SET amount = EXCLUDED.amount;

-- case: ON CONFLICT adds to the old value
-- dialect: postgres
-- sources: stage.orders
-- targets: shop.stock
-- column: stage.orders.item -> shop.stock.item DIRECT IDENTITY
-- column: stage.orders.quantity -> shop.stock.quantity DIRECT IDENTITY
-- column: shop.stock.quantity, stage.orders.quantity -> shop.stock.quantity DIRECT TRANSFORMATION
-- influence: stage.orders.item, shop.stock.item -> shop.stock JOIN
-- diagnostics: none
INSERT INTO shop.stock AS t (item, quantity) SELECT item, quantity FROM stage.orders
ON CONFLICT (item) DO UPDATE SET quantity = t.quantity + EXCLUDED.quantity;

-- case: the WHERE of DO UPDATE decides the columns it sets
-- dialect: postgres
-- why: like the condition of a MERGE arm
-- sources: stage.orders
-- targets: shop.orders
-- column: stage.orders.id -> shop.orders.id DIRECT IDENTITY
-- column: stage.orders.amount -> shop.orders.amount DIRECT IDENTITY
-- column: stage.orders.amount, shop.orders.amount -> shop.orders.amount INDIRECT CONDITIONAL
-- influence: stage.orders.id, shop.orders.id -> shop.orders JOIN
-- diagnostics: none
INSERT INTO shop.orders AS t (id, amount) SELECT id, amount FROM stage.orders
ON CONFLICT (id) DO UPDATE SET amount = EXCLUDED.amount WHERE t.amount <> EXCLUDED.amount;

-- case: ON CONFLICT sets a column that the INSERT does not
-- dialect: postgres
-- sources: stage.orders
-- targets: shop.orders
-- column: stage.orders.id -> shop.orders.id DIRECT IDENTITY
-- column: stage.orders.amount -> shop.orders.amount DIRECT IDENTITY
-- column: stage.orders.amount -> shop.orders.last_amount DIRECT IDENTITY
-- influence: stage.orders.id, shop.orders.id -> shop.orders JOIN
-- diagnostics: none
INSERT INTO shop.orders (id, amount) SELECT id, amount FROM stage.orders
ON CONFLICT (id) DO UPDATE SET last_amount = EXCLUDED.amount, changed_at = NOW();

-- case: ON CONFLICT with a tuple SET
-- dialect: postgres
-- sources: stage.orders
-- targets: shop.orders
-- column: stage.orders.id -> shop.orders.id DIRECT IDENTITY
-- column: stage.orders.amount -> shop.orders.amount DIRECT IDENTITY
-- column: shop.orders.amount -> shop.orders.previous DIRECT IDENTITY
-- influence: stage.orders.id, shop.orders.id -> shop.orders JOIN
-- diagnostics: none
INSERT INTO shop.orders AS t (id, amount) SELECT id, amount FROM stage.orders
ON CONFLICT (id) DO UPDATE SET (amount, previous) = (EXCLUDED.amount, t.amount);

-- case: ON CONFLICT DO NOTHING
-- dialect: postgres
-- why: without a conflict target nothing is named that could decide
-- sources: stage.orders
-- targets: shop.orders
-- column: stage.orders.id -> shop.orders.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
INSERT INTO shop.orders (id) SELECT id FROM stage.orders ON CONFLICT DO NOTHING;

-- case: ON CONFLICT of constants
-- dialect: postgres
-- sources: none
-- targets: shop.stock
-- column: shop.stock.quantity -> shop.stock.quantity DIRECT TRANSFORMATION
-- influence: shop.stock.item -> shop.stock JOIN
-- diagnostics: none
INSERT INTO shop.stock AS t (item, quantity) VALUES ('bolt', 5)
ON CONFLICT (item) DO UPDATE SET quantity = t.quantity + EXCLUDED.quantity;

-- case: ON CONFLICT on a named constraint
-- dialect: postgres
-- why: the columns of a constraint are not in the statement
-- sources: stage.orders
-- targets: shop.orders
-- column: stage.orders.id -> shop.orders.id DIRECT IDENTITY
-- column: stage.orders.amount -> shop.orders.amount DIRECT IDENTITY
-- influences: none
-- diagnostics: none
INSERT INTO shop.orders (id, amount) SELECT id, amount FROM stage.orders
ON CONFLICT ON CONSTRAINT orders_pkey DO UPDATE SET amount = EXCLUDED.amount;

-- case: ON DUPLICATE KEY UPDATE with VALUES()
-- dialect: mysql
-- why: the key is not named, so nothing but the assignments is known
-- sources: stage.orders
-- targets: shop.orders
-- column: stage.orders.no -> shop.orders.id DIRECT IDENTITY
-- column: stage.orders.price -> shop.orders.amount DIRECT IDENTITY
-- influences: none
-- diagnostics: none
INSERT INTO shop.orders (id, amount) SELECT no, price FROM stage.orders
ON DUPLICATE KEY UPDATE amount = VALUES(amount);

-- case: ON DUPLICATE KEY UPDATE adds to the old value
-- dialect: mysql
-- sources: stage.orders
-- targets: shop.stock
-- column: stage.orders.item -> shop.stock.item DIRECT IDENTITY
-- column: stage.orders.pieces -> shop.stock.quantity DIRECT IDENTITY
-- column: shop.stock.quantity, stage.orders.pieces -> shop.stock.quantity DIRECT TRANSFORMATION
-- influences: none
-- diagnostics: none
INSERT INTO shop.stock (item, quantity) SELECT item, pieces FROM stage.orders
ON DUPLICATE KEY UPDATE quantity = stock.quantity + VALUES(quantity);

-- case: ON DUPLICATE KEY UPDATE with a row alias
-- dialect: mysql
-- sources: none
-- targets: shop.stock
-- column: shop.stock.quantity -> shop.stock.quantity DIRECT TRANSFORMATION
-- influences: none
-- diagnostics: none
INSERT INTO shop.stock (item, quantity) VALUES ('bolt', 5) AS new
ON DUPLICATE KEY UPDATE quantity = stock.quantity + new.quantity;

-- case: ON DUPLICATE KEY UPDATE with a column of the query
-- dialect: mysql
-- sources: stage.orders
-- targets: shop.orders
-- column: stage.orders.id -> shop.orders.id DIRECT IDENTITY
-- column: stage.orders.price -> shop.orders.amount DIRECT TRANSFORMATION
-- influences: none
-- diagnostics: none
INSERT INTO shop.orders (id) SELECT s.id FROM stage.orders AS s
ON DUPLICATE KEY UPDATE amount = s.price * 2;

-- case: REPLACE is an INSERT for lineage
-- dialect: mysql
-- sources: stage.orders
-- targets: shop.orders
-- column: stage.orders.no -> shop.orders.id DIRECT IDENTITY
-- column: stage.orders.price -> shop.orders.amount DIRECT IDENTITY
-- influences: none
-- diagnostics: none
REPLACE INTO shop.orders (id, amount) SELECT no, price FROM stage.orders;

-- case: REPLACE without a list uses the known order
-- dialect: mysql
-- schema: shop.orders(id, amount)
-- sources: stage.orders
-- targets: shop.orders
-- column: stage.orders.no -> shop.orders.id DIRECT IDENTITY
-- column: stage.orders.price -> shop.orders.amount DIRECT IDENTITY
-- influences: none
-- diagnostics: none
REPLACE INTO shop.orders SELECT no, price FROM stage.orders;

-- case: INSERT IGNORE
-- dialect: mysql
-- sources: stage.orders
-- targets: shop.orders
-- column: stage.orders.no -> shop.orders.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
INSERT IGNORE INTO shop.orders (id) SELECT no FROM stage.orders;

-- case: INSERT OR REPLACE
-- dialect: sqlite
-- sources: stage
-- targets: orders
-- column: stage.no -> orders.id DIRECT IDENTITY
-- column: stage.price -> orders.amount DIRECT IDENTITY
-- influences: none
-- diagnostics: none
INSERT OR REPLACE INTO orders (id, amount) SELECT no, price FROM stage;

-- case: SQLite's ON CONFLICT sees the target without its name
-- dialect: sqlite
-- why: SQLite's manual: column names in DO UPDATE refer to the row before the attempted INSERT
-- sources: none
-- targets: stock
-- column: stock.quantity -> stock.quantity DIRECT TRANSFORMATION
-- influence: stock.item -> stock JOIN
-- diagnostics: none
INSERT INTO stock (item, quantity) VALUES ('bolt', 5)
ON CONFLICT (item) DO UPDATE SET quantity = quantity + excluded.quantity;

-- case: UPSERT INTO
-- why: not in the standard, but the word of several databases (CockroachDB, Phoenix, SAP HANA): an INSERT
-- why: for lineage
-- sources: stage.orders
-- targets: shop.orders
-- column: stage.orders.no -> shop.orders.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
UPSERT INTO shop.orders (id) SELECT no FROM stage.orders;
