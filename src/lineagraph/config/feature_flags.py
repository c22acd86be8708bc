"""Which optimisations are on. Whatever is off, the graph is the same; only time and memory differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

import msgspec
from msgspec import Struct

from lineagraph.diagnostics import LineagraphError

_ON = frozenset({"1", "true", "yes", "on"})
_OFF = frozenset({"0", "false", "no", "off"})


class SettingError(LineagraphError):
    """A setting has a value that it cannot have."""


class FeatureFlags(Struct, frozen=True):
    """In the environment each is `FEATURE_` and its name in capitals: `FEATURE_PARSE_CACHE=false`."""

    parse_cache: bool = True
    """Keep facts by content, across projects and edits that are taken back."""
    batching: bool = True
    """Many files per transaction."""
    parallel: bool = True
    """Read files in several processes."""
    neo4j_batch: bool = True
    """Many nodes and relationships per transaction of the mirror."""
    metrics: bool = True
    """Count and time what happens."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Raises `SettingError` for a value that is neither true nor false."""
        found: dict[str, bool] = {}
        for name in cls.__struct_fields__:
            variable = f"FEATURE_{name.upper()}"
            value = environment.get(variable, "").strip()
            if value:
                found[name] = boolean(variable, value)
        return cls(**found)

    def disable_all_optimizations(self) -> Self:
        """The emergency brake: everything the simplest way."""
        return msgspec.structs.replace(self, **dict.fromkeys(self.__struct_fields__, False))


def boolean(name: str, value: str) -> bool:
    """What a setting's text means. Raises `SettingError`."""
    word = value.strip().lower()
    if word in _ON:
        return True
    if word in _OFF:
        return False
    raise SettingError(f"{name} is {value!r}; it must be true or false (1 or 0, yes or no, on or off)")
