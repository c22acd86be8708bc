"""CREATE of what has no AST: synonyms, streams, sinks, pipelines, and tables over files, by their tokens."""

from __future__ import annotations

from sqlglot.tokens import Token, TokenType

from lineagraph.model import DatasetKind
from lineagraph.sql import embedded
from lineagraph.sql.create_rewrites import query_start, read_header
from lineagraph.sql.facts import Create, Select, Source, Star, Synonym, Write
from lineagraph.sql.kinds import TRANSFORMATION
from lineagraph.sql.phrases import at, bracketed, closing, find, first_word, follows, is_string, name_end
from lineagraph.sql.state import StatementState
from lineagraph.sql.token_rewrites import rewrite
from lineagraph.sql.transfers import option_addresses, read_apply_changes

NO_DATASETS = frozenset(
    """
    INDEX SEQUENCE USER ROLE DATABASE SCHEMA LOGIN TYPE DOMAIN EXTENSION SERVER STATISTICS PUBLICATION
    SUBSCRIPTION POLICY TABLESPACE DIRECTORY PROFILE OPERATOR AGGREGATE COLLATION CAST LANGUAGE
    CONVERSION WAREHOUSE STAGE FORMAT INTEGRATION SHARE MONITOR CATALOG CONNECTION CREDENTIAL
    CERTIFICATE KEY ASSEMBLY SYSTEM SESSION SERVICE GROUP CLUSTER LINK CONTEXT OUTLINE RESTORE EDITION
    SECRET MAPPING RESOURCE QUOTA TAG ACCOUNT LIBRARY QUEUE LOGFILE INSTANCE VIRTUAL RESERVATION
    ASSIGNMENT CAPACITY GRAPH NETWORK BINDING VARIABLE CONSTRAINT ENDPOINT MESSAGE CONTRACT ROUTE
    AVAILABILITY DEFAULT FULLTEXT BUFFERPOOL
    """.split()
)
WITH_BODY = frozenset(
    "FUNCTION PROCEDURE PROC MACRO TRIGGER PACKAGE RULE TASK PIPE ALERT EVENT MODEL FLOW".split()
)
"""Objects that hold statements: to create one is not without lineage, to alter or drop one is."""


def read_create(tokens: list[Token], state: StatementState) -> bool:
    kind = find(tokens, ["SYNONYM|ALIAS|NICKNAME"], 1, 6)
    if kind > 0:
        begin = follows(tokens, kind + 1, "IF NOT EXISTS") or kind + 1
        for_ = find(tokens, ["FOR"], begin)
        source = follows(tokens, for_, "FOR TABLE|VIEW?") if for_ > 0 else 0
        name = embedded.add_name_at(tokens, begin, state)
        target = embedded.add_name_at(tokens, source, state) if source else -1
        if name < 0 or target < 0:
            return False
        state.effects.append(Synonym(name, target))
        return True
    flow = find(tokens, ["FLOW"], 1, 4)
    if flow > 0:
        changes = find(tokens, ["CDC INTO", "CHANGES INTO"], flow)
        return changes > 0 and read_apply_changes(tokens, changes + 1, state)
    if follows(tokens, 1, "ROUTINE LOAD"):
        return _read_routine_load(tokens, state)
    model = follows(tokens, 1, "OR? REPLACE? MODEL")
    if model:
        return _read_model(tokens, model, state)
    if follows(tokens, 1, "OR? REPLACE? DICTIONARY"):
        return _read_dictionary(tokens, state)
    header = read_header(tokens)
    if header is None:
        kinds = (first_word(tokens, i) for i in range(1, 7))
        return next((kind in NO_DATASETS for kind in kinds if kind in NO_DATASETS | WITH_BODY), False)
    if query_start(tokens, header.end)[0] >= 0:
        return embedded.read_statement(tokens, state) >= 0
    changed = rewrite(tokens, state.dialect)
    if changed is not None and embedded.read_statement(changed, state) >= 0:
        read_external_source(tokens, state)
        return bool(state.effects)
    target = embedded.add_name(tokens[header.name : header.end], state)
    if target < 0:
        return False
    replace = bool(header.words & {"REPLACE", "ALTER", "REFRESH"})
    if header.kind in ("STREAM", "SINK"):
        return _read_stream(tokens, header.end, target, replace, state)
    return _read_external(
        tokens, header.end, target, bool(header.words & {"TEMP", "TEMPORARY"}), replace, state
    )


def _read_model(tokens: list[Token], index: int, state: StatementState) -> bool:
    """A model is made of the rows of its query: `CREATE MODEL m … AS SELECT …` (BigQuery), `… FROM (SELECT …)`
    or `… FROM t` (Redshift). What predicts with it reads it."""
    index = follows(tokens, index, "IF NOT EXISTS") or index
    end = name_end(tokens, index)
    query = follows(tokens, find(tokens, ["AS SELECT|WITH|(", "FROM"], end), "AS|FROM")
    if end == index or not query:
        return end > index
    if first_word(tokens, query) in ("SELECT", "WITH"):
        training = embedded.read_query(tokens[query:], state)
    elif at(tokens, query) == "(":
        training = embedded.read_query(tokens[query : closing(tokens, query) + 1], state)
    else:
        training = embedded.add_name_at(tokens, query, state)
    model = embedded.add_name(tokens[index:end], state)
    if min(training, model) < 0:
        return False
    learnt = Select((Source(training),), (Star(kind=TRANSFORMATION),), depth=state.depth)
    embedded.define(model, DatasetKind.TABLE, state.add(learnt), state, replace=at(tokens, 2) == "REPLACE")
    return True


def _read_dictionary(tokens: list[Token], state: StatementState) -> bool:
    """ClickHouse: `CREATE DICTIONARY d (…) … SOURCE (CLICKHOUSE (DB 'a' TABLE 'b'))`."""
    index = follows(tokens, 1, "OR? REPLACE? DICTIONARY IF NOT EXISTS") or follows(
        tokens, 1, "OR? REPLACE? DICTIONARY"
    )
    end = name_end(tokens, index)
    source = follows(tokens, find(tokens, ["SOURCE ("], end), "SOURCE (")
    target = embedded.add_name(tokens[index:end], state)
    if target < 0:
        return False
    columns = ()
    if at(tokens, end) == "(":
        columns = embedded.column_definitions(tokens[end + 1 : closing(tokens, end)], state)
    state.effects.append(Create(target, DatasetKind.TABLE, columns))
    if source and at(tokens, source) == "CLICKHOUSE":
        inner = tokens[source + 2 : closing(tokens, source + 1)]
        table, db = find(inner, ["TABLE"]), find(inner, ["DB"])
        query = find(inner, ["QUERY"])
        if table >= 0:
            named = [inner[i + 1] for i in (db, table) if i >= 0 and i + 1 < len(inner)]
            quoted = [token.token_type == TokenType.IDENTIFIER for token in named]
            embedded.flow(
                target, embedded.add_parts([t.text for t in named], quoted, named[-1], state), state
            )
        elif query >= 0 and is_string(inner, query + 1):
            rows = embedded.read_quoted_query(inner[query + 1], state)
            if rows >= 0:
                state.effects.append(Write(target, rows))
    return True


def _read_stream(tokens: list[Token], index: int, target: int, replace: bool, state: StatementState) -> bool:
    """CREATE STREAM s ON TABLE t (Snowflake): its changed rows; CREATE SINK s [INTO t] FROM v (RisingWave)."""
    clone = follows(tokens, index, "CLONE")
    if clone:
        like = embedded.add_name_at(tokens, clone, state)
        state.effects.append(Create(target, DatasetKind.VIEW, like=like, copies_data=True, replace=replace))
        return like >= 0
    on = follows(tokens, find(tokens, ["ON"], index), "ON EXTERNAL|EVENT|DYNAMIC? TABLE|VIEW")
    from_ = find(tokens, ["FROM"], index)
    source = on or (from_ + 1 if from_ > 0 else 0)
    if not source:
        return find(tokens, ["ON STAGE|DIRECTORY"], index) > 0
    into = find(tokens, ["INTO"], index, source)
    if into > 0 and name_end(tokens, into + 1) == from_:
        target = embedded.add_name_at(tokens, into + 1, state)
        table = embedded.add_name_at(tokens, source, state)
        if min(target, table) >= 0:
            embedded.flow(target, table, state)
        return min(target, table) >= 0
    table = embedded.add_name_at(tokens, source, state)
    if table < 0:
        return False
    embedded.define(target, DatasetKind.VIEW, embedded.all_rows(table, state), state, replace=replace)
    return True


def _read_external(
    tokens: list[Token], index: int, target: int, temporary: bool, replace: bool, state: StatementState
) -> bool:
    """A table or view over files: LOCATION 'a', LOCATION = @stage, OPTIONS (path 'a'), OPTIONS (uris = ['a', 'b'])."""
    columns = ()
    if at(tokens, index) == "(":
        end = closing(tokens, index)
        columns = embedded.column_definitions(tokens[index + 1 : end], state)
        index = end + 1
    found = external_addresses(tokens, index)
    relation = -1
    if len(found) == 1:
        file = embedded.add_name(found[0], state)
        relation = embedded.all_rows(file, state) if file >= 0 else -1
    kind = DatasetKind.TEMPORARY_TABLE if temporary else DatasetKind.TABLE
    state.effects.append(
        Create(target, kind, columns, relation=relation, temporary=temporary, replace=replace)
    )
    for address in found if relation < 0 else ():
        file = embedded.add_name(address, state)
        if file >= 0:
            embedded.flow(target, file, state)
    # without columns nothing is left unread only where nothing else was said of them
    return (
        bool(columns)
        or bool(found)
        or (find(tokens, ["AS", "(", "SELECT"], index) < 0 and index <= len(tokens))
    )


def read_external_source(tokens: list[Token], state: StatementState) -> None:
    """After CREATE EXTERNAL TABLE was read from its AST: the files it has its rows from."""
    create = state.effects[-1] if state.effects else None
    header = (
        read_header(tokens)
        if isinstance(create, Create) and create.relation < 0 and create.like < 0
        else None
    )
    if header is None or not isinstance(create, Create):
        return
    organization = find(tokens, ["ORGANIZATION EXTERNAL ("], header.end)
    inner = organization + 2
    if organization >= 0:
        found = external_addresses(tokens[inner + 1 : closing(tokens, inner)], 0)
    elif "EXTERNAL" in header.words:
        found = external_addresses(tokens, header.end)
    else:
        return
    for address in found:
        file = embedded.add_name(address, state)
        if file >= 0 and "WRITABLE" in header.words:
            # Greenplum: what is inserted goes to the files
            embedded.flow(file, create.target, state)
        elif file >= 0:
            embedded.flow(create.target, file, state)


def external_addresses(tokens: list[Token], index: int) -> list[list[Token]]:
    """Where an external table keeps its rows: for each address, its tokens (one string, or a stage's name)."""
    location = find(tokens, ["LOCATION"], index)
    if location >= 0:
        start = follows(tokens, location, "LOCATION =") or location + 1
        end = start + 1 if is_string(tokens, start) else name_end(tokens, start)
        if at(tokens, start) == "(":
            return [item[:1] for item in bracketed(tokens, start) if is_string(item, 0)]
        return [tokens[start:end]] if end > start else []
    options = find(tokens, ["OPTIONS|WITH|USING ("], index)
    found = option_addresses(tokens, options + 1) if options >= 0 else []
    if not found and options >= 0:
        # Teradata: USING (LOCATION ('a'))
        inner = tokens[options + 2 : closing(tokens, options + 1)]
        return external_addresses(inner, 0) if find(inner, ["LOCATION ("]) >= 0 else []
    return [[token] for token in found]


def _read_routine_load(tokens: list[Token], state: StatementState) -> bool:
    """StarRocks, Doris: CREATE ROUTINE LOAD j ON t … FROM KAFKA (… "kafka_topic" = "x")"""
    on, from_ = find(tokens, ["ON"], 3), find(tokens, ["FROM"], 3)
    if on < 0 or from_ < 0 or at(tokens, from_ + 2) != "(":
        return on > 0
    target = embedded.add_name_at(tokens, on + 1, state)
    for item in bracketed(tokens, from_ + 2):
        if item[0].text.lower() in ("kafka_topic", "pulsar_topic") and len(item) > 2 and target >= 0:
            embedded.flow(target, embedded.add_address(item[2], state), state)
    return target >= 0
