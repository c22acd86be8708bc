"""Routines, blocks, calls and dynamic SQL, read into a `Collector`: what the cutting of a script hands over."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Generator
from operator import attrgetter

from sqlglot import expressions as exp
from sqlglot.tokens import Token, TokenType

from lineagraph.diagnostics import Code, Severity
from lineagraph.sql import blocks, constants, facts, routines, transact, verbs
from lineagraph.sql.boundaries import word
from lineagraph.sql.parsed import Collector, Parsed, shorten

TSQL = frozenset({"tsql", "fabric"})
_START = attrgetter("start")
_EXECUTE_IS_DYNAMIC = frozenset({"postgres", "redshift", "materialize", "risingwave"})


class TransactReader:
    """T-SQL: statements without terminators; a routine's body goes on to the end of its batch."""

    def __init__(self, collector: Collector) -> None:
        self._collector = collector
        self._routine = -1
        """The routine whose batch is being read, and where its statement and its last token are."""
        self._opened = self._last = 0
        self._first = True
        """The next statement is the first one of its batch."""

    def read(self, tokens: list[Token], *, more: bool) -> Generator[None, None, list[Token]]:
        """Reads the statements of some tokens; a step is done wherever no routine is open.

        `more`: the text goes on; gives the tokens to put before those that follow.
        """
        pieces = transact.split(tokens, self._collector.text)
        sure = transact.certain(pieces) if more else len(pieces)
        inlined = False
        for number, piece in enumerate(pieces[:sure]):
            if inlined:
                inlined = False
                continue
            following = pieces[number + 1] if number + 1 < len(pieces) else None
            if piece.header == "FUNCTION" and following is not None and following.verb == "RETURN":
                header = routines.read_header(piece.tokens)
                whole = piece.tokens + following.tokens
                if header is not None and expression_function(self._collector, header, whole):
                    inlined = True
                    continue
            self._piece(piece)
            if self._routine < 0:
                yield
        if sure < len(pieces):
            return tokens[bisect_left(tokens, pieces[sure].tokens[0].start, key=_START) :]
        if not more:
            self._close()
            self._first = True
            yield
        return []

    def _piece(self, piece: transact.Piece) -> None:
        collector = self._collector
        if piece.header:
            self._close()
            if piece.header != "END BATCH":
                self._routine = open_routine(collector, piece.tokens, piece.tokens[-1].end + 1)
                self._opened = len(collector.statements)
                self._last = piece.tokens[-1].end + 1
            self._first = True
            return
        self._last = piece.tokens[-1].end + 1
        if self._first and self._routine < 0 and _is_bare_call(piece):
            # The first statement of a batch may be a procedure's bare name.
            execute(collector, piece.tokens, self._routine)
        else:
            transact_piece(collector, piece, self._routine)
        self._first = False

    def _close(self) -> None:
        if self._routine >= 0:
            close_routine(self._collector, self._routine, self._opened, self._last)
            self._routine = -1


def _is_bare_call(piece: transact.Piece) -> bool:
    tokens = piece.tokens
    if tokens[0].token_type not in (TokenType.VAR, TokenType.IDENTIFIER) or piece.verb in verbs.IGNORED:
        return False
    if len(tokens) > 1 and tokens[1].text == ":":
        return False
    _, at = routines.name_at(tokens, 0)
    return at >= len(tokens) or tokens[at].token_type in (
        TokenType.STRING,
        TokenType.NUMBER,
        TokenType.PARAMETER,
    )


def transact_piece(collector: Collector, piece: transact.Piece, routine: int) -> None:
    """One statement, or one piece of control flow, of T-SQL."""
    verb, tokens = piece.verb, piece.tokens
    if verb in ("EXEC", "EXECUTE"):
        execute(collector, tokens, routine)
    elif verb == "EXTERNAL" and routine >= 0:
        # AS EXTERNAL NAME assembly.class.method: a body in a .NET language.
        collector.skip(tokens, routine)
    elif verb in ("BEGIN", "END", "ELSE", "BREAK", "CONTINUE"):
        flow = len(tokens) == 1 or word(tokens[1]) in ("TRY", "CATCH", "ATOMIC")
        collector.skip(tokens, routine, flow=flow)
    elif verb in ("IF", "WHILE"):
        collector.value(tokens, routine, flow=True)
    elif verb in ("DECLARE", "SET"):
        head = {word(token) for token in tokens[:6]}
        query = blocks.cursor_query(tokens) if "CURSOR" in head else []
        if query:
            collector.sql(query, routine)
        elif verb == "DECLARE" and "TABLE" in head:
            collector.sql(tokens, routine)
        else:
            collector.value(tokens, routine)
    elif verb == "RETURN" and len(tokens) > 1 and word(tokens[1]) in ("SELECT", "WITH"):
        collector.sql(tokens[1:], routine)
    elif verb == "RETURN" and routine >= 0 and collector.routines[routine].kind == "function":
        returned(collector, tokens, routine)
    elif verb in verbs.IGNORED:
        collector.value(tokens, routine)
    elif verb == "INSERT EXEC":
        insert_execute(collector, tokens, routine)
    else:
        collector.sql(tokens, routine)


def insert_execute(collector: Collector, tokens: list[Token], routine: int) -> None:
    """`INSERT INTO t (columns) EXEC procedure`: a call, and rows of unknown origin into the table."""
    at = blocks.find(tokens, 1, "EXEC", "EXECUTE")
    last = tokens[at]
    default = [
        Token(TokenType.DEFAULT, "DEFAULT", last.line, last.col, last.start, last.end),
        Token(TokenType.VALUES, "VALUES", last.line, last.col, last.start, last.end),
    ]
    before = len(collector.statements)
    collector.sql(tokens[:at] + default, routine)
    if len(collector.statements) > before and collector.statements[before].ast is not None:
        made = collector.statements[before]
        insert = made.ast
        if isinstance(insert, exp.Insert):
            insert.set("default", None)
            insert.set("expression", exp.Command(this="EXEC"))
        end = tokens[-1].end + 1
        collector.statements[before] = Parsed(insert, made.start, end, "insert", "parsed", routine, tokens)
    execute(collector, tokens[at:], routine)


def returned(collector: Collector, tokens: list[Token], routine: int) -> None:
    """`RETURN (SELECT …)` is the query of an inline function; any other RETURN is a value."""
    inner = tokens[1:]
    while (
        len(inner) > 2
        and inner[0].token_type == TokenType.L_PAREN
        and inner[-1].token_type == TokenType.R_PAREN
    ):
        inner = inner[1:-1]
        if word(inner[0]) in ("SELECT", "WITH"):
            collector.sql(inner, routine)
            return
    collector.value(tokens, routine)


# -- routines ------------------------------------------------------------------------------------------------------


def open_routine(collector: Collector, tokens: list[Token], end: int, prefix: tuple[str, ...] = ()) -> int:
    """Notes a routine and the statement that creates it; gives its index, or -1 if the tokens create none."""
    header = routines.read_header(tokens)
    if header is None:
        return -1
    start = tokens[0].start
    collector.routines.append(routines.routine_of(header, start, end, collector.dialect, prefix))
    routine = len(collector.routines) - 1
    kind = f"create {header.kind.lower()}"
    collector.statements.append(Parsed(None, start, end, kind, "parsed", routine, tokens))
    collector.skipped = 0
    return routine


def close_routine(collector: Collector, routine: int, opened: int, end: int) -> None:
    """The routine's end is known; what of its body was not followed is said. `opened`: number of its statement."""
    fact = collector.routines[routine]
    created = collector.statements[opened - 1]
    if end > fact.end:
        fact = facts.Routine(fact.parts, fact.kind, fact.start, end, fact.attached_to)
        collector.routines[routine] = fact
        collector.statements[opened - 1] = Parsed(
            created.ast, created.start, end, created.kind, created.outcome, routine, created.tokens
        )
    if collector.skipped:
        count = collector.skipped
        parts = f"{count} parts" if count > 1 else "one part"
        message = f"{parts} of {shorten('.'.join(fact.parts))} (control flow, variables) not followed"
        collector.report(
            Code.ROUTINE_BODY, Severity.INFO, message, fact.start, created.tokens[-1].end + 1, opened
        )
        collector.skipped = 0


def create_routine(collector: Collector, tokens: list[Token]) -> None:
    """CREATE PROCEDURE, FUNCTION … with its body."""
    header = routines.read_header(tokens)
    body, in_string = routines.body_of(tokens)
    if header is None:
        collector.sql(tokens, -1)
        return
    if body >= len(tokens):
        if header.kind == "TRIGGER" and header.attached_to and word(tokens[0]) == "CREATE":
            trigger_call(collector, tokens)
        else:
            collector.sql(tokens, -1)
        return
    end = tokens[-1].end + 1
    if (
        header.kind in ("FUNCTION", "MACRO")
        and not in_string
        and word(tokens[body]) not in ("BEGIN", "DECLARE")
    ):
        if expression_function(collector, header, tokens):
            return
    routine = open_routine(collector, tokens[:body], end)
    opened = len(collector.statements)
    if header.language:
        message = f"the body of {shorten('.'.join(header.parts))} is written in {header.language.lower()}"
        collector.report(
            Code.ROUTINE_BODY, Severity.WARNING, message, tokens[0].start, tokens[body - 1].end + 1, opened
        )
    elif in_string:
        string_body(collector, tokens[body:], routine)
    else:
        inner = tokens[body:]
        if header.kind == "MACRO" and inner[0].token_type == TokenType.L_PAREN:
            inner = inner[1:-1]
        block(collector, inner, routine)
    close_routine(collector, routine, opened, end)


def expression_function(collector: Collector, header: routines.Header, tokens: list[Token]) -> bool:
    """A function whose body is one expression or query, where sqlglot reads it whole."""
    before = len(collector.statements), len(collector.diagnostics)
    collector.routines.append(
        routines.routine_of(header, tokens[0].start, tokens[-1].end + 1, collector.dialect)
    )
    routine = len(collector.routines) - 1
    collector.sql(tokens, routine, kind="create function")
    made = collector.statements[-1] if len(collector.statements) > before[0] else None
    create = made.ast if made is not None else None
    if (
        isinstance(create, exp.Create)
        and isinstance(create.expression, exp.Expr)
        and create.expression.key != "heredoc"
    ):
        return True
    del collector.statements[before[0] :]
    del collector.diagnostics[before[1] :]
    del collector.routines[routine:]
    return False


def trigger_call(collector: Collector, tokens: list[Token]) -> None:
    """PostgreSQL's trigger: its body is a function's name."""
    routine = open_routine(collector, tokens, tokens[-1].end + 1)
    at = blocks.find(tokens, 0, "EXECUTE")
    if at > 0 and at + 2 < len(tokens) and word(tokens[at + 1]) in ("FUNCTION", "PROCEDURE"):
        call = routines.call_expression(tokens, at + 2)
        if call is not None:
            collector.add(call, tokens[at:], "call", "parsed", routine)


def string_body(collector: Collector, tokens: list[Token], routine: int) -> bool:
    """A body in a string constant: `AS $$ … $$`, `DO '…'`; False if there is no constant."""
    body = next((token for token in tokens if token.token_type in constants.STRINGS), None)
    inner = constants.tokens_of(collector, body) if body is not None else None
    if not inner:
        return False
    run(collector, inner, routine)
    return True


def run(collector: Collector, tokens: list[Token], routine: int) -> None:
    """SQL found in a constant: one statement, or a block."""
    if collector.dialect in TSQL:
        for piece in transact.split(tokens, collector.text):
            if not piece.header:
                transact_piece(collector, piece, routine)
        return
    semicolons = [index for index, token in enumerate(tokens) if token.token_type == TokenType.SEMICOLON]
    single = not semicolons or semicolons[0] == len(tokens) - 1
    if single and word(tokens[0]) in blocks.SQL_VERBS:
        collector.sql(tokens[: semicolons[0]] if semicolons else tokens, routine)
    else:
        block(collector, tokens, routine)


def block(collector: Collector, tokens: list[Token], routine: int) -> None:
    """A body of `;`-terminated statements with control flow."""
    for part in blocks.split_body(tokens, collector.dialect):
        role = part.role
        if not part.tokens:
            continue
        if role == "sql":
            collector.sql(blocks.without_into(part.tokens), routine)
        elif role == "call":
            execute(collector, part.tokens, routine)
        elif role == "dynamic":
            dynamic(collector, part.tokens, routine)
        elif role == "value":
            collector.value(part.tokens, routine, flow=True)
        elif role == "subprogram":
            subprogram(collector, part, routine)
        else:
            collector.skip(part.tokens, routine, flow=True)


def subprogram(collector: Collector, part: blocks.Part, routine: int) -> None:
    """A procedure inside a package is a routine; one inside another procedure is part of that."""
    created = _creating(collector, routine)
    if created is None or created.kind not in ("create package", "create type"):
        block(collector, part.body, routine)
        return
    skipped = collector.skipped
    end = (part.body or part.tokens)[-1].end + 1
    inner = open_routine(collector, part.tokens, end, collector.routines[routine].parts)
    opened = len(collector.statements)
    block(collector, part.body, inner)
    close_routine(collector, inner, opened, end)
    collector.skipped = skipped


def _creating(collector: Collector, routine: int) -> Parsed | None:
    for made in reversed(collector.statements):
        if made.routine == routine and made.kind.startswith("create ") and made.ast is None:
            return made if routine >= 0 else None
    return None


# -- calls and dynamic SQL -----------------------------------------------------------------------------------------


def execute(collector: Collector, tokens: list[Token], routine: int) -> None:
    """EXEC, CALL, EXECUTE IMMEDIATE, PREPARE, or a bare name: a call by name, or dynamic SQL."""
    first = word(tokens[0])
    at = 1 if first in ("EXEC", "EXECUTE", "CALL", "PREPARE") else 0
    following = word(tokens[at]) if at < len(tokens) else ""
    if first == "PREPARE":
        prepare(collector, tokens, routine)
        return
    if first == "EXECUTE" and following == "STATEMENT" and blocks.find(tokens, 0, "SET") == 2:
        # Flink: EXECUTE STATEMENT SET BEGIN INSERT …; INSERT …; END
        collector.sql(tokens[4:] if len(tokens) > 3 and word(tokens[3]) == "BEGIN" else tokens[3:], routine)
        return
    if first in ("EXEC", "EXECUTE"):
        if following == "AS" or (following == "TASK" and first == "EXECUTE"):
            collector.skip(tokens, routine)
            return
        if following == "@" and at + 2 < len(tokens) and tokens[at + 2].token_type == TokenType.EQ:
            at += 3
        composed = at < len(tokens) and (
            tokens[at].token_type == TokenType.L_PAREN or tokens[at].token_type in constants.STRINGS
        )
        if following == "IMMEDIATE" or composed or collector.dialect in _EXECUTE_IS_DYNAMIC:
            dynamic(collector, tokens, routine)
            return
        if first == "EXECUTE" and collector.dialect not in TSQL and collector.dialect not in ("oracle", ""):
            # EXECUTE of a prepared statement, which was read where it was prepared.
            collector.skip(tokens, routine)
            return
    call = routines.call_expression(tokens, at)
    if call is None:
        collector.skip(tokens, routine)
        return
    if call.this.name.lower() in ("sp_executesql", "sp_prepexec", "sp_prepare"):
        dynamic(collector, tokens, routine)
        return
    for query in blocks.subqueries(tokens):
        collector.sql(query, routine, kind="condition")
    collector.add(call, tokens, "call", "parsed", routine)


def prepare(collector: Collector, tokens: list[Token], routine: int) -> None:
    """`PREPARE name AS select` is a statement; `PREPARE name FROM expression` is dynamic."""
    at = blocks.find(tokens, 1, "AS", "FROM")
    if at > 0 and at + 1 < len(tokens) and word(tokens[at + 1]) in blocks.SQL_VERBS:
        collector.sql(tokens[at + 1 :], routine)
    else:
        dynamic(collector, tokens, routine)


def dynamic(collector: Collector, tokens: list[Token], routine: int) -> None:
    """SQL made at run time: followed if it is one constant, else said to be unknown."""
    string = next((index for index, token in enumerate(tokens) if token.token_type in constants.STRINGS), -1)
    inner = (
        constants.tokens_of(collector, tokens[string])
        if string >= 0 and not constants.is_composed(tokens, string)
        else None
    )
    if inner:
        run(collector, inner, routine)
        return
    start, end = tokens[0].start, tokens[-1].end + 1
    collector.report(
        Code.DYNAMIC_SQL, Severity.WARNING, "SQL made at run time cannot be followed", start, end
    )
    collector.add(None, tokens, "dynamic sql", "partial", routine)
