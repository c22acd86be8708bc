"""Folders of SQL that change: files are written, edited, renamed, deleted, brought back, and what must come of it."""

from __future__ import annotations

import io
import random
import shutil
from pathlib import Path

from lineagraph import Project
from lineagraph.sql.dialects import resolve
from tests.sql_cases.reader import CASES, read_cases

ROOT = Path(__file__).resolve().parents[2]

ENTANGLED = {
    "view_a.sql": "CREATE VIEW a AS SELECT * FROM b;",
    "view_b.sql": "CREATE VIEW b AS SELECT * FROM a;",
    "view_c.sql": "CREATE VIEW c AS SELECT x.*, y.z FROM a AS x JOIN d AS y USING (k);",
    "table_a.sql": "CREATE TABLE a (k INT, v INT);",
    "table_shop_a.sql": "CREATE TABLE shop.a (k INT, w INT); INSERT INTO a SELECT * FROM shop.a;",
    "table_d.sql": "CREATE TABLE d (k INT, z INT); ALTER TABLE d ADD COLUMN extra INT;",
    "alter_d.sql": "ALTER TABLE d ADD COLUMN q INT; ALTER TABLE d DROP COLUMN z;",
    "rename_d.sql": "ALTER TABLE d RENAME TO e; INSERT INTO e SELECT * FROM c;",
    "drop_d.sql": "DROP TABLE d;",
    "V1__t.sql": "CREATE TABLE t (a INT); ALTER TABLE t ADD COLUMN b INT;",
    "V2__t.sql": "ALTER TABLE t ADD COLUMN c INT; INSERT INTO t SELECT * FROM u;",
    "V3__t.sql": "ALTER TABLE t RENAME COLUMN a TO first_a;",
    "read_t.sql": "INSERT INTO mart.t SELECT * FROM t; SELECT first_a FROM t;",
    "u.sql": "CREATE TABLE u AS SELECT * FROM t;",
    "self.sql": "INSERT INTO t SELECT * FROM t; CREATE VIEW self AS SELECT * FROM self;",
    "synonyms.sql": "-- dialect: oracle\nCREATE SYNONYM s1 FOR s2; CREATE SYNONYM s2 FOR s1; CREATE SYNONYM s3 FOR t",
    "partial.sql": "INSERT INTO mart.w (p, q) SELECT p, q FROM raw.w, raw.v;",
    "partial2.sql": "UPDATE raw.v SET q = 1; MERGE INTO raw.w USING raw.v ON p = q WHEN MATCHED THEN UPDATE SET r = q;",
    "search.sql": "SET search_path TO shop, public; SELECT * FROM a JOIN d ON a.k = d.k;",
    "broken.sql": "SELECT FROM WHERE; CREATE TABLE broken AS SELECT * FROM a; SELECT 'unclosed FROM b;",
    "binary.sql": "\x00\x01\x02\x03" * 40,
    "empty.sql": "",
    "chain1.sql": "CREATE VIEW chain1 AS SELECT * FROM chain2;",
    "chain2.sql": "CREATE VIEW chain2 AS SELECT *, 1 AS one FROM chain3;",
    "chain3.sql": "CREATE VIEW chain3 AS SELECT * FROM chain4 NATURAL JOIN d;",
    "chain4.sql": "CREATE TABLE chain4 (k INT, y INT);",
    "chain4_again.sql": "CREATE TABLE chain4 (k INT, other INT);",
    "proc.sql": "-- dialect: tsql\nCREATE PROCEDURE p AS BEGIN INSERT INTO t SELECT * FROM chain1; EXEC load_u; END",
    "temp.sql": "CREATE TEMP TABLE a AS SELECT * FROM chain1; INSERT INTO mart.x SELECT * FROM a;",
    "spelling.sql": 'CREATE TABLE Mixed ("Case" INT, Plain INT); SELECT PLAIN, "Case" FROM MIXED;',
    "spelling2.sql": "SELECT Plain FROM mixed; INSERT INTO MiXeD (plain) SELECT K FROM A;",
}
"""Files that mean something else when another one comes or goes."""


def pool() -> list[str]:
    """Texts of files: those above, the examples, and every golden case, which share names without being meant to."""
    texts = list(ENTANGLED.values())
    texts += [path.read_text() for path in sorted((ROOT / "examples").rglob("*.sql"))]
    for path in sorted(CASES.glob("*.sql")):
        for case in read_cases(path):
            dialect = resolve(case.first("dialect") or "") or "ansi"
            texts.append(f"-- dialect: {dialect}\n{case.sql}")
    return texts


def export(project: Project) -> bytes:
    stream = io.BytesIO()
    project.export_jsonl(stream)
    return stream.getvalue()


def ingest(directory: Path, folder: Path, *paths: Path) -> bytes:
    """Ingest into the project in `directory`; stored paths are relative to `folder`. Returns the whole export."""
    with Project(directory) as project:
        project.ingest(list(paths) or [folder], root=folder)
        return export(project)


def from_scratch(directory: Path, folder: Path) -> bytes:
    """What a new project says of a folder."""
    shutil.rmtree(directory, ignore_errors=True)
    return ingest(directory, folder)


class Folder:
    """A folder that a seeded dice changes."""

    def __init__(self, root: Path, texts: list[str], dice: random.Random) -> None:
        self.root = root
        self.texts = texts
        self.dice = dice
        self.deleted: dict[Path, bytes] = {}
        root.mkdir()

    def files(self) -> list[Path]:
        return sorted(path for path in self.root.rglob("*") if path.is_file())

    def write(self, path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def add(self) -> str:
        name, text = self._drawn()
        path = self.root / self.dice.choice(["", "sub", "sub/deep"]) / name
        self.write(path, text)
        return f"write {path.name}"

    def edit(self) -> str:
        files = self.files()
        if not files:
            return self.add()
        path = self.dice.choice(files)
        old = path.read_text(errors="replace")
        statements = old.split(";")
        kind = self.dice.randrange(4)
        if kind == 0:
            new = old + "\n" + self._drawn()[1]
        elif kind == 1:
            del statements[self.dice.randrange(len(statements))]
            new = ";".join(statements)
        elif kind == 2:
            self.dice.shuffle(statements)
            new = ";".join(statements)
        else:
            new = "\n\n" + old
        self.write(path, new)
        return f"edit {path.name} ({kind})"

    def rename(self) -> str:
        files = self.files()
        if not files:
            return self.add()
        path = self.dice.choice(files)
        new = (
            self.root
            / self.dice.choice(["", "sub"])
            / f"{self.dice.choice('abkz')}{self.dice.randrange(50)}.sql"
        )
        new.parent.mkdir(exist_ok=True)
        path.replace(new)
        return f"rename {path.name} to {new.name}"

    def delete(self) -> str:
        files = self.files()
        if not files:
            return self.add()
        path = self.dice.choice(files)
        self.deleted[path] = path.read_bytes()
        path.unlink()
        return f"delete {path.name}"

    def bring_back(self) -> str:
        if not self.deleted:
            return self.add()
        path = self.dice.choice(sorted(self.deleted))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self.deleted.pop(path))
        return f"bring back {path.name}"

    def change(self) -> str:
        """One random change; returns what it was."""
        kinds = [
            self.add,
            self.add,
            self.add,
            self.edit,
            self.edit,
            self.rename,
            self.delete,
            self.bring_back,
        ]
        return self.dice.choice(kinds)()

    def _drawn(self) -> tuple[str, str]:
        names = list(ENTANGLED)
        number = (
            self.dice.randrange(len(names))
            if self.dice.random() < 0.6
            else self.dice.randrange(len(self.texts))
        )
        name = names[number] if number < len(names) else f"{number}.sql"
        return name, self.texts[number]
