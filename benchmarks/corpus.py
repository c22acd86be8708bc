"""SQL to measure with: TPC's queries as DuckDB ships them, and a generated warehouse of any size."""

from __future__ import annotations

import random
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

_GENERATORS = {"tpcds": "dsdgen", "tpch": "dbgen"}


class Corpus(NamedTuple):
    """Files by relative path, all of one dialect, and the schema they assume."""

    name: str
    dialect: str
    files: dict[str, str]
    schema: dict[str, list[str]]

    def write(self, folder: Path) -> Path:
        """The corpus as files, with the schema as DDL beside them."""
        for name, text in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return folder

    @property
    def characters(self) -> int:
        return sum(map(len, self.files.values()))


def tpc(extension: str) -> Corpus:
    """`tpcds` or `tpch`: one file per query. Loaded from the extension's package; no data is generated."""
    import duckdb

    package = Path(str(import_module(f"duckdb_extension_{extension}").__file__)).parent
    path = next((package / "extensions" / f"v{duckdb.__version__}").glob("*.duckdb_extension"))
    connection = duckdb.connect()
    connection.execute(f"LOAD '{path}'")
    connection.execute(f"CALL {_GENERATORS[extension]}(sf = 0)")
    schema: dict[str, list[str]] = {}
    for table, column in connection.execute(
        "SELECT table_name, column_name FROM information_schema.columns ORDER BY table_name, ordinal_position"
    ).fetchall():
        schema.setdefault(table, []).append(column)
    queries = connection.execute(
        f"SELECT query_nr, query FROM {extension}_queries() ORDER BY query_nr"
    ).fetchall()
    return Corpus(extension, "duckdb", {f"q{number:02}.sql": text for number, text in queries}, schema)


_DOMAINS = ("sales", "claims", "policy", "billing", "party", "stock", "ledger", "web", "fleet", "hr")
_ATTRIBUTES = (
    "amount", "currency", "status", "region", "channel", "created_at", "updated_at", "quantity", "price", "discount",
    "tax", "cost", "reason", "segment", "score", "rating", "valid_from", "valid_to", "source_system", "batch_id",
)  # fmt: skip


def warehouse(files: int, seed: int = 7) -> Corpus:
    """Raw tables, staging views, enriched CTAS, aggregates and MERGE upserts that read each other, one object a file.

    The mix follows what data teams keep in repositories; a statement has ten to thirty lines.
    """
    source = random.Random(seed)
    made: dict[str, str] = {}
    raw: dict[str, list[str]] = {}
    staged: dict[str, list[str]] = {}
    enriched: dict[str, list[str]] = {}
    number = 0
    while len(made) < files:
        number += 1
        domain = source.choice(_DOMAINS)
        kind = number % 10
        if kind in (0, 1) or not raw:
            name, columns = f"raw.{domain}_{number}", ["id", f"{domain}_key", *source.sample(_ATTRIBUTES, 9)]
            raw[name] = columns
            made[f"raw/{domain}_{number}.sql"] = _ddl(name, columns)
        elif kind in (2, 3, 4) or not staged:
            name, columns, text = _staging(f"stg.{domain}_{number}", source.choice(list(raw)), raw, source)
            staged[name] = columns
            made[f"staging/{domain}_{number}.sql"] = text
        elif kind in (5, 6, 7) or not enriched:
            name, columns, text = _enriched(f"core.{domain}_{number}", staged, source)
            enriched[name] = columns
            made[f"core/{domain}_{number}.sql"] = text
        elif kind == 8:
            made[f"mart/{domain}_{number}.sql"] = _aggregate(f"mart.{domain}_{number}", enriched, source)
        else:
            made[f"load/{domain}_{number}.sql"] = _merge(
                source.choice(list(enriched)), staged, enriched, source
            )
    return Corpus(f"warehouse of {files} files", "snowflake", made, {})


def _ddl(name: str, columns: list[str]) -> str:
    kinds = {
        "id": "BIGINT NOT NULL",
        "created_at": "TIMESTAMP",
        "updated_at": "TIMESTAMP",
        "amount": "NUMBER(18, 2)",
    }
    lines = ",\n".join(f"    {column} {kinds.get(column, 'VARCHAR(200)')}" for column in columns)
    return f"-- landed nightly\nCREATE TABLE {name} (\n{lines},\n    PRIMARY KEY (id)\n);\n"


def _staging(
    name: str, table: str, raw: dict[str, list[str]], source: random.Random
) -> tuple[str, list[str], str]:
    columns = raw[table]
    kept = [columns[0], columns[1], *source.sample(columns[2:], 6)]
    lines = [f"        src.{columns[0]}", f"        src.{columns[1]}"]
    for column in kept[2:]:
        form = source.choice(
            ("UPPER(TRIM(src.{}))", "COALESCE(src.{}, 'n/a')", "NULLIF(src.{}, '')", "src.{}")
        )
        lines.append(f"        {form.format(column)} AS {column}")
    text = (
        f"CREATE OR REPLACE VIEW {name} AS\nWITH cleaned AS (\n    SELECT\n"
        + ",\n".join(lines)
        + f",\n        ROW_NUMBER() OVER (PARTITION BY src.{columns[1]} ORDER BY src.{columns[-1]} DESC) AS rn\n"
        + f"    FROM {table} AS src\n    WHERE src.{columns[2]} IS NOT NULL\n)\n"
        + "SELECT "
        + ", ".join(kept)
        + "\nFROM cleaned\nWHERE rn = 1;\n"
    )
    return name, kept, text


def _enriched(name: str, staged: dict[str, list[str]], source: random.Random) -> tuple[str, list[str], str]:
    joined = source.sample(list(staged), min(3, len(staged)))
    first = staged[joined[0]]
    lines = [f"    a.{first[0]}", f"    a.{first[1]} AS business_key"]
    columns = [first[0], "business_key"]
    for alias, table in zip("abc", joined, strict=False):
        for column in source.sample(staged[table][2:], 3):
            lines.append(f"    {alias}.{column} AS {alias}_{column}")
            columns.append(f"{alias}_{column}")
    lines.append(
        f"    CASE\n        WHEN a.{first[2]} = 'open' THEN a.{first[3]}\n"
        f"        WHEN a.{first[2]} = 'shut' THEN a.{first[4]}\n        ELSE 'unknown'\n    END AS derived_state"
    )
    columns.append("derived_state")
    joins = "".join(
        f"LEFT JOIN {table} AS {alias}\n    ON a.{first[0]} = {alias}.{staged[table][0]}\n"
        f"   AND {alias}.{staged[table][2]} <> 'x'\n"
        for alias, table in list(zip("abc", joined, strict=False))[1:]
    )
    text = (
        f"CREATE OR REPLACE TABLE {name} AS\nSELECT\n"
        + ",\n".join(lines)
        + f"\nFROM {joined[0]} AS a\n{joins}WHERE a.{first[3]} NOT IN ('void', 'test')\n  AND a.{first[0]} > 0;\n"
    )
    return name, columns, text


def _aggregate(name: str, enriched: dict[str, list[str]], source: random.Random) -> str:
    table = source.choice(list(enriched))
    keys = source.sample(enriched[table][2:], 2)
    measures = source.sample(enriched[table][2:], 3)
    sums = ",\n".join(
        f"    SUM(TRY_CAST(t.{measure} AS NUMBER)) AS total_{position}"
        for position, measure in enumerate(measures)
    )
    return (
        f"CREATE OR REPLACE TABLE {name} AS\nSELECT\n    t.{keys[0]} AS dim_a,\n    t.{keys[1]} AS dim_b,\n{sums},\n"
        f"    COUNT(*) AS row_count,\n    MAX(x.business_key) AS last_key\nFROM {table} AS t\n"
        f"JOIN {source.choice(list(enriched))} AS x ON x.business_key = t.business_key\n"
        "GROUP BY 1, 2\nHAVING COUNT(*) > 1;\n"
    )


def _merge(
    target: str, staged: dict[str, list[str]], enriched: dict[str, list[str]], source: random.Random
) -> str:
    table = source.choice(list(staged))
    own = enriched[target][2:5]
    given = staged[table][2:5]
    sets = ",\n    ".join(f"t.{left} = s.{right}" for left, right in zip(own, given, strict=True))
    return (
        f"MERGE INTO {target} AS t\nUSING (\n    SELECT {', '.join(staged[table])}\n    FROM {table}\n"
        f"    WHERE {given[0]} IS NOT NULL\n) AS s\nON t.business_key = s.{staged[table][1]}\n"
        f"WHEN MATCHED AND s.{given[1]} = 'gone' THEN DELETE\nWHEN MATCHED THEN UPDATE SET\n    {sets}\n"
        f"WHEN NOT MATCHED THEN INSERT (business_key, {', '.join(own)})\n"
        f"VALUES (s.{staged[table][1]}, {', '.join(f's.{column}' for column in given)});\n"
    )
