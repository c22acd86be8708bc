"""Common macros of `dbt` and `dbt_utils`, as the SQL their documentation says they make, as far as lineage sees it.

The adapters' own spellings do not matter here (`datediff` differs in every database); which columns go in does
(https://github.com/dbt-labs/dbt-utils, https://docs.getdbt.com/reference/dbt-jinja-functions/cross-database-macros).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any, cast

from lineagraph.sql.template_placeholders import Placeholder, sql_argument, sql_arguments

_TYPES = {
    "string": "varchar",
    "timestamp": "timestamp",
    "int": "int",
    "bigint": "bigint",
    "float": "float",
    "numeric": "numeric",
    "boolean": "boolean",
}
_SAME_NAME = (
    *(
        "any_value",
        "array_append",
        "array_construct",
        "bool_or",
        "concat",
        "dateadd",
        "datediff",
        "get_url_host",
    ),
    *(
        "get_url_parameter",
        "haversine_distance",
        "last_day",
        "length",
        "listagg",
        "position",
        "replace",
        "right",
    ),
    *("safe_add", "safe_divide", "safe_subtract", "split_part"),
)
"""Macros that become a call of the function of the same name, as far as columns go."""


def common_macros(make: type[Placeholder]) -> dict[str, Any]:
    """The macros by name. They come in two packages, and some moved from one to the other: both know all of them."""

    def call(function: str) -> Callable[..., str]:
        return lambda *args, **kwargs: f"{function}({', '.join(sql_arguments((*args, *kwargs.values())))})"

    def star(relation: Any = None, relation_alias: Any = None, **options: Any) -> str:
        prefix = f"{relation_alias}." if relation_alias else ""
        dropped = options.get("except") or ()
        names = ", ".join(str(n) for n in dropped) if isinstance(dropped, (list, tuple)) else ""
        return f"{prefix}* EXCEPT ({names})" if names else f"{prefix}*"

    def union_relations(relations: Any = (), *_: Any, **__: Any) -> str:
        return " union all ".join(f"select * from {relation}" for relation in relations)

    def deduplicate(relation: Any, partition_by: Any = "1", order_by: Any = "1") -> str:
        return (
            f"select * from {relation} qualify row_number() over (partition by {_listed(partition_by)} "
            f"order by {_listed(order_by)}) = 1"
        )

    def pivot(column: Any, values: Any = (), *_: Any, **options: Any) -> str:
        aggregate, then, otherwise = (
            options.get(k, d) for k, d in (("agg", "sum"), ("then_value", 1), ("else_value", 0))
        )
        prefix, suffix = options.get("prefix", ""), options.get("suffix", "")
        return ", ".join(
            f"{aggregate}(case when {column} = '{value}' then {then} else {otherwise} end) "
            f'as "{prefix}{value}{suffix}"'
            for value in values
        )

    def safe_cast(field: Any = "", type: Any = "varchar", **_: Any) -> str:
        return f"cast({sql_argument(str(field))} as {type})"

    def key(fields: Any = (), *more: Any) -> str:
        return f"md5(concat({', '.join(sql_arguments((fields, *more)))}))"

    def group_by(n: Any = 1, **_: Any) -> str:
        return "group by " + ", ".join(str(i + 1) for i in range(min(int(n), 1000)))

    def date_spine(datepart: Any = "day", *_: Any, **__: Any) -> str:
        return f"select cast(null as timestamp) as date_{datepart}"

    def series(*_: Any, **__: Any) -> str:
        return "select 1 as generated_number"

    def trunc(datepart: Any = "day", date: Any = "", **_: Any) -> str:
        return f"date_trunc('{datepart}', {sql_argument(str(date))})"

    def column_values(table: Any = None, column: Any = "value", *_: Any, **__: Any) -> list[Any]:
        return [make(path=(str(column), "value"))]

    def star_of(*args: Any, **kwargs: Any) -> str:
        return star(kwargs.pop("from", args[0] if args else None), *args[1:], **kwargs)

    macros: dict[str, Any] = {name: call(name) for name in _SAME_NAME}
    macros |= {f"type_{name}": functools.partial(_constant, text) for name, text in _TYPES.items()}
    macros |= {
        "star": star_of,
        "union_relations": union_relations,
        "deduplicate": deduplicate,
        "pivot": pivot,
        "safe_cast": safe_cast,
        "cast": safe_cast,
        "surrogate_key": key,
        "generate_surrogate_key": key,
        "hash": lambda field="", *_: f"md5({sql_argument(str(field))})",
        "group_by": group_by,
        "date_spine": date_spine,
        "generate_series": series,
        "date_trunc": trunc,
        "current_timestamp": lambda *_: "current_timestamp",
        "get_column_values": column_values,
        "get_relations_by_pattern": lambda *_, **__: [],
        "get_relations_by_prefix": lambda *_, **__: [],
        "pretty_log_format": lambda *_, **__: "",
        "log_info": lambda *_, **__: "",
        "slugify": lambda text="", *_: re.sub(r"[^0-9a-z]+", "_", str(text).lower()).strip("_"),
        "string_literal": lambda text="", *_: "'" + str(text).replace("'", "''") + "'",
        "escape_single_quotes": lambda text="", *_: str(text).replace("'", "''"),
    }
    return macros


def _constant(text: str, *_: Any) -> str:
    return text


def _listed(value: Any) -> str:
    return ", ".join(map(str, cast("Any", value))) if isinstance(value, (list, tuple)) else str(value)
