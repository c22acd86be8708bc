"""docs/cli.md, made from the commands themselves: `python -m lineagraph.cli.reference > docs/cli.md`."""

from __future__ import annotations

import ast
import inspect
import re
import sys
import textwrap
import types
import typing
from collections.abc import Iterator, Mapping
from typing import Any

from lineagraph.analysis import Analysis
from lineagraph.cli.checks import SETTINGS, Check
from lineagraph.cli.commands import COMMANDS, load_command
from lineagraph.cli.options import argument_name
from lineagraph.diagnostics import Diagnostic
from lineagraph.ingest.cache_warming import WarmReport
from lineagraph.ingest.graph_extractor import IngestReport
from lineagraph.ingest.parse_cache import CacheStatistics, IntegrityReport
from lineagraph.lineage.impact import Impact
from lineagraph.lineage.search import SearchResult
from lineagraph.lineage.show import Details
from lineagraph.lineage.trace import Trace
from lineagraph.store.base import Statistics

_INTRODUCTION = """\
# The command line

<!-- Made by `python -m lineagraph.cli.reference > docs/cli.md`; a test fails when it is out of date. -->

`lineagraph COMMAND --help` prints what this page says of a command.

* **Names** of columns, datasets, routines and files need only their last parts, where these are unique: `rev.total`
  finds `mart.rev.total`. Case matters only where two names differ in nothing else.
* **Output** is for people: coloured and as wide as the window on a terminal, plain and unbroken in a pipe
  (`NO_COLOR` turns colours off, an exported `COLUMNS` sets the width). Control characters in names are escaped.
* **`--json`** prints one JSON document on standard output and nothing else there. Fields may be added; those listed
  here stay. Lines and columns count from 1.
* **Errors** are one line on standard error that says what to do.
"""

_STATUS = """\
## Exit status

| status | means |
|---|---|
| 0 | done |
| 1 | finished; some files have errors (`ingest`, `analyze`), or the cache was damaged (`cache verify`) |
| 2 | wrong usage or settings: an unknown option, dialect or name, a path that does not exist |
| 3 | could not run: no project yet, another ingestion is writing, a full disk, a damaged database |
| 130 | interrupted (Ctrl-C); an ingestion stores what is done, and the next one goes on |
| 141 | whoever read the output closed it |
"""

_Field = tuple[str, str, str]
"""(name, type, meaning)"""

_ANSWERS: dict[str, tuple[list[_Field], tuple[Any, ...]]] = {
    "ingest": (
        [
            ("report", "[IngestReport](#ingestreport)", "What this run did."),
            ("graph", "[Statistics](#statistics)", "The whole graph after it."),
        ],
        (IngestReport, Statistics),
    ),
    "trace": ([], (Trace,)),
    "impact": ([], (Impact,)),
    "show": ([], (Details,)),
    "search": ([], (SearchResult,)),
    "analyze": (
        [("dialect", "text", "The dialect it was read in; `ansi` for none in particular.")],
        (Analysis,),
    ),
    "cache": (
        [
            ("action", "text", "What was asked for."),
            ("path", "text", "The cache's file."),
            ("exists", "true or false", "Without a file there are no further fields."),
            ("statistics", "[CacheStatistics](#cachestatistics)", "The cache after it."),
            ("warnings", "list of text", "What is wrong with it, and what was done about it."),
            ("removed", "whole number", "`clear`: entries there were."),
            ("integrity", "[IntegrityReport](#integrityreport)", "`verify`: what was found."),
            ("warmed", "[WarmReport](#warmreport)", "`warm`: what was done."),
        ],
        (CacheStatistics, IntegrityReport, WarmReport),
    ),
    "doctor": (
        [
            ("ok", "true or false", "No check has status `error`."),
            ("checks", "list of [Check](#check)", "In the order shown."),
        ],
        (Check,),
    ),
    "version": (
        [("version", "text", "Of lineagraph."), ("python", "text", "Of the Python that runs it.")],
        (),
    ),
}
"""Fields of a command's own JSON object, and the structs whose fields it has or refers to."""

_WHOLE = {"trace", "impact", "show", "search", "analyze"}
"""Commands whose document is the first struct itself (after its own fields)."""

_OVERRIDES = {
    ("Details", "diagnostics"): (
        "list of [Diagnostic](#diagnostic)",
        "Of the statements that define it or write to it; of a file, all.",
    )
}


def reference() -> str:
    """The text of docs/cli.md."""
    sections = [_INTRODUCTION, _STATUS, "\n".join(_variables())]
    structs: dict[str, Any] = {}
    for name in COMMANDS:
        sections.append("\n".join(_command(name, structs)))
    sections.append("\n".join(_shapes(structs)))
    return "\n".join(section.rstrip() + "\n" for section in sections)


def _variables() -> Iterator[str]:
    yield "## Environment\n\n| variable | means |\n|---|---|"
    for name, meaning in SETTINGS.items():
        yield f"| `{name}` | {meaning} |"


def _command(name: str, structs: dict[str, Any]) -> Iterator[str]:
    command = load_command(name)
    yield f"## `lineagraph {name}`\n"
    for paragraph in inspect.cleandoc(command.help or "").split("\n\n"):
        yield textwrap.fill(" ".join(paragraph.split()), 116) + "\n"
    parameters = [one for one in command.params if not getattr(one, "hidden", False)]
    arguments = [one for one in parameters if one.param_type_name == "argument"]
    yield f"```text\nlineagraph {name} [OPTIONS]{''.join(' ' + argument_name(one) for one in arguments)}\n```\n"
    yield "| | |\n|---|---|"
    for one in arguments:
        yield f"| `{argument_name(one)}` | {_cell(one.help)} |"
    for one in parameters:
        if one.param_type_name != "argument":
            yield f"| {_option(one)} | {_cell(_help(one))} |"
    if name in _ANSWERS:
        yield from _answer(name, structs)


def _option(parameter: Any) -> str:
    names = ", ".join(f"`{word}`" for word in parameter.opts)
    return names if parameter.is_flag else f"{names} `{parameter.metavar}`"


def _help(parameter: Any) -> str:
    text = parameter.help or ""
    if not parameter.is_flag and parameter.default is not None:
        text += f" Default: `{parameter.default}`."
    if parameter.envvar:
        text += f" Or the variable `{parameter.envvar}`."
    return re.sub(r"\[default: (.*)\]", lambda match: f"Default: {match.group(1)}.", text)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


# -- JSON ------------------------------------------------------------------------------------------------------


def _answer(name: str, structs: dict[str, Any]) -> Iterator[str]:
    fields, shapes = _ANSWERS[name]
    rows = list(fields)
    for place, shape in enumerate(shapes):
        if place == 0 and name in _WHOLE:
            rows += _fields(shape, structs)
        else:
            _collect(shape, structs)
    yield "\nWith `--json`:\n"
    yield from _table(rows)


def _shapes(structs: Mapping[str, Any]) -> Iterator[str]:
    yield "## JSON objects\n\nWhat the documents above are made of.\n"
    known: dict[str, Any] = dict(structs)
    for name in sorted(known):
        yield f"### {name}\n"
        documented = inspect.getdoc(known[name])
        if documented and not documented.startswith(name + "("):
            yield textwrap.fill(" ".join(documented.split("\n\n")[0].split()), 116) + "\n"
        yield from _table(_fields(known[name], {}))
        yield ""


def _table(rows: list[_Field]) -> Iterator[str]:
    yield "| field | type | |\n|---|---|---|"
    for field, kind, meaning in rows:
        yield f"| `{field}` | {_cell(kind)} | {_cell(meaning)} |"


def _fields(shape: Any, structs: dict[str, Any]) -> list[_Field]:
    hints = typing.get_type_hints(shape)
    meanings = _meanings(shape)
    found: list[_Field] = []
    for field in shape.__struct_fields__:
        override = _OVERRIDES.get((shape.__name__, field))
        if override is not None:
            found.append((field, *override))
            _collect(Diagnostic, structs)
        else:
            found.append((field, _type(hints[field], structs), meanings.get(field, "")))
    return found


def _collect(shape: Any, structs: dict[str, Any]) -> None:
    if shape.__name__ not in structs:
        structs[shape.__name__] = shape
        _fields(shape, structs)


def _type(hint: Any, structs: dict[str, Any]) -> str:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(_type(one, structs) for one in arguments)
    if origin is typing.Literal:
        return " or ".join(f"`{one}`" for one in arguments)
    if origin is tuple and len(arguments) == 2 and arguments[1] is Ellipsis:
        return f"list of {_type(arguments[0], structs)}"
    if origin is not None and issubclass(origin, Mapping):
        return f"object: text → {_type(arguments[1], structs)}"
    if hasattr(hint, "__struct_fields__"):
        _collect(hint, structs)
        return f"[{hint.__name__}](#{hint.__name__.lower()})"
    return {str: "text", int: "whole number", float: "number", bool: "true or false", type(None): "null"}[
        hint
    ]


def _meanings(shape: Any) -> dict[str, str]:
    """Field → the docstring below it, first paragraph."""
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(shape))).body
    assert isinstance(definition, ast.ClassDef)
    found: dict[str, str] = {}
    for field, below in zip(definition.body, definition.body[1:], strict=False):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(below, ast.Expr)
        ):
            if isinstance(below.value, ast.Constant) and isinstance(below.value.value, str):
                found[field.target.id] = " ".join(below.value.value.split("\n\n")[0].split())
    return found


if __name__ == "__main__":
    sys.stdout.write(reference())
