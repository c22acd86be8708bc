"""Marks by which a dialect's text is recognised: what each is evidence for, and how strong."""

from __future__ import annotations

import re
from functools import cache
from itertools import islice
from typing import NamedTuple

_NOISE = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^'\\\n]|''|\\.)*'", re.DOTALL)

_WORD = re.compile(r"[A-Z_]\w*")


class _Mark(NamedTuple):
    """`needs`: words (upper case) or signs of which the text must hold one, else the pattern need not be tried."""

    needs: str
    pattern: str
    weights: dict[str, int]


_MARKS: tuple[_Mark, ...] = (
    # T-SQL
    _Mark("GO", r"^[ \t]*GO[ \t]*\d*[ \t\r]*$", {"tsql": 6}),
    _Mark("DBO ].[", r"\]\s*\.\s*\[|\bdbo\.|\[dbo\]", {"tsql": 4}),
    _Mark("[", r"(?<![\w:\]])\[[A-Za-z_][\w ]*\]", {"tsql": 2, "sqlite": 1}),
    _Mark("@", r"\bDECLARE\s+@\w+|\bSET\s+@\w+\s*=|@@\w+", {"tsql": 4, "mysql": 1}),
    _Mark("@", r"[\s(,]@\w+\.\w+", {"tsql": 5}),
    _Mark("NOCOUNT NOLOCK SP_EXECUTESQL XACT_ABORT SYSOBJECTS", "", {"tsql": 5}),
    _Mark("APPLY", r"\b(?:CROSS|OUTER)\s+APPLY\b", {"tsql": 5, "oracle": 1}),
    _Mark("NVARCHAR DATETIME2 UNIQUEIDENTIFIER", "", {"tsql": 3}),
    _Mark("GETDATE", "", {"tsql": 2, "redshift": 1, "databricks": 1}),
    _Mark("TOP", r"\bTOP\s+\(?\d", {"tsql": 2, "redshift": 1, "teradata": 1, "snowflake": 1}),
    _Mark("#", r"(?<!\w)##?[A-Za-z]\w*", {"tsql": 2}),
    # Oracle
    _Mark("VARCHAR2 NVARCHAR2 ROWNUM NCLOB", "", {"oracle": 5}),
    _Mark(
        "% PACKAGE (+) DBMS_OUTPUT DBMS_STATS",
        r"\bPACKAGE\s+BODY\b|%(?:ROW)?TYPE\b|\(\+\)|\bDBMS_\w+",
        {"oracle": 5},
    ),
    _Mark("/", r"^[ \t]*/[ \t\r]*$", {"oracle": 4}),
    _Mark("NUMBER", r"\bNUMBER\s*\(\d", {"oracle": 2, "snowflake": 2}),
    _Mark("DUAL", r"\bFROM\s+DUAL\b", {"oracle": 3, "mysql": 1}),
    _Mark("SYSDATE", "", {"oracle": 2, "redshift": 1}),
    _Mark(":=", r"\w\s*:=", {"oracle": 2, "postgres": 1, "snowflake": 1}),
    _Mark("CONNECT NVL NVL2", r"\bCONNECT\s+BY\b|\bNVL2?\s*\(", {"oracle": 2, "snowflake": 1, "redshift": 1}),
    _Mark("PROMPT REM SPOOL WHENEVER", r"^(?:PROMPT|REM|SPOOL|WHENEVER)\b", {"oracle": 4}),
    # MySQL
    _Mark("ENGINE", r"\bENGINE\s*=\s*(?:InnoDB|MyISAM|MEMORY)\b", {"mysql": 6}),
    _Mark("AUTO_INCREMENT", "", {"mysql": 6}),
    _Mark("DELIMITER DUPLICATE", r"^DELIMITER\s|\bON\s+DUPLICATE\s+KEY\b", {"mysql": 6}),
    _Mark(
        "`", r"`\w+`", {"mysql": 2, "bigquery": 2, "spark": 1, "databricks": 1, "hive": 1, "clickhouse": 1}
    ),
    _Mark("LIMIT", r"\bLIMIT\s+\d+\s*,\s*\d+", {"mysql": 2}),
    _Mark("UNSIGNED CHARSET IFNULL", "", {"mysql": 2}),
    _Mark("#", r"^#", {"mysql": 2, "bigquery": 1}),
    _Mark("REPLACE", r"\bREPLACE\s+INTO\b", {"mysql": 3, "sqlite": 2}),
    # PostgreSQL and its family
    _Mark("PLPGSQL JSONB BIGSERIAL PG_CATALOG", "", {"postgres": 5}),
    _Mark("STDIN OWNER", r"\bFROM\s+stdin\b|\bOWNER\s+TO\b", {"postgres": 5}),
    _Mark("\\", r"^\\[a-z]", {"postgres": 5}),
    _Mark("SERIAL BYTEA TIMESTAMPTZ", "", {"postgres": 3, "duckdb": 1, "redshift": 1}),
    _Mark("DISTINCT", r"\bDISTINCT\s+ON\b", {"postgres": 3, "duckdb": 2}),
    _Mark("$", r"\$(?:[A-Za-z_]\w*)?\$", {"postgres": 3, "snowflake": 2}),
    _Mark(
        "::", r"::\s*[A-Za-z]", {"postgres": 2, "redshift": 2, "snowflake": 2, "duckdb": 2, "databricks": 1}
    ),
    _Mark("CONFLICT", r"\bON\s+CONFLICT\b", {"postgres": 3, "sqlite": 2, "duckdb": 2}),
    _Mark("ILIKE", "", {"postgres": 1, "snowflake": 1, "redshift": 1, "duckdb": 1}),
    _Mark("DISTKEY SORTKEY DISTSTYLE IAM_ROLE UNLOAD", "", {"redshift": 8}),
    # Snowflake
    _Mark("FLATTEN IFF", r"\b(?:FLATTEN|IFF)\s*\(", {"snowflake": 5}),
    _Mark(
        "TIMESTAMP_NTZ TIMESTAMP_LTZ TIMESTAMP_TZ OBJECT_CONSTRUCT TRANSIENT RESULTSET", "", {"snowflake": 5}
    ),
    _Mark("WAREHOUSE", r"\b(?:USE|CREATE|ALTER)\s+WAREHOUSE\b|\bWAREHOUSE\s*=", {"snowflake": 5}),
    _Mark(
        "STAGE STREAM TASK PIPE FORMAT DYNAMIC",
        r"\bCREATE\s+(?:OR\s+REPLACE\s+)?(?:STAGE|STREAM|TASK|PIPE|FILE\s+FORMAT|DYNAMIC\s+TABLE)\b",
        {"snowflake": 5},
    ),
    _Mark("VARIANT PARSE_JSON", "", {"snowflake": 3, "databricks": 1}),
    _Mark(":", r"[\w\"]:[A-Za-z_]\w*(?:::|\.)", {"snowflake": 3, "databricks": 1}),
    _Mark("COPY", r"\bCOPY\s+INTO\b", {"snowflake": 3, "databricks": 2}),
    _Mark("QUALIFY", "", {"snowflake": 2, "bigquery": 2, "teradata": 2, "databricks": 1, "duckdb": 1}),
    # BigQuery
    _Mark("`", r"`[\w-]+\.[\w-]+(?:\.[\w*-]+)?`", {"bigquery": 5}),
    _Mark("_TABLE_SUFFIX INT64 FLOAT64 BIGNUMERIC SAFE_CAST SAFE_DIVIDE SAFE_OFFSET", "", {"bigquery": 5}),
    _Mark("STRUCT ARRAY", r"\b(?:STRUCT|ARRAY)\s*<", {"bigquery": 2, "spark": 2, "hive": 1, "databricks": 1}),
    _Mark("EXCEPT", r"\*\s*EXCEPT\s*\(", {"bigquery": 2, "databricks": 2}),
    # Hive, Spark, Databricks
    _Mark(
        "DELTA ZORDER LIVE STREAMING",
        r"\bUSING\s+DELTA\b|\bZORDER\b|\bLIVE\.\w|\bSTREAMING\s+TABLE\b",
        {"databricks": 6},
    ),
    _Mark(
        "LATERAL OVERWRITE",
        r"\bLATERAL\s+VIEW\b|\bINSERT\s+OVERWRITE\b",
        {"spark": 3, "hive": 3, "databricks": 2},
    ),
    _Mark("PARTITIONED TBLPROPERTIES", "", {"spark": 3, "hive": 3, "databricks": 2}),
    _Mark(
        "FORMAT STORED MSCK HIVE DISTRIBUTE",
        r"\bROW\s+FORMAT\b|\bSTORED\s+AS\b|\bMSCK\b|\bSET\s+hive\.|\bDISTRIBUTE\s+BY\b",
        {"hive": 5, "spark": 2},
    ),
    _Mark("PARQUET ORC CSV JSON", r"\bUSING\s+(?:PARQUET|ORC|CSV|JSON)\b", {"spark": 5, "databricks": 3}),
    # ClickHouse
    _Mark(
        "LOWCARDINALITY PREWHERE MERGETREE REPLACINGMERGETREE SUMMINGMERGETREE AGGREGATINGMERGETREE",
        "",
        {"clickhouse": 6},
    ),
    _Mark("NULLABLE ARRAY", r"\bNullable\s*\(|\bARRAY\s+JOIN\b", {"clickhouse": 5}),
    _Mark(
        "TODATE TODATETIME TOSTARTOFDAY TOSTARTOFMONTH TOSTRING UNIQEXACT COUNTIF SUMIF",
        "",
        {"clickhouse": 2},
    ),
    # Trino and Presto
    _Mark(
        "WITH", r"\bWITH\s*\(\s*(?:format|partitioned_by|partitioning|external_location)\s*=", {"trino": 4}
    ),
    _Mark("APPROX_DISTINCT", "", {"trino": 2}),
    _Mark("UNNEST", r"\bCROSS\s+JOIN\s+UNNEST\b", {"trino": 2, "bigquery": 1}),
    # DuckDB
    _Mark("READ_CSV READ_CSV_AUTO READ_PARQUET READ_JSON READ_JSON_AUTO SUMMARIZE", "", {"duckdb": 5}),
    _Mark("MACRO", r"\bCREATE\s+(?:OR\s+REPLACE\s+)?MACRO\b", {"duckdb": 5, "teradata": 2}),
    _Mark("EXCLUDE COLUMNS", r"\bEXCLUDE\s*\(|\bCOLUMNS\s*\(", {"duckdb": 2, "snowflake": 1}),
    # SQLite
    _Mark("AUTOINCREMENT", "", {"sqlite": 4, "snowflake": 2}),
    _Mark("PRAGMA ROWID", r"^\s*PRAGMA\b|\bWITHOUT\s+ROWID\b", {"sqlite": 5, "duckdb": 1}),
    # Teradata
    _Mark(
        "MULTISET VOLATILE INDEX COLLECT LOCKING",
        r"\b(?:MULTISET|VOLATILE)\s+(?:\w+\s+)?TABLE\b|\bPRIMARY\s+INDEX\b|\bCOLLECT\s+STAT|\bLOCKING\s+\w+",
        {"teradata": 6},
    ),
    _Mark(
        ".LOGON .IF .SET .QUIT CASESPECIFIC SEL REPLACE",
        r"^\.(?:LOGON|LOGOFF|IF|QUIT|SET|RUN|EXPORT)\b|\bCASESPECIFIC\b|^\s*SEL\b|^\s*REPLACE\s+(?:VIEW|MACRO|PROCEDURE)\b",
        {"teradata": 5},
    ),
)


@cache
def _compiled() -> tuple[tuple[tuple[str, ...], re.Pattern[str] | None, dict[str, int]], ...]:
    return tuple(
        (
            tuple(mark.needs.split()),
            re.compile(mark.pattern, re.IGNORECASE | re.MULTILINE) if mark.pattern else None,
            mark.weights,
        )
        for mark in _MARKS
    )


def score(text: str) -> dict[str, int]:
    """Dialects with evidence in a text, and how much; a mark counts once, or twice where it occurs often."""
    plain = _NOISE.sub(" ", text)
    upper = plain.upper()
    words = set(_WORD.findall(upper))
    scores: dict[str, int] = {}
    for needs, pattern, weights in _compiled():
        if not any(need in words if need[0].isalpha() or need[0] == "_" else need in upper for need in needs):
            continue
        times = 1
        if pattern is not None:
            times = sum(1 for _ in islice(pattern.finditer(plain), 5))
        if times:
            for dialect, weight in weights.items():
                scores[dialect] = scores.get(dialect, 0) + weight * (2 if times >= 5 else 1)
    return scores
