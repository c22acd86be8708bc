"""Jinja's syntax tree, instrumented: line markers, step counters, size checks; and the markers read back afterwards.

Markers go only into text that a template writes straight to its output. What macros and `{% set %}` blocks capture may
be compared or measured by the template, so it stays as it is and gets the line of the tag that writes it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, cast

from jinja2 import Environment, nodes
from jinja2.ext import Extension
from jinja2.parser import Parser
from jinja2.visitor import NodeTransformer
from msgspec import Struct

from lineagraph.sql.template_placeholders import Notes

_EXPECTS_EXPRESSION = frozenset(
    (
        "select distinct all from join where and or not on using by having qualify when then else case as in like "
        "ilike between is set values into update table view over partition order group limit offset top exists any "
        "some union except intersect interval returning with lateral default"
    ).split()
)
_WORD_AT_END = re.compile(r"(\w+)\Z")
_COMMENT_AT_END = re.compile(r"/\*(?:[^*]|\*(?!/))*\*/\Z")


class Markers(Struct, frozen=True):
    """Characters that do not occur in the template, so that what is between them is ours."""

    line: str
    call: str
    end: str

    @staticmethod
    def absent_from(text: str) -> Markers:
        """Three characters of the private use area. It has 6,400; a text that holds them all is not SQL."""
        used = set(text)
        free = [c for c in map(chr, range(0xE000, 0xF8FF)) if c not in used][:3]
        line, call, end = free if len(free) == 3 else ("\ue000", "\ue001", "\ue002")
        return Markers(line, call, end)

    def at(self, line: int) -> str:
        return f"{self.line}{line}{self.end}"


class DbtTags(Extension):
    """dbt's own blocks: a snapshot's body is SQL; tests, materializations and docs are not this file's data flow."""

    tags = {"snapshot", "test", "data_test", "materialization", "docs"}

    def parse(self, parser: Parser) -> nodes.Node | list[nodes.Node]:
        tag = next(parser.stream)
        name = str(parser.stream.current.value)
        while parser.stream.current.type != "block_end":
            next(parser.stream)
        ends = (
            ("name:endtest", "name:enddata_test")
            if tag.value in ("test", "data_test")
            else (f"name:end{tag.value}",)
        )
        body = parser.parse_statements(ends, drop_needle=True)
        if tag.value != "snapshot":
            return []
        notes = cast("Any", self.environment).notes
        notes.config.setdefault("materialized", "snapshot")
        notes.config.setdefault("alias", name)
        return body


def instrument(
    tree: nodes.Template, environment: Environment, markers: Markers, notes: Notes
) -> nodes.Template:
    """The tree with everything in place; it is changed in place, too."""
    _Guards(notes).visit(tree)
    _mark(tree, markers, captured=False)
    tree.set_environment(environment)
    return tree


def _environment_call(name: str, arguments: Sequence[nodes.Expr], line: int) -> nodes.Call:
    return nodes.Call(
        nodes.EnvironmentAttribute(name, lineno=line), list(arguments), [], None, None, lineno=line
    )


class _Guards(NodeTransformer):
    """Sends what can multiply data through the environment's checks; takes out what would read other files."""

    def __init__(self, notes: Notes) -> None:
        self.notes = notes

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:
        self.generic_visit(node)
        return _environment_call("joined", node.nodes, node.lineno)

    def visit_List(self, node: nodes.List) -> nodes.Node:
        self.generic_visit(node)
        return _environment_call("bounded", [node], node.lineno)

    def visit_Dict(self, node: nodes.Dict) -> nodes.Node:
        self.generic_visit(node)
        return _environment_call("bounded", [node], node.lineno)

    def visit_Tuple(self, node: nodes.Tuple) -> nodes.Node:
        self.generic_visit(node)
        return node if node.ctx != "load" else _environment_call("bounded", [node], node.lineno)

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Node:
        self.generic_visit(node)
        return (
            _environment_call("bounded", [node], node.lineno) if isinstance(node.arg, nodes.Slice) else node
        )

    def visit_For(self, node: nodes.For) -> nodes.Node:
        self.generic_visit(node)
        if isinstance(node.target, nodes.Tuple):
            count = nodes.Const(len(node.target.items), lineno=node.lineno)
            node.iter = cast(
                "nodes.Expr",
                _environment_call("unpackable", [cast("nodes.Expr", node.iter), count], node.lineno),
            )
        _count_turns(node.body, node.lineno)
        return node

    def visit_Macro(self, node: nodes.Macro) -> nodes.Node:
        self.generic_visit(node)
        _count_turns(node.body, node.lineno)
        return node

    def visit_CallBlock(self, node: nodes.CallBlock) -> nodes.Node:
        self.generic_visit(node)
        _count_turns(node.body, node.lineno)
        return node

    def _refuse(self, node: nodes.Node) -> None:
        tag = {"FromImport": "from … import"}.get(type(node).__name__, type(node).__name__.lower())
        self.notes.note(
            f"`{{% {tag} %}}` reads another file, which templates may not: it was left out",
            line=node.lineno,
            severity="warning",
            hint="Put the macros it brings into this file.",
        )

    visit_Include = visit_Import = visit_FromImport = visit_Extends = _refuse


def _count_turns(body: list[nodes.Node], line: int) -> None:
    written = sum(len(data.data) for node in body for data in node.find_all(nodes.TemplateData))
    call = _environment_call("step", [nodes.Const(written, lineno=line)], line)
    body.insert(0, nodes.ExprStmt(call, lineno=line))


def _mark(node: nodes.Node, markers: Markers, captured: bool) -> None:
    for child in node.iter_child_nodes():
        if isinstance(child, nodes.Output):
            if not captured:
                child.nodes = _marked(child.nodes, markers)
        elif isinstance(child, nodes.Stmt):
            inside = isinstance(child, (nodes.Macro, nodes.CallBlock, nodes.FilterBlock, nodes.AssignBlock))
            _mark(child, markers, captured or inside)


def _marked(children: Sequence[nodes.Expr], markers: Markers) -> list[nodes.Expr]:
    result: list[nodes.Expr] = []
    for child in children:
        if isinstance(child, nodes.TemplateData):
            lines = child.data.split("\n")
            data = "\n".join(markers.at(child.lineno + i) + line for i, line in enumerate(lines))
            result.append(nodes.TemplateData(data, lineno=child.lineno))
        else:
            result.append(nodes.TemplateData(markers.at(child.lineno), lineno=child.lineno))
            result.append(child)
    return result


def read_back(text: str, markers: Markers, line_count: int) -> tuple[str, tuple[int, ...]]:
    """The text without markers, and for each of its lines the source line it came from.

    A line that several source lines went into has the line of its first visible character.
    """
    parts: list[str] = []
    source_lines: list[int] = []
    current = 1
    this_line = 0
    tokens = re.split(f"([{markers.line}{markers.call}][^{markers.end}]*{markers.end})", text)
    for i, token in enumerate(tokens):
        if i % 2 and token[0] == markers.line:
            number = token[1:-1]
            # A template can make up marker characters with an escape: they may mislead, never break.
            if number.isascii() and number.isdigit() and len(number) < 9:
                current = min(max(int(number), 1), line_count)
            continue
        if i % 2:
            token = token[1:-1].replace("\n", " ")
            if not _expression_fits(parts):
                token = "/* macro: " + token.replace("*/", "* /") + " */"
        if not token:
            continue
        parts.append(token)
        for j, piece in enumerate(token.split("\n")):
            if j:
                source_lines.append(this_line or current)
                this_line = 0
            if not this_line and piece and not piece.isspace():
                this_line = current
    source_lines.append(this_line or current)
    return "".join(parts), tuple(source_lines)


def _expression_fits(parts: list[str]) -> bool:
    """Whether SQL expects an expression after what is written so far: else an unknown macro is better a comment.

    After `select` or `from` there must be one; in `from t {{ limit_in_dev() }}` it would be a mistake.
    """
    before = ""
    for part in reversed(parts[-40:]):
        before = part + before
        if len(before) > 2000:
            break
    if not before:
        return False
    if not before[-1].isspace():
        return before[-1] != ";" and not before.endswith("*/")
    while True:
        before = before.rstrip()
        line = before[before.rfind("\n") + 1 :]
        comment = line.find("--")
        if comment >= 0:
            before = before[: len(before) - len(line) + comment]
        elif before.endswith("*/"):
            shorter = _COMMENT_AT_END.sub("", before)
            if shorter == before:
                return False
            before = shorter
        else:
            break
    word = _WORD_AT_END.search(before)
    if word:
        return word.group(1).lower() in _EXPECTS_EXPRESSION
    return before[-1:] != "" and before[-1] in ",(=<>+-*/|%.[:"
