-- Scripts: sources, targets and intermediates; end to end against hop by hop; what order does.

-- case: written, then read: an intermediate
-- sources: shop.orders
-- targets: mart.rev
-- intermediates: stage.orders
-- column: shop.orders.amount -> mart.rev.total DIRECT AGGREGATION
-- influences: none
-- hop: shop.orders.amount -> stage.orders.amount DIRECT IDENTITY
-- hop: stage.orders.amount -> mart.rev.total DIRECT AGGREGATION
-- diagnostics: none
INSERT INTO stage.orders (amount) SELECT amount FROM shop.orders;
INSERT INTO mart.rev (total) SELECT SUM(amount) FROM stage.orders;

-- case: kinds combine over two intermediates
-- sources: shop.orders
-- targets: mart.rev
-- intermediates: stage.a, stage.b
-- column: shop.orders.amount -> mart.rev.total DIRECT AGGREGATION
-- influences: none
-- hop: shop.orders.amount -> stage.a.amount DIRECT TRANSFORMATION
-- hop: stage.a.amount -> stage.b.total DIRECT AGGREGATION
-- hop: stage.b.total -> mart.rev.total DIRECT IDENTITY
-- diagnostics: none
CREATE TABLE stage.a AS SELECT CAST(amount AS INT) AS amount FROM shop.orders;
CREATE TABLE stage.b AS SELECT SUM(amount) AS total FROM stage.a;
CREATE TABLE mart.rev AS SELECT total FROM stage.b;

-- case: influences pass through an intermediate
-- sources: shop.orders
-- targets: mart.rev
-- intermediates: stage.orders
-- column: shop.orders.id -> mart.rev.id DIRECT IDENTITY
-- influence: shop.orders.status -> mart.rev FILTER
-- influence: shop.orders.id -> mart.rev SORT
-- diagnostics: none
CREATE TABLE stage.orders AS SELECT id FROM shop.orders WHERE status = 'open';
CREATE TABLE mart.rev AS SELECT id FROM stage.orders ORDER BY id;

-- case: one intermediate, two targets
-- sources: shop.orders
-- targets: mart.a, mart.b
-- intermediates: stage.orders
-- column: shop.orders.id -> mart.a.id DIRECT IDENTITY
-- column: shop.orders.amount -> mart.b.total DIRECT AGGREGATION
-- influences: none
-- diagnostics: none
CREATE TABLE stage.orders AS SELECT id, amount FROM shop.orders;
CREATE TABLE mart.a AS SELECT id FROM stage.orders;
CREATE TABLE mart.b AS SELECT SUM(amount) AS total FROM stage.orders;

-- case: one intermediate, two sources
-- sources: shop.orders, web.orders
-- targets: mart.rev
-- intermediates: stage.orders
-- column: shop.orders.id, web.orders.no -> mart.rev.id DIRECT IDENTITY
-- influences: none
-- hop: shop.orders.id, web.orders.no -> stage.orders.id DIRECT IDENTITY
-- hop: stage.orders.id -> mart.rev.id DIRECT IDENTITY
-- diagnostics: none
INSERT INTO stage.orders (id) SELECT id FROM shop.orders;
INSERT INTO stage.orders (id) SELECT no FROM web.orders;
INSERT INTO mart.rev (id) SELECT id FROM stage.orders;

-- case: independent statements stay independent
-- sources: shop.customers, shop.orders
-- targets: mart.a, mart.b
-- intermediates: none
-- column: shop.orders.id -> mart.a.id DIRECT IDENTITY
-- column: shop.customers.id -> mart.b.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
INSERT INTO mart.a (id) SELECT id FROM shop.orders;
INSERT INTO mart.b (id) SELECT id FROM shop.customers;

-- case: two statements into one target
-- sources: shop.orders, web.orders
-- targets: mart.rev
-- intermediates: none
-- column: shop.orders.id, web.orders.no -> mart.rev.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
INSERT INTO mart.rev (id) SELECT id FROM shop.orders;
INSERT INTO mart.rev (id) SELECT no FROM web.orders;

-- case: a source and its copy meet in one query
-- sources: shop.orders
-- targets: mart.rev
-- intermediates: stage.orders
-- column: shop.orders.amount -> mart.rev.total DIRECT AGGREGATION
-- column: shop.orders.note -> mart.rev.note DIRECT IDENTITY
-- influence: shop.orders.id -> mart.rev JOIN
-- influence: shop.orders.note -> mart.rev GROUP_BY
-- diagnostics: none
CREATE TABLE stage.orders AS SELECT id, amount FROM shop.orders;
CREATE TABLE mart.rev AS
SELECT o.note, SUM(s.amount) AS total
FROM stage.orders AS s JOIN shop.orders AS o ON s.id = o.id
GROUP BY o.note;

-- case: stars pass through an intermediate of known columns
-- schema: shop.orders(id, amount)
-- sources: shop.orders
-- targets: mart.rev
-- intermediates: stage.orders
-- column: shop.orders.id -> mart.rev.id DIRECT IDENTITY
-- column: shop.orders.amount -> mart.rev.amount DIRECT IDENTITY
-- influences: none
-- diagnostics: none
CREATE TABLE stage.orders AS SELECT * FROM shop.orders;
CREATE TABLE mart.rev AS SELECT * FROM stage.orders;

-- case: stars pass through an intermediate of unknown columns
-- sources: shop.orders
-- targets: mart.rev
-- intermediates: stage.orders
-- column: shop.orders.* -> mart.rev.* DIRECT IDENTITY unresolved
-- influences: none
-- hop: shop.orders.* -> stage.orders.* DIRECT IDENTITY unresolved
-- hop: stage.orders.* -> mart.rev.* DIRECT IDENTITY unresolved
-- diagnostics: unexpanded-star
CREATE TABLE stage.orders AS SELECT * FROM shop.orders;
CREATE TABLE mart.rev AS SELECT * FROM stage.orders;

-- case: columns of an intermediate decide an unqualified name
-- why: the columns of stage.customers are complete knowledge, and amount is not among them
-- sources: shop.customers, shop.orders
-- targets: mart.rev
-- intermediates: stage.customers
-- column: shop.orders.amount -> mart.rev.amount DIRECT IDENTITY
-- column: shop.customers.name -> mart.rev.name DIRECT IDENTITY
-- influence: shop.orders.customer_id, shop.customers.id -> mart.rev JOIN
-- diagnostics: none
CREATE TABLE stage.customers AS SELECT id, name FROM shop.customers;
CREATE TABLE mart.rev AS
SELECT amount, name FROM shop.orders AS o JOIN stage.customers AS c ON o.customer_id = c.id;

-- case: an intermediate with a self join
-- sources: shop.parts
-- targets: mart.tree
-- intermediates: stage.parts
-- column: shop.parts.id -> mart.tree.child, mart.tree.parent DIRECT IDENTITY
-- influence: shop.parts.parent_id, shop.parts.id -> mart.tree JOIN
-- diagnostics: none
CREATE TABLE stage.parts AS SELECT id, parent_id FROM shop.parts;
CREATE TABLE mart.tree AS
SELECT c.id AS child, p.id AS parent
FROM stage.parts AS c JOIN stage.parts AS p ON c.parent_id = p.id;

-- case: reading only in a filter makes a source
-- sources: shop.blocked, shop.orders
-- targets: mart.rev
-- intermediates: none
-- column: shop.orders.id -> mart.rev.id DIRECT IDENTITY
-- influence: shop.orders.customer_id, shop.blocked.id -> mart.rev FILTER
-- diagnostics: none
INSERT INTO mart.rev (id)
SELECT id FROM shop.orders WHERE customer_id NOT IN (SELECT id FROM shop.blocked);

-- case: an intermediate read only in a filter
-- sources: shop.blocked, shop.orders
-- targets: mart.rev
-- intermediates: stage.bad
-- column: shop.orders.id -> mart.rev.id DIRECT IDENTITY
-- influence: shop.orders.customer_id, shop.blocked.id, shop.blocked.reason -> mart.rev FILTER
-- diagnostics: none
CREATE TABLE stage.bad AS SELECT id FROM shop.blocked WHERE reason = 'fraud';
INSERT INTO mart.rev (id)
SELECT id FROM shop.orders WHERE customer_id IN (SELECT id FROM stage.bad);

-- case: a bare SELECT flows to the query
-- sources: shop.orders
-- targets: none
-- column: shop.orders.sold_on -> <query>.day DIRECT IDENTITY
-- column: shop.orders.amount -> <query>.SUM(amount) DIRECT AGGREGATION
-- influence: shop.orders.sold_on -> <query> GROUP_BY
-- diagnostics: none
SELECT sold_on AS day, SUM(amount) FROM shop.orders GROUP BY sold_on;

-- case: comments, empty statements and a missing last semicolon
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.id -> mart.rev.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
/* nightly; do not run by day */
;;
INSERT INTO mart.rev (id) -- the key; nothing else
SELECT id FROM shop.orders
