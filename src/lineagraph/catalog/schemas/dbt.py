"""dbt's artifacts: `catalog.json` (columns as the database has them), `manifest.json` (columns as documented).

A manifest lists the columns somebody described, so its datasets are complete only where an enforced contract says so
(https://schemas.getdbt.com, https://docs.getdbt.com/reference/resource-configs/contract).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from lineagraph.catalog.schemas.datasets import Collector, Part, SchemaError, catalog_part, kind_of
from lineagraph.catalog.schemas.mapping import name_parts
from lineagraph.model import DatasetKind

_DIALECTS = {
    "sqlserver": "tsql",
    "synapse": "tsql",
    "fabric": "tsql",
    "glue": "spark",
    "spark": "spark",
    **{
        name: name
        for name in (
            "athena",
            "bigquery",
            "clickhouse",
            "databricks",
            "duckdb",
            "mysql",
            "oracle",
            "postgres",
        )
    },
    **{
        name: name for name in ("redshift", "snowflake", "sqlite", "teradata", "trino", "starrocks", "exasol")
    },
}
"""dbt adapter → sqlglot's dialect."""


def is_artifact(document: Mapping[Any, Any]) -> bool:
    """Whether a JSON document is dbt's: only theirs have `metadata` and `nodes` side by side."""
    return isinstance(document.get("metadata"), Mapping) and isinstance(document.get("nodes"), Mapping)


def artifact_dialect(document: Mapping[Any, Any]) -> str:
    """The dialect of the adapter that wrote a manifest; empty in a catalog, which does not say."""
    return _DIALECTS.get(str(_mapping(document["metadata"]).get("adapter_type") or "").lower(), "")


def collect_artifact(document: Mapping[Any, Any], collector: Collector, where: str) -> None:
    """Take a manifest or a catalog. Raises `SchemaError` where a node is not what dbt writes."""
    version = str(_mapping(document["metadata"]).get("dbt_schema_version") or "")
    for section in ("nodes", "sources"):
        nodes = document.get(section)
        if nodes is None:
            continue
        if not isinstance(nodes, Mapping):
            raise SchemaError(
                f"{where}: `{section}` is not a mapping; is this dbt's manifest.json or catalog.json?"
            )
        for identifier, value in cast("Mapping[Any, Any]", nodes).items():
            here = f"{where}: {identifier}"
            node = _mapping(value)
            if not node:
                raise SchemaError(f"{here}: is not a mapping; write the file again with `dbt docs generate`")
            if "/catalog/" in version or isinstance(node.get("metadata"), Mapping):
                _catalog_node(node, collector, here)
            else:
                _manifest_node(node, section, collector, here)


def _catalog_node(node: Mapping[Any, Any], collector: Collector, here: str) -> None:
    table = _mapping(node.get("metadata"))
    columns = _mapping(node.get("columns"))
    parts = [
        catalog_part(str(table[f]), collector.dialect) for f in ("database", "schema", "name") if table.get(f)
    ]
    if not table.get("name"):
        raise SchemaError(
            f"{here}: `metadata.name` is missing; write the file again with `dbt docs generate`"
        )
    if not columns:
        return
    key = collector.dataset(parts, kind_of(str(table.get("type") or "")), here)
    for name, value in columns.items():
        column = _mapping(value)
        index = column.get("index")
        position = index if isinstance(index, int) else None
        part = catalog_part(str(column.get("name") or name), collector.dialect)
        collector.column(key, part, _optional(column.get("type")), position, here)


def _manifest_node(node: Mapping[Any, Any], section: str, collector: Collector, here: str) -> None:
    config = _mapping(node.get("config"))
    kind = str(config.get("materialized") or node.get("resource_type") or "")
    if section == "nodes" and node.get("resource_type") not in ("model", "seed", "snapshot"):
        return
    columns = _mapping(node.get("columns"))
    if kind == "ephemeral" or not columns:
        return
    contract = _mapping(config.get("contract") or node.get("contract"))
    complete = contract.get("enforced") is True
    key = collector.dataset(
        _manifest_parts(node, collector.dialect, here), _manifest_kind(kind), here, complete=complete
    )
    for name, value in columns.items():
        column = _mapping(value)
        part = (str(column.get("name") or name), column.get("quote") is True)
        collector.column(key, part, _optional(column.get("data_type")), None, here)


def _manifest_parts(node: Mapping[Any, Any], dialect: str, here: str) -> list[Part]:
    """`relation_name` is the name as dbt writes it into SQL, with the quotes that its project asks for."""
    if node.get("relation_name"):
        return name_parts(str(node["relation_name"]), dialect)
    name = node.get("alias") or node.get("identifier") or node.get("name")
    if not name:
        raise SchemaError(f"{here}: has no name; write the file again with `dbt compile`")
    return [(str(part), False) for part in (node.get("database"), node.get("schema"), name) if part]


def _manifest_kind(materialized: str) -> str:
    return DatasetKind.TABLE if materialized == "source" else kind_of(materialized)


def _mapping(value: Any) -> Mapping[Any, Any]:
    return cast("Mapping[Any, Any]", value) if isinstance(value, Mapping) else {}


def _optional(value: Any) -> str | None:
    return str(value) if value else None
