"""One line on each diagnostic code, for summaries; docs/diagnostics.md has the whole story."""

from __future__ import annotations

MEANINGS = {
    "unreadable-file": "a file or folder that cannot be opened",
    "binary-file": "not text",
    "encoding-fallback": "not UTF-8; read in a fallback encoding",
    "file-too-large": "over the size limit, not parsed",
    "tokenize-error": "a quote, a comment or a body is not closed",
    "parse-error": "a statement that is not valid in this dialect; is the dialect right?",
    "parse-timeout": "a statement that took longer than --statement-seconds",
    "interrupted": "given up by the clock or for want of memory; read anew the next time",
    "too-deep": "a statement nested deeper than can be followed",
    "unsupported-statement": "read, but its lineage is not (wholly) understood",
    "dynamic-sql": "put together at run time; what it does is not known",
    "routine-body": "something in a procedure, function or trigger was skipped",
    "template-error": "a template that did not render; see --var",
    "template-extra-missing": "a template, and Jinja is not installed: pip install 'lineagraph[dbt]'",
    "unknown-dialect": "a dialect line names a dialect that does not exist",
    "unknown-column": "no relation in scope has this column; is a definition out of date?",
    "ambiguous-column": "several relations could have it: qualify it, or give the DDL or a --schema",
    "ambiguous-dataset": "a name that fits several datasets; see --default-schema",
    "inferred-dataset": "a name without schema, taken for the only dataset that it fits",
    "unexpanded-star": "SELECT * from a table whose columns nothing tells: give the DDL or a --schema",
    "unexpanded-pattern": "columns chosen by pattern from a table whose columns nothing tells",
    "column-count": "more or fewer columns than the target takes",
    "changed-elsewhere": "a file drops or renames what another file defines; readers keep the definition",
    "duplicate-definition": "one dataset, created in different ways by several files",
    "cyclic-definition": "views defined by each other",
    "internal-error": "a mistake in lineagraph; please report it",
}
