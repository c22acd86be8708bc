"""Binding across files: who defines a dataset, cycles, names by their trailing parts; never dependent on order."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import pytest

from lineagraph.catalog.bind import FileBinder
from lineagraph.catalog.catalog import IMPORTED, Catalog, Definition
from lineagraph.catalog.contribution import file_lineage
from lineagraph.catalog.file_columns import FileColumns
from lineagraph.model import EdgeFlag, EdgeKind
from lineagraph.sql.extract import extract


def bind(files: Mapping[str, str], dialect: str = "postgres", imported: Mapping[str, tuple[str, ...]] = {}):
    """Column edges as (source, target, kind, flags) and diagnostics as (file, code) of a set of files."""
    catalog = Catalog()
    for key, columns in imported.items():
        catalog.define(key, Definition(IMPORTED, "schema:x", "table", columns))
    binders = [FileBinder(FileColumns(path, extract(sql, dialect), catalog)) for path, sql in files.items()]
    for binder in binders:
        binder.own.contribute()
    edges: set[tuple[str, str, str, int]] = set()
    codes: set[tuple[str, str]] = set()
    for binder in binders:
        lineage = file_lineage(binder)
        for edge in lineage.edges:
            if edge.kind <= EdgeKind.WINDOW:
                source, target = lineage.nodes[edge.source].key, lineage.nodes[edge.target].key
                edges.add((source, target, EdgeKind(edge.kind).name, edge.flags))
        codes.update((binder.path, str(d.code)) for d in binder.diagnostics)
    return edges, codes


def pairs(edges: set[tuple[str, str, str, int]]) -> set[tuple[str, str]]:
    return {(source, target) for source, target, _, _ in edges}


def every_order(files: dict[str, str], **options: object):
    """The same in every order of the files."""
    results = [bind(dict(order), **options) for order in itertools.permutations(files.items())]  # type: ignore[arg-type]
    assert all(result == results[0] for result in results)
    return results[0]


def test_a_star_is_expanded_from_another_file():
    edges, codes = every_order(
        {
            "ddl.sql": "CREATE TABLE shop.orders (id INT, amount INT)",
            "view.sql": "CREATE VIEW mart.v AS SELECT * FROM shop.orders",
            "top.sql": "CREATE VIEW mart.w AS SELECT * FROM mart.v",
        }
    )
    assert pairs(edges) == {
        ("shop.orders.id", "mart.v.id"),
        ("shop.orders.amount", "mart.v.amount"),
        ("mart.v.id", "mart.w.id"),
        ("mart.v.amount", "mart.w.amount"),
    }
    assert not codes


def test_tables_that_feed_each_other_have_known_columns():
    edges, codes = every_order(
        {
            "a.sql": "CREATE TABLE a AS SELECT b.x, b.y FROM b",
            "b.sql": "CREATE TABLE b AS SELECT a.x, a.y FROM a",
            "c.sql": "CREATE TABLE c AS SELECT * FROM a",
        }
    )
    assert ("a.x", "c.x") in pairs(edges)
    assert not codes


def test_stars_that_depend_on_each_other_are_unknown_to_all():
    files = {
        "a.sql": "CREATE VIEW a AS SELECT * FROM b",
        "b.sql": "CREATE VIEW b AS SELECT * FROM c",
        "c.sql": "CREATE VIEW c AS SELECT * FROM a",
        "d.sql": "CREATE VIEW d AS SELECT * FROM a",
    }
    edges, codes = every_order(files)
    assert {code for path, code in codes if path != "d.sql"} == {"cyclic-definition", "unexpanded-star"}
    assert ("d.sql", "cyclic-definition") not in codes
    assert ("a.*", "d.*") in pairs(edges)


def test_a_cycle_does_not_hide_what_hangs_on_it():
    edges, _ = every_order(
        {
            "a.sql": "CREATE VIEW a AS SELECT * FROM b",
            "b.sql": "CREATE VIEW b AS SELECT * FROM a",
            "c.sql": "CREATE VIEW c AS SELECT k FROM a",
            "d.sql": "CREATE VIEW d AS SELECT * FROM c",
        }
    )
    assert ("c.k", "d.k") in pairs(edges)


@pytest.mark.parametrize(
    ("files", "imported", "expected"),
    [
        pytest.param(
            {"q.sql": "CREATE TABLE t AS SELECT 1 AS q", "z.sql": "CREATE TABLE t (d INT)"},
            {},
            "d",
            id="DDL before query",
        ),
        pytest.param({"z.sql": "CREATE TABLE t (d INT)"}, {"t": ("i",)}, "i", id="imported before DDL"),
        pytest.param(
            {"b.sql": "CREATE TABLE t (b INT)", "a.sql": "CREATE TABLE t (a INT)"},
            {},
            "a",
            id="the smallest path",
        ),
        pytest.param(
            {"V2__t.sql": "CREATE TABLE t (two INT)", "V10__t.sql": "CREATE TABLE t (ten INT)"},
            {},
            "ten",
            id="the last migration, by version",
        ),
    ],
)
def test_of_several_definitions_one_counts(
    files: dict[str, str], imported: dict[str, tuple[str, ...]], expected: str
):
    edges, codes = every_order({**files, "use.sql": "CREATE VIEW v AS SELECT * FROM t"}, imported=imported)
    assert pairs(edges) == {(f"t.{expected}", f"v.{expected}")}
    # migrations define a dataset again on purpose
    assert {code for _, code in codes} == (set() if "V2__t.sql" in files else {"duplicate-definition"})


def test_migrations_alter_in_the_order_of_their_versions():
    edges, _ = every_order(
        {
            "V1__create.sql": "CREATE TABLE t (a INT)",
            "V9__rename.sql": "ALTER TABLE t RENAME COLUMN a TO b",
            "V10__rename.sql": "ALTER TABLE t RENAME COLUMN b TO c",
            "use.sql": "CREATE VIEW v AS SELECT * FROM t",
        }
    )
    assert ("t.c", "v.c") in pairs(edges)


def test_a_unique_trailing_name_is_inferred():
    edges, codes = every_order(
        {"ddl.sql": "CREATE TABLE shop.orders (id INT)", "use.sql": "CREATE VIEW v AS SELECT * FROM orders"}
    )
    assert edges == {("shop.orders.id", "v.id", "IDENTITY", int(EdgeFlag.INFERRED))}
    assert ("use.sql", "inferred-dataset") in codes


def test_two_trailing_matches_are_a_diagnostic_not_a_choice():
    edges, codes = every_order(
        {
            "a.sql": "CREATE TABLE shop.orders (id INT)",
            "b.sql": "CREATE TABLE web.orders (id INT)",
            "use.sql": "CREATE VIEW v AS SELECT o.id FROM orders AS o",
        }
    )
    assert pairs(edges) == {("orders.id", "v.id")}
    assert ("use.sql", "ambiguous-dataset") in codes


def test_a_trailing_name_is_never_taken_for_the_statement_s_own_target():
    edges, _ = every_order({"use.sql": "CREATE TABLE mart.orders AS SELECT o.id FROM orders AS o"})
    assert pairs(edges) == {("orders.id", "mart.orders.id")}


def test_partial_knowledge_decides_only_alone_and_says_so():
    reader = "CREATE VIEW v AS SELECT amount FROM a JOIN b ON a.k = b.k"
    edges, _ = every_order({"w.sql": "INSERT INTO a (amount) SELECT 1", "r.sql": reader})
    assert ("a.amount", "v.amount", "IDENTITY", int(EdgeFlag.INFERRED)) in edges
    both = {
        "w.sql": "INSERT INTO a (amount) SELECT 1",
        "x.sql": "INSERT INTO b (amount) SELECT 1",
        "r.sql": reader,
    }
    edges, codes = every_order(both)
    assert ("?.amount", "v.amount") in pairs(edges)
    assert ("r.sql", "ambiguous-column") in codes


def test_what_readers_mention_decides_nothing():
    edges, _ = every_order(
        {
            "m.sql": "CREATE VIEW m AS SELECT a.amount FROM a",
            "r.sql": "CREATE VIEW v AS SELECT amount FROM a JOIN b ON a.k = b.k",
        }
    )
    assert ("?.amount", "v.amount") in pairs(edges)


def test_an_alter_in_another_file_changes_the_columns():
    edges, _ = every_order(
        {
            "a.sql": "CREATE TABLE t (a INT)",
            "b.sql": "ALTER TABLE t ADD COLUMN b INT",
            "v.sql": "CREATE VIEW v AS SELECT * FROM t",
        }
    )
    assert pairs(edges) == {("t.a", "v.a"), ("t.b", "v.b")}


def test_a_migration_that_creates_anew_leaves_earlier_alterations_behind():
    edges, _ = every_order(
        {
            "V1__create.sql": "CREATE TABLE t (a INT, b INT)",
            "V2__drop.sql": "ALTER TABLE t DROP COLUMN b",
            "V3__again.sql": "DROP TABLE t; CREATE TABLE t (a INT, b INT)",
            "use.sql": "CREATE VIEW v AS SELECT * FROM t",
        }
    )
    assert pairs(edges) == {("t.a", "v.a"), ("t.b", "v.b")}


def test_undo_migrations_describe_what_is_not_the_case():
    edges, _ = every_order(
        {
            "m/V1__create.sql": "CREATE TABLE t (a INT)",
            "m/V2__add.sql": "ALTER TABLE t ADD COLUMN b INT",
            "undo/U2__add.sql": "ALTER TABLE t DROP COLUMN b",
            "use.sql": "CREATE VIEW v AS SELECT * FROM t",
        }
    )
    assert ("t.b", "v.b") in pairs(edges)


def test_an_imported_schema_says_what_there_is_now():
    edges, _ = every_order(
        {"old.sql": "ALTER TABLE t DROP COLUMN b", "use.sql": "CREATE VIEW v AS SELECT * FROM t"},
        imported={"t": ("a", "b")},
    )
    assert ("t.b", "v.b") in pairs(edges)


def test_equal_definitions_are_no_problem():
    _, codes = every_order({"a.sql": "CREATE TABLE t (a INT)", "b.sql": "CREATE TABLE t (a BIGINT)"})
    assert not codes


def test_a_wrong_column_in_a_routine_is_a_diagnostic_and_a_variable_is_not():
    insert = "INSERT INTO t (a) SELECT amont FROM o WHERE o.id = {}"
    body = f"CREATE FUNCTION f(wanted INT) RETURNS INT LANGUAGE sql AS $$ {insert} $$"
    ddl = "CREATE TABLE o (id INT, amount INT)"
    _, wrong = bind({"ddl.sql": ddl, "f.sql": body.format("wanted")})
    assert ("f.sql", "unknown-column") in wrong
    _, right = bind({"ddl.sql": ddl, "f.sql": body.replace("amont", "amount").format("wanted")})
    assert not {code for _, code in right if code == "unknown-column"}


def test_a_synonym_of_another_file_is_looked_through():
    edges, codes = every_order(
        {
            "ddl.sql": "CREATE TABLE shop.orders (id INT)",
            "synonym.sql": "CREATE SYNONYM o FOR shop.orders",
            "use.sql": "CREATE TABLE mart.t AS SELECT * FROM o",
        },
        dialect="oracle",
    )
    assert pairs(edges) == {("shop.orders.id", "mart.t.id")}
    assert not codes


@pytest.mark.parametrize("change", ["DROP TABLE t", "ALTER TABLE t RENAME TO t2"])
def test_a_change_in_another_file_is_said_not_followed(change: str):
    edges, codes = every_order(
        {"a.sql": "CREATE TABLE t (a INT)", "b.sql": change, "v.sql": "CREATE VIEW v AS SELECT * FROM t"}
    )
    assert pairs(edges) == {("t.a", "v.a")}
    assert codes == {("b.sql", "changed-elsewhere")}
