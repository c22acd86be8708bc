"""Options that several commands share, and values of options checked, with errors that say what to do.

All options are text or flags to Typer. Since 0.29 it sends every value through pydantic, and a program that does so
takes three times as long as `import typer` (measured): more than a whole trace. `PlainValues` keeps it from that.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from typer.core import TyperCommand, TyperGroup

from lineagraph.diagnostics import LineagraphError

if TYPE_CHECKING:
    from lineagraph.config.feature_flags import FeatureFlags
    from lineagraph.ingest.parse_cache import CacheOptions

_Word = TypeVar("_Word", bound=str)

ProjectOption = Annotated[
    str,
    typer.Option(
        "--project", metavar="DIR", envvar="LINEAGRAPH_PROJECT", help="Directory of the project database.",
    ),
]  # fmt: skip
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document, and nothing else.")]
DepthOption = Annotated[
    str | None, typer.Option("--depth", metavar="N", help="Follow at most N hops. [default: all]")
]


class UsageError(LineagraphError):
    """The command line asks for something that cannot be."""


class PlainValues:
    """Mixed into commands and groups: values are taken as they were typed, where text was asked for and given."""

    def get_params(self, ctx: Any) -> list[Any]:
        parameters: list[Any] = super().get_params(ctx)  # pyright: ignore[reportAttributeAccessIssue]
        for parameter in parameters:
            _take_text(parameter)
        return parameters

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        pieces = [argument_name(one) for one in self.get_params(ctx) if one.param_type_name == "argument"]
        return ["[OPTIONS]", *pieces]


class PlainCommand(PlainValues, TyperCommand):
    pass


class PlainGroup(PlainValues, TyperGroup):
    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        return ["[OPTIONS]", "COMMAND ..."]


def argument_name(parameter: Any) -> str:
    """An argument as usage lines have it: `NAME`, `PATH...`."""
    return f"{parameter.metavar or parameter.name.upper()}{'...' if parameter.nargs == -1 else ''}"


def _take_text(parameter: Any) -> None:
    """Let a parameter pass text and flags through unconverted; all else (what is missing) goes the usual way.

    In help, an argument has its name and not its Python type.
    """
    usual = parameter.process_value
    if getattr(usual, "takes_text", False):
        return

    def process_value(context: Any, value: Any) -> Any:
        texts = isinstance(value, (list, tuple)) and value and all(isinstance(item, str) for item in value)
        if isinstance(value, (str, bool)) or texts or (value is None and not parameter.required):
            return value if parameter.callback is None else parameter.callback(context, parameter, value)
        return usual(context, value)

    process_value.takes_text = True  # pyright: ignore[reportFunctionMemberAccess]
    parameter.process_value = process_value
    if parameter.param_type_name == "argument":
        parameter.get_help_record = lambda context: (argument_name(parameter), parameter.help or "")


def project_directory(text: str) -> str:
    """The project's directory. Raises `UsageError` where there is something else of that name."""
    if os.path.exists(text) and not os.path.isdir(text):
        raise UsageError(
            f"--project names {text}, which is a file; give the directory that holds (or shall hold) lineage.db"
        )
    return text


def searchable(name: str) -> str:
    """A name to look up. Raises `UsageError` for bytes that are no text: nothing in a graph can be called so."""
    try:
        name.encode()
    except UnicodeEncodeError:
        raise UsageError(
            f"{name} is not text in this terminal's encoding; nothing in the graph is called so"
        ) from None
    return name


def whole_number(option: str, text: str | None, *, least: int = 1) -> int | None:
    """A count given on the command line. Raises `UsageError`."""
    if text is None:
        return None
    try:
        number = int(text)
    except ValueError:
        number = least - 1
    if number < least:
        raise UsageError(f"{option} is {text!r}; give a whole number of {least} or more")
    return number


def seconds(option: str, text: str) -> float:
    """A duration given on the command line. Raises `UsageError`."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise UsageError(f"{option} is {text!r}; give a number of seconds greater than 0")
    return number


def one_of(option: str, text: str, known: Sequence[_Word]) -> _Word:
    """One of a few words, in any case. Raises `UsageError` with the nearest."""
    for word in known:
        if word.lower() == text.lower():
            return word
    raise UsageError(f"{option} is {text!r}; {did_you_mean(text, known)}")


def did_you_mean(text: str, known: Iterable[str]) -> str:
    """`did you mean depth?`, or all there is to choose from."""
    import difflib

    words = list(known)
    nearest = [word for word in words if text and word.startswith(text.lower())] or difflib.get_close_matches(
        text.lower(), words, n=1, cutoff=0.6
    )
    return f"did you mean {nearest[0]}?" if nearest else f"choose from {', '.join(words)}"


def pairs(option: str, texts: Iterable[str] | None, example: str) -> list[tuple[str, str]]:
    """`left=right` options; the last `=` of a pattern, the first of a variable decides. Raises `UsageError`."""
    found: list[tuple[str, str]] = []
    for text in texts or ():
        left, separator, right = text.partition("=") if option == "--var" else text.rpartition("=")
        if not separator or not left.strip() or (option != "--var" and not right.strip()):
            raise UsageError(f"{option} is {text!r}; write it like {option} {example}")
        found.append((left.strip(), right if option == "--var" else right.strip()))
    return found


def feature_flags(*, no_cache: bool = False, disable_batching: bool = False) -> FeatureFlags:
    """What the environment says (`FEATURE_…`, `ENABLE_PARSE_CACHE`), less what options switch off.

    Raises `SettingError` for a variable that is neither true nor false.
    """
    from lineagraph.config.feature_flags import FeatureFlags, boolean

    flags = FeatureFlags.from_environment(os.environ)
    enabled = os.environ.get("ENABLE_PARSE_CACHE", "").strip()
    cached = flags.parse_cache and not no_cache
    if enabled:
        cached = cached and boolean("ENABLE_PARSE_CACHE", enabled)
    return FeatureFlags(
        cached, flags.batching and not disable_batching, flags.parallel, flags.neo4j_batch, flags.metrics
    )


CACHE_BOUNDS = {
    "PARSE_CACHE_MAX_ENTRIES": ("max_entries", 1, "entries that the parse cache holds at most"),
    "PARSE_CACHE_MAX_MB": ("max_bytes", 1_000_000, "megabytes of values that the parse cache holds at most"),
    "PARSE_CACHE_TTL_DAYS": ("ttl_days", 1, "days after which an entry that nobody used is removed"),
}
"""Variable → (field of `CacheOptions`, unit, meaning)"""


def cache_options(environment: Mapping[str, str]) -> CacheOptions:
    """The bounds that the environment sets. Raises `UsageError` for what is no number of 1 or more."""
    from lineagraph.ingest.parse_cache import CacheOptions

    found: dict[str, Any] = {}
    for name, (field, unit, _) in CACHE_BOUNDS.items():
        text = environment.get(name, "").strip()
        if text:
            try:
                found[field] = int(text) * unit
            except ValueError:
                found[field] = 0
            if not 0 < found[field] < 1 << 60:
                raise UsageError(f"{name} is {text!r}; give a whole number of 1 or more")
    return CacheOptions(**found)
