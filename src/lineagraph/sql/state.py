"""What the extraction of one statement carries along: its relations so far, the CTEs in sight, names and text."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from operator import attrgetter
from typing import Any, NamedTuple

from sqlglot.tokens import TokenType

from lineagraph.sql.facts import Effect, Ref, Relation
from lineagraph.sql.identifiers import fold, keeps_case
from lineagraph.sql.traits import LateralAlias, Traits, traits_of

ALIAS_LAST = 64
"""Flag of a `Ref`: an output alias of its own SELECT may be meant, where no column has the name."""
ALIAS_FIRST = 128
"""Flag of a `Ref`: an output alias of its own SELECT is meant before any column."""
_LATERAL_ALIAS = {
    LateralAlias.NEVER: 0,
    LateralAlias.COLUMN_FIRST: ALIAS_LAST,
    LateralAlias.ALIAS_FIRST: ALIAS_FIRST,
}


TRANSACT = frozenset({"tsql", "fabric"})
_NO_IMPLICIT_UNNEST = frozenset({"tsql", "mysql", "oracle"})
_SEQUENCE_DIALECTS = frozenset({"oracle", "snowflake", "db2", "exasol", "teradata"})
_DUAL = frozenset({"oracle", "mysql", "singlestore", "doris", "starrocks", "exasol", "snowflake"})
_SEQUENCE_COLUMNS = frozenset({"nextval", "currval"})
_NONE: frozenset[str] = frozenset()

COLUMNS_DIALECTS = frozenset({"duckdb", "clickhouse"})
"""Dialects with COLUMNS('…') and `* LIKE '…'`."""


class _Folded(dict[str, str]):
    """Names as written without quotes → folded; each is folded, and its spelling noted, when it is first asked for.

    A dictionary, because every name is asked for several times, and a lookup is ten times as fast as a call.
    """

    def __init__(self, first: dict[str, str], *, keeps_case: bool, keeps_quotes: bool) -> None:
        super().__init__()
        self._first = first
        self._keeps_case = keeps_case
        self._keeps_quotes = keeps_quotes

    def __missing__(self, text: str) -> str:
        folded = self[text] = text if self._keeps_case else text.lower()
        first = self._first
        if folded not in first and not (self._keeps_quotes and folded[0:1] == '"'):
            first[folded] = text
        return folded


class Names:
    """Folding of identifiers with a cache, remembering how each folded name was first written in the file."""

    def __init__(self, dialect: str) -> None:
        self.dialect = dialect
        self.templated = False
        self._first: dict[str, str] = {}
        self._first_tables: dict[str, str] = {}
        self.columns = _Folded(self._first, keeps_case=keeps_case(dialect), keeps_quotes=False)
        """Columns, aliases and CTEs."""
        self.tables = _Folded(
            self._first_tables, keeps_case=keeps_case(dialect, table=True), keeps_quotes=True
        )
        """Parts of datasets' names."""

    def column(self, identifier: Any) -> str:
        """The folded form of a column, alias or CTE identifier (an sqlglot `Identifier`, or any node with a name).

        Empty for None: the parser lets names be missing here and there.
        """
        if identifier is None:
            return ""
        args = identifier.args
        text = args.get("this")
        if text.__class__ is not str:
            text = identifier.name
        if args.get("quoted"):
            return self._remember(text, fold(text, True, self.dialect))
        return self.columns[text]

    def table(self, identifier: Any) -> str:
        """The folded form of one part of a dataset's name; empty for None, as with `column`."""
        if identifier is None:
            return ""
        args = identifier.args
        text = args.get("this")
        if type(text) is not str:
            text = identifier.name
        if args.get("quoted"):
            return self._remember_table(text, fold(text, True, self.dialect, table=True))
        return self.tables[text]

    def dataset(self, text: str) -> str:
        """Fold a plain string as an unquoted part of a dataset's name."""
        return self.tables[text]

    def spellings(self) -> dict[str, str]:
        """Folded column names, aliases and routines → as first written, where the two differ."""
        return {folded: text for folded, text in self._first.items() if folded != text}

    def table_spellings(self) -> dict[str, str]:
        """Folded parts of dataset names → as first written, where the two differ."""
        return {folded: text for folded, text in self._first_tables.items() if folded != text}

    def text(self, text: str) -> str:
        """Fold a plain string as an unquoted column name."""
        return self.columns[text]

    def _remember(self, text: str, folded: str) -> str:
        self._first.setdefault(folded, text)
        return folded

    def _remember_table(self, text: str, folded: str) -> str:
        if not folded.startswith('"'):
            # a key that keeps its quotes shows them, too
            self._first_tables.setdefault(folded, text)
        return folded


class Readers(NamedTuple):
    """Expressions hold queries, queries hold expressions and statements: here the circle is closed."""

    query: Callable[[Any, StatementState], int]
    dml: Callable[[Any, StatementState], int]
    output: Callable[[Any, list[Any], StatementState], None]
    ctes: Callable[[Any, StatementState], Any]


_LONGEST_EXPRESSION = 1000
"""Characters of an expression kept with its edges."""

# Members as constants: in Python 3.11 `TokenType.X` runs a descriptor written in Python
_VALUES = TokenType.VALUES
_COMMA, _SELECT, _DISTINCT, _ALL = TokenType.COMMA, TokenType.SELECT, TokenType.DISTINCT, TokenType.ALL
_LIST_STARTS = frozenset({TokenType.SELECT, TokenType.COMMA, TokenType.DISTINCT, TokenType.SET})
_LIST_ENDS = frozenset(
    {TokenType.COMMA, TokenType.FROM, TokenType.SEMICOLON, TokenType.INTO, TokenType.WHERE}
)
_OPEN = frozenset({TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE})
_CLOSE = frozenset({TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE})
_SET_OPERATORS = frozenset({TokenType.UNION, TokenType.EXCEPT, TokenType.INTERSECT})
_MARKS = _LIST_STARTS | _LIST_ENDS | _OPEN | _CLOSE | _SET_OPERATORS
"""Tokens that can begin, end or nest list items: three of four are none, and one look tells."""
_START = attrgetter("start")


class _TransactNoColumns(frozenset[str]):
    """T-SQL besides has `$node_id`, `$action` and the like."""

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or (isinstance(name, str) and name.startswith("$"))


class StatementState:
    """Mutable state of one statement's extraction. `text` is the whole file, `tokens` the statement's."""

    def __init__(self, text: str, tokens: list[Any], names: Names, readers: Readers) -> None:
        self.text = text
        self.tokens = tokens
        self.names = names
        self.traits: Traits = traits_of(names.dialect)
        self.dialect = names.dialect
        self.lateral_alias = _LATERAL_ALIAS[self.traits.lateral_alias]
        """The flag of references in a SELECT list."""
        self.relations: list[Relation | None] = []
        self.ctes: dict[str, tuple[int, tuple[str, ...]]] = {}
        """Folded CTE name → (relation, column list): what an unqualified table name means before the catalog is
        asked.
        """
        self.depth = 0
        self.windows: dict[str, Any] = {}
        """Named windows of the SELECT being read (`WINDOW w AS (…)`)."""
        self.has_columns_function = (
            names.dialect in COLUMNS_DIALECTS
            and bool(tokens)
            and "columns" in text[tokens[0].start : tokens[-1].end].lower()
        )
        """Whether `COLUMNS(…)` may occur at all: looking for it below every projection would cost more than
        reading it.
        """
        self._readers = readers
        self.effects: list[Effect] = []
        self.calls: list[tuple[str, ...]] = []
        self.templated = False
        """The text was rendered from a template: what stands for an unknown macro may be any number of columns."""
        self.lateral = False
        """The next SELECT stands in FROM and may look at its siblings: its correlated conditions are JOINs."""
        self.unfolded: list[Ref] = []
        """References below generators in the SELECT list being read (`SELECT unnest(tags)`)."""
        self.in_measures = False
        """Reading MATCH_RECOGNIZE's MEASURES, where FIRST and LAST navigate instead of aggregating."""
        self.columns = names.columns
        self.tables = names.tables
        self.has_implicit_unnest = names.dialect not in _NO_IMPLICIT_UNNEST
        """`FROM t, t.items`: the array column of a sibling, unnested."""
        self.has_dual = names.dialect in _DUAL
        """`FROM dual` is there for the grammar alone."""
        self.has_money = names.dialect in TRANSACT
        """`$19.99` looks like a qualified name."""
        self.sequence_columns = _SEQUENCE_COLUMNS if names.dialect in _SEQUENCE_DIALECTS else _NONE
        """`s.nextval` is a sequence's value."""
        self._named_expressions: dict[str, Any] = {}
        self._parameters: frozenset[str] = frozenset()
        self.records: frozenset[str] = _NONE
        """Qualifiers that are record variables."""
        self.no_columns: frozenset[str] | _TransactNoColumns = self.traits.pseudo_columns
        """Unqualified names, written without quotes, that need a second look: they may be no columns."""
        self._note_no_columns()
        self.skipped: list[tuple[str, int]] = []
        """What was not understood: (sqlglot class name, offset). Each becomes a diagnostic."""

    @property
    def named_expressions(self) -> dict[str, Any]:
        """ClickHouse's `WITH expression AS name`."""
        return self._named_expressions

    @named_expressions.setter
    def named_expressions(self, expressions: dict[str, Any]) -> None:
        self._named_expressions = expressions
        self._note_no_columns()

    @property
    def parameters(self) -> frozenset[str]:
        """Folded names of a function's parameters, while its body is read: they are no columns."""
        return self._parameters

    @parameters.setter
    def parameters(self, names: frozenset[str]) -> None:
        self._parameters = names
        self._note_no_columns()

    def _note_no_columns(self) -> None:
        names = self.traits.pseudo_columns
        if self._parameters or self._named_expressions:
            names = names | self._parameters | self._named_expressions.keys()
        self.no_columns = _TransactNoColumns(names) if self.dialect in TRANSACT else names

    def read_query(self, node: Any) -> int:
        """Add the relation of a query expression; returns its index."""
        return self._readers.query(node, self)

    def read_dml(self, node: Any) -> int:
        """Add the effects of an INSERT, UPDATE, DELETE or MERGE; returns the relation of what it RETURNs."""
        return self._readers.dml(node, self)

    def read_output(self, item: Any, outputs: list[Any]) -> None:
        """Append the columns of one item of a SELECT, RETURNING or VALUES list."""
        self._readers.output(item, outputs, self)

    def enter_ctes(self, node: Any) -> None:
        """Bring the CTEs of a node's WITH clause in sight; the caller restores `ctes`."""
        self._readers.ctes(node, self)

    def add(self, relation: Relation | None) -> int:
        self.relations.append(relation)
        return len(self.relations) - 1

    def written(self, *words: str) -> bool:
        """Does the statement's text hold one of these words (as a function or keyword)?"""
        return any(token.text.lower() in words for token in self.tokens)

    def expression_span(self, anchor: int, *, nested: bool = False) -> tuple[int, int]:
        """Offsets of the list item (a projection, an assignment) around the token at offset `anchor`.

        `nested`: the anchor may stand inside parentheses of the item; else it stands on the item's own level.
        """
        tokens = self.tokens
        at = bisect_left(tokens, anchor, key=_START)
        if at >= len(tokens):
            return (anchor, anchor)
        first, level = self._item_start(at, nested)
        last = at
        depth = 0
        count = len(tokens)
        while last + 1 < count:
            kind = tokens[last + 1].token_type
            if kind not in _MARKS:
                pass
            elif kind in _OPEN:
                depth += 1
            elif kind in _CLOSE:
                if depth == 0:
                    if level == 0:
                        break
                    level -= 1
                else:
                    depth -= 1
            elif depth == 0 and level == 0 and (kind in _LIST_ENDS or kind in _SET_OPERATORS):
                break
            last += 1
        return (tokens[first].start, tokens[last].end + 1)

    def expression_text(self, start: int, alias: int) -> str:
        """The expression from offset `start` up to its alias at offset `alias`, on one line, without AS."""
        text = " ".join(self.text[start:alias].split()).rstrip()
        if text[-3:].upper() == " AS":
            text = text[:-3]
        return text[:_LONGEST_EXPRESSION].rstrip(" =:")

    def _item_start(self, at: int, nested: bool) -> tuple[int, int]:
        """Index of the item's first token, and how many parentheses open between it and token `at`."""
        tokens = self.tokens
        depth = 0
        level = 0
        comma: int | None = None
        for first in range(at, 0, -1):
            kind = tokens[first - 1].token_type
            if kind not in _MARKS:
                pass
            elif kind in _CLOSE:
                depth += 1
            elif kind in _OPEN:
                if depth > 0:
                    depth -= 1
                elif not nested:
                    return first, 0
                elif first > 1 and tokens[first - 2].token_type == _VALUES:
                    # `VALUES (a * 2, …)` of an INSERT: the parentheses are the list's own
                    return (comma if comma is not None else first), level
                else:
                    level += 1
                    comma = None
            elif depth == 0 and kind in _LIST_STARTS:
                if kind == _DISTINCT and first > 1 and tokens[first - 2].token_type in _OPEN:
                    # `COUNT(DISTINCT a)` is not where the list begins
                    continue
                if kind != _COMMA:
                    return (comma if comma is not None else first), level
                if not nested:
                    return first, 0
                if comma is None:
                    comma = first
        return 0, level

    def select_list(self, anchor: int) -> list[tuple[int, int]]:
        """Offsets of every item of the SELECT list to the left of the token at offset `anchor`, on the same level."""
        tokens = self.tokens
        at = bisect_left(tokens, anchor, key=_START)
        depth = 0
        while at > 0:
            at -= 1
            kind = tokens[at].token_type
            if kind in _CLOSE:
                depth += 1
            elif kind in _OPEN:
                depth -= 1
                if depth < 0:
                    return []
            elif depth == 0 and kind == _SELECT:
                break
        else:
            return []
        at += 1
        if at < len(tokens) and tokens[at].token_type in (_DISTINCT, _ALL):
            at += 1
        items: list[tuple[int, int]] = []
        begin = at
        while at < len(tokens):
            kind = tokens[at].token_type
            if kind in _OPEN:
                depth += 1
            elif kind in _CLOSE:
                depth -= 1
            if depth < 0 or (depth == 0 and (kind in _LIST_ENDS or kind in _SET_OPERATORS)):
                if at > begin:
                    items.append((tokens[begin].start, tokens[at - 1].end + 1))
                begin = at + 1
                if kind != _COMMA:
                    return items
            at += 1
        if at > begin:
            items.append((tokens[begin].start, tokens[at - 1].end + 1))
        return items
