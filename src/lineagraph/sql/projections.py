"""One item of a SELECT list → its output columns: names, spans, expressions, stars and their modifiers."""

from __future__ import annotations

import re
from typing import Any

from sqlglot import expressions as exp

from lineagraph.sql.constructs import READERS, read_column
from lineagraph.sql.expressions import Reader
from lineagraph.sql.facts import QUALIFIER_SEPARATOR, Output, Ref, Star
from lineagraph.sql.kinds import AGGREGATION, IDENTITY, TRANSFORMATION
from lineagraph.sql.state import COLUMNS_DIALECTS, StatementState


def read_output(item: Any, outputs: list[Output | Star], state: StatementState, alias_flag: int = 0) -> None:
    """One item of a SELECT list; a multi-alias item makes several columns."""
    cls = item.__class__
    names = state.names
    if cls is exp.Column:
        this = item.args["this"]
        if this.__class__ is exp.Star:
            outputs.append(_read_star(this, _qualifier(item, names), state, item))
            return
        reader = Reader(state, alias_flag)
        read_column(reader, item, IDENTITY)
        refs = reader.refs
        if len(refs) == 1 and not reader.complex:
            ref = refs[0]
            outputs.append(Output(ref.name, (ref,), (), ref.start, this.meta.get("end", -1) + 1))
        else:
            # a pseudo-column, a sequence's value, a named expression
            name = names.column(this) if this.__class__ is exp.Identifier else names.text(this.name)
            start = this.meta.get("start", -1)
            outputs.append(Output(name, tuple(refs), tuple(reader.subs), start, this.meta.get("end", -2) + 1))
        return
    if cls is exp.Alias:
        args = item.args
        identifier = args["alias"]
        inner = args["this"]
        is_column = inner.__class__ is exp.Column
        name = names.column(identifier) if identifier.__class__ is not str else names.text(identifier)
        if state.has_columns_function and not is_column and inner.find(exp.Columns):
            outputs.append(_read_columns(inner, state, name))
            return
        reader = Reader(state, alias_flag)
        READERS[inner.__class__](reader, inner, IDENTITY)
        refs = reader.refs
        meta = identifier.meta if identifier.__class__ is not str else {}
        start = end = -1
        text = ""
        if meta:
            end = meta["end"] + 1
            if is_column and refs:
                start = refs[0].start
            else:
                alias = meta["start"]
                start, stop = state.expression_span(alias)
                text = state.expression_text(start, alias)
                if stop > end:
                    end = stop
        outputs.append(
            Output(name, tuple(refs), tuple(reader.subs), start, end, reader.aggregate, True, text)
        )
        return
    if cls is exp.Star:
        outputs.append(_read_star(item, "", state, item))
        return
    if cls is exp.QueryTransform:
        _read_transform(item, outputs, state)
        return
    if cls is exp.Aliases:
        reader = Reader(state, alias_flag)
        reader.read(item.args["this"], TRANSFORMATION)
        for alias in item.args["expressions"]:
            meta = alias.meta
            outputs.append(
                Output(
                    names.column(alias),
                    tuple(reader.refs),
                    tuple(reader.subs),
                    meta.get("start", -1),
                    meta.get("end", -2) + 1,
                )
            )
        return
    if cls is exp.Dot and item.args["expression"].__class__ is exp.Star:
        base = item.args["this"]
        qualifier = QUALIFIER_SEPARATOR.join(
            names.column(part) for part in base.find_all(exp.Identifier, bfs=False)
        )
        outputs.append(_read_star(item.args["expression"], qualifier, state, item))
        return
    if (state.has_columns_function and (cls is exp.Columns or item.find(exp.Columns))) or (
        cls in _STAR_FILTERS and state.dialect in COLUMNS_DIALECTS and item.args["this"].__class__ is exp.Star
    ):
        outputs.append(_read_columns(item, state, ""))
        return
    _read_unnamed(item, outputs, state, alias_flag)


def _read_transform(item: Any, outputs: list[Output | Star], state: StatementState) -> None:
    """Hive's and Spark's TRANSFORM: a script may make anything of anything."""
    reader = Reader(state)
    reader.read_all(item.args.get("expressions"), TRANSFORMATION)
    schema = item.args.get("schema")
    columns = schema.args.get("expressions") or [] if isinstance(schema, exp.Expr) else []
    names = [state.names.column(c.args["this"] if c.__class__ is exp.ColumnDef else c) for c in columns]
    for name in names or ["key", "value"]:
        outputs.append(Output(name, tuple(reader.refs), tuple(reader.subs)))


_STAR_FILTERS = (exp.Like, exp.ILike, exp.SimilarTo, exp.Glob)
_STAR_LIKE = (exp.Columns, exp.Like, exp.ILike, exp.SimilarTo, exp.Glob)


def _read_unnamed(item: Any, outputs: list[Output | Star], state: StatementState, alias_flag: int) -> None:
    reader = Reader(state, alias_flag)
    reader.read(item, IDENTITY)
    names = state.names
    anchor = min((ref.start for ref in reader.refs if ref.start >= 0), default=-1)
    if reader.subs:
        # identifiers inside a subquery do not stand on this list
        anchor = -1
    elif anchor < 0:
        for identifier in item.find_all(exp.Identifier):
            anchor = identifier.meta.get("start", -1)
            if anchor >= 0:
                break
    start = end = -1
    if anchor >= 0:
        start, end = state.expression_span(anchor, nested=True)
        text = " ".join(state.text[start:end].split())
    else:
        text = item.sql(state.dialect or None, comments=False)
    named = False
    name = text
    inner = item
    if state.traits.cast_keeps_name:
        while inner.__class__ is exp.Cast:
            inner = inner.args["this"]
    while inner.__class__ is exp.Paren:
        inner = inner.args["this"]
    if inner.__class__ is exp.Parameter and reader.refs:
        name, named = reader.refs[0].name, True
    elif inner.__class__ is exp.Column and inner.args["this"].__class__ is exp.Identifier:
        name, named = names.column(inner.args["this"]), True
    elif inner.__class__ is exp.Dot and inner.args["expression"].__class__ is exp.Identifier:
        name, named = names.column(inner.args["expression"]), True
    elif inner.__class__ is exp.Subquery and isinstance(inner.args["this"], exp.Select) and inner is not item:
        named = False
    expression = text if not named or item is not inner else ""
    outputs.append(
        Output(name, tuple(reader.refs), tuple(reader.subs), start, end, reader.aggregate, named, expression)
    )


def name_by_text(outputs: list[Output | Star], node: Any, state: StatementState) -> None:
    """Items without any identifier (`COUNT(*)`, `1`) get their text by their place in the list."""
    anchor = -1
    for part in (node.args.get("from_"), *node.args["expressions"]):
        for identifier in part.find_all(exp.Identifier) if part is not None else ():
            anchor = identifier.meta.get("start", -1)
            if anchor >= 0:
                break
        if anchor >= 0:
            break
    if anchor < 0:
        return
    items = state.select_list(anchor)
    if len(items) != len(outputs):
        return
    for position, (output, (start, end)) in enumerate(zip(outputs, items, strict=True)):
        if isinstance(output, Output) and output.start < 0 and not output.named:
            text = " ".join(state.text[start:end].split())
            outputs[position] = Output(text, output.refs, output.subs, start, end, output.aggregate, False)


def _qualifier(column: Any, names: Any) -> str:
    args = column.args
    parts = [args[name] for name in ("catalog", "db", "table") if args.get(name) is not None]
    return QUALIFIER_SEPARATOR.join(names.column(part) for part in parts)


def _read_star(star: Any, qualifier: str, state: StatementState, item: Any) -> Star:
    args = star.args
    names = state.names
    excluded = tuple(_excluded_name(column, names) for column in args.get("except_") or ())
    replaced: list[Output | Star] = []
    for replacement in args.get("replace") or ():
        read_output(replacement, replaced, state)
    renamed = tuple(
        (_column_name(rename.args["this"], names), names.column(rename.args["alias"]))
        for rename in args.get("rename") or ()
        if rename.args.get("alias") is not None  # the parser lets `RENAME (a AS )` pass
    )
    pattern = None
    ilike = args.get("ilike")
    if ilike is not None:
        pattern = like_pattern(ilike.name, ignore_case=True)
    start = -1
    table = item.args.get("table") if item.__class__ is exp.Column else None
    if table is not None:
        start = table.meta.get("start", -1)
    return Star(
        qualifier,
        excluded,
        tuple(output for output in replaced if isinstance(output, Output)),
        renamed,
        pattern,
        IDENTITY,
        start,
        start,
    )


def _excluded_name(node: Any, names: Any) -> str:
    """`EXCLUDE (a.v)` takes away one relation's column: its qualifier goes along."""
    if node.__class__ is exp.Column and node.args.get("table") is not None:
        return names.column(node.args["table"]) + QUALIFIER_SEPARATOR + _column_name(node, names)
    return _column_name(node, names)


def _column_name(node: Any, names: Any) -> str:
    while node.__class__ not in (exp.Column, exp.Identifier) and isinstance(node.args.get("this"), exp.Expr):
        node = node.args["this"]
    if node.__class__ is exp.Column:
        node = node.args["this"]
    return names.column(node) if node.__class__ is exp.Identifier else names.text(node.name)


def like_pattern(text: str, *, ignore_case: bool) -> str:
    """A LIKE pattern as a regular expression that `re.fullmatch` understands.

    What stands between two `%` may be taken where it is first found, so that no pattern makes the engine try them all.
    """
    first, *others = ["".join("." if c == "_" else re.escape(c) for c in part) for part in text.split("%")]
    body = first + "".join(f"(?>.*?{part})" for part in others[:-1] if part)
    if others:
        body += ".*" + others[-1]
    return ("(?i)" if ignore_case else "") + body


def _read_columns(item: Any, state: StatementState, name: str) -> Star:
    """DuckDB's and ClickHouse's COLUMNS('regex'), `* LIKE 'x%'`, and either inside an expression: `min(COLUMNS(*))`."""
    kind = IDENTITY if item.__class__ in _STAR_LIKE else TRANSFORMATION
    for aggregate in item.find_all(exp.AggFunc):
        if aggregate.find(exp.Columns):
            kind = AGGREGATION
    flags = 0
    if kind != IDENTITY:
        reader = Reader(state)
        reader.read(item, IDENTITY)
        stars = [ref for ref in reader.refs if ref.name == "*"]
        kind = stars[0].kind if stars else kind
        flags = stars[0].flags if stars else 0
    pattern: str | None = None
    excluded: tuple[str, ...] = ()
    qualifier = ""
    if item.__class__ in _STAR_FILTERS:
        pattern = like_pattern(item.args["expression"].name, ignore_case=item.__class__ is exp.ILike)
        if item.__class__ is exp.SimilarTo:
            pattern = item.args["expression"].name
    else:
        columns = item if item.__class__ is exp.Columns else item.find(exp.Columns)
        inner = columns.args["this"]
        if inner.__class__ is exp.Literal:
            pattern = f".*(?:{inner.name}).*"
        elif inner.__class__ is exp.Star:
            excluded = tuple(_column_name(column, state.names) for column in inner.args.get("except_") or ())
        elif inner.__class__ is exp.Lambda:
            body = inner.args["this"]
            if body.__class__ in (exp.Like, exp.ILike) and body.args["expression"].__class__ is exp.Literal:
                pattern = like_pattern(body.args["expression"].name, ignore_case=body.__class__ is exp.ILike)
            else:
                pattern = ""
        elif inner.__class__ in (exp.Array, exp.Tuple):
            wanted = "|".join(element.name for element in inner.args.get("expressions") or ())
            pattern = f"(?i){wanted}"
        elif inner.__class__ is exp.Column:
            qualifier = _qualifier(inner, state.names)
    return Star(qualifier, excluded, (), ((("*", name),) if name else ()), pattern, kind, -1, -1, flags)


def open_by_macros(items: list[Any], outputs: list[Output | Star]) -> None:
    """An unknown macro in a SELECT list stands for columns nobody has told us of: the list is open."""
    for item in items:
        call = item.args["expression"] if item.__class__ is exp.Dot else item
        is_call = call.__class__ is exp.Anonymous
        said = any(comment.strip().startswith("macro: ") for comment in item.comments or ())
        if is_call or said:
            outputs.append(Star(kind=TRANSFORMATION))
            return


def with_forward_aliases(outputs: list[Output | Star]) -> list[Output | Star]:
    """ClickHouse: an alias may be used before it is defined; put each output after those it mentions."""
    by_name = {output.name: output for output in outputs if isinstance(output, Output) and output.named}
    defined: set[str] = set()
    for output in outputs:
        if not isinstance(output, Output):
            continue
        for ref in output.refs:
            later = by_name.get(ref.name)
            if later is not None and not ref.qualifier and ref.name not in defined and later is not output:
                return [_inlined(item, by_name) if isinstance(item, Output) else item for item in outputs]
        defined.add(output.name)
    return outputs


def _inlined(output: Output, by_name: dict[str, Output]) -> Output:
    refs: list[Ref] = []
    subs = list(output.subs)
    for ref in output.refs:
        other = by_name.get(ref.name)
        if other is None or ref.qualifier or other is output:
            refs.append(ref)
            continue
        for inner in other.refs:
            kind = inner.kind if inner.kind > 2 else ref.kind if ref.kind > 2 else max(inner.kind, ref.kind)
            refs.append(
                Ref(kind, inner.name, inner.qualifier, inner.start, inner.flags | (ref.flags & 1), inner.path)
            )
        subs.extend(other.subs)
    return Output(
        output.name,
        tuple(refs),
        tuple(subs),
        output.start,
        output.end,
        output.aggregate,
        output.named,
        output.expression,
    )
