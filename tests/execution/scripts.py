"""Generated scripts that write: CTAS, views, temp tables, INSERT, UPDATE, MERGE, DELETE over generated queries."""

from __future__ import annotations

from collections.abc import Callable

from tests.execution.arena import Program
from tests.execution.choices import Choices, chance, pick
from tests.execution.expressions import KINDS, Bound, Scope, kind_of
from tests.execution.queries import Columns, QueryWriter, Written
from tests.execution.tables import SCHEMA

TARGETS: dict[str, dict[str, str]] = {
    "daily": {
        "day": "INTEGER",
        "label": "VARCHAR",
        "score": "INTEGER",
        "total": "DECIMAL(9,2)",
        "note": "VARCHAR",
    },
    "mart.summary": {"k": "INTEGER", "name": "VARCHAR", "n": "INTEGER", "last_seen": "DATE"},
}
"""Tables that exist before the script, with rows of their own."""

TARGET_KEYS = {"daily": "day", "mart.summary": "k"}

SCRIPT_SCHEMA = {**SCHEMA, **TARGETS}


class ScriptWriter:
    """Writes a script of two or three statements; what one statement makes, later ones may read."""

    def __init__(self, choices: Choices) -> None:
        self.choices = choices
        self.queries = QueryWriter(choices, fuel=6)
        self.statements: list[str] = []
        self.observed: dict[str, None] = {}

    def write(self) -> Program:
        steps: list[Callable[[], None]] = [
            self.create_table,
            self.create_table,
            self.create_view,
            self.create_temporary,
            self.insert,
            self.insert,
            self.insert_by_name,
            self.update,
            self.merge,
            self.merge,
            self.delete,
        ]
        for _ in range(2 + self.choices.below(2)):
            self.queries.fuel = max(self.queries.fuel, 3)
            pick(self.choices, steps)()
        if not self.observed:
            self.insert()
        return Program(tuple(self.statements), tuple(self.observed))

    def _query(self, want: list[str] | None = None) -> Written:
        return self.queries.query(Scope(), 1, want)

    def _kinds(self) -> list[str]:
        return [pick(self.choices, KINDS) for _ in range(1 + self.choices.below(3))]

    def _target(self, filled: bool = True) -> tuple[str, Columns]:
        name = pick(self.choices, list(TARGETS))
        if filled:
            self.observed[name] = None
        return name, [(column, kind_of(kind)) for column, kind in TARGETS[name].items()]

    def _add_table(self, name: str, columns: Columns) -> None:
        """Later statements may read it; more than once in three, since the list is short."""
        self.queries.tables[name] = columns

    def create_table(self) -> None:
        query = self._query(self._kinds())
        name = self.queries.fresh("made")
        if chance(self.choices, 25):
            columns = [(self.queries.fresh("m"), kind) for _, kind in query.columns]
            self.statements.append(
                f"CREATE TABLE {name}({', '.join(column for column, _ in columns)}) AS {query.sql}"
            )
        else:
            columns = query.columns
            self.statements.append(
                f"CREATE {pick(self.choices, ('', 'OR REPLACE '))}TABLE {name} AS {query.sql}"
            )
        self.observed[name] = None
        self._add_table(name, columns)

    def create_view(self) -> None:
        query = self._query(self._kinds())
        name = self.queries.fresh("view")
        self.statements.append(f"CREATE VIEW {name} AS {query.sql}")
        self._add_table(name, query.columns)
        self.observed[name] = None

    def create_temporary(self) -> None:
        query = self._query(self._kinds())
        name = self.queries.fresh("temp")
        self.statements.append(f"CREATE TEMP {pick(self.choices, ('TABLE', 'VIEW'))} {name} AS {query.sql}")
        self._add_table(name, query.columns)

    def insert(self) -> None:
        name, columns = self._target()
        chosen = [column for column in columns if chance(self.choices, 60)] or columns[:1]
        if chance(self.choices, 30):
            chosen = columns
            names = ""
        else:
            chosen = sorted(chosen, key=lambda column: len(column[0]))
            names = f" ({', '.join(column for column, _ in chosen)})"
        query = self._query([kind for _, kind in chosen])
        self.statements.append(f"INSERT INTO {name}{names} {query.sql}")

    def insert_by_name(self) -> None:
        name, columns = self._target()
        chosen = columns[1:3][::-1]
        query = self._query([kind for _, kind in chosen])
        renamed = ", ".join(
            f"{have} AS {column}" for (have, _), (column, _) in zip(query.columns, chosen, strict=True)
        )
        self.statements.append(f"INSERT INTO {name} BY NAME SELECT {renamed} FROM ({query.sql}) AS inserted")

    def _one_row_per_key(self, columns: Columns) -> tuple[str, str, Scope]:
        """A derived table with a unique integer key, so that UPDATE and MERGE never have two rows to choose from."""
        inner = Scope()
        source = self.queries.from_clause(inner, 1)
        write = self.queries.expressions
        alias, key = self.queries.fresh("u"), self.queries.fresh("k")
        outputs: Columns = [(self.queries.fresh("s"), kind) for _, kind in columns]
        select = ", ".join(f"{write.aggregate(inner, kind, 1)} AS {name}" for name, kind in outputs)
        where = self.queries.where(inner, 1)
        sql = f"(SELECT {write.column(inner, 'int')} AS {key}, {select} FROM {source}{where} GROUP BY 1) AS {alias}"
        bounds = [Bound(name, kind, (f"{alias}.{name}", name)) for name, kind in outputs]
        return sql, f"{alias}.{key}", Scope(bounds, aliases={alias})

    def update(self) -> None:
        name, columns = self._target()
        bare = name.rpartition(".")[2]
        own = Scope([Bound(column, kind, (f"{bare}.{column}",)) for column, kind in columns], aliases={bare})
        write = self.queries.expressions
        changed = columns[1 : 2 + self.choices.below(2)]
        if chance(self.choices, 30):
            sets = ", ".join(f"{column} = {write.value(own, kind, 2)}" for column, kind in changed)
            self.statements.append(f"UPDATE {name} SET {sets} WHERE {write.condition(own, 1)}")
            return
        source, key, given = self._one_row_per_key(changed)
        both = Scope(own.bounds + given.bounds, aliases=own.aliases | given.aliases)
        sets = ", ".join(f"{column} = {write.value(both, kind, 1)}" for column, kind in changed)
        condition = f"{bare}.{columns[0][0]} = {key}"
        if chance(self.choices, 40):
            condition += f" AND {write.condition(both, 0)}"
        self.statements.append(f"UPDATE {name} SET {sets} FROM {source} WHERE {condition}")

    def merge(self) -> None:
        name, columns = self._target()
        bare = "tgt"
        own = Scope([Bound(column, kind, (f"{bare}.{column}",)) for column, kind in columns], aliases={bare})
        write = self.queries.expressions
        changed = columns[1 : 2 + self.choices.below(3)]
        source, key, given = self._one_row_per_key(changed)
        both = Scope(own.bounds + given.bounds, aliases=own.aliases | given.aliases)
        arms: list[str] = []
        if chance(self.choices, 75):
            guard = f" AND {write.condition(both, 0)}" if chance(self.choices, 40) else ""
            if chance(self.choices, 20):
                arms.append(f"WHEN MATCHED{guard} THEN DELETE")
            else:
                sets = ", ".join(f"{column} = {write.value(both, kind, 1)}" for column, kind in changed)
                arms.append(f"WHEN MATCHED{guard} THEN UPDATE SET {sets}")
        # A MERGE that only deletes fills nothing, and its target would be none.
        if not any("SET" in arm for arm in arms) or chance(self.choices, 70):
            guard = f" AND {write.condition(given, 0)}" if chance(self.choices, 30) else ""
            values = ", ".join(write.value(given, kind, 0) for _, kind in changed)
            names = ", ".join(column for column, _ in [columns[0], *changed])
            arms.append(f"WHEN NOT MATCHED{guard} THEN INSERT ({names}) VALUES ({key}, {values})")
        if chance(self.choices, 20):
            column, kind = columns[-1]
            arms.append(f"WHEN NOT MATCHED BY SOURCE THEN UPDATE SET {column} = {write.value(own, kind, 1)}")
        self.statements.append(
            f"MERGE INTO {name} AS {bare} USING {source} ON {bare}.{columns[0][0]} = {key} {' '.join(arms)}"
        )

    def delete(self) -> None:
        """A DELETE alone moves no data; what it does to a table that is also filled is judged there."""
        name, columns = self._target(filled=False)
        bare = name.rpartition(".")[2]
        own = Scope([Bound(column, kind, (f"{bare}.{column}",)) for column, kind in columns], aliases={bare})
        self.statements.append(f"DELETE FROM {name} WHERE {self.queries.expressions.condition(own, 1)}")


def write_script(choices: Choices) -> Program:
    """A random script over `SCRIPT_SCHEMA`; it observes every permanent dataset it fills."""
    return ScriptWriter(choices).write()
