"""Bulk loads, unloads, exports and imports by their tokens: files and URLs are datasets named by their address."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlglot.tokens import Token, TokenType

from lineagraph.model import DatasetKind, EdgeKind
from lineagraph.sql import embedded
from lineagraph.sql.facts import Output, Ref, Select, Source, Star, Table, Write
from lineagraph.sql.phrases import (
    STRINGS,
    after_brackets,
    at,
    bracketed,
    closing,
    find,
    find_or_end,
    follows,
    is_string,
    items,
    name_end,
    stand_in,
)
from lineagraph.sql.state import StatementState
from lineagraph.sql.token_rewrites import plain_streams

JOIN, IDENTITY, TRANSFORMATION = int(EdgeKind.JOIN), int(EdgeKind.IDENTITY), int(EdgeKind.TRANSFORMATION)
_ADDRESS_OPTIONS = frozenset({"PATH", "URI", "URIS", "LOCATION", "DIRECTORY", "EXTERNAL_LOCATION"})


def read_transfer(tokens: list[Token], state: StatementState) -> bool:
    """Effects of UNLOAD, LOAD, EXPORT, IMPORT and SELECT … INTO OUTFILE. False if it is something else."""
    reader = _READERS.get(at(tokens, 0))
    return reader is not None and reader(tokens, state)


def _written(address: int, relation: int, state: StatementState) -> bool:
    if address < 0 or relation < 0:
        return False
    state.effects.append(Write(address, relation, overwrite=True))
    return True


def _rows_of(tokens: list[Token], state: StatementState) -> int:
    """The relation of a bracketed query, of a query in a string, or of the rows of a table [(columns)]."""
    if not tokens:
        return -1
    if is_string(tokens, 0):
        return embedded.read_quoted_query(tokens[0], state)
    if at(tokens, 0) in ("(", "SELECT", "WITH", "SEL", "VALUES", "FROM"):
        return embedded.read_query(tokens, state)
    end = name_end(tokens, 0)
    table = embedded.add_name(tokens[:end], state)
    if table < 0:
        return -1
    if at(tokens, end) != "(":
        return embedded.all_rows(table, state)
    names = [embedded.column_name(item[0], state) for item in bracketed(tokens, end)]
    outputs = tuple(Output(name, (Ref(IDENTITY, name),)) for name in names)
    return state.add(Select((Source(table),), outputs, depth=state.depth))


def _unload(tokens: list[Token], state: StatementState) -> bool:
    """UNLOAD ('query') TO 'address' (Redshift), UNLOAD (query) TO 'address' (Athena)."""
    if at(tokens, 1) != "(":
        return False
    end = closing(tokens, 1)
    to = find(tokens, ["TO"], end)
    if to < 0 or not is_string(tokens, to + 1):
        return False
    return _written(embedded.add_address(tokens[to + 1], state), _rows_of(tokens[2:end], state), state)


def _export(tokens: list[Token], state: StatementState) -> bool:
    if follows(tokens, 1, "TABLE"):
        # Hive, Doris: EXPORT TABLE t [PARTITION (…)] TO 'address'
        to = find(tokens, ["TO"], 2)
        end = name_end(tokens, 2)
        return (
            is_string(tokens, to + 1)
            and to > 0
            and _written(embedded.add_address(tokens[to + 1], state), _rows_of(tokens[2:end], state), state)
        )
    if at(tokens, 1) == "TO":
        of = find(tokens, ["OF"], 2)
        if of > 0:
            # Db2: EXPORT TO file OF DEL … SELECT …
            query = find(tokens, ["SELECT|WITH|VALUES"], of)
            return query > 0 and _written(
                _address(tokens[2:of], state), _rows_of(tokens[query:], state), state
            )
        # Vertica: EXPORT TO PARQUET (directory = 'address' …) [OVER (…)] AS SELECT …
        query = find(tokens, ["AS SELECT|WITH"], 2)
        address = option_addresses(tokens, 3)
        return (
            bool(address)
            and query > 0
            and _written(embedded.add_address(address[0], state), _rows_of(tokens[query + 1 :], state), state)
        )
    # Exasol: EXPORT t | (query) INTO …
    into = find(tokens, ["INTO"], 1)
    if into < 0:
        return False
    target = _connection(tokens[into + 1 :], state)
    return _written(target, _rows_of(tokens[1:into], state), state)


def _import(tokens: list[Token], state: StatementState) -> bool:
    table = follows(tokens, 1, "EXTERNAL? TABLE") or follows(tokens, 1, "INTO")
    if table:
        # Hive: IMPORT TABLE t FROM 'address'; Exasol: IMPORT INTO t [(columns)] FROM …
        end = name_end(tokens, table)
        from_ = find(tokens, ["FROM"], end)
        if from_ < 0 or end == table:
            return False
        names = _names(tokens, end, state)
        rest = tokens[from_ + 1 :]
        statement = find(rest, ["STATEMENT"])
        if statement >= 0 and is_string(rest, statement + 1):
            relation = embedded.read_quoted_query(rest[statement + 1], state)
        else:
            source = embedded.add_address(rest[0], state) if is_string(rest, 0) else _connection(rest, state)
            relation = embedded.all_rows(source, state) if source >= 0 else -1
        target = embedded.add_name(tokens[table:end], state)
        return _loaded(target, relation, names, state)
    return at(tokens, 1) == "FROM" and _load_file(tokens, state)


def _loaded(
    target: int, relation: int, names: tuple[str, ...], state: StatementState, overwrite: bool = False
) -> bool:
    if target < 0 or relation < 0:
        return False
    state.effects.append(Write(target, relation, names or None, overwrite=overwrite))
    return True


def _names(tokens: list[Token], index: int, state: StatementState) -> tuple[str, ...]:
    if at(tokens, index) != "(":
        return ()
    return tuple(embedded.column_name(item[0], state) for item in bracketed(tokens, index))


def _load_file(tokens: list[Token], state: StatementState) -> bool:
    """Db2: IMPORT|LOAD FROM file OF DEL … INSERT|REPLACE INTO t [(columns)]"""
    of = find(tokens, ["OF"], 2)
    into = find(tokens, ["INTO"], of)
    if of < 0 or into < 0:
        return False
    end = name_end(tokens, into + 1)
    source = _address(tokens[2:of], state)
    target = embedded.add_name(tokens[into + 1 : end], state)
    relation = embedded.all_rows(source, state) if source >= 0 else -1
    return _loaded(target, relation, _names(tokens, end, state), state, at(tokens, into - 1) == "REPLACE")


def _address(tokens: Sequence[Token], state: StatementState) -> int:
    """A file's name, in quotes or as bare words."""
    if not tokens:
        return -1
    if tokens[0].token_type in STRINGS:
        return embedded.add_address(tokens[0], state)
    start, end = tokens[0].start, tokens[-1].end + 1
    return state.add(Table((state.text[start:end],), start, end, kind=DatasetKind.EXTERNAL_FILE))


def _connection(tokens: list[Token], state: StatementState) -> int:
    """Exasol: `CSV AT 'host' FILE 'a.csv'`, `LOCAL CSV FILE 'a.csv'`, `JDBC AT c TABLE u`."""
    table = find(tokens, ["TABLE"])
    if table >= 0:
        return embedded.add_name_at(tokens, table + 1, state)
    file = find(tokens, ["FILE"])
    if file < 0 or not is_string(tokens, file + 1):
        return -1
    token = tokens[file + 1]
    host = find(tokens, ["AT"])
    name = token.text
    if host >= 0 and is_string(tokens, host + 1):
        name = tokens[host + 1].text.rstrip("/") + "/" + name.lstrip("/")
    return state.add(Table((name,), token.start, token.end + 1, kind=DatasetKind.EXTERNAL_FILE))


def option_addresses(tokens: list[Token], index: int) -> list[Token]:
    """The strings given for `path`, `uri`, `uris`, `location`, … in a bracketed list of options."""
    if at(tokens, index) != "(":
        return []
    return [
        token
        for item in bracketed(tokens, index)
        if item[0].text.upper() in _ADDRESS_OPTIONS
        for token in item[1:]
        if token.token_type in STRINGS or token.token_type == TokenType.IDENTIFIER
    ]


def _load(tokens: list[Token], state: StatementState) -> bool:
    if at(tokens, 1) == "FROM":
        return _load_file(tokens, state)
    if at(tokens, 1) == "LABEL":
        # StarRocks, Doris: LOAD LABEL l (DATA INFILE ('a', 'b') INTO TABLE t …, …) WITH BROKER …
        brackets = name_end(tokens, 2)
        parts = bracketed(tokens, brackets) if at(tokens, brackets) == "(" else []
        loaded = [_load_data(part, state) for part in parts]
        return bool(parts) and all(loaded)
    return at(tokens, 1) in ("DATA", "XML") and _load_data(tokens[1:], state)


def _load_data(tokens: list[Token], state: StatementState) -> bool:
    """`DATA INFILE 'a' INTO TABLE t … [(a, @b)] [SET c = @b + 1]`; BigQuery's `… FROM FILES (uris = […])`."""
    overwrite = find(tokens, ["OVERWRITE"]) >= 0
    into = find(tokens, ["INTO|OVERWRITE TEMP|TEMPORARY? TABLE", "INTO|OVERWRITE TEMP|TEMPORARY? TABLE?"])
    files = find(tokens, ["FROM FILES ("])
    if into < 0:
        return False
    begin = follows(tokens, into, "INTO|OVERWRITE TEMP|TEMPORARY? TABLE?")
    end = name_end(tokens, begin)
    target = embedded.add_name(tokens[begin:end], state)
    if files >= 0:
        addresses = option_addresses(tokens, files + 2)
    else:
        addresses = [token for token in tokens[:into] if token.token_type in STRINGS]
    if target < 0 or not addresses:
        return False
    listed = _column_list(tokens, end) if files < 0 else []
    names = tuple(embedded.column_name(item[0], state) for item in listed if at(item, 0) != "@")
    variables = {item[1].text.lower() for item in listed if at(item, 0) == "@" and len(item) > 1}
    assigned = find(tokens, ["SET"], end)
    for address in addresses:
        file = embedded.add_address(address, state)
        _loaded(target, embedded.all_rows(file, state), names, state, overwrite and address is addresses[0])
        outputs: list[Output] = []
        for item in items(tokens[assigned + 1 :]) if assigned >= 0 and variables else []:
            used = {item[i + 1].text.lower() for i in range(len(item) - 1) if at(item, i) == "@"}
            if at(item, 1) == "=" and used & variables:
                ref = Ref(TRANSFORMATION, "*", "", item[0].start)
                name = embedded.column_name(item[0], state)
                outputs.append(Output(name, (ref,), (), item[0].start, item[-1].end + 1))
        if outputs:
            rows = state.add(Select((Source(file),), tuple(outputs), depth=state.depth))
            state.effects.append(Write(target, rows, by_name=True))
    return True


def _column_list(tokens: list[Token], index: int) -> list[list[Token]]:
    """The columns and variables of a LOAD DATA: the last list before SET that is not a partition's."""
    end = find_or_end(tokens, ["SET"], index)
    found: list[list[Token]] = []
    while index < end:
        if at(tokens, index) == "(":
            if at(tokens, index - 1) not in ("PARTITION", "BY", "PROPERTIES"):
                found = bracketed(tokens, index)
            index = after_brackets(tokens, index)
        else:
            index += 1
    return found


def _select_into_file(tokens: list[Token], state: StatementState) -> bool:
    """SELECT … INTO OUTFILE|DUMPFILE|S3 'address' [format …], before or behind the FROM clause."""
    into = find(tokens, ["INTO OUTFILE|DUMPFILE|S3|GCS|AZURE|HDFS|FS"], 1)
    if into < 0 or not is_string(tokens, into + 2):
        return False
    rest = find_or_end(tokens, ["FROM"], into)
    relation = embedded.read_query(tokens[:into] + tokens[rest:], state)
    return _written(embedded.add_address(tokens[into + 2], state), relation, state)


def read_apply_changes(tokens: list[Token], begin: int, state: StatementState) -> bool:
    """Databricks: `INTO t FROM s KEYS (id) [APPLY AS DELETE WHEN c] SEQUENCE BY ts [COLUMNS …]` at `begin`."""
    tokens = plain_streams(tokens)
    end = name_end(tokens, begin + 1)
    if at(tokens, begin) != "INTO" or at(tokens, end) != "FROM":
        return False
    target = embedded.add_name(tokens[begin + 1 : end], state)
    ends = ["KEYS (", "APPLY AS", "SEQUENCE BY", "COLUMNS", "STORED AS", "IGNORE NULL", "TRACK HISTORY"]
    keys = find(tokens, ["KEYS ("], end)
    listed = find(tokens, ["COLUMNS"], end)
    anchor = tokens[end]
    dialect = state.dialect
    select = stand_in("*", anchor, dialect)
    if listed >= 0 and at(tokens, listed + 1) == "(":
        select = tokens[listed + 2 : closing(tokens, listed + 1)]
    elif listed >= 0:
        select = tokens[listed + 1 : find_or_end(tokens, ends, listed + 1)]
    query = [*stand_in("SELECT", anchor, dialect), *select, *tokens[end : find_or_end(tokens, ends, end + 1)]]
    for phrase, clause in (("APPLY AS DELETE|TRUNCATE WHEN", "WHERE"), ("SEQUENCE BY", "ORDER BY")):
        found = find(tokens, [phrase], end)
        if found >= 0:
            start = follows(tokens, found, phrase)
            condition = tokens[start : find_or_end(tokens, ends, start)]
            query += [*stand_in(clause, anchor, dialect), *condition]
    relation = embedded.read_query(query, state)
    rows = state.relations[relation] if relation >= 0 else None
    if target < 0 or not isinstance(rows, Select):
        return False
    if keys >= 0:
        influences = tuple(
            Ref(JOIN, embedded.column_name(item[-1], state), "", item[-1].start)
            for item in bracketed(tokens, keys + 1)
        )
        state.relations[relation] = Select(
            rows.sources,
            rows.outputs,
            rows.influences + influences,
            rows.subs,
            rows.positions,
            depth=rows.depth,
        )
    state.effects.append(Write(target, relation, by_name=True))
    return True


def _read_copy(tokens: list[Token], state: StatementState) -> bool:
    """COPY whose source sqlglot gives no node: a program's output, the client's input."""
    target = follows(tokens, 1, "INTO") or 1
    end = name_end(tokens, target)
    from_ = after_brackets(tokens, end)
    if at(tokens, from_) != "FROM" or end == target:
        return False
    source = from_ + 1
    while source < len(tokens) and not is_string(tokens, source) and at(tokens, source) not in ("STDIN", "@"):
        source += 1
    table = embedded.add_name(tokens[target:end], state)
    names = _names(tokens, end, state)
    if at(tokens, source) == "STDIN" or at(tokens, source - 1) == "PROGRAM":
        # rows come from outside of every dataset
        return _loaded(table, state.add(Select(depth=state.depth)), names, state)
    if not is_string(tokens, source):
        return False
    file = embedded.add_address(tokens[source], state)
    return _loaded(table, state.add(Select((Source(file),), (Star(),), depth=state.depth)), names, state)


def _put_or_get(tokens: list[Token], state: StatementState) -> bool:
    """Snowflake: PUT file:///a @stage, GET @stage file:///a"""
    first = _word_end(tokens, 1)
    ends = (tokens[1:first], tokens[first : _word_end(tokens, first)])
    addresses = [embedded.add_name(end, state) if at(end, 0) == "@" else _address(end, state) for end in ends]
    if min(addresses) < 0:
        return False
    state.effects.append(Write(addresses[1], embedded.all_rows(addresses[0], state)))
    return True


def _word_end(tokens: list[Token], index: int) -> int:
    """The index behind the tokens that are written together, without a space between them."""
    index += 1
    while index < len(tokens) and tokens[index - 1].end + 1 == tokens[index].start:
        index += 1
    return min(index, len(tokens))


_READERS: dict[str, Callable[[list[Token], StatementState], bool]] = {
    "UNLOAD": _unload,
    "EXPORT": _export,
    "IMPORT": _import,
    "LOAD": _load,
    "SELECT": _select_into_file,
    "WITH": _select_into_file,
    "COPY": _read_copy,
    "PUT": _put_or_get,
    "GET": _put_or_get,
}
