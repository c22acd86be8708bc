"""How nodes, files and contributions are numbered: integers that carry their place, so that few rows need an index.

* A **node** is `entity << 24 | ordinal`: ordinal 0 is the dataset or routine itself, the others are its columns.
  A source file's entity is the negative of its `files.id`.
* A **contribution** is `file << 10 | part`: part 0 says what the file mentions; a file with many edges has more parts.
* A **link** is `entity << 35 | contribution`: one range scan of integer keys finds all that flows into an entity.

28 bits of entities (268 million datasets) and 25 bits of files (33 million) fit SQLite's 63.
"""

from __future__ import annotations

ORDINAL_BITS = 24
ORDINAL_MASK = (1 << ORDINAL_BITS) - 1
PART_BITS = 10
MAX_PARTS = 1 << PART_BITS
CONTRIBUTION_BITS = 35
CONTRIBUTION_MASK = (1 << CONTRIBUTION_BITS) - 1


def file_node(file: int) -> int:
    return -file << ORDINAL_BITS


def entity_of(node: int) -> int:
    """The entity a node belongs to; negative for files."""
    return node >> ORDINAL_BITS


def contribution_range(file: int) -> tuple[int, int]:
    """First and last possible contribution of a file."""
    return file << PART_BITS, (file + 1 << PART_BITS) - 1


def link_range(entity: int) -> tuple[int, int]:
    """First and last possible link of an entity."""
    return entity << CONTRIBUTION_BITS, (entity + 1 << CONTRIBUTION_BITS) - 1
