"""What differs between dialects in the reading of names, as data: aliases, recursion, element columns."""

from __future__ import annotations

from enum import IntEnum

from msgspec import Struct


class LateralAlias(IntEnum):
    """May an expression of a SELECT list mention an alias defined before it in the same list?"""

    NEVER = 0
    COLUMN_FIRST = 1
    """A column of the FROM clause wins over an alias of the same name."""
    ALIAS_FIRST = 2
    """The alias wins (ClickHouse with `prefer_column_name_to_alias = 0`, its default; MS Access likewise)."""


class Traits(Struct, frozen=True):
    lateral_alias: LateralAlias = LateralAlias.NEVER
    """In the SELECT list. WHERE follows it too, where it is allowed at all."""
    group_alias_first: bool = False
    """In GROUP BY, HAVING and QUALIFY: does an alias win over a column of the same name? (No: SQL:2016, PostgreSQL.)"""
    implicit_recursion: bool = False
    """A CTE may mention itself without the word RECURSIVE."""
    element_alias: bool = False
    """`FROM UNNEST(x) AS e`: e is the element itself (BigQuery, and Spark's generators with one column)."""
    values_prefix: str = "column"
    values_base: int = 1
    """Names of VALUES columns: prefix and number of the first (PostgreSQL `column1`, DuckDB `col0`, Spark `col1`)."""
    cast_keeps_name: bool = False
    """`x::int` without alias is named x (PostgreSQL: "the name is derived from … a function name or type
    name", 7.3.2).
    """
    pseudo_columns: frozenset[str] = frozenset({"default"})
    """Folded names that are no columns when written without quotes and qualifier."""
    where_alias: bool = False
    """WHERE may mention an alias though the SELECT list may not (SQLite)."""
    sort_expression_aliases: bool = True
    """Inside an expression of ORDER BY, an alias still wins over a column (not so in PostgreSQL and DuckDB)."""
    group_positions: bool = True
    """A number in GROUP BY is a position (not so in Oracle and T-SQL)."""
    forward_aliases: bool = False
    """The SELECT list may mention an alias before it is defined (ClickHouse)."""


_ALIAS = LateralAlias.COLUMN_FIRST

_ORACLE_PSEUDO = frozenset(
    "default rownum level sysdate systimestamp user uid rowid ora_rowscn connect_by_isleaf connect_by_iscycle"
    " sessiontimezone dbtimezone current_date current_timestamp".split()
)
_TSQL_PSEUDO = frozenset(
    "default current_user session_user system_user user $action $rowguid $identity".split()
)
_POSTGRES_PSEUDO = frozenset("default current_user session_user user current_role current_catalog".split())

_HIVE_PSEUDO = frozenset({"default", "grouping__id"})

_TRAITS: dict[str, Traits] = {
    "": Traits(),
    "postgres": Traits(cast_keeps_name=True, sort_expression_aliases=False, pseudo_columns=_POSTGRES_PSEUDO),
    "redshift": Traits(
        lateral_alias=_ALIAS,
        cast_keeps_name=True,
        sort_expression_aliases=False,
        pseudo_columns=_POSTGRES_PSEUDO,
    ),
    "snowflake": Traits(lateral_alias=_ALIAS),
    "bigquery": Traits(element_alias=True, group_alias_first=True),
    "databricks": Traits(lateral_alias=_ALIAS, values_prefix="col", pseudo_columns=_HIVE_PSEUDO),
    "spark": Traits(lateral_alias=_ALIAS, values_prefix="col", pseudo_columns=_HIVE_PSEUDO),
    "spark2": Traits(values_prefix="col", pseudo_columns=_HIVE_PSEUDO),
    "hive": Traits(values_prefix="col", pseudo_columns=_HIVE_PSEUDO),
    "duckdb": Traits(lateral_alias=_ALIAS, sort_expression_aliases=False, values_prefix="col", values_base=0),
    "clickhouse": Traits(
        lateral_alias=LateralAlias.ALIAS_FIRST,
        group_alias_first=True,
        values_prefix="c",
        forward_aliases=True,
    ),
    "teradata": Traits(lateral_alias=_ALIAS, implicit_recursion=False),
    "tsql": Traits(implicit_recursion=True, pseudo_columns=_TSQL_PSEUDO, group_positions=False),
    "fabric": Traits(implicit_recursion=True, pseudo_columns=_TSQL_PSEUDO, group_positions=False),
    "oracle": Traits(implicit_recursion=True, pseudo_columns=_ORACLE_PSEUDO, group_positions=False),
    "sqlite": Traits(implicit_recursion=True, where_alias=True),
    "mysql": Traits(values_prefix="column_", values_base=0, group_alias_first=False),
    "exasol": Traits(lateral_alias=_ALIAS, implicit_recursion=True),
    "dremio": Traits(lateral_alias=_ALIAS),
    "singlestore": Traits(),
}

_DEFAULT = Traits()


def traits_of(dialect: str) -> Traits:
    return _TRAITS.get(dialect, _DEFAULT)
