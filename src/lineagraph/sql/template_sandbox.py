"""The Jinja sandbox: an environment that does no I/O, spends a budget, and never fails on a name it does not know.

A file's text becomes Jinja's syntax tree; the tree is instrumented (`template_tree`): line markers in what goes
straight to the output, a step counter in every loop and macro, size checks around what can multiply data. Then it runs.
Limits are counted, not timed, so that the same file gives the same result everywhere; the clock is only a backstop.
"""

from __future__ import annotations

import functools
import inspect
import json
import re
import time
from collections.abc import Callable, Iterator
from typing import Any, cast

from jinja2 import TemplateSyntaxError, Undefined
from jinja2.runtime import Context, Macro
from jinja2.sandbox import SandboxedEnvironment, SecurityError

from lineagraph.diagnostics import Code, Diagnostic, Severity
from lineagraph.model import Span
from lineagraph.sql.stack import deep_recursion
from lineagraph.sql.template_dbt import Builtin, Relation, Return, dbt_names, plain_data
from lineagraph.sql.template_placeholders import Calls, Notes, Placeholder, placeholder_class
from lineagraph.sql.template_tree import DbtTags, Markers, instrument, read_back
from lineagraph.sql.templates import Rendered, TemplateContext

MAX_STEPS = 300_000
"""Loop turns, calls and operators; also one per thousand characters of any string made on the way."""
MAX_OUTPUT = 16_000_000
"""Characters written, inside macros too."""
MAX_STRING = 4_000_000
MAX_ITEMS = 100_000
MAX_STRUCTURE = 1_000_000
"""Characters and items in a list or mapping, its parts included."""
MAX_PRODUCT = 20_000_000
"""Size of an operation's result in the worst case, estimated from its arguments before it runs."""
MAX_SECONDS = 5.0

_MULTIPLYING_FILTERS = frozenset(
    {
        "batch",
        "center",
        "format",
        "indent",
        "join",
        "pprint",
        "replace",
        "slice",
        "string",
        "tojson",
        "wordwrap",
        "xmlattr",
    }
)
_WIDTH = re.compile(r"[0-9]{5}")
_ADDRESS = re.compile(r" at 0x[0-9a-f]+>")


class TemplateFailure(Exception):
    """A template that cannot be rendered: why, and at which line."""

    def __init__(self, message: str, line: int, hint: str = "", others: tuple[Diagnostic, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.hint = hint
        self.others = others
        self.interrupted = False
        """By the clock or for want of memory: elsewhere it may render."""


class BudgetError(Exception):
    """The template wants more steps, output or time than it gets."""


class OutOfTimeError(BudgetError):
    """It wants more time, which depends on the machine."""


def render_sandboxed(text: str, context: TemplateContext) -> Rendered:
    """Render, or raise `TemplateFailure`: the only exception a template can cause."""
    with deep_recursion():
        return _render(text.replace("\r\n", "\n").replace("\r", " "), context)


def _render(text: str, context: TemplateContext) -> Rendered:
    notes = _Notes()
    markers = Markers.absent_from(text)
    environment = _Environment(notes, markers)
    try:
        tree = instrument(environment.parse(text), environment, markers, notes)
        template = environment.template_class.from_code(
            environment, environment.compile(tree), environment.globals
        )
        names = dbt_names(context, notes, environment.placeholder)
        pieces: list[str] = []
        # Not `template.render`: that joins the pieces first and counts later.
        for piece in template.root_render_func(template.new_context(names)):
            environment.write(len(piece))
            pieces.append(piece)
    except TemplateSyntaxError as error:
        raise TemplateFailure(
            error.message or "syntax error", error.lineno, "Correct the tag.", notes.listed()
        ) from None
    except (RecursionError, SyntaxError, MemoryError) as error:
        # Python's own limits: "too many statically nested blocks", deep parentheses, recursive macros.
        message = (
            "it is nested too deeply"
            if isinstance(error, RecursionError)
            else f"{type(error).__name__}: {error}"
        )
        failure = TemplateFailure(message, notes.line_of(error), "Nest it less deeply.", notes.listed())
        failure.interrupted = isinstance(error, MemoryError)
        raise failure from None
    except BudgetError as error:
        failure = TemplateFailure(str(error), notes.line_of(error), "Make its loops smaller.", notes.listed())
        failure.interrupted = isinstance(error, OutOfTimeError)
        raise failure from None
    except Exception as error:  # noqa: BLE001  a template is a program: it can raise anything, and all of it is its fault
        reason = f"{type(error).__name__}: {error}".split("\n", 1)[0][:300]
        hint = "Give the values it needs in the template context."
        raise TemplateFailure(_ADDRESS.sub(">", reason), notes.line_of(error), hint, notes.listed()) from None
    rendered, source_lines = read_back("".join(pieces), markers, text.count("\n") + 1)
    # Jinja can print any object; an address in it would make facts differ from run to run.
    return Rendered(_ADDRESS.sub(">", rendered), source_lines, notes.listed(), notes.config)


class _Notes(Notes):
    """What is to be told about one rendering."""

    def __init__(self) -> None:
        self.config: dict[str, Any] = {}
        self._found: dict[str, Diagnostic] = {}

    def note(self, message: str, *, line: int = 0, severity: str = Severity.INFO, hint: str = "") -> None:
        if message not in self._found and len(self._found) < 200:
            where = line or self.line_of(None)
            self._found[message] = Diagnostic(
                Code.TEMPLATE_ERROR, severity, message, Span(where, 1, where, 1), hint=hint or None
            )

    def listed(self) -> tuple[Diagnostic, ...]:
        return tuple(self._found.values())

    def line_of(self, error: BaseException | None) -> int:
        """The template's line that is running now, or was when the error was raised; 1 where that cannot be told."""
        line = 1
        if error is None:
            frame = inspect.currentframe()
            while frame is not None:
                found = _template_line(frame.f_globals, frame.f_lineno)
                if found:
                    return found
                frame = frame.f_back
            return line
        trace = error.__traceback__
        while trace is not None:
            line = _template_line(trace.tb_frame.f_globals, trace.tb_lineno) or line
            trace = trace.tb_next
        return line


def _template_line(module: dict[str, Any], python_line: int) -> int:
    """Jinja's compiled module carries `1=14&3=20`: template line = line of the Python code made from it."""
    debug_info = module.get("debug_info")
    if not isinstance(debug_info, str) or not isinstance(module.get("environment"), _Environment):
        return 0
    found = 1
    for pair in debug_info.split("&"):
        template_line, _, code_line = pair.partition("=")
        if code_line and int(code_line) <= python_line:
            found = int(template_line)
    return found


class _Environment(SandboxedEnvironment):
    """Jinja's sandbox plus a budget. One per rendering: it owns what this rendering has spent and noted."""

    intercepted_binops = frozenset(SandboxedEnvironment.default_binop_table)

    def __init__(self, notes: _Notes, markers: Markers) -> None:
        self.placeholder = placeholder_class(notes)
        super().__init__(
            undefined=self.placeholder,
            finalize=self.output_text,
            extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols", DbtTags],
            keep_trailing_newline=True,
            cache_size=0,
        )
        self.notes = notes
        self.markers = markers
        self.steps = 0
        self.written = 0
        self.deadline = time.monotonic() + MAX_SECONDS
        self.globals["range"] = cast("Any", self._range)
        del self.globals["lipsum"]
        self.filters = {name: self._guarded(name, f) for name, f in self.filters.items() if name != "random"}
        self.filters["tojson"] = self._guarded("tojson", _to_json)
        self.filters.update(as_bool=_same, as_native=_same, as_number=_same, as_text=_same)
        # What the instrumented tree calls by these names.
        self.step = self.spend_turn
        self.joined = self.join_text
        self.bounded = self.check_size
        self.unpackable = self.spread

    # The budget

    def spend(self, steps: int) -> None:
        self.steps += steps
        if self.steps > MAX_STEPS:
            raise BudgetError(f"it takes more than {MAX_STEPS:,} steps")
        if time.monotonic() > self.deadline:
            raise OutOfTimeError(f"it takes more than {MAX_SECONDS:.0f} seconds")

    def write(self, characters: int) -> None:
        self.written += characters
        if self.written > MAX_OUTPUT:
            raise BudgetError(f"it writes more than {MAX_OUTPUT:,} characters")

    def spend_turn(self, characters: int) -> str:
        """One turn of a loop or macro body that holds so many characters of plain text."""
        self.spend(1)
        self.write(characters)
        return ""

    def check_size(self, value: Any) -> Any:
        """A value just made: charged if a string, refused if a structure whose parts add up to too much."""
        if isinstance(value, str):
            if len(value) > MAX_STRING:
                raise BudgetError(f"it makes a string of more than {MAX_STRING:,} characters")
            self.spend(1 + len(value) // 1000)
        elif isinstance(value, (list, tuple, dict)):
            _size(cast("Any", value))
            self.spend(1)
        return value

    def _guarded(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        multiplying = name in _MULTIPLYING_FILTERS

        @functools.wraps(function)  # also carries over whether Jinja passes the context or environment first
        def guarded(*arguments: Any, **options: Any) -> Any:
            if multiplying:
                self._check_product(arguments, options)
            return self.check_size(function(*arguments, **options))

        return guarded

    def _check_product(self, arguments: tuple[Any, ...], options: dict[str, Any]) -> None:
        """Every built-in string operation makes at most (size of one argument) × (size of another)."""
        sizes = sorted((_weight(a) for a in (*arguments, *options.values())), reverse=True)[:2]
        product = sizes[0] * (sizes[1] if len(sizes) > 1 else 1) if sizes else 0
        if product > MAX_PRODUCT or any(
            isinstance(a, str) and "%" in a and _WIDTH.search(a) for a in arguments[:2]
        ):
            raise BudgetError("it makes a string that is too long")
        self.spend(1 + product // 10_000)

    # What templates do

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:
        owner = getattr(getattr(__obj, "__wrapped__", __obj), "__self__", None)
        if owner is __self:
            # One of our own, without the variables of the loop that Jinja adds for `Context.call`.
            return __obj(*args)
        __self.spend(1)
        if isinstance(owner, str):
            if "{" in owner and _WIDTH.search(owner):
                raise BudgetError("it makes a string that is too long")
            __self._check_product((owner, *args), kwargs)
        elif isinstance(owner, (list, dict)):
            if len(cast("list[Any]", owner)) > MAX_ITEMS:
                raise BudgetError(f"it makes a list of more than {MAX_ITEMS:,} items")
            for argument in (*args, *kwargs.values()):
                __self.check_size(argument)
        try:
            return __self.check_size(super().call(__context, __obj, *args, **kwargs))
        except Return as returned:
            if isinstance(__obj, Macro):
                return returned.value
            raise

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        if operator == "*":
            if isinstance(left, int) and isinstance(right, int):
                if left.bit_length() + right.bit_length() > 10_000:
                    raise BudgetError("it makes a number that is too long")
            elif _weight(left) * _weight(right) > MAX_PRODUCT:
                raise BudgetError("it makes a string or list that is too long")
        elif operator == "**":
            if isinstance(left, int) and isinstance(right, int) and left.bit_length() * abs(right) > 10_000:
                raise BudgetError("it makes a number that is too long")
        elif operator == "%" and isinstance(left, str):
            self._check_product((left, right), {})
        elif (
            operator == "+"
            and _weight(left) + _weight(right) > MAX_STRING
            and not isinstance(left, (int, float))
        ):
            raise BudgetError("it makes a string or list that is too long")
        self.spend(1)
        return self.check_size(super().call_binop(context, operator, left, right))

    def unsafe_undefined(self, obj: Any, attribute: str) -> Undefined:
        message = f"access to {attribute!r} of {type(obj).__name__} is not allowed in a template"
        self.notes.note(message, severity=Severity.WARNING)
        return self.undefined(name=attribute, exc=SecurityError)

    def _range(self, *bounds: Any) -> range:
        result = range(*[1 if isinstance(b, Placeholder) else b for b in bounds])
        if len(result) > MAX_ITEMS:
            raise BudgetError(f"it makes a list of more than {MAX_ITEMS:,} items")
        # A loop with a filter may take no turn at all, and still walk through all of it.
        self.spend(1 + len(result) // 10)
        return result

    def join_text(self, *parts: Any) -> str:
        """The `~` operator."""
        texts = [self.plain_text(part) for part in parts]
        if sum(map(len, texts)) > MAX_STRING:
            raise BudgetError(f"it makes a string of more than {MAX_STRING:,} characters")
        return self.check_size("".join(texts))

    def spread(self, values: Any, count: int) -> Iterator[Any]:
        """Items of a loop over several names: a placeholder among them stands for as many values as are asked for."""
        for value in values:
            yield value.parts(count) if isinstance(value, Placeholder) else value

    def output_text(self, value: Any) -> str:
        """What `{{ value }}` writes. Calls nobody knows are bracketed: `read_back` decides whether one fits there."""
        text = self.plain_text(value)
        self.write(len(text))
        if isinstance(value, Calls) and text:
            return f"{self.markers.call}{text}{self.markers.end}"
        return text

    def plain_text(self, value: Any) -> str:
        if isinstance(value, str):
            return value
        if value is None or (isinstance(value, Undefined) and not isinstance(value, Placeholder)):
            # The latter is `x if condition` without an else.
            return ""
        if isinstance(value, (bool, int, float, Relation, Placeholder)):
            return str(value)
        if isinstance(value, (list, tuple, dict)):
            _size(cast("Any", value))
            return str(cast("Any", value))
        if isinstance(value, Builtin):
            return value.as_text()
        if isinstance(value, Macro):
            return value.name
        self.notes.note(
            f"a {type(value).__name__} cannot be written into SQL; it was left out", severity=Severity.WARNING
        )
        return ""


def _same(value: Any) -> Any:
    return value


def _to_json(value: Any, *_: Any, **__: Any) -> str:
    return json.dumps(plain_data(value))


def _weight(value: Any) -> int:
    """How much data one argument can bring into an operation."""
    if isinstance(value, str):
        return max(1, len(value))
    if isinstance(value, bool):
        return 1
    if isinstance(value, int):
        return max(1, abs(value))
    if isinstance(value, (list, tuple, dict)):
        return max(1, _size(cast("Any", value)))
    return 1


def _size(value: list[Any] | tuple[Any, ...] | dict[Any, Any]) -> int:
    """Characters and items in a structure, shared parts counted as often as they are reached: what printing would cost.

    A list that holds itself is refused, and so is one that doubles at every level.
    """
    total = 0
    pending: list[Any] = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, str):
            total += len(item)
        elif isinstance(item, dict):
            pending.extend(item)
            pending.extend(item.values())
        elif isinstance(item, (list, tuple)):
            pending.extend(cast("Any", item))
        total += 1
        if total > MAX_STRUCTURE or len(pending) > MAX_STRUCTURE:
            raise BudgetError("it makes a structure that is too large")
    return total
