"""T-SQL: statements without terminators, found by where a keyword can only begin the next one; batches end at GO."""

from __future__ import annotations

import re
from bisect import bisect_left
from operator import attrgetter
from typing import NamedTuple

from sqlglot.tokens import Token, TokenType

from lineagraph.sql.boundaries import QUOTED, word

_DML = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE", "MERGE"})
_STARTERS = (
    _DML
    | frozenset(
        """
    WITH CREATE ALTER DROP TRUNCATE EXEC EXECUTE DECLARE SET IF ELSE WHILE BEGIN END RETURN PRINT RAISERROR
    THROW GOTO BREAK CONTINUE OPEN CLOSE FETCH DEALLOCATE USE GRANT DENY REVOKE BACKUP RESTORE DBCC WAITFOR
    COMMIT ROLLBACK SAVE KILL CHECKPOINT RECONFIGURE REVERT BULK SHUTDOWN ENABLE DISABLE SEND RECEIVE GET MOVE
    RENAME COPY READTEXT WRITETEXT UPDATETEXT
    """.split()
    )
    | {"UPDATE STATISTICS"}
)
_OBJECTS = frozenset(
    """
    TABLE VIEW PROC PROCEDURE FUNCTION TRIGGER INDEX DATABASE SCHEMA LOGIN USER ROLE TYPE SYNONYM SEQUENCE
    STATISTICS DEFAULT RULE ASSEMBLY CERTIFICATE MASTER SYMMETRIC ASYMMETRIC CREDENTIAL ENDPOINT EVENT
    FULLTEXT MESSAGE PARTITION QUEUE REMOTE ROUTE SERVICE SECURITY CONTRACT XML APPLICATION BROKER
    CRYPTOGRAPHIC SERVER SPATIAL UNIQUE CLUSTERED NONCLUSTERED COLUMNSTORE EXTERNAL SECURITY AVAILABILITY
    RESOURCE WORKLOAD SEARCH SELECTIVE SIGNATURE AGGREGATE COUNTER OR MATERIALIZED AUTHORIZATION PRIMARY JSON
    VECTOR
    """.split()
) | {"CLUSTERED INDEX", "NONCLUSTERED INDEX", "UNIQUE CLUSTERED"}
_PERMISSIONS = frozenset({"GRANT", "DENY", "REVOKE"})
_ROUTINES = {"PROC": "PROCEDURE", "PROCEDURE": "PROCEDURE", "FUNCTION": "FUNCTION", "TRIGGER": "TRIGGER"}
# Words that are no reserved words, so they begin a statement only before these.
_NEEDS = {
    "ENABLE": {"TRIGGER"},
    "DISABLE": {"TRIGGER"},
    "SEND": {"ON"},
    "RECEIVE": {"TOP", "*", "CONVERSATION_HANDLE"},
    "GET": {"CONVERSATION"},
    "MOVE": {"CONVERSATION"},
    "RENAME": {"OBJECT"},
    "COPY": {"INTO"},
    "BULK": {"INSERT"},
    "SHUTDOWN": {"WITH", ""},
}


class Piece(NamedTuple):
    """A statement's tokens (without terminator), or a `header` of a routine, whose body follows until `last`."""

    tokens: list[Token]
    verb: str
    header: str = ""
    """`PROCEDURE`, `FUNCTION`, `TRIGGER` where the piece is a routine's header, `END BATCH` where a batch ends."""


_WATCHED = _STARTERS | {"CASE", "TO", "FROM", "VALUES"}
_NEVER = QUOTED | {
    TokenType.COMMA,
    TokenType.DOT,
    TokenType.EQ,
    TokenType.NUMBER,
    TokenType.PARAMETER,
    TokenType.STAR,
}
"""Tokens that are no keywords, the most frequent ones."""
_START = attrgetter("start")
_GO = re.compile(
    r"(?:\A|[\r\n])[ \t]*GO(?=[ \t]*(?:\d+[ \t]*)?;?[ \t]*(?:--[^\n]*|/\*[^\n]*)?(?:[\r\n]|\Z))",
    re.IGNORECASE,
)
"""`GO` alone on its line, but for a count and a comment."""

END_BATCH = Piece([], "", "END BATCH")


def split(tokens: list[Token], text: str) -> list[Piece]:
    """Every statement of a T-SQL script in order; control flow (`IF condition`, `BEGIN`, `ELSE`) are pieces as well."""
    pieces: list[Piece] = []
    begin = 0
    size = len(tokens)
    if not size:
        return pieces
    line = text.rfind("\n", 0, tokens[0].start) + 1
    for found in _GO.finditer(text, max(0, line - 1), tokens[-1].end + 1):
        at = found.end() - 2
        index = bisect_left(tokens, at, lo=begin, key=_START)
        if index == size or tokens[index].start != at:
            # Inside a comment or a string.
            continue
        _batch(tokens[begin:index], pieces)
        pieces.append(END_BATCH)
        begin = index + 1
        if (
            begin < size
            and tokens[begin].token_type is TokenType.NUMBER
            and tokens[begin].line == tokens[index].line
        ):
            begin += 1
    _batch(tokens[begin:], pieces)
    return pieces


def certain(pieces: list[Piece]) -> int:
    """How many of the pieces stay as they are whatever tokens follow: not the last one, which may go on, nor the one
    before if the last has no token yet that shows it to be another; and a function's header goes with its RETURN."""
    sure = len(pieces)
    if sure and pieces[-1] is not END_BATCH:
        sure -= 1
        if sure and len(pieces[-1].tokens) == 1 and pieces[sure - 1] is not END_BATCH:
            sure -= 1
    while sure and pieces[sure - 1].header == "FUNCTION":
        sure -= 1
    return sure


def _batch(tokens: list[Token], pieces: list[Piece]) -> None:
    size = len(tokens)
    start = index = parens = cases = 0
    verb = ""
    state = _State()
    while index < size:
        token = tokens[index]
        kind = token.token_type
        if kind is TokenType.SEMICOLON:
            if index > start:
                pieces.append(Piece(tokens[start:index], verb))
            index += 1
            start = index
            continue
        if index == start:
            end = _first(tokens, index, pieces)
            if end:
                index = start = end
                continue
            verb = word(token) or token.text
            state = _State()
            parens = 1 if kind is TokenType.L_PAREN else 0
            cases = 0
            index += 1
            continue
        if kind is TokenType.L_PAREN:
            parens += 1
        elif kind is TokenType.R_PAREN:
            parens = max(0, parens - 1)
        elif not parens and kind not in _NEVER:
            text = token.text.upper()
            if text not in _WATCHED:
                if kind is TokenType.VAR and _is_label(tokens, index):
                    pieces.append(Piece(tokens[start:index], verb))
                    start = index
                    continue
            elif text == "CASE":
                cases += 1
            elif cases and text == "END":
                cases -= 1
            elif text in _STARTERS:
                if not (cases and text == "ELSE"):
                    if _begins(tokens, index, text, verb, start, state):
                        pieces.append(Piece(tokens[start:index], verb))
                        start = index
                        continue
                    verb = _continued(tokens, index, text, verb, state)
            elif text == "VALUES" or verb in _PERMISSIONS:
                state.main = True
        index += 1
    if size > start:
        pieces.append(Piece(tokens[start:size], verb))


def _first(tokens: list[Token], index: int, pieces: list[Piece]) -> int:
    """A routine's header, a piece of control flow or a label at the start of a statement: the index after it,
    else 0."""
    text = word(tokens[index])
    if text in ("CREATE", "ALTER"):
        header = _routine_header(tokens, index)
        if header is None:
            return 0
        kind, end = header
        pieces.append(Piece(tokens[index:end], text, kind))
        return end
    if text in ("BEGIN", "END", "ELSE", "BREAK", "CONTINUE"):
        end = _flow_end(tokens, index)
        pieces.append(Piece(tokens[index:end], text))
        return end
    return index + 2 if _is_label(tokens, index) else 0


def _continued(tokens: list[Token], index: int, text: str, verb: str, state: _State) -> str:
    """Notes a starter that belongs to the current statement; gives its verb, which WITH takes from its main
    statement."""
    if text == "WITH":
        state.cte = state.cte or _is_cte(tokens, index)
    elif text in _DML:
        if verb == "WITH" and not state.main:
            state.main = text != "INSERT"
            return text
        if verb not in _PERMISSIONS:
            state.main = True
            state.cte = False
    elif text in ("EXEC", "EXECUTE"):
        state.main = verb not in _PERMISSIONS
        if verb == "INSERT":
            return "INSERT EXEC"
    elif text == "SET":
        state.set = True
    return verb


def _is_label(tokens: list[Token], index: int) -> bool:
    """`name:` at the start of a line, GOTO's target."""
    if index + 1 >= len(tokens) or tokens[index + 1].token_type is not TokenType.COLON:
        return False
    if tokens[index].token_type is not TokenType.VAR:
        return False
    return index == 0 or tokens[index - 1].line < tokens[index].line


class _State:
    """What of the current statement was seen: its main verb or source (after WITH, INSERT), its SET, a CTE list."""

    __slots__ = ("cte", "main", "set")

    def __init__(self) -> None:
        self.main = False
        self.set = False
        self.cte = False
        """A CTE list inside the statement (`CREATE VIEW v AS WITH …`) still waits for its SELECT."""


def _begins(tokens: list[Token], index: int, text: str, verb: str, start: int, state: _State) -> bool:
    """Whether the keyword at `index` begins the next statement rather than continuing the current one."""
    previous_token = tokens[index - 1]
    previous = word(previous_token)
    if previous_token.token_type == TokenType.DOT:
        return False
    following_token = tokens[index + 1] if index + 1 < len(tokens) else None
    following = word(following_token) if following_token is not None else ""
    if following_token is not None and following_token.token_type in (TokenType.DOT, TokenType.EQ):
        # A name that happens to be a keyword (`get = 1`, `SEND.x`); `SET @x` never looks so.
        return False
    if verb in _PERMISSIONS and not state.main:
        return False
    needed = _NEEDS.get(text)
    if needed is not None:
        return following in needed
    if previous == "WITH" and text in ("GRANT", "ROLLBACK"):
        return False
    if text in _DML:
        return _dml_begins(text, verb, previous, following, following_token, state)
    if text == "WITH":
        if previous in ("AS", "FOR", "RETURN") or (verb == "INSERT" and not state.main):
            return False
        return _is_cte(tokens, index)
    if text in ("EXEC", "EXECUTE"):
        return not ((verb == "INSERT" and not state.main) or previous in ("WITH", "AS"))
    if text == "SET":
        if verb == "UPDATE":
            return state.set
        if verb == "ALTER":
            about = word(tokens[start + 1])
            if about in ("TABLE", "INDEX"):
                return following != "("
            # ALTER DATABASE name SET …, ALTER SERVER CONFIGURATION SET …
            return state.set or about not in ("DATABASE", "SERVER", "RESOURCE") or index - start > 5
        return previous not in ("UPDATE", "DELETE", "THEN")
    if text in ("DROP", "ALTER"):
        if (verb == "ALTER" and following not in _OBJECTS) or previous == "OR":
            return False
        return not (verb == "ALTER" and previous == ",")
    if text == "IF":
        return following != "EXISTS" or verb not in ("DROP", "ALTER", "CREATE")
    if text == "FETCH":
        return previous not in ("ROW", "ROWS")
    if text in ("SAVE", "KILL", "THROW", "CHECKPOINT", "BREAK", "REVERT", "BACKUP", "RESTORE"):
        return previous not in ("AS", ",", "=", "WITH")
    if text == "USE":
        return previous not in (",", "(")
    if text == "CLOSE" or text == "OPEN":
        return previous not in (",", "=", "AS")
    return True


def _dml_begins(
    text: str, verb: str, previous: str, following: str, following_token: Token | None, state: _State
) -> bool:
    if state.cte or (verb in ("WITH", "INSERT") and text == "SELECT" and not state.main):
        return False
    if text == "SELECT":
        return previous not in ("UNION", "ALL", "EXCEPT", "INTERSECT", "AS", "FOR", "RETURN")
    if text == "MERGE" and following in ("JOIN", "UNION"):
        return False
    if previous in ("THEN", "BULK", "OF", "AFTER", "FOR", ",") or (
        previous == "ON" and verb in ("CREATE", "ALTER")
    ):
        # MERGE … THEN UPDATE, ON DELETE CASCADE, FOR UPDATE
        return False
    if text == "UPDATE" and following_token is not None and following_token.token_type == TokenType.L_PAREN:
        # A trigger's `IF UPDATE(column)`.
        return verb not in ("IF", "WHILE") and previous not in ("AND", "OR", "NOT")
    return not (verb == "WITH" and not state.main)


def _is_cte(tokens: list[Token], index: int) -> bool:
    """`WITH name AS (`, `WITH name (columns) AS (`, `WITH XMLNAMESPACES (`, and not a hint or an option."""
    size = len(tokens)
    if index + 2 >= size:
        return False
    if word(tokens[index + 1]) == "XMLNAMESPACES":
        return True
    if tokens[index + 1].token_type == TokenType.L_PAREN:
        return False
    at = index + 2
    if word(tokens[index + 1]) in ("@", "#") and at + 1 < size:
        at += 1
    if tokens[at].token_type == TokenType.L_PAREN:
        while at < size and tokens[at].token_type != TokenType.R_PAREN:
            at += 1
        at += 1
    return at + 1 < size and word(tokens[at]) == "AS" and tokens[at + 1].token_type == TokenType.L_PAREN


def _flow_end(tokens: list[Token], index: int) -> int:
    """The end of BEGIN [TRY | TRANSACTION name …], END [TRY | CATCH], ELSE."""
    text = word(tokens[index])
    following = word(tokens[index + 1]) if index + 1 < len(tokens) else ""
    if text == "BEGIN":
        if following in ("TRY", "CATCH"):
            return index + 2
        if following in ("TRAN", "TRANSACTION", "DISTRIBUTED", "DIALOG", "CONVERSATION"):
            end = index + 2
            while end < len(tokens) and tokens[end].token_type != TokenType.SEMICOLON:
                if word(tokens[end]) in _STARTERS and word(tokens[end]) != "WITH":
                    break
                end += 1
            return end
        if following == "ATOMIC":
            return _after_parens(tokens, index + 2)
    elif text == "END" and following in ("TRY", "CATCH"):
        return index + 2
    elif text == "END" and following == "CONVERSATION":
        end = index + 2
        while end < len(tokens) and tokens[end].token_type != TokenType.SEMICOLON:
            if word(tokens[end]) in _STARTERS and word(tokens[end]) != "WITH":
                break
            end += 1
        return end
    return index + 1


def _after_parens(tokens: list[Token], index: int) -> int:
    depth = 0
    while index < len(tokens):
        kind = tokens[index].token_type
        if kind == TokenType.L_PAREN:
            depth += 1
        elif kind == TokenType.R_PAREN:
            depth -= 1
            if depth == 0:
                return index + 1
        elif kind == TokenType.SEMICOLON:
            return index
        index += 1
    return index


def _routine_header(tokens: list[Token], index: int) -> tuple[str, int] | None:
    """(kind, index of the body's first token) of CREATE [OR ALTER] PROCEDURE, FUNCTION or TRIGGER, else None."""
    at = index + 1
    while at < len(tokens) and word(tokens[at]) in ("OR", "ALTER", "REPLACE"):
        at += 1
    kind = _ROUTINES.get(word(tokens[at])) if at < len(tokens) else None
    if kind is None:
        return None
    depth = 0
    at += 1
    size = len(tokens)
    while at < size:
        token_type = tokens[at].token_type
        if token_type == TokenType.L_PAREN:
            depth += 1
        elif token_type == TokenType.R_PAREN:
            depth -= 1
        elif token_type == TokenType.SEMICOLON and depth <= 0:
            return (kind, at)
        elif depth <= 0:
            text = word(tokens[at])
            if text == "AS" and word(tokens[at - 1]) not in ("EXECUTE", "EXEC"):
                declares = word(tokens[at - 2]) == "@" if at >= 2 else False
                if not declares or (at + 1 < size and word(tokens[at + 1]) in _STARTERS):
                    return (kind, at + 1)
            elif text == "BEGIN" or (text == "RETURN" and kind == "FUNCTION"):
                return (kind, at)
        at += 1
    return (kind, size)
