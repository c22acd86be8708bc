-- case: PIVOT in Snowflake, renamed by its alias
-- dialect: snowflake
-- schema: sales(emp, amount, month)
-- sources: sales
-- column: sales.emp -> <query>.emp DIRECT IDENTITY
-- column: sales.amount -> <query>.jan, <query>.feb DIRECT AGGREGATION
-- column: sales.month -> <query>.jan, <query>.feb INDIRECT CONDITIONAL
-- influence: sales.emp -> <query> GROUP_BY
-- diagnostics: none
SELECT *
FROM sales
PIVOT (SUM(amount) FOR month IN ('JAN', 'FEB')) AS p (emp, jan, feb);

-- case: PIVOT of an unknown table still tells its own columns
-- dialect: snowflake
-- why: `emp` is none of the pivot's columns, so it can only be the table's
-- sources: sales
-- column: sales.emp -> <query>.emp DIRECT IDENTITY
-- column: sales.amount -> <query>.january DIRECT AGGREGATION
-- column: sales.month -> <query>.january INDIRECT CONDITIONAL
SELECT emp, "'JAN'" AS january
FROM sales
PIVOT (SUM(amount) FOR month IN ('JAN', 'FEB'));

-- case: PIVOT over a derived table groups by what the derived table leaves
-- dialect: bigquery
-- sources: ds.sales
-- targets: mart.wide
-- output: mart.wide(emp, jan, feb)
-- column: ds.sales.emp -> mart.wide.emp DIRECT IDENTITY
-- column: ds.sales.amount -> mart.wide.jan, mart.wide.feb DIRECT AGGREGATION
-- column: ds.sales.month -> mart.wide.jan, mart.wide.feb INDIRECT CONDITIONAL
-- influence: ds.sales.emp -> mart.wide GROUP_BY
CREATE TABLE mart.wide AS
SELECT *
FROM (SELECT emp, amount, month FROM ds.sales)
PIVOT (SUM(amount) FOR month IN ('JAN' AS jan, 'FEB' AS feb));

-- case: PIVOT counting rows masks
-- dialect: bigquery
-- schema: ds.hits(page, visitor, device)
-- column: ds.hits.page -> <query>.page DIRECT IDENTITY
-- column: ds.hits.visitor -> <query>.phone DIRECT AGGREGATION masking
-- column: ds.hits.device -> <query>.phone INDIRECT CONDITIONAL
-- influence: ds.hits.page -> <query> GROUP_BY
SELECT page, phone
FROM ds.hits
PIVOT (COUNT(visitor) FOR device IN ('phone', 'desk'));

-- case: PIVOT in T-SQL
-- dialect: tsql
-- sources: dbo.sales
-- column: dbo.sales.emp -> <query>.emp DIRECT IDENTITY
-- column: dbo.sales.amount -> <query>.jan, <query>.feb DIRECT AGGREGATION
-- column: dbo.sales.month -> <query>.jan, <query>.feb INDIRECT CONDITIONAL
-- influence: dbo.sales.emp -> <query> GROUP_BY
SELECT p.emp, p.jan, p.feb
FROM (SELECT emp, amount, month FROM dbo.sales) AS s
PIVOT (SUM(amount) FOR month IN ([jan], [feb])) AS p;

-- case: PIVOT in Oracle joins the value's alias with the aggregate's
-- dialect: oracle
-- schema: sales(emp, amount, month)
-- sources: sales
-- column: sales.emp -> <query>.emp DIRECT IDENTITY
-- column: sales.amount -> <query>.jan_total DIRECT AGGREGATION
-- column: sales.month -> <query>.jan_total INDIRECT CONDITIONAL
-- influence: sales.emp -> <query> GROUP_BY
SELECT emp, jan_total
FROM sales
PIVOT (SUM(amount) AS total FOR month IN ('JAN' AS jan, 'FEB' AS feb));

-- case: PIVOT with two aggregates
-- dialect: oracle
-- schema: sales(emp, amount, qty, month)
-- column: sales.amount -> <query>.jan_a DIRECT AGGREGATION
-- column: sales.qty -> <query>.jan_q DIRECT AGGREGATION
-- column: sales.month -> <query>.jan_a, <query>.jan_q INDIRECT CONDITIONAL
-- influence: sales.emp -> <query> GROUP_BY
SELECT jan_a, jan_q
FROM sales
PIVOT (SUM(amount) AS a, MAX(qty) AS q FOR month IN ('JAN' AS jan));

-- case: PIVOT in Spark, filtered afterwards by one of its columns
-- dialect: spark
-- schema: sales(emp, amount, month)
-- column: sales.emp -> <query>.emp DIRECT IDENTITY
-- influence: sales.emp -> <query> GROUP_BY
-- influence: sales.amount, sales.month -> <query> FILTER
SELECT emp
FROM sales
PIVOT (SUM(amount) FOR month IN ('JAN' AS jan, 'FEB' AS feb))
WHERE jan > 100;

-- case: PIVOT in Redshift
-- dialect: redshift
-- sources: sales
-- column: sales.emp -> <query>.emp DIRECT IDENTITY
-- column: sales.amount -> <query>.jan, <query>.feb DIRECT AGGREGATION
-- column: sales.month -> <query>.jan, <query>.feb INDIRECT CONDITIONAL
-- influence: sales.emp -> <query> GROUP_BY
SELECT *
FROM (SELECT emp, amount, month FROM sales)
PIVOT (SUM(amount) FOR month IN ('JAN' AS jan, 'FEB' AS feb));

-- case: DuckDB's PIVOT statement with listed values
-- dialect: duckdb
-- why: run on DuckDB: columns are emp, jan, feb
-- schema: sales(emp, amount, month, note)
-- sources: sales
-- column: sales.emp -> <query>.emp DIRECT IDENTITY
-- column: sales.amount -> <query>.jan, <query>.feb DIRECT AGGREGATION
-- column: sales.month -> <query>.jan, <query>.feb INDIRECT CONDITIONAL
-- influence: sales.emp -> <query> GROUP_BY
PIVOT sales ON month IN ('jan', 'feb') USING SUM(amount) GROUP BY emp;

-- case: DuckDB names pivoted columns value_alias once the aggregate has an alias
-- dialect: duckdb
-- why: run on DuckDB
-- schema: sales(emp, amount, month)
-- targets: m.wide
-- output: m.wide(emp, jan_total, feb_total)
-- column: sales.emp -> m.wide.emp DIRECT IDENTITY
-- column: sales.amount -> m.wide.jan_total, m.wide.feb_total DIRECT AGGREGATION
-- column: sales.month -> m.wide.jan_total, m.wide.feb_total INDIRECT CONDITIONAL
CREATE TABLE m.wide AS
SELECT * FROM sales
PIVOT (SUM(amount) AS total FOR month IN ('jan', 'feb'));

-- case: UNPIVOT in Snowflake: values from each listed column, the name from none
-- dialect: snowflake
-- schema: wide(emp, jan, feb)
-- sources: wide
-- targets: m.long
-- output: m.long(emp, month, amount)
-- column: wide.emp -> m.long.emp DIRECT IDENTITY
-- column: wide.jan, wide.feb -> m.long.amount DIRECT IDENTITY
CREATE TABLE m.long AS
SELECT * FROM wide
UNPIVOT (amount FOR month IN (jan, feb));

-- case: UNPIVOT of an unknown table
-- dialect: bigquery
-- sources: ds.wide
-- column: ds.wide.emp -> <query>.emp DIRECT IDENTITY
-- column: ds.wide.jan, ds.wide.feb -> <query>.amount DIRECT IDENTITY
SELECT emp, month, amount
FROM ds.wide
UNPIVOT (amount FOR month IN (jan, feb));

-- case: UNPIVOT INCLUDE NULLS keeps every row
-- dialect: bigquery
-- schema: ds.wide(emp, jan, feb)
-- column: ds.wide.emp -> <query>.emp DIRECT IDENTITY
-- column: ds.wide.jan, ds.wide.feb -> <query>.amount DIRECT IDENTITY
-- influences: none
SELECT *
FROM ds.wide
UNPIVOT INCLUDE NULLS (amount FOR month IN (jan AS 'J', feb AS 'F'));

-- case: UNPIVOT in T-SQL
-- dialect: tsql
-- sources: dbo.wide
-- column: dbo.wide.emp -> <query>.emp DIRECT IDENTITY
-- column: dbo.wide.jan, dbo.wide.feb -> <query>.amount DIRECT IDENTITY
SELECT u.emp, u.month, u.amount
FROM dbo.wide
UNPIVOT (amount FOR month IN ([jan], [feb])) AS u;

-- case: UNPIVOT in Oracle
-- dialect: oracle
-- schema: wide(emp, jan, feb)
-- column: wide.emp -> <query>.emp DIRECT IDENTITY
-- column: wide.jan, wide.feb -> <query>.amount DIRECT IDENTITY
SELECT emp, month, amount
FROM wide
UNPIVOT (amount FOR month IN (jan AS 'JAN', feb AS 'FEB'));

-- case: UNPIVOT of pairs of columns
-- dialect: oracle
-- sources: wide
-- column: wide.jan_a, wide.feb_a -> <query>.amount DIRECT IDENTITY
-- column: wide.jan_q, wide.feb_q -> <query>.qty DIRECT IDENTITY
SELECT u.amount, u.qty
FROM wide
UNPIVOT ((amount, qty) FOR month IN ((jan_a, jan_q) AS 'JAN', (feb_a, feb_q) AS 'FEB')) u;

-- case: UNPIVOT in Databricks
-- dialect: databricks
-- schema: wide(emp, jan, feb)
-- column: wide.emp -> <query>.emp DIRECT IDENTITY
-- column: wide.jan, wide.feb -> <query>.amount DIRECT IDENTITY
SELECT *
FROM wide
UNPIVOT (amount FOR month IN (jan, feb));

-- case: stack() is UNPIVOT by a function
-- dialect: spark
-- why: a generator's arguments flow into all its columns; literals have no source
-- sources: wide
-- column: wide.emp -> <query>.emp DIRECT IDENTITY
-- column: wide.jan, wide.feb -> <query>.amount DIRECT TRANSFORMATION
SELECT emp, s.amount
FROM wide
LATERAL VIEW STACK(2, jan, feb) s AS amount;

-- case: DuckDB's UNPIVOT statement
-- dialect: duckdb
-- why: run on DuckDB: columns are emp, month, amount
-- schema: wide(emp, jan, feb)
-- sources: wide
-- column: wide.emp -> <query>.emp DIRECT IDENTITY
-- column: wide.jan, wide.feb -> <query>.amount DIRECT IDENTITY
UNPIVOT wide ON jan, feb INTO NAME month VALUE amount;

-- case: DuckDB unpivots all columns but one
-- dialect: duckdb
-- schema: wide(emp, jan, feb)
-- column: wide.emp -> <query>.emp DIRECT IDENTITY
-- column: wide.jan, wide.feb -> <query>.amount DIRECT IDENTITY
UNPIVOT wide ON COLUMNS(* EXCLUDE emp) INTO NAME month VALUE amount;
