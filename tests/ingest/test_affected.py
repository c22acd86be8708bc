"""Whom an edit concerns: which files' lineage is looked for again, and which is left alone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from tests.store.graphs import exported

from lineagraph.catalog.names import Defaults
from lineagraph.diagnostics import Code
from lineagraph.ingest.affected import StoredCatalog, take_in
from lineagraph.ingest.binding import bind_here, put
from lineagraph.ingest.reading import read_task
from lineagraph.ingest.reading_context import ReadingContext, ReadingTask
from lineagraph.ingest.work import BindingTask, WorkContext, Worker
from lineagraph.store.sources import Source, SourceTables, Told
from lineagraph.store.sqlite import SqliteStore


def told(path: str, text: str, context: ReadingContext) -> Told:
    reading = read_task(ReadingTask(path, text.encode(), None), context)
    digest = hashlib.sha256(text.encode()).digest()
    source = Source(path, b"", digest, reading.dialect, reading.outcome)
    return Told(source, reading.names, reading.interface, reading.facts)


class World:
    """Files in a project, without the files."""

    def __init__(self, store: SqliteStore, context: ReadingContext) -> None:
        self.store = store
        self.context = context
        self.texts: dict[str, str] = {}

    def edit(self, **texts: str) -> set[str]:
        """Write files (`a="…"` is the file `a`) and bind whom that concerns. Returns who that was."""
        return self.take(texts, ())

    def remove(self, *paths: str) -> set[str]:
        return self.take({}, paths)

    def take(self, texts: Mapping[str, str], removed: tuple[str, ...]) -> set[str]:
        self.texts = {path: text for path, text in {**self.texts, **texts}.items() if path not in removed}
        new = [told(path, text, self.context) for path, text in texts.items()]
        with self.store.transaction():
            take_in(self.store.sources, new, removed, self.context.defaults)
            if removed:
                self.store.apply((), removed)
        stale = self.store.sources.stale()
        put(self.store, bind_here(self.store, stale, self.context.defaults))
        assert self.store.sources.stale() == []
        return set(stale)

    def columns(self, key: str) -> tuple[str, ...] | None:
        return StoredCatalog(self.store.sources, self.context.defaults).columns(key)[0]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with SqliteStore.open(tmp_path / "project") as store:
        world = World(store, ReadingContext("postgres"))
        yield world
        # whatever was stale or not: it is what it would be if all had been read at once
        with SqliteStore.open(tmp_path / "scratch") as scratch:
            World(scratch, world.context).edit(**world.texts)
            assert exported(store) == exported(scratch)


ORDERS = "CREATE TABLE shop.orders (id INT, amount INT);"


class TestTheFileAlone:
    def test_for_a_comment(self, world: World) -> None:
        world.edit(ddl=ORDERS, view="CREATE VIEW v AS SELECT * FROM shop.orders;", leaf="SELECT * FROM v;")
        assert world.edit(ddl="-- the orders\n" + ORDERS) == {"ddl"}
        assert world.edit(view="CREATE VIEW v AS /* all */ SELECT * FROM shop.orders;") == {"view"}
        assert world.edit(leaf="SELECT * FROM v; -- all") == {"leaf"}

    def test_for_a_table_with_fifty_readers_whose_columns_do_not_change(self, world: World) -> None:
        readers = {f"reader_{n}": f"INSERT INTO r{n} SELECT *, id FROM shop.orders;" for n in range(50)}
        world.edit(ddl=ORDERS, **readers)
        assert world.edit(ddl=ORDERS.replace("amount INT", "amount NUMERIC(10, 2) NOT NULL")) == {"ddl"}
        assert world.edit(ddl=ORDERS + "INSERT INTO shop.orders SELECT 1, 2;") == {"ddl"}

    def test_for_a_view_whose_columns_do_not_change(self, world: World) -> None:
        world.edit(
            ddl=ORDERS,
            view="CREATE VIEW v AS SELECT id, amount FROM shop.orders;",
            above="CREATE VIEW w AS SELECT * FROM v;",
            leaf="SELECT amount FROM w;",
        )
        changed = "CREATE VIEW v AS SELECT amount AS id, id AS amount FROM shop.orders WHERE id > 1;"
        assert world.edit(view=changed) == {"view"}

    def test_for_a_query_of_its_own(self, world: World) -> None:
        world.edit(ddl=ORDERS, one="SELECT id FROM shop.orders;", two="SELECT amount FROM shop.orders;")
        assert world.edit(one="SELECT amount FROM shop.orders;") == {"one"}

    def test_for_a_new_dataset_that_nobody_names(self, world: World) -> None:
        world.edit(ddl=ORDERS, reader="SELECT * FROM shop.orders, other;")
        assert world.edit(new="CREATE TABLE shop.customers (id INT);") == {"new"}

    def test_for_a_statement_that_only_fails(self, world: World) -> None:
        world.edit(ddl=ORDERS, reader="SELECT * FROM shop.orders;")
        assert world.edit(ddl=ORDERS + " SELECT FROM WHERE;") == {"ddl"}


class TestChangedColumns:
    FILES = {
        "ddl": ORDERS,
        "star": "INSERT INTO a SELECT * FROM shop.orders;",
        "unqualified": "SELECT amount FROM shop.orders, somewhere;",
        "positional": "INSERT INTO shop.orders SELECT x, y FROM somewhere;",
        "view": "CREATE VIEW v AS SELECT * FROM shop.orders;",
        "above": "CREATE VIEW w AS SELECT id FROM v;",
        "leaf": "SELECT * FROM w;",
        "elsewhere": "SELECT * FROM shop.customers;",
    }

    def test_concern_those_that_use_them(self, world: World) -> None:
        world.edit(**self.FILES)
        found = world.edit(ddl="CREATE TABLE shop.orders (id INT, amount INT, currency TEXT);")
        # `leaf` reads a view that has the columns it had
        assert found == {"ddl", "star", "unqualified", "positional", "view", "above"}

    def test_go_up_as_far_as_they_change_something(self, world: World) -> None:
        world.edit(**{**self.FILES, "above": "CREATE VIEW w AS SELECT * FROM v;"})
        found = world.edit(ddl="CREATE TABLE shop.orders (id INT, amount INT, currency TEXT);")
        assert found == set(self.FILES) - {"elsewhere"}
        assert world.columns("w") == ("id", "amount", "currency")

    def test_in_another_order_are_others(self, world: World) -> None:
        world.edit(**self.FILES)
        found = world.edit(ddl="CREATE TABLE shop.orders (amount INT, id INT);")
        assert {"positional", "star", "view"} <= found

    def test_by_alter_in_another_file(self, world: World) -> None:
        world.edit(**self.FILES)
        found = world.edit(alter="ALTER TABLE shop.orders ADD COLUMN currency TEXT;")
        assert {"alter", "star", "unqualified", "positional", "view", "above"} <= found
        assert not found & {"leaf", "elsewhere"}
        assert world.edit(alter="ALTER TABLE shop.orders ADD COLUMN currency VARCHAR(3);") == {"alter"}
        assert {"star", "view"} <= world.remove("alter")

    def test_of_a_file_that_is_gone(self, world: World) -> None:
        world.edit(**self.FILES)
        found = world.remove("ddl")
        assert {"star", "unqualified", "positional", "view", "above"} <= found
        assert "elsewhere" not in found
        assert {"star", "view"} <= world.edit(ddl=ORDERS)

    def test_of_a_copy_of_a_table(self, world: World) -> None:
        world.edit(
            ddl=ORDERS,
            copy="CREATE TABLE c (LIKE shop.orders);",
            reader="SELECT * FROM c;",
            other="SELECT 1;",
        )
        found = world.edit(ddl="CREATE TABLE shop.orders (id INT);")
        assert found == {"ddl", "copy", "reader"}

    def test_of_two_definitions_only_those_of_the_first(self, world: World) -> None:
        world.edit(
            ddl=ORDERS, z_again="CREATE TABLE shop.orders (a INT);", reader="SELECT * FROM shop.orders;"
        )
        assert "reader" not in world.edit(z_again="CREATE TABLE shop.orders (a INT, b INT);")
        assert "reader" in world.remove("ddl")
        assert world.columns("shop.orders") == ("a", "b")

    def test_known_in_part(self, world: World) -> None:
        world.edit(reader="SELECT p FROM raw.w, raw.v;", other="SELECT p FROM raw.x;", names="SELECT 1;")
        found = world.edit(names="INSERT INTO raw.w (p, q) SELECT 1, 2;")
        assert found == {"names", "reader"}
        assert world.edit(names="INSERT INTO raw.w (q) SELECT 1;") == {"names", "reader"}


class TestNames:
    def test_a_dataset_that_a_name_may_mean_concerns_those_with_the_name(self, world: World) -> None:
        world.edit(
            unqualified="SELECT * FROM orders;",
            unknown="INSERT INTO m SELECT * FROM shop.orders;",
            other="SELECT * FROM customers;",
            column="SELECT orders FROM t;",
        )
        assert world.edit(ddl=ORDERS) == {"ddl", "unqualified", "unknown"}
        # one more of the same name: `orders` means neither now
        found = world.edit(second="CREATE TABLE web.orders (id INT);")
        assert {"second", "unqualified"} <= found
        assert not found & {"other", "column"}
        assert "unqualified" in world.remove("second")

    def test_a_synonym(self, world: World) -> None:
        world.edit(ddl=ORDERS, reader="SELECT * FROM o;", other="SELECT * FROM shop.orders;")
        assert world.edit(synonym="CREATE SYNONYM o FOR shop.orders;") == {"synonym", "reader"}
        assert "reader" in world.edit(ddl="CREATE TABLE shop.orders (id INT);")
        assert world.edit(synonym="CREATE SYNONYM o FOR shop.customers;") == {"synonym", "reader"}
        assert world.remove("synonym") == {"reader"}

    def test_a_synonym_of_a_synonym(self, world: World) -> None:
        world.edit(
            ddl=ORDERS,
            one="CREATE SYNONYM o FOR p;",
            two="CREATE SYNONYM p FOR shop.orders;",
            reader="SELECT * FROM o;",
        )
        assert "reader" in world.edit(two="CREATE SYNONYM p FOR shop.customers;")

    def test_a_temporary_table_concerns_nobody(self, world: World) -> None:
        world.edit(reader="SELECT * FROM stage;")
        text = "CREATE TEMP TABLE stage (a INT); INSERT INTO t SELECT * FROM stage;"
        assert world.edit(script=text) == {"script"}


class TestCycles:
    def test_made_and_broken(self, world: World) -> None:
        world.edit(
            a="CREATE VIEW a AS SELECT * FROM b;",
            b="CREATE VIEW b AS SELECT * FROM c;",
            c="CREATE TABLE c (k INT);",
            reader="SELECT * FROM a;",
            other="SELECT * FROM d;",
        )
        assert world.columns("a") == ("k",)
        assert world.edit(c="CREATE VIEW c AS SELECT * FROM a;") == {"a", "b", "c", "reader"}
        assert world.columns("a") is None
        assert world.edit(c="CREATE VIEW c AS SELECT * FROM a; -- still") >= {"c"}
        assert world.edit(c="CREATE TABLE c (k INT, v INT);") == {"a", "b", "c", "reader"}
        assert world.columns("a") == ("k", "v")

    def test_of_one(self, world: World) -> None:
        world.edit(a="CREATE TABLE a (k INT);", reader="SELECT * FROM a;")
        assert "reader" in world.edit(a="CREATE VIEW a AS SELECT * FROM a;")
        assert "reader" in world.edit(a="CREATE TABLE a (k INT, v INT);")

    def test_joined_by_another(self, world: World) -> None:
        """Two cycles become one through a table that neither of them mentioned before."""
        world.edit(
            a="CREATE VIEW a AS SELECT * FROM b;",
            b="CREATE VIEW b AS SELECT * FROM a;",
            c="CREATE VIEW c AS SELECT * FROM d;",
            d="CREATE VIEW d AS SELECT * FROM c;",
            reader="SELECT * FROM a, c;",
        )
        world.edit(b="CREATE VIEW b AS SELECT * FROM c;", d="CREATE VIEW d AS SELECT * FROM a;")
        world.edit(d="CREATE TABLE d (k INT);")
        assert world.columns("a") == ("k",)


class TestTogether:
    def test_what_several_files_change_at_once(self, world: World) -> None:
        world.edit(**TestChangedColumns.FILES)
        world.edit(
            ddl="CREATE TABLE shop.orders (id INT);",
            view="CREATE VIEW v AS SELECT id, id AS two FROM shop.orders;",
            above="CREATE VIEW w AS SELECT * FROM v;",
        )
        assert world.columns("w") == ("id", "two")

    def test_a_file_that_is_renamed(self, world: World) -> None:
        world.edit(ddl=ORDERS, reader="SELECT * FROM shop.orders;", other="SELECT 1;")
        found = world.take({"moved": ORDERS}, ("ddl",))
        assert "other" not in found
        assert "moved" in found

    def test_a_dataset_that_moves_from_file_to_file(self, world: World) -> None:
        world.edit(a=ORDERS, b="SELECT 1;", reader="SELECT * FROM shop.orders;")
        world.edit(a="SELECT 1;", b="CREATE TABLE shop.orders (id INT);")
        assert world.columns("shop.orders") == ("id",)

    def test_one_at_a_time_is_the_same(self, world: World) -> None:
        for path, text in TestChangedColumns.FILES.items():
            world.edit(**{path: text})
        for path in list(TestChangedColumns.FILES)[::-2]:
            world.remove(path)


def test_a_cycle_that_another_worker_finds_out_about_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its datasets are remembered together, in the middle of this worker's asking for one after the other."""
    context = ReadingContext("postgres")
    views = {"a": "CREATE VIEW a AS SELECT * FROM b;", "b": "CREATE VIEW b AS SELECT * FROM a;"}
    with SqliteStore.open(tmp_path) as store:
        with store.transaction():
            take_in(
                store.sources, [told(path, text, context) for path, text in views.items()], [], Defaults()
            )
        others = bind_here(store, ["b"], Defaults())
        asked: list[str] = []
        derived = SourceTables.derived

        def slow(tables: SourceTables, key: str) -> bytes | None:
            found = derived(tables, key)
            asked.append(key)
            if len(asked) == 1:
                monkeypatch.undo()
                put(store, others)
            return found

        monkeypatch.setattr(SourceTables, "derived", slow)
        worker = Worker(WorkContext(context, str(tmp_path)))
        (bound,) = worker.bind([BindingTask("a")])
        assert bound is not None
        assert asked
        assert [diagnostic.code for diagnostic in bound.diagnostics] == [
            diagnostic.code for diagnostic in others[0].diagnostics
        ]
        assert Code.CYCLIC_DEFINITION in [diagnostic.code for diagnostic in bound.diagnostics]


def test_other_defaults_concern_all(tmp_path: Path) -> None:
    with SqliteStore.open(tmp_path / "p") as store:
        world = World(store, ReadingContext("postgres"))
        world.edit(ddl="CREATE TABLE orders (id INT);", reader="SELECT * FROM orders;", other="SELECT 1;")
        world.context = ReadingContext("postgres", schemas=("shop",))
        assert world.edit(**world.texts) == set(world.texts)
        assert world.columns("shop.orders") == ("id",)
        assert world.columns("orders") is None
        with SqliteStore.open(tmp_path / "q") as scratch:
            World(scratch, world.context).edit(**world.texts)
            assert exported(store) == exported(scratch)


def test_nothing_is_compared_before_anything_was_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A first ingestion only writes."""
    with SqliteStore.open(tmp_path) as store:
        tables, context = store.sources, ReadingContext("postgres")
        monkeypatch.setattr(StoredCatalog, "columns", lambda *_: pytest.fail("asked"))
        with store.transaction():
            take_in(tables, [told("a", ORDERS, context)], [], Defaults())
            take_in(tables, [told("b", "SELECT * FROM shop.orders;", context)], [], Defaults())
        assert tables.stale() == ["a", "b"]
