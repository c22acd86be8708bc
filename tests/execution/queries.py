"""Generated queries: joins of every kind, CTEs, set operations, windows, subqueries, stars; nearly all run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

from tests.execution.choices import Choices, chance, pick
from tests.execution.expressions import KINDS, Bound, Expressions, Scope, kind_of
from tests.execution.tables import KEYS, SCHEMA

Columns = list[tuple[str, str]]
"""(name, kind) in order."""


class Written(NamedTuple):
    """A query and the columns it gives."""

    sql: str
    columns: Columns


class Item(NamedTuple):
    """One relation of a FROM clause."""

    sql: str
    alias: str
    columns: Columns
    key: str | None = None
    """The column that never repeats, if one does."""
    paths: tuple[str, ...] = ()
    """Other qualifiers its columns may be written with (`shop.products`)."""
    needs_left: bool = False
    """LATERAL and UNNEST: mentions the relations before it, so it cannot come first, nor in every kind of join."""


class QueryWriter:
    """Writes one query; `fuel` bounds how many relations it reads in all, and so what it costs to run."""

    def __init__(self, choices: Choices, fuel: int = 7, tables: dict[str, Columns] | None = None) -> None:
        self.choices = choices
        self.fuel = fuel
        self.names = 0
        self.expressions = Expressions(choices, self.scalar_subquery, self.row_subquery)
        self.tables = tables or {
            dataset: [(name, kind_of(kind)) for name, kind in columns.items()]
            for dataset, columns in SCHEMA.items()
        }
        self.keys = dict(KEYS)

    def chance(self, percent: int) -> bool:
        return chance(self.choices, percent)

    def fresh(self, prefix: str = "c") -> str:
        self.names += 1
        return f"{prefix}{self.names}"

    # --- FROM ---------------------------------------------------------------------------------------------------

    def table(self, scope: Scope) -> Item:
        """A table or CTE, aliased or not."""
        self.fuel -= 1
        known: dict[str, Columns] = {**self.tables, **scope.ctes}
        # CTEs first when there are any: a CTE nobody reads tests nothing.
        name = pick(self.choices, list(scope.ctes) if scope.ctes and self.chance(60) else list(known))
        bare = name.rpartition(".")[2]
        key = self.keys.get(name) if name not in scope.ctes else None
        if bare not in scope.taken() and self.chance(40):
            return Item(name, bare, known[name], key, (name,) if name != bare else ())
        alias = self.fresh("t")
        if self.chance(15):
            renamed = [(self.fresh("r"), kind) for _, kind in known[name]]
            position = [column for column, _ in known[name]].index(key) if key else None
            names = ", ".join(column for column, _ in renamed)
            return Item(
                f"{name} AS {alias}({names})",
                alias,
                renamed,
                renamed[position][0] if position is not None else None,
            )
        return Item(f"{name} {self.expressions.pick(('AS ', ''))}{alias}", alias, known[name], key)

    def item(self, scope: Scope, depth: int) -> Item:
        """Any relation that can come first."""
        if depth <= 0 or self.fuel <= 1 or self.chance(60):
            return self.table(scope)
        return pick(self.choices, [self.derived, self.derived, self.values, self.pivot, self.unpivot])(
            scope, depth
        )

    def derived(self, scope: Scope, depth: int) -> Item:
        query = self.query(Scope(ctes=scope.ctes, outer=_fenced(scope)), depth - 1)
        alias = self.fresh("q")
        if self.chance(30):
            columns = [(self.fresh("d"), kind) for _, kind in query.columns]
            return Item(f"({query.sql}) AS {alias}({', '.join(name for name, _ in columns)})", alias, columns)
        return Item(f"({query.sql}) AS {alias}", alias, query.columns)

    def values(self, scope: Scope, depth: int) -> Item:
        kinds = [pick(self.choices, KINDS[:4]) for _ in range(2)]
        rows = ", ".join(
            "(" + ", ".join(self.expressions.constant(kind) for kind in kinds) + ")"
            for _ in range(1 + self.choices.below(3))
        )
        alias = self.fresh("v")
        columns = [(self.fresh("x"), kind) for kind in kinds]
        return Item(f"(VALUES {rows}) AS {alias}({', '.join(name for name, _ in columns)})", alias, columns)

    def pivot(self, scope: Scope, depth: int) -> Item:
        inner = Scope(ctes=scope.ctes)
        source = self.from_clause(inner, 0, joins=0)
        write = self.expressions
        value, key = (
            write.pick(inner.kinds(("int", "dec", "date"))),
            write.pick(inner.kinds(("int", "date", "str"))),
        )
        group, value_name, by = self.fresh("g"), self.fresh("y"), self.fresh("b")
        select = (
            f"SELECT {write.column(inner, key)} AS {group}, {write.column(inner, value)} AS {value_name}, "
            f"{write.column(inner, 'str')} AS {by} FROM {source}"
        )
        alias, first, second = self.fresh("p"), self.fresh("pa"), self.fresh("pb")
        function = write.pick(("max", "min", "count"))
        kind = "int" if function == "count" else value
        pivot = f"PIVOT ({function}({value_name}) FOR {by} IN ('a' AS {first}, 'b' AS {second}))"
        sql = f"(SELECT * FROM ({select}) {pivot})"
        return Item(f"{sql} AS {alias}", alias, [(group, key), (first, kind), (second, kind)])

    def unpivot(self, scope: Scope, depth: int) -> Item:
        """The unpivoted columns are called `a` and `b`, since their names become values, and those are in the pool."""
        inner = Scope(ctes=scope.ctes)
        source = self.from_clause(inner, 0, joins=0)
        write = self.expressions
        kind, keep = write.pick(inner.kinds(("int", "str"))), write.pick(inner.kinds())
        kept, name, value = self.fresh("k"), self.fresh("n"), self.fresh("u")
        select = (
            f"SELECT {write.column(inner, keep)} AS {kept}, {write.column(inner, kind)} AS a, "
            f"{write.value(inner, kind, 1)} AS b FROM {source}"
        )
        alias = self.fresh("p")
        nulls = write.pick(("", "INCLUDE NULLS "))
        sql = f"(SELECT * FROM ({select}) UNPIVOT {nulls}({value} FOR {name} IN (a, b)))"
        return Item(f"{sql} AS {alias}", alias, [(kept, keep), (name, "str"), (value, kind)])

    def lateral(self, scope: Scope, depth: int) -> Item | None:
        """A relation computed from the row to its left."""
        lists = scope.of("list")
        alias = self.fresh("l")
        if lists and self.chance(60):
            element = self.fresh("e")
            source = self.expressions.pick(pick(self.choices, lists).spellings)
            return Item(f"UNNEST({source}) AS {alias}({element})", alias, [(element, "int")], needs_left=True)
        if self.fuel <= 0:
            return None
        inner = Scope(ctes=scope.ctes, outer=scope)
        source = self.from_clause(inner, 0, joins=0)
        kind = self.expressions.pick(inner.kinds(("int", "str", "dec")))
        name = self.fresh("z")
        joined = self.correlation(inner)
        if self.chance(50):
            value = self.expressions.aggregate(inner, kind, 0)
        else:
            value = self.expressions.value(inner, kind, 1)
        sql = f"LATERAL (SELECT {value} AS {name} FROM {source} WHERE {joined}) AS {alias}"
        return Item(sql, alias, [(name, kind)], needs_left=True)

    def from_clause(self, scope: Scope, depth: int, joins: int | None = None) -> str:
        """FROM without the word; fills `scope`. Comma joins add their condition to nothing: the caller may filter."""
        first = self.item(scope, depth)
        self._enter(scope, first)
        star = [(name, kind) for name, kind in first.columns]
        merged: set[str] = set()
        text = first.sql
        keys: list[str] | None = [f"{first.alias}.{first.key}"] if first.key else None
        count = joins if joins is not None else pick(self.choices, [0, 1, 1, 2])
        beside = False
        for position in range(count):
            if self.fuel <= 0:
                break
            right = self.lateral(scope, depth) if self.chance(12) else self.item(scope, depth - 1)
            if right is None:
                break
            if right.alias in scope.aliases:
                break
            last = position == count - 1 or self.fuel <= 0
            text, visible = self._join(scope, text, right, star, merged, last, beside)
            beside = beside or right.needs_left
            keys = (
                [*keys, f"{right.alias}.{right.key}"]
                if keys and visible and right.key
                else (keys if not visible else None)
            )
        scope.keys = keys
        _unqualify(scope, star, merged)
        scope_star[id(scope)] = star
        return text

    def _enter(self, scope: Scope, item: Item) -> None:
        scope.aliases.add(item.alias)
        for name, kind in item.columns:
            spellings = (f"{item.alias}.{name}", *(f"{path}.{name}" for path in item.paths))
            scope.bounds.append(Bound(name, kind, spellings))

    def _join(
        self, scope: Scope, left: str, right: Item, star: Columns, merged: set[str], last: bool, beside: bool
    ) -> tuple[str, bool]:
        """Join `right`; returns the text and whether its columns are visible afterwards.

        A comma binds weaker than JOIN, so it may only come last; `beside` a lateral DuckDB has inner joins only.
        """
        write = self.expressions
        if right.needs_left:
            self._enter(scope, right)
            star += right.columns
            style = write.pick((",", " CROSS JOIN", " LEFT JOIN") if last else (" CROSS JOIN",))
            return f"{left}{style} {right.sql}{' ON true' if 'LEFT' in style else ''}", True
        here = Counter(name for name, _ in star)
        kinds = dict(star)
        shared = [
            name for name, kind in right.columns if here[name] == 1 and kinds[name] == kind and kind in KINDS
        ]
        clash = [
            name for name, kind in right.columns if here[name] and (here[name] > 1 or kinds[name] != kind)
        ]
        right_scope = Scope(aliases={right.alias})
        self._enter(right_scope, right)
        both = Scope(
            scope.bounds + right_scope.bounds,
            ctes=scope.ctes,
            aliases=scope.aliases | {right.alias},
            outer=scope.outer,
        )
        style = self.choices.below(10)
        outer = "" if beside else write.pick(("", "INNER ", "LEFT ", "RIGHT ", "FULL "))
        if style == 0 and shared and not beside:
            on = f"USING ({shared[0]})" if self.chance(50) else f"ON {self._equality(scope, right_scope)}"
            scope.aliases.add(right.alias)
            return f"{left} {write.pick(('SEMI', 'ANTI'))} JOIN {right.sql} {on}", False
        if style in (1, 2, 3) and shared:
            chosen = shared if self.chance(20) else [pick(self.choices, shared)]
            text = f"{left} {outer}JOIN {right.sql} USING ({', '.join(chosen)})"
        elif (
            style == 4
            and shared
            and not clash
            and len(shared) == sum(1 for name, _ in right.columns if here[name])
        ):
            chosen = shared
            text = f"{left} NATURAL {outer}JOIN {right.sql}"
        elif style == 5:
            chosen = []
            text = (
                f"{left} CROSS JOIN {right.sql}"
                if not last or beside or self.chance(50)
                else f"{left}, {right.sql}"
            )
        else:
            chosen = []
            on = self._equality(scope, right_scope)
            if self.chance(30):
                on += f" AND {write.condition(both, 0)}"
            text = f"{left} {outer}JOIN {right.sql} ON {on}"
        self._enter(scope, right)
        merged.update(chosen)
        star += [(name, kind) for name, kind in right.columns if name not in chosen]
        return text, True

    def _equality(self, left: Scope, right: Scope) -> str:
        kinds = [kind for kind in KINDS if left.of(kind) and right.of(kind) and kind != "bool"]
        same = [
            (mine, theirs)
            for mine in left.bounds
            for theirs in right.bounds
            if mine.name == theirs.name and mine.kind == theirs.kind and mine.kind in KINDS
        ]
        if same and self.chance(60):
            mine, theirs = pick(self.choices, same)
            return f"{mine.spellings[0]} = {theirs.spellings[0]}"
        if not kinds:
            return f"{self.expressions.column(left, 'int')} <= {self.expressions.column(right, 'int')}"
        kind = pick(self.choices, kinds)
        return f"{self.expressions.column(left, kind)} = {self.expressions.column(right, kind)}"

    # --- subqueries in expressions ------------------------------------------------------------------------------

    def correlation(self, inner: Scope, always: bool = False) -> str:
        """A condition that ties a subquery to its outer query where there is something to tie it to."""
        outer = inner.outer
        if outer is not None and (always or self.chance(75)):
            if any(inner.of(kind) and outer.of(kind) for kind in KINDS[:4]):
                return self._equality(_qualified(inner), _qualified(outer))
            if any(bound.kind in KINDS for bound in outer.bounds):
                write = self.expressions
                return f"{write.column(inner, 'int')} <= {write.column(_qualified(outer), 'int')}"
        return self.expressions.condition(inner, 0)

    def scalar_subquery(self, scope: Scope, kind: str, depth: int) -> str:
        """One row, one column."""
        if self.fuel <= 0:
            return f"SELECT {self.expressions.column(scope, kind)}"
        inner = Scope(ctes=scope.ctes, outer=scope)
        source = self.from_clause(inner, 0, joins=0)
        aggregate = self.expressions.aggregate(inner, kind, 0)
        return f"SELECT {aggregate} FROM {source} WHERE {self.correlation(inner)}"

    def row_subquery(self, scope: Scope, kind: str, depth: int, correlated: bool = False) -> str:
        """Any number of rows, one column. Without a correlation EXISTS would keep all rows or none."""
        if self.fuel <= 0:
            return (
                f"SELECT {self.expressions.column(scope, kind)} WHERE {self.expressions.condition(scope, 0)}"
            )
        inner = Scope(ctes=scope.ctes, outer=scope)
        source = self.from_clause(inner, 0, joins=0)
        condition = self.correlation(inner, correlated)
        return f"SELECT {self.expressions.value(inner, kind, 1)} FROM {source} WHERE {condition}"

    # --- SELECT -------------------------------------------------------------------------------------------------

    def select(self, scope: Scope, depth: int, want: Sequence[str] | None = None) -> Written:
        """One SELECT, of one of several shapes. `scope` brings CTEs and the outer query."""
        scope = Scope(ctes=scope.ctes, outer=scope.outer)
        source = self.from_clause(scope, depth)
        shapes: list[Callable[[Scope, str, int, list[str]], Written]] = [
            self.plain,
            self.plain,
            self.grouped,
            self.grouped,
            self.windowed,
            self.distinct,
            self.distinct_on,
        ]
        if want is None and self.chance(20):
            star = self.star(scope, source, depth)
            if star is not None:
                return star
        own = scope.kinds()
        kinds = list(want) if want else [pick(self.choices, own) for _ in range(1 + self.choices.below(3))]
        return pick(self.choices, shapes)(scope, source, depth, kinds)

    def where(self, scope: Scope, depth: int) -> str:
        if not self.chance(55):
            return ""
        if scope.outer is not None and self.chance(30) and _fence not in scope.outer.aliases:
            return f" WHERE {self.correlation(scope)}"
        return f" WHERE {self.expressions.condition(scope, min(depth, 2))}"

    def named(self, text: str, used: set[str]) -> tuple[str, str]:
        """Give an output a name: its own if it is a bare column whose name is free, else a new one."""
        bare = text.rpartition(".")[2]
        if text.replace(".", "").replace("_", "").isalnum() and not bare[0].isdigit() and bare not in used:
            if bare not in ("true", "false", "NULL") and self.chance(50):
                used.add(bare)
                return text, bare
        name = self.fresh()
        used.add(name)
        return f"{text} AS {name}", name

    def plain(self, scope: Scope, source: str, depth: int, kinds: list[str]) -> Written:
        used: set[str] = set()
        written: list[str] = []
        columns: Columns = []
        seen = replace(scope, bounds=list(scope.bounds))
        for kind in kinds:
            text, name = self.named(self.expressions.value(seen, kind, min(depth, 2)), used)
            written.append(text)
            columns.append((name, kind))
            if name.startswith("c") and name[1:].isdigit() and "SELECT" not in text:
                # A lateral alias: later outputs may use it, since no column has such a name.
                # (DuckDB refuses an alias whose expression holds a subquery.)
                seen.bounds.append(Bound(name, kind, (name,)))
        return Written(f"SELECT {', '.join(written)} FROM {source}{self.where(scope, depth)}", columns)

    def distinct(self, scope: Scope, source: str, depth: int, kinds: list[str]) -> Written:
        written = self.plain(scope, source, depth, kinds)
        return Written("SELECT DISTINCT" + written.sql.removeprefix("SELECT"), written.columns)

    def distinct_on(self, scope: Scope, source: str, depth: int, kinds: list[str]) -> Written:
        """One row per key; the ordering names every output, so that which row it is never depends on chance."""
        key = self.expressions.column(scope, self.expressions.pick(scope.kinds(("str", "int"))))
        outputs = [(self.expressions.value(scope, kind, 1), self.fresh(), kind) for kind in kinds]
        order = ", ".join([key, *(text for text, _, _ in outputs)])
        select = ", ".join(f"{text} AS {name}" for text, name, _ in outputs)
        return Written(
            f"SELECT DISTINCT ON ({key}) {select} FROM {source}{self.where(scope, depth)} ORDER BY {order}",
            [(name, kind) for _, name, kind in outputs],
        )

    def windowed(self, scope: Scope, source: str, depth: int, kinds: list[str]) -> Written:
        used: set[str] = set()
        named = self.fresh("w") if self.chance(30) else None
        written: list[str] = []
        columns: Columns = []
        for kind in kinds:
            if self.chance(70):
                name = self.fresh()
                written.append(f"{self.expressions.window(scope, kind, named)} AS {name}")
            else:
                text, name = self.named(self.expressions.value(scope, kind, 1), used)
                written.append(text)
            columns.append((name, kind))
        clause = self.where(scope, depth)
        if named:
            clause += f" WINDOW {named} AS (PARTITION BY {self.expressions.column(scope, 'str')})"
        if self.chance(25):
            clause += (
                f" QUALIFY {self.expressions.window(scope, 'int')} {self.expressions.pick(('<', '>='))} 3"
            )
        return Written(f"SELECT {', '.join(written)} FROM {source}{clause}", columns)

    def grouped(self, scope: Scope, source: str, depth: int, kinds: list[str]) -> Written:
        write = self.expressions
        keys: list[tuple[int, str, str]] = []
        written: list[str] = []
        columns: Columns = []
        style = write.pick(("text", "position", "all", "alias", "rollup", "none"))
        used: set[str] = set()
        for position, kind in enumerate(kinds, 1):
            if style != "none" and self.chance(45):
                text = write.value(scope, kind, 0 if style in ("text", "rollup") else 1)
                if not any(bound.name in text for bound in scope.bounds):
                    text = write.aggregate(scope, kind, depth)
                    name = self.fresh()
                else:
                    name = self.fresh()
                    keys.append((position, text, name))
                written.append(f"{text} AS {name}")
            else:
                name = self.fresh()
                if style != "none" and self.chance(15) and kind == "int":
                    written.append(f"rank() OVER (ORDER BY {write.aggregate(scope, 'int', 0)}) AS {name}")
                elif style != "none" and self.chance(10) and kind in ("int", "dec"):
                    written.append(f"sum({write.aggregate(scope, kind, 0)}) OVER () AS {name}")
                else:
                    written.append(f"{write.aggregate(scope, kind, depth)} AS {name}")
            used.add(name)
            columns.append((name, kind))
        clause = self.where(scope, depth)
        if keys:
            texts = [text for _, text, _ in keys]
            clause += (
                " GROUP BY "
                + {
                    "text": ", ".join(texts),
                    "position": ", ".join(str(position) for position, _, _ in keys),
                    "all": "ALL",
                    "alias": ", ".join(name for _, _, name in keys),
                    "rollup": f"{write.pick(('ROLLUP', 'CUBE'))} ({', '.join(texts)})",
                }[style]
            )
        elif style not in ("none", "all") and self.chance(60):
            clause += f" GROUP BY {write.column(scope, write.pick(scope.kinds(('str', 'int'))))}"
        elif any(") OVER (" in text for text in written):
            return self.plain(scope, source, depth, kinds)
        if " GROUP BY " in clause and self.chance(30):
            counted = f"count({write.column(scope, 'int')}) > 0"
            clause += f" HAVING {write.pick((counted, 'count(*) > 1'))}"
        return Written(f"SELECT {', '.join(written)} FROM {source}{clause}", columns)

    def star(self, scope: Scope, source: str, depth: int) -> Written | None:
        """Stars with their modifiers; None where names would repeat."""
        star = scope_star[id(scope)]
        names = [name for name, _ in star]
        clause = self.where(scope, depth)
        if len(set(names)) == len(names) and self.chance(70):
            modifier, columns = self._modified(scope, star)
            return Written(f"SELECT *{modifier} FROM {source}{clause}", columns)
        alias = pick(self.choices, sorted(scope.aliases))
        own = [
            (bound.name, bound.kind) for bound in scope.bounds if f"{alias}.{bound.name}" in bound.spellings
        ]
        if not own or len({name for name, _ in own}) != len(own):
            return None
        name = self.fresh()
        extra = self.expressions.value(scope, "int", 1)
        return Written(f"SELECT {alias}.*, {extra} AS {name} FROM {source}{clause}", [*own, (name, "int")])

    def _modified(self, scope: Scope, star: Columns) -> tuple[str, Columns]:
        style = self.choices.below(4)
        if style == 1 and len(star) > 1:
            gone = pick(self.choices, star)[0]
            return f" EXCLUDE ({gone})", [column for column in star if column[0] != gone]
        if style == 2:
            name, kind = pick(self.choices, star)
            if kind in KINDS:
                return f" REPLACE ({self.expressions.value(scope, kind, 1)} AS {name})", star
        if style == 3:
            name, kind = pick(self.choices, star)
            new = self.fresh()
            return f" RENAME ({name} AS {new})", [
                (new if column == name else column, kind) for column, kind in star
            ]
        return "", star

    # --- whole queries ------------------------------------------------------------------------------------------

    def query(
        self, scope: Scope, depth: int, want: Sequence[str] | None = None, body: bool = False
    ) -> Written:
        """A SELECT, a set operation, or either under WITH, ordered and limited now and then."""
        if not body and depth > 0 and self.fuel > 2 and self.chance(35):
            return self.with_ctes(scope, depth, want)
        if depth > 0 and self.fuel > 2 and self.chance(22):
            return self.set_operation(scope, depth, want)
        written = self.select(scope, depth, want)
        if self.chance(12) and "DISTINCT ON" not in written.sql:
            # Ordering by every output makes the cut total, up to rows that are equal anyway.
            order = (
                "ALL"
                if self.chance(50)
                else ", ".join(str(1 + position) for position in range(len(written.columns)))
            )
            if all(kind in KINDS for _, kind in written.columns):
                return Written(
                    f"SELECT * FROM ({written.sql}) ORDER BY {order} LIMIT {1 + self.choices.below(4)}",
                    written.columns,
                )
        return written

    def set_operation(self, scope: Scope, depth: int, want: Sequence[str] | None) -> Written:
        likely = ("int", "str", "int", "str", "dec", "date")
        kinds = list(want) if want else [pick(self.choices, likely) for _ in range(1 + self.choices.below(3))]
        left = self.select(Scope(ctes=scope.ctes, outer=scope.outer), depth - 1, kinds)
        right = self.select(Scope(ctes=scope.ctes, outer=scope.outer), depth - 1, kinds)
        operator = self.expressions.pick(
            (
                "UNION ALL",
                "UNION ALL",
                "UNION",
                "EXCEPT",
                "INTERSECT",
                "EXCEPT ALL",
                "INTERSECT ALL",
                "UNION ALL BY NAME",
                "UNION BY NAME",
            )
        )
        if "BY NAME" in operator:
            order = sorted(range(len(kinds)), key=lambda position: (position * 7) % 3)
            renamed = ", ".join(
                f"{right.columns[position][0]} AS {left.columns[position][0]}" for position in order
            )
            right_sql = f"SELECT {renamed} FROM ({right.sql}) AS {self.fresh('s')}"
        else:
            right_sql = right.sql
        left_sql = f"({left.sql})" if "ORDER BY" in left.sql else left.sql
        right_sql = f"({right_sql})" if "ORDER BY" in right_sql else right_sql
        return Written(f"{left_sql} {operator} {right_sql}", left.columns)

    def with_ctes(self, scope: Scope, depth: int, want: Sequence[str] | None) -> Written:
        ctes = dict(scope.ctes)
        parts: list[str] = []
        # WITH RECURSIVE would make a CTE that shadows a table read itself, so it is one or the other.
        recursive = self.chance(20)
        for _ in range(1 + self.choices.below(2)):
            inner = Scope(ctes=dict(ctes), outer=_fenced(scope))
            if recursive and self.chance(60):
                name, text, columns = self.recursion(inner)
            else:
                query = self.query(inner, depth - 1)
                columns = query.columns
                # Shadowing a table is legal: inside, the name still means the table (only without RECURSIVE).
                shadow = pick(self.choices, [table for table in self.tables if "." not in table])
                name = (
                    shadow if not recursive and self.chance(10) and shadow not in ctes else self.fresh("cte")
                )
                head = name
                if self.chance(25):
                    columns = [(self.fresh("h"), kind) for _, kind in columns]
                    head = f"{name}({', '.join(column for column, _ in columns)})"
                text = f"{head} AS {self.expressions.pick(('', '', 'MATERIALIZED '))}({query.sql})"
            ctes[name] = columns
            parts.append(text)
        body = self.query(Scope(ctes=ctes, outer=scope.outer), depth - 1, want, body=True)
        return Written(f"WITH {'RECURSIVE ' if recursive else ''}{', '.join(parts)} {body.sql}", body.columns)

    def recursion(self, scope: Scope) -> tuple[str, str, Columns]:
        """A recursive CTE that counts up to a bound and carries a value along."""
        name, step, carried = self.fresh("rec"), self.fresh("i"), self.fresh("j")
        kind = self.expressions.pick(("int", "str"))
        seed = Scope(ctes=scope.ctes)
        seed_from = self.from_clause(seed, 0, joins=0)
        start = f"SELECT 1, {self.expressions.column(seed, kind)} FROM {seed_from}"
        if kind == "int" and self.fuel > 0:
            following = Scope()  # tables only: joining the rows of other CTEs step by step multiplies them
            following_from = self.from_clause(following, 0, joins=0)
            again = (
                f"SELECT r_again.{step} + 1, {self.expressions.column(following, 'int')} "
                f"FROM {name} AS r_again JOIN {following_from} "
                f"ON r_again.{carried} = {self.expressions.column(following, 'int')} WHERE r_again.{step} < 3"
            )
        else:
            carry = f"r_again.{carried}" + (" || 'x'" if kind == "str" else " + 1")
            again = f"SELECT r_again.{step} + 1, {carry} FROM {name} AS r_again WHERE r_again.{step} < 3"
        union = "UNION" if "JOIN" in again else self.expressions.pick(("UNION", "UNION ALL"))
        return (
            name,
            f"{name}({step}, {carried}) AS ({start} {union} {again})",
            [(step, "int"), (carried, kind)],
        )


scope_star: dict[int, Columns] = {}
"""What `*` gives in a scope, by the scope's identity; short-lived, filled by `from_clause`."""

_fence = "<no correlation>"


def _fenced(scope: Scope) -> None:
    """A derived table does not see its neighbours, nor (kept simple) the outer query."""
    return


def _qualified(scope: Scope) -> Scope:
    """Only qualified spellings: what a correlated reference needs to mean the outer query for certain."""
    return replace(
        scope,
        bounds=[
            Bound(
                bound.name,
                bound.kind,
                tuple(text for text in bound.spellings if "." in text) or bound.spellings,
            )
            for bound in scope.bounds
        ],
    )


def _unqualify(scope: Scope, star: Columns, merged: set[str]) -> None:
    """Allow columns to be written without qualifier where that is not ambiguous."""
    counts = Counter(name for name, _ in star)
    done: set[str] = set()
    for position, bound in enumerate(scope.bounds):
        if counts[bound.name] == 1 and bound.name not in done:
            scope.bounds[position] = Bound(bound.name, bound.kind, (bound.name, *bound.spellings))
            done.add(bound.name)


def write_query(choices: Choices) -> Written:
    """A random query over `tables.SCHEMA`, every output uniquely named."""
    return QueryWriter(choices).query(Scope(), 2)
