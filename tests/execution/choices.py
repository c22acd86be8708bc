"""Where generated SQL takes its decisions from: Hypothesis (which shrinks) or a seeded generator (which is fast)."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from hypothesis import strategies as st

T = TypeVar("T")


class Choices(Protocol):
    """One decision at a time."""

    def below(self, bound: int) -> int: ...


class Drawn:
    """Decisions drawn from Hypothesis: 0 is the simplest, so shrinking goes towards the first alternatives."""

    def __init__(self, draw: Callable[..., int]) -> None:
        self.draw = draw

    def below(self, bound: int) -> int:
        return self.draw(st.integers(0, bound - 1))


class Seeded:
    """Decisions from a seed, for exploring thousands of queries without shrinking."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def below(self, bound: int) -> int:
        return self.random.randrange(bound)


def pick(choices: Choices, alternatives: Sequence[T]) -> T:
    return alternatives[choices.below(len(alternatives))]


def chance(choices: Choices, percent: int) -> bool:
    """True in `percent` of cases; shrinks towards False."""
    return choices.below(100) >= 100 - percent
