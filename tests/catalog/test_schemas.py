"""Imported schemas: every shape gives the same datasets, and what is wrong is said with its place."""

from __future__ import annotations

import builtins
import json
import random
import sqlite3
import sys
import traceback
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineagraph.catalog.schemas import (
    ImportedDataset,
    Schema,
    SchemaError,
    load_database,
    load_schema,
    merge_schemas,
    schema_from_mapping,
)
from lineagraph.diagnostics import LineagraphError

ORDERS = (("id", "int"), ("amount", "numeric"))


def columns(schema: Schema) -> dict[str, list[str]]:
    return {key: [name for name, _ in dataset.columns] for key, dataset in schema.items()}


def load(tmp_path: Path, name: str, content: str | bytes, dialect: str = "") -> Schema:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return load_schema(path, dialect)


def failure(tmp_path: Path, name: str, content: str | bytes) -> str:
    """The one-line message, with the directory taken off."""
    with pytest.raises(SchemaError) as caught:
        load(tmp_path, name, content)
    assert isinstance(caught.value, LineagraphError)
    message = str(caught.value)
    assert "\n" not in message
    return message.replace(f"{tmp_path}/", "")


# Mappings


@pytest.mark.parametrize(
    "mapping",
    [
        {"shop.orders": {"id": "int", "amount": "numeric"}},
        {"shop": {"orders": {"id": "int", "amount": "numeric"}}},
        {"shop.orders": [["id", "int"], ("amount", "numeric")]},
        {"shop.orders": [{"name": "id", "type": "int"}, {"column_name": "amount", "data_type": "numeric"}]},
        {"SHOP": {"Orders": {"ID": "int", "AMOUNT": "numeric"}}},
        {'"shop"."orders"': {'"id"': "int", '"amount"': "numeric"}},
        {"`shop`.[orders]": {"`id`": "int", "[amount]": "numeric"}},
        {" shop.orders ": {" id ": "int", "amount": "numeric"}},
    ],
)
def test_mappings_of_every_shape_say_the_same(mapping: dict[str, Any]) -> None:
    schema = schema_from_mapping(mapping)
    assert list(schema) == ["shop.orders"]
    assert schema["shop.orders"].columns == ORDERS


def test_columns_keep_their_order_and_datasets_are_sorted() -> None:
    schema = schema_from_mapping({"z": ["c", "a", "b"], "a.b.c.d": ["x"], "m": {"y": None}})
    assert columns(schema) == {"a.b.c.d": ["x"], "m": ["y"], "z": ["c", "a", "b"]}
    assert list(schema) == ["a.b.c.d", "m", "z"]
    assert schema["m"].columns == (("y", None),)
    assert schema_from_mapping({}) == {}


def test_quoted_names_are_exact_and_may_hold_dots() -> None:
    schema = schema_from_mapping({'"a.b".c': ['"X.y"', "plain.dot"]}, "postgres")
    assert columns(schema) == {'"a.b".c': ["X.y", "plain.dot"]}
    assert schema['"a.b".c'].name == '"a.b".c'


@pytest.mark.parametrize(
    ("dialect", "name", "column", "key", "folded"),
    [
        ("snowflake", "SHOP.ORDERS", "ID", "shop.orders", "id"),
        ("snowflake", '"SHOP"."ORDERS"', '"ID"', "shop.orders", "id"),
        ("snowflake", 'shop."orders"', '"id"', 'shop."orders"', '"id"'),
        ("postgres", 'shop."Orders"', '"Id"', "shop.Orders", "Id"),
        ("bigquery", "`my-project.Shop.orders`", "ID", "my-project.Shop.orders", "id"),
        ("tsql", "[dbo].[Orders]", "[Id]", "dbo.orders", "id"),
        ("clickhouse", "Shop.Orders", "Id", "Shop.Orders", "Id"),
    ],
)
def test_names_fold_by_the_dialect(dialect: str, name: str, column: str, key: str, folded: str) -> None:
    assert columns(schema_from_mapping({name: [column]}, dialect)) == {key: [folded]}


def test_spellings_are_kept_where_they_differ() -> None:
    dataset = schema_from_mapping({"Shop.Orders": ["Id", "amount"]})["shop.orders"]
    assert dataset == ImportedDataset(
        "Shop.Orders", "unknown", (("id", None), ("amount", None)), {"id": "Id"}
    )


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ({"shop.orders": []}, "schema: shop.orders: has no columns"),
        ({"shop.orders": {}}, "schema: shop.orders: has no columns"),
        ({"shop.orders": "id, amount"}, "schema: shop.orders: 'id, amount' is no list of columns; give {"),
        ({"shop.orders": None}, "schema: shop.orders: None is no list of columns"),
        (
            {"shop": {"orders": {"id": "int"}, "name": "text"}},
            "schema: shop: holds columns and tables side by side",
        ),
        ({"shop.orders": [1]}, "schema: shop.orders: 1 is not a column name"),
        ({"shop.orders": [["id", "int", 3]]}, "is not a column name"),
        ({"shop.orders": [{"type": "int"}]}, "schema: shop.orders: None is not a column name"),
        ({"shop.orders": ["id", ""]}, "schema: shop.orders: a column of shop.orders has no name"),
        ({"shop..orders": ["id"]}, "schema: shop..orders: 'shop..orders' is not a table name"),
        ({"": ["id"]}, "is not a table name"),
        ({3: ["id"]}, "schema: 3 is not a name"),
        ({"a.b.c.d.e.f.g": ["id"]}, "more than 6 parts"),
        ({"t": ["a\0b"]}, "has no name"),
        ({"t": {"a": "int"}, "T": {"A": "text"}}, "column A of t is listed twice, and differently"),
        ({"t": ["x" * 500, 7]}, "7 is not"),
    ],
)
def test_a_wrong_mapping_is_an_error_that_names_the_entry(mapping: Any, message: str) -> None:
    with pytest.raises(SchemaError) as caught:
        schema_from_mapping(mapping)
    assert message in str(caught.value)
    assert "\0" not in str(caught.value)


def test_a_mapping_that_holds_itself_is_an_error() -> None:
    mapping: dict[str, Any] = {}
    mapping["a"] = mapping
    with pytest.raises(SchemaError, match="more than 6 parts"):
        schema_from_mapping(mapping)


json_values = st.recursive(
    st.none() | st.integers() | st.text(max_size=5) | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(st.text(max_size=5), json_values, max_size=3))
def test_any_mapping_gives_a_schema_or_a_schema_error(mapping: dict[str, Any]) -> None:
    try:
        schema = schema_from_mapping(mapping)
    except SchemaError:
        return
    assert all(dataset.columns for dataset in schema.values())
    assert list(schema) == sorted(schema)


# CSV

CSV = """TABLE_CATALOG,TABLE_SCHEMA,TABLE_NAME,COLUMN_NAME,ORDINAL_POSITION,DATA_TYPE
db,shop,orders,amount,2,numeric
db,shop,orders,id,1,int
db,mart,rev,total,1,
"""


def test_csv_columns_come_in_the_order_of_their_positions(tmp_path: Path) -> None:
    schema = load(tmp_path, "columns.csv", CSV)
    assert columns(schema) == {"db.mart.rev": ["total"], "db.shop.orders": ["id", "amount"]}
    assert schema["db.shop.orders"].columns == ORDERS
    assert schema["db.mart.rev"].columns == (("total", None),)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_csv_of_every_make(tmp_path: Path, delimiter: str, ending: str, encoding: str) -> None:
    text = CSV.replace(",", delimiter).replace("\n", ending)
    assert load(tmp_path, "columns.txt", text.encode(encoding)) == load(tmp_path, "plain.csv", CSV)


def test_csv_in_any_order_gives_the_same_schema(tmp_path: Path) -> None:
    header, *rows = CSV.splitlines()
    expected = load(tmp_path, "a.csv", CSV)
    for seed in range(5):
        random.Random(seed).shuffle(rows)
        order = random.Random(seed).sample(range(6), 6)
        lines = [",".join(line.split(",")[i] for i in order) for line in [header, *rows]]
        assert load(tmp_path, "b.csv", "\n".join(lines)) == expected


def test_csv_with_other_names_kinds_and_quotes(tmp_path: Path) -> None:
    oracle = '"OWNER","TABLE_NAME","COLUMN_NAME","COLUMN_ID","DATA_TYPE","TABLE_TYPE"\n'
    oracle += '"SHOP","ORDERS","ID","1","NUMBER","VIEW"\n"SHOP","ORDERS","LINE\nBREAK, COMMA","2","VARCHAR2","VIEW"\n\n'
    schema = load(tmp_path, "all_tab_columns.csv", oracle, "oracle")
    assert columns(schema) == {"shop.orders": ["id", "line\nbreak, comma"]}
    assert schema["shop.orders"].kind == "view"
    assert schema["shop.orders"].spellings == {"id": "ID", "line\nbreak, comma": "LINE\nBREAK, COMMA"}
    teradata = "DatabaseName;TableName;ColumnName;ColumnType\nshop   ;orders ;id ;I \n"
    assert columns(load(tmp_path, "t.csv", teradata)) == {"shop.orders": ["id"]}


def test_a_catalog_prints_exact_names(tmp_path: Path) -> None:
    rows = "table_schema,table_name,column_name\n"
    snowflake = rows + "SHOP,ORDERS,ID\nSHOP,orders,ID\nSHOP,ORDERS,id\n"
    assert columns(load(tmp_path, "s.csv", snowflake, "snowflake")) == {
        'shop."orders"': ["id"],
        "shop.orders": ["id", '"id"'],
    }
    assert columns(load(tmp_path, "p.csv", rows + "shop,Orders,Id\n", "postgres")) == {"shop.Orders": ["Id"]}
    assert columns(load(tmp_path, "a.csv", rows + "SHOP,Orders,Id\n")) == {"shop.orders": ["id"]}, (
        "no dialect: any case"
    )


def test_missing_catalog_and_schema_are_left_out(tmp_path: Path) -> None:
    text = "table_catalog,table_schema,table_name,column_name\n,,a,x\nNULL,s,b,x\n\\N,NULL,c,x\n"
    assert list(load(tmp_path, "c.csv", text)) == ["a", "c", "s.b"]


def test_rows_twice_the_same_are_one(tmp_path: Path) -> None:
    assert load(tmp_path, "a.csv", CSV + CSV.split("\n", 1)[1]) == load(tmp_path, "b.csv", CSV)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "f.csv: the file is empty"),
        ("  \n\n", "f.csv: the file is empty"),
        ("a,b,c\n1,2,3\n", "f.csv:1: the first line is 'a,b,c'; it must name the fields: table_name and column_name"),
        ("db,shop,orders,id,1,int\n", "f.csv:1: the first line is 'db,shop,orders,id,1,int'; it must name the fields"),
        ("table_name,column_name\norders\n", "f.csv:2: has 1 fields where the header has 2"),
        ("table_name,column_name\n\norders,id\n,x\n", "f.csv:4: table name is empty"),
        ("table_name,column_name\norders,\n", "f.csv:2: column name is empty"),
        ("table_name,column_name,ordinal_position\norders,id,first\n", "f.csv:2: the column's position is 'first'"),
        ("table_name,column_name,ordinal_position\norders,id,-1\n", "f.csv:2: the column's position is '-1'"),
        ("table_name,column_name,ordinal_position\norders,id,nan\n", "f.csv:2: the column's position is 'nan'"),
        ("table_name,column_name,ordinal_position\norders,id,1e999\n", "f.csv:2: the column's position is '1e999'"),
        ("table_name,column_name,data_type\nt,id,int\nt,id,text\n", "f.csv:3: column id of t is listed twice"),
        ("table_name,column_name\n" + "x" * 200_000 + ",id\n", "f.csv:2: field larger than field limit"),
        (b"table_name,column_name\norders,i\0d\n", "f.csv: is a binary file"),
        (b"\xff\xfe\x00", "f.csv: is neither UTF-8 nor UTF-16 nor Windows-1252 text"),
    ],
)  # fmt: skip
def test_a_wrong_csv_is_an_error_with_its_line(tmp_path: Path, content: str | bytes, message: str) -> None:
    assert failure(tmp_path, "f.csv", content).startswith(message)


def test_a_latin_1_csv_is_read(tmp_path: Path) -> None:
    assert columns(load(tmp_path, "f.csv", "table_name,column_name\nstraße,größe\n".encode("cp1252"))) == {
        "straße": ["größe"]
    }


@given(st.binary(max_size=200))
def test_any_bytes_give_a_schema_or_a_schema_error(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    base = tmp_path_factory.getbasetemp()
    for name, content in (
        ("x.csv", data),
        ("x.csv", b"table_name,column_name\n" + data),
        ("x.json", b"{" + data),
    ):
        try:
            load(base, name, content)
        except SchemaError:
            continue


# JSON


def test_json_in_every_shape_says_the_same(tmp_path: Path) -> None:
    rows = [
        {
            "table_schema": "shop",
            "table_name": "orders",
            "column_name": "amount",
            "ordinal_position": 2,
            "data_type": "numeric",
        },
        {
            "TABLE_SCHEMA": "shop",
            "TABLE_NAME": "orders",
            "COLUMN_NAME": "id",
            "ORDINAL_POSITION": "1",
            "DATA_TYPE": "int",
        },
    ]
    shapes = {
        "mapping.json": json.dumps({"shop.orders": {"id": "int", "amount": "numeric"}}, indent=2),
        "rows.json": json.dumps(rows),
        "rows.jsonl": "\n".join(json.dumps(row) for row in rows) + "\n\n",
        "bom.json": "\ufeff" + json.dumps(rows),
        "noext": json.dumps(rows, indent=1),
    }
    for name, content in shapes.items():
        schema = load(tmp_path, name, content)
        assert schema["shop.orders"].columns == ORDERS, name
    assert columns(load(tmp_path, "one.jsonl", json.dumps(rows[0]))) == {"shop.orders": ["amount"]}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"a": [', "f.json: is not JSON: "),
        ("[1, 2]", "f.json: row 1: is not a mapping; table_name and column_name are needed"),
        ('[{"a": 1}]', "f.json: row 1: has the fields a; table_name and column_name are needed"),
        ('[{"table_name": "t", "column_name": "c"}, {}]', "f.json: row 2: has the fields of none"),
        ('{"table_name": "t", "column_name": "c"}\n{oops}', "f.json:2: is not JSON: "),
        ('{"t": []}', "f.json: t: has no columns"),
        ('{"t": 5}', "f.json: t: 5 is no list of columns"),
        ("[" * 100_000, "f.json: is not JSON: "),
        ('{"a":' * 500 + "1" + "}" * 500, "f.json: a.a.a.a.a.a.a: a name of more than 6 parts"),
    ],
)
def test_wrong_json_is_an_error_with_its_place(tmp_path: Path, content: str, message: str) -> None:
    assert failure(tmp_path, "f.json", content).startswith(message)


# dbt

CATALOG = {
    "metadata": {"dbt_schema_version": "https://schemas.getdbt.com/dbt/catalog/v1.json"},
    "nodes": {
        "model.shop.orders": {
            "metadata": {"type": "BASE TABLE", "database": "DB", "schema": "SHOP", "name": "ORDERS"},
            "columns": {
                "AMOUNT": {"type": "NUMBER", "index": 2, "name": "AMOUNT"},
                "ID": {"type": "NUMBER", "index": 1, "name": "ID"},
            },
        },
        "model.shop.empty": {"metadata": {"type": "VIEW", "schema": "S", "name": "E"}, "columns": {}},
    },
    "sources": {
        "source.shop.raw.pay": {
            "metadata": {"type": "VIEW", "database": None, "schema": "RAW", "name": "PAY"},
            "columns": {"X": {"type": "TEXT", "index": 1, "name": "X"}},
        }
    },
}


def test_dbt_catalog(tmp_path: Path) -> None:
    schema = load(tmp_path, "catalog.json", json.dumps(CATALOG), "snowflake")
    assert columns(schema) == {"db.shop.orders": ["id", "amount"], "raw.pay": ["x"]}
    assert [(d.kind, d.complete) for d in schema.values()] == [("table", True), ("view", True)]
    assert schema["db.shop.orders"].columns[1] == ("amount", "NUMBER")


def manifest(**changes: Any) -> str:
    node = {
        "resource_type": "model",
        "database": "db",
        "schema": "mart",
        "name": "rev",
        "alias": "revenue",
        "columns": {
            "id": {"name": "id", "data_type": "int"},
            "Odd": {"name": "Odd", "data_type": None, "quote": True},
        },
        "config": {"materialized": "incremental"},
        **changes,
    }
    source = {
        "resource_type": "source",
        "database": "db",
        "schema": "raw",
        "name": "pay",
        "identifier": "pay_v2",
    }
    return json.dumps(
        {
            "metadata": {
                "dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v12.json",
                "adapter_type": "postgres",
            },
            "nodes": {"model.shop.rev": node, "test.shop.x": {**node, "resource_type": "test"}},
            "sources": {"source.shop.raw.pay": {**source, "columns": {"x": {"name": "x"}}}},
        }
    )


def test_dbt_manifest_is_partial_and_brings_its_dialect(tmp_path: Path) -> None:
    schema = load(tmp_path, "manifest.json", manifest())
    assert columns(schema) == {"db.mart.revenue": ["id", "Odd"], "db.raw.pay_v2": ["x"]}
    assert [(d.kind, d.complete) for d in schema.values()] == [("table", False), ("table", False)]


def test_dbt_manifest_names_quotes_and_contracts(tmp_path: Path) -> None:
    enforced = manifest(
        relation_name='"db"."Mart"."rev"', config={"materialized": "view", "contract": {"enforced": True}}
    )
    schema = load(tmp_path, "manifest.json", enforced)
    assert (schema["db.Mart.rev"].kind, schema["db.Mart.rev"].complete) == ("view", True)
    assert list(load(tmp_path, "e.json", manifest(config={"materialized": "ephemeral"}))) == ["db.raw.pay_v2"]


def test_a_broken_artifact_is_an_error_with_its_node(tmp_path: Path) -> None:
    broken = {**CATALOG, "nodes": {"model.shop.orders": 5}}
    assert failure(tmp_path, "c.json", json.dumps(broken)).startswith(
        "c.json: model.shop.orders: is not a mapping"
    )
    broken = {**CATALOG, "sources": []}
    assert failure(tmp_path, "c.json", json.dumps(broken)).startswith("c.json: `sources` is not a mapping")
    broken = {**CATALOG, "nodes": {"model.shop.orders": {"metadata": {"type": "x"}, "columns": {"a": {}}}}}
    assert failure(tmp_path, "c.json", json.dumps(broken)).startswith(
        "c.json: model.shop.orders: `metadata.name` is missing"
    )


@pytest.mark.parametrize(
    ("name", "message"), [("nowhere.csv", "no such file"), ("nul\0.csv", "cannot be read"), ("", "directory")]
)
def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(SchemaError, match=message):
        load_schema(f"{tmp_path}/{name}")


def test_of_two_imports_the_complete_and_the_later_count() -> None:
    def one(column: str, complete: bool) -> Schema:
        return {"t": ImportedDataset("t", "table", ((column, None),), {}, complete)}

    assert columns(merge_schemas(one("a", True), one("b", True))) == {"t": ["b"]}
    assert columns(merge_schemas(one("a", True), one("b", False))) == {"t": ["a"]}
    assert columns(merge_schemas(one("a", False), one("b", False), {"s": one("c", True)["t"]})) == {
        "s": ["c"],
        "t": ["b"],
    }


# A live database


@pytest.fixture
def database(tmp_path: Path) -> str:
    connection = sqlite3.connect(tmp_path / "shop.db")
    connection.executescript(
        "create table Orders (Id integer primary key, amount numeric(10, 2), note);"
        'create view big as select Id, amount from Orders; create table "odd.name" ("a b" text);'
    )
    connection.close()
    return f"sqlite:///{tmp_path}/shop.db"


def test_a_live_database(database: str) -> None:
    schema = load_database(database)
    assert columns(schema) == {
        '"odd.name"': ["a b"],
        "big": ["id", "amount"],
        "orders": ["id", "amount", "note"],
    }
    assert [d.kind for d in schema.values()] == ["table", "view", "table"]
    assert schema["orders"].columns == (("id", "INTEGER"), ("amount", "NUMERIC(10, 2)"), ("note", None))
    assert schema["orders"].name == "Orders"
    assert load_database(database, schemas=["main"]) == schema
    with pytest.raises(SchemaError, match="has no schema 'sales'; there are: main"):
        load_database(database, schemas=["sales"])


def test_a_missing_sqlite_file_is_not_created(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="no such database file"):
        load_database(f"sqlite:///{tmp_path}/none.db")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_text("this is no database, but long enough to look at" * 100)
    with pytest.raises(SchemaError, match="file is not a database"):
        load_database(f"sqlite:///{tmp_path}/x.db")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+nodriver://me:hunt%2Fer2@localhost/db",
        "nosuchdatabase://me:hunt%2Fer2@localhost/db",
        "me:hunt%2Fer2@localhost",
        "://me:hunt%2Fer2@",
        "sqlite:////nowhere/x.db?password=hunt%2Fer2",
        "sqlite:///:memory:?check_same_thread=hunt%2Fer2",
        "mysql+pymysql://me:hunt%2Fer2@localhost:99999999/db",
        "postgresql://me:hunt%2Fer2@localhost:port/db",
        "postgresql://me:x@hunt/er2@localhost/db",
        "",
    ],
)
def test_no_message_shows_a_password(url: str) -> None:
    told = ""
    try:
        load_database(url)
    except SchemaError as error:
        told = f"{error} {error!r} {''.join(traceback.format_exception(error, limit=0))}"
    assert told
    assert not any(secret in told for secret in ("hunt/er2", "hunt%2Fer2", "er2"))


def test_without_sqlalchemy_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    real_import = builtins.__import__

    def without(name: str, *arguments: object, **named: object) -> object:
        if name.partition(".")[0] == "sqlalchemy":
            raise ModuleNotFoundError("No module named 'sqlalchemy'", name="sqlalchemy")
        return real_import(name, *arguments, **named)  # type: ignore[arg-type]

    for module in [m for m in sys.modules if m.startswith("sqlalchemy")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(SchemaError, match=r"lineagraph\[schemas\]"):
        load_database("sqlite://")
