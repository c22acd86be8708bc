"""Stand-ins for what a template asks for and nobody has told us: they keep the SQL parseable and say so.

`{{ schema }}` becomes `schema`, `{{ target.name }}` becomes `target_name`, an unknown macro becomes a function call
that keeps its column arguments, a loop over an unknown list runs once. A condition on something unknown is false.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Protocol, cast

from jinja2 import Undefined

_NOT_IN_A_NAME = re.compile(r"\W+")
_IDENTIFIER = re.compile(r"[^\W\d][\w$]*(?:\.[^\W\d][\w$]*){0,3}")
_EXPRESSION = re.compile(r"[\w\s.,()+*/|\"'<>=:-]*")
_OPERATOR = re.compile(r"\w\s*\(|\s[-+*/<>=|]{1,2}\s|::")
_DATE_PARTS = frozenset({"day", "week", "month", "quarter", "year", "hour", "minute", "second"})
_DEEPEST = 6
"""A loop over an unknown inside a loop over its items …: ends here, whatever a recursive macro does."""


class Notes(Protocol):
    """Where placeholders say that they were used."""

    config: dict[str, Any]

    def note(self, message: str, *, line: int = 0, severity: str = "info", hint: str = "") -> None: ...


class Placeholder(Undefined):
    """A value nobody knows, named by the way the template reaches it. Attributes start with `_`: templates see none."""

    __slots__ = ("_path",)
    _notes: Notes

    def __init__(
        self,
        hint: str | None = None,
        obj: Any = None,
        name: str | None = None,
        exc: Any = None,
        *,
        path: tuple[str, ...] = (),
    ) -> None:
        super().__init__(hint, obj, name)
        if not path and name is not None:
            path = (*obj._path, str(name)) if isinstance(obj, Placeholder) else (str(name),)
        # Without a name it is the value of `x if condition` without else: nothing.
        self._path = path

    def _child(self, name: object) -> Placeholder:
        return type(self)(path=(*self._path, str(name))) if len(self._path) < 20 else self

    def _text(self) -> str:
        name = _NOT_IN_A_NAME.sub("_", "_".join(self._path)).strip("_")
        return f"_{name}" if name[:1].isdigit() else name

    def _tell(self, effect: str) -> None:
        if self._path:
            name = ".".join(self._path)
            self._notes.note(
                f"`{name}` is not known here: {effect}", hint=f"Give {self._path[0]} in the template context."
            )

    def parts(self, count: int) -> tuple[Placeholder, ...]:
        """As many values as a loop or assignment unpacks."""
        return tuple(self._child(i + 1) for i in range(count))

    def __str__(self) -> str:
        text = self._text()
        self._tell(f"the name `{text}` stands for it")
        return text

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if "caller" in kwargs:
            self._tell("the call block was left out")
            return ""
        if not self._path:
            return self
        return _calls(self, args, kwargs)

    def __getattr__(self, name: str) -> Any:
        # Jinja then asks for the item of that name, and Python's own protocols are told that there is nothing.
        raise AttributeError(name)

    def __getitem__(self, key: Any) -> Any:
        return self._child(key)

    def __iter__(self) -> Iterator[Any]:
        self._tell("the loop over it runs once")
        if len(self._path) < _DEEPEST:
            yield self._child("item")

    def __len__(self) -> int:
        return 1

    def __bool__(self) -> bool:
        self._tell("the condition on it is taken to be false")
        return False

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Placeholder) and other._path == self._path

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self._path)

    def __contains__(self, item: object) -> bool:
        return False

    def __add__(self, other: Any) -> Any:
        return str(self) + other if isinstance(other, str) else self

    def __radd__(self, other: Any) -> Any:
        return other + str(self) if isinstance(other, str) else self

    def _itself(self, *_: Any) -> Any:
        return self

    def _never(self, *_: Any) -> bool:
        return False

    __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _itself
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __pow__ = __rpow__ = __neg__ = __pos__ = _itself
    __abs__ = __round__ = _itself
    __lt__ = __le__ = __gt__ = __ge__ = _never

    def __int__(self) -> int:
        return 0

    def __float__(self) -> float:
        return 0.0


class Calls:
    """Marks the placeholder of a call, which can only stand where SQL expects an expression."""

    __slots__ = ()


def placeholder_class(notes: Notes) -> type[Placeholder]:
    """Placeholders that report to `notes`. Jinja makes them from a class, so each rendering has its own."""
    return type("Placeholder", (Placeholder,), {"_notes": notes, "__slots__": ()})


def _calls(function: Placeholder, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Placeholder:
    """The value of a call nobody knows: written as a SQL function call of the same name, with its column arguments."""
    path: tuple[str, ...] = function._path  # pyright: ignore[reportPrivateUsage]  hidden from templates, not from us
    if path[-1] in ("items", "keys", "values", "strip", "lower", "upper", "split") and len(path) > 1:
        # Methods of a mapping or string: the value stays what it is.
        return cast("Any", type(function))(path=path[:-1]) if path[-1] != "items" else function
    name = ".".join(_NOT_IN_A_NAME.sub("_", part) for part in path[-2:])
    text = f"{name}({', '.join(sql_arguments((*args, *kwargs.values())))})"
    written = "`" + ".".join(path) + "()`"

    class Call(type(function), Calls):
        __slots__ = ()

        def __str__(self) -> str:
            if len(self._path) > len(path):
                return super().__str__()
            self._notes.note(
                f"{written} is a macro not known here: a function call, or a comment where none fits, stands for it",
                hint="Give the macro in the same file, or put its SQL in its place.",
            )
            return text

    return Call(path=path)


def sql_arguments(values: tuple[Any, ...]) -> list[str]:
    """Macro arguments as SQL: names and expressions as they are, other strings quoted, lists one by one."""
    result: list[str] = []
    for value in values:
        if isinstance(value, (list, tuple)):
            result.extend(sql_arguments(tuple(cast("Any", value)[:1000])))
        elif isinstance(value, str):
            result.append(sql_argument(value))
        elif isinstance(value, bool):
            result.append("TRUE" if value else "FALSE")
        elif value is None:
            result.append("NULL")
        elif not isinstance(value, dict):
            result.append(str(value))
    return result


def sql_argument(text: str) -> str:
    """A string given to a macro: `amount` and `a.price * 2` are SQL, `day`, `%Y` and `two words` are text."""
    stripped = text.strip()
    if _IDENTIFIER.fullmatch(stripped) and stripped.lower() not in _DATE_PARTS:
        return stripped
    balanced = (
        stripped.count("(") == stripped.count(")")
        and stripped.count("'") % 2 == 0
        and stripped.count('"') % 2 == 0
    )
    quoted = len(stripped) > 1 and stripped[0] == stripped[-1] and stripped[0] in "'\""
    if balanced and _EXPRESSION.fullmatch(stripped) and "--" not in stripped and "/*" not in stripped:
        if quoted or _OPERATOR.search(stripped):
            return stripped
    return "'" + text.replace("'", "''") + "'"
