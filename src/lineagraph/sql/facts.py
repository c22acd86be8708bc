"""The facts of one file: its statements as small relational scopes, names still symbolic; and their msgpack form.

Facts are a pure function of (bytes, dialect, template context, `EXTRACTOR_VERSION`). They say what a file says,
whatever the rest of the world looks like: stars, unqualified columns and table names are left for `catalog.bind` to
decide.

Relations of a statement live in one tuple and point at each other by index. Identifiers are folded by the dialect's
rules (see `sql.identifiers`); `FileFacts.spellings` gives back how a folded identifier was first written. Offsets
count characters of the (rendered) text, from 0; `end` is exclusive.

Facts are trees, made once from the leaves up: they hold no cycles, so the collector need not look at them
(`gc=False`).
"""

from __future__ import annotations

import msgspec
from msgspec import Struct

from lineagraph.diagnostics import Code, Diagnostic

EXTRACTOR_VERSION = 2
"""Part of every cache key: raise it with every change that can alter the facts of any file."""

QUALIFIER_SEPARATOR = "\x00"
"""Between the parts of `Ref.qualifier` and `Ref.path` (a quoted identifier may hold a dot, never this)."""


class Ref(Struct, frozen=True, array_like=True, gc=False):
    """A mention of a column inside a scope: `kind` is the `EdgeKind` by which it reaches what it is part of.

    `name` `*` means every row of the qualifier's relation (`COUNT(*)`), or of all relations when unqualified.
    `a.b.c` is `name` c, `qualifier` a\\0b: whether a is a schema, a table or a struct column, binding decides.
    """

    kind: int
    name: str
    qualifier: str = ""
    start: int = -1
    flags: int = 0
    path: str = ""
    """Field path below the column, as written: `address.city`, `[0].name`."""


class Sub(Struct, frozen=True, array_like=True, gc=False):
    """A subquery inside an expression: its outputs reach the expression by `kind`, or not at all if `kind` is -1
    (`EXISTS`); its filters, joins and groups by `influence` (`CONDITIONAL` in a projection, `FILTER` in a WHERE …)."""

    relation: int
    kind: int
    influence: int
    flags: int = 0
    column: int = 0
    """Only this output, counted from 1 (`SET (a, b) = (SELECT …)`); 0: all of them."""


class Output(Struct, frozen=True, array_like=True, gc=False, tag=0):
    """One column of a SELECT list, or one assignment of an UPDATE or MERGE arm."""

    name: str
    refs: tuple[Ref, ...] = ()
    subs: tuple[Sub, ...] = ()
    start: int = -1
    end: int = -1
    aggregate: bool = False
    """Contains an aggregate: such outputs are not keys of `GROUP BY ALL`."""
    named: bool = True
    """False where the name was made up from the expression's text (it cannot be referred to)."""
    expression: str = ""
    """The expression as written, where it is more than a column."""


class Star(Struct, frozen=True, array_like=True, gc=False, tag=1):
    """`*` or `t.*` with its modifiers; `kind` is IDENTITY unless the star stands inside an expression."""

    qualifier: str = ""
    excluded: tuple[str, ...] = ()
    replaced: tuple[Output, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    pattern: str | None = None
    """A regular expression that names must match (`COLUMNS('…')`, `* ILIKE '…'`)."""
    kind: int = 0
    start: int = -1
    end: int = -1
    flags: int = 0
    conditions: tuple[Ref, ...] = ()
    """What decides whether the star is applied at all (a MERGE arm's condition): on each of its columns."""


class Source(Struct, frozen=True, array_like=True, gc=False):
    """One relation of a FROM clause, in FROM order, which is the order `*` expands in."""

    relation: int
    alias: str = ""
    """Empty for a derived table without alias; the last name part for a table without one."""
    columns: tuple[str, ...] = ()
    """Column names given with the alias (`t(a, b)`) or by the CTE's column list; a prefix of the relation's columns."""
    using: tuple[str, ...] = ()
    """`USING (…)`: these columns are merged with those of the sources to the left."""
    natural: bool = False
    hidden: bool = False
    """SEMI and ANTI joins: usable in ON, not part of the result."""
    target: bool = False
    """The dataset an UPDATE, MERGE or DELETE changes: reading its columns is not reading it as a source."""
    merge_alias: bool = False
    """The alias names a single-column element (`UNNEST(x) AS e`): `e` alone is that column."""
    replaces: bool = False
    """ClickHouse's ARRAY JOIN: its columns stand in for columns of the same name to the left."""


class Table(Struct, frozen=True, array_like=True, gc=False, tag=10):
    """A dataset by name, as written (defaults and search path not applied), outermost part first."""

    parts: tuple[str, ...]
    start: int = -1
    end: int = -1
    kind: str = ""
    """A `DatasetKind` where the syntax tells: `external_file`, `table_function`; else empty."""
    wildcard: bool = False
    """BigQuery's `events_*`."""
    temporary: bool = False
    """The name itself says so: T-SQL's `#t` and `@t`."""


class Select(Struct, frozen=True, array_like=True, gc=False, tag=11):
    """One SELECT (or what behaves like one: an UPDATE's assignments, a MERGE arm, a VALUES row set)."""

    sources: tuple[Source, ...] = ()
    outputs: tuple[Output | Star, ...] = ()
    influences: tuple[Ref, ...] = ()
    """Row-level references, kinds FILTER, JOIN, GROUP_BY and SORT."""
    subs: tuple[Sub, ...] = ()
    """Subqueries in row-level clauses."""
    positions: tuple[tuple[int, int], ...] = ()
    """`GROUP BY 1`, `ORDER BY 2`: (kind, output position from 1)."""
    distinct: bool = False
    all_keys: int = 0
    """1: `GROUP BY ALL`; 2: `ORDER BY ALL`; 3: both."""
    depth: int = 0
    """How many enclosing scopes its references may look out to: 0 at the top, one more inside each expression or
    LATERAL; a derived table has its enclosing SELECT's own depth, a CTE that of the query it is attached to."""


class SetOperation(Struct, frozen=True, array_like=True, gc=False, tag=12):
    left: int
    right: int
    operator: str
    """`union`, `except`, `intersect`."""
    distinct: bool = True
    by_name: bool = False
    influences: tuple[Ref, ...] = ()
    """ORDER BY after the operation: names of its outputs."""
    subs: tuple[Sub, ...] = ()
    positions: tuple[tuple[int, int], ...] = ()


class Function(Struct, frozen=True, array_like=True, gc=False, tag=13):
    """A relation computed from expressions: UNNEST, FLATTEN, JSON_TABLE, a table function call.

    Every column flows from `refs`. `outputs` names them where the syntax does; `open` means any other name may exist.
    `table` is the dataset read besides (a user's table function), as an index of a `Table`, or -1.
    """

    refs: tuple[Ref, ...] = ()
    subs: tuple[Sub, ...] = ()
    outputs: tuple[Output, ...] = ()
    open: bool = False
    table: int = -1
    depth: int = 0


class Pivot(Struct, frozen=True, array_like=True, gc=False, tag=14):
    """`input PIVOT (aggregates FOR column IN (…))`: `outputs` are the new columns, their refs resolve in `input`."""

    input: int
    alias: str = ""
    outputs: tuple[Output, ...] = ()
    used: tuple[str, ...] = ()
    """Columns of the input consumed by the aggregates and by FOR: not passed on."""
    group: tuple[Ref, ...] | None = None
    """DuckDB's explicit GROUP BY; None: every other column is a key."""
    open: bool = False
    """The values are not listed (`IN (ANY)`, DuckDB's `PIVOT t ON c`): new columns have unknown names."""


class Unpivot(Struct, frozen=True, array_like=True, gc=False, tag=15):
    """`input UNPIVOT (value FOR name IN (a, b))`: several value columns where the syntax has them."""

    input: int
    alias: str = ""
    name: str = ""
    values: tuple[str, ...] = ()
    columns: tuple[tuple[str, ...], ...] = ()
    """For each value column, the input columns it is made of."""
    pattern: bool = False
    """The columns were given by a pattern or star (`COLUMNS(* EXCLUDE x)`); `columns[0]` lists the excluded ones."""
    keeps_nulls: bool = False
    """INCLUDE NULLS: else the rows whose value is NULL are left out, so the listed columns filter."""


class MatchRecognize(Struct, frozen=True, array_like=True, gc=False, tag=16):
    input: int
    alias: str = ""
    outputs: tuple[Output, ...] = ()
    """The measures; pattern variables are stripped from the refs' qualifiers."""
    keys: tuple[str, ...] = ()
    """PARTITION BY columns: with ONE ROW PER MATCH, they come before the measures."""
    all_rows: bool = False
    influences: tuple[Ref, ...] = ()


class Recursion(Struct, frozen=True, array_like=True, gc=False, tag=17):
    """A recursive CTE, and the way its body mentions it: evaluated to the least fixpoint of `body`.

    `columns` is the CTE's column list. Inside the body, sources point at this same index.
    """

    body: int
    columns: tuple[str, ...] = ()


class Returning(Struct, frozen=True, array_like=True, gc=False, tag=18):
    """Rows that a data-modifying statement hands on (RETURNING, OUTPUT): the columns of `target`.

    `relation` is the scope whose filters and joins chose the rows, or -1. `old`: they are rows the dataset had
    before, so it is read (DELETE … RETURNING).
    """

    target: int
    relation: int = -1
    old: bool = False


Relation = Table | Select | SetOperation | Function | Pivot | Unpivot | MatchRecognize | Recursion | Returning


class ColumnDef(Struct, frozen=True, array_like=True, gc=False):
    """A column as DDL defines it. `refs` are what a generated column is computed from (columns of its own table)."""

    name: str
    data_type: str | None = None
    refs: tuple[Ref, ...] = ()
    start: int = -1
    end: int = -1


class Create(Struct, frozen=True, array_like=True, gc=False, tag=30):
    """CREATE of a dataset, with what its columns are known from: definitions, a query, or another dataset.

    `relation` is the defining query (CTAS, view), or -1. `like` is a `Table` index for LIKE and CLONE, or -1;
    `copies_data` is true for CLONE, which data flows through.
    """

    target: int
    kind: str
    columns: tuple[ColumnDef, ...] = ()
    names: tuple[str, ...] = ()
    """Column list without types (`CREATE VIEW v (a, b) AS …`): renames the query's outputs by position."""
    relation: int = -1
    like: int = -1
    copies_data: bool = False
    temporary: bool = False
    replace: bool = False
    if_not_exists: bool = False
    by_name: bool = False
    """MySQL's `CREATE TABLE t (a INT) SELECT …`: outputs meet definitions by name, others are appended."""
    shape_only: bool = False
    """WITH NO DATA: the query gives the columns and no row."""


class Write(Struct, frozen=True, array_like=True, gc=False, tag=31):
    """Data flowing into a dataset from `relation`.

    `columns`: target columns by position (None: not given). `by_name`: outputs are matched by name (UPDATE, MERGE SET,
    INSERT BY NAME, INSERT *). `overwrite`: old rows are gone afterwards.
    """

    target: int
    relation: int
    columns: tuple[str, ...] | None = None
    by_name: bool = False
    overwrite: bool = False
    static: tuple[str, ...] = ()
    """Partition columns given as constants (`PARTITION (dt = '…')`): the query has no output for them."""
    trailing: tuple[str, ...] = ()
    """Dynamic partition columns (`PARTITION (dt)`): the query's last outputs."""


class Change(Struct, frozen=True, array_like=True, gc=False, tag=32):
    """What is done to a dataset without moving data into it.

    `kind`: DROP, RENAME, SWAP, EXCHANGE, ALTER, TRUNCATE, DELETE. `other`: the new name or the partner, or -1.
    `relation`: the scope of a DELETE (its sources and filters), or -1.
    """

    target: int
    kind: str
    other: int = -1
    added: tuple[ColumnDef, ...] = ()
    dropped: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    relation: int = -1


class Use(Struct, frozen=True, array_like=True, gc=False, tag=33):
    """USE, SET search_path, SET SCHEMA: how unqualified names resolve from here on."""

    database: str | None = None
    schemas: tuple[str, ...] = ()
    """The search path, first match wins; empty: unchanged."""


class Synonym(Struct, frozen=True, array_like=True, gc=False, tag=34):
    """`CREATE SYNONYM name FOR target`."""

    name: int
    target: int


Effect = Create | Write | Change | Use | Synonym


class Statement(Struct, frozen=True, array_like=True, gc=False):
    """One statement. `query` is the relation of a bare SELECT, or -1. `routine` indexes `FileFacts.routines`, or -1."""

    number: int
    kind: str
    start: int
    end: int
    outcome: str = "parsed"
    relations: tuple[Relation, ...] = ()
    effects: tuple[Effect, ...] = ()
    query: int = -1
    routine: int = -1
    calls: tuple[tuple[str, ...], ...] = ()
    """Names of routines this statement calls (EXEC, CALL)."""


class Routine(Struct, frozen=True, array_like=True, gc=False):
    """A procedure, function, trigger or task whose body was looked into."""

    parts: tuple[str, ...]
    kind: str
    start: int
    end: int
    attached_to: tuple[str, ...] = ()
    """A trigger's table."""
    variables: tuple[str, ...] = ()
    """Names it declares, in lower case: parameters, variables, cursors, loop records."""


class FileFacts(Struct, frozen=True, array_like=True, gc=False):
    version: int
    dialect: str
    statements: tuple[Statement, ...] = ()
    routines: tuple[Routine, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    spellings: dict[str, str] = {}
    """Folded column name → as first written, only where the two differ."""
    table_spellings: dict[str, str] = {}
    """The same for the parts of dataset names."""
    line_starts: tuple[int, ...] = (0,)
    source_lines: tuple[int, ...] = ()
    """For templates: rendered line (from 0) → line of the source file (from 1). Empty: the text is the file's."""


def is_reproducible(facts: FileFacts) -> bool:
    """Would the same text give the same facts on every machine? Not if the clock, or want of memory, ended something:
    such facts are not to be kept for others."""
    return all(diagnostic.code != Code.INTERRUPTED for diagnostic in facts.diagnostics)


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(FileFacts)


def encode(facts: FileFacts) -> bytes:
    return _ENCODER.encode(facts)


def decode(data: bytes) -> FileFacts:
    """Raises `msgspec.DecodeError` on bytes that are not facts of this version."""
    return _DECODER.decode(data)
