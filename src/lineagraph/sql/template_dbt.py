"""The names dbt gives to templates: `ref`, `source`, `config`, `var`, `this`, `adapter` and the rest.

Nothing here knows a project or a database. A relation is its name, and what only a run could know is a placeholder
(https://docs.getdbt.com/reference/dbt-jinja-functions).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from typing import Any, cast

from jinja2 import pass_context
from jinja2.runtime import Context, Macro

from lineagraph.sql.template_macros import common_macros
from lineagraph.sql.template_placeholders import Notes, Placeholder
from lineagraph.sql.templates import TemplateContext

_PLAIN = re.compile(r"[^\W\d][\w$]*")


class Return(Exception):
    """`{{ return(value) }}` ends a macro with a value that is no text."""

    def __init__(self, value: Any) -> None:
        super().__init__("return() outside of a macro")
        self.value = value


class Relation:
    """A table by name, with the attributes that dbt's relations have."""

    __slots__ = (
        "_text",
        "alias",
        "database",
        "identifier",
        "is_cte",
        "is_table",
        "is_view",
        "name",
        "schema",
        "table",
        "type",
    )

    def __init__(self, text: str) -> None:
        parts = text.replace('"', "").replace("`", "").split(".")
        self._text = text
        self.identifier = self.name = self.alias = self.table = parts[-1]
        self.schema = parts[-2] if len(parts) > 1 else None
        self.database = parts[-3] if len(parts) > 2 else None
        self.type = "table"
        self.is_table, self.is_view, self.is_cte = True, False, False

    def __str__(self) -> str:
        return self._text

    def include(self, *_: Any, **__: Any) -> Relation:
        return self

    quote = include
    incorporate = include


class Builtin:
    """A function of dbt's. Where a template writes it like a variable, the variable of that name is meant."""

    __slots__ = ("_fallback", "_function", "jinja_pass_arg")

    def __init__(self, function: Callable[..., Any], fallback: Any) -> None:
        self._function = function
        self._fallback = fallback

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._function(*args, **kwargs)

    def as_text(self) -> str:
        return str(self._fallback)


class _Config:
    """`config(…)` is kept for whoever renders; `config.get` reads back what was set before."""

    __slots__ = ("_values",)

    def __init__(self, values: dict[str, Any]) -> None:
        self._values = values

    def __call__(self, *args: Any, **kwargs: Any) -> str:
        given = {**(cast("Any", args[0]) if args and isinstance(args[0], dict) else {}), **kwargs}
        for name, value in given.items():
            if len(self._values) < 200 or name in self._values:
                self._values[str(name)] = plain_data(value)
        return ""

    def get(self, name: str, default: Any = None, **_: Any) -> Any:
        return self._values.get(name, default)

    require = get
    set = get

    def persist_relation_docs(self) -> bool:
        return False

    persist_column_docs = persist_relation_docs


class _Package:
    """`dbt_utils.name`: a macro we know, else a placeholder. `fixed` entries are values, not functions."""

    __slots__ = ("_known", "_make", "_name")

    def __init__(self, name: str, known: dict[str, Any], make: type[Placeholder]) -> None:
        self._name = name
        self._known = known
        self._make = make

    def __getitem__(self, name: str) -> Any:
        return self._known[name] if name in self._known else self._make(path=(self._name, str(name)))


class _Var:
    __slots__ = ("_make", "_values")

    def __init__(self, values: dict[str, Any], make: type[Placeholder]) -> None:
        self._values = values
        self._make = make

    def __call__(self, name: Any, default: Any = None) -> Any:
        name = str(name)
        if name in self._values:
            return self._values[name]
        return self._make(path=(name,)) if default is None else default

    def has_var(self, name: Any) -> bool:
        return str(name) in self._values


def dbt_names(context: TemplateContext, notes: Notes, make: type[Placeholder]) -> dict[str, Any]:
    """Everything a template can name, made new for each rendering, because templates can change lists and mappings."""
    variables: dict[str, Any] = _copy(context.vars)

    def ref(*names: Any, **_: Any) -> Relation:
        name = str(names[-1]) if names else ""
        qualified = ".".join(map(str, names))
        return Relation(context.models.get(qualified) or context.models.get(name) or _quoted(name))

    def source(group: Any = "", table: Any = "", *_: Any) -> Relation:
        key = (str(group), str(table))
        return Relation(context.sources.get(key) or f"{_quoted(key[0])}.{_quoted(key[1])}")

    def env_var(name: Any, default: Any = None) -> Any:
        return make(path=(str(name),)) if default is None else default

    def nothing(*_: Any, **__: Any) -> str:
        return ""

    def unknown(*path: str) -> Callable[..., Placeholder]:
        return lambda *_, **__: make(path=path)

    def give_back(value: Any = None, *_: Any) -> Any:
        raise Return(value)

    def raising(*_: Any, **__: Any) -> str:
        notes.note("the template raises an error when rendered with these values", severity="warning")
        return ""

    shared = common_macros(make)
    packages = {name: _Package(name, shared, make) for name in ("dbt_utils", "dbt")}

    @pass_context
    def dispatch(names: Context, macro_name: Any, *_: Any, **__: Any) -> Any:
        for name in (f"default__{macro_name}", str(macro_name)):
            found = names.resolve_or_missing(name)
            if isinstance(found, Macro):
                return found
        return packages["dbt_utils"][str(macro_name)]

    def relation_from(*parts: Any, **named: Any) -> Relation:
        values = [*parts, *(named.get(n) for n in ("database", "schema", "identifier"))]
        return Relation(".".join(_quoted(str(v)) for v in values if v is not None) or "relation")

    adapter = _Package(
        "adapter",
        {
            "dispatch": dispatch,
            "quote": lambda name, *_: '"' + str(name) + '"',
            "get_relation": relation_from,
            "check_schema_exists": lambda *_, **__: True,
            "create_schema": nothing,
            "drop_relation": nothing,
        },
        make,
    )
    relations = _Package("Relation", {"create": relation_from}, make)
    columns = _Package("Column", {"translate_type": lambda text, *_: str(text)}, make)
    functions: dict[str, Callable[..., Any]] = {
        "ref": ref,
        "source": source,
        "env_var": env_var,
        "is_incremental": lambda *_: True,
        "log": nothing,
        "print": nothing,
        "debug": nothing,
        "statement": nothing,
        "store_result": nothing,
        "return": give_back,
        "run_query": unknown("query_result"),
        "load_result": unknown("query_result"),
        "doc": nothing,
        "set": _distinct,
        "set_strict": _distinct,
        "zip": lambda *lists: [list(row) for row in zip(*lists, strict=False)],
        "zip_strict": lambda *lists: [list(row) for row in zip(*lists, strict=False)],
        "fromjson": _from_json,
        "tojson": lambda value, default=None, **_: json.dumps(plain_data(value)),
        "fromyaml": unknown("yaml"),
        "toyaml": lambda value, *_, **__: json.dumps(plain_data(value)),
        "local_md5": lambda value: f"md5_{re.sub(r'[^0-9A-Za-z]+', '_', str(value))[:40]}",
        "pre_hook": nothing,
    }
    names: dict[str, Any] = {
        "execute": False,
        "this": Relation(context.this) if context.this else make(path=("this",)),
        "adapter": adapter,
        "api": _Package("api", {"Relation": relations, "Column": columns}, make),
        "exceptions": _Package("exceptions", {"raise_compiler_error": raising, "warn": nothing}, make),
        "context": make(path=("context",)),
        **packages,
        **variables,
        "config": _Config(notes.config),
        "var": _Var(variables, make),
    }
    for name, function in functions.items():
        names[name] = Builtin(function, variables.get(name, make(path=(name,))))
    names["zip"] = functions["zip"]
    return names


def _quoted(name: str) -> str:
    return name if _PLAIN.fullmatch(name) else '"' + name.replace('"', '""') + '"'


def _distinct(values: Iterable[Any] = (), *_: Any) -> list[Any]:
    """A set whose order does not depend on the hash seed."""
    return list(dict.fromkeys(values))


def _from_json(text: Any, default: Any = None) -> Any:
    try:
        return json.loads(str(text))
    except ValueError:
        return default


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): _copy(v) for k, v in cast("dict[Any, Any]", value).items()}
    if isinstance(value, (list, tuple)):
        return [_copy(v) for v in cast("Any", value)]
    return value


def plain_data(value: Any) -> Any:
    """Only plain data leaves the sandbox."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, (list, tuple)):
        return [plain_data(v) for v in cast("Any", value)]
    if isinstance(value, dict):
        return {str(k): plain_data(v) for k, v in cast("dict[Any, Any]", value).items()}
    return str(value)
