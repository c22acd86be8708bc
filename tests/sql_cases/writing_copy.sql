-- COPY, LOAD, UNLOAD, EXPORT: files, stages and URLs are datasets named by their address.
-- A file's own columns are unknown, so reading it whole is a star; what the statement names is named.

-- case: COPY from a file
-- dialect: postgres
-- sources: /data/in.csv
-- targets: shop.orders
-- column: /data/in.csv.* -> shop.orders.* DIRECT IDENTITY unresolved
-- influences: none
-- diagnostics: unexpanded-star
COPY shop.orders FROM '/data/in.csv' WITH (FORMAT csv, HEADER);

-- case: COPY from a file into named columns
-- dialect: postgres
-- why: values pass unchanged, from columns of the file that cannot be told apart: IDENTITY from its star,
-- why: unresolved
-- sources: /data/in.csv
-- targets: shop.orders
-- column: /data/in.csv.* -> shop.orders.id, shop.orders.amount DIRECT IDENTITY unresolved
-- influences: none
-- diagnostics: unexpanded-star
COPY shop.orders (id, amount) FROM '/data/in.csv' WITH (FORMAT csv);

-- case: COPY FROM STDIN has no source
-- dialect: postgres
-- sources: none
-- targets: shop.orders
-- columns: none
-- influences: none
-- diagnostics: none
COPY shop.orders (id, amount) FROM STDIN;

-- case: COPY a known table to a file
-- dialect: postgres
-- schema: shop.orders(id, amount)
-- sources: shop.orders
-- targets: /data/out.csv
-- column: shop.orders.id -> /data/out.csv.id DIRECT IDENTITY
-- column: shop.orders.amount -> /data/out.csv.amount DIRECT IDENTITY
-- influences: none
-- diagnostics: none
COPY shop.orders TO '/data/out.csv';

-- case: COPY an unknown table to a file
-- dialect: postgres
-- sources: shop.orders
-- targets: /data/out.csv
-- column: shop.orders.* -> /data/out.csv.* DIRECT IDENTITY unresolved
-- influences: none
-- diagnostics: unexpanded-star
COPY shop.orders TO '/data/out.csv';

-- case: COPY named columns to a file
-- dialect: postgres
-- sources: shop.orders
-- targets: /data/out.csv
-- column: shop.orders.id -> /data/out.csv.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
COPY shop.orders (id) TO '/data/out.csv';

-- case: COPY a query to a file
-- dialect: postgres
-- sources: shop.orders
-- targets: /data/out.csv
-- column: shop.orders.sold_on -> /data/out.csv.day DIRECT IDENTITY
-- column: shop.orders.amount -> /data/out.csv.total DIRECT AGGREGATION
-- influence: shop.orders.sold_on -> /data/out.csv GROUP_BY
-- diagnostics: none
COPY (SELECT sold_on AS day, SUM(amount) AS total FROM shop.orders GROUP BY sold_on)
TO '/data/out.csv';

-- case: COPY INTO a table from a stage
-- dialect: snowflake
-- sources: @landing/orders/x.csv
-- targets: raw.orders
-- column: @landing/orders/x.csv.* -> raw.orders.* DIRECT IDENTITY unresolved
-- influences: none
-- diagnostics: unexpanded-star
COPY INTO raw.orders FROM @landing/orders/x.csv FILE_FORMAT = (TYPE = CSV);

-- case: COPY INTO from a query over a stage
-- dialect: snowflake
-- why: $1 is the name Snowflake gives to the first column of a staged file
-- sources: @landing/orders/x.csv
-- targets: raw.orders
-- column: @landing/orders/x.csv.$1 -> raw.orders.id DIRECT IDENTITY
-- column: @landing/orders/x.csv.$2 -> raw.orders.amount DIRECT TRANSFORMATION
-- influences: none
-- diagnostics: none
COPY INTO raw.orders (id, amount)
FROM (SELECT f.$1, f.$2::NUMBER FROM @landing/orders/x.csv AS f);

-- case: COPY INTO from a URL
-- dialect: snowflake
-- sources: s3://bucket/in/orders.csv
-- targets: raw.orders
-- column: s3://bucket/in/orders.csv.* -> raw.orders.* DIRECT IDENTITY unresolved
-- influences: none
-- diagnostics: unexpanded-star
COPY INTO raw.orders FROM 's3://bucket/in/orders.csv' CREDENTIALS = (AWS_KEY_ID = 'key');

-- case: COPY INTO a stage from a known table
-- dialect: snowflake
-- schema: mart.rev(day, total)
-- sources: mart.rev
-- targets: @out/rev
-- column: mart.rev.day -> @out/rev.day DIRECT IDENTITY
-- column: mart.rev.total -> @out/rev.total DIRECT IDENTITY
-- influences: none
-- diagnostics: none
COPY INTO @out/rev FROM mart.rev;

-- case: COPY INTO a URL from a query
-- dialect: snowflake
-- sources: mart.rev
-- targets: s3://bucket/out/
-- column: mart.rev.total -> s3://bucket/out/.total DIRECT AGGREGATION
-- influences: none
-- diagnostics: none
COPY INTO 's3://bucket/out/' FROM (SELECT SUM(total) AS total FROM mart.rev);

-- case: PUT copies a file to a stage
-- dialect: snowflake
-- sources: file:///tmp/x.csv
-- targets: @landing
-- column: file:///tmp/x.csv.* -> @landing.* DIRECT IDENTITY unresolved
-- influences: none
-- diagnostics: unexpanded-star
PUT file:///tmp/x.csv @landing;

-- case: COPY from S3
-- dialect: redshift
-- sources: s3://bucket/in/orders.csv
-- targets: shop.orders
-- column: s3://bucket/in/orders.csv.* -> shop.orders.* DIRECT IDENTITY unresolved
-- influences: none
-- diagnostics: unexpanded-star
COPY shop.orders FROM 's3://bucket/in/orders.csv' IAM_ROLE 'arn:aws:iam::1:role/load' CSV;

-- case: UNLOAD a query to S3
-- dialect: redshift
-- why: the query of UNLOAD is a string, and is SQL all the same
-- sources: shop.orders
-- targets: s3://bucket/out/
-- column: shop.orders.id -> s3://bucket/out/.id DIRECT IDENTITY
-- influence: shop.orders.status -> s3://bucket/out/ FILTER
-- diagnostics: none
UNLOAD ('SELECT id FROM shop.orders WHERE status = ''open''')
TO 's3://bucket/out/' IAM_ROLE 'arn:aws:iam::1:role/load' FORMAT PARQUET;

-- case: COPY INTO from a directory
-- dialect: databricks
-- sources: s3://bucket/in/
-- targets: raw.orders
-- column: s3://bucket/in/.* -> raw.orders.* DIRECT IDENTITY unresolved
-- influences: none
-- diagnostics: unexpanded-star
COPY INTO raw.orders FROM 's3://bucket/in/' FILEFORMAT = CSV;

-- case: COPY INTO from a query over a directory
-- dialect: databricks
-- sources: s3://bucket/in/
-- targets: raw.orders
-- column: s3://bucket/in/.id -> raw.orders.id DIRECT IDENTITY
-- column: s3://bucket/in/.amount -> raw.orders.amount DIRECT TRANSFORMATION
-- influences: none
-- diagnostics: none
COPY INTO raw.orders FROM (SELECT id, amount::INT AS amount FROM 's3://bucket/in/') FILEFORMAT = CSV;

-- case: LOAD DATA FROM FILES
-- dialect: bigquery
-- sources: gs://bucket/orders.csv
-- targets: raw.orders
-- column: gs://bucket/orders.csv.* -> raw.orders.* DIRECT IDENTITY unresolved
-- influences: none
-- diagnostics: unexpanded-star
LOAD DATA INTO raw.orders FROM FILES (format = 'CSV', uris = ['gs://bucket/orders.csv']);

-- case: EXPORT DATA
-- dialect: bigquery
-- sources: mart.rev
-- targets: gs://bucket/rev/*.csv
-- column: mart.rev.day -> gs://bucket/rev/*.csv.day DIRECT IDENTITY
-- influences: none
-- diagnostics: none
EXPORT DATA OPTIONS (uri = 'gs://bucket/rev/*.csv', format = 'CSV') AS SELECT day FROM mart.rev;

-- case: LOAD DATA INPATH
-- dialect: hive
-- sources: /landing/orders
-- targets: raw.orders
-- column: /landing/orders.* -> raw.orders.* DIRECT IDENTITY unresolved
-- influences: none
-- diagnostics: unexpanded-star
LOAD DATA INPATH '/landing/orders' OVERWRITE INTO TABLE raw.orders;

-- case: EXPORT TABLE
-- dialect: hive
-- schema: mart.rev(day, total)
-- sources: mart.rev
-- targets: /backup/rev
-- column: mart.rev.day -> /backup/rev.day DIRECT IDENTITY
-- column: mart.rev.total -> /backup/rev.total DIRECT IDENTITY
-- influences: none
-- diagnostics: none
EXPORT TABLE mart.rev TO '/backup/rev';

-- case: LOAD DATA LOCAL INFILE
-- dialect: mysql
-- sources: /data/in.csv
-- targets: shop.orders
-- column: /data/in.csv.* -> shop.orders.* DIRECT IDENTITY unresolved
-- influences: none
-- diagnostics: unexpanded-star
LOAD DATA LOCAL INFILE '/data/in.csv' INTO TABLE shop.orders FIELDS TERMINATED BY ',';

-- case: LOAD DATA INFILE into named columns
-- dialect: mysql
-- sources: /data/in.csv
-- targets: shop.orders
-- column: /data/in.csv.* -> shop.orders.id, shop.orders.amount DIRECT IDENTITY unresolved
-- influences: none
-- diagnostics: unexpanded-star
LOAD DATA INFILE '/data/in.csv' INTO TABLE shop.orders FIELDS TERMINATED BY ',' (id, amount);

-- case: BULK INSERT
-- dialect: tsql
-- sources: /data/in.csv
-- targets: shop.orders
-- column: /data/in.csv.* -> shop.orders.* DIRECT IDENTITY unresolved
-- influences: none
-- diagnostics: unexpanded-star
BULK INSERT shop.orders FROM '/data/in.csv' WITH (FORMAT = 'CSV');

-- case: COPY a table to a Parquet file
-- dialect: duckdb
-- schema: orders(id, amount)
-- sources: orders
-- targets: out.parquet
-- column: orders.id -> out.parquet.id DIRECT IDENTITY
-- column: orders.amount -> out.parquet.amount DIRECT IDENTITY
-- influences: none
-- diagnostics: none
COPY orders TO 'out.parquet' (FORMAT parquet);

-- case: load a file, then read the table
-- dialect: snowflake
-- why: the table is defined in the script, so the star is known when it is read
-- sources: @landing/x.csv
-- targets: mart.rev
-- intermediates: raw.orders
-- column: @landing/x.csv.* -> mart.rev.amount DIRECT IDENTITY unresolved
-- influences: none
-- hop: @landing/x.csv.* -> raw.orders.id, raw.orders.amount DIRECT IDENTITY unresolved
-- hop: raw.orders.amount -> mart.rev.amount DIRECT IDENTITY
-- diagnostics: unexpanded-star
CREATE TABLE raw.orders (id INT, amount NUMBER);
COPY INTO raw.orders (id, amount) FROM @landing/x.csv;
INSERT INTO mart.rev (amount) SELECT amount FROM raw.orders;
