"""Statements that sqlglot refuses, in an equivalent form that it parses: same lineage, same offsets of what stays.

One rule per verb. A rule knows the grammar of its statement in every dialect at once, and leaves out or moves the parts
that carry no lineage (modifiers, hints, logging) or that sqlglot wants elsewhere (OUTPUT, FROM, DELETE WHERE).
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot.tokens import Token, TokenType

from lineagraph.sql.clause_rewrites import plain_clauses
from lineagraph.sql.create_rewrites import query_start, rewrite_create
from lineagraph.sql.insert_rewrites import joined, rewrite_insert, rewrite_replace
from lineagraph.sql.phrases import (
    after_brackets,
    at,
    bracketed,
    closing,
    find,
    find_or_end,
    first_word,
    follows,
    is_string,
    items,
    name_end,
    skip_words,
    stand_in,
)

_VERBS = "SELECT|SEL|INSERT|INS|UPDATE|UPD|DELETE|DEL|MERGE|REPLACE|UPSERT|WITH|COPY|FROM|VALUES|TRUNCATE"
_TAILS = (
    "LOG ERRORS",
    "LOGGING ALL? ERRORS",
    "WITH UR|CS|RS|RR",
    "EMIT CHANGES|FINAL",
    "OPTION (",
    "WHERE CURRENT OF",
    "DISTRIBUTED BY|RANDOMLY|REPLICATED",
    "WITH PRIMARY KEY",
    "WITH NO? DATA",
)
"""What may stand behind a query or a DML statement without changing its lineage."""

_SET_OPERATORS = frozenset({"+", "-", "*", "/", "%", "&", "|", "^", "||"})


def rewrite(tokens: list[Token], dialect: str) -> list[Token] | None:
    """An equivalent statement that sqlglot may parse, or None if no rule applies. Raises nothing, whatever the tokens.

    Tokens that stay are the same objects; stand-ins for words that are not written point at a neighbour. Their
    order can differ from the file's, so spans are to be looked up among the original tokens.
    """
    if not tokens:
        return None
    try:
        rewritten = _rewritten(tokens, dialect)
    except IndexError:
        # a statement that breaks off in the middle of what a rule expects
        return None
    if not rewritten or (len(rewritten) == len(tokens) and all(map(lambda a, b: a is b, rewritten, tokens))):
        return None
    return rewritten


def _rewritten(tokens: list[Token], dialect: str) -> list[Token] | None:
    tokens = _unwrapped(tokens)
    tokens = _without_locking(tokens, dialect)
    tokens = _file_rowsets(tokens, dialect)
    tokens = plain_clauses(tokens, dialect)
    if dialect == "databricks":
        tokens = plain_streams(tokens)
    if not tokens:
        return None
    created = tokens[0].text.upper() in ("CREATE", "REPLACE", "DECLARE", "CT", "CV", "ALTER")
    if created and (ddl := _rewrite_ddl(tokens, dialect)) is not None:
        return ddl
    tokens = _changed_rows(tokens, dialect)
    begin = main_verb(tokens)
    prefix, rest = _ctes(tokens[:begin]), tokens[begin:]
    if not rest:
        return None
    rule = _RULES.get(first_word(rest, 0))
    if rule is None:
        return prefix + rest
    if _says_more(rest, dialect):
        return None
    rest = rule(rest, dialect)
    tail = find_or_end(rest, _TAILS, 1)
    return prefix + rest[:tail]


def main_verb(tokens: list[Token]) -> int:
    """The index of the verb behind a WITH clause; 0 where there is none."""
    if at(tokens, 0) != "WITH":
        return 0
    found = find(tokens, ["SELECT|SEL|INSERT|INS|UPDATE|UPD|DELETE|DEL|MERGE|REPLACE|UPSERT|FROM"], 1)
    return max(found, 0)


def _says_more(tokens: list[Token], dialect: str) -> bool:
    """Is it two statements in one, which no AST holds? (`sql.commands` reads them.)"""
    if dialect in ("tsql", "fabric"):
        output = find(tokens, ["OUTPUT"], 1)
        return output > 0 and output < find(
            tokens, ["INTO", "SELECT", "WHERE", "FROM", "VALUES"], output
        ) == find(tokens, ["INTO"], output)
    return dialect == "teradata" and find(tokens, ["ELSE INSERT|INS"], 1) > 0


def _rewrite_ddl(tokens: list[Token], dialect: str) -> list[Token] | None:
    first, second = at(tokens, 0), at(tokens, 1)
    if first in ("CT", "CV"):
        full = stand_in("CREATE TABLE" if first == "CT" else "CREATE VIEW", tokens[0], dialect)
        return rewrite_create([*full, *tokens[1:]], dialect)
    if first == "ALTER":
        query = follows(tokens, find(tokens, ["MODIFY QUERY"], 2), "MODIFY QUERY") if second == "TABLE" else 0
        if 0 < query < len(tokens):
            create = stand_in("CREATE OR REPLACE MATERIALIZED VIEW", tokens[0], dialect)
            name = tokens[2 : name_end(tokens, 2)]
            return [*create, *name, *stand_in("AS", tokens[query], dialect), *tokens[query:]]
        if find(tokens, ["VIEW"], 1, 16) < 0 or query_start(tokens, 2)[0] < 0:
            return None
    return rewrite_create(tokens, dialect)


def _unwrapped(tokens: list[Token]) -> list[Token]:
    """The statement inside: of psql's `\\copy`, of a task, a pipe, a flow, an event that runs it."""
    if at(tokens, 0) == "\\" and at(tokens, 1) == "COPY":
        return tokens[1:]
    start = 0
    if at(tokens, 0) in ("CREATE", "ALTER", "SUBMIT"):
        kinds = "TASK|PIPE|PIPELINE|FLOW|EVENT|ALERT"
        kind = find(tokens, [kinds], 1, 8)
        if kind > 0 and all(at(tokens, i) in _WRAPPER_WORDS for i in range(1, kind)):
            found = find(tokens, [f"AS {_VERBS}|LOAD", f"DO {_VERBS}", f"THEN {_VERBS}"], kind)
            start = found + 1
    return tokens[start:] if start > 0 else tokens


_WRAPPER_WORDS = frozenset(
    "OR REPLACE ALTER IF NOT EXISTS DEFINER = CURRENT_USER AGGREGATE TEMPORARY SERVERLESS".split()
)


def _without_locking(tokens: list[Token], dialect: str) -> list[Token]:
    """Without Teradata's `LOCKING … FOR ACCESS`, at the start and inside of views."""
    if dialect != "teradata":
        return tokens
    kept: list[Token] = []
    index = 0
    while index < len(tokens):
        previous = at(tokens, index - 1)
        if at(tokens, index) in ("LOCKING", "LOCK") and (
            index == 0 or previous in ("AS", "(", "NOWAIT", "MODE") or previous in _LOCKS
        ):
            mode = find(tokens, ["FOR|IN ACCESS|READ|WRITE|SHARE|EXCLUSIVE|EXCL|CHECKSUM|LOAD"], index)
            if 0 < mode <= index + 9:
                index = mode + 2
                index = follows(tokens, index, "COMMITTED") or index
                index = follows(tokens, index, "MODE? NOWAIT?") or index
                continue
        kept.append(tokens[index])
        index += 1
    return kept


_LOCKS = frozenset({"ACCESS", "READ", "WRITE", "SHARE", "EXCLUSIVE", "EXCL", "CHECKSUM"})


def _file_rowsets(tokens: list[Token], dialect: str) -> list[Token]:
    """T-SQL's `OPENROWSET(BULK 'address', …) WITH (…)` as `OPENROWSET('address')`."""
    if dialect not in ("tsql", "fabric"):
        return tokens
    kept: list[Token] = []
    index = 0
    while index < len(tokens):
        if follows(tokens, index, "OPENROWSET ( BULK") and is_string(tokens, index + 3):
            end = closing(tokens, index + 1)
            address = tokens[index + 3]
            plain = Token(
                TokenType.STRING,
                address.text,
                line=address.line,
                col=address.col,
                start=address.start,
                end=address.end,
            )
            kept += [tokens[index], tokens[index + 1], plain, tokens[end]]
            index = end + 1
            if follows(tokens, index, "WITH ("):
                index = closing(tokens, index + 1) + 1
        else:
            kept.append(tokens[index])
            index += 1
    return kept


def plain_streams(tokens: list[Token]) -> list[Token]:
    """Databricks pipelines: `STREAM(LIVE.t)`, `STREAM t` and `LIVE.t` read the table t."""
    kept: list[Token] = []
    index = 0
    closers: set[int] = set()
    while index < len(tokens):
        text = at(tokens, index)
        previous = at(tokens, index - 1)
        if text == "STREAM" and previous in ("FROM", "JOIN", ",", "(", "USING"):
            if at(tokens, index + 1) == "(":
                closers.add(closing(tokens, index + 1))
                index += 1
        elif not ((text == "LIVE" and at(tokens, index + 1) == ".") or (text == "." and previous == "LIVE")):
            if index not in closers:
                kept.append(tokens[index])
        index += 1
    return kept


def _changed_rows(tokens: list[Token], dialect: str) -> list[Token]:
    """`FROM FINAL TABLE (INSERT …)` (Db2), `FROM (DELETE … OUTPUT …) AS d` (T-SQL): the DML as a CTE before it."""
    for index, token in enumerate(tokens):
        if token.token_type != TokenType.L_PAREN or at(tokens, index + 1) not in (
            "INSERT",
            "UPDATE",
            "DELETE",
            "MERGE",
        ):
            continue
        table = index - 2 if follows(tokens, index - 2, "FINAL|NEW|OLD TABLE (") else index
        if at(tokens, table - 1) not in ("FROM", "JOIN", ","):
            continue
        end = closing(tokens, index)
        inner = rewrite(tokens[index + 1 : end], dialect) or tokens[index + 1 : end]
        if table < index:
            inner = [*inner, *stand_in("RETURNING *", token, dialect)]
        name = stand_in(_CHANGED, token, dialect)
        cte = [*name, *stand_in("AS (", token, dialect), *inner, tokens[end]]
        rest = [*tokens[:table], *name, *tokens[end + 1 :]]
        if at(rest, 0) == "WITH":
            verb = main_verb(rest)
            return [*rest[:verb], *stand_in(",", token, dialect), *cte, *rest[verb:]]
        return [*stand_in("WITH", token, dialect), *cte, *rest]
    return tokens


_CHANGED = "changed_rows_"


def _ctes(prefix: list[Token]) -> list[Token]:
    """A WITH clause without XMLNAMESPACES (T-SQL)."""
    if not follows(prefix, 0, "WITH XMLNAMESPACES ("):
        return prefix
    rest = prefix[closing(prefix, 2) + 1 :]
    return [prefix[0], *rest[1:]] if rest else []


def _update(tokens: list[Token], dialect: str) -> list[Token]:
    index = skip_words(tokens, 1, frozenset({"LOW_PRIORITY", "IGNORE"}))
    index = follows(tokens, index, "OR REPLACE|IGNORE|ABORT|FAIL|ROLLBACK") or index
    if follows(tokens, index, "TOP ("):
        index = closing(tokens, index + 1) + 1
        index = follows(tokens, index, "PERCENT") or index
    head, rest = tokens[:1], tokens[index:]
    set_ = find(rest, ["SET"], 1)
    if set_ < 0:
        return head + rest
    rest = _plain_assignments(rest, set_, dialect)
    where = find_or_end(rest, ["WHERE"], set_)
    if at(rest, 0) == "(" and at(rest, 1) in ("SELECT", "SEL", "WITH"):
        # Oracle: a join may be updated; the query becomes the FROM clause that T-SQL has
        end = closing(rest, 0)
        name = rest[end + 1 : set_] or stand_in(_CHANGED, rest[0], dialect)
        from_ = [*stand_in("FROM", rest[0], dialect), *rest[: end + 1], *name]
        return [*head, *name, *rest[set_:where], *from_, *rest[where:]]
    from_at = find(rest, ["FROM"], 1, set_)
    if from_at > 0 and name_end(rest, _last_item(rest, from_at, set_)) == set_:
        # Teradata: UPDATE t FROM s SET …, where sqlglot takes SET for an alias
        return [*head, *rest[:set_], *stand_in("AS", rest[set_], dialect), rest[set_ - 1], *rest[set_:]]
    return head + rest


def _last_item(tokens: list[Token], begin: int, end: int) -> int:
    """Where the last item of the comma-separated list in (begin, end) starts."""
    return end - len(items(tokens[begin + 1 : end])[-1])


def _delete(tokens: list[Token], dialect: str) -> list[Token]:
    index = skip_words(tokens, 1, frozenset({"LOW_PRIORITY", "QUICK", "IGNORE"}))
    if follows(tokens, index, "TOP ("):
        index = closing(tokens, index + 1) + 1
        index = follows(tokens, index, "PERCENT") or index
    head, rest = tokens[:1], tokens[index:]
    if rest and at(rest, -1) == "" and word_of(rest[-1]) == "ALL":
        rest = rest[:-1]
    first_from = at(rest, 0) == "FROM"
    from_at = find(rest, ["FROM"], 1)
    output = find(rest, ["OUTPUT"], 1) if dialect in ("tsql", "fabric") else -1
    if first_from and from_at > 0 and dialect in ("tsql", "fabric"):
        return head + rest[1:]  # DELETE FROM x FROM t AS x …
    if not first_from and from_at < 0:
        rest = stand_in("FROM", tokens[0], dialect) + rest
        output += 1 if output >= 0 else 0
    elif not first_from and dialect == "teradata" and not _names(rest, from_at, word_of(rest[0])):
        return [
            *head,
            *stand_in("FROM", tokens[0], dialect),
            *rest[:from_at],
            *stand_in("USING", rest[from_at], dialect),
            *rest[from_at + 1 :],
        ]
    elif not first_from:
        end = output if 0 <= output < from_at else from_at
        return head + [
            t for i, t in enumerate(rest) if i >= end or (at(rest, i) != "*" and not follows(rest, i, ". *"))
        ]
    if output >= 0 and find(rest, ["FROM"], output) < 0:
        end = find_or_end(rest, ["WHERE", "OPTION ("], output)
        rest = rest[:output] + rest[end:] + rest[output:end]
    return head + rest


def word_of(token: Token) -> str:
    return token.text.upper()


def _names(tokens: list[Token], begin: int, name: str) -> bool:
    """Is a table or alias of this name in the FROM clause that starts at `begin`?"""
    end = find_or_end(tokens, ["WHERE"], begin)
    return any(
        word_of(token) == name and at(tokens, index + 1) != "."
        for index, token in enumerate(tokens[:end])
        if index > begin
    )


def _merge(tokens: list[Token], dialect: str) -> list[Token]:
    index = 1
    if follows(tokens, index, "TOP ("):
        index = closing(tokens, index + 1) + 1
        index = follows(tokens, index, "PERCENT") or index
    index = follows(tokens, index, "WITH SCHEMA EVOLUTION") or index
    end = name_end(tokens, follows(tokens, index, "INTO") or index)
    rest = end
    if follows(tokens, end, "WITH ("):
        rest = closing(tokens, end + 1) + 1
    kept = [*tokens[:1], *tokens[index:end]]
    arms = find_or_end(tokens, ["WHEN", "REMOVE DUPLICATES"], rest)
    kept += tokens[rest:arms]
    if follows(tokens, arms, "REMOVE DUPLICATES"):
        # Redshift: replaces the rows that match, adds the others
        text = "WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *"
        return kept + stand_in(text, tokens[arms], dialect)
    while arms < len(tokens):
        following = find_or_end(tokens, ["WHEN"], arms + 1)
        kept += _arm(tokens[arms:following], dialect)
        arms = following
    return kept


def _arm(arm: list[Token], dialect: str) -> list[Token]:
    then = find(arm, ["THEN"])
    verb = at(arm, then + 1)
    deletes = find(arm, ["DELETE WHERE"], then + 1) if then >= 0 else -1
    if deletes > then + 1:
        # Oracle deletes, of the rows it has just updated, those that meet the condition: an arm of its own
        condition = arm[deletes + 2 : find_or_end(arm, _TAILS, deletes)]
        begin, end = condition[0], condition[-1]
        extra = [
            *stand_in("WHEN MATCHED AND (", begin, dialect),
            *condition,
            *stand_in(") THEN DELETE", end, dialect),
        ]
        return _arm(arm[:deletes], dialect) + extra
    if verb in ("UPDATE", "UPD"):
        return _plain_assignments(arm, then, dialect)
    if verb in ("INSERT", "INS") and dialect == "teradata" and at(arm, then + 2) == "(":
        end = closing(arm, then + 2)
        if at(arm, end + 1) not in ("VALUES", "VALUE"):
            # Teradata: INSERT (values)
            return [*arm[: then + 2], *stand_in("VALUES", arm[then + 2], dialect), *arm[then + 2 :]]
    return arm


def _plain_assignments(arm: list[Token], begin: int, dialect: str) -> list[Token]:
    """`a += b` (T-SQL) as `a = a + b`."""
    kept = arm[: begin + 1]
    for index in range(begin + 1, len(arm)):
        token = arm[index]
        if (
            at(arm, index + 1) == "="
            and at(arm, index) in _SET_OPERATORS
            and token.end + 1 == arm[index + 1].start
        ):
            continue
        kept.append(token)
        if at(arm, index) == "=" and at(arm, index - 1) in _SET_OPERATORS:
            kept += [*_column_before(arm, index - 1), arm[index - 1]]
    return kept


def _column_before(tokens: list[Token], end: int) -> list[Token]:
    begin = end
    while begin > 0 and (begin == end or at(tokens, begin - 1) == "." or at(tokens, begin) == "."):
        begin -= 1
    return tokens[begin:end]


def _select(tokens: list[Token], dialect: str) -> list[Token]:
    """SELECT … INTO @variables, which are not written anywhere."""
    into = find(tokens, ["INTO"], 1)
    if into < 0 or at(tokens, into + 1) not in ("@", ":"):
        return tokens
    index = into + 1
    while at(tokens, index) in ("@", ":", ",") or (
        at(tokens, index - 1) in ("@", ":") and index < len(tokens)
    ):
        index += 1
    return tokens[:into] + tokens[index:]


def _copy(tokens: list[Token], dialect: str) -> list[Token]:
    """COPY [INTO] t [(columns)] FROM|TO source: without options, and with a column list of names."""
    if at(tokens, 0) == "BULK":
        tokens = [*stand_in("COPY INTO", tokens[0], dialect), *tokens[2:]]
    index = follows(tokens, 1, "INTO") or 1
    end = after_brackets(tokens, index) if at(tokens, index) == "(" else name_end(tokens, index)
    kept = tokens[:end]
    if at(tokens, end) == "(":
        named = [
            item[:1]
            for item in bracketed(tokens, end)
            if not any(word_of(token) == "FILLER" for token in item)
        ]
        kept += [tokens[end], *joined(named, dialect), tokens[closing(tokens, end)]]
        end = closing(tokens, end) + 1
    if at(tokens, end) not in ("FROM", "TO") or at(tokens, end + 1) in ("PROGRAM", "STDIN", "STDOUT"):
        return tokens
    source = skip_words(tokens, end + 1, frozenset({"LOCAL", "S3", "GCS", "AZURE", "HDFS"}))
    if at(tokens, source) == "(":
        last = after_brackets(tokens, source)
    else:
        last = source + 1 if is_string(tokens, source) else name_end(tokens, source)
    return [*kept, tokens[end], *tokens[source:last]]


def _truncate(tokens: list[Token], dialect: str) -> list[Token]:
    """TRUNCATE without what becomes of the storage."""
    index = follows(tokens, 1, "TABLE") or 1
    end = name_end(tokens, follows(tokens, index, "ONLY") or index)
    while at(tokens, end) == ",":
        end = name_end(tokens, end + 1)
    return tokens[:end]


_RULES: dict[str, Callable[[list[Token], str], list[Token]]] = {
    "INSERT": rewrite_insert,
    "INS": rewrite_insert,
    "UPSERT": rewrite_insert,
    "REPLACE": rewrite_replace,
    "UPDATE": _update,
    "UPD": _update,
    "DELETE": _delete,
    "DEL": _delete,
    "MERGE": _merge,
    "SELECT": _select,
    "SEL": _select,
    "FROM": lambda tokens, dialect: tokens,
    "VALUES": lambda tokens, dialect: tokens,
    "COPY": _copy,
    "BULK": _copy,
    "TRUNCATE": _truncate,
}
