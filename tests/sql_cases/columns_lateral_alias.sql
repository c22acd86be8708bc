-- case: an alias used by a later column
-- dialect: snowflake
-- why: of a table nothing is known; the alias is written three words before
-- sources: items
-- column: items.price, items.qty -> <query>.gross DIRECT TRANSFORMATION
-- column: items.price, items.qty -> <query>.tax DIRECT TRANSFORMATION
-- diagnostics: none
SELECT price * qty AS gross, gross * 0.2 AS tax FROM items;

-- case: a chain of aliases
-- dialect: databricks
-- schema: t(a)
-- column: t.a -> <query>.b, <query>.c, <query>.d DIRECT TRANSFORMATION
SELECT a + 1 AS b, b + 1 AS c, c + 1 AS d FROM t;

-- case: an alias of a bare column is still that column
-- dialect: redshift
-- schema: t(a)
-- column: t.a -> <query>.x, <query>.y DIRECT IDENTITY
SELECT a AS x, x AS y FROM t;

-- case: an alias of an aggregate
-- dialect: redshift
-- schema: t(k, v)
-- column: t.k -> <query>.k DIRECT IDENTITY
-- column: t.v -> <query>.s, <query>.half DIRECT AGGREGATION
-- influence: t.k -> <query> GROUP_BY
SELECT k, SUM(v) AS s, s / 2 AS half FROM t GROUP BY k;

-- case: in Snowflake the table's column wins over the alias
-- dialect: snowflake
-- schema: items(price, gross)
-- column: items.price -> <query>.gross DIRECT TRANSFORMATION
-- column: items.gross -> <query>.next DIRECT TRANSFORMATION
SELECT price * 2 AS gross, gross + 1 AS next FROM items;

-- case: in Redshift the table's column wins over the alias
-- dialect: redshift
-- why: Redshift manual, SELECT list: "the column in the FROM clause takes precedence"
-- schema: items(price, gross)
-- column: items.price -> <query>.gross DIRECT TRANSFORMATION
-- column: items.gross -> <query>.next DIRECT TRANSFORMATION
SELECT price * 2 AS gross, gross + 1 AS next FROM items;

-- case: in Databricks and Spark the table's column wins over the alias
-- dialect: spark
-- why: Databricks manual, name resolution: columns of FROM before lateral column aliases
-- schema: items(price, gross)
-- column: items.price -> <query>.gross DIRECT TRANSFORMATION
-- column: items.gross -> <query>.next DIRECT TRANSFORMATION
SELECT price * 2 AS gross, gross + 1 AS next FROM items;

-- case: in DuckDB the table's column wins over the alias
-- dialect: duckdb
-- why: run on DuckDB 1.5
-- schema: items(price, gross)
-- column: items.price -> <query>.gross DIRECT TRANSFORMATION
-- column: items.gross -> <query>.next DIRECT TRANSFORMATION
SELECT price * 2 AS gross, gross + 1 AS next FROM items;

-- case: in ClickHouse the alias wins over the table's column
-- dialect: clickhouse
-- why: prefer_column_name_to_alias is off by default (ClickHouse manual, settings)
-- schema: items(price, gross)
-- column: items.price -> <query>.gross DIRECT TRANSFORMATION
-- column: items.price -> <query>.next DIRECT TRANSFORMATION
SELECT price * 2 AS gross, gross + 1 AS next FROM items;

-- case: in ClickHouse an alias may be used before it is defined
-- dialect: clickhouse
-- schema: items(price)
-- column: items.price -> <query>.next, <query>.gross DIRECT TRANSFORMATION
-- diagnostics: none
SELECT gross + 1 AS next, price * 2 AS gross FROM items;

-- case: inside its own definition a name is the table's column, also in ClickHouse
-- dialect: clickhouse
-- schema: items(price)
-- column: items.price -> <query>.price DIRECT TRANSFORMATION
SELECT price * 2 AS price FROM items;

-- case: Teradata lets later expressions use a name
-- dialect: teradata
-- schema: dwh.items(price, qty)
-- column: dwh.items.price, dwh.items.qty -> <query>.gross, <query>.net DIRECT TRANSFORMATION
SELECT price * qty AS gross, gross / 1.2 AS net FROM dwh.items;

-- case: a qualified name is never an alias
-- dialect: snowflake
-- sources: t
-- column: t.a -> <query>.x DIRECT TRANSFORMATION
-- column: t.x -> <query>.y DIRECT IDENTITY
SELECT a + 1 AS x, t.x AS y FROM t;

-- case: PostgreSQL has no lateral aliases: the name is the table's
-- dialect: postgres
-- sources: t
-- column: t.a -> <query>.x DIRECT TRANSFORMATION
-- column: t.x -> <query>.y DIRECT TRANSFORMATION
SELECT a + 1 AS x, x * 2 AS y FROM t;

-- case: PostgreSQL has no lateral aliases: a known table without the column does not have it
-- dialect: postgres
-- schema: t(a)
-- column: t.a -> <query>.x DIRECT TRANSFORMATION
-- column: ?.x -> <query>.y DIRECT TRANSFORMATION unresolved
-- diagnostics: unknown-column
SELECT a + 1 AS x, x * 2 AS y FROM t;

-- case: T-SQL has no lateral aliases
-- dialect: tsql
-- sources: dbo.t
-- column: dbo.t.a -> <query>.x DIRECT TRANSFORMATION
-- column: dbo.t.x -> <query>.y DIRECT TRANSFORMATION
SELECT a + 1 AS x, x * 2 AS y FROM dbo.t;

-- case: BigQuery has no lateral aliases
-- dialect: bigquery
-- sources: ds.t
-- column: ds.t.a -> <query>.x DIRECT TRANSFORMATION
-- column: ds.t.x -> <query>.y DIRECT TRANSFORMATION
SELECT a + 1 AS x, x * 2 AS y FROM ds.t;

-- case: neither MySQL, Oracle, Hive, Trino nor SQLite has lateral aliases
-- dialect: mysql
-- sources: t
-- column: t.a -> <query>.x DIRECT TRANSFORMATION
-- column: t.x -> <query>.y DIRECT TRANSFORMATION
SELECT a + 1 AS x, x * 2 AS y FROM t;

-- case: an alias in WHERE
-- dialect: snowflake
-- sources: t
-- column: t.a -> <query>.x DIRECT TRANSFORMATION
-- influence: t.a -> <query> FILTER
SELECT a + 1 AS x FROM t WHERE x > 5;

-- case: in WHERE too the table's column wins
-- dialect: duckdb
-- why: run on DuckDB 1.5
-- schema: t(a, b)
-- column: t.a -> <query>.b DIRECT TRANSFORMATION
-- influence: t.b -> <query> FILTER
SELECT a + 100 AS b FROM t WHERE b > 50;

-- case: in ClickHouse's WHERE the alias wins
-- dialect: clickhouse
-- schema: t(a, b)
-- column: t.a -> <query>.b DIRECT TRANSFORMATION
-- influence: t.a -> <query> FILTER
SELECT a + 100 AS b FROM t WHERE b > 50;

-- case: SQLite knows aliases in WHERE
-- dialect: sqlite
-- schema: t(a)
-- column: t.a -> <query>.x DIRECT TRANSFORMATION
-- influence: t.a -> <query> FILTER
-- diagnostics: none
SELECT a + 1 AS x FROM t WHERE x > 5;

-- case: PostgreSQL does not know aliases in WHERE
-- dialect: postgres
-- sources: t
-- column: t.a -> <query>.x DIRECT TRANSFORMATION
-- influence: t.x -> <query> FILTER
SELECT a + 1 AS x FROM t WHERE x > 5;

-- case: ORDER BY prefers the output's name
-- dialect: postgres
-- why: PostgreSQL manual, SELECT, ORDER BY: a bare name is an output column first
-- schema: t(a, b)
-- column: t.a -> <query>.b DIRECT TRANSFORMATION
-- influence: t.a -> <query> SORT
SELECT -a AS b FROM t ORDER BY b;

-- case: ORDER BY an expression sees the table's columns
-- dialect: postgres
-- why: PostgreSQL manual, SELECT, ORDER BY: inside an expression names are input columns; DuckDB does the same (run)
-- schema: t(a, b)
-- column: t.a -> <query>.b DIRECT TRANSFORMATION
-- influence: t.b -> <query> SORT
SELECT -a AS b FROM t ORDER BY b + 0;

-- case: ORDER BY a column that is no output
-- dialect: oracle
-- sources: t
-- column: t.a -> <query>.x DIRECT IDENTITY
-- influence: t.b -> <query> SORT
SELECT a AS x FROM t ORDER BY b;

-- case: GROUP BY an alias
-- dialect: postgres
-- sources: t
-- column: t.ts -> <query>.month DIRECT TRANSFORMATION
-- column: t.v -> <query>.s DIRECT AGGREGATION
-- influence: t.ts -> <query> GROUP_BY
SELECT DATE_TRUNC('month', ts) AS month, SUM(v) AS s FROM t GROUP BY month;

-- case: GROUP BY prefers the table's column
-- dialect: postgres
-- why: PostgreSQL manual, SELECT, GROUP BY: "in case of ambiguity, a name is an input column"
-- schema: t(k, v)
-- column: t.v -> <query>.k DIRECT AGGREGATION
-- influence: t.k -> <query> GROUP_BY
SELECT MAX(v) AS k FROM t GROUP BY k;

-- case: MySQL's GROUP BY too prefers the table's column
-- dialect: mysql
-- why: MySQL manual, SELECT: GROUP BY "searches the FROM clause before the select list"
-- schema: t(k, v)
-- column: t.v -> <query>.k DIRECT AGGREGATION
-- influence: t.k -> <query> GROUP_BY
SELECT MAX(v) AS k FROM t GROUP BY k;

-- case: HAVING an alias
-- dialect: mysql
-- schema: t(k, v)
-- column: t.k -> <query>.k DIRECT IDENTITY
-- column: t.v -> <query>.total DIRECT AGGREGATION
-- influence: t.k -> <query> GROUP_BY
-- influence: t.v -> <query> FILTER
SELECT k, SUM(v) AS total FROM t GROUP BY k HAVING total > 10;

-- case: HAVING and ORDER BY aliases in BigQuery
-- dialect: bigquery
-- sources: ds.t
-- column: ds.t.k -> <query>.grp DIRECT IDENTITY
-- column: ds.t.v -> <query>.total DIRECT AGGREGATION
-- influence: ds.t.k -> <query> GROUP_BY
-- influence: ds.t.v -> <query> FILTER
-- influence: ds.t.v -> <query> SORT
SELECT k AS grp, SUM(v) AS total FROM ds.t
GROUP BY grp HAVING total > 10 ORDER BY total DESC;

-- case: a subquery of the SELECT list sees the aliases before it
-- dialect: duckdb
-- schema: t(a); u(b)
-- why: run on DuckDB
-- column: t.a -> <query>.x DIRECT TRANSFORMATION
-- column: u.b, t.a -> <query>.y INDIRECT CONDITIONAL
-- diagnostics: none
SELECT t.a + 1 AS x, EXISTS (SELECT 1 FROM u WHERE u.b = x) AS y FROM t;
