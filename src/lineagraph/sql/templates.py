"""Jinja and dbt templates → plain SQL, with the way back from each rendered line to a line of the source file.

Rendering never needs the project: what a template asks for and nobody has told us is stood in for by something that
still parses (`{{ schema }}` by `schema`, `{{ cents('amount') }}` by `cents(amount)`), and a diagnostic says so. A
template that cannot be rendered at all has its tags blanked out, so the plain statements around them survive. Jinja2 is
an optional dependency; `docs/templates.md` describes what users see.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec
from msgspec import Struct

from lineagraph.diagnostics import Code, Diagnostic, Severity
from lineagraph.model import Span

MAX_SOURCE = 8_000_000
"""Characters. Larger files are not rendered, only blanked: compiling a template costs about a second per 2 MB."""

_OPENING = re.compile(
    r"""\{%[-+]?\s*[A-Za-z_]\w*
      | \{\#
      | \{\{[-+]?\s*(?:[A-Za-z_(\[\d~]|(?P<quote>["'])[^"'\n]*(?P=quote)\s*[^\s:])""",
    re.VERBOSE,
)
_CLOSING = {"{{": "}}", "{%": "%}", "{#": "#}"}
_ANY_OPENING = re.compile(r"\{[{%#]")
_CALL = re.compile(r"([A-Za-z_]\w*)\s*\(\s*(.*)", re.DOTALL)
_STRING = re.compile(r"""["']([^"'\n]*)["']""")
_NAME_PATH = re.compile(r"[A-Za-z_]\w*(?:\.\w+)*")


class TemplateContext(Struct, frozen=True):
    """What templates may know of the world. Part of the cache key, through `context_key`.

    `vars` are variables (`{{ region }}`, `{{ var('region') }}`): text, numbers, booleans, lists and mappings of these.
    """

    vars: dict[str, Any] = {}
    models: dict[str, str] = {}
    """`ref('name')` → the relation's name, as SQL. Models not listed are their own name."""
    sources: dict[tuple[str, str], str] = {}
    """`source('group', 'table')` → the relation's name, as SQL. Others are `group.table`."""
    this: str = ""
    """`{{ this }}`: the relation this file builds."""

    def __hash__(self) -> int:
        return hash(context_key(self))


class Rendered(Struct, frozen=True):
    """SQL made from a template.

    `source_lines[i]` is the source line (from 1) that line i (from 0) came from; empty: the lines are the same.
    """

    text: str
    source_lines: tuple[int, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    config: dict[str, Any] = {}
    """What `{{ config(…) }}` was called with (`materialized`, `alias`, `schema` …)."""


def looks_templated(text: str) -> bool:
    """Whether a text holds Jinja tags. Cheap, and wrong only for SQL that happens to hold `{{ name … }}`."""
    if "{{" not in text and "{%" not in text and "{#" not in text:
        return False
    last = {opening: text.rfind(closing) for opening, closing in _CLOSING.items()}
    return any(match.start() < last[match.group()[:2]] for match in _OPENING.finditer(text))


def context_key(context: TemplateContext | None) -> bytes:
    """The same bytes for equal contexts, whatever the order of their entries."""
    if context is None:
        return b""
    sources = sorted((group, name, relation) for (group, name), relation in context.sources.items())
    return msgspec.json.encode([context.vars, context.models, sources, context.this], order="deterministic")


def render(text: str, context: TemplateContext | None = None) -> Rendered:
    """Render a template within a sandbox: no I/O, no environment, bounded time and output.

    Raises nothing: what goes wrong is in `Rendered.diagnostics`. `is_incremental()` is true, so that what an
    incremental run reads is seen; `execute` is false, as while dbt parses.
    """
    if len(text) > MAX_SOURCE:
        message = f"the template is larger than {MAX_SOURCE:,} characters and was not rendered"
        return _blanked(text, Code.TEMPLATE_ERROR, message, 1, "Split the file.")
    try:
        from lineagraph.sql.template_sandbox import TemplateFailure, render_sandboxed
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("jinja2", "markupsafe"):
            raise
        message = "this file is a Jinja template, and Jinja2 is not installed: its tags were blanked out"
        hint = 'Install the extra: pip install "lineagraph[dbt]".'
        return _blanked(text, Code.TEMPLATE_EXTRA_MISSING, message, 1, hint)
    try:
        return render_sandboxed(text, context or TemplateContext())
    except TemplateFailure as failure:
        message = f"the template could not be rendered: {failure.message}; its tags were blanked out"
        code = Code.INTERRUPTED if failure.interrupted else Code.TEMPLATE_ERROR
        blanked = _blanked(text, code, message, failure.line, failure.hint)
        return msgspec.structs.replace(blanked, diagnostics=(*blanked.diagnostics, *failure.others))


def blank(text: str) -> str:
    """Take the tags out, keeping every line where it is: expressions become a name where one can be read off them."""
    parts: list[str] = []
    position = 0
    unclosed: set[str] = set()
    for match in _ANY_OPENING.finditer(text):
        start, opening = match.start(), match.group()
        if start < position or opening in unclosed:
            continue
        end = text.find(_CLOSING[opening], start + 2)
        if end < 0:
            # Nothing closes it: no such tag can follow either, so its search is not repeated.
            unclosed.add(opening)
            continue
        parts.append(text[position:start])
        position = end + 2
        tag = text[start:position]
        parts.append(_overlay(tag, _expression_name(tag[2:-2].strip("-+ \t\r\n")) if opening == "{{" else ""))
    parts.append(text[position:])
    return "".join(parts)


def _overlay(tag: str, name: str) -> str:
    """Blanks of a tag's shape with a name in its first line that has room."""
    lines = tag.split("\n")
    row = next((i for i, line in enumerate(lines) if len(line) >= len(name)), -1)
    return "\n".join((name if i == row else "").ljust(len(line)) for i, line in enumerate(lines))


def _expression_name(expression: str) -> str:
    call = _CALL.match(expression)
    if call is None:
        path = _NAME_PATH.match(expression)
        return path.group().replace(".", "_") if path else ""
    function = call.group(1)
    strings: list[str] = _STRING.findall(call.group(2))
    if not strings or function not in ("ref", "source", "var", "env_var"):
        return ""
    if function == "source":
        return ".".join(strings[:2])
    return strings[0] if function != "ref" else strings[min(1, len(strings) - 1)]


def _blanked(text: str, code: str, message: str, line: int, hint: str) -> Rendered:
    span = Span(line, 1, line, 1)
    return Rendered(blank(text), (), (Diagnostic(code, Severity.WARNING, message, span, hint=hint),))
