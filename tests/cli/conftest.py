"""A small project that most tests ask questions of."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.runner import run

FILES = {
    "raw.sql": "-- dialect: postgres\nCREATE TABLE raw.orders (id INT, amount NUMERIC(10, 2), status TEXT);\n",
    "stage.sql": (
        "-- dialect: postgres\n"
        "CREATE VIEW stage.orders AS\n"
        "SELECT id, amount * 2 AS amount, md5(status) AS status\n"
        "FROM raw.orders WHERE status <> 'void';\n"
    ),
    "mart.sql": (
        "-- dialect: postgres\n"
        "CREATE TABLE mart.revenue AS\n"
        "SELECT o.status, SUM(o.amount) AS total\n"
        "FROM stage.orders AS o GROUP BY o.status;\n"
    ),
    "unknown.sql": "-- dialect: postgres\nCREATE VIEW mart.copy AS SELECT * FROM elsewhere.feed;\n",
}


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("COLUMNS", "NO_COLOR", "LINEAGRAPH_PROJECT", "LINEAGRAPH_TRACEBACK"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a project in which `FILES` were ingested. Not to be written to."""
    folder = tmp_path_factory.mktemp("sql")
    for name, text in FILES.items():
        (folder / name).write_text(text)
    directory = tmp_path_factory.mktemp("project") / ".lineagraph"
    result = run("ingest", folder, "--project", directory)
    assert (result.status, result.err) == (0, "")
    return directory
