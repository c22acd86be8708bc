-- MERGE: every WHEN arm, star forms, BY SOURCE, subqueries and CTEs as sources, conditions.

-- case: update and insert arms
-- sources: stage.orders
-- targets: shop.orders
-- column: stage.orders.id -> shop.orders.id DIRECT IDENTITY
-- column: stage.orders.amount -> shop.orders.amount DIRECT IDENTITY
-- influence: shop.orders.id, stage.orders.id -> shop.orders JOIN
-- changes: none
-- diagnostics: none
MERGE INTO shop.orders AS t USING stage.orders AS s ON t.id = s.id
WHEN MATCHED THEN UPDATE SET amount = s.amount
WHEN NOT MATCHED THEN INSERT (id, amount) VALUES (s.id, s.amount);

-- case: an update arm alone
-- sources: stage.orders
-- targets: shop.orders
-- column: stage.orders.amount, stage.orders.tax -> shop.orders.total DIRECT TRANSFORMATION
-- influence: shop.orders.id, stage.orders.id -> shop.orders JOIN
-- diagnostics: none
MERGE INTO shop.orders USING stage.orders AS s ON orders.id = s.id
WHEN MATCHED THEN UPDATE SET total = s.amount + s.tax;

-- case: an insert arm alone
-- sources: stage.orders
-- targets: shop.orders
-- column: stage.orders.id -> shop.orders.id DIRECT IDENTITY
-- influence: shop.orders.id, stage.orders.id -> shop.orders JOIN
-- diagnostics: none
MERGE INTO shop.orders AS t USING stage.orders AS s ON t.id = s.id
WHEN NOT MATCHED THEN INSERT (id) VALUES (s.id);

-- case: the old value of the target in an update arm
-- why: DESIGN: reading the row that is being changed does not make the target a source
-- sources: stage.orders
-- targets: shop.stock
-- column: shop.stock.quantity, stage.orders.quantity -> shop.stock.quantity DIRECT TRANSFORMATION
-- influence: shop.stock.item, stage.orders.item -> shop.stock JOIN
-- diagnostics: none
MERGE INTO shop.stock AS t USING stage.orders AS s ON t.item = s.item
WHEN MATCHED THEN UPDATE SET quantity = t.quantity - s.quantity;

-- case: the condition of an arm decides the columns that the arm sets
-- why: SEMANTICS: an arm's AND condition is CONDITIONAL on the columns that arm sets, and on no others
-- sources: stage.orders
-- targets: shop.orders
-- column: stage.orders.amount -> shop.orders.amount DIRECT IDENTITY
-- column: stage.orders.id -> shop.orders.id DIRECT IDENTITY
-- column: stage.orders.changed_at, shop.orders.changed_at -> shop.orders.amount INDIRECT CONDITIONAL
-- influence: shop.orders.id, stage.orders.id -> shop.orders JOIN
-- diagnostics: none
MERGE INTO shop.orders AS t USING stage.orders AS s ON t.id = s.id
WHEN MATCHED AND s.changed_at > t.changed_at THEN UPDATE SET amount = s.amount
WHEN NOT MATCHED THEN INSERT (id) VALUES (s.id);

-- case: the condition of an insert arm
-- sources: stage.orders
-- targets: shop.orders
-- column: stage.orders.id -> shop.orders.id DIRECT IDENTITY
-- column: stage.orders.amount -> shop.orders.amount DIRECT IDENTITY
-- column: stage.orders.deleted -> shop.orders.id, shop.orders.amount INDIRECT CONDITIONAL
-- influence: shop.orders.id, stage.orders.id -> shop.orders JOIN
-- diagnostics: none
MERGE INTO shop.orders AS t USING stage.orders AS s ON t.id = s.id
WHEN NOT MATCHED AND NOT s.deleted THEN INSERT (id, amount) VALUES (s.id, s.amount);

-- case: a condition over an arm that sets a constant
-- sources: stage.orders
-- targets: shop.orders
-- column: stage.orders.cancelled -> shop.orders.status INDIRECT CONDITIONAL
-- influence: shop.orders.id, stage.orders.id -> shop.orders JOIN
-- diagnostics: none
MERGE INTO shop.orders AS t USING stage.orders AS s ON t.id = s.id
WHEN MATCHED AND s.cancelled THEN UPDATE SET status = 'cancelled';

-- case: several update arms with their own conditions
-- sources: stage.orders
-- targets: shop.orders
-- column: stage.orders.amount -> shop.orders.amount DIRECT IDENTITY
-- column: stage.orders.kind -> shop.orders.amount INDIRECT CONDITIONAL
-- column: stage.orders.note -> shop.orders.note DIRECT IDENTITY
-- column: stage.orders.lang -> shop.orders.note INDIRECT CONDITIONAL
-- influence: shop.orders.id, stage.orders.id -> shop.orders JOIN
-- diagnostics: none
MERGE INTO shop.orders AS t USING stage.orders AS s ON t.id = s.id
WHEN MATCHED AND s.kind = 'price' THEN UPDATE SET amount = s.amount
WHEN MATCHED AND s.lang = 'en' THEN UPDATE SET note = s.note;

-- case: a delete arm filters the rows that stay
-- why: a deleted row is gone from every column, so its condition is a FILTER; what MERGE deletes is a
-- why: DELETE of the target
-- sources: stage.orders
-- targets: shop.orders
-- column: stage.orders.amount -> shop.orders.amount DIRECT IDENTITY
-- influence: shop.orders.id, stage.orders.id -> shop.orders JOIN
-- influence: stage.orders.deleted -> shop.orders FILTER
-- change: DELETE shop.orders
-- diagnostics: none
MERGE INTO shop.orders AS t USING stage.orders AS s ON t.id = s.id
WHEN MATCHED AND s.deleted THEN DELETE
WHEN MATCHED THEN UPDATE SET amount = s.amount;

-- case: a delete arm alone moves no data
-- why: DESIGN: a DELETE alone is a change and no target; MERGE with nothing but delete arms is a DELETE …
-- why: USING
-- sources: stage.gone
-- targets: none
-- columns: none
-- influence: shop.orders.id, stage.gone.id -> shop.orders JOIN
-- change: DELETE shop.orders
-- diagnostics: none
MERGE INTO shop.orders AS t USING stage.gone AS s ON t.id = s.id
WHEN MATCHED THEN DELETE;

-- case: DO NOTHING does nothing
-- dialect: postgres
-- sources: stage.orders
-- targets: shop.orders
-- column: stage.orders.id -> shop.orders.id DIRECT IDENTITY
-- influence: shop.orders.id, stage.orders.id -> shop.orders JOIN
-- diagnostics: none
MERGE INTO shop.orders AS t USING stage.orders AS s ON t.id = s.id
WHEN MATCHED THEN DO NOTHING
WHEN NOT MATCHED THEN INSERT (id) VALUES (s.id);

-- case: NOT MATCHED BY SOURCE updates what the source lacks
-- dialect: databricks
-- sources: stage.orders
-- targets: shop.orders
-- column: stage.orders.amount -> shop.orders.amount DIRECT IDENTITY
-- column: shop.orders.created_at -> shop.orders.status INDIRECT CONDITIONAL
-- influence: shop.orders.id, stage.orders.id -> shop.orders JOIN
-- diagnostics: none
MERGE INTO shop.orders AS t USING stage.orders AS s ON t.id = s.id
WHEN MATCHED THEN UPDATE SET t.amount = s.amount
WHEN NOT MATCHED BY SOURCE AND t.created_at < '2020-01-01' THEN UPDATE SET t.status = 'old';

-- case: NOT MATCHED BY SOURCE deletes what the source lacks
-- dialect: tsql
-- sources: stage.orders
-- targets: shop.orders
-- column: stage.orders.id -> shop.orders.id DIRECT IDENTITY
-- influence: shop.orders.id, stage.orders.id -> shop.orders JOIN
-- influence: shop.orders.origin -> shop.orders FILTER
-- change: DELETE shop.orders
-- diagnostics: none
MERGE shop.orders AS t USING stage.orders AS s ON t.id = s.id
WHEN NOT MATCHED BY TARGET THEN INSERT (id) VALUES (s.id)
WHEN NOT MATCHED BY SOURCE AND t.origin = 'web' THEN DELETE;

-- case: UPDATE SET star and INSERT star of known tables go by name
-- dialect: databricks
-- schema: shop.orders(id, amount); stage.orders(amount, id)
-- sources: stage.orders
-- targets: shop.orders
-- column: stage.orders.id -> shop.orders.id DIRECT IDENTITY
-- column: stage.orders.amount -> shop.orders.amount DIRECT IDENTITY
-- influence: shop.orders.id, stage.orders.id -> shop.orders JOIN
-- diagnostics: none
MERGE INTO shop.orders AS t USING stage.orders AS s ON t.id = s.id
WHEN MATCHED THEN UPDATE SET *
WHEN NOT MATCHED THEN INSERT *;

-- case: UPDATE SET star and INSERT star of unknown tables
-- dialect: databricks
-- sources: stage.orders
-- targets: shop.orders
-- column: stage.orders.* -> shop.orders.* DIRECT IDENTITY unresolved
-- influence: shop.orders.id, stage.orders.id -> shop.orders JOIN
-- diagnostics: unexpanded-star
MERGE INTO shop.orders AS t USING stage.orders AS s ON t.id = s.id
WHEN MATCHED THEN UPDATE SET *
WHEN NOT MATCHED THEN INSERT *;

-- case: UPDATE SET star of a subquery with named columns
-- dialect: databricks
-- sources: stage.orders
-- targets: shop.orders
-- column: stage.orders.no -> shop.orders.id DIRECT IDENTITY
-- column: stage.orders.price -> shop.orders.amount DIRECT TRANSFORMATION
-- influence: shop.orders.id, stage.orders.no -> shop.orders JOIN
-- diagnostics: none
MERGE INTO shop.orders AS t
USING (SELECT no AS id, CAST(price AS INT) AS amount FROM stage.orders) AS s ON t.id = s.id
WHEN MATCHED THEN UPDATE SET *
WHEN NOT MATCHED THEN INSERT *;

-- case: UPDATE SET star under a condition
-- dialect: databricks
-- schema: shop.orders(id, amount); stage.orders(id, amount)
-- sources: stage.orders
-- targets: shop.orders
-- column: stage.orders.id -> shop.orders.id DIRECT IDENTITY
-- column: stage.orders.amount -> shop.orders.amount DIRECT IDENTITY
-- column: stage.orders.amount, shop.orders.amount -> shop.orders.id, shop.orders.amount INDIRECT CONDITIONAL
-- influence: shop.orders.id, stage.orders.id -> shop.orders JOIN
-- diagnostics: none
MERGE INTO shop.orders AS t USING stage.orders AS s ON t.id = s.id
WHEN MATCHED AND s.amount <> t.amount THEN UPDATE SET *;

-- case: a subquery as source brings its filters and groups
-- sources: stage.lines
-- targets: shop.orders
-- column: stage.lines.order_id -> shop.orders.id DIRECT IDENTITY
-- column: stage.lines.amount -> shop.orders.amount DIRECT AGGREGATION
-- influence: shop.orders.id, stage.lines.order_id -> shop.orders JOIN
-- influence: stage.lines.status -> shop.orders FILTER
-- influence: stage.lines.order_id -> shop.orders GROUP_BY
-- diagnostics: none
MERGE INTO shop.orders AS t
USING (
  SELECT order_id, SUM(amount) AS total FROM stage.lines WHERE status = 'ok' GROUP BY order_id
) AS s ON t.id = s.order_id
WHEN MATCHED THEN UPDATE SET amount = s.total
WHEN NOT MATCHED THEN INSERT (id, amount) VALUES (s.order_id, s.total);

-- case: a CTE as source
-- dialect: tsql
-- sources: stage.orders
-- targets: shop.orders
-- column: stage.orders.amount -> shop.orders.amount DIRECT IDENTITY
-- influence: shop.orders.id, stage.orders.id -> shop.orders JOIN
-- influence: stage.orders.status -> shop.orders FILTER
-- diagnostics: none
WITH good AS (SELECT id, amount FROM stage.orders WHERE status = 'ok')
MERGE INTO shop.orders AS t USING good AS s ON t.id = s.id
WHEN MATCHED THEN UPDATE SET t.amount = s.amount;

-- case: VALUES as source
-- dialect: tsql
-- sources: none
-- targets: dim.status
-- columns: none
-- influence: dim.status.code -> dim.status JOIN
-- diagnostics: none
MERGE INTO dim.status AS t
USING (VALUES (1, 'open'), (2, 'shipped')) AS s (code, label) ON t.code = s.code
WHEN MATCHED THEN UPDATE SET label = s.label
WHEN NOT MATCHED THEN INSERT (code, label) VALUES (s.code, s.label);

-- case: a source that reads the target's old rows
-- why: the subquery reads the old rows of the target, so the target is a source as well
-- sources: shop.orders, stage.orders
-- targets: shop.orders
-- column: stage.orders.amount -> shop.orders.amount DIRECT IDENTITY
-- column: shop.orders.amount -> shop.orders.previous DIRECT IDENTITY
-- influence: stage.orders.id, shop.orders.id -> shop.orders JOIN
-- diagnostics: none
MERGE INTO shop.orders AS t
USING (
  SELECT s.id, s.amount, o.amount AS previous
  FROM stage.orders AS s JOIN shop.orders AS o ON s.id = o.id
) AS s ON t.id = s.id
WHEN MATCHED THEN UPDATE SET amount = s.amount, previous = s.previous;

-- case: a constant in ON
-- sources: stage.orders
-- targets: shop.orders
-- column: stage.orders.amount -> shop.orders.amount DIRECT IDENTITY
-- influence: shop.orders.id, stage.orders.id, shop.orders.country -> shop.orders JOIN
-- diagnostics: none
MERGE INTO shop.orders AS t USING stage.orders AS s ON t.id = s.id AND t.country = 'DE'
WHEN MATCHED THEN UPDATE SET amount = s.amount;

-- case: INSERT VALUES without a list uses the known order
-- dialect: snowflake
-- schema: shop.orders(id, amount)
-- sources: stage.orders
-- targets: shop.orders
-- column: stage.orders.no -> shop.orders.id DIRECT IDENTITY
-- column: stage.orders.price -> shop.orders.amount DIRECT IDENTITY
-- influence: shop.orders.id, stage.orders.no -> shop.orders JOIN
-- diagnostics: none
MERGE INTO shop.orders AS t USING stage.orders AS s ON t.id = s.no
WHEN NOT MATCHED THEN INSERT VALUES (s.no, s.price);

-- case: INSERT VALUES without a list or a schema uses the names of the values
-- dialect: snowflake
-- sources: stage.orders
-- targets: shop.orders
-- column: stage.orders.id -> shop.orders.id DIRECT IDENTITY
-- column: stage.orders.amount -> shop.orders.amount DIRECT IDENTITY
-- influence: shop.orders.id, stage.orders.id -> shop.orders JOIN
-- diagnostics: none
MERGE INTO shop.orders AS t USING stage.orders AS s ON t.id = s.id
WHEN NOT MATCHED THEN INSERT VALUES (s.id, s.amount);

-- case: an insert arm whose values do not fit its list
-- sources: stage.orders
-- targets: shop.orders
-- influence: shop.orders.id, stage.orders.id -> shop.orders JOIN
-- diagnostics: column-count
MERGE INTO shop.orders AS t USING stage.orders AS s ON t.id = s.id
WHEN NOT MATCHED THEN INSERT (id, amount, tax) VALUES (s.id, s.amount);

-- case: unqualified columns in the arms
-- schema: shop.orders(id, amount); stage.orders(no, price)
-- why: with both tables known each name belongs to exactly one of them
-- sources: stage.orders
-- targets: shop.orders
-- column: stage.orders.no -> shop.orders.id DIRECT IDENTITY
-- column: stage.orders.price -> shop.orders.amount DIRECT IDENTITY
-- influence: shop.orders.id, stage.orders.no -> shop.orders JOIN
-- diagnostics: none
MERGE INTO shop.orders USING stage.orders ON id = no
WHEN MATCHED THEN UPDATE SET amount = price
WHEN NOT MATCHED THEN INSERT (id, amount) VALUES (no, price);

-- case: a join inside the source
-- sources: shop.customers, stage.orders
-- targets: shop.orders
-- column: shop.customers.name -> shop.orders.customer_name DIRECT IDENTITY
-- influence: stage.orders.customer_id, shop.customers.id -> shop.orders JOIN
-- influence: shop.orders.id, stage.orders.id -> shop.orders JOIN
-- diagnostics: none
MERGE INTO shop.orders AS t
USING (
  SELECT s.id, c.name FROM stage.orders AS s JOIN shop.customers AS c ON s.customer_id = c.id
) AS s ON t.id = s.id
WHEN MATCHED THEN UPDATE SET customer_name = s.name;
