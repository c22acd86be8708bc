"""The small shop that generated queries run on: tables that share column names, and random rows that often meet."""

from __future__ import annotations

import datetime
import random
from decimal import Decimal
from typing import Any

SCHEMA: dict[str, dict[str, str]] = {
    "customers": {
        "cust_id": "INTEGER",
        "region": "VARCHAR",
        "tier": "INTEGER",
        "joined": "DATE",
        "vip": "BOOLEAN",
    },
    "orders": {
        "order_id": "INTEGER",
        "cust_id": "INTEGER",
        "amount": "DECIMAL(9,2)",
        "status": "VARCHAR",
        "placed": "DATE",
        "tags": "INTEGER[]",
    },
    "items": {
        "item_id": "INTEGER",
        "order_id": "INTEGER",
        "sku": "VARCHAR",
        "qty": "INTEGER",
        "price": "DECIMAL(9,2)",
        "gift": "BOOLEAN",
    },
    "shop.products": {
        "sku": "VARCHAR",
        "label": "VARCHAR",
        "cost": "INTEGER",
        "region": "VARCHAR",
        "launched": "DATE",
    },
}

KEYS = {"customers": "cust_id", "orders": "order_id", "items": "item_id"}
"""Columns whose values never repeat: what makes an ordering total. `shop.products` has none."""

POOLS: dict[str, list[Any]] = {
    "INTEGER": [0, 1, 2, 3, 4, 5],
    "VARCHAR": ["a", "b", "c", "dd"],
    "DATE": [datetime.date(2024, month, day) for month, day in ((1, 1), (1, 2), (2, 1), (2, 29), (3, 5))],
    "BOOLEAN": [True, False],
    "DECIMAL(9,2)": [Decimal(text) for text in ("0.50", "1.00", "2.25", "3.00", "7.75")],
}
"""Few values per type, the same for every column and for the literals of queries: so joins and filters hit."""


def random_database(
    seed: int, schema: dict[str, dict[str, str]] = SCHEMA, keys: dict[str, str] = KEYS
) -> dict[str, Any]:
    """A few rows per table with NULLs and repetitions; equal for equal seeds."""
    source = random.Random(seed)
    nulls = source.choice([0.0, 0.05, 0.15])
    return {
        dataset: _rows(columns, keys.get(dataset), source.randrange(4, 10), nulls, source)
        for dataset, columns in schema.items()
    }


def _rows(
    columns: dict[str, str], key: str | None, rows: int, nulls: float, source: random.Random
) -> dict[str, list[Any]]:
    return {
        name: source.sample(range(1, rows + 1), rows)
        if name == key
        else [None if source.random() < nulls else _value(kind, source) for _ in range(rows)]
        for name, kind in columns.items()
    }


def _value(kind: str, source: random.Random) -> Any:
    if kind.endswith("[]"):
        return [_value(kind[:-2], source) for _ in range(source.randrange(4))]
    return source.choice(POOLS[kind])
