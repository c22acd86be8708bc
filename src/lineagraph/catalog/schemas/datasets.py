"""What an imported schema says of one dataset, and the collector that every kind of import fills row by row."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from lineagraph.diagnostics import LineagraphError
from lineagraph.model import DatasetKind
from lineagraph.sql.identifiers import dataset_key, fold, quote_part


class SchemaError(LineagraphError):
    """An imported schema cannot be read: says where (file and line or row, or the name in a mapping) and what to do."""


class ImportedDataset(Struct, frozen=True):
    """The columns of one dataset, in order, as (folded name, data type or None)."""

    name: str
    """As the import spells it, qualified."""
    kind: str
    columns: tuple[tuple[str, str | None], ...]
    spellings: dict[str, str] = {}
    """Folded column name → as the import spells it, only where the two differ."""
    complete: bool = True
    """False where columns may be missing (a dbt manifest lists what somebody documented): expand no star with it."""


Schema = dict[str, ImportedDataset]

Part = tuple[str, bool]
"""A part of a name, and whether it is exact (quoted, or printed by a catalog) or folded as an unquoted one would be."""

_KINDS = {
    "table": DatasetKind.TABLE,
    "base table": DatasetKind.TABLE,
    "local temporary": DatasetKind.TEMPORARY_TABLE,
    "temporary": DatasetKind.TEMPORARY_TABLE,
    "view": DatasetKind.VIEW,
    "system view": DatasetKind.VIEW,
    "materialized view": DatasetKind.MATERIALIZED_VIEW,
    "materialized_view": DatasetKind.MATERIALIZED_VIEW,
    "dynamic table": DatasetKind.MATERIALIZED_VIEW,
    "foreign": DatasetKind.TABLE,
    "external": DatasetKind.TABLE,
    "external table": DatasetKind.TABLE,
    "incremental": DatasetKind.TABLE,
    "seed": DatasetKind.TABLE,
    "snapshot": DatasetKind.TABLE,
    "synonym": DatasetKind.SYNONYM,
}


def kind_of(text: str | None) -> str:
    """A `DatasetKind` for what catalogs and dbt call it; unknown where they do not say."""
    return _KINDS.get((text or "").strip().lower(), DatasetKind.UNKNOWN)


def catalog_part(text: str, dialect: str) -> Part:
    """A name as a catalog prints it is exact. Without a dialect nobody knows what case means, so it means nothing."""
    return text, dialect not in ("", "ansi")


class _Draft:
    __slots__ = ("columns", "complete", "kind", "name")

    def __init__(self, name: str, kind: str, complete: bool) -> None:
        self.name = name
        self.kind = kind
        self.complete = complete
        self.columns: dict[str, tuple[bool, int, int, str, str | None]] = {}


class Collector:
    """Takes columns in any order and gives a sorted schema. Error messages start with the `where` of its methods."""

    def __init__(self, dialect: str) -> None:
        self.dialect = dialect
        self._drafts: dict[str, _Draft] = {}

    def dataset(self, parts: Sequence[Part], kind: str, where: str, *, complete: bool = True) -> str:
        """Open a dataset, or find it again; the result is its key. Partial columns never weaken complete ones."""
        if not parts or any(not text.strip() or "\0" in text for text, _ in parts):
            shown = ".".join(text for text, _ in parts)
            raise SchemaError(f"{where}: {shown!r} is not a table name (a part of it is empty); correct it")
        key = dataset_key([fold(text, quoted, self.dialect, table=True) for text, quoted in parts])
        draft = self._drafts.get(key)
        if draft is None or (complete and not draft.complete):
            self._drafts[key] = _Draft(".".join(quote_part(text) for text, _ in parts), kind, complete)
        elif draft.kind == DatasetKind.UNKNOWN:
            draft.kind = kind
        return key

    def has(self, key: str) -> bool:
        return key in self._drafts

    def column(self, key: str, part: Part, data_type: str | None, position: int | None, where: str) -> None:
        """Add a column; without a position it comes after those that have one, in the order of arrival."""
        text, quoted = part
        draft = self._drafts[key]
        if not text.strip() or "\0" in text:
            raise SchemaError(f"{where}: a column of {draft.name} has no name; correct it")
        folded = fold(text, quoted, self.dialect)
        entry = (position is None, position or 0, len(draft.columns), text, data_type or None)
        known = draft.columns.setdefault(folded, entry)
        if known is not entry and (known[1], known[3], known[4]) != (entry[1], text, entry[4]):
            raise SchemaError(
                f"{where}: column {text} of {draft.name} is listed twice, and differently; "
                "keep one (if case tells them apart, give the dialect)"
            )

    def schema(self) -> Schema:
        result: Schema = {}
        for key in sorted(self._drafts):
            draft = self._drafts[key]
            ordered = sorted(draft.columns.items(), key=lambda item: item[1][:3])
            columns = tuple((folded, data_type) for folded, (*_, data_type) in ordered)
            spellings = {folded: text for folded, (_, _, _, text, _) in ordered if text != folded}
            result[key] = ImportedDataset(draft.name, draft.kind, columns, spellings, draft.complete)
        return result


def merge_schemas(*schemas: Schema) -> Schema:
    """One schema of several: of two entries for a dataset the complete one counts, else the one given later."""
    result: Schema = {}
    for schema in schemas:
        for key, dataset in schema.items():
            if key not in result or dataset.complete or not result[key].complete:
                result[key] = dataset
    return dict(sorted(result.items()))
