"""Names of the edge flags. An edge has a flag only if all its evidence has it."""

from __future__ import annotations

from lineagraph.model import EdgeFlag

_NAMES = tuple((int(flag), flag.name.lower()) for flag in EdgeFlag)


def flag_names(flags: int) -> tuple[str, ...]:
    """`("masking", "inferred")` of a bit set, in the order of the bits."""
    return tuple([name for bit, name in _NAMES if flags & bit]) if flags else ()
