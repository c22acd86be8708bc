"""Routines, blocks, calls and dynamic SQL, read into a `Collector`: what the cutting of a script hands over."""

from __future__ import annotations

import re

from sqlglot import expressions as exp
from sqlglot.errors import TokenError
from sqlglot.tokens import Token, TokenType

from lineagraph.diagnostics import Code, Severity
from lineagraph.sql import blocks, facts, routines, transact, verbs
from lineagraph.sql.boundaries import QUOTED, word
from lineagraph.sql.parsed import Collector, Parsed, shorten

TSQL = frozenset({"tsql", "fabric"})
_STRINGS = QUOTED - {TokenType.IDENTIFIER}
_EXECUTE_IS_DYNAMIC = frozenset({"postgres", "redshift", "materialize", "risingwave"})
_OPENING = re.compile(r"(?:[A-Za-z]{1,2})?('''|\"\"\"|'|\"|\$\w*\$)|[qQ]('.)")


def transact_script(collector: Collector, tokens: list[Token]) -> None:
    """T-SQL: statements without terminators; a routine's body goes on to the end of its batch."""
    routine = -1
    opened = last = 0
    first = True
    pieces = transact.split(tokens, collector.text)
    inlined = False
    for number, piece in enumerate(pieces):
        if inlined:
            inlined = False
            continue
        if piece.header == "FUNCTION" and number + 1 < len(pieces) and pieces[number + 1].verb == "RETURN":
            header = routines.read_header(piece.tokens)
            if header is not None and expression_function(
                collector, header, piece.tokens + pieces[number + 1].tokens
            ):
                inlined = True
                continue
        if piece.header:
            if routine >= 0:
                close_routine(collector, routine, opened, last)
                routine = -1
            if piece.header != "END BATCH":
                routine = open_routine(collector, piece.tokens, piece.tokens[-1].end + 1)
                opened = len(collector.statements)
                last = piece.tokens[-1].end + 1
            first = True
            continue
        last = piece.tokens[-1].end + 1
        if first and routine < 0 and _is_bare_call(piece):
            # The first statement of a batch may be a procedure's bare name.
            execute(collector, piece.tokens, routine)
        else:
            transact_piece(collector, piece, routine)
        first = False
    if routine >= 0:
        close_routine(collector, routine, opened, last)


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
    body = next((token for token in tokens if token.token_type in _STRINGS), None)
    inner = constant(collector, body) if body is not None else None
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


def constant(collector: Collector, token: Token) -> list[Token] | None:
    """The tokens of the SQL in a string constant, at their offsets in the text; None if it does not tokenise."""
    written = collector.text[token.start : token.end + 1]
    match = _OPENING.match(written)
    if match is None:
        return None
    opening = match.end()
    quote = match.group(1)
    inner = written[opening : len(written) - (len(quote) if quote else 2)]
    if quote in ("'", '"'):
        inner = _unescaped(inner, quote)
    try:
        tokens = collector.tools.tokenize(inner)
    except TokenError:
        return None
    offset = token.start + opening
    for inner_token in tokens:
        inner_token.start += offset
        inner_token.end += offset
        if inner_token.token_type == TokenType.STRING and quote == "'":
            # Both quote characters belong to the inner string.
            inner_token.start -= collector.text[inner_token.start - 1] == quote
            inner_token.end += collector.text[inner_token.end + 1] == quote
    return tokens


def _unescaped(inner: str, quote: str) -> str:
    """SQL inside a string with its doubled quotes single, at unchanged offsets: a blank goes outside the
    inner string."""
    doubled = quote * 2
    if doubled not in inner:
        return inner.replace("\\" + quote, " " + quote)
    parts = inner.split(doubled)
    out = [parts[0]]
    for index, part in enumerate(parts[1:]):
        out.append(" " + quote if index % 2 == 0 else quote + " ")
        out.append(part)
    return "".join(out)


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
    if first in ("EXEC", "EXECUTE"):
        if following == "AS" or (following == "TASK" and first == "EXECUTE"):
            collector.skip(tokens, routine)
            return
        if following == "@" and at + 2 < len(tokens) and tokens[at + 2].token_type == TokenType.EQ:
            at += 3
        composed = at < len(tokens) and (
            tokens[at].token_type == TokenType.L_PAREN or tokens[at].token_type in _STRINGS
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
    string = next((index for index, token in enumerate(tokens) if token.token_type in _STRINGS), -1)
    inner = constant(collector, tokens[string]) if string >= 0 and not _is_composed(tokens, string) else None
    if inner:
        run(collector, inner, routine)
        return
    start, end = tokens[0].start, tokens[-1].end + 1
    collector.report(
        Code.DYNAMIC_SQL, Severity.WARNING, "SQL made at run time cannot be followed", start, end
    )
    collector.add(None, tokens, "dynamic sql", "partial", routine)


def _is_composed(tokens: list[Token], at: int) -> bool:
    """Whether the constant is only a piece of the SQL: concatenated, or an argument that comes after the SQL."""
    if at + 1 < len(tokens) and tokens[at + 1].text in ("||", "+", "|", "&"):
        return True
    if at == 0:
        return False
    before = word(tokens[at - 1])
    if before in ("IMMEDIATE", "EXECUTE", "EXEC", "FROM", "SP_EXECUTESQL", "FOR", "AS"):
        return False
    previous = word(tokens[at - 2]) if at >= 2 else ""
    if tokens[at - 1].token_type == TokenType.L_PAREN:
        return previous not in ("EXEC", "EXECUTE", "IMMEDIATE")
    return not (tokens[at - 1].token_type == TokenType.EQ and previous in ("STMT", "STATEMENT"))
