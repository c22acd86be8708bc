"""Execution is the judge: run queries on DuckDB, move one source column at a time, compare with the claimed lineage."""
