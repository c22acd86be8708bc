"""lineagraph: column-level lineage of SQL, exact, incremental and honest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lineagraph.analysis import Analysis, Change, ColumnEdge, Influence, analyze
    from lineagraph.project import IngestReport, Project

from lineagraph.version import __version__

_HOMES = {
    "analyze": "lineagraph.analysis",
    "Analysis": "lineagraph.analysis",
    "ColumnEdge": "lineagraph.analysis",
    "Change": "lineagraph.analysis",
    "Influence": "lineagraph.analysis",
    "Project": "lineagraph.project",
    "IngestReport": "lineagraph.project",
}

__all__ = [
    "Analysis",
    "Change",
    "ColumnEdge",
    "Influence",
    "IngestReport",
    "Project",
    "__version__",
    "analyze",
]


def __getattr__(name: str) -> Any:
    # sqlglot takes a tenth of a second to import: only those who need it pay
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(home), name)
