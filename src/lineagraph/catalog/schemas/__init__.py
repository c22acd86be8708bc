"""Imported schemas: columns of datasets as a database, an export or dbt prints them, keyed like everything else.

One shape for all of them: `dict[dataset key, ImportedDataset]`, sorted by key. `docs/schemas.md` shows what is read.
"""

from __future__ import annotations

from lineagraph.catalog.schemas.database import load_database
from lineagraph.catalog.schemas.datasets import ImportedDataset, Schema, SchemaError, merge_schemas
from lineagraph.catalog.schemas.files import load_schema
from lineagraph.catalog.schemas.mapping import schema_from_mapping

__all__ = [
    "ImportedDataset",
    "Schema",
    "SchemaError",
    "load_database",
    "load_schema",
    "merge_schemas",
    "schema_from_mapping",
]
