"""Paths below a column: struct fields, array elements, JSON: the source is the top column, the path is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlglot import expressions as exp

from lineagraph.sql.kinds import operand
from lineagraph.sql.state import TRANSACT

if TYPE_CHECKING:
    from lineagraph.sql.expressions import Reader


def read_dot(reader: Reader, node: Any, kind: int) -> None:
    """A field path below a column, `t.arr[0].city`, or a method or packaged function `pkg.fn(x)`."""
    reader.complex = True
    target = node.args["expression"]
    base = node.args["this"]
    if isinstance(target, exp.Func):
        if reader.state.dialect in TRANSACT and _is_method(target):
            reader.read(as_column(base), operand(kind))
        elif not isinstance(base, (exp.Identifier, exp.Column)):
            reader.read(base, operand(kind))
        reader.read(target, operand(kind))
        return
    if target.__class__ is exp.Star:
        reader.read(base, kind)
        return
    path: list[str] = [target.name]
    while base.__class__ in (exp.Dot, exp.Bracket, exp.Paren):
        if base.__class__ is exp.Dot:
            path.append(base.args["expression"].name)
        elif base.__class__ is exp.Bracket:
            reader.read_all(base.args.get("expressions"), operand(kind))
        base = base.args["this"]
    if base.__class__ is exp.Column:
        reader.column(base, operand(kind), ".".join(reversed(path)))
    else:
        reader.read(base, operand(kind))


_XML_METHODS = frozenset({"value", "query", "exist", "nodes"})
"""T-SQL's methods of an xml column: their first argument is a path, in quotes. `dbo.f(x)`, a function in a schema,
looks the same but for that."""
_METHODS = frozenset(
    "getlevel getancestor getdescendant isdescendantof tostring starea stlength stdistance stastext stintersects"
    " stcontains stwithin stbuffer stasbinary".split()
)
"""Those of hierarchyid and spatial columns."""


def _is_method(call: Any) -> bool:
    name = call.name.lower()
    arguments = call.args.get("expressions") or []
    first: Any = arguments[0] if arguments else None
    return name in _METHODS or (name in _XML_METHODS and first.__class__ is exp.Literal and first.is_string)


def as_column(base: Any) -> Any:
    """`t.doc` before a method's name: sqlglot takes it for a path of names."""
    parts: list[Any] = []
    node = base
    while node.__class__ is exp.Dot:
        parts.insert(0, node.args["expression"])
        node = node.args["this"]
    parts.insert(0, node)
    if any(part.__class__ is not exp.Identifier for part in parts) or len(parts) > 4:
        return base
    return exp.column(*reversed(parts))


def read_bracket(reader: Reader, node: Any, kind: int) -> None:
    reader.complex = True
    base = node.args["this"]
    items = node.args.get("expressions") or []
    path = "".join(
        f"[{item.name if not item.is_string else repr(item.name)}]"
        for item in items
        if item.__class__ is exp.Literal
    )
    if base.__class__ is exp.Column:
        reader.column(base, operand(kind), path)
    else:
        reader.read(base, operand(kind))
    reader.read_all(items, operand(kind))


def read_json_extract(reader: Reader, node: Any, kind: int) -> None:
    reader.complex = True
    base = node.args.get("this")
    path = node.args.get("expression")
    if base is None:  # Exasol's has all its arguments in a list
        reader.read_all(node.args.get("expressions"), operand(kind))
        return
    if base.__class__ is exp.Column:
        text = ""
        if path.__class__ is exp.JSONPath:
            text = ".".join(str(key.this) for key in path.expressions if key.__class__ is exp.JSONPathKey)
        reader.column(base, operand(kind), text)
    else:
        reader.read(base, operand(kind))
    if isinstance(path, exp.Expr) and path.__class__ is not exp.JSONPath:
        reader.read(path, operand(kind))
