"""What was read, in the database: written, overwritten, removed, asked, and remembered until it no longer holds."""

from __future__ import annotations

import sqlite3
from array import array
from binascii import crc32
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import msgspec
import pytest

from lineagraph.store.sources import (
    Source,
    SourceTables,
    Told,
    hashed,
    pack_columns,
    unpack_columns,
)
from lineagraph.store.sqlite import SqliteStore


@pytest.fixture
def tables(tmp_path: Path) -> Iterator[SourceTables]:
    with SqliteStore.open(tmp_path) as store:
        yield store.sources


def told(path: str, *names: str, facts: bytes = b"facts", interface: bytes = b"interface") -> Told:
    source = Source(path, b"looks of " + path.encode(), b"hash of " + path.encode(), "postgres", "parsed")
    return Told(source, names, interface, facts)


def telling(tables: SourceTables, name: str) -> list[str]:
    return [path for path, _ in tables.telling(name, 1_000)]


class TestFiles:
    def test_what_is_written_is_there(self, tables: SourceTables) -> None:
        assert tables.is_empty()
        one, two = told("one", "orders", "customers"), told("two")
        tables.write([one, two])
        assert not tables.is_empty()
        assert tables.told("one") == msgspec.structs.replace(one, names=["orders", "customers"])
        assert tables.looks() == {"one": b"looks of one", "two": b"looks of two"}
        assert tables.hashes(["two", "three"]) == {"two": b"hash of two"}
        assert tables.facts("one") == b"facts"
        assert tables.facts("three") is None
        assert tables.interface("one") == b"interface"
        assert tables.interfaces(["one", "three"]) == {"one": b"interface"}
        assert tables.read(["two", "one", "three"]) == [
            ("one", "postgres", "parsed", b"facts"),
            ("two", "postgres", "parsed", b"facts"),
        ]
        for ask in (tables.told, tables.interface):
            with pytest.raises(KeyError):
                ask("three")

    def test_what_is_written_again_replaces_what_was_there(self, tables: SourceTables) -> None:
        tables.write([told("one", "orders", "customers"), told("two", "orders")])
        tables.mark_bound([(hashed(["cx"]), "one"), (hashed(["cx"]), "two")])
        tables.write([told("one", "customers", "items", facts=b"others", interface=b"another")])
        assert tables.told("one").facts == b"others"
        assert tables.interface("one") == b"another"
        assert telling(tables, "orders") == ["two"]
        assert telling(tables, "customers") == ["one"]
        assert telling(tables, "items") == ["one"]
        assert tables.stale() == ["one"]

    def test_what_is_removed_leaves_nothing(self, tables: SourceTables, tmp_path: Path) -> None:
        tables.write([told("one", "orders"), told("two", "orders"), told("three", "items")])
        tables.remove(["one", "three", "four"])
        assert tables.looks() == {"two": b"looks of two"}
        assert telling(tables, "orders") == ["two"]
        assert telling(tables, "items") == []
        with sqlite3.connect(tmp_path / "lineage.db") as db:
            for table in ("sources", "interfaces", "facts", "telling"):
                assert db.execute(f"SELECT count(*) FROM {table}").fetchone() == (1,), table
        db.close()

    def test_a_number_that_is_free_again_brings_nothing_along(self, tables: SourceTables) -> None:
        tables.write([told("one", "orders")])
        tables.mark_bound([(hashed(["cx"]), "one")])
        tables.remove(["one"])
        tables.write([told("two", "items")])
        assert telling(tables, "orders") == []
        assert tables.stale() == ["two"]
        assert not tables.has_answers()

    def test_the_same_file_twice_in_one_call_counts_once(self, tables: SourceTables) -> None:
        tables.write([told("one", "orders", facts=b"first"), told("one", "items", facts=b"last")])
        assert tables.told("one").facts == b"last"
        assert tables.stale() == ["one"]

    def test_more_files_than_a_statement_takes(self, tables: SourceTables) -> None:
        paths = [f"{number:05}" for number in range(2_500)]
        tables.write([told(path, "orders") for path in paths])
        tables.write([told(path, "items") for path in paths[:1_700]])
        assert len(tables.hashes(paths)) == len(tables.read(paths)) == len(tables.interfaces(paths)) == 2_500
        assert telling(tables, "orders") == paths[1_700:]
        assert len(tables.looks_at(paths)) == 2_500
        tables.remove(paths[:2_000])
        assert sorted(tables.looks()) == paths[2_000:]

    def test_odd_paths_and_names(self, tables: SourceTables) -> None:
        odd = ["", "a'b", "%", "schema://x.json", "ä/ß", "日本", "a\nb", 'q"']
        tables.write([told(path, path or "empty") for path in odd])
        assert sorted(tables.looks()) == sorted(odd)
        for path in odd:
            assert telling(tables, path or "empty") == [path]
        assert tables.beginning("schema://") == ["schema://x.json"]
        assert tables.beginning("%") == ["%"]

    def test_touched_files_only_look_otherwise(self, tables: SourceTables) -> None:
        tables.write([told("one"), told("two")])
        tables.mark_bound([(b"", "one"), (b"", "two")])
        tables.touch([(b"new", "one"), (b"new", "three")])
        assert tables.looks() == {"one": b"new", "two": b"looks of two"}
        assert tables.stale() == []

    def test_touching_is_all_or_nothing(self, tmp_path: Path) -> None:
        with SqliteStore.open(tmp_path) as store:
            tables = store.sources
            tables.write([told("one"), told("two")])

            def looks() -> Iterator[tuple[bytes, str]]:
                yield b"new", "one"
                raise InterruptedError

            with pytest.raises(InterruptedError):
                tables.touch(looks())
            assert not store.db.in_transaction
            with store.transaction():
                tables.touch([(b"kept", "two")])
                with pytest.raises(InterruptedError):
                    tables.touch(looks())
        with SqliteStore.open(tmp_path, read_only=True) as store:
            assert store.sources.looks() == {"one": b"looks of one", "two": b"kept"}


class TestPlaces:
    @pytest.fixture
    def tables(self, tables: SourceTables) -> SourceTables:
        paths = [
            "a",
            "a.sql",
            "a/b.sql",
            "a/c/d.sql",
            "a0",
            "a-b/e.sql",
            "../up.sql",
            "../a/f.sql",
            "ab/g.sql",
        ]
        tables.write([told(path) for path in paths])
        return tables

    @pytest.mark.parametrize(
        ("places", "found"),
        [
            (["a.sql", "a.sql/"], ["a.sql"]),
            (["a", "a/"], ["a", "a/b.sql", "a/c/d.sql"]),
            (["a/c/"], ["a/c/d.sql"]),
            (["../a/"], ["../a/f.sql"]),
            (["a/", "ab/"], ["a/b.sql", "a/c/d.sql", "ab/g.sql"]),
            (["none", "none/"], []),
            ([], []),
        ],
    )
    def test_files_at_and_below_them(self, tables: SourceTables, places: list[str], found: list[str]) -> None:
        assert sorted(tables.looks_at(places)) == sorted(found)

    @pytest.mark.parametrize("place", ["", "../", "../../"])
    def test_the_root_and_what_is_above_it_is_everything(self, tables: SourceTables, place: str) -> None:
        assert tables.looks_at(["a.sql", place]) == tables.looks()


class TestTelling:
    def test_large_interfaces_are_left_out(self, tables: SourceTables) -> None:
        tables.write([told("b", "orders", interface=b"x" * 11), told("a", "orders", interface=b"x" * 10)])
        assert tables.telling("orders", 10) == [("a", b"x" * 10), ("b", None)]
        assert tables.interface("b") == b"x" * 11

    def test_names_are_exact(self, tables: SourceTables) -> None:
        tables.write([told("one", "Orders", '"odd.name"', "o%")])
        assert telling(tables, "orders") == telling(tables, "name") == telling(tables, "ox") == []
        assert telling(tables, '"odd.name"') == ["one"]


class TestStale:
    def test_who_asked_is_bound_again(self, tables: SourceTables) -> None:
        tables.write([told(path) for path in ("one", "two", "three", "four")])
        assert tables.stale() == ["four", "one", "three", "two"]
        assert tables.any_stale()
        assert not tables.has_answers()
        tables.mark_bound(
            [(hashed(["cx", "nx"]), "one"), (hashed(["cy"]), "two"), (hashed([]), "three"), (b"", "gone")]
        )
        assert tables.has_answers()
        assert tables.stale() == ["four"]
        tables.mark_stale(["cx"])
        assert tables.stale() == ["four", "one"]
        tables.mark_stale([])
        tables.mark_stale(["dz"])
        assert tables.stale() == ["four", "one"]
        tables.mark_bound([(hashed(["cz"]), "one"), (hashed(["cz"]), "four")])
        tables.mark_stale(["cx", "nx"])
        assert not tables.any_stale()

    def test_all(self, tables: SourceTables) -> None:
        tables.write([told("one"), told("two")])
        tables.mark_bound([(b"", "one"), (b"", "two")])
        tables.forget_answers()
        assert tables.stale() == ["one", "two"]

    def test_two_questions_with_one_hash_cost_a_binding_and_no_more(self, tables: SourceTables) -> None:
        one, two = colliding()
        assert one != two
        assert hashed([one]) == hashed([two]) == hashed([one, two])
        tables.write([told("one"), told("two")])
        tables.mark_bound([(hashed([one]), "one"), (hashed(["cy"]), "two")])
        tables.mark_stale([two])
        assert tables.stale() == ["one"]

    def test_questions_of_any_spelling(self) -> None:
        assert len(array("I", hashed(["cä", "c\udc80", "c", "c"]))) == 3
        assert hashed(["a", "b"]) == hashed(["b", "a", "b"])


def colliding() -> tuple[str, str]:
    """Two questions with the same hash: with a birthday's luck they are among some hundred thousand."""
    seen: dict[int, str] = {}
    for number in count():
        question = f"c{number * 7919:x}"
        other = seen.setdefault(crc32(question.encode()), question)
        if other != question:
            return other, question
    raise AssertionError


class TestDerived:
    def known(self, tables: SourceTables, *keys: str) -> list[str]:
        return [key for key in keys if tables.derived(key) is not None]

    @pytest.fixture
    def tables(self, tables: SourceTables) -> SourceTables:
        """B rests on a, c on b, d on c and on the name x; e on nothing of these; l and m on each other."""
        asked = {
            "b": ["ca", "na"], "c": ["cb"], "d": ["cc", "nx"], "e": ["cz"], "l": ["cm"], "m": ["cl"],
        }  # fmt: skip
        tables.remember([(key, pack_columns((key,), False), hashed(asked[key])) for key in asked])
        return tables

    def test_are_remembered(self, tables: SourceTables) -> None:
        assert tables.has_answers()
        blob = tables.derived("b")
        assert blob is not None
        assert unpack_columns(blob) == (("b",), False)
        tables.remember([("b", pack_columns(None, True), b"")])
        blob = tables.derived("b")
        assert blob is not None
        assert unpack_columns(blob) == (None, True)
        assert tables.derived("a") is None

    def test_are_forgotten_with_what_they_rest_on(self, tables: SourceTables) -> None:
        found = tables.forget_derived(["ca"], [])
        assert set(found) == {"b", "c", "d"}
        assert unpack_columns(found["c"]) == (("c",), False)
        assert self.known(tables, *"bcdelm") == ["e", "l", "m"]

    def test_are_forgotten_by_key(self, tables: SourceTables) -> None:
        assert set(tables.forget_derived([], ["c", "unknown"])) == {"c", "d"}

    def test_of_a_dataset_that_is_not_remembered(self, tables: SourceTables) -> None:
        assert set(tables.forget_derived([], ["a"])) == {"b", "c", "d"}

    def test_by_another_kind_of_question(self, tables: SourceTables) -> None:
        assert set(tables.forget_derived(["nx"], [])) == {"d"}
        assert tables.forget_derived(["nx", "cq"], []) == {}

    def test_in_a_cycle(self, tables: SourceTables) -> None:
        assert set(tables.forget_derived(["cl"], [])) == {"l", "m"}

    def test_all(self, tables: SourceTables) -> None:
        tables.forget_answers()
        assert self.known(tables, *"bcdelm") == []
        assert tables.forget_derived(["ca"], ["a"]) == {}


@pytest.mark.parametrize("columns", [None, (), ("a",), ("a", "ä", 'q"x')])
@pytest.mark.parametrize("cyclic", [True, False])
def test_columns_survive_packing(columns: tuple[str, ...] | None, cyclic: bool) -> None:
    assert unpack_columns(pack_columns(columns, cyclic)) == (columns, cyclic)


@pytest.mark.parametrize("blob", [b"", b"\xc1", b"\x92\x01\xc3", b"\x91\xc0"])
def test_what_is_no_columns_is_told(blob: bytes) -> None:
    with pytest.raises(msgspec.MsgspecError):
        unpack_columns(blob)
