"""The conductor of one ingestion: discover → facts (kept or extracted) → bind → store, and a report of it all."""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path, PurePosixPath

import msgspec

from lineagraph.catalog.bind import FileBinder
from lineagraph.catalog.catalog import IMPORTED, Catalog, Definition
from lineagraph.catalog.contribution import file_lineage
from lineagraph.catalog.names import Defaults
from lineagraph.catalog.schemas import ImportedDataset, Schema, load_schema
from lineagraph.diagnostics import Code, Diagnostic, Severity
from lineagraph.ingest.discover import FoundFile, discover, read_file
from lineagraph.ingest.garbage import long_lived_set_aside
from lineagraph.ingest.imported_schemas import schema_change
from lineagraph.ingest.reports import FailedStatement, IngestError, IngestOptions, IngestReport
from lineagraph.model import FileLineage, GraphDelta, Node, NodeLabel
from lineagraph.sql.decode import decode
from lineagraph.sql.dialects import choose, resolve
from lineagraph.sql.extract import extract
from lineagraph.sql.facts import EXTRACTOR_VERSION, FileFacts
from lineagraph.sql.facts import decode as decode_facts
from lineagraph.sql.facts import encode as encode_facts
from lineagraph.sql.stack import deep_recursion, very_deep_recursion
from lineagraph.sql.templates import TemplateContext, looks_templated
from lineagraph.store.base import FileChange, FileRecord, GraphStore

_ENCODER = msgspec.msgpack.Encoder()
_BINARY_FILE = Code.BINARY_FILE

SCHEMA_PREFIX = "schema:"
"""Stored path of an imported schema: it takes part like a file that defines datasets."""

_BATCH_FILES = 500
"""Files per transaction."""

_QUOTED_FAILURES = 10_000
"""Failures that come with their source line: a report shows a few per cause, and there may be many causes."""
_QUOTED_CHARACTERS = 400
_LINE_END = re.compile(r"\r\n?|\n")
"""As `line_starts` counts lines; `str.splitlines` knows more ends than that."""

Progress = Callable[[int, int], None]
"""(files done, files in all)"""


class _File:
    """One file on its way through an ingestion."""

    __slots__ = ("change_facts", "diagnostics", "facts", "record")

    def __init__(
        self, record: FileRecord, facts: FileFacts | None, fresh: bytes | None, diagnostics: list[Diagnostic]
    ) -> None:
        self.record = record
        self.facts = facts
        self.change_facts = fresh
        self.diagnostics = diagnostics


class GraphExtractor:
    """Ingests folders of SQL into a store. Holds no state between runs: the store has it all."""

    def __init__(
        self,
        store: GraphStore,
        options: IngestOptions,
        progress: Progress | None = None,
        home: str | os.PathLike[str] = ".",
    ) -> None:
        """`home` is the project's directory: where its files lie is remembered relative to it."""
        self._home = os.path.abspath(home)
        self._store = store
        self._options = options
        self._progress = progress
        self._statements: dict[str, int] = {}
        self._codes: dict[str, int] = {}
        self._failures: list[FailedStatement] = []
        self._dialect = resolve(options.dialect) if options.dialect is not None else None
        self._context = hashlib.sha256(
            msgspec.msgpack.encode(
                (
                    EXTRACTOR_VERSION,
                    options.dialect,
                    options.dialect_rules,
                    sorted(options.variables.items(), key=lambda item: item[0]),
                    options.statement_seconds,
                    version("sqlglot"),
                    find_spec("jinja2") is not None,
                )
            )
        )
        """The start of every file's hash: what all facts of this run are a function of."""

    def run(
        self, paths: Sequence[str | os.PathLike[str]], root: str | os.PathLike[str] | None = None
    ) -> IngestReport:
        """Make the store say what the files below `paths` say now.

        Files that were ingested from below these paths before and are gone are forgotten; others stay. Raises
        `DiscoveryError` for a path that does not exist, `SchemaError` for a schema that cannot be read, `StoreError`
        when the store fails.
        """
        with long_lived_set_aside():
            return self._run(paths, root)

    def _run(
        self, paths: Sequence[str | os.PathLike[str]], root: str | os.PathLike[str] | None
    ) -> IngestReport:
        began = time.perf_counter()
        base = self._base(root)
        found = discover(paths, root=base, follow_symlinks=self._options.follow_symlinks)
        known = self._store.files()
        absolute = {file.path: file.absolute for file in found.files}
        removed = self._gone(known, set(absolute), paths, base)
        files: dict[str, _File] = {}
        parsed = cached = 0
        for done, file in enumerate(found.files, 1):
            prepared = self._prepare(file, known.get(file.path))
            files[file.path] = prepared
            if prepared.change_facts is None and prepared.facts is not None:
                cached += 1
            else:
                parsed += 1
            if self._progress is not None:
                self._progress(done, len(found.files))
        others = [path for path in known if path not in files and path not in removed]
        for path in others:
            self._renew(path, base, known[path], files)
        others = [path for path in others if path not in files]
        catalog = Catalog()
        schemas = self._schemas(others, catalog, base)
        others = [path for path in others if not path.startswith(SCHEMA_PREFIX)]
        with deep_recursion():
            binders = self._binders(files, others, catalog)
        delta = self._apply(files, others, binders, schemas, sorted(removed), known)
        for problem in found.problems:
            self._count_diagnostic(problem, problem.file or "")
        failed = len({failure.file for failure in self._failures} & files.keys())
        self._quote_lines(absolute)
        return IngestReport(
            len(files),
            parsed,
            cached,
            failed,
            len(removed),
            time.perf_counter() - began,
            delta,
            dict(sorted(self._statements.items())),
            dict(sorted(self._codes.items())),
            tuple(self._failures),
        )

    def _base(self, root: str | os.PathLike[str] | None) -> Path:
        """The directory that stored paths are relative to: chosen by the first ingestion, then kept.

        Otherwise the same file would have another name from another working directory, and what an earlier run stored
        would look deleted.
        """
        stored = self._store.get_meta("root")
        if stored is not None:
            kept = Path(os.path.normpath(os.path.join(self._home, stored)))
            if root is not None and os.path.realpath(root) != os.path.realpath(kept):
                raise IngestError(
                    f"this project's paths are relative to {kept}, not to {root}; "
                    "leave the root out, or use another project"
                )
            return kept
        base = Path(root) if root is not None else Path.cwd()
        self._store.set_meta("root", os.path.relpath(base, self._home).replace(os.sep, "/"))
        return base

    def _renew(self, path: str, base: Path, record: FileRecord, files: dict[str, _File]) -> None:
        """Extract a file that this run does not ingest, if its facts are of another version of lineagraph."""
        if (
            path.startswith(SCHEMA_PREFIX)
            or record.outcome == "unreadable"
            or self._stored_facts(path) is not None
        ):
            return
        absolute = os.path.join(base, path)
        try:
            status = os.stat(absolute)
        except OSError:
            return
        found = FoundFile(path, absolute, status.st_size, status.st_mtime_ns, status.st_ino)
        files[path] = self._prepare(found, None)

    # -- files → facts ----------------------------------------------------------------------------------------------

    def _gone(
        self,
        known: dict[str, FileRecord],
        present: set[str],
        paths: Sequence[str | os.PathLike[str]],
        base: Path,
    ) -> set[str]:
        """Stored files that lie below the ingested paths and are no longer there."""
        roots = [
            PurePosixPath(os.path.relpath(os.path.abspath(path), base).replace(os.sep, "/")) for path in paths
        ]
        gone: set[str] = set()
        for path in known:
            if path.startswith(SCHEMA_PREFIX):
                # an imported schema is remembered as long as its file is there
                if not (base / path.removeprefix(SCHEMA_PREFIX)).exists():
                    gone.add(path)
                continue
            if path in present:
                continue
            pure = PurePosixPath(path)
            if any(
                (str(root) == "." and not path.startswith("../")) or pure.is_relative_to(root)
                for root in roots
            ):
                gone.add(path)
        return gone

    def _prepare(self, file: FoundFile, old: FileRecord | None) -> _File:
        """The facts of one file: those the store has if its bytes and its dialect are the same, else extracted."""
        try:
            data = read_file(file.absolute)
        except OSError as error:
            return self._unreadable(file, f"{file.path}: {error.strerror or error}")
        digest = self._content_hash(file, data)
        if old is not None and old.content_hash == digest:
            facts = self._stored_facts(file.path)
            if facts is not None:
                return _File(self._record(file, digest, facts), facts, None, [])
        text, problems = decode(data)
        if any(problem.code == _BINARY_FILE for problem in problems):
            record = FileRecord(file.path, file.size, file.mtime_ns, file.inode, digest, "", "unreadable")
            return _File(record, None, None, list(problems))
        options = self._options
        dialect = self._dialect
        if dialect is None:
            dialect, _ = choose(text, file.path, rules=options.dialect_rules)
        template = self._template(file, text)
        facts = extract(text, dialect, template=template, budget_seconds=options.statement_seconds)
        if problems:
            facts = msgspec.structs.replace(facts, diagnostics=(*problems, *facts.diagnostics))
        return _File(self._record(file, digest, facts), facts, encode_facts(facts), [])

    def _template(self, file: FoundFile, text: str) -> TemplateContext | None:
        if "{" not in text or not looks_templated(text):
            return None
        name = PurePosixPath(file.path).name.split(".", 1)[0]
        return TemplateContext(vars=dict(self._options.variables), this=name)

    def _content_hash(self, file: FoundFile, data: bytes) -> bytes:
        """What the facts of a file are a function of: its bytes, its name (for path rules and models) and the
        options.
        """
        found = self._context.copy()
        path = file.path.encode("utf-8", "surrogatepass")
        found.update(b"%d:%b" % (len(path), path))
        found.update(data)
        return found.digest()

    def _stored_facts(self, path: str) -> FileFacts | None:
        blob = self._store.facts(path)
        if blob is None:
            return None
        try:
            facts = decode_facts(blob)
        except msgspec.DecodeError:
            return None
        return facts if facts.version == EXTRACTOR_VERSION else None

    def _record(self, file: FoundFile, digest: bytes, facts: FileFacts) -> FileRecord:
        return FileRecord(
            file.path, file.size, file.mtime_ns, file.inode, digest, facts.dialect or "ansi", _outcome(facts)
        )

    def _unreadable(self, file: FoundFile, message: str) -> _File:
        record = FileRecord(file.path, file.size, file.mtime_ns, file.inode, b"", "", "unreadable")
        hint = "make the file readable, or ignore it in .lineagraphignore"
        return _File(
            record, None, None, [Diagnostic(Code.UNREADABLE_FILE, Severity.ERROR, message, hint=hint)]
        )

    # -- facts → lineage --------------------------------------------------------------------------------------------

    def _schemas(self, others: list[str], catalog: Catalog, base: Path) -> list[FileChange]:
        """Imported schemas of this run and of earlier ones, told to the catalog; those of this run as changes."""
        changes: list[FileChange] = []
        loaded: dict[str, Schema] = {}
        for name in self._options.schemas:
            path = SCHEMA_PREFIX + os.path.relpath(name, base).replace(os.sep, "/")
            schema = load_schema(name, resolve(self._options.dialect or ""))
            loaded[path] = schema
            changes.append(schema_change(path, schema))
        for path in others:
            if path.startswith(SCHEMA_PREFIX) and path not in loaded:
                blob = self._store.facts(path)
                try:
                    loaded[path] = msgspec.msgpack.decode(blob or b"", type=dict[str, ImportedDataset])
                except msgspec.MsgspecError:
                    # written by another version: what the file says counts
                    loaded[path] = load_schema(base / path.removeprefix(SCHEMA_PREFIX), self._dialect or "")
        for path, schema in sorted(loaded.items()):
            for key, dataset in schema.items():
                names = tuple(name for name, _ in dataset.columns)
                if dataset.complete:
                    catalog.define(key, Definition(IMPORTED, path, dataset.kind, names))
                else:
                    catalog.mention(key, names)
        return changes

    def _binders(
        self, files: dict[str, _File], others: Iterable[str], catalog: Catalog
    ) -> dict[str, FileBinder]:
        options = self._options
        schemas = (options.default_schema,) if options.default_schema else ()
        defaults = Defaults(options.default_database, schemas)
        given: dict[str, FileFacts] = {}
        for path in others:
            facts = self._stored_facts(path)
            if facts is not None:
                given[path] = facts
        given.update({path: file.facts for path, file in files.items() if file.facts is not None})
        binders: dict[str, FileBinder] = {}
        for path in sorted(given):
            try:
                binder = FileBinder(path, given[path], catalog, defaults)
                binder.contribute()
            except Exception as error:  # noqa: BLE001 - a slip of ours must cost no more than the file
                if path in files:
                    files[path].diagnostics.append(_internal_error(error))
            else:
                binders[path] = binder
        return binders

    def _apply(
        self,
        files: dict[str, _File],
        others: Sequence[str],
        binders: dict[str, FileBinder],
        schemas: list[FileChange],
        removed: Sequence[str],
        known: dict[str, FileRecord],
    ) -> GraphDelta:
        delta = self._store.apply(schemas, removed) if schemas or removed else GraphDelta()
        batch: list[FileChange] = []
        for change in self._changes(files, others, binders, known):
            batch.append(change)
            if len(batch) == _BATCH_FILES:
                delta = _sum(delta, self._store.apply(batch))
                batch = []
        if batch:
            delta = _sum(delta, self._store.apply(batch))
        return delta

    def _changes(
        self,
        files: dict[str, _File],
        others: Sequence[str],
        binders: dict[str, FileBinder],
        known: dict[str, FileRecord],
    ) -> Iterator[FileChange]:
        for path in sorted([*files, *others]):
            file = files.get(path)
            binder = binders.get(path)
            record = file.record if file is not None else known[path]
            if binder is None:
                diagnostics = tuple(file.diagnostics) if file is not None else ()
                if file is not None:
                    self._count(None, diagnostics, path)
                    yield FileChange(record, None, None, diagnostics)
                continue
            try:
                lineage = _lineage_of(binder)
            except Exception as error:  # noqa: BLE001 - as in `_binders`
                binder.catalog.forget_unfinished()
                binder.diagnostics.append(_internal_error(error, path))
                lineage = FileLineage(path, (Node(NodeLabel.SOURCE_FILE, path, path, defined=True),), ())
            facts = binder.facts
            diagnostics = (
                *(msgspec.structs.replace(found, file=path) for found in facts.diagnostics),
                *binder.diagnostics,
            )
            binder.release()
            if file is not None:
                self._count(facts, diagnostics, path)
            digest = hashlib.sha256(_ENCODER.encode((lineage, diagnostics))).digest()
            fresh = file.change_facts if file is not None else None
            if fresh is None and known.get(path) == record and self._store.dependencies(path) == digest:
                continue
            blob = fresh if fresh is not None else self._store.facts(path)
            yield FileChange(record, blob, lineage, diagnostics, digest)

    # -- the report -------------------------------------------------------------------------------------------------

    def _count(self, facts: FileFacts | None, diagnostics: Sequence[Diagnostic], path: str) -> None:
        for statement in facts.statements if facts is not None else ():
            self._statements[statement.outcome] = self._statements.get(statement.outcome, 0) + 1
        for diagnostic in diagnostics:
            self._count_diagnostic(diagnostic, path)

    def _count_diagnostic(self, diagnostic: Diagnostic, path: str) -> None:
        self._codes[str(diagnostic.code)] = self._codes.get(str(diagnostic.code), 0) + 1
        if diagnostic.severity == Severity.ERROR:
            self._failures.append(
                FailedStatement(path, diagnostic.span, str(diagnostic.code), diagnostic.message)
            )

    def _quote_lines(self, absolute: dict[str, str]) -> None:
        """Give each lost statement the source line it starts on."""
        cache: dict[str, list[str]] = {}
        for index, failure in enumerate(self._failures[:_QUOTED_FAILURES]):
            if failure.span is None or failure.file not in absolute:
                continue
            if failure.file not in cache:
                try:
                    data = read_file(absolute[failure.file])
                except OSError:
                    continue
                cache = {failure.file: _LINE_END.split(decode(data)[0])}
            lines = cache[failure.file]
            number = failure.span.start_line
            if 0 < number <= len(lines):
                start = max(0, failure.span.start_column - _QUOTED_CHARACTERS // 2)
                line = lines[number - 1][start : start + _QUOTED_CHARACTERS]
                self._failures[index] = msgspec.structs.replace(failure, line=line, line_start=start + 1)


def _lineage_of(binder: FileBinder) -> FileLineage:
    try:
        with deep_recursion():
            return file_lineage(binder)
    except RecursionError:
        binder.catalog.forget_unfinished()
        with very_deep_recursion():
            return file_lineage(binder)


def _internal_error(error: Exception, path: str | None = None) -> Diagnostic:
    message = f"the file could not be bound: {type(error).__name__}: {error}"
    return Diagnostic(Code.INTERNAL_ERROR, Severity.ERROR, message, file=path)


def _outcome(facts: FileFacts) -> str:
    outcomes = {statement.outcome for statement in facts.statements}
    if "failed" in outcomes:
        return "failed" if outcomes <= {"failed", "ignored"} else "partial"
    if any(d.severity == Severity.ERROR for d in facts.diagnostics):
        return "partial" if outcomes - {"ignored"} else "failed"
    return "partial" if "partial" in outcomes else "parsed"


def _sum(a: GraphDelta, b: GraphDelta) -> GraphDelta:
    return GraphDelta(
        a.nodes_added + b.nodes_added,
        a.nodes_removed + b.nodes_removed,
        a.edges_added + b.edges_added,
        a.edges_removed + b.edges_removed,
    )


__all__ = [
    "SCHEMA_PREFIX",
    "FailedStatement",
    "GraphExtractor",
    "IngestError",
    "IngestOptions",
    "IngestReport",
]
