"""Invariant 1, with small entangled projects: whatever happened, the graph is the one built from scratch.

Hypothesis makes up projects out of few names, so that files define, star, alter, rename and shadow each other's
datasets all the time, and changes them in every way; after each ingestion the whole export must equal that of a new
project. `LINEAGRAPH_TEST_INCREMENTAL_RUNS` sets how many projects (25), `LINEAGRAPH_TEST_INCREMENTAL_STEPS` how long
they live (12).
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from lineagraph import Project
from lineagraph.config.feature_flags import FeatureFlags
from lineagraph.ingest import readings, workforce
from tests.faults.histories import export
from tests.faults.test_order import difference
from tests.store.graphs import quick_directory

RUNS = int(os.environ.get("LINEAGRAPH_TEST_INCREMENTAL_RUNS", "25"))
STEPS = int(os.environ.get("LINEAGRAPH_TEST_INCREMENTAL_STEPS", "12"))

_NAMES = st.sampled_from(["a", "b", "c", "d", "s.a", "s.b", "t.a", "m.s.a", "tmp", "A", "S.a", '"A"'])
"""Some differ in case only: one dataset or two, as the dialect has it."""
_COLUMNS = st.lists(st.sampled_from(["k", "v", "w", "x", "y", "K"]), min_size=1, max_size=4, unique=True)
_STATEMENTS = [
    "CREATE TABLE {n} ({typed});",
    "CREATE TABLE {n} ({typed}, g INT GENERATED ALWAYS AS ({c} + 1));",
    "CREATE TABLE {n} LIKE {o};",
    "CREATE TABLE {n} AS SELECT * FROM {o};",
    "CREATE TEMP TABLE {n} AS SELECT * FROM {o};",
    "CREATE VIEW {n} AS SELECT * FROM {o};",
    "CREATE VIEW {n} AS SELECT {o}.*, {c} FROM {o} JOIN {p} USING (k);",
    "CREATE VIEW {n} AS SELECT * FROM {o} NATURAL JOIN {p};",
    "CREATE VIEW {n} AS SELECT {c}, k AS z FROM {o};",
    "CREATE VIEW {n} (p, q) AS SELECT * FROM {o};",
    "CREATE VIEW {n} AS WITH {p} AS (SELECT * FROM {o}) SELECT * FROM {p} UNION ALL SELECT * FROM {q};",
    "INSERT INTO {n} SELECT * FROM {o};",
    "INSERT INTO {n} ({columns}) SELECT {columns} FROM {o}, {p};",
    "INSERT INTO {n} SELECT {c}, COUNT(*) FROM {o} WHERE EXISTS (SELECT 1 FROM {p} WHERE {p}.k = {c}) GROUP BY 1;",
    "UPDATE {n} SET {c} = 1, k = (SELECT MAX(v) FROM {o});",
    "MERGE INTO {n} USING {o} ON {n}.k = {o}.k WHEN MATCHED THEN UPDATE SET v = {o}.{c}"
    " WHEN NOT MATCHED THEN INSERT ({columns}) VALUES ({columns});",
    "ALTER TABLE {n} ADD COLUMN {c} INT;",
    "ALTER TABLE {n} DROP COLUMN {c};",
    "ALTER TABLE {n} RENAME COLUMN {c} TO r;",
    "ALTER TABLE {n} RENAME TO {o};",
    "DROP TABLE {n};",
    "CREATE SYNONYM {n} FOR {o};",
    "SELECT {c}, k FROM {n}, {o};",
    "SELECT * FROM {n};",
    "SET search_path TO s, t;",
    "DELETE FROM {n} USING {o} WHERE {n}.k = {o}.k;",
    "SELECT FROM WHERE {n};",
    "CREATE PROCEDURE load() AS $$ INSERT INTO {n} SELECT * FROM {o}; $$ LANGUAGE sql;",
]
_PATHS = st.sampled_from(
    [
        "a.sql",
        "b.sql",
        "c.sql",
        "d/e.sql",
        "d/f.sql",
        "d/g/h.sql",
        "V1__x.sql",
        "V2__x.sql",
        "U2__x.sql",
        "z.sql",
    ]
)


@st.composite
def statements(draw: st.DrawFn) -> str:
    columns = draw(_COLUMNS)
    return draw(st.sampled_from(_STATEMENTS)).format(
        n=draw(_NAMES), o=draw(_NAMES), p=draw(_NAMES), q=draw(_NAMES), c=draw(_COLUMNS)[0],
        columns=", ".join(columns), typed=", ".join(f"{column} INT" for column in columns),
    )  # fmt: skip


_HEADERS = st.sampled_from(
    ["", "", "", "", "-- dialect: bigquery", "-- dialect: mysql", "-- dialect: oracle"]
)


@st.composite
def texts(draw: st.DrawFn) -> str:
    return "\n".join([draw(_HEADERS), *draw(st.lists(statements(), min_size=0, max_size=4))])


_TEXTS = texts()
_SCHEMAS = st.dictionaries(  # where case means nothing, names that differ in it only are refused
    st.sampled_from(["a", "b", "s.a", "t.a", "m.s.a"]),
    st.lists(st.sampled_from(["k", "v", "w", "X"]), min_size=1, unique=True),
    max_size=3,
)


@contextmanager
def processes_for_everything() -> Generator[None]:
    """Inside, a run with workers uses them however little there is to do."""
    with ExitStack() as stack:
        for module, threshold in ((readings, "_WORTH_FILES"), (workforce, "_WORTH_BINDING")):
            stack.enter_context(mock.patch.object(module, threshold, 1))
        yield


class Projects(RuleBasedStateMachine):
    """A folder that lives, and the project that must keep up with it."""

    def __init__(self) -> None:
        super().__init__()
        self.place = quick_directory()
        base = Path(self.place.name)
        self.folder, self.directory, self.scratch = base / "sql", base / "project", base / "scratch"
        self.schemas: list[Path] = []
        self.folder.mkdir()
        self.deleted: dict[str, str] = {}
        self.options: dict[str, Any] = {"dialect": "postgres"}
        self.log: list[str] = []

    def teardown(self) -> None:
        self.place.cleanup()

    def write(self, path: str, text: str) -> None:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        self.log.append(f"{path}: {text!r}")

    def paths(self) -> list[str]:
        return sorted(path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*.sql"))

    @initialize(files=st.dictionaries(_PATHS, _TEXTS, min_size=2, max_size=7))
    def begin(self, files: dict[str, str]) -> None:
        for path, text in files.items():
            self.write(path, text)

    @rule(files=st.dictionaries(_PATHS, _TEXTS, min_size=1, max_size=4))
    def edit(self, files: dict[str, str]) -> None:
        for path, text in files.items():
            self.write(path, text)

    @precondition(lambda self: self.paths())
    @rule(data=st.data())
    def add_a_statement(self, data: st.DataObject) -> None:
        path = data.draw(st.sampled_from(self.paths()))
        self.write(path, (self.folder / path).read_text() + "\n" + data.draw(statements()))

    @precondition(lambda self: self.paths())
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        path = data.draw(st.sampled_from(self.paths()))
        self.deleted[path] = (self.folder / path).read_text()
        (self.folder / path).unlink()
        self.log.append(f"delete {path}")

    @precondition(lambda self: self.deleted)
    @rule(data=st.data())
    def bring_back(self, data: st.DataObject) -> None:
        path = data.draw(st.sampled_from(sorted(self.deleted)))
        self.write(path, self.deleted.pop(path))

    @precondition(lambda self: self.paths())
    @rule(data=st.data(), to=_PATHS)
    def rename(self, data: st.DataObject, to: str) -> None:
        path = data.draw(st.sampled_from(self.paths()))
        (self.folder / to).parent.mkdir(parents=True, exist_ok=True)
        shutil.move(self.folder / path, self.folder / to)
        self.log.append(f"rename {path} to {to}")

    @rule(
        dialect=st.sampled_from(
            ["postgres", "postgres", "snowflake", "bigquery", "mysql", "clickhouse", None]
        ),
        schema=st.sampled_from([None, None, "s", "t", "S"]),
        database=st.sampled_from([None, None, None, "m"]),
        rules=st.sampled_from(
            [(), (), (("d/**", "bigquery"),), (("[abc].sql", "oracle"), ("b.sql", "mysql"))]
        ),
    )
    def read_otherwise(
        self,
        dialect: str | None,
        schema: str | None,
        database: str | None,
        rules: tuple[tuple[str, str], ...],
    ) -> None:
        self.options = {
            "dialect": dialect,
            "default_schema": schema,
            "default_database": database,
            "dialect_rules": rules,
        }
        self.log.append(f"{self.options}")

    @rule(name=st.sampled_from(["one.json", "two.json"]), schema=_SCHEMAS)
    def import_schema(self, name: str, schema: dict[str, list[str]]) -> None:
        path = self.folder / name
        path.write_text(json.dumps(schema))
        self.schemas = sorted({*self.schemas, path})
        self.log.append(f"{name}: {schema}")

    @precondition(lambda self: self.schemas)
    @rule(data=st.data())
    def forget_a_schema(self, data: st.DataObject) -> None:
        path = data.draw(st.sampled_from(self.schemas))
        self.schemas.remove(path)
        path.unlink()
        self.log.append(f"delete {path.name}")

    @rule(
        batch=st.sampled_from([1, 2, 3, 500]),
        cache=st.booleans(),
        batching=st.booleans(),
        workers=st.sampled_from([1] * 15 + [2]),
        some=st.none() | st.lists(_PATHS, min_size=1, max_size=3),
    )
    def ingest(self, batch: int, cache: bool, batching: bool, workers: int, some: list[str] | None) -> None:
        flags = FeatureFlags(parse_cache=cache, batching=batching)
        options: dict[str, Any] = {**self.options, "schemas": tuple(map(str, self.schemas))}
        here = [self.folder / path for path in some or () if (self.folder / path).exists()]
        self.log.append(f"ingest {[path.name for path in here] or 'all'} {batch} {flags} {workers}")
        how: dict[str, Any] = {
            "root": self.folder,
            "batch_files": batch,
            "flags": flags,
            "workers": workers,
            **options,
        }
        with Project(self.directory) as project, processes_for_everything():
            if here:
                # of other options than before: what is not named is not read again with them
                project.ingest(here, **how)
            project.ingest(self.folder, **how)
            found = export(project)
        shutil.rmtree(self.scratch, ignore_errors=True)
        with Project(self.scratch) as project:
            project.ingest(
                self.folder,
                root=self.folder,
                flags=FeatureFlags().disable_all_optimizations(),
                batch_files=500,
                **options,
            )
            expected = export(project)
        assert found == expected, "\n".join([*self.log, difference(expected, found)])


TestProjects = Projects.TestCase
TestProjects.settings = settings(
    max_examples=RUNS,
    stateful_step_count=STEPS,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize="CI" in os.environ,
)
