"""Whatever is switched on or off, and however files and options change: the export is that from scratch, to the byte.

Worker processes are used for everything here, however few files there are.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.faults.forks import Child, unprivileged
from tests.faults.histories import ENTANGLED, export
from tests.faults.test_order import difference

from lineagraph import Project
from lineagraph.config.feature_flags import FeatureFlags
from lineagraph.ingest import readings, workforce
from lineagraph.ingest.reports import IngestReport

FLAGS = [
    FeatureFlags(parse_cache=cache, batching=batching, parallel=parallel)
    for cache, batching, parallel in itertools.product([True, False], repeat=3)
]

linux = pytest.mark.skipif(sys.platform != "linux", reason="root's privileges are dropped in Linux' way")


@pytest.fixture(autouse=True)
def processes_for_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readings, "_WORTH_FILES", 1)
    monkeypatch.setattr(workforce, "_WORTH_BINDING", 1)


class Sql:
    """A folder, its project, and what a new project says of it."""

    def __init__(self, base: Path) -> None:
        self.folder, self.project, self.scratch = base / "sql", base / "project", base / "scratch"
        self.folder.mkdir()
        self.options: dict[str, Any] = {"dialect": "postgres"}

    def __getitem__(self, name: str) -> Path:
        return self.folder / name

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def ingest(self, *paths: Path, **options: Any) -> IngestReport:
        with Project(self.project) as project:
            return project.ingest(
                list(paths) or [self.folder], root=self.folder, **{**self.options, **options}
            )

    def check(self, **options: Any) -> IngestReport:
        """Ingest, and compare with a new project in which everything is done in the simplest way."""
        report = self.ingest(**options)
        with Project(self.project) as project:
            found = export(project)
        shutil.rmtree(self.scratch, ignore_errors=True)
        plain: dict[str, Any] = {**self.options, "flags": FeatureFlags().disable_all_optimizations()}
        with Project(self.scratch) as project:
            project.ingest([self.folder], root=self.folder, **plain)
            expected = export(project)
        assert found == expected, difference(expected, found)
        return report


@pytest.fixture
def sql(tmp_path: Path) -> Sql:
    return Sql(tmp_path)


@pytest.fixture
def shop(sql: Sql) -> Sql:
    sql.write("ddl.sql", "CREATE TABLE shop.orders (id INT, amount INT);")
    sql.write("view.sql", "CREATE VIEW mart.v AS SELECT * FROM shop.orders;")
    sql.write("leaf.sql", "INSERT INTO mart.w SELECT * FROM mart.v JOIN orders USING (id);")
    sql.check()
    return sql


@pytest.mark.parametrize("flags", FLAGS, ids=lambda f: f"{f.parse_cache:d}{f.batching:d}{f.parallel:d}")
def test_flags_change_nothing(flags: FeatureFlags, sql: Sql) -> None:
    how: dict[str, Any] = {"flags": flags, "workers": 2, "batch_files": 7}
    for name, text in ENTANGLED.items():
        sql.write(name, text)
    sql.options = {}
    sql.check(**how)
    for name in ("chain4.sql", "table_a.sql", "V2__t.sql", "alter_d.sql"):
        sql[name].unlink()
    sql["chain2.sql"].rename(sql["chain2_moved.sql"])
    sql.write("u.sql", "CREATE TABLE u (x INT, y INT);")
    sql.check(**how)
    for name in ("chain4.sql", "table_a.sql", "V2__t.sql", "u.sql"):
        sql.write(name, ENTANGLED[name])
    sql.check(**how)


def test_flags_may_change_from_run_to_run(sql: Sql) -> None:
    names = list(ENTANGLED)
    for number, flags in enumerate([*FLAGS, *reversed(FLAGS)]):
        for name in names[number % 5 :: 5]:
            if sql[name].exists():
                sql[name].unlink()
            else:
                sql.write(name, ENTANGLED[name] + f"\n-- {number}")
        sql.check(flags=flags, workers=1 + number % 2, batch_files=1 + number)


def test_workers_bind_what_they_read(shop: Sql, monkeypatch: pytest.MonkeyPatch) -> None:
    """That processes are used at all: here, nothing is read or bound."""
    monkeypatch.setattr("lineagraph.ingest.work.read_here", lambda *_: pytest.fail("read here"))
    monkeypatch.setattr("lineagraph.ingest.update.bind_here", lambda *_: pytest.fail("bound here"))
    shop.write("ddl.sql", "CREATE TABLE shop.orders (id INT, amount INT, note TEXT);")
    report = shop.ingest(workers=2, batch_files=1)
    assert (report.parsed, report.bound) == (1, 3)


# -- options ----------------------------------------------------------------------------------------------------


class TestOptions:
    def test_dialects_come_and_go(self, sql: Sql) -> None:
        sql.write("ddl.sql", 'CREATE TABLE Mixed ("Case" INT, Plain INT); CREATE TABLE mixed (other INT);')
        sql.write("read.sql", 'SELECT PLAIN, "Case" FROM MIXED; SELECT * FROM `a-b`.c.d;')
        sql.write("own.sql", "-- dialect: mysql\nSELECT * FROM MIXED, Mixed;")
        for dialect in ("postgres", "bigquery", "snowflake", None, "mysql", "clickhouse", "postgres"):
            sql.options = {"dialect": dialect}
            sql.check()

    def test_dialect_rules_come_and_go(self, sql: Sql) -> None:
        sql.write("a/ddl.sql", "CREATE TABLE Mixed (Plain INT);")
        sql.write("b/read.sql", "SELECT * FROM MIXED;")
        for rules in ((), (("a/**", "bigquery"),), (("**", "mysql"), ("b/*", "oracle")), ()):
            sql.options = {"dialect_rules": rules}
            sql.check()
            sql["b/read.sql"].rename(sql["a/read.sql"])
            sql.check()
            sql["a/read.sql"].rename(sql["b/read.sql"])

    def test_defaults_come_and_go(self, shop: Sql) -> None:
        shop.write(
            "short.sql",
            "CREATE TABLE orders (x INT); SELECT * FROM orders; CREATE VIEW w AS SELECT * FROM v;",
        )
        for schema, database in (("shop", None), (None, "db"), ("mart", "db"), (None, None), ("SHOP", None)):
            shop.options = {"dialect": "postgres", "default_schema": schema, "default_database": database}
            shop.check()

    def test_variables_come_and_go(self, sql: Sql) -> None:
        sql.write("model.sql", "SELECT * FROM {{ var('source') }}")
        sql.write("plain.sql", "CREATE TABLE one (a INT); CREATE TABLE two (b INT);")
        for variables in ({"source": "one"}, {"source": "two"}, {}, {"source": "one"}):
            sql.options = {"variables": variables}
            sql.check()

    def test_schemas_come_change_and_go(self, shop: Sql, tmp_path: Path) -> None:
        one, two = tmp_path / "one.json", tmp_path / "two.json"
        for content in (
            {"shop.orders": ["id", "note"]},
            {"shop.orders": ["id"], "t.u": ["v"]},
            {"t.u": ["w"]},
        ):
            one.write_text(json.dumps(content))
            two.write_text(json.dumps({"shop.customers": ["id"]}))
            shop.options = {"dialect": "postgres", "schemas": (str(one), str(two))}
            shop.check()
            two.unlink()
            shop.options["schemas"] = (str(one),)
            shop.check()
        one.unlink()
        shop.options["schemas"] = ()
        shop.check()

    def test_a_schema_named_twice_counts_once(self, shop: Sql, tmp_path: Path) -> None:
        (tmp_path / "one.json").write_text('{"shop.orders": ["id", "note"]}')
        there = str(tmp_path / "sql" / ".." / "one.json")
        shop.options["schemas"] = (str(tmp_path / "one.json"), there)
        shop.check()

    def test_a_file_that_is_called_like_a_schema_is_a_file(self, sql: Sql) -> None:
        sql.write("schema:x.sql", "CREATE TABLE a (b INT);")
        sql.write("schema:/y.sql", "CREATE TABLE c (d INT);")
        for _ in range(2):
            assert sql.check().removed == 0
        sql["schema:x.sql"].unlink()
        assert sql.check().removed == 1

    def test_another_version_reads_again_what_the_run_does_not_name(
        self, shop: Sql, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Also files with odd names, also imported schemas; and it forgets what is no more."""
        (tmp_path / "one.json").write_text('{"shop.customers": ["id", "note"]}')
        shop.options["schemas"] = (str(tmp_path / "one.json"),)
        odd = shop.write("elsewhere/a\n\\b.sql", "SELECT * FROM shop.customers;")
        gone = shop.write("elsewhere/gone.sql", "CREATE TABLE gone (a INT);")
        shop.check()
        gone.unlink()
        shop.options["schemas"] = ()
        monkeypatch.setattr("lineagraph.ingest.graph_extractor.__version__", "another")
        report = shop.ingest(shop["ddl.sql"])
        assert (report.bound, report.removed) == (5, 1)
        assert odd.exists()
        shop.options["schemas"] = (str(tmp_path / "one.json"),)
        shop.check()  # named, they are looked at once more
        assert shop.check().bound == 0


# -- files ------------------------------------------------------------------------------------------------------


class TestFiles:
    @pytest.mark.parametrize(
        "content", [b"", b"\x00\x01" * 80, b"\xff\xfe", "SELECT 'ü".encode("utf-16"), b"((("]
    )
    def test_that_hold_nothing_and_come_back(self, content: bytes, shop: Sql) -> None:
        before = shop["ddl.sql"].read_bytes()
        for data in (content, before, content):
            shop.write("ddl.sql", data)
            shop.check()

    def test_that_become_directories_and_back(self, shop: Sql) -> None:
        text = shop["ddl.sql"].read_text()
        for _ in range(2):
            shop["ddl.sql"].unlink()
            shop.write("ddl.sql/ddl.sql", text)
            shop.check()
            shutil.rmtree(shop["ddl.sql"])
            shop.write("ddl.sql", text)
            shop.check()

    def test_that_are_named_one_by_one_become_directories(self, shop: Sql) -> None:
        text = shop["ddl.sql"].read_text()
        shop["ddl.sql"].unlink()
        shop.write("ddl.sql/ddl.sql", text)
        shop.ingest(shop["ddl.sql"])
        assert shop.check().bound == 0
        shutil.rmtree(shop["ddl.sql"])
        shop.write("ddl.sql", text)
        shop.ingest(shop["ddl.sql"])
        assert shop.check().bound == 0

    def test_that_are_renamed_in_case_only(self, shop: Sql) -> None:
        shop["ddl.sql"].rename(shop["DDL.sql"])
        report = shop.check()
        assert (report.parsed, report.removed) == (0, 1)
        shop["DDL.sql"].rename(shop["ddl.SQL"])
        shop.check()

    def test_that_swap_names(self, shop: Sql) -> None:
        shop["ddl.sql"].rename(shop["x"])
        shop["view.sql"].rename(shop["ddl.sql"])
        shop["x"].rename(shop["view.sql"])
        shop.check()

    def test_that_are_renamed_to_migrations_and_back(self, shop: Sql) -> None:
        """What a file is called says whether it counts and in which order."""
        shop.write("z.sql", "CREATE TABLE shop.orders (id INT); ALTER TABLE t ADD COLUMN a INT;")
        name = "z.sql"
        for new in ("V1__z.sql", "U1__z.sql", "V2__z.sql", "U2__z.sql", "0.sql"):
            shop[name].rename(shop[new])
            name = new
            shop.check()

    def test_templates_are_called_like_their_files(self, sql: Sql) -> None:
        sql.write("first.sql", "SELECT * FROM {{ ref('raw') }}")
        sql.write("plain.sql", "SELECT * FROM first; SELECT * FROM second;")
        sql.check()
        sql["first.sql"].rename(sql["second.sql"])
        sql.check()

    def test_copies_share_what_is_known(self, shop: Sql) -> None:
        for number in range(3):
            shutil.copy(shop["ddl.sql"], shop[f"copy{number}.sql"])
        assert shop.check().parsed == 0
        shop["ddl.sql"].unlink()
        shop["copy1.sql"].unlink()
        shop.check()

    @pytest.mark.skipif(sys.platform == "win32", reason="symbolic links need privileges")
    def test_symbolic_links(self, shop: Sql, tmp_path: Path) -> None:
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        (elsewhere / "more.sql").write_text("CREATE TABLE shop.more (a INT); SELECT * FROM shop.orders;")
        for follow in (True, False, True):
            shop.options["follow_symlinks"] = follow
            shop["linked"].symlink_to(elsewhere)
            shop["more.sql"].symlink_to(elsewhere / "more.sql")
            shop.check()
            (elsewhere / "more.sql").write_text(f"CREATE TABLE shop.more (a INT, b{follow:d} INT);")
            shop.check()
            shop["linked"].unlink()
            shop["more.sql"].unlink()
            shop.check()
        shop["ddl.sql"].rename(elsewhere / "ddl.sql")
        shop["ddl.sql"].symlink_to(elsewhere / "ddl.sql")
        shop.check()

    @linux
    def test_that_cannot_be_read_for_a_while(self, shop: Sql) -> None:
        shop["ddl.sql"].chmod(0)
        without_privileges(shop.check)
        with Project(shop.project) as project:
            assert project.statistics().files == {"parsed": 2, "unreadable": 1}
        shop["ddl.sql"].chmod(0o644)
        shop.check()

    @linux
    def test_folders_that_cannot_be_looked_into_lose_nothing(self, shop: Sql) -> None:
        shop.write("sub/more.sql", "CREATE TABLE shop.more (a INT);")
        shop.write("sub/schema.json", '{"shop.orders": ["id", "note"]}')
        shop.options["schemas"] = (str(shop["sub/schema.json"]),)
        shop.check()
        with Project(shop.project) as project:
            before = export(project)
        shop["sub"].chmod(0)
        without_privileges(lambda: shop.ingest(schemas=()))
        with Project(shop.project) as project:
            assert export(project) == before
        shop["sub"].chmod(0o755)
        assert shop.check().bound == 0


def without_privileges(work: Callable[[], object]) -> None:
    def child() -> int:
        unprivileged()
        work()
        return 0

    ended = Child(child).wait()
    assert ended.status == 0, ended.err


# -- clocks -----------------------------------------------------------------------------------------------------


def at(path: Path, seconds: float) -> None:
    os.utime(path, ns=(int(seconds * 1e9), int(seconds * 1e9)))


@pytest.fixture
def old(shop: Sql) -> Sql:
    """All files were last written long before they were read: what `stat` says of them can be trusted."""
    for path in shop.folder.iterdir():
        at(path, time.time() - 3600)
    time.sleep(2.1)  # the change of the times is itself a change of the inode
    shop.check()
    return shop


class TestClocks:
    def test_what_was_written_within_the_same_second_is_seen(self, sql: Sql) -> None:
        for number in range(5):
            sql.write("ddl.sql", f"CREATE TABLE t (c{number} INT);")
            sql.write("view.sql", "CREATE VIEW v AS SELECT * FROM t;")
            sql.check()

    def test_same_size_and_time_but_other_bytes(self, old: Sql) -> None:
        status = old["ddl.sql"].stat()
        assert old.ingest().bound == 0
        old.write("ddl.sql", "CREATE TABLE shop.orders (id INT, amounT INT);".replace("amounT", "number"))
        os.utime(old["ddl.sql"], ns=(status.st_atime_ns, status.st_mtime_ns))
        assert old["ddl.sql"].stat().st_size == status.st_size
        assert old["ddl.sql"].stat().st_mtime_ns == status.st_mtime_ns
        old.check()

    @pytest.mark.parametrize("seconds", [0, 1, 4_000_000_000, 1e10])
    def test_times_that_cannot_be(self, seconds: float, shop: Sql) -> None:
        at(shop["ddl.sql"], seconds)
        shop.check()
        shop.write("ddl.sql", "CREATE TABLE shop.orders (id INT);")
        at(shop["ddl.sql"], seconds)
        shop.check()

    def test_a_clock_that_is_set_back(self, old: Sql, monkeypatch: pytest.MonkeyPatch) -> None:
        clock = time.time_ns
        monkeypatch.setattr(time, "time_ns", lambda: clock() - 86_400_000_000_000)
        old.write("ddl.sql", "CREATE TABLE shop.orders (id INT);")
        old.check()
        old.write("ddl.sql", "CREATE TABLE shop.orders (ix INT);")
        old.check()
        monkeypatch.undo()
        old.write("ddl.sql", "CREATE TABLE shop.orders (iy INT);")
        old.check()

    def test_an_older_file_put_in_its_place(self, old: Sql) -> None:
        old.write("spare", "CREATE TABLE shop.orders (id INT, other0 INT);")
        status = old["ddl.sql"].stat()
        os.utime(old["spare"], ns=(status.st_atime_ns, status.st_mtime_ns))
        old["spare"].rename(old["ddl.sql"])
        assert old["ddl.sql"].stat().st_mtime_ns == status.st_mtime_ns
        old.check()
        at(old["view.sql"], time.time() - 86_400)
        report = old.check()
        assert report.bound == 0
