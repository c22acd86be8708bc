"""Which dialect a file is written in: by option, by its header comment, by path rules, or by its looks."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from functools import lru_cache

from lineagraph.diagnostics import LineagraphError
from lineagraph.sql import dialect_marks

DIALECTS = frozenset(
    """
    athena bigquery clickhouse databricks dax doris dremio drill druid duckdb dune exasol fabric hive
    materialize mysql oracle postgres presto prql redshift risingwave singlestore snowflake solr spark spark2
    sqlite starrocks tableau teradata trino tsql
    """.split()
) | {""}
"""sqlglot's names; "" is its base dialect, close to ANSI SQL. Written out so that sqlglot need not be loaded."""

_ALIASES = {
    "ansi": "",
    "generic": "",
    "sql": "",
    "standard": "",
    "postgresql": "postgres",
    "pg": "postgres",
    "pgsql": "postgres",
    "plpgsql": "postgres",
    "greenplum": "postgres",
    "cockroachdb": "postgres",
    "cockroach": "postgres",
    "timescaledb": "postgres",
    "alloydb": "postgres",
    "netezza": "postgres",
    "vertica": "postgres",
    "mssql": "tsql",
    "sqlserver": "tsql",
    "transactsql": "tsql",
    "synapse": "tsql",
    "azuresql": "tsql",
    "sybase": "tsql",
    "microsoft": "tsql",
    "plsql": "oracle",
    "mariadb": "mysql",
    "tidb": "mysql",
    "aurora": "mysql",
    "sparksql": "spark",
    "spark3": "spark",
    "pyspark": "spark",
    "databrickssql": "databricks",
    "delta": "databricks",
    "hiveql": "hive",
    "hql": "hive",
    "impala": "hive",
    "bq": "bigquery",
    "googlesql": "bigquery",
    "googlebigquery": "bigquery",
    "standardsql": "bigquery",
    "awsathena": "athena",
    "amazonredshift": "redshift",
    "prestodb": "presto",
    "prestosql": "trino",
    "starburst": "trino",
    "memsql": "singlestore",
    "sqlite3": "sqlite",
    "motherduck": "duckdb",
    "snowsql": "snowflake",
    "bteq": "teradata",
}

_HEADER = re.compile(
    r"(?:--|#|//|/\*|\*)[ \t]*(?:lineagraph[ \t]*:.*?\bdialect[ \t]*=|dialect[ \t]*[:=])[ \t]*([\w-]+)",
    re.IGNORECASE,
)
_HEADER_SIZE = 2_000
_SAMPLE = 40_000
_TRIAL = 12_000
_CLEAR_LEAD = 4
_CANDIDATES = 4


class UnknownDialectError(LineagraphError):
    """A dialect name nobody knows; the message lists the nearest ones."""


def resolve(name: str) -> str:
    """Sqlglot's name for a dialect, given that or a common alias, in any case, with or without `-`, `_` and blanks.

    Raises `UnknownDialectError`.
    """
    plain = re.sub(r"[\s_./-]", "", name.lower())
    if plain in DIALECTS:
        return plain
    if plain in _ALIASES:
        return _ALIASES[plain]
    known = sorted((DIALECTS | set(_ALIASES)) - {""})
    nearest = difflib.get_close_matches(plain, known, n=3, cutoff=0.5)
    if nearest:
        advice = f"did you mean {', '.join(nearest)}?"
    else:
        advice = f"known dialects: ansi, {', '.join(sorted(DIALECTS - {''}))}"
    raise UnknownDialectError(f"unknown SQL dialect {name!r}; {advice}")


def choose(
    text: str, path: str, *, option: str | None = None, rules: Sequence[tuple[str, str]] = ()
) -> tuple[str, str]:
    """(dialect, reason) for one file. Tried in this order, the first that answers decides:

    `option` (what the user asked for); a header comment (`-- dialect: snowflake`, `-- lineagraph:
    dialect=tsql`) among the first lines; `rules`, pairs of a gitignore-like pattern for `path` (with `/`) and
    a dialect, later ones first; the looks of the text. Deterministic: the same arguments give the same answer
    on every machine.

    Raises `UnknownDialectError` for a name in the option or the rules; one in a header that nobody knows is
    passed over.
    """
    if option is not None:
        return resolve(option), "option"
    header = _HEADER.search(text, 0, _HEADER_SIZE)
    if header is not None:
        try:
            return resolve(header.group(1)), "header comment"
        except UnknownDialectError:
            pass
    rule = matching_rule(path, rules)
    return (rule[1], f"path rule {rule[0]}") if rule is not None else _guess(text)


def matching_rule(path: str, rules: Sequence[tuple[str, str]]) -> tuple[str, str] | None:
    """The last matching rule of `choose` for a file, its dialect resolved. Raises `UnknownDialectError`."""
    for pattern, dialect in reversed(rules):
        if _matcher(pattern)(path):
            return pattern, resolve(dialect)
    return None


@lru_cache(maxsize=1024)
def _matcher(pattern: str):
    import pathspec

    return pathspec.GitIgnoreSpec.from_lines([pattern]).match_file


def _guess(text: str) -> tuple[str, str]:
    scores = dialect_marks.score(text[:_SAMPLE])
    ranked = sorted(scores, key=lambda dialect: (-scores[dialect], dialect))
    if not ranked:
        return "", "no mark of a dialect"
    lead = scores[ranked[0]] - (scores[ranked[1]] if len(ranked) > 1 else 0)
    if lead >= _CLEAR_LEAD:
        return ranked[0], "looks"
    # Sorting is stable: of those that fail equally often, the one with the most marks, the base dialect last.
    candidates = [*ranked[:_CANDIDATES], ""]
    failures = {dialect: _failures(text[:_TRIAL], dialect) for dialect in candidates}
    best = min(candidates, key=lambda dialect: failures[dialect])
    return best, "looks, and the fewest failures"


def _failures(text: str, dialect: str) -> int:
    """Statements of a bounded stretch that fail in a dialect; the last one may be cut, and does not count."""
    from lineagraph.sql.statements import parse_script

    statements = parse_script(text, dialect, budget_seconds=1.0).statements
    if len(text) >= _TRIAL:
        statements = statements[:-1]
    return sum(1 for statement in statements if statement.outcome in ("failed", "partial"))
