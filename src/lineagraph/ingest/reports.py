"""What an ingestion is asked for and what it reports: options, errors, lost statements, totals."""

from __future__ import annotations

from msgspec import Struct

from lineagraph.config.feature_flags import FeatureFlags
from lineagraph.diagnostics import LineagraphError
from lineagraph.ingest.parse_cache import CacheOptions
from lineagraph.model import GraphDelta, Span

SCHEMA_PREFIX = "schema://"
"""Begins the stored path of an imported schema: it takes part like a file that defines datasets. No file's stored path
holds two slashes in a row, so none is taken for a schema."""


class IngestOptions(Struct, frozen=True):
    """How to read the files of one ingestion."""

    dialect: str | None = None
    """For every file; None: each file's header comment, else the rules, else a guess from its text."""
    dialect_rules: tuple[tuple[str, str], ...] = ()
    """(path pattern as in .gitignore, dialect); the last match wins."""
    default_database: str | None = None
    default_schema: str | None = None
    schemas: tuple[str, ...] = ()
    """Files with imported schemas: INFORMATION_SCHEMA CSV, JSON, dbt manifest or catalog."""
    variables: dict[str, object] = {}
    """Template variables."""
    statement_seconds: float = 10.0
    """Budget for parsing one statement."""
    follow_symlinks: bool = False
    workers: int | str = 1
    """Who reads files: 1: the calling thread; n: so many processes; 0: as many as seems right; `dask://host:port`."""
    cache_path: str | None = None
    """Where facts are kept by content; None: in the project's directory."""
    cache: CacheOptions = CacheOptions()
    """Bounds of that cache."""
    batch_files: int = 500
    """Files per transaction, at most."""
    flags: FeatureFlags = FeatureFlags()


class IngestError(LineagraphError):
    """The ingestion was asked for something it must not do; nothing was changed."""


class FailedStatement(Struct, frozen=True):
    """One statement that was lost, for the summary."""

    file: str
    span: Span | None
    code: str
    message: str
    line: str = ""
    """The source line, for the caret below it; of a very long one, the part around the spot."""
    line_start: int = 1
    """The column that `line` starts at."""


class IngestReport(Struct, frozen=True):
    """What an ingestion did."""

    files: int
    parsed: int
    """Files whose facts were extracted in this run."""
    cached: int
    """Files whose facts were kept, or found in the cache."""
    failed: int
    """Files of which nothing could be read, or in which statements were lost."""
    removed: int
    seconds: float
    delta: GraphDelta
    statements: dict[str, int]
    """By outcome."""
    diagnostics: dict[str, int]
    """By code."""
    failures: tuple[FailedStatement, ...] = ()
    cache_hits: int = 0
    """Files that had changed, but to something that the cache knew."""
    bound: int = 0
    """Files whose lineage was looked for again."""
    stopped: bool = False
    """Told to stop before everything was done: the next ingestion goes on."""
    warnings: tuple[str, ...] = ()
    """What made it slower than it might be; the graph is not concerned."""
    flags: FeatureFlags = FeatureFlags()
