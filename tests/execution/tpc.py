"""TPC-DS and TPC-H as DuckDB's extensions ship them: queries, schemas, and the shape of data each query asks for."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from tests.execution.shaping import Filler, Shape


class Suite(NamedTuple):
    """One benchmark."""

    name: str
    queries: Mapping[str, str]
    """`ds/q01` → SQL."""
    schema: Mapping[str, Mapping[str, str]]
    primary: Mapping[str, str]
    facts: Mapping[str, str | None]


_GENERATORS = {"ds": ("tpcds", "dsdgen"), "h": ("tpch", "dbgen")}

_FACTS: dict[str, dict[str, str | None]] = {
    "ds": {
        "store_sales": None,
        "catalog_sales": None,
        "web_sales": None,
        "inventory": None,
        "store_returns": "store_sales",
        "catalog_returns": "catalog_sales",
        "web_returns": "web_sales",
    },
    "h": {"orders": None, "partsupp": None, "lineitem": None},
}


@functools.cache
def suite(name: str) -> Suite:
    """`ds` or `h`. The extension is loaded from its package; nothing is downloaded, no data is generated (sf=0)."""
    extension, generator = _GENERATORS[name]
    package = Path(str(import_module(f"duckdb_extension_{extension}").__file__)).parent
    path = next((package / "extensions" / f"v{duckdb.__version__}").glob("*.duckdb_extension"))
    connection = duckdb.connect()
    connection.execute(f"LOAD '{path}'")
    connection.execute(f"CALL {generator}(sf = 0)")
    rows = connection.execute(
        "SELECT table_name, column_name, data_type FROM information_schema.columns "
        "ORDER BY table_name, ordinal_position"
    ).fetchall()
    schema: dict[str, dict[str, str]] = {}
    for table, column, kind in rows:
        schema.setdefault(table, {})[column] = kind
    queries = connection.execute(
        f"SELECT query_nr, query FROM {extension}_queries() ORDER BY query_nr"
    ).fetchall()
    facts = _FACTS[name]
    return Suite(
        name,
        {f"{name}/q{number:02}": text.strip().rstrip(";").strip() for number, text in queries},
        schema,
        {
            table: next(iter(columns))
            for table, columns in schema.items()
            if table not in facts or table == "orders"
        },
        facts,
    )


def _day(day: int) -> datetime.date:
    return datetime.date(2000, 1, day)


SHAPES: dict[str, Shape] = {
    # Every day of the week, in two weeks 53 apart.
    "ds/q02": Shape(
        keys=15,
        facts=160,
        pools={"d_week_seq": (100, 153), "d_year": (2001, 2002)},
    ),
    # One month sequence per (year, month) or the scalar subquery fails; ten sales in one state.
    "ds/q06": Shape(
        facts=60, pools={"d_month_seq": (1200,), "ca_state": ("TN", "GA"), "i_category": ("a", "b")}
    ),
    # More than ten preferred customers in one zip code, and a store in the same district.
    "ds/q08": Shape(
        rows={"customer": 40},
        keys=4,
        pools={
            "ca_zip": ("24128", "35576", "99999"),
            "s_zip": ("24100", "35000"),
            "c_preferred_cust_flag": ("Y", "Y", "N"),
        },
    ),
    # Counts of tens of thousands decide between two averages: smaller thresholds decide the same.
    "ds/q09": Shape(
        facts=60,
        constants={"74129": "11", "122840": "12", "56580": "12", "10097": "11", "165306": "12"},
        pools={"ss_quantity": (5, 10, 25, 30, 45, 55, 65, 75, 85, 95)},
    ),
    "ds/q17": Shape(keys=3, returns=30),
    "ds/q25": Shape(keys=3, returns=30),
    "ds/q29": Shape(keys=3, returns=30, pools={"d_moy": (9, 10, 11), "d_year": (1999, 1999, 2000)}),
    "ds/q31": Shape(
        facts=60, pools={"d_qoy": (1, 2, 3), "d_year": (2000, 2000, 2001), "ca_county": ("Fir", "Elm")}
    ),
    # Fifteen to twenty lines on one ticket.
    "ds/q34": Shape(
        facts=42, keys=2, orders=1, hit=0.95, pools={"hd_dep_count": (5, 6), "hd_vehicle_count": (1, 2, 4)}
    ),
    # A deviation larger than the mean: nothing in stock, now and then a lot.
    "ds/q39": Shape(
        keys=2, facts=40, pools={"inv_quantity_on_hand": (0, 0, 0, 1, 500, 400), "d_moy": (1, 2)}
    ),
    "ds/q41": Shape(
        rows={"item": 30},
        pools={
            "i_manufact": ("m1", "m2", "m3"),
            "i_category": ("Women", "Men"),
            "i_color": ("powder", "khaki", "floral", "deep", "midnight", "orange"),
            "i_units": ("Ounce", "Oz", "N/A", "Dozen", "Pallet", "Each"),
            "i_size": ("medium", "petite"),
        },
    ),
    # Three months in a row for the same brand in the same store.
    "ds/q47": Shape(
        keys=8,
        facts=60,
        pools={
            "d_year": (1999, 1999, 1998, 2000),
            "d_moy": (1, 12, 3, 5),
            "i_category": ("Books",),
            "i_brand": ("b1", "b2"),
            "s_store_name": ("s1",),
            "s_company_name": ("c1",),
        },
    ),
    # One month sequence for December, and later ones within three months of it.
    "ds/q54": Shape(
        keys=5,
        facts=60,
        pools={
            "d_month_seq": (1200, 1201, 1202),
            "d_year": (1998,),
            "d_moy": (12, 1, 2),
            "ca_county": ("Fir",),
            "s_county": ("Fir",),
            "ca_state": ("TN", "GA"),
            "s_state": ("TN", "GA"),
        },
    ),
    "ds/q57": Shape(
        keys=8,
        facts=60,
        pools={
            "d_year": (1999, 1999, 1998, 2000),
            "d_moy": (1, 12, 3, 5),
            "i_category": ("Books",),
            "i_brand": ("b1", "b2"),
            "cc_name": ("n1",),
        },
    ),
    # Revenues within a tenth of each other in all three channels; one row for the day asked for.
    "ds/q58": Shape(
        keys=3,
        facts=8,
        pools={
            "d_date": (_day(3), _day(4), _day(5), _day(6)),
            "d_week_seq": (1, 1, 2),
            "i_item_id": ("a", "b"),
            "ss_ext_sales_price": (100, 101, 99, 102),
            "cs_ext_sales_price": (100, 101, 99, 103),
            "ws_ext_sales_price": (100, 101, 98, 102),
        },
    ),
    # Every day of the week, in two weeks 52 apart, in few stores.
    "ds/q59": Shape(
        keys=15,
        facts=160,
        pools={
            "d_week_seq": (100, 152),
            "d_month_seq": (1212, 1224),
            "s_store_id": ("a", "b"),
            "ss_store_sk": (1, 2),
        },
    ),
    "ds/q64": Shape(
        keys=3,
        facts=60,
        returns=30,
        orders=2,
        pools={
            "d_year": (1999, 2000),
            "s_store_name": ("s1", "s2"),
            "s_zip": ("z1",),
            "i_current_price": (66, 70, 73),
            "cd_marital_status": ("M", "S"),
            "cs_ext_list_price": (900, 950),
            "cr_refunded_cash": (1, 2, 30),
            "cr_reversed_charge": (1, 3),
            "cr_store_credit": (1, 4),
        },
    ),
    # Every month of the year.
    "ds/q66": Shape(
        keys=14, facts=90, pools={"d_moy": tuple(range(1, 13)), "w_warehouse_name": ("w1", "w2")}
    ),
    "ds/q69": Shape(keys=8, rows={"web_sales": 4, "catalog_sales": 4}),
    "ds/q85": Shape(
        keys=4,
        orders=3,
        returns=40,
        pools={
            "cd_marital_status": ("M", "S"),
            "cd_education_status": ("Advanced Degree", "College"),
            "ws_sales_price": (120, 60, 70, 140),
            "ws_net_profit": (150, 180, 220),
            "ca_country": ("United States",),
        },
    ),
    "h/q16": Shape(
        pools={
            "s_comment": ("fine", "good", "Customer has Complaints"),
            "p_brand": ("Brand#45", "Brand#1", "Brand#2"),
        }
    ),
    "h/q22": Shape(keys=12, rows={"orders": 4}, pools={"c_acctbal": (10, 50, 100, -5)}),
}


def shape_of(query: str) -> Shape:
    return SHAPES.get(query, Shape())


def query_text(query: str) -> str:
    """The query with the constants replaced that its shape says."""
    text = suite(query.partition("/")[0]).queries[query]
    for old, new in shape_of(query).constants.items():
        if old not in text:
            raise KeyError(f"{query} has no {old!r} to replace")
        text = text.replace(old, new)
    return text


def filler(query: str) -> Filler:
    it = suite(query.partition("/")[0])
    return Filler(query_text(query), it.schema, shape_of(query), it.primary, it.facts)


def all_queries() -> list[str]:
    return [*suite("ds").queries, *suite("h").queries]


def wrapped(query: str, outputs: int) -> str:
    """The query with its outputs named o1, o2, …: TPC leaves some unnamed and some named alike."""
    names = ", ".join(f"o{position}" for position in range(1, outputs + 1))
    return f"SELECT * FROM ({query}) AS answer({names})"


def schema_names(name: str) -> dict[str, list[str]]:
    """Table → columns, as `lineagraph.analyze` takes them."""
    return {table: list(columns) for table, columns in suite(name).schema.items()}


def outputs_of(query: str) -> int:
    """How many columns a query gives, as DuckDB says."""
    connection: Any = duckdb.connect()
    it = suite(query.partition("/")[0])
    for table, columns in it.schema.items():
        connection.execute(
            f"CREATE TABLE {table} ({', '.join(f'{name} {kind}' for name, kind in columns.items())})"
        )
    return len(connection.execute(f"DESCRIBE {query_text(query)}").fetchall())
