"""Ingesting folders: what is kept, what is bound again, what is forgotten, and what the report says."""

from __future__ import annotations

import io
import threading
from pathlib import Path

import pytest

from lineagraph import Project
from lineagraph.diagnostics import LineagraphError


def write(root: Path, **files: str) -> None:
    for name, text in files.items():
        path = root / name.replace("__", "/")
        path = path.with_name(path.name + ".sql")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def dump(project: Project) -> bytes:
    stream = io.BytesIO()
    project.export_jsonl(stream)
    return stream.getvalue()


@pytest.fixture
def sql(tmp_path: Path) -> Path:
    root = tmp_path / "sql"
    write(
        root,
        ddl="CREATE TABLE shop.orders (id INT, amount INT);",
        view="CREATE VIEW mart.v AS SELECT * FROM shop.orders;",
        top="CREATE VIEW mart.w AS SELECT SUM(amount) AS total FROM mart.v;",
    )
    return root


def ingest(project: Project, sql: Path, **options: object):
    return project.ingest(sql, dialect="postgres", root=sql, **options)


def fresh(tmp_path: Path, sql: Path, **options: object) -> bytes:
    with Project(tmp_path / "fresh") as project:
        ingest(project, sql, **options)
        data = dump(project)
    for path in (tmp_path / "fresh").iterdir():
        path.unlink()
    return data


def test_a_second_run_keeps_everything(tmp_path: Path, sql: Path):
    with Project(tmp_path / "p") as project:
        first = ingest(project, sql)
        before = dump(project)
        second = ingest(project, sql)
        assert (first.files, first.parsed, first.cached) == (3, 3, 0)
        assert (second.parsed, second.cached) == (0, 3)
        assert (second.delta.edges_added, second.delta.edges_removed, second.delta.nodes_added) == (0, 0, 0)
        assert dump(project) == before


def test_a_changed_table_changes_its_readers(tmp_path: Path, sql: Path):
    with Project(tmp_path / "p") as project:
        ingest(project, sql)
        write(sql, ddl="CREATE TABLE shop.orders (id INT, amount INT, currency TEXT);")
        report = ingest(project, sql)
        assert (report.parsed, report.cached) == (1, 2)
        hops = project.trace("mart.v.currency").hops
        assert [hop.source.name for hop in hops] == ["shop.orders.currency"]
        assert dump(project) == fresh(tmp_path, sql)


def test_a_deleted_file_takes_its_edges_along(tmp_path: Path, sql: Path):
    with Project(tmp_path / "p") as project:
        ingest(project, sql)
        (sql / "ddl.sql").unlink()
        report = ingest(project, sql)
        assert report.removed == 1
        assert dump(project) == fresh(tmp_path, sql)


def test_a_renamed_file_leaves_nothing_behind(tmp_path: Path, sql: Path):
    with Project(tmp_path / "p") as project:
        ingest(project, sql)
        (sql / "view.sql").rename(sql / "renamed.sql")
        ingest(project, sql)
        assert b"view.sql" not in dump(project)
        assert dump(project) == fresh(tmp_path, sql)


def test_one_folder_after_the_other_equals_both_at_once(tmp_path: Path, sql: Path):
    write(
        sql,
        a__one="CREATE VIEW a.one AS SELECT * FROM mart.w;",
        b__two="CREATE VIEW b.two AS SELECT * FROM a.one;",
    )
    with Project(tmp_path / "p") as project:
        for part in ("b", "a", "ddl.sql", "top.sql", "view.sql"):
            project.ingest(sql / part, dialect="postgres", root=sql)
        assert dump(project) == fresh(tmp_path, sql)


def test_ingesting_one_folder_forgets_nothing_of_another(tmp_path: Path, sql: Path):
    write(sql, a__one="CREATE VIEW a.one AS SELECT 1 AS x;")
    with Project(tmp_path / "p") as project:
        ingest(project, sql)
        report = project.ingest(sql / "a", dialect="postgres", root=sql)
        assert report.removed == 0
        assert "view.sql" in project.store.files()


def test_another_dialect_parses_again(tmp_path: Path, sql: Path):
    with Project(tmp_path / "p") as project:
        ingest(project, sql)
        report = project.ingest(sql, dialect="snowflake", root=sql)
        assert report.parsed == 3


def test_an_imported_schema_is_remembered(tmp_path: Path, sql: Path):
    (sql / "ddl.sql").unlink()
    schema = tmp_path / "schema.json"
    schema.write_text('{"shop.orders": {"id": "int", "amount": "int", "note": "text"}}')
    with Project(tmp_path / "p") as project:
        ingest(project, sql, schemas=(str(schema),))
        assert [hop.source.name for hop in project.trace("mart.v.note").hops] == ["shop.orders.note"]
        write(sql, more="CREATE VIEW mart.x AS SELECT * FROM shop.orders;")
        ingest(project, sql)
        assert [hop.source.name for hop in project.trace("mart.x.note").hops] == ["shop.orders.note"]


def test_a_bad_statement_costs_only_itself(tmp_path: Path, sql: Path):
    write(
        sql,
        bad="CREATE VIEW mart.a AS SELECT FROM WHERE;\nCREATE VIEW mart.b AS SELECT o.id FROM shop.orders AS o;",
    )
    with Project(tmp_path / "p") as project:
        report = ingest(project, sql)
        assert report.failed == 1
        (failure,) = report.failures
        assert (failure.file, failure.span.start_line if failure.span else 0) == ("bad.sql", 1)
        assert [hop.source.name for hop in project.trace("mart.b.id").hops] == ["shop.orders.id"]


def test_unknown_dialect_is_an_error_before_anything_is_touched(tmp_path: Path, sql: Path):
    with Project(tmp_path / "p") as project, pytest.raises(LineagraphError, match="snowflake"):
        project.ingest(sql, dialect="snowflaek")


def test_facts_of_another_version_are_extracted_again(
    tmp_path: Path, sql: Path, monkeypatch: pytest.MonkeyPatch
):
    from lineagraph.ingest import reading_context

    with Project(tmp_path / "p") as project:
        ingest(project, sql)
        monkeypatch.setattr(reading_context, "EXTRACTOR_VERSION", 10_000)
        assert ingest(project, sql).parsed == 3


def test_a_templated_select_is_the_model_of_its_file(tmp_path: Path, sql: Path):
    write(sql, model="{{ config(materialized='table') }}\nSELECT id, amount AS a FROM {{ ref('orders') }}")
    write(sql, orders="{{ config(materialized='view') }}\nSELECT * FROM {{ source('shop', 'orders') }}")
    with Project(tmp_path / "p") as project:
        ingest(project, sql)
        names = [hop.source.name for hop in project.trace("model.a").hops]
        assert names[:2] == ["orders.amount", "shop.orders.amount"]
        assert project.show("model").kind == "table"


def test_another_working_directory_forgets_nothing(
    tmp_path: Path, sql: Path, monkeypatch: pytest.MonkeyPatch
):
    write(sql, a__one="CREATE VIEW a.one AS SELECT 1 AS x;", b__two="CREATE VIEW b.two AS SELECT 2 AS y;")
    monkeypatch.chdir(sql)
    with Project(tmp_path / "p") as project:
        project.ingest(".", dialect="postgres")
        before = dump(project)
        monkeypatch.chdir(sql / "a")
        report = project.ingest(".", dialect="postgres")
        assert report.removed == 0
        assert dump(project) == before


def test_another_root_is_refused(tmp_path: Path, sql: Path):
    with Project(tmp_path / "p") as project:
        ingest(project, sql)
        with pytest.raises(LineagraphError, match="leave the root out"):
            project.ingest(sql, dialect="postgres", root=tmp_path)


def test_files_outside_the_run_are_renewed_with_the_version(
    tmp_path: Path, sql: Path, monkeypatch: pytest.MonkeyPatch
):
    from lineagraph.ingest import reading_context

    with Project(tmp_path / "p") as project:
        ingest(project, sql)
        monkeypatch.setattr(reading_context, "EXTRACTOR_VERSION", 10_000)
        monkeypatch.setattr("lineagraph.sql.extract.EXTRACTOR_VERSION", 10_000)
        project.ingest(sql / "view.sql", dialect="postgres", root=sql)
        assert [hop.source.name for hop in project.trace("mart.v.amount").hops] == ["shop.orders.amount"]


def test_a_schema_is_forgotten_with_its_file(tmp_path: Path, sql: Path):
    (sql / "ddl.sql").unlink()
    schema = sql / "schema.json"
    schema.write_text('{"shop.orders": ["id", "note"]}')
    with Project(tmp_path / "p") as project:
        ingest(project, sql, schemas=(str(schema),))
        schema.unlink()
        ingest(project, sql)
        assert dump(project) == fresh(tmp_path, sql)


def test_columns_are_those_that_are_left_after_all_files(tmp_path: Path, sql: Path):
    for path in sql.glob("*.sql"):
        path.unlink()
    write(
        sql,
        made="CREATE TABLE s.d (k INT, z INT, gone INT); ALTER TABLE s.d ADD COLUMN extra INT;"
        " ALTER TABLE s.d DROP COLUMN z; ALTER TABLE s.d RENAME COLUMN k TO kk;",
        altered="ALTER TABLE s.d ADD COLUMN q DECIMAL(10, 2); ALTER TABLE s.d DROP COLUMN gone;",
        unknown="ALTER TABLE s.unknown ADD COLUMN q INT;",
    )
    with Project(tmp_path / "p") as project:
        ingest(project, sql)
        columns = [(one.name, one.position, one.data_type) for one in project.show("s.d").columns]
        assert columns == [("kk", 1, "INT"), ("extra", 2, "INT"), ("q", 3, "DECIMAL(10, 2)")]


def test_what_a_run_does_not_name_is_read_again_in_the_dialect_it_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    from lineagraph.ingest import reading_context

    (tmp_path / "pg").mkdir()
    (tmp_path / "ms").mkdir()
    (tmp_path / "pg" / "a.sql").write_text("CREATE TABLE a AS SELECT x::int AS x FROM b")
    (tmp_path / "ms" / "c.sql").write_text("SELECT TOP 1 x INTO c FROM d")
    with Project(tmp_path / "p") as project:
        project.ingest(tmp_path / "pg", root=tmp_path, dialect="postgres")
        project.ingest(tmp_path / "ms", dialect="tsql")
        before = dump(project)
        monkeypatch.setattr(reading_context, "EXTRACTOR_VERSION", 10_000)
        assert project.ingest(tmp_path / "ms", dialect="tsql").parsed == 2
        assert dump(project) == before
        assert project.show("pg/a.sql").dialect == "postgres"
        # whoever names it in another dialect gets that
        project.ingest(tmp_path / "pg", dialect="snowflake")
        assert project.show("pg/a.sql").dialect == "snowflake"


def test_a_rereading_that_is_cut_short_is_done_again(tmp_path: Path, sql: Path):
    write(sql, other="CREATE VIEW other AS SELECT * FROM thing", thing="CREATE TABLE thing (a INT)")
    stop = threading.Event()
    with Project(tmp_path / "p") as project:
        ingest(project, sql)
        report = project.ingest(
            sql / "other.sql",
            dialect="postgres",
            default_schema="s",
            batch_files=1,
            stop=stop,
            progress=lambda done, total: stop.set(),
        )
        assert report.stopped
        ingest(project, sql)
        found = dump(project)
    with Project(tmp_path / "scratch") as project:
        ingest(project, sql)
        assert dump(project) == found
